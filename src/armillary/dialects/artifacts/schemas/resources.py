"""Resources on the wire: rows as forms and listings show them, and what is sent to make, read and find them.

Source: contracts/artifacts.md, 2.1 ("Row objects inside the sections"), 3.2 and 3.6.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

_LONGEST_SEARCH = 1024
_MOST_IDS = 1000
_MOST_ROWS = 1000
_FURTHEST = 2**31 - 1
_HIGHEST = 1e9
_NOT_BLANK = {"pattern": r"\S"}

_Word = Annotated[str, Meta(min_length=1, max_length=255, extra_json_schema=_NOT_BLANK)]
_Text = Annotated[str, Meta(max_length=10_240)]
_Search = Annotated[str, Meta(max_length=_LONGEST_SEARCH)]
_Ids = Annotated[list[UUID], Meta(max_length=_MOST_IDS)]
_Number = Annotated[float, Meta(ge=0, le=_HIGHEST)]


# Rows


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What every row tells; each kind adds its own members."""

    id: UUID
    created_at: datetime
    active: bool
    mcp: bool
    generated: bool


class NameRow(Row, frozen=True, kw_only=True):
    """A name."""

    name: str


class DescriptionRow(Row, frozen=True, kw_only=True):
    """A description."""

    description: str


class ValueRow(Row, frozen=True, kw_only=True):
    """A provider's word for a model (``type`` is ``model``), or for itself (``provider``)."""

    value: str
    type: str


class ProviderRow(Row, frozen=True, kw_only=True):
    """A provider: ``value`` and ``endpoint`` are its first ones."""

    name: str | None
    description: str | None
    department_ids: list[UUID]
    value: str | None
    endpoint: str | None


class DepartmentRow(Row, frozen=True, kw_only=True):
    """A department; ``is_primary`` where it is the acting profile's first."""

    name: str | None
    description: str | None
    department_ids: list[UUID]
    setting_ids: list[UUID]
    is_primary: bool


class ModelRow(Row, frozen=True, kw_only=True):
    """A model, as forms of what uses models show it."""

    name: str | None
    description: str | None


class ModalityRow(Row, frozen=True, kw_only=True):
    """What goes in (``is_input``), or comes out."""

    modality: str
    is_input: bool


class TemperatureLevelRow(Row, frozen=True, kw_only=True):
    """How freely a model is to choose."""

    temperature: Decimal


class PricingRow(Row, frozen=True, kw_only=True):
    """What ``unit_value`` units cost in US dollars."""

    pricing_type: str
    price: Decimal
    unit_name: str
    unit_category: str
    unit_value: int


class ReasoningLevelRow(Row, frozen=True, kw_only=True):
    """How much a model is to think."""

    reasoning_level: str


class QualityRow(Row, frozen=True, kw_only=True):
    """How good what comes out is to be."""

    quality: str


class VoiceRow(Row, frozen=True, kw_only=True):
    """A voice that a model speaks with."""

    voice: str


class FlagRow(Row, frozen=True, kw_only=True):
    """A switch in the position ``value``; ``type`` tells what it switches."""

    name: str
    description: str
    icon: str
    type: str
    value: bool


class EndpointRow(Row, frozen=True, kw_only=True):
    """Where a provider answers: its base URL."""

    endpoint: str


class EmailRow(Row, frozen=True, kw_only=True):
    """An e-mail address."""

    email: str


class RoleRow(Row, frozen=True, kw_only=True):
    """A role under the name that people call it by; ``artifacts`` are the kinds that its screens cover."""

    role: str
    name: str
    description: str
    icon_id: str | None
    color_id: str | None
    artifacts: list[str]
