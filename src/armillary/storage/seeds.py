"""What is asked for once, when a database begins, or comes from a release that knew no resources."""

from __future__ import annotations

from uuid import UUID

from armillary.domain.models import Model
from armillary.storage import rows
from armillary.storage.columns import identity
from armillary.storage.database import Reading


async def workspaces(reading: Reading) -> list[tuple[UUID, UUID, UUID]]:
    """Every workspace with its account and who made it, the oldest first."""
    found = await reading.all("SELECT id, account, created_by FROM workspaces ORDER BY number")
    return [(identity(row["id"]), identity(row["account"]), identity(row["created_by"])) for row in found]


async def is_taken(reading: Reading, department: UUID) -> bool:
    """Whether there is such a department, or was one before somebody deleted it."""
    row = await reading.first(
        "SELECT id FROM departments WHERE id = :id UNION ALL SELECT id FROM archive WHERE id = :id", id=department.hex
    )
    return row is not None


async def authors(reading: Reading, account: UUID, workspace: UUID) -> list[UUID]:
    """The profiles that own or administer the workspace: its members, and the keys that reach it."""
    found = await reading.all(
        """SELECT profile FROM members WHERE workspace = :workspace AND role IN ('owner', 'admin')
        UNION SELECT k.profile FROM api_keys k
            WHERE k.account = :account AND k.role IN ('owner', 'admin') AND (k.all_workspaces = 1 OR EXISTS (
                SELECT 1 FROM api_key_workspaces a WHERE a.api_key = k.id AND a.workspace = :workspace))
        ORDER BY profile""",
        account=account.hex,
        workspace=workspace.hex,
    )
    return [identity(row["profile"]) for row in found]


async def models_after(reading: Reading, seq: int, *, limit: int) -> list[Model]:
    """The installation's models behind this one, in their order."""
    found = await reading.all(
        f"SELECT {rows.MODEL_LIST} FROM models m WHERE m.seq > :seq ORDER BY m.seq LIMIT :limit",  # noqa: S608  constants of ``rows``; values are bound
        seq=seq,
        limit=limit,
    )
    return [rows.model(row) for row in found]
