"""Providers. Source: contracts/artifacts.md, 3.3."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from armillary.dialects.artifacts.schemas.base import MOST_ITEMS, Body, Ids, Offset, PageSize, Reply, Text, Texts
from armillary.dialects.artifacts.schemas.filters import FilterSection, Search
from armillary.dialects.artifacts.schemas.results import Deleted, Duplicated, ProviderResultItem
from armillary.dialects.artifacts.schemas.sections import (
    DepartmentSection,
    DescriptionSection,
    EmptySection,
    EndpointSection,
    FlagSection,
    NameSection,
    ValueSection,
)

_MOST_STATUSES = 10
_LONGEST_STATUS = 64

# Get


class GetProviderRequest(Body, frozen=True, kw_only=True):
    """Which provider to show in its form; null for the form of a new one."""

    provider_id: UUID | None = None
    draft_id: UUID | None = None


class GetProviderResponse(Reply, frozen=True, kw_only=True):
    """A provider's form. ``keys`` is always empty: keys are set through the other dialects, and never shown."""

    actor_name: str | None
    provider_exists: bool | None
    can_edit: bool | None
    disabled_reason: str | None
    draft_version: int | None
    group_id: UUID | None
    basic_show_ai_generate: bool | None = False
    integrations_show_ai_generate: bool | None = False
    names: NameSection | None
    descriptions: DescriptionSection | None
    flags: FlagSection | None
    departments: DepartmentSection | None
    values: ValueSection | None
    endpoints: EndpointSection | None
    keys: EmptySection | None


# Search


class SearchProvidersRequest(Body, frozen=True, kw_only=True):
    """What to find: any of each filter, all of the filters and the text; without a status, active ones."""

    search: Search | None = None
    filter_department_ids: Ids | None = None
    filter_model_ids: Ids | None = None
    filter_status: (
        Annotated[list[Annotated[str, Meta(max_length=_LONGEST_STATUS)]], Meta(max_length=_MOST_STATUSES)] | None
    ) = None
    department_search: Search | None = None
    model_search: Search | None = None
    page_size: PageSize | None = 12
    page_offset: Offset | None = 0


class ListProvider(Reply, frozen=True, kw_only=True):
    """A provider as a listing shows it; ``model_ids`` are the first hundred models that use it."""

    provider_id: UUID | None
    name: str | None
    description: str | None
    value: str | None
    active: bool | None
    updated_at: datetime | None
    department_ids: list[str] | None
    model_usage_count: int | None
    model_ids: list[str] | None
    can_edit: bool | None
    can_delete: bool | None
    can_duplicate: bool | None


class SearchProvidersResponse(Reply, frozen=True, kw_only=True):
    """One page of providers, and by what they may be narrowed."""

    actor_name: str | None
    providers: list[ListProvider] | None
    department_filter: FilterSection | None
    model_filter: FilterSection | None
    status_filter: FilterSection | None
    total_count: int | None


# Create and update


class ProviderItem(Body, frozen=True, kw_only=True):
    """What a provider links; an id wins over the text of the same meaning. ``key_ids`` takes none."""

    name_id: UUID | None = None
    name: Text | None = None
    description_id: UUID | None = None
    description: Text | None = None
    active_flag_id: UUID | None = None
    active_flag: bool | None = None
    department_ids: Ids | None = None
    departments: Texts | None = None
    endpoint_ids: Ids | None = None
    key_ids: Ids | None = None
    value_ids: Ids | None = None


class CreateProviderItem(ProviderItem, frozen=True, kw_only=True):
    """A provider to make, active unless it says otherwise."""

    id: UUID | None = None


class UpdateProviderItem(ProviderItem, frozen=True, kw_only=True):
    """What to change of a provider: null keeps, ``[]`` removes, a list replaces."""

    provider_id: UUID


class CreateProvidersRequest(Body, frozen=True, kw_only=True):
    """Providers to make, all or none."""

    providers: Annotated[list[CreateProviderItem], Meta(max_length=MOST_ITEMS)]


class UpdateProvidersRequest(Body, frozen=True, kw_only=True):
    """Providers to change, all or none."""

    providers: Annotated[list[UpdateProviderItem], Meta(max_length=MOST_ITEMS)]


class ProviderResults(Reply, frozen=True, kw_only=True):
    """What became of each item, in their order."""

    results: list[ProviderResultItem]


# Duplicate and delete


class DuplicateProviderRequest(Body, frozen=True, kw_only=True):
    """Which provider to copy."""

    provider_id: UUID


class DuplicatedProvider(Duplicated, frozen=True, kw_only=True):
    """The copy's id."""

    provider_id: UUID


class DeleteProvidersRequest(Body, frozen=True, kw_only=True):
    """Which providers to delete, all or none."""

    provider_ids: Annotated[list[UUID], Meta(max_length=MOST_ITEMS)]


class DeleteProviderResult(Deleted, frozen=True, kw_only=True):
    """One provider that is gone."""

    provider_id: UUID


class DeletedProviders(Reply, frozen=True, kw_only=True):
    """The providers that are gone, in the order of the request."""

    results: list[DeleteProviderResult]


class ExportProvidersRequest(Body, frozen=True, kw_only=True):
    """Which provider to export; null: all that the caller may see."""

    provider_id: UUID | None = None
