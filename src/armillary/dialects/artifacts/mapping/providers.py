"""Providers between the wire and the domain. Source: contracts/artifacts.md, 3.3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from armillary.dialects.artifacts.mapping.filters import filter_section, page_size
from armillary.dialects.artifacts.mapping.forms import form_members
from armillary.dialects.artifacts.mapping.items import item
from armillary.dialects.artifacts.mapping.sections import empty_section
from armillary.dialects.artifacts.schemas import providers as wire
from armillary.domain.assembled_providers import ListedProvider, ProviderListing, ProviderSearch
from armillary.domain.assemblies import Fault, Item, Kind, Slot
from armillary.domain.providers import ProviderStatus
from armillary.services.assemblies import Form

#: The words of ``filter_status``.
_STATUSES = {
    "active": ProviderStatus.ACTIVE,
    "true": ProviderStatus.ACTIVE,
    "inactive": ProviderStatus.DISABLED,
    "false": ProviderStatus.DISABLED,
}
_NO_KEYS = Fault(
    member="key_ids", sentence="keys are not linked: set a provider's key through another API, or leave it out"
)


def form_reply(form: Form) -> wire.GetProviderResponse:
    """A provider's form."""
    return wire.GetProviderResponse(**form_members(Kind.PROVIDER, form), keys=empty_section())


def new_items(bodies: Sequence[wire.CreateProviderItem]) -> list[Item]:
    """What to make: active, where an item does not speak of it."""
    items = [_item(one, one.id) for one in bodies]
    return [replace(one, active=True) if one.active is None and Slot.FLAGS not in one.links else one for one in items]


def changed_items(bodies: Sequence[wire.UpdateProviderItem]) -> list[Item]:
    """What to change."""
    return [_item(one, one.provider_id) for one in bodies]


def _item(body: wire.ProviderItem, of: UUID | None) -> Item:
    said = item(Kind.PROVIDER, body, of)
    return replace(said, faults=(_NO_KEYS,)) if body.key_ids else said


def provider_search(body: wire.SearchProvidersRequest) -> ProviderSearch:
    """What a listing is asked for; a word that is no status finds nothing."""
    asked = [word.strip().lower() for word in body.filter_status or ["active"]]
    return ProviderSearch(
        text=body.search or "",
        departments=tuple(body.filter_department_ids or ()),
        models=tuple(body.filter_model_ids or ()),
        statuses=frozenset(_STATUSES[word] for word in asked if word in _STATUSES),
        department_text=body.department_search or "",
        model_text=body.model_search or "",
        offset=body.page_offset or 0,
        limit=page_size(body.page_size),
    )


def search_reply(found: ProviderListing, body: wire.SearchProvidersRequest) -> wire.SearchProvidersResponse:
    """One page of providers, and by what they may be narrowed."""
    return wire.SearchProvidersResponse(
        actor_name=found.actor.name,
        providers=[_listed(one) for one in found.items],
        department_filter=filter_section(found.departments, body.filter_department_ids, body.department_search),
        model_filter=filter_section(found.models, body.filter_model_ids, body.model_search),
        status_filter=filter_section(found.statuses, body.filter_status, None),
        total_count=found.total,
    )


def _listed(one: ListedProvider) -> wire.ListProvider:
    return wire.ListProvider(
        provider_id=one.provider.id,
        name=one.row.name,
        description=one.row.description,
        value=one.row.value,
        active=one.row.active,
        updated_at=one.provider.updated_at,
        department_ids=[str(department) for department in one.row.departments],
        model_usage_count=one.uses,
        model_ids=[str(model) for model in one.models],
        can_edit=one.may_edit,
        can_delete=one.may_delete,
        can_duplicate=one.may_duplicate,
    )
