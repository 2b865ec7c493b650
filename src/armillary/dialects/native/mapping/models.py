"""Models between the domain and the wire."""

from __future__ import annotations

from dataclasses import fields
from typing import Any
from uuid import UUID

from msgspec import UNSET, UnsetType

from armillary.dialects.native import errors
from armillary.dialects.native.mapping import ids
from armillary.dialects.native.mapping.prices import amount, price, price_reply
from armillary.dialects.native.mapping.queries import after_number, label_filter, next_cursor
from armillary.dialects.native.schemas import models as wire
from armillary.dialects.native.schemas.prices import OverrideTerms
from armillary.domain.listings import ModelPage, ModelQuery
from armillary.domain.models import NO_FACTS, Effort, Facts, ModelChanges, Registered, Source

_CLEARED_TEXT = ("description", "vendor", "family", "external_id", "bundle")
_PLAIN = ("name", "enabled", "favourite")


def model_reply(registered: Registered) -> wire.Model:
    """The model as this API shows it."""
    model, provider = registered.model, registered.provider
    return wire.Model(
        id=ids.spelled("model", model.id),
        workspace_id=ids.spelled("workspace", model.workspace),
        provider=wire.ModelProvider(
            id=ids.spelled("provider", provider.id),
            name=provider.name,
            driver=provider.driver,
            healthy=provider.healthy,
        ),
        upstream_name=model.upstream_name,
        name=model.name,
        description=model.description,
        vendor=model.vendor,
        family=model.family,
        enabled=model.enabled,
        favourite=model.favourite,
        source=model.source.value,
        stale=registered.stale,
        capabilities=list(model.tags),
        capability_details={tag: dict(detail) for tag, detail in model.details.items()},
        modalities=wire.Modalities(input=list(model.input_modalities), output=list(model.output_modalities)),  # type: ignore[arg-type]  # the domain has checked them against the same words
        limits=wire.Limits(
            context_tokens=model.context_tokens, input_tokens=model.input_tokens, output_tokens=model.output_tokens
        ),
        facts=facts_reply(model.facts),
        price=price_reply(model.price),
        base_price=price_reply(model.base),
        override_price=price_reply(model.override),
        labels=dict(model.labels),
        external_id=model.external_id or None,
        bundle=model.bundle or None,
        edited=sorted({errors.field(_EDITED.get(name, name)) for name in model.edited}),
        created_at=model.created_at,
        updated_at=model.updated_at,
        last_seen_at=model.last_seen_at,
        revision=model.revision,
    )


#: Members that were edited, as errors name them -> as the model's own reply names them.
_EDITED = {"base": "base_price"}


def facts_reply(facts: Facts) -> wire.Facts:
    """The facts."""
    members = {item.name: getattr(facts, item.name) for item in fields(Facts)}
    efforts = [wire.Effort(value=effort.value, name=effort.name) for effort in facts.reasoning_efforts]
    return wire.Facts(
        **{
            **members,
            "reasoning_efforts": efforts,
            "supported_parameters": list(facts.supported_parameters),
        }
    )


def facts(stated: wire.Facts | None) -> Facts:
    """The facts that a body states; none for None."""
    if stated is None:
        return NO_FACTS
    members = {name: getattr(stated, name) for name in stated.__struct_fields__}
    efforts = tuple(Effort(value=effort.value, name=effort.name) for effort in stated.reasoning_efforts)
    return Facts(
        **{**members, "reasoning_efforts": efforts, "supported_parameters": tuple(stated.supported_parameters)}
    )


def model_changes(body: wire.UpdateModel) -> ModelChanges:
    """What a body asks for: what it leaves out is kept, null clears, an object or a list replaces the whole."""
    members: dict[str, Any] = {name: getattr(body, name) for name in _PLAIN}
    members |= {name: _cleared(getattr(body, name), "") for name in _CLEARED_TEXT}
    members["tags"] = body.capabilities if body.capabilities is UNSET else tuple(body.capabilities or ())
    members["details"] = _cleared(body.capability_details, {})
    members["labels"] = _cleared(body.labels, {})
    members["facts"] = UNSET if isinstance(body.facts, UnsetType) else facts(body.facts)
    members["base"] = UNSET if isinstance(body.base_price, UnsetType) else price(body.base_price)
    members |= _modalities(body) | _limits(body) | _override(body)
    return ModelChanges(**{name: value for name, value in members.items() if value is not UNSET})


def _cleared(value: object, empty: object) -> object:
    return empty if value is None else value


def _modalities(body: wire.UpdateModel) -> dict[str, Any]:
    if isinstance(body.modalities, UnsetType):
        return {}
    terms = body.modalities or wire.ModalitiesTerms()
    return {"input_modalities": tuple(terms.input), "output_modalities": tuple(terms.output)}


def _limits(body: wire.UpdateModel) -> dict[str, Any]:
    if isinstance(body.limits, UnsetType):
        return {}
    terms = body.limits or wire.LimitsTerms()
    return {name: getattr(terms, name) for name in terms.__struct_fields__}


def _override(body: wire.UpdateModel) -> dict[str, Any]:
    if isinstance(body.override_price, UnsetType):
        return {}
    terms = body.override_price or OverrideTerms()
    return {
        "override_input": amount(terms.input_usd_per_mtok),
        "override_output": amount(terms.output_usd_per_mtok),
        "override_cached_input": amount(terms.cached_input_usd_per_mtok),
    }


def model_query(query: wire.ModelsQuery) -> ModelQuery:
    """What a list is asked for. Raises: Misplaced, InvalidRequest (``cursor``)."""
    return ModelQuery(
        text=query.q.strip(),
        vendor=query.vendor,
        provider=None if query.provider_id is None else ids.read("provider", query.provider_id, "provider_id"),
        enabled=query.enabled,
        favourite=query.favourite,
        source=None if query.source is None else Source(query.source),
        tags=tuple(query.capability),
        labels=label_filter(query.label),
        bundle=query.bundle,
        newest_first=query.order == "newest",
        limit=query.limit,
        after=after_number(query),
    )


def page_reply(page: ModelPage, query: wire.ModelsQuery) -> wire.Models:
    """A page of models."""
    return wire.Models(
        data=[model_reply(one) for one in page.items],
        next_cursor=next_cursor(page.next, query),
    )


def unguarded(before: Registered, after: Registered, changes: ModelChanges) -> None:
    """Pass: this API is the operator's own, so that nothing is kept from change but by the domain's bounds."""


def default_reply(default: Registered | None) -> wire.DefaultModel:
    """The workspace's default model."""
    if default is None:
        return wire.DefaultModel(model_id=None, model=None)
    return wire.DefaultModel(model_id=ids.spelled("model", default.model.id), model=model_reply(default))


def chosen_default(body: wire.ChooseDefault) -> UUID | None:
    """The model that a body chooses. Raises: Misplaced (``model_id``)."""
    return None if body.model_id is None else ids.read("model", body.model_id, "model_id")
