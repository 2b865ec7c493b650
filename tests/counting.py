"""A database that counts the statements that its views are asked, for tests of what a long page costs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from armillary.storage.database import Database, Reading


class Counting:
    """Stands for a database in whatever only reads."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.kind = db.kind
        self.statements = 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Any]:
        """A view whose statements are counted."""
        async with self._db.reading() as view:
            yield _Counted(view, self)


class _Counted:
    def __init__(self, view: Reading, counting: Counting) -> None:
        self._view = view
        self._counting = counting

    def __getattr__(self, name: str) -> Any:
        self._counting.statements += 1
        return getattr(self._view, name)
