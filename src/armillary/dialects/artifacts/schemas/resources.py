"""Resources on the wire: rows as forms and listings show them, and what is sent to make, read and find them.

Source: contracts/artifacts.md, 2.1 ("Row objects inside the sections"), 3.2 and 3.6.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from armillary.dialects.artifacts.schemas.base import Body, Ids, Offset, Reply, Text

_NOT_BLANK = {"pattern": r"\S"}
_MOST = 2**31 - 1
_HIGHEST = 1e9

_Word = Annotated[str, Meta(min_length=1, max_length=255, extra_json_schema=_NOT_BLANK)]
_Url = Annotated[str, Meta(min_length=1, max_length=2048, extra_json_schema=_NOT_BLANK)]
_Prose = Annotated[str, Meta(max_length=10_240)]
_Number = Annotated[float, Meta(ge=0, le=_HIGHEST)]
_Units = Annotated[int, Meta(ge=1, le=_MOST)]
_Limit = Annotated[
    int, Meta(ge=-_MOST, le=_MOST, description="How many to show at most; a thousand are shown in any case.")
]
_Words = Annotated[list[_Word], Meta(max_length=100)]


# Rows


class Row(Reply, frozen=True, kw_only=True):
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


# What is sent to make one


class NewName(Body, frozen=True, kw_only=True):
    """A name: of each exact text there is one row."""

    name: _Word


class NewDescription(Body, frozen=True, kw_only=True):
    """A description."""

    description: _Prose


class NewValue(Body, frozen=True, kw_only=True):
    """A provider's word for a model (``type`` is ``model``), or for itself (``provider``)."""

    value: _Word
    type: Literal["model", "provider"] | None = None


class NewVoice(Body, frozen=True, kw_only=True):
    """A voice."""

    voice: _Word


class NewPricing(Body, frozen=True, kw_only=True):
    """What ``unit_value`` units cost in US dollars."""

    pricing_type: Literal["input", "output", "cached"]
    price: _Number
    unit_name: _Word
    unit_category: Literal["tokens", "seconds", "units"]
    unit_value: _Units


class NewModality(Body, frozen=True, kw_only=True):
    """What goes in (``is_input``), or comes out."""

    modality: Literal["text", "video", "audio", "image", "call", "file"]
    is_input: bool | None = None


class NewQuality(Body, frozen=True, kw_only=True):
    """How good what comes out is to be."""

    quality: Literal["low", "medium", "high"]


class NewReasoningLevel(Body, frozen=True, kw_only=True):
    """How much a model is to think: none, minimal, low, medium, high, or a word of your own."""

    reasoning_level: _Word


class NewTemperatureLevel(Body, frozen=True, kw_only=True):
    """How freely a model is to choose."""

    temperature: _Number


class NewFlag(Body, frozen=True, kw_only=True):
    """A switch in the position ``value``; ``type`` tells what it switches."""

    name: _Word
    description: _Prose
    icon: Annotated[str, Meta(max_length=255)]
    type: Annotated[str, Meta(max_length=255)] | None = None
    value: bool | None = None


class NewEndpoint(Body, frozen=True, kw_only=True):
    """Where a provider answers."""

    endpoint: _Url


class NewEmail(Body, frozen=True, kw_only=True):
    """An e-mail address."""

    email: _Word


# What is answered then; kinds that had a key of their own for the id keep it


class Created(Reply, frozen=True, kw_only=True):
    """The row that there is now."""

    id: UUID


class CreatedName(Created, frozen=True, kw_only=True):
    """The name's only row."""

    item: NameRow
    name_id: UUID


class CreatedDescription(Created, frozen=True, kw_only=True):
    """The new row."""

    item: DescriptionRow
    description_id: UUID


class CreatedValue(Created, frozen=True, kw_only=True):
    """The new row."""

    item: ValueRow
    values_id: UUID


class CreatedVoice(Created, frozen=True, kw_only=True):
    """The new row."""

    item: VoiceRow
    voices_id: UUID


class CreatedPricing(Created, frozen=True, kw_only=True):
    """The new row."""

    item: PricingRow
    pricing_id: UUID


class CreatedModality(Created, frozen=True, kw_only=True):
    """The new row."""

    item: ModalityRow


