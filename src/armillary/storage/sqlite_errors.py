"""What an error of SQLite's means, turned once for the whole port."""

from __future__ import annotations

import sqlite3

from armillary.domain.errors import Unavailable
from armillary.storage.database import DatabaseDamaged, UniqueViolated

_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_UNIQUE = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_ROWID,
    }
)


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process holds the lock."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def turned(error: BaseException) -> BaseException:
    """What the port raises for an error of SQLite's; itself where it is a mistake of ours."""
    code = getattr(error, "sqlite_errorcode", 0)
    if code in _UNIQUE:
        return _violated(str(error).partition(": ")[2])
    if code & 0xFF in _DAMAGED:
        return DatabaseDamaged()
    return Unavailable("the database") if code & 0xFF in _AWAY else error


def _violated(what: str) -> UniqueViolated:
    """Source: SQLite words it ``table.column, table.column``, or ``index 'name'`` for an expression's."""
    if what.startswith("index "):
        table, *columns = what[len("index ") :].strip("'").split("__")
    else:
        table = what.partition(".")[0]
        columns = [column.partition(".")[2] for column in what.split(", ")]
    return UniqueViolated(table, tuple(columns))
