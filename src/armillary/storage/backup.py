"""A whole database in one file, whichever engine it came from, and back into either.

The file is an SQLite database with the same tables: columns are portable, so a backup of one engine restores into
the other, and any SQLite tool can look into it. Derived indexes are left out; the new database builds its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from armillary.domain.errors import Conflict, InvalidRequest
from armillary.storage.database import Database, Reading, Row, Writing
from armillary.storage.engine import open_database

#: In the order in which rows refer to each other. tests/storage/test_backup.py fails for a table left out.
TABLES = (
    "accounts",
    "workspaces",
    "profiles",
    "members",
    "api_keys",
    "api_key_workspaces",
    "providers",
    "models",
    "prices",
    "changes",
    "idempotency",
    "settings",
)

#: Called with the table, how many of its rows are done, and how many there are.
Progress = Callable[[str, int, int], None]


async def write(db: Database, file: Path, progress: Progress) -> None:
    """Copy every row, as of one instant, to a new file of mode 0600; the file appears whole or not at all.

    Raises: InvalidRequest where the file exists already.
    """
    if file.exists():
        raise InvalidRequest("file", f"{file} exists already: name a new file")
    draft = file.with_name(f".{file.name}.draft")
    draft.unlink(missing_ok=True)
    try:
        copy = await open_database(f"sqlite:///{draft.absolute()}")
        async with db.reading() as source, copy.writing() as target:
            await _copy(source, target, progress)
        await copy.close()
        os.link(draft, file)
    finally:
        for leftover in draft.parent.glob(f"{draft.name}*"):
            leftover.unlink()


async def read(db: Database, file: Path, progress: Progress) -> None:
    """Fill a database that has no rows yet, in one transaction. The file itself is left as it is.

    Raises: InvalidRequest where the file is no backup; Conflict (``not_empty``); SchemaNewer.
    """
    draft = await _opened(file)
    copy = await open_database(f"sqlite:///{draft.absolute()}")
    try:
        async with copy.reading() as source, db.writing() as target:
            if await target.first("SELECT id FROM accounts LIMIT 1") is not None:
                raise Conflict("not_empty", "the database holds rows already: restore into a new, empty one")
            await _copy(source, target, progress)
    finally:
        await copy.close()
        for leftover in draft.parent.glob(f"{draft.name}*"):
            leftover.unlink()


async def _opened(file: Path) -> Path:
    """A private copy, which an older schema may be migrated in."""
    with file.open("rb") as stream:
        if stream.read(16) != b"SQLite format 3\0":
            raise InvalidRequest("file", f"{file} is no backup of Armillary's")
        stream.seek(0)
        draft = file.with_name(f".{file.name}.{os.getpid()}.reading")
        with draft.open("xb") as target:
            draft.chmod(0o600)
            while chunk := stream.read(1024 * 1024):
                target.write(chunk)
    return draft


async def _copy(source: Reading, target: Writing, progress: Progress) -> None:
    for table in TABLES:
        counted = await source.first(f"SELECT count(*) AS n FROM {table}")  # noqa: S608  a name of ours
        total, done = (counted["n"] if counted else 0), 0
        progress(table, done, total)
        async for rows in source.stream(f"SELECT * FROM {table}"):  # noqa: S608  as above
            await target.run_many(_insert(table, rows[0]), rows)
            done += len(rows)
            progress(table, done, total)


def _insert(table: str, row: Row) -> str:
    columns = list(row)
    bound = ", ".join(f":{column}" for column in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({bound})"  # noqa: S608  names of ours
