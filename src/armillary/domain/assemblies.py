"""Assemblies: models and their like as bundles of links to resources.

The registry's own members decide. What a link says in the registry's terms (a value row: the upstream name) counts as
long as the registry says so too; where it was changed since, through whichever dialect, the canonical row of what the
registry says stands in its place. So nothing is stored twice: a link only remembers which of several equal rows was
chosen, and what the registry has no member for.
Source: contracts/artifacts.md, section 2; design.md, "One truth".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from msgspec import UNSET

from armillary.domain.models import Effort, Model, ModelChanges
from armillary.domain.prices import UNPRICED, Price, plain
from armillary.domain.providers import Provider
from armillary.domain.resources import (
    Content,
    Description,
    Flag,
    Modality,
    Name,
    PricePoint,
    ReasoningLevel,
    Resource,
    ResourceKind,
    Value,
)
from armillary.domain.seeds import MODEL_ACTIVE, SEEDED, UNITS


class Kind(StrEnum):
    """What may be assembled."""

    MODEL = "model"
    PROVIDER = "provider"
    DEPARTMENT = "department"
    AGENT = "agent"
    PROFILE = "profile"


class Slot(StrEnum):
    """A kind of link; the words are those of the sections on the wire."""

    NAMES = "names"
    DESCRIPTIONS = "descriptions"
    VALUES = "values"
    PROVIDERS = "providers"
    FLAGS = "flags"
    DEPARTMENTS = "departments"
    MODALITIES = "modalities"
    TEMPERATURE_LEVELS = "temperature_levels"
    PRICING = "pricing"
    REASONING_LEVELS = "reasoning_levels"
    QUALITIES = "qualities"
    VOICES = "voices"
    ENDPOINTS = "endpoints"
    MODELS = "models"
    EMAILS = "emails"
    ROLES = "roles"


#: Slot -> the kind of resource that it links; the other slots link what has a table of its own.
RESOURCES: dict[Slot, ResourceKind] = {
    slot: ResourceKind(slot.value) for slot in Slot if slot.value in set(ResourceKind)
}
#: Slots that hold one link at most.
SINGLE = frozenset({Slot.NAMES, Slot.DESCRIPTIONS})
#: Kind -> its slots, in the contract's order.
SLOTS: dict[Kind, tuple[Slot, ...]] = {
    Kind.MODEL: (
        Slot.NAMES,
        Slot.DESCRIPTIONS,
        Slot.VALUES,
        Slot.PROVIDERS,
        Slot.FLAGS,
        Slot.DEPARTMENTS,
        Slot.MODALITIES,
        Slot.TEMPERATURE_LEVELS,
        Slot.PRICING,
        Slot.REASONING_LEVELS,
        Slot.QUALITIES,
        Slot.VOICES,
    ),
    Kind.PROVIDER: (
        Slot.NAMES,
        Slot.DESCRIPTIONS,
        Slot.FLAGS,
        Slot.DEPARTMENTS,
        Slot.VALUES,
        Slot.ENDPOINTS,
    ),
    Kind.DEPARTMENT: (Slot.NAMES, Slot.DESCRIPTIONS, Slot.FLAGS),
    Kind.AGENT: (
        Slot.NAMES,
        Slot.DESCRIPTIONS,
        Slot.MODELS,
        Slot.FLAGS,
        Slot.DEPARTMENTS,
        Slot.TEMPERATURE_LEVELS,
        Slot.REASONING_LEVELS,
        Slot.VOICES,
        Slot.QUALITIES,
    ),
    Kind.PROFILE: (Slot.NAMES, Slot.EMAILS, Slot.FLAGS, Slot.DEPARTMENTS, Slot.ROLES),
}

#: A resource's content in a resource slot, the id of what is linked in any other.
Said = Content | UUID
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Claims:
    """What the registry says in one slot: each of ``required`` has a link, and ``allowed`` ones may have."""

    required: tuple[Said, ...] = ()
    allowed: frozenset[Said] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A model as the Artifacts dialect lists it: a provider is not needed."""

    model: Model
    provider: Provider | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """One thing with what it links: slot -> ids, in order; a slot that was not asked for is missing.

    ``rows`` are the resources among what is linked, by id.
    """

    kind: Kind
    id: UUID
    name: str
    description: str = ""
    created_at: datetime
    updated_at: datetime
    mcp: bool = False
    generated: bool = False
    links: Mapping[Slot, tuple[UUID, ...]] = field(default_factory=dict)
    rows: Mapping[UUID, Resource] = field(default_factory=dict)

    def linked(self, slot: Slot) -> tuple[UUID, ...]:
        """What the slot links, in order."""
        return self.links.get(slot, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRow:
    """A provider as a section shows it: ``value`` and ``endpoint`` are its first ones, None where it has none."""

    id: UUID
    name: str
    description: str | None = None
    departments: tuple[UUID, ...] = ()
    value: str | None = None
    endpoint: str | None = None
    created_at: datetime
    active: bool = True
    mcp: bool = False
    generated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentRow:
    """A department as a section shows it; ``is_primary`` for the acting profile's first one."""

    id: UUID
    name: str
    description: str | None = None
    is_primary: bool = False
    created_at: datetime
    active: bool = True
    mcp: bool = False
    generated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A model as a section shows it."""

    id: UUID
    name: str
    description: str | None = None
    created_at: datetime
    active: bool = True
    mcp: bool = False
    generated: bool = False


#: What a slot links, as a section shows it.
LinkedRow = Resource | ProviderRow | DepartmentRow | ModelRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One slot of a form: what is selected, and what might be."""

    selected: tuple[LinkedRow, ...] = ()
    suggested: tuple[LinkedRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a caller says of one thing to make or to change: a slot that is missing is not spoken of.

    Args:
        id: of the thing to change; of the thing to make, where the caller chose one.
        links: slot -> the ids it is to link, in order.
        texts: slot -> texts to be found or made into rows, for slots that ``links`` does not name.
        departments: names of departments, where ``links`` does not name that slot.
        active: the position of the thing's own switch, where ``links`` does not name flags.
        faults: what is wrong with it already: members that it states and no slot takes.
    """

    id: UUID | None = None
    links: Mapping[Slot, tuple[UUID, ...]] = field(default_factory=dict)
    texts: Mapping[Slot, tuple[str, ...]] = field(default_factory=dict)
    departments: tuple[str, ...] | None = None
    active: bool | None = None
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with an item.

    ``member`` is ``id``, ``name``, ``description``, ``departments`` (by name), a slot's word where an id in it is at
    fault, or the wire's own member where no slot takes it.
    """

    member: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one item: ``id`` is None where nothing was stored, be it for this item's faults or another's."""

    id: UUID | None = None
    name: str = ""
    faults: tuple[Fault, ...] = ()


def reconciled(stored: Sequence[tuple[_T, Said | None]], claims: Claims) -> list[_T | Said]:
    """What a slot links: the stored links that still hold, and what the registry says besides.

    Args:
        stored: each link with what it says of the owner in the registry's terms, None where the registry has no word
            for it.
        claims: what the registry says.

    Returns: the links that hold, in their order; a claim that none of them makes takes the place of one that does not
        hold any more, or else comes last.
    """
    missing = list(claims.required)
    holds = [_holds(said, missing, claims) for _, said in stored]
    kept: list[_T | Said] = []
    for (link, _), still in zip(stored, holds, strict=True):
        if still:
            kept.append(link)
        elif missing:
            kept.append(missing.pop(0))
    return list(dict.fromkeys((*kept, *missing)))


def _holds(said: Said | None, missing: list[Said], claims: Claims) -> bool:
    """Whether a link holds; several may say the same, and the first makes the claim."""
    if said is not None and said in missing:
        missing.remove(said)
    return said is None or said in claims.required or said in claims.allowed


# What a model says in each slot, and what rows say of a model

_MILLION = "million_text"
_PRICES = (("input", "input"), ("output", "output"), ("cached", "cached_input"))
#: The registry's word -> the contract's; what is not here is the same in both.
_MODALITY = {"pdf": "file"}
_MODALITY_OF = {word: name for name, word in _MODALITY.items()}
#: What the contract has and the registry does not.
_UNREGISTERED = frozenset({"call"})


def model_claims(model: Model, slot: Slot) -> Claims:
    """What the registry says of a model in this slot."""
    claims = _MODEL_CLAIMS.get(slot)
    return Claims() if claims is None else claims(model)


#: Whether a model is enabled -> the seeded flag that says so.
_SWITCH = {content.value: content for content in SEEDED if isinstance(content, Flag) and content.type == MODEL_ACTIVE}


def _flag_claims(model: Model) -> Claims:
    position: Content = _SWITCH[model.enabled]
    return Claims(required=(position,) if model.enabled else (), allowed=frozenset({position}))


def _modality_claims(model: Model) -> Claims:
    return Claims(
        required=(
            *(Modality(_MODALITY.get(name, name), is_input=True) for name in model.input_modalities),
            *(Modality(_MODALITY.get(name, name), is_input=False) for name in model.output_modalities),
        )
    )


def _price_claims(model: Model) -> Claims:
    amounts = ((word, getattr(model.price, member)) for word, member in _PRICES)
    return Claims(required=tuple(_rate(word, amount) for word, amount in amounts if amount is not None))


def _rate(pricing_type: str, amount: Decimal) -> PricePoint:
    # equal amounts are one content, however many zeros they were written with
    return PricePoint(pricing_type, Decimal(plain(amount)), _MILLION, *UNITS[_MILLION])


_MODEL_CLAIMS: dict[Slot, Callable[[Model], Claims]] = {
    Slot.NAMES: lambda model: Claims(required=(Name(model.name),)),
    Slot.DESCRIPTIONS: lambda model: Claims(required=(Description(model.description),) if model.description else ()),
    Slot.VALUES: lambda model: Claims(required=() if model.upstream_name is None else (Value(model.upstream_name),)),
    Slot.PROVIDERS: lambda model: Claims(required=() if model.provider is None else (model.provider,)),
    Slot.FLAGS: _flag_claims,
    Slot.MODALITIES: _modality_claims,
    Slot.PRICING: _price_claims,
    Slot.REASONING_LEVELS: lambda model: Claims(
        required=tuple(ReasoningLevel(effort.value) for effort in model.facts.reasoning_efforts)
    ),
}


def said_of_model(slot: Slot, linked: Sequence[Resource | UUID]) -> list[Said | None]:
    """What each link of the slot says of a model in the registry's terms; None where that has no word for it."""
    if slot is Slot.PROVIDERS:
        return [one if isinstance(one, UUID) and not place else None for place, one in enumerate(linked)]
    contents = [one.content for one in linked if isinstance(one, Resource)]
    if slot is Slot.VALUES:
        return [
            Value(one.value) if isinstance(one, Value) and not place else None for place, one in enumerate(contents)
        ]
    if slot is Slot.PRICING:
        return _said_of_prices(contents)
    return [_said(one) for one in contents] if slot in _MODEL_CLAIMS else [None] * len(linked)


def _said(content: Content) -> Said | None:
    if isinstance(content, Flag):
        return _SWITCH[content.value] if content.type == MODEL_ACTIVE else None
    if isinstance(content, Modality):
        return None if content.modality in _UNREGISTERED else content
    return content


def _said_of_prices(contents: Sequence[Content]) -> list[Said | None]:
    """The first row of each type that is a price of a million tokens of text."""
    said: list[Said | None] = []
    for one in contents:
        is_rate = (
            isinstance(one, PricePoint)
            and _is_rate(one)
            and not any(isinstance(other, PricePoint) and other.pricing_type == one.pricing_type for other in said)
        )
        said.append(_rate(one.pricing_type, one.price) if is_rate and isinstance(one, PricePoint) else None)
    return said


def _is_rate(point: PricePoint) -> bool:
    other_tokens = point.unit_name in UNITS and point.unit_name != _MILLION
    return (point.unit_category, point.unit_value) == UNITS[_MILLION] and not other_tokens


def model_changes(model: Model, slot: Slot, linked: Sequence[Resource | UUID]) -> ModelChanges:
    """What the registry is to say of a model once the slot links these rows.

    What the rows leave as it is, is UNSET, so that nothing counts as edited by hand which was not.
    """
    said = [one for one in said_of_model(slot, linked) if one is not None]
    if slot not in _CHANGES or set(said) == set(model_claims(model, slot).required):
        return ModelChanges()
    return _CHANGES[slot](model, said)


def _price_changes(model: Model, said: Sequence[Said]) -> ModelChanges:
    rates = {one.pricing_type: one.price for one in said if isinstance(one, PricePoint)}
    base = Price(
        input=rates.get("input"),
        output=rates.get("output"),
        cached_input=rates.get("cached"),
        tiers=model.base.tiers if rates else (),
    )
    cleared = None if model.override != UNPRICED else UNSET
    return ModelChanges(base=base, override_input=cleared, override_output=cleared, override_cached_input=cleared)


def _modality_changes(_model: Model, said: Sequence[Said]) -> ModelChanges:
    modalities = [one for one in said if isinstance(one, Modality)]
    words = [(_MODALITY_OF.get(one.modality, one.modality), one.is_input) for one in modalities]
    return ModelChanges(
        input_modalities=tuple(dict.fromkeys(word for word, is_input in words if is_input)),
        output_modalities=tuple(dict.fromkeys(word for word, is_input in words if not is_input)),
    )


def _level_changes(model: Model, said: Sequence[Said]) -> ModelChanges:
    named = {effort.value: effort for effort in model.facts.reasoning_efforts}
    levels = dict.fromkeys(one.reasoning_level for one in said if isinstance(one, ReasoningLevel))
    efforts = tuple(named.get(level) or Effort(value=level, name=level.capitalize()) for level in levels)
    return ModelChanges(facts=replace(model.facts, reasoning_efforts=efforts))


def _name_changes(_model: Model, said: Sequence[Said]) -> ModelChanges:
    names = [one.name for one in said if isinstance(one, Name)]
    return ModelChanges(name=names[0] if names else UNSET)  # a name cannot be cleared


def _description_changes(_model: Model, said: Sequence[Said]) -> ModelChanges:
    return ModelChanges(description=next((one.description for one in said if isinstance(one, Description)), ""))


def _value_changes(_model: Model, said: Sequence[Said]) -> ModelChanges:
    return ModelChanges(upstream_name=next((one.value for one in said if isinstance(one, Value)), None))


def _provider_changes(_model: Model, said: Sequence[Said]) -> ModelChanges:
    return ModelChanges(provider=next((one for one in said if isinstance(one, UUID)), None))


def _flag_changes(_model: Model, said: Sequence[Said]) -> ModelChanges:
    positions = [one.value for one in said if isinstance(one, Flag)]
    return ModelChanges(enabled=bool(positions) and all(positions))


_CHANGES: dict[Slot, Callable[[Model, Sequence[Said]], ModelChanges]] = {
    Slot.NAMES: _name_changes,
    Slot.DESCRIPTIONS: _description_changes,
    Slot.VALUES: _value_changes,
    Slot.PROVIDERS: _provider_changes,
    Slot.FLAGS: _flag_changes,
    Slot.MODALITIES: _modality_changes,
    Slot.PRICING: _price_changes,
    Slot.REASONING_LEVELS: _level_changes,
}
