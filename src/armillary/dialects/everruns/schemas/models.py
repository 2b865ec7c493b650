"""Models on the wire. Source: contracts/everruns.md, 2.1.2, 2.1.4, 3.2, 3.2.1 and 3.2.2.

Two names mislead: here ``model_id`` is what the provider calls the model, not our id of it, and ``capabilities``
are plain tags.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from armillary.dialects.everruns.schemas.base import Action, Body, ProviderId, Reply

Source = Literal["manual", "discovered", "predefined"]
#: The makers that clients know; any other makes them fail on the whole list, and is therefore left out.
Vendor = Literal["openai", "anthropic", "google", "nvidia", "qwen", "microsoft", "minimax", "moonshot", "xai", "llmsim"]
Modality = Literal["text", "image", "audio", "video", "pdf"]
#: The levels of reasoning effort that clients know.
EffortValue = Literal["none", "minimal", "low", "medium", "high", "xhigh"]
Tag = Annotated[str, Meta(extra_json_schema={"minLength": 1, "maxLength": 64})]
Tags = Annotated[
    list[Tag],
    Meta(
        description="Capability tags: `chat`, `tools`, `vision` and so on; free words.",
        extra_json_schema={"maxItems": 250},
    ),
]
#: Told here, enforced by the mapping, which trims first.
Label = Annotated[str, Meta(extra_json_schema={"minLength": 1, "maxLength": 255, "pattern": "\\S"})]


class UpdateModelRequest(Body, frozen=True, kw_only=True):
    """Body of ``PATCH /models/{id}``; null reads as absent: no member can be cleared."""

    capabilities: Tags | None = None
    display_name: Label | None = None
    enabled: bool | None = None
    is_favorite: bool | None = None
    model_id: Label | None = None
    provider_id: ProviderId | None = None


class CreateModelRequest(Body, frozen=True, kw_only=True):
    """Body of ``POST /providers/{id}/models``."""

    model_id: Label
    display_name: Label
    capabilities: Tags | None = None
    enabled: bool | None = None
    is_favorite: bool | None = None


class ListModels(Struct, frozen=True, kw_only=True):
    """Query of ``GET /models``; without ``offset`` and ``limit`` every row is answered."""

    source: Source | UnsetType = UNSET
    include_stale: bool = True
    favorites_only: bool = False
    offset: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=0)] | UnsetType = UNSET


class CostTier(Reply, frozen=True, kw_only=True):
    """Rates that hold once a call's input exceeds ``above_tokens``."""

    above_tokens: int
    input: Decimal
    output: Decimal
    cache_read: Decimal | UnsetType = UNSET


class ModelCost(Reply, frozen=True, kw_only=True):
    """USD per million tokens, exact."""

    input: Decimal
    output: Decimal
    cache_read: Decimal | UnsetType = UNSET
    cost_tiers: list[CostTier] | UnsetType = UNSET


class ModelLimits(Reply, frozen=True, kw_only=True):
    """Tokens."""

    context: int
    output: int
    input: int | UnsetType = UNSET
    max_media: int | UnsetType = UNSET


class ModelModalities(Reply, frozen=True, kw_only=True):
    """What goes in and comes out."""

    input: list[Modality]
    output: list[Modality]


class ReasoningEffortValue(Reply, frozen=True, kw_only=True):
    """A level of effort and its name for people."""

    value: EffortValue
    name: str


class ReasoningEffortConfig(Reply, frozen=True, kw_only=True):
    """The levels of effort and where a model starts."""

    default: EffortValue
    values: list[ReasoningEffortValue]


class ModelProfile(Reply, frozen=True, kw_only=True):
    """What is known of a model; a part that is known by half is left out."""

    name: str
    family: str
    attachment: bool
    reasoning: bool
    temperature: bool
    tool_call: bool
    structured_output: bool
    open_weights: bool
    cost: ModelCost | UnsetType = UNSET
    limits: ModelLimits | UnsetType = UNSET
    modalities: ModelModalities | UnsetType = UNSET
    reasoning_effort: ReasoningEffortConfig | UnsetType = UNSET
    description: str | UnsetType = UNSET
    knowledge: str | UnsetType = UNSET
    release_date: str | UnsetType = UNSET
    last_updated: str | UnsetType = UNSET
    supported_parameters: list[str] | UnsetType = UNSET
    supports_phases: bool | UnsetType = UNSET
    tool_search: bool | UnsetType = UNSET


class ModelWithProvider(Reply, frozen=True, kw_only=True):
    """A model beside what its provider adds to it, as lists show it."""

    id: str
    provider_id: str
    model_id: str
    display_name: str
    capabilities: list[str]
    enabled: bool
    is_favorite: bool
    source: Source
    provider_name: str
    provider_type: str
    healthy: bool
    stale: bool
    model_vendor: Vendor | UnsetType = UNSET
    profile: ModelProfile | UnsetType = UNSET
    created_at: datetime
    updated_at: datetime


class Model(ModelWithProvider, frozen=True, kw_only=True):
    """A model by itself, with where to go from it."""

    self_url: str
    view_url: str
    ui_link: str
    allowed_actions: list[Action] | UnsetType = UNSET


class ModelList(Reply, frozen=True, kw_only=True):
    """Models; ``offset``, ``limit`` and the two URLs only where a page was asked for."""

    data: list[ModelWithProvider]
    total: int
    offset: int | UnsetType = UNSET
    limit: int | UnsetType = UNSET
    next_url: str | UnsetType = UNSET
    prev_url: str | UnsetType = UNSET
