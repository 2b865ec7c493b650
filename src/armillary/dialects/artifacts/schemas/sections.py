"""Sections: what a form shows of one kind of link. Source: contracts/artifacts.md, 2.1 and 3.3 to 3.6.

The contract names each kind's sections apart (``ModelNameSection`` and so on); they are alike, so one serves all.
"""

from __future__ import annotations

from uuid import UUID

from armillary.dialects.artifacts.schemas.base import Reply
from armillary.dialects.artifacts.schemas.resources import (
    DepartmentRow,
    DescriptionRow,
    EmailRow,
    EndpointRow,
    ModalityRow,
    ModelRow,
    NameRow,
    PricingRow,
    ProviderRow,
    QualityRow,
    ReasoningLevelRow,
    RoleRow,
    Row,
    TemperatureLevelRow,
    ValueRow,
    VoiceRow,
)


class Section(Reply, frozen=True, kw_only=True):
    """What every section tells: whether to show the input and to insist on it, and which rows are suggested."""

    show: bool
    required: bool
    suggestions: list[UUID] | None
    show_ai_generate: bool
    tool_id: UUID | None
    link_tool_id: UUID | None


# One row at most is selected


class NameSection(Section, frozen=True, kw_only=True):
    """What it is called."""

    resource: NameRow | None
    resources: list[NameRow] | None


class DescriptionSection(Section, frozen=True, kw_only=True):
    """What it is said to be."""

    resource: DescriptionRow | None
    resources: list[DescriptionRow] | None


class ValueSection(Section, frozen=True, kw_only=True):
    """The upstream identifier."""

    resource: ValueRow | None
    resources: list[ValueRow] | None


class ProviderSection(Section, frozen=True, kw_only=True):
    """Who serves it."""

    resource: ProviderRow | None
    resources: list[ProviderRow] | None


class RoleSection(Section, frozen=True, kw_only=True):
    """What a profile may do."""

    resource: RoleRow | None
    resources: list[RoleRow] | None


# Any number of rows is selected: ``current`` is null, not empty, where none is


class DepartmentSection(Section, frozen=True, kw_only=True):
    """Whose it is."""

    current: list[DepartmentRow] | None
    resources: list[DepartmentRow] | None


class ModalitySection(Section, frozen=True, kw_only=True):
    """What goes in and comes out."""

    current: list[ModalityRow] | None
    resources: list[ModalityRow] | None


class TemperatureLevelSection(Section, frozen=True, kw_only=True):
    """How freely it may choose."""

    current: list[TemperatureLevelRow] | None
    resources: list[TemperatureLevelRow] | None


class PricingSection(Section, frozen=True, kw_only=True):
    """What it costs."""

    current: list[PricingRow] | None
    resources: list[PricingRow] | None


class ReasoningLevelSection(Section, frozen=True, kw_only=True):
    """How much it may think."""

    current: list[ReasoningLevelRow] | None
    resources: list[ReasoningLevelRow] | None


class QualitySection(Section, frozen=True, kw_only=True):
    """How good what it makes may be."""

    current: list[QualityRow] | None
    resources: list[QualityRow] | None


class VoiceSection(Section, frozen=True, kw_only=True):
    """What it may sound like."""

    current: list[VoiceRow] | None
    resources: list[VoiceRow] | None


class EndpointSection(Section, frozen=True, kw_only=True):
    """Where a provider answers."""

    current: list[EndpointRow] | None
    resources: list[EndpointRow] | None


class EmailSection(Section, frozen=True, kw_only=True):
    """Where a profile is written to."""

    current: list[EmailRow] | None
    resources: list[EmailRow] | None


class ModelSection(Section, frozen=True, kw_only=True):
    """Which models an agent uses."""

    current: list[ModelRow] | None
    resources: list[ModelRow] | None


class EmptySection(Section, frozen=True, kw_only=True):
    """A kind of link that this server has no rows of."""

    current: list[Row] | None
    resources: list[Row] | None


class FlagConfig(Reply, frozen=True, kw_only=True):
    """A switch, as a form shows it; ``flag_option_id`` goes into ``flag_ids``."""

    key: str
    label: str
    description: str | None
    icon_id: str | None
    flag_option_id: UUID | None
    show: bool
    required: bool
    generated: bool | None


class FlagSection(Section, frozen=True, kw_only=True):
    """Its switches."""

    current: list[FlagConfig] | None
    resources: list[FlagConfig] | None
