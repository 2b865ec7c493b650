"""Models: the superset that every generation of clients decodes, and what their requests say.

Source: contracts/cadenya.md, 2 and 3.2 to 3.6.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from msgspec import UNSET, UnsetType

from armillary.dialects.cadenya.mapping import metadata, pages, prices
from armillary.dialects.cadenya.mapping.capabilities import capabilities, reasoning, tags_and_details
from armillary.dialects.cadenya.mapping.masks import clearable, mandatory, masked
from armillary.dialects.cadenya.mapping.provider_keys import ai_provider, key_of_model
from armillary.dialects.cadenya.schemas import models as wire
from armillary.domain.access import Principal
from armillary.domain.listings import ModelPage, ModelQuery
from armillary.domain.models import Model, ModelChanges, NewModel, Registered, Source
from armillary.domain.prices import Price

#: No provider has this id: what is filtered by it is empty.
NO_PROVIDER = UUID(int=0)
_SPEC = (
    "spec.provider_model_id",
    "spec.provider",
    "spec.family",
    "spec.max_input_tokens",
    "spec.max_output_tokens",
    "spec.capabilities",
)
_PRICES = ("input", "output", "cached_input")
_WRITABLE = (
    *metadata.WRITABLE,
    *_SPEC,
    *(f"pricing_override.{name}_price_per_million_tokens" for name in _PRICES),
)


def model_query(query: wire.ModelQuery, provider: UUID | None, bound: pages.Filters) -> ModelQuery:
    """The domain's query; ``provider`` is the key that ``aiProviderKeyId`` names. Raises: InvalidRequest."""
    wanted = _wanted(query)
    # no variation uses a model, since there are no agents: what is assigned is nothing
    nothing = query.is_assigned or len(wanted) > 1
    return ModelQuery(
        prefix=query.prefix,
        text=query.query,
        enabled=next(iter(wanted), None),
        provider=NO_PROVIDER if nothing else provider,
        labels=pages.labels(query.labels),
        bundle=query.bundle_key,
        newest_first=pages.newest_first(query.sort_order),
        limit=pages.limit(query.limit),
        after=pages.number_after(query, bound),
    )


def _wanted(query: wire.ModelQuery) -> set[bool]:
    """Whether models are to be enabled, as each generation's filter says."""
    enabled = {wire.ModelStatus.ENABLED: True, wire.ModelStatus.DISABLED: False}
    enabled_states = {wire.State.ENABLED: True, wire.State.DISABLED: False}
    asked: Iterable[bool | None] = (
        None if isinstance(query.status, UnsetType) else enabled.get(query.status),
        None if isinstance(query.state, UnsetType) else enabled_states.get(query.state),
    )
    return {one for one in asked if one is not None}


def model_reply(caller: Principal, registered: Registered) -> wire.Model:
    """The model with its ``info``."""
    reply = _without_info(caller, registered)
    reply.info = wire.ModelInfo(
        agent_variation_count=0,
        ai_provider_key=key_of_model(caller, registered.provider),
        provider=ai_provider(registered.provider),
    )
    return reply


def models_reply(caller: Principal, page: ModelPage, query: wire.ModelQuery, bound: pages.Filters) -> wire.ModelList:
    """A page of models, with their ``info`` where it was asked for."""
    show = model_reply if query.include_info else _without_info
    items = [show(caller, one) for one in page.items]
    return wire.ModelList(items=items, pagination=pages.pagination(page.next, bound))


def _without_info(caller: Principal, registered: Registered) -> wire.Model:
    model = registered.model
    manual = model.source is Source.MANUAL
    return wire.Model(
        metadata=metadata.of_workspace(caller, "model", model),
        spec=_spec(model),
        state=wire.State.ENABLED if model.enabled else wire.State.DISABLED,
        provenance=wire.Provenance.MANUAL if manual else wire.Provenance.SYNCED,
        base_pricing=prices.base_pricing(model.base),
        pricing_override=prices.pricing_override(model.override),
    )


def _spec(model: Model) -> wire.ModelSpec:
    price = model.price
    return wire.ModelSpec(
        provider=model.vendor,
        family=model.family,
        provider_model_id=model.upstream_name or "",
        max_input_tokens=max_input_tokens(model),
        max_output_tokens=model.output_tokens or 0,
        input_price_per_million_tokens=prices.rate(price.input),
        output_price_per_million_tokens=prices.rate(price.output),
        cached_input_price_per_million_tokens=prices.rate(price.cached_input),
        capabilities=capabilities(model),
        reasoning=reasoning(model),
        status=wire.ModelStatus.ENABLED if model.enabled else wire.ModelStatus.DISABLED,
    )


def max_input_tokens(model: Model) -> int:
    """The input limit where one is stated, else the context window; 0 where neither is known."""
    return model.input_tokens or model.context_tokens or 0


def new_model(body: wire.CreateModel) -> NewModel:
    """The model that a body asks for; it starts enabled. Raises: InvalidRequest."""
    spec = body.spec
    stated = metadata.stated(body.metadata)
    if not stated.get("external_id"):
        stated["external_id"] = UNSET
    if not isinstance(spec.capabilities, UnsetType):
        stated["tags"], stated["details"] = tags_and_details(spec.capabilities)
    if not isinstance(spec.max_input_tokens, UnsetType):
        stated["context_tokens"], stated["input_tokens"] = spec.max_input_tokens or None, None
    return NewModel(
        upstream_name=spec.provider_model_id,
        vendor=spec.provider,
        family=spec.family,
        output_tokens=_tokens(spec.max_output_tokens),
        base=_base(spec),
        enabled=True,
        **stated,
    )


def _base(spec: wire.NewModelSpec) -> Price | UnsetType:
    return prices.base_price(
        spec.input_price_per_million_tokens,
        spec.output_price_per_million_tokens,
        spec.cached_input_price_per_million_tokens,
    )


def _tokens(count: int | UnsetType) -> int | UnsetType | None:
    return count if isinstance(count, UnsetType) else count or None


def model_changes(body: wire.UpdateModel, before: Registered) -> ModelChanges:
    """What a body changes of the model as it is before. Raises: InvalidRequest."""
    mask = masked(body.update_mask, body, _WRITABLE)
    members = metadata.changes(body, mask)
    members |= {
        "upstream_name": mandatory(body, "spec.provider_model_id", mask),
        "vendor": clearable(body, "spec.provider", mask, ""),
        "family": clearable(body, "spec.family", mask, ""),
        "output_tokens": _tokens(clearable(body, "spec.max_output_tokens", mask, 0)),
    }
    return ModelChanges(
        **members, **_limits(body, mask, before.model), **_knobs(body, mask, before.model), **_override(body, mask)
    )


def _limits(body: wire.UpdateModel, mask: frozenset[str], model: Model) -> dict[str, Any]:
    count = clearable(body, "spec.max_input_tokens", mask, 0)
    if count is UNSET:
        return {}
    return {"context_tokens" if model.input_tokens is None else "input_tokens": count or None}


def _knobs(body: wire.UpdateModel, mask: frozenset[str], model: Model) -> dict[str, Any]:
    knobs = clearable(body, "spec.capabilities", mask, [])
    if knobs is UNSET:
        return {}
    tags, details = tags_and_details(knobs, model.tags, model.details)
    return {"tags": tags, "details": details}


def _override(body: wire.UpdateModel, mask: frozenset[str]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name in _PRICES:
        amount = clearable(body, f"pricing_override.{name}_price_per_million_tokens", mask, None)
        if amount is not UNSET:
            members[f"override_{name}"] = None if amount is None else prices.usd(amount, f"override.{name}")
    return members
