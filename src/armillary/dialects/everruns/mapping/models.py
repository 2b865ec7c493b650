"""Models: Everruns' words for ours, and ours for Everruns'. Source: contracts/everruns.md, 2.1 and 3.2."""

from __future__ import annotations

from typing import Any, get_args

from msgspec import UNSET, UnsetType

from armillary.dialects.everruns.mapping import ids, links
from armillary.dialects.everruns.mapping.profiles import profile
from armillary.dialects.everruns.schemas import models as wire
from armillary.domain.errors import InvalidRequest
from armillary.domain.models import ModelChanges, NewModel, Registered

LONGEST_NAME = 255
_VENDORS = frozenset(get_args(wire.Vendor))
#: Other spellings of makers whom clients know.
_VENDOR_ALIASES = {"alibaba": "qwen", "moonshotai": "moonshot", "x-ai": "xai"}


def model_changes(body: wire.UpdateModelRequest) -> ModelChanges:
    """What a PATCH changes; null keeps, as absence does.

    Raises: InvalidRequest, InvalidId (``provider_id``).
    """
    return ModelChanges(
        name=_label(body.display_name, "display_name"),
        upstream_name=_label(body.model_id, "model_id"),
        provider=UNSET if body.provider_id is None else ids.read(ids.PROVIDER, body.provider_id, field="provider_id"),
        enabled=_kept(body.enabled),
        favourite=_kept(body.is_favorite),
        tags=UNSET if body.capabilities is None else tuple(body.capabilities),
    )


def new_model(body: wire.CreateModelRequest) -> NewModel:
    """What a POST asks for; what it leaves out, an adopted model keeps.

    Raises: InvalidRequest.
    """
    return NewModel(
        upstream_name=checked_label(body.model_id, "model_id"),
        name=checked_label(body.display_name, "display_name"),
        enabled=_kept(body.enabled),
        favourite=_kept(body.is_favorite),
        tags=UNSET if body.capabilities is None else tuple(body.capabilities),
    )


def checked_label(text: str, field: str) -> str:
    """The text without the space around it. Raises: InvalidRequest (``field``)."""
    label = text.strip()
    if not 1 <= len(label) <= LONGEST_NAME:
        raise InvalidRequest(field, f"has 1 to {LONGEST_NAME} characters")
    return label


def _label(text: str | None, field: str) -> str | UnsetType:
    return UNSET if text is None else checked_label(text, field)


def _kept(flag: bool | None) -> bool | UnsetType:
    return UNSET if flag is None else flag


def model_item(registered: Registered) -> wire.ModelWithProvider:
    """The model as lists show it."""
    return wire.ModelWithProvider(**_members(registered))


def model_reply(registered: Registered, *, origin: str, manages: bool) -> wire.Model:
    """The model by itself; ``manages`` tells whether the caller may change it, and hence is offered to."""
    identity = registered.model.id
    href = links.self_url(origin, ids.MODEL, identity)
    view = links.view_url(origin, ids.MODEL, identity)
    may_go = manages and not registered.provider.managed
    return wire.Model(
        **_members(registered),
        self_url=href,
        view_url=view,
        ui_link=view,
        allowed_actions=links.actions(href, ids.MODEL, update=manages, delete=may_go),
    )


def _members(registered: Registered) -> dict[str, Any]:
    model, provider = registered.model, registered.provider
    return {
        "id": ids.wire_id(ids.MODEL, model.id),
        "provider_id": ids.wire_id(ids.PROVIDER, provider.id),
        "model_id": model.upstream_name or "",
        "display_name": model.name,
        "capabilities": list(model.tags),
        "enabled": model.enabled,
        "is_favorite": model.favourite,
        "source": model.source.value,
        "provider_name": provider.name,
        "provider_type": provider.driver,
        "healthy": provider.healthy,
        "stale": registered.stale,
        "model_vendor": vendor(model.vendor),
        "profile": profile(model),
        "created_at": model.created_at,
        "updated_at": model.updated_at,
    }


def vendor(slug: str) -> str | UnsetType:
    """The maker in the word that clients know; UNSET for all they do not know."""
    word = _VENDOR_ALIASES.get(slug, slug)
    return word if word in _VENDORS else UNSET
