"""A whole database in one file, whichever engine it came from, and back into either.

The file is an SQLite database with the same tables: columns are portable, so a backup of one engine restores into
the other, and any SQLite tool can look into it. Derived indexes are left out; the new database builds its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from armillary.domain.errors import Conflict, InvalidRequest
from armillary.storage import schemas
from armillary.storage.database import Database, DatabaseDamaged, Reading, Row, Writing
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
    "resources",
    "departments",
    "agents",
    "model_links",
    "provider_links",
    "department_links",
    "agent_links",
    "profile_links",
    "drafts",
    "uploads",
    "upload_chunks",
    "archive",
    "changes",
    "idempotency",
    "settings",
)

_MAGIC = b"SQLite format 3\0"

#: Called with the table, how many of its rows are done, and how many there are.
Progress = Callable[[str, int, int], None]


async def write(db: Database, file: Path, progress: Progress) -> None:
    """Copy every row, as of one instant, to a new file of mode 0600; the file appears whole or not at all.

    Raises: InvalidRequest where the file exists already, or cannot be written.
    """
    draft = _draft_beside(file)
    try:
        copy = await open_database(f"sqlite:///{draft.absolute()}")
        try:
            async with db.reading() as source, copy.writing() as target:
                await _copy(source, target, progress)
        finally:
            await copy.close()
        _publish(draft, file)
    finally:
        _remove(draft)


async def read(db: Database, file: Path, progress: Progress) -> None:
    """Fill a database that has no rows yet, in one transaction. The file itself is left as it is.

    Raises: InvalidRequest where the file is no backup; Conflict (``not_empty``); SchemaNewer.
    """
    with TemporaryDirectory(prefix="armillary-") as folder:
        try:
            await _read(db, _private_copy(file, Path(folder)), progress)
        except DatabaseDamaged as exc:
            raise _no_backup(file) from exc


def _draft_beside(file: Path) -> Path:
    """Where the backup is written before it is whole. Raises: InvalidRequest."""
    if file.exists():
        raise InvalidRequest("file", f"{file} exists already: name a new file")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.draft")
        _remove(draft)  # of one that was killed
        draft.touch(mode=0o600)
    except OSError as exc:
        raise InvalidRequest("file", f"{file} cannot be written ({exc.strerror}): name another") from exc
    return draft


def _publish(draft: Path, file: Path) -> None:
    """The backup stands under its own name, durably, and in place of nothing."""
    try:
        os.link(draft, file)
    except FileExistsError:
        raise InvalidRequest("file", f"{file} exists already: name a new file") from None
    except OSError:
        draft.rename(file)  # a file system without links, as many a USB stick's
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _private_copy(file: Path, folder: Path) -> str:
    """The URL of a copy, in which an older schema may be migrated. Raises: InvalidRequest."""
    log = file.with_name(f"{file.name}-wal")
    if log.exists() and log.stat().st_size:
        raise InvalidRequest("file", f"{file} is a database in use, not a backup: make one with `armillary backup`")
    try:
        with file.open("rb") as stream:
            if stream.read(len(_MAGIC)) != _MAGIC:
                raise _no_backup(file)
        shutil.copyfile(file, folder / "backup.db")
    except OSError as exc:
        raise InvalidRequest("file", f"{exc.filename}: {exc.strerror}") from exc
    return f"sqlite:///{folder / 'backup.db'}"


async def _read(db: Database, url: str, progress: Progress) -> None:
    await _require_backup(url)
    copy = await open_database(url)
    try:
        async with copy.reading() as source, db.writing() as target:
            if await target.first("SELECT id FROM accounts LIMIT 1") is not None:
                raise Conflict("not_empty", "the database holds rows already: restore into a new, empty one")
            await _copy(source, target, progress)
    finally:
        await copy.close()


async def _require_backup(url: str) -> None:
    """Pass for a database of Armillary's that holds an installation. Raises: DatabaseDamaged, SchemaNewer."""
    copy = await open_database(url, migrate=False)
    try:
        begun = await schemas.applied(copy) > 0
        async with copy.reading() as source:
            if not begun or await source.first("SELECT id FROM accounts LIMIT 1") is None:
                raise DatabaseDamaged
    finally:
        await copy.close()


def _no_backup(file: Path) -> InvalidRequest:
    return InvalidRequest("file", f"{file} is no backup of Armillary's, or a damaged one")


def _remove(draft: Path) -> None:
    for leftover in draft.parent.glob(f"{draft.name}*"):
        leftover.unlink()


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
