"""What Everruns calls a model's profile, computed from the record. Source: contracts/everruns.md, 3.2.2.

A part of it that is known by half is left out, since clients refuse halves.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, get_args

from msgspec import UNSET, UnsetType

from armillary.dialects.everruns.schemas import models as wire
from armillary.domain.models import NO_FACTS, Facts, Model
from armillary.domain.prices import Price, Tier, plain

_EFFORTS = frozenset(get_args(wire.EffortValue))


def profile(model: Model) -> wire.ModelProfile | UnsetType:
    """What is known of the model beyond its tags; UNSET where nothing is."""
    facts, price = model.facts, model.price
    if not _is_known(model, price):
        return UNSET
    return wire.ModelProfile(
        name=model.name,
        family=model.family,
        attachment=_or(facts.attachment, any(name != "text" for name in model.input_modalities)),
        reasoning=_or(facts.reasoning, "reasoning" in model.tags),
        temperature=_or(facts.temperature, "temperature" in model.tags),
        tool_call=_or(facts.tool_call, "tools" in model.tags),
        structured_output=_or(facts.structured_output, "structured_output" in model.tags),
        open_weights=_or(facts.open_weights, False),
        cost=cost(price),
        limits=_limits(model),
        modalities=_modalities(model),
        reasoning_effort=_efforts(facts),
        description=model.description or UNSET,
        knowledge=facts.knowledge or UNSET,
        release_date=facts.release_date or UNSET,
        last_updated=facts.last_updated or UNSET,
        supported_parameters=list(facts.supported_parameters) or UNSET,
        supports_phases=_stated(facts.supports_phases),
        tool_search=_stated(facts.tool_search),
    )


def cost(price: Price) -> wire.ModelCost | UnsetType:
    """The price in USD per million tokens; UNSET where a rate is unknown."""
    if price.input is None or price.output is None:
        return UNSET
    return wire.ModelCost(
        input=_amount(price.input),
        output=_amount(price.output),
        cache_read=_optional_amount(price.cached_input),
        cost_tiers=[_tier(tier) for tier in price.tiers] or UNSET,
    )


def _is_known(model: Model, price: Price) -> bool:
    terms = (model.family, model.description, model.input_modalities, model.output_modalities)
    limits = (model.context_tokens, model.input_tokens, model.output_tokens)
    return any(terms) or any(limits) or bool(price) or model.facts != NO_FACTS


def _or(stated: bool | None, inferred: bool) -> bool:
    return inferred if stated is None else stated


def _stated(value: bool | None) -> bool | UnsetType:
    return UNSET if value is None else value


def _amount(amount: Decimal) -> Decimal:
    # without exponent: 3E+2 is a JSON number too, but not what people read
    return Decimal(plain(amount))


def _optional_amount(amount: Decimal | None) -> Decimal | UnsetType:
    return UNSET if amount is None else _amount(amount)


def _tier(tier: Tier) -> wire.CostTier:
    return wire.CostTier(
        above_tokens=tier.above_tokens,
        input=_amount(tier.input),
        output=_amount(tier.output),
        cache_read=_optional_amount(tier.cached_input),
    )


def _limits(model: Model) -> wire.ModelLimits | UnsetType:
    if model.context_tokens is None or model.output_tokens is None:
        return UNSET
    return wire.ModelLimits(
        context=model.context_tokens,
        output=model.output_tokens,
        input=UNSET if model.input_tokens is None else model.input_tokens,
        max_media=UNSET if model.facts.max_media is None else model.facts.max_media,
    )


def _modalities(model: Model) -> wire.ModelModalities | UnsetType:
    if not model.input_modalities or not model.output_modalities:
        return UNSET
    given: Any = list(model.input_modalities)
    made: Any = list(model.output_modalities)
    return wire.ModelModalities(input=given, output=made)


def _efforts(facts: Facts) -> wire.ReasoningEffortConfig | UnsetType:
    # clients know six levels; a default among the others is no half to be shown
    known = [effort for effort in facts.reasoning_efforts if effort.value in _EFFORTS]
    if facts.reasoning_default not in {effort.value for effort in known}:
        return UNSET
    default: Any = facts.reasoning_default
    values: list[Any] = [wire.ReasoningEffortValue(value=effort.value, name=effort.name) for effort in known]  # type: ignore[arg-type]  # filtered above
    return wire.ReasoningEffortConfig(default=default, values=values)
