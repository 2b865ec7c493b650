"""Models, as every generation of clients reads them. Source: contracts/cadenya.md, 2 and 3.2 to 3.6."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from armillary.dialects.cadenya.schemas.base import Body, CentsIn, CentsOut, Empty, Instant, Int32, Reply, Text
from armillary.dialects.cadenya.schemas.lists import FilteredQuery, Pagination
from armillary.dialects.cadenya.schemas.metadata import ChangedMetadata, NewMetadata, ResourceMetadata
from armillary.dialects.cadenya.schemas.provider_keys import AIProvider, AIProviderKey


class ModelStatus(StrEnum):
    """``spec.status``, of clients until June 2026."""

    UNSPECIFIED = "MODEL_STATUS_UNSPECIFIED"
    ENABLED = "MODEL_STATUS_ENABLED"
    DISABLED = "MODEL_STATUS_DISABLED"


class SettableStatus(StrEnum):
    """Those that a model can have."""

    ENABLED = "MODEL_STATUS_ENABLED"
    DISABLED = "MODEL_STATUS_DISABLED"


class State(StrEnum):
    """``state``, the same since then."""

    UNSPECIFIED = "STATE_UNSPECIFIED"
    ENABLED = "STATE_ENABLED"
    DISABLED = "STATE_DISABLED"


class Provenance(StrEnum):
    """How a model came to be."""

    SYNCED = "PROVENANCE_SYNCED_FROM_PROVIDER"
    MANUAL = "PROVENANCE_MANUALLY_ENTERED"


class Reasoning(StrEnum):
    """``spec.reasoning``, which Python 0.9.0 alone reads."""

    NONE = "REASONING_NONE"
    ADAPTIVE = "REASONING_ADAPTIVE"
    BUDGET = "REASONING_BUDGET"
    UNSPECIFIED = "REASONING_UNSPECIFIED"


class ReasoningMode(StrEnum):
    """How a model is told to reason."""

    UNSPECIFIED = "MODE_UNSPECIFIED"
    ADAPTIVE = "MODE_ADAPTIVE"
    BUDGET = "MODE_BUDGET"


class CapabilityType(StrEnum):
    """The seven that clients know; any other makes them fail on the whole reply."""

    TEMPERATURE = "temperature"
    TOP_P = "topP"
    TOP_K = "topK"
    STOP_SEQUENCES = "stopSequences"
    MAX_OUTPUT_TOKENS = "maxOutputTokens"
    CACHING = "caching"
    REASONING = "reasoning"


class StopSequences(Reply):
    """At most how many stop sequences; 0 where there is no meaningful limit."""

    limit: Int32 = 0


class ReasoningCapability(Reply):
    """In which mode."""

    mode: ReasoningMode = ReasoningMode.UNSPECIFIED


class Capability(Reply):
    """What a caller may set on a call, with its payload under the type's name, be it empty."""

    type: CapabilityType
    temperature: Empty | UnsetType = UNSET
    top_p: Empty | UnsetType = UNSET
    top_k: Empty | UnsetType = UNSET
    stop_sequences: StopSequences | UnsetType = UNSET
    max_output_tokens: Empty | UnsetType = UNSET
    caching: Empty | UnsetType = UNSET
    reasoning: ReasoningCapability | UnsetType = UNSET


class ModelQuery(FilteredQuery):
    """Filters of models; ``status`` and ``state`` say the same, and both hold where both are given."""

    status: ModelStatus | UnsetType = UNSET
    state: State | UnsetType = UNSET
    bundle_key: str = ""
    ai_provider_key_id: str = ""
    is_assigned: bool = False


class SetStatus(Body):
    """Body of ``PUT …/models/{id}/status``."""

    status: SettableStatus


class NewModelSpec(Body):
    """Terms of a model to be; the prices become its base price."""

    provider_model_id: Text
    provider: Text | UnsetType = UNSET
    family: Text | UnsetType = UNSET
    max_input_tokens: Int32 | UnsetType = UNSET
    max_output_tokens: Int32 | UnsetType = UNSET
    input_price_per_million_tokens: CentsIn | UnsetType = UNSET
    output_price_per_million_tokens: CentsIn | UnsetType = UNSET
    cached_input_price_per_million_tokens: CentsIn | UnsetType = UNSET
    capabilities: list[Capability] | UnsetType = UNSET


class CreateModel(Body):
    """Body of ``POST …/ai_provider_keys/{id}/models``."""

    metadata: NewMetadata
    spec: NewModelSpec


class ChangedModelSpec(Body):
    """Terms of a model that change; prices are not among them."""

    provider_model_id: Text | UnsetType = UNSET
    provider: Text | UnsetType = UNSET
    family: Text | UnsetType = UNSET
    max_input_tokens: Int32 | UnsetType = UNSET
    max_output_tokens: Int32 | UnsetType = UNSET
    capabilities: list[Capability] | UnsetType = UNSET


class ChangedPricing(Body):
    """Prices that take the place of the base's; one that the mask names and that is absent gives it back."""

    input_price_per_million_tokens: CentsIn | UnsetType = UNSET
    output_price_per_million_tokens: CentsIn | UnsetType = UNSET
    cached_input_price_per_million_tokens: CentsIn | UnsetType = UNSET


class UpdateModel(Body):
    """Body of ``PATCH …/models/{id}``."""

    metadata: ChangedMetadata | UnsetType = UNSET
    spec: ChangedModelSpec | UnsetType = UNSET
    pricing_override: ChangedPricing | UnsetType = UNSET
    update_mask: Text | UnsetType = UNSET


class ModelSwap(Body):
    """What uses the current model is to use the next; both in any spelling of an id."""

    current_model_id: Text
    next_model_id: Text
    disable_current_after_swap: bool = False


class SwapModels(Body):
    """Body of ``POST …/models:swapModelOnVariations``."""

    model_swaps: Annotated[list[ModelSwap], Meta(max_length=1000)] | UnsetType = UNSET


class ModelSpec(Reply):
    """A model's terms; the prices are the effective ones."""

    provider: str
    family: str
    provider_model_id: str
    max_input_tokens: int
    max_output_tokens: int
    input_price_per_million_tokens: CentsOut
    output_price_per_million_tokens: CentsOut
    cached_input_price_per_million_tokens: CentsOut
    capabilities: list[Capability]
    reasoning: Reasoning
    status: ModelStatus


class BasePricing(Reply):
    """The catalogue's price; "0" is unknown."""

    input_price_per_million_tokens: CentsOut
    output_price_per_million_tokens: CentsOut
    cached_input_price_per_million_tokens: CentsOut


class PricingOverride(Reply):
    """The workspace's own price; "0" is free."""

    input_price_per_million_tokens: CentsOut | UnsetType = UNSET
    output_price_per_million_tokens: CentsOut | UnsetType = UNSET
    cached_input_price_per_million_tokens: CentsOut | UnsetType = UNSET


class ModelInfo(Reply):
    """What is known of a model beyond what was said; ``provider`` is read by clients of June 2026 alone."""

    agent_variation_count: int
    last_used_at: Instant | UnsetType = UNSET
    ai_provider_key: AIProviderKey | UnsetType = UNSET
    provider: AIProvider | UnsetType = UNSET


class Model(Reply):
    """The superset that every generation decodes."""

    metadata: ResourceMetadata
    spec: ModelSpec
    state: State
    provenance: Provenance
    base_pricing: BasePricing
    pricing_override: PricingOverride | UnsetType = UNSET
    info: ModelInfo | UnsetType = UNSET


class ModelList(Reply):
    """A page of models."""

    items: list[Model]
    pagination: Pagination
