"""The substring indexes over models: kept by triggers, except for what SQL cannot do.

*On SQLite* the index of trigrams is brought up to date once a batch of writes, in the writer's thread. Within each
transaction's savepoint it would write its segments anew, on the thread that serves requests; right before the COMMIT
it costs the same work once for all of them, and nobody waits for it but they.

*Upgrades.* Neither database folds case as Python does: an upgrade to the schema that searches descriptions has them
folded here, in the transaction of its migration.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from armillary.storage.rows import folded

if TYPE_CHECKING:
    from psycopg import AsyncConnection

_ANY = "SELECT 1 FROM models_search_stale LIMIT 1"
#: Source: SQLite's documentation, "External content tables": what is deleted is told as it was.
_SETTLE = (
    """INSERT INTO models_search (models_search, rowid, name, keys, description)
        SELECT 'delete', seq, name, keys, description FROM models_search_stale WHERE name IS NOT NULL""",
    """INSERT INTO models_search (rowid, name, keys, description)
        SELECT stale.seq, s.name, s.keys, s.description
        FROM models_search_stale AS stale CROSS JOIN models_searched s WHERE s.seq = stale.seq""",
    "DELETE FROM models_search_stale",
)
#: The index finds no text that has fewer characters.
SHORTEST = 3
_THERE = "SELECT 1 FROM sqlite_schema WHERE name = 'models_search_stale'"


def phrase(text: str, *columns: str) -> str:
    """What to MATCH, so that exactly the rows are found which have the folded text in one of the columns."""
    doubled = text.replace('"', '""')
    return f'{{{" ".join(columns)}}} : "{doubled}"'


def is_kept(connection: sqlite3.Connection) -> bool:
    """Whether the schema has the index."""
    return connection.execute(_THERE).fetchone() is not None


def settle(connection: sqlite3.Connection) -> None:
    """The index knows every row as it is in the open transaction."""
    if connection.execute(_ANY).fetchone() is not None:
        for statement in _SETTLE:
            connection.execute(statement)


#: How many descriptions are folded at a time.
_CHUNK = 500


def fold_sqlite(connection: sqlite3.Connection) -> None:
    """Every description that there is has its folded form, and the index knows every row."""
    connection.create_function("folded", 1, folded, deterministic=True)
    connection.execute("UPDATE models SET described = folded(description) WHERE description <> ''")
    settle(connection)


async def fold_postgresql(connection: AsyncConnection[Any]) -> None:
    """Every description that there is has its folded form; the connection gives rows as mappings."""
    last = -1
    while rows := await _descriptions(connection, last):
        async with connection.cursor() as cursor:
            await cursor.executemany(
                "UPDATE models SET described = %s WHERE seq = %s",
                [(folded(row["description"]), row["seq"]) for row in rows],
            )
        last = rows[-1]["seq"]


async def _descriptions(connection: AsyncConnection[Any], after: int) -> list[dict[str, Any]]:
    cursor = await connection.execute(
        "SELECT seq, description FROM models WHERE seq > %s AND description <> '' ORDER BY seq LIMIT %s",
        (after, _CHUNK),
    )
    return await cursor.fetchall()
