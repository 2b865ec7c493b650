"""Who uses a model: what disabling or deleting it would touch, told before it happens."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.listings import ModelCounts
from armillary.domain.models import Registered
from armillary.domain.prices import Price
from armillary.domain.resolver import Named, elect
from armillary.storage import agents, defaults, listings, models
from armillary.storage.database import Database, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What hangs on a model.

    Args:
        registered: the model and its provider, with its labels, external id and bundle.
        is_default: whether it is the workspace's default.
        next_default: which model would be elected in its place; None where it is not the default, or none could be.
        lost_override: the workspace's own price, which a deletion would lose; unpriced where there is none.
        lost_periods: how many periods of its price history a deletion would lose.
        provider_models: how many models its provider has now, this one included.
        active_agents: how many active agents use it, and would go without.
        deletable: False where the platform manages the provider: then the model can only be disabled.
    """

    registered: Registered
    is_default: bool
    next_default: Named | None
    lost_override: Price
    lost_periods: int
    provider_models: ModelCounts
    active_agents: int
    deletable: bool


async def of_model(db: Database, caller: Principal, model_id: UUID) -> Impact:
    """What a disable or a delete of the model would touch. Raises: PermissionDenied, NotFound."""
    caller.require("models:read")
    async with db.reading() as reading:
        held = await models.registered(reading, caller.workspace, model_id)
        default = await defaults.current(reading, caller.workspace)
        is_default = default.model == model_id
        heir = await _heir(reading, caller.workspace, model_id) if is_default else None
        counts = await listings.counts(reading, caller.workspace, [held.provider.id])
        periods = await models.periods(reading, caller.workspace, model_id)
        uses = await agents.uses(reading, caller.workspace, [model_id])
    return Impact(
        registered=held,
        is_default=is_default,
        next_default=heir,
        lost_override=held.model.override,
        lost_periods=len(periods),
        provider_models=counts.get(held.provider.id, ModelCounts()),
        active_agents=uses.get(model_id, 0),
        deletable=not held.provider.managed,
    )


async def _heir(reading: Reading, workspace: UUID, model_id: UUID) -> Named | None:
    """Which model would be elected if this one could not be."""
    rest = await models.electable(reading, workspace, but=model_id)
    elected = elect(one.candidate for one in rest)
    return next((one for one in rest if one.candidate.id == elected), None)