class CreatedQuality(Created, frozen=True, kw_only=True):
    """The new row."""

    item: QualityRow


class CreatedReasoningLevel(Created, frozen=True, kw_only=True):
    """The new row."""

    item: ReasoningLevelRow


class CreatedTemperatureLevel(Created, frozen=True, kw_only=True):
    """The new row."""

    item: TemperatureLevelRow


class CreatedFlag(Created, frozen=True, kw_only=True):
    """The new row."""

    item: FlagRow


class CreatedEndpoint(Created, frozen=True, kw_only=True):
    """The new row."""

    item: EndpointRow


class CreatedEmail(Created, frozen=True, kw_only=True):
    """The new row."""

    item: EmailRow


# What is sent to read and to find some


class GetResourcesRequest(Body, frozen=True, kw_only=True):
    """Which rows to read."""

    ids: Ids


class SearchRequest(Body, frozen=True, kw_only=True):
    """Which rows to find: a case-insensitive part of the text, taken as it stands."""

    search: Text | None = None
    limit_count: _Limit | None = None
    offset_count: Offset | None = None
    exclude_ids: Ids | None = None
    model: Annotated[bool, Meta(description="Only what some model links.")] | None = None


class SearchNamesRequest(SearchRequest, frozen=True, kw_only=True):
    """Which names to find. ``draft_id`` and ``suggest_source`` are taken and change nothing."""

    draft_id: UUID | None = None
    suggest_source: str | bool | None = None


class SearchValuesRequest(SearchRequest, frozen=True, kw_only=True):
    """Which values to find."""

    provider: Annotated[bool, Meta(description="Only what some provider links.")] | None = None


class SearchPricingRequest(SearchRequest, frozen=True, kw_only=True):
    """Which prices to find."""

    pricing_type: _Word | None = None
    unit_names: _Words | None = None


class SearchModalitiesRequest(SearchRequest, frozen=True, kw_only=True):
    """Which modalities to find."""

    modality: _Word | None = None
    is_input: bool | None = None


class SearchFlagsRequest(SearchRequest, frozen=True, kw_only=True):
    """Which flags to find."""

    flag_type: _Word | None = None


class SearchProvidersRequest(SearchRequest, frozen=True, kw_only=True):
    """Which providers to find; with departments, those that belong to any of them."""

    department_ids: Ids | None = None


class SearchDepartmentsRequest(SearchRequest, frozen=True, kw_only=True):
    """Which departments to find; with ids, only those. There are no settings, so that asking for some finds none."""

    department_ids: Ids | None = None
    setting_ids: Ids | None = None


# What is answered then


class Names(Reply, frozen=True, kw_only=True):
    """Rows."""

    items: list[NameRow]


class Descriptions(Reply, frozen=True, kw_only=True):
    """Rows."""

    items: list[DescriptionRow]


class Values(Reply, frozen=True, kw_only=True):
    """Rows."""

    items: list[ValueRow]


class Voices(Reply, frozen=True, kw_only=True):
    """Rows."""

    items: list[VoiceRow]


class Pricing(Reply, frozen=True, kw_only=True):
    """Rows."""

    items: list[PricingRow]


class Modalities(Reply, frozen=True, kw_only=True):
    """Rows."""

    items: list[ModalityRow]


class Qualities(Reply, frozen=True, kw_only=True):
    """Rows."""

    items: list[QualityRow]


class ReasoningLevels(Reply, frozen=True, kw_only=True):
    """Rows."""

    items: list[ReasoningLevelRow]


class TemperatureLevels(Reply, frozen=True, kw_only=True):
    """Rows."""

    items: list[TemperatureLevelRow]


class Flags(Reply, frozen=True, kw_only=True):
    """Rows."""

    items: list[FlagRow]


class Endpoints(Reply, frozen=True, kw_only=True):
    """Rows."""

    items: list[EndpointRow]


class Emails(Reply, frozen=True, kw_only=True):
    """Rows."""

    items: list[EmailRow]


class Roles(Reply, frozen=True, kw_only=True):
    """Rows."""

    items: list[RoleRow]


class Providers(Reply, frozen=True, kw_only=True):
    """Rows."""

    items: list[ProviderRow]


class Departments(Reply, frozen=True, kw_only=True):
    """Rows."""

    items: list[DepartmentRow]
