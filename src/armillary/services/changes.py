"""The trail of every write, as its readers see it."""

from __future__ import annotations

from dataclasses import replace

from armillary.domain.access import Principal, Role
from armillary.domain.changes import Change, ChangeQuery
from armillary.services.pages import bounded
from armillary.storage import changes as store
from armillary.storage.database import Database

__all__ = ["ChangeQuery", "page"]


async def page(db: Database, caller: Principal, query: ChangeQuery) -> list[Change]:
    """The workspace's change records, newest first; owners see those of the account itself among them.

    Raises: PermissionDenied.
    """
    caller.require("changes:read")
    query = replace(query, limit=bounded(query.limit))
    async with db.reading() as tx:
        if caller.role is Role.OWNER:
            return await store.page_with_account(tx, caller.workspace, caller.account, query)
        return await store.page(tx, caller.workspace, query)
