"""The one door to a database: what a transaction can do, on SQLite and PostgreSQL alike.

Statements are plain SQL that both run. Values are bound by name (``:id``). ``{for_update}`` stands for
``FOR UPDATE`` on PostgreSQL and for nothing on SQLite, where a writing transaction already holds the lock;
``{by_code_point}`` behind a text for the collation that SQLite compares by anyway.
Columns are portable: ids as 32 hex digits, instants as integer microseconds UTC, money as decimal text,
documents as JSON text, flags as 0 or 1.

What the engines raise is turned here, once: a constraint into ``UniqueViolated`` (its constraint named), an
unreachable database into ``domain.errors.Unavailable``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol

from armillary.domain.errors import ArmillaryError

Row = Mapping[str, Any]
#: What may be bound to a statement.
Value = str | int | float | bytes | None


class UniqueViolated(Exception):
    """A unique constraint refused a row; ``columns`` names the table's columns that it covers."""

    def __init__(self, table: str, columns: tuple[str, ...]) -> None:
        super().__init__(f"{table}({', '.join(columns)})")
        self.table = table
        self.columns = columns


class SchemaNewer(ArmillaryError):
    """The database was written by a newer Armillary than this one; the text says which migrations are unknown."""


class DatabaseDamaged(ArmillaryError):
    """The file is no database, or not a whole one any more."""

    def __init__(self) -> None:
        super().__init__("the database file is damaged, or is none of SQLite's: restore a backup into a new one")


class Reading(Protocol):
    """A consistent view of the database: every statement of one transaction sees the same commits."""

    async def first(self, sql: str, **values: Value) -> Row | None:
        """The first row, or None."""
        ...

    async def all(self, sql: str, **values: Value) -> list[Row]:
        """Every row."""
        ...

    def stream(self, sql: str, **values: Value) -> AsyncIterator[Sequence[Row]]:
        """Every row, some hundred at a time, in bounded memory."""
        ...


class Writing(Reading, Protocol):
    """A transaction that writes; it commits when its block ends, and not at all where the block raises.

    A statement that the database refuses costs the whole transaction: nothing more can be asked of it, and its block
    raises that refusal even where it was caught within. A task that is cancelled in its block has written nothing;
    one that is cancelled once the block is ending has.
    """

    async def run(self, sql: str, **values: Value) -> int:
        """How many rows the statement touched. Raises: UniqueViolated."""
        ...

    async def run_many(self, sql: str, rows: Sequence[Mapping[str, Value]]) -> None:
        """Run one statement for each row. Raises: UniqueViolated."""
        ...

    def announce(self, topic: str) -> None:
        """Tell every listener of every process, once this transaction has committed."""
        ...


class Database(Protocol):
    """Where Armillary keeps its rows."""

    kind: Literal["sqlite", "postgresql"]

    def reading(self) -> AbstractAsyncContextManager[Reading]:
        """Open a view for reading."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Writing]:
        """Open a transaction; the block ends only once it is durable, as cheaply as others share the sync."""
        ...

    def listen(self, listener: Callable[[str | None], None]) -> None:
        """Call ``listener`` with each committed announcement; with None where some may have been missed."""
        ...

    def epoch(self) -> int:
        """A number that changes whenever another process may have committed unannounced; cheap to ask.

        SQLite tells commits of other processes by it; on PostgreSQL announcements do, and it stands still.
        """
        ...

    async def close(self) -> None:
        """Let go of every connection; waits for transactions that are committing."""
        ...
