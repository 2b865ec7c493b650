"""The substring index over models on SQLite: brought up to date once a batch of writes, in the writer's thread.

Within each transaction's savepoint the index would write its segments anew, on the thread that serves requests; right
before the COMMIT it costs the same work once for all of them, and nobody waits for it but they.
"""

from __future__ import annotations

import sqlite3

_ANY = "SELECT 1 FROM models_search_stale LIMIT 1"
#: Source: SQLite's documentation, "External content tables": what is deleted is told as it was.
_SETTLE = (
    """INSERT INTO models_search (models_search, rowid, search)
        SELECT 'delete', seq, search FROM models_search_stale WHERE search IS NOT NULL""",
    """INSERT INTO models_search (rowid, search)
        SELECT stale.seq, m.search FROM models_search_stale AS stale JOIN models m ON m.seq = stale.seq""",
    "DELETE FROM models_search_stale",
)
_THERE = "SELECT 1 FROM sqlite_schema WHERE name = 'models_search_stale'"


def is_kept(connection: sqlite3.Connection) -> bool:
    """Whether the schema has the index."""
    return connection.execute(_THERE).fetchone() is not None


def settle(connection: sqlite3.Connection) -> None:
    """The index knows every row as it is in the open transaction."""
    if connection.execute(_ANY).fetchone() is not None:
        for statement in _SETTLE:
            connection.execute(statement)
