"""Numbered SQL, forward only: what brings a database to the schema that this program speaks.

``sqlite/0001_registry.sql`` and ``postgresql/0001_registry.sql`` are one migration in two tongues. Each is applied
in one transaction together with its row in ``armillary_migrations``, so that a process killed in its midst leaves
the old schema or the new one. The database's own lock orders processes that start at once, and dies with them.

A migration that was released is never edited: its digest is recorded, and a file that no longer has it is refused.
What SQL cannot do of a migration, ``_FINISHED_BY`` names: it runs right after the SQL, in the same transaction.
A migration neither begins nor commits. SQLite applies it with foreign keys unenforced, so that a table may be
rebuilt, and checks them all before the commit. (Source: SQLite's documentation, "ALTER TABLE", section 7.)
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from armillary.domain.errors import ArmillaryError
from armillary.storage import search
from armillary.storage.database import SchemaNewer

if TYPE_CHECKING:
    from psycopg import AsyncConnection

#: Where the released migrations lie, a folder for each database.
FOLDER = Path(__file__).parent

_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_BOOK = """CREATE TABLE IF NOT EXISTS armillary_migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, applied_at BIGINT NOT NULL)"""
_ENTER = "INSERT INTO armillary_migrations (number, name, digest, applied_at) VALUES (?, ?, ?, ?)"
_APPLIED = "SELECT number, name, digest FROM armillary_migrations ORDER BY number"
#: Any number will do, as long as no other program takes the same one in the same database: "armillar" in ASCII.
_ADVISORY_LOCK = int.from_bytes(b"armillar", "big")
#: Migration -> what finishes it on SQLite, and on PostgreSQL.
_FINISHED_BY = {(3, "search"): (search.fold_sqlite, search.fold_postgresql)}


class MigrationEdited(ArmillaryError):
    """A migration differs from the one that made this database; the text names it and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step from a schema to the next."""

    number: int
    name: str
    sql: str

    @property
    def digest(self) -> str:
        """What tells an edited file: line ends do not count, since version control may rewrite them."""
        return hashlib.sha256("\n".join(self.sql.splitlines()).encode()).hexdigest()


def read(folder: Path) -> tuple[Migration, ...]:
    """The migrations of one database, in order.

    Raises: ValueError where a file's name is no migration's, or the numbers do not count 1, 2, 3…
    """
    found = tuple(_read(path) for path in sorted(folder.glob("*.sql")))
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"the migrations in {folder.name} are not numbered 1, 2, 3…")
    return found


def outstanding(known: Sequence[Migration], applied: Mapping[int, tuple[str, str]]) -> Sequence[Migration]:
    """The known migrations that the database still lacks.

    Args:
        known: this program's.
        applied: the database's, as number: (name, digest).

    Raises: SchemaNewer, MigrationEdited.
    """
    _refuse_newer(known, applied)
    for migration in known:
        name, digest = applied.get(migration.number, (migration.name, migration.digest))
        if (name, digest) != (migration.name, migration.digest):
            raise MigrationEdited(
                f"migration {migration.number:04} ({migration.name}) is not the one that made this database "
                f"({name}): put the released file back, and write the change as a new migration"
            )
    return [migration for migration in known if migration.number not in applied]


def check_sqlite(connection: sqlite3.Connection, known: Sequence[Migration]) -> Sequence[Migration]:
    """The migrations that the database lacks; nothing is written. Raises: SchemaNewer, MigrationEdited."""
    book = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'armillary_migrations'").fetchone()
    rows = connection.execute(_APPLIED).fetchall() if book else []
    return outstanding(known, {number: (name, digest) for number, name, digest in rows})


def apply_sqlite(connection: sqlite3.Connection, known: Sequence[Migration]) -> None:
    """The database has every known migration.

    Args:
        connection: in autocommit mode, with a busy timeout, and used by nobody else.
        known: this program's migrations.

    Raises: SchemaNewer, MigrationEdited; what a migration itself raises, after undoing it.
    """
    enforced = connection.execute("PRAGMA foreign_keys").fetchone()[0]
    connection.execute("PRAGMA foreign_keys = OFF")  # SQLite ignores it within a transaction
    while check_sqlite(connection, known):
        _apply_next_sqlite(connection, known)
    connection.execute(f"PRAGMA foreign_keys = {enforced}")


async def check_postgresql(connection: AsyncConnection[Any], known: Sequence[Migration]) -> Sequence[Migration]:
    """The migrations that the database lacks; nothing is written. Raises: SchemaNewer, MigrationEdited."""
    cursor = await connection.execute("SELECT to_regclass('armillary_migrations') IS NOT NULL AS found")
    book = await cursor.fetchone()
    rows = await (await connection.execute(_APPLIED)).fetchall() if book and book["found"] else []
    return outstanding(known, {row["number"]: (row["name"], row["digest"]) for row in rows})


async def apply_postgresql(connection: AsyncConnection[Any], known: Sequence[Migration]) -> None:
    """The database has every known migration.

    Args:
        connection: in autocommit mode, giving rows as mappings, and used by nobody else.
        known: this program's migrations.

    Raises: SchemaNewer, MigrationEdited; what a migration itself raises, after undoing it.
    """
    # The session holds the lock, so it ends with the connection, however the process ends.
    await connection.execute("SELECT pg_advisory_lock(%s::bigint)", (_ADVISORY_LOCK,))
    try:
        for migration in await check_postgresql(connection, known):
            async with connection.transaction():
                await connection.execute(_BOOK)
                await connection.execute(migration.sql)
                if finish := _FINISHED_BY.get((migration.number, migration.name)):
                    await finish[1](connection)
                await connection.execute(_ENTER.replace("?", "%s"), _entry(migration))
    finally:
        await connection.execute("SELECT pg_advisory_unlock(%s::bigint)", (_ADVISORY_LOCK,))


def _read(path: Path) -> Migration:
    matched = _NAME.fullmatch(path.name)
    if matched is None:
        raise ValueError(f"{path.name} is not named like 0001_what_it_brings.sql")
    return Migration(number=int(matched[1]), name=matched[2], sql=path.read_text(encoding="utf-8"))


def _refuse_newer(known: Sequence[Migration], applied: Mapping[int, tuple[str, str]]) -> None:
    unknown = [f"{number:04} ({applied[number][0]})" for number in sorted(applied) if number > len(known)]
    if unknown:
        raise SchemaNewer(
            f"this database was written by a newer Armillary, which applied {', '.join(unknown)}: start that "
            "version or a later one, or restore a backup that was taken before the upgrade"
        )


def _apply_next_sqlite(connection: sqlite3.Connection, known: Sequence[Migration]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Asked again under the lock: another process may have applied it in the meantime.
        for migration in check_sqlite(connection, known)[:1]:
            _apply_one_sqlite(connection, migration)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _apply_one_sqlite(connection: sqlite3.Connection, migration: Migration) -> None:
    connection.execute(_BOOK)
    for statement in _statements(migration.sql):
        connection.execute(statement)
    if finish := _FINISHED_BY.get((migration.number, migration.name)):
        finish[0](connection)
    connection.execute(_ENTER, _entry(migration))
    if violated := connection.execute("PRAGMA foreign_key_check").fetchone():
        raise sqlite3.IntegrityError(f"migration {migration.name} leaves rows of {violated[0]} without parents")


def _statements(sql: str) -> Iterator[str]:
    """One statement after another: ``executescript`` would commit first, and so lose the transaction."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def _entry(migration: Migration) -> tuple[int, str, str, int]:
    return migration.number, migration.name, migration.digest, time.time_ns() // 1000
