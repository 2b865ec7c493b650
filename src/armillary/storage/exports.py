"""What exports walk through: everything of a workspace, in its order, some hundred rows at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Literal
from uuid import UUID

from armillary.storage.columns import identity
from armillary.storage.database import Reading


async def model_ids(
    reading: Reading, kind: Literal["sqlite", "postgresql"], workspace: UUID
) -> AsyncIterator[Sequence[UUID]]:
    """The workspace's models, without a provider too: by name in the order of code points, then by id."""
    name = 'm.name COLLATE "C"' if kind == "postgresql" else "m.name"
    sql = f"SELECT m.id AS id FROM models m WHERE m.workspace = :workspace ORDER BY {name}, m.id"  # noqa: S608  constants of this function
    async for rows in reading.stream(sql, workspace=workspace.hex):
        yield [identity(row["id"]) for row in rows]


async def model_count(reading: Reading, workspace: UUID) -> int:
    """How many models the workspace has."""
    row = await reading.first("SELECT count(*) AS n FROM models WHERE workspace = :workspace", workspace=workspace.hex)
    total: int = row["n"] if row else 0
    return total
