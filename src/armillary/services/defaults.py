"""The default model of a workspace: chosen by hand, or elected where the one there was resolves no longer.

Source: contracts/everruns.md, 2.1.3 (6, 8) and 4.1, "Org default rules".
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.changes import Document
from armillary.domain.errors import InvalidRequest
from armillary.domain.models import Registered
from armillary.domain.resolver import elect, obstacle
from armillary.services import records
from armillary.storage import defaults as store
from armillary.storage import models, revisions
from armillary.storage.database import Database, Writing


async def current(db: Database, caller: Principal) -> Registered | None:
    """The workspace's default model, where it names one that there is. Raises: PermissionDenied."""
    caller.require("models:read")
    async with db.reading() as reading:
        default = (await store.current(reading, caller.workspace)).model
        found = await models.registered_many(reading, caller.workspace, [default] if default else [])
    return next(iter(found.values()), None)


async def choose(db: Database, caller: Principal, model_id: UUID | None, *, at: datetime) -> Registered | None:
    """Make the model the workspace's default; None leaves the workspace without one.

    Raises: PermissionDenied, NotFound, InvalidRequest (``model_id``) for a disabled model.
    """
    caller.require("models:manage")
    async with db.writing() as tx:
        await revisions.raised(tx, caller.workspace)
        chosen = None if model_id is None else await models.locked(tx, caller.workspace, model_id)
        if chosen is not None and not chosen.model.enabled:
            raise InvalidRequest("model_id", "names a disabled model: enable it first")
        before = await store.current(tx, caller.workspace)
        await _replace(tx, caller, before.model, model_id, at=at)
    return chosen


async def settle(tx: Writing, caller: Principal, *, at: datetime) -> UUID | None:
    """The workspace's default, which resolves where any model of the workspace could be one.

    It is called in every transaction that may have changed what resolves, after the change.
    """
    default = await store.current(tx, caller.workspace)
    if default.model is not None:
        known = await models.candidates(tx, caller.workspace, [default.model])
        held = known.get(default.model)
        if obstacle(held.candidate if held else None) is None:
            return default.model
    elected = elect(one.candidate for one in await models.electable(tx, caller.workspace))
    if elected != default.model:
        await _replace(tx, caller, default.model, elected, at=at)
    return elected


async def _replace(tx: Writing, caller: Principal, before: UUID | None, after: UUID | None, *, at: datetime) -> None:
    await store.choose(tx, caller.workspace, after)
    was, becomes = _document(before), _document(after)
    await records.updated(tx, caller, "workspace", caller.workspace, was, becomes, at=at)


def _document(default: UUID | None) -> Document:
    return {"default_model": None if default is None else default.hex}
