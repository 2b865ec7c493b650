"""The workspace's default model, as the workspace's row keeps it. It may name a model that is gone."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from armillary.domain.errors import NotFound
from armillary.storage.columns import optional_hex, optional_identity
from armillary.storage.database import Reading, Writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """The default model, and whether there ever was one."""

    model: UUID | None
    chosen: bool


async def current(reading: Reading, workspace: UUID) -> Default:
    """The default that is kept. Raises: NotFound (``workspace``)."""
    row = await reading.first("SELECT default_model, default_chosen FROM workspaces WHERE id = :id", id=workspace.hex)
    if row is None:
        raise NotFound("workspace", workspace)
    return Default(model=optional_identity(row["default_model"]), chosen=row["default_chosen"] == 1)


async def choose(tx: Writing, workspace: UUID, model: UUID | None) -> None:
    """Keep the default; from now on one was chosen."""
    await tx.run(
        "UPDATE workspaces SET default_model = :model, default_chosen = 1 WHERE id = :id",
        model=optional_hex(model),
        id=workspace.hex,
    )
