"""What every process knows of how far the registry has come: the two numbers that cached replies hang on."""

from __future__ import annotations

from uuid import UUID

from armillary.storage import revisions as store
from armillary.storage.database import Database


class Revisions:
    """The catalogue revision of a workspace, and its account's, without a query where nothing changed.

    Announcements tell of commits; a changed epoch tells of those that nobody announced.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[UUID, tuple[int, int]] = {}
        self._epoch = db.epoch()
        self._heard = 0
        db.listen(self._forget)

    async def current(self, workspace: UUID) -> tuple[int, int]:
        """The workspace's revision and its account's."""
        epoch = self._db.epoch()
        if epoch != self._epoch:
            self._epoch = epoch
            self._known.clear()
        known = self._known.get(workspace)
        return known if known is not None else await self._read(workspace)

    async def _read(self, workspace: UUID) -> tuple[int, int]:
        heard = self._heard
        async with self._db.reading() as tx:
            fresh = await store.current(tx, workspace)
        # An announcement may have come while the statement ran: then what it read may be from before.
        if heard == self._heard:
            self._known[workspace] = fresh
        return fresh

    def _forget(self, topic: str | None) -> None:
        self._heard += 1
        kind, _, rest = (topic or "").partition(":")
        if kind == "workspace":
            self._known.pop(UUID(rest.partition(":")[0]), None)
        else:
            self._known.clear()
