"""Resources: small immutable values that models and their like are assembled from.

A resource is never edited: whoever wants another value links another row. Several may link one row, and several rows
may hold the same content, names excepted: of each name a workspace has one row.
Source: contracts/artifacts.md, sections 2.1 and 3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from armillary.domain.changes import Document
from armillary.domain.errors import InvalidRequest
from armillary.domain.prices import plain

LONGEST_NAME = 255
LONGEST_DESCRIPTION = 10_240
_LONGEST_WORD = 255
_LONGEST_URL = 2048
_MOST = Decimal(10) ** 9
#: As many as any number of double precision needs to be told from its neighbours.
_MOST_DIGITS = 17
_MOST_UNITS = 2**31 - 1
#: Ten digits before the point, and as many after it as may be told.
_SORTED_DIGITS = 10 + 1 + _MOST_DIGITS
#: Source: contracts/artifacts.md, 2.1, "Row objects inside the sections".
MODALITIES = ("text", "video", "audio", "image", "call", "file")
QUALITIES = ("low", "medium", "high")
VALUE_TYPES = ("model", "provider")
PRICING_TYPES = ("input", "output", "cached")
UNIT_CATEGORIES = ("tokens", "seconds", "units")


class ResourceKind(StrEnum):
    """What a resource is a value of; the words are the wire's as well."""

    NAMES = "names"
    DESCRIPTIONS = "descriptions"
    VALUES = "values"
    VOICES = "voices"
    PRICING = "pricing"
    MODALITIES = "modalities"
    QUALITIES = "qualities"
    REASONING_LEVELS = "reasoning_levels"
    TEMPERATURE_LEVELS = "temperature_levels"
    FLAGS = "flags"
    ENDPOINTS = "endpoints"
    EMAILS = "emails"
    ROLES = "roles"


@dataclass(frozen=True, slots=True)
class Name:
    """What something is called."""

    name: str


@dataclass(frozen=True, slots=True)
class Description:
    """What something is said to be."""

    description: str


@dataclass(frozen=True, slots=True)
class Value:
    """A provider's word for a model (type ``model``), or for itself (``provider``)."""

    value: str
    type: str = "model"


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that a model speaks with."""

    voice: str


@dataclass(frozen=True, slots=True)
class PricePoint:
    """What ``unit_value`` units cost in US dollars."""

    pricing_type: str
    price: Decimal
    unit_name: str
    unit_category: str
    unit_value: int


@dataclass(frozen=True, slots=True)
class Modality:
    """What goes in, or comes out."""

    modality: str
    is_input: bool = False


@dataclass(frozen=True, slots=True)
class Quality:
    """How good what comes out is to be."""

    quality: str


@dataclass(frozen=True, slots=True)
class ReasoningLevel:
    """How much a model is to think."""

    reasoning_level: str


@dataclass(frozen=True, slots=True)
class TemperatureLevel:
    """How freely a model is to choose."""

    temperature: Decimal


@dataclass(frozen=True, slots=True)
class Flag:
    """A switch, in the position ``value``; ``type`` tells what it switches."""

    name: str
    description: str
    icon: str
    type: str = ""
    value: bool = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider answers: its base URL."""

    endpoint: str


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail address."""

    email: str


@dataclass(frozen=True, slots=True)
class RoleName:
    """A role as people call it; several names may share one role. ``artifacts`` are the kinds its screens cover."""

    role: str
    name: str
    description: str
    artifacts: tuple[str, ...] = ()


Content = (
    Name
    | Description
    | Value
    | Voice
    | PricePoint
    | Modality
    | Quality
    | ReasoningLevel
    | TemperatureLevel
    | Flag
    | Endpoint
    | Email
    | RoleName
)

#: Kind -> what its rows hold.
CONTENTS: dict[ResourceKind, type[Any]] = {
    ResourceKind.NAMES: Name,
    ResourceKind.DESCRIPTIONS: Description,
    ResourceKind.VALUES: Value,
    ResourceKind.VOICES: Voice,
    ResourceKind.PRICING: PricePoint,
    ResourceKind.MODALITIES: Modality,
    ResourceKind.QUALITIES: Quality,
    ResourceKind.REASONING_LEVELS: ReasoningLevel,
    ResourceKind.TEMPERATURE_LEVELS: TemperatureLevel,
    ResourceKind.FLAGS: Flag,
    ResourceKind.ENDPOINTS: Endpoint,
    ResourceKind.EMAILS: Email,
    ResourceKind.ROLES: RoleName,
}
_KINDS: dict[type[Any], ResourceKind] = {content: kind for kind, content in CONTENTS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceQuery:
    """Which resources of a kind to show, by text; conditions add up, and an empty one is none.

    Args:
        text: case-insensitive part of the text.
        limit: at most so many; none at all where it is not positive.
        members: member of the content -> its values, of which any will do.
        of_models: only those that some model links; ``of_providers``, that some provider does.
    """

    kind: ResourceKind
    text: str = ""
    limit: int = 20
    offset: int = 0
    exclude: frozenset[UUID] = frozenset()
    members: Mapping[str, Sequence[str | bool]] = field(default_factory=dict)
    of_models: bool = False
    of_providers: bool = False


def kind_of(content: Content) -> ResourceKind:
    """Of which kind a resource with this content is."""
    return _KINDS[type(content)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One row: ``workspace`` is None for those that every workspace is born with.

    ``canonical`` marks the one row of its content that stands for what the registry says; ``mcp`` and ``generated``
    tell that a tool-protocol client wrote it.
    """

    id: UUID
    workspace: UUID | None
    content: Content
    created_at: datetime
    canonical: bool = False
    active: bool = True
    mcp: bool = False
    generated: bool = False

    @property
    def kind(self) -> ResourceKind:
        """What it is a value of."""
        return kind_of(self.content)

    @property
    def text(self) -> str:
        """What it is searched and sorted by."""
        return text_of(self.content)


