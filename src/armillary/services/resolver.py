"""Which model a call will use, and why: the snapshot that ``domain.resolver`` decides over, loaded.

Sessions, the gateway and the explain view all ask here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from armillary.domain import resolver
from armillary.domain.access import Principal
from armillary.domain.resolver import Named, Reference, Resolution, Snapshot
from armillary.storage import defaults, models
from armillary.storage.database import Database, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A resolution, and in words the models that it names; a model that is gone is not among them."""

    resolution: Resolution
    models: Mapping[UUID, Named]


async def resolve(db: Database, caller: Principal, references: Sequence[Reference]) -> Explanation:
    """Resolve references of the caller's workspace, the strongest first. Raises: PermissionDenied."""
    caller.require("models:read")
    async with db.reading() as reading:
        snapshot, named = await _snapshot(reading, caller.workspace, references)
    return Explanation(resolution=resolver.resolve(snapshot, references), models=named)


async def _snapshot(
    reading: Reading, workspace: UUID, references: Sequence[Reference]
) -> tuple[Snapshot, dict[UUID, Named]]:
    default = await defaults.current(reading, workspace)
    ids = [one.model for one in references if one.model is not None]
    named = await models.candidates(reading, workspace, [*ids, *([default.model] if default.model else [])])
    fallbacks = [] if default.chosen else await models.electable(reading, workspace)
    snapshot = Snapshot(
        models={model: one.candidate for model, one in named.items()},
        default=default.model,
        default_chosen=default.chosen,
        fallbacks=[one.candidate for one in fallbacks],
    )
    return snapshot, named | {one.candidate.id: one for one in fallbacks}
