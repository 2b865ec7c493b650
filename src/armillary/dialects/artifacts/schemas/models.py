"""Models. Source: contracts/artifacts.md, 2.1 to 2.6."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from armillary.dialects.artifacts.schemas.base import MOST_ITEMS, Body, Ids, Offset, PageSize, Reply, Text, Texts
from armillary.dialects.artifacts.schemas.filters import FilterSection, Search
from armillary.dialects.artifacts.schemas.results import Deleted, Duplicated, ModelResultItem
from armillary.dialects.artifacts.schemas.sections import (
    DepartmentSection,
    DescriptionSection,
    FlagSection,
    ModalitySection,
    NameSection,
    PricingSection,
    ProviderSection,
    QualitySection,
    ReasoningLevelSection,
    TemperatureLevelSection,
    ValueSection,
    VoiceSection,
)

# Get


class GetModelRequest(Body, frozen=True, kw_only=True):
    """Which model to show in its form; null for the form of a new one."""

    model_id: UUID | None = None
    draft_id: UUID | None = None


class GetModelResponse(Reply, frozen=True, kw_only=True):
    """A model's form: every section is always there."""

    actor_name: str | None
    model_exists: bool | None
    can_edit: bool | None
    disabled_reason: str | None
    draft_version: int | None
    group_id: UUID | None
    basic_show_ai_generate: bool | None = False
    provider_show_ai_generate: bool | None = False
    features_show_ai_generate: bool | None = False
    names: NameSection | None
    descriptions: DescriptionSection | None
    values: ValueSection | None
    providers: ProviderSection | None
    flags: FlagSection | None
    departments: DepartmentSection | None
    modalities: ModalitySection | None
    temperature_levels: TemperatureLevelSection | None
    pricing: PricingSection | None
    reasoning_levels: ReasoningLevelSection | None
    qualities: QualitySection | None
    voices: VoiceSection | None


# Search


class SearchModelsRequest(Body, frozen=True, kw_only=True):
    """What to find: any of each filter, all of the filters and the text."""

    search: Search | None = None
    filter_provider_ids: Ids | None = None
    filter_department_ids: Ids | None = None
    filter_agent_ids: Ids | None = None
    provider_search: Search | None = None
    department_search: Search | None = None
    agent_search: Search | None = None
    page_size: PageSize | None = 12
    page_offset: Offset | None = 0


class ListModelApiModel(Reply, frozen=True, kw_only=True):
    """A model as a listing shows it."""

    model_id: UUID | None
    name: str | None
    description: str | None
    provider_id: UUID | None
    provider_name: str | None
    base_url: str | None
    department_ids: list[str] | None
    is_inactive: bool | None
    active: bool | None
    image_model: bool | None = None
    can_edit: bool | None
    can_duplicate: bool | None
    can_delete: bool | None
    updated_at: datetime | None


class SearchModelsResponse(Reply, frozen=True, kw_only=True):
    """One page of models, and by what they may be narrowed."""

    actor_name: str | None
    models: list[ListModelApiModel] | None
    provider_filter: FilterSection | None
    department_filter: FilterSection | None
    agent_filter: FilterSection | None
    total_count: int | None


# Create and update


class ModelItem(Body, frozen=True, kw_only=True):
    """What a model links; an id wins over the text of the same meaning. ``model_ids`` is reserved and ignored."""

    name_id: UUID | None = None
    name: Text | None = None
    description_id: UUID | None = None
    description: Text | None = None
    department_ids: Ids | None = None
    departments: Texts | None = None
    flag_ids: Ids | None = None
    modality_ids: Ids | None = None
    pricing_ids: Ids | None = None
    provider_ids: Ids | None = None
    quality_ids: Ids | None = None
    reasoning_level_ids: Ids | None = None
    temperature_level_ids: Ids | None = None
    value_ids: Ids | None = None
    voice_ids: Ids | None = None
    model_ids: Ids | None = None


class CreateModelItem(ModelItem, frozen=True, kw_only=True):
    """A model to make, under an id of the client's choice where it states one."""

    id: UUID | None = None


class UpdateModelItem(ModelItem, frozen=True, kw_only=True):
    """What to change of a model: null keeps, ``[]`` removes, a list replaces."""

    model_id: UUID


class CreateModelsRequest(Body, frozen=True, kw_only=True):
    """Models to make, all or none."""

    models: Annotated[list[CreateModelItem], Meta(max_length=MOST_ITEMS)]


class UpdateModelsRequest(Body, frozen=True, kw_only=True):
    """Models to change, all or none."""

    models: Annotated[list[UpdateModelItem], Meta(max_length=MOST_ITEMS)]


class ModelResults(Reply, frozen=True, kw_only=True):
    """What became of each item, in their order."""

    results: list[ModelResultItem]


# Duplicate and delete


class DuplicateModelRequest(Body, frozen=True, kw_only=True):
    """Which model to copy."""

    model_id: UUID


class DuplicatedModel(Duplicated, frozen=True, kw_only=True):
    """The copy's id."""

    model_id: UUID


class DeleteModelsRequest(Body, frozen=True, kw_only=True):
    """Which models to delete, all or none."""

    model_ids: Annotated[list[UUID], Meta(max_length=MOST_ITEMS)]


class DeleteModelResult(Deleted, frozen=True, kw_only=True):
    """One model that is gone."""

    model_id: UUID


class DeletedModels(Reply, frozen=True, kw_only=True):
    """The models that are gone, in the order of the request."""

    results: list[DeleteModelResult]