def text_of(content: Content) -> str:
    """What a resource of this content is searched and sorted by: its first text; a temperature's plain digits."""
    if isinstance(content, TemperatureLevel):
        return plain(content.temperature)
    if isinstance(content, RoleName):
        return content.name
    return str(getattr(content, fields(content)[0].name))


def order_of(content: Content) -> str:
    """What it is sorted by first, in the order of code points: its text; a temperature by its number, a price not."""
    if isinstance(content, TemperatureLevel):
        return f"{content.temperature:0{_SORTED_DIGITS}.{_MOST_DIGITS}f}"
    return "" if isinstance(content, PricePoint) else text_of(content)


def document(resource: Resource) -> Document:
    """The resource as its change record shows it."""
    members = {one.name: getattr(resource.content, one.name) for one in fields(resource.content)}
    told = {name: plain(value) if isinstance(value, Decimal) else value for name, value in members.items()}
    return {"kind": resource.kind.value, **told}


def checked_content(content: Content) -> Content:
    """The content with texts trimmed and numbers plain. Raises: InvalidRequest, naming the member."""
    return replace(
        content, **{one.name: _sound(content, one.name, getattr(content, one.name)) for one in fields(content)}
    )


def _sound(content: Content, member: str, value: Any) -> Any:  # noqa: ANN401  whatever the member is
    rule = _RULES.get((type(content), member))
    if rule is not None:
        return rule(value, member)
    return _word(value, member) if isinstance(value, str) else value


def _text(longest: int, least: int = 1) -> Callable[[str, str], str]:
    def rule(value: str, member: str) -> str:
        text = value.strip()
        if not least <= len(text) <= longest or "\0" in text:
            raise InvalidRequest(member, f"has {least} to {longest} characters")
        return text

    return rule


_word = _text(_LONGEST_WORD)


def _one_of(words: tuple[str, ...]) -> Callable[[str, str], str]:
    def rule(value: str, member: str) -> str:
        if value not in words:
            raise InvalidRequest(member, f"is one of {', '.join(words)}")
        return value

    return rule


def _amount(value: Decimal, member: str) -> Decimal:
    if not value.is_finite() or not 0 <= value <= _MOST or len(value.normalize().as_tuple().digits) > _MOST_DIGITS:
        raise InvalidRequest(member, f"is a number from 0 to {_MOST} with at most {_MOST_DIGITS} digits")
    return Decimal(plain(value))


def _units(value: int, member: str) -> int:
    if not 1 <= value <= _MOST_UNITS:
        raise InvalidRequest(member, f"is a whole number from 1 to {_MOST_UNITS}")
    return value


_RULES: dict[tuple[type[Any], str], Callable[[Any, str], Any]] = {
    (Name, "name"): _text(LONGEST_NAME),
    (Description, "description"): _text(LONGEST_DESCRIPTION, 0),
    (Value, "type"): _one_of(VALUE_TYPES),
    (PricePoint, "pricing_type"): _one_of(PRICING_TYPES),
    (PricePoint, "price"): _amount,
    (PricePoint, "unit_category"): _one_of(UNIT_CATEGORIES),
    (PricePoint, "unit_value"): _units,
    (Modality, "modality"): _one_of(MODALITIES),
    (Quality, "quality"): _one_of(QUALITIES),
    (TemperatureLevel, "temperature"): _amount,
    (Flag, "description"): _text(LONGEST_DESCRIPTION, 0),
    (Flag, "icon"): _text(_LONGEST_WORD, 0),
    (Flag, "type"): _text(_LONGEST_WORD, 0),
    (Endpoint, "endpoint"): _text(_LONGEST_URL),
}
