"""Models: an LLM with everything that is known of it, and what of that may be changed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType, field

from armillary.dialects.native.schemas.base import (
    AnyId,
    Body,
    Cursor,
    ExternalId,
    LabelFilter,
    Labels,
    Limit,
    ModelId,
    Name,
    ProviderId,
    Query,
    Reply,
    Tag,
    Text,
    Tokens,
    WorkspaceId,
)
from armillary.dialects.native.schemas.prices import OverrideTerms, Price, PriceTerms

Modality = Literal["text", "image", "audio", "video", "pdf"]
Source = Literal["manual", "discovered", "predefined"]
Scalar = (
    Annotated[str, Meta(max_length=255)]
    | Annotated[int, Meta(ge=-(2**53), le=2**53)]
    | Annotated[float, Meta(ge=-1e15, le=1e15)]
    | bool
    | None
)
Detail = Annotated[dict[Tag, Scalar], Meta(max_length=16)]
Word = Annotated[str, Meta(max_length=255)]


class ModelProvider(Reply):
    """Who serves a model. It is healthy where it is active and has a key, or needs none."""

    id: ProviderId
    name: str
    driver: str
    healthy: bool


class Modalities(Reply):
    """What goes in and what comes out."""

    input: list[Modality]
    output: list[Modality]


class ModalitiesTerms(Body):
    """What is to go in and come out, stated whole: a list that is left out is empty."""

    input: Annotated[list[Modality], Meta(max_length=5)] = field(default_factory=list)
    output: Annotated[list[Modality], Meta(max_length=5)] = field(default_factory=list)


class Limits(Reply):
    """How many tokens: all in all, in, and out; null where unknown."""

    context_tokens: int | None
    input_tokens: int | None
    output_tokens: int | None


class LimitsTerms(Body):
    """Limits to be, stated whole: one that is left out (or 0) is unknown."""

    context_tokens: Tokens | None = None
    input_tokens: Tokens | None = None
    output_tokens: Tokens | None = None


class Effort(Body):
    """One level of reasoning effort: its value on the wire and its name for people."""

    value: Word
    name: Word


class Facts(Body):
    """What the catalogue, a provider or you say of a model beyond its terms; null where nobody said."""

    attachment: bool | None = None
    reasoning: bool | None = None
    temperature: bool | None = None
    tool_call: bool | None = None
    structured_output: bool | None = None
    open_weights: bool | None = None
    supports_phases: bool | None = None
    tool_search: bool | None = None
    knowledge: Annotated[str, Meta(max_length=255, description="Until when its training knows.")] | None = None
    release_date: Word | None = None
    last_updated: Word | None = None
    status: Word | None = None
    max_media: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    reasoning_default: Word | None = None
    reasoning_efforts: Annotated[list[Effort], Meta(max_length=32)] = field(default_factory=list)
    supported_parameters: Annotated[list[Word], Meta(max_length=128)] = field(default_factory=list)


class Model(Reply):
    """A model in one workspace.

    `price` is what a call costs: member by member the override where it has one, else the base. `stale`: it was
    discovered, and the provider's last sync did not see it. `edited` names what was set by hand and is therefore
    left alone by syncs, imports and newer catalogues. `revision` is the catalogue revision of its last change.
    """

    id: ModelId
    workspace_id: WorkspaceId
    provider: ModelProvider
    upstream_name: str | None
    name: str
    description: str
    vendor: str
    family: str
    enabled: bool
    favourite: bool
    source: Source
    stale: bool
    capabilities: list[str]
    capability_details: dict[str, dict[str, Any]]
    modalities: Modalities
    limits: Limits
    facts: Facts
    price: Price | None
    base_price: Price | None
    override_price: Price | None
    labels: dict[str, str]
    external_id: str | None
    bundle: str | None
    edited: list[str]
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime | None
    revision: int


class Models(Reply):
    """A page of models; `next_cursor` is null on the last one."""

    data: list[Model]
    next_cursor: str | None


class ModelsQuery(Query):
    """Which models to show; conditions add up."""

    q: Annotated[str, Meta(max_length=255, description="Part of the name, the id, the vendor or the family.")] = ""
    vendor: Annotated[str, Meta(max_length=255)] = ""
    provider_id: AnyId | None = None
    enabled: bool | None = None
    favourite: bool | None = None
    source: Source | None = None
    capability: Annotated[
        list[Tag], Meta(max_length=16, description="A capability tag; repeated, the model has them all.")
    ] = field(default_factory=list)
    label: LabelFilter = field(default_factory=list)
    bundle: Annotated[str, Meta(max_length=255)] = ""
    order: Literal["newest", "oldest"] = "newest"
    limit: Limit = 50
    cursor: Cursor = ""


class UpdateModel(Body):
    """What to change. A member that is left out stays; one that is stated replaces what was there, whole.

    `null` clears. `override_price` is the workspace's own terms: they win over `base_price`, which is the catalogue's.
    """

    name: Name | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    vendor: Annotated[str, Meta(max_length=255)] | UnsetType | None = UNSET
    family: Annotated[str, Meta(max_length=255)] | UnsetType | None = UNSET
    enabled: bool | UnsetType = UNSET
    favourite: bool | UnsetType = UNSET
    capabilities: Annotated[list[Tag], Meta(max_length=250)] | UnsetType | None = UNSET
    capability_details: Annotated[dict[str, Detail], Meta(max_length=250)] | UnsetType | None = UNSET
    modalities: ModalitiesTerms | UnsetType | None = UNSET
    limits: LimitsTerms | UnsetType | None = UNSET
    facts: Facts | UnsetType | None = UNSET
    base_price: PriceTerms | UnsetType | None = UNSET
    override_price: OverrideTerms | UnsetType | None = UNSET
    labels: Labels | UnsetType | None = UNSET
    external_id: ExternalId | UnsetType | None = UNSET
    bundle: Annotated[str, Meta(max_length=255)] | UnsetType | None = UNSET


class DefaultModel(Reply):
    """The workspace's default model: what calls use where nothing else names one; null where there is none."""

    model_id: ModelId | None
    model: Model | None


class ChooseDefault(Body):
    """The model to be the workspace's default; null for none."""

    model_id: AnyId | None
