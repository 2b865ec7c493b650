"""Which model a call will use and why, and what hangs on a model."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from armillary.dialects.native.schemas.base import AnyId, ModelId, ProviderId, Query, Reply
from armillary.dialects.native.schemas.prices import Price
from armillary.dialects.native.schemas.providers import ProviderModels

Level = Literal["message", "session", "agent", "harness", "workspace_default", "fallback"]
StepCode = Literal[
    "resolves",
    "not_set",
    "unknown_model",
    "no_provider",
    "model_disabled",
    "provider_disabled",
    "decided_above",
    "default_was_chosen",
    "no_candidate",
]


class ModelName(Reply):
    """A model in words."""

    id: ModelId
    name: str
    upstream_name: str | None
    provider_id: ProviderId | None
    provider_name: str | None


class ResolveQuery(Query):
    """The models that the levels of a call name, each if it names one; levels that are left out name none."""

    message: AnyId | None = None
    session: AnyId | None = None
    agent: AnyId | None = None
    harness: Annotated[
        list[AnyId], Meta(max_length=16, description="Repeated for several harnesses, the nearest first.")
    ] = field(default_factory=list)


class Step(Reply):
    """One level: the model that it names, and why it was taken or skipped; `sentence` says the same for people."""

    level: Level
    model_id: ModelId | None
    model: ModelName | None
    outcome: Literal["taken", "skipped", "not_reached"]
    code: StepCode
    sentence: str


class Failure(Reply):
    """Why a call could not be made."""

    code: Literal["model_unavailable", "provider_misconfigured"]
    sentence: str


class Resolution(Reply):
    """The model that a call will use, at which level it was found, and each step on the way there.

    `model_id` is null where the call cannot name any; `failure` tells why the call would fail.
    """

    model_id: ModelId | None
    model: ModelName | None
    level: Level | None
    failure: Failure | None
    steps: list[Step]


class DeletionLosses(Reply):
    """What a deletion would lose for good."""

    override_price: Price | None
    price_periods: int


class ServingProvider(Reply):
    """The provider that serves the model, and how many models it has, this one included."""

    id: ProviderId
    name: str
    managed: bool
    models: ProviderModels


class Impact(Reply):
    """What disabling or deleting a model would touch.

    `next_default` is the model that would become the workspace's default in its place; null where it is not the
    default, or nothing else could be. `active_agents` counts those that use the model, and would go without it. A
    model that is not `deletable` can only be disabled.
    """

    model: ModelName
    enabled: bool
    is_default: bool
    next_default: ModelName | None
    active_agents: int
    deletable: bool
    deletion_loses: DeletionLosses
    provider: ServingProvider
    labels: dict[str, str]
    external_id: str | None
    bundle: str | None
