"""The counters that tell whether anything changed: one of each workspace's registry, one of each account.

Whoever writes raises the counter first. That locks the row, so the registry writes of one workspace come one after
another, and what a transaction looked up in it (is this name taken?) still holds when it commits.
"""

from __future__ import annotations

from uuid import UUID

from armillary.domain.errors import NotFound
from armillary.storage.database import Reading, Writing


async def raised(tx: Writing, workspace: UUID) -> int:
    """The revision that this transaction's registry writes carry; listeners hear of it once they are durable.

    Raises: NotFound (``workspace``).
    """
    row = await tx.first(
        "UPDATE workspaces SET revision = revision + 1 WHERE id = :id RETURNING revision", id=workspace.hex
    )
    if row is None:
        raise NotFound("workspace", workspace)
    revision: int = row["revision"]
    tx.announce(f"workspace:{workspace.hex}:{revision}")
    return revision


async def account_raised(tx: Writing, account: UUID) -> int:
    """The revision that this transaction's writes to keys, profiles, members or workspaces carry.

    Raises: NotFound (``account``).
    """
    row = await tx.first(
        "UPDATE accounts SET revision = revision + 1 WHERE id = :id RETURNING revision", id=account.hex
    )
    if row is None:
        raise NotFound("account", account)
    revision: int = row["revision"]
    tx.announce(f"account:{account.hex}:{revision}")
    return revision


async def current(reading: Reading, workspace: UUID) -> tuple[int, int]:
    """The workspace's revision and its account's. Raises: NotFound (``workspace``)."""
    row = await reading.first(
        "SELECT w.revision AS workspace, a.revision AS account FROM workspaces w JOIN accounts a ON a.id = w.account"
        " WHERE w.id = :id",
        id=workspace.hex,
    )
    if row is None:
        raise NotFound("workspace", workspace)
    return row["workspace"], row["account"]
