"""``armillary doctor``: whether everything that the server needs is in order, and how to mend what is not.

It changes nothing: it migrates no database and makes no file.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator

from rich.table import Table

import armillary
from armillary.cli.context import screen
from armillary.domain.errors import ArmillaryError
from armillary.server.app import reached
from armillary.server.listening import Address, look
from armillary.server.settings import Settings
from armillary.services import bootstrap, inspection
from armillary.services.inspection import Finding
from armillary.services.wiring import Database, Keyring

_LEAST_FREE_BYTES = 512 * 1024 * 1024
_MARKS = {True: "[green]ok[/]", False: "[red]mend[/]", None: "[yellow]note[/]"}


def run(chosen: Settings) -> None:
    """Print every finding; exit code 1 where one of them stops the server."""
    findings = [*_program(), *_folder(chosen), *_address(chosen), *asyncio.run(_installation(chosen))]
    table = Table("", "What", "Finding", box=None, pad_edge=False)
    for each in findings:
        table.add_row(_MARKS[each.fine], each.what, each.found)
    screen().print(table)
    if any(each.fine is False for each in findings):
        raise SystemExit(1)


def _program() -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding(what="program", fine=True, found=f"armillary {armillary.__version__}, Python {python}")
    yield Finding(what="SQLite", fine=True, found=f"{sqlite3.sqlite_version}")


def _folder(chosen: Settings) -> Iterator[Finding]:
    if not chosen.data.is_dir():
        absent = f"{chosen.data} is not there yet: `armillary serve` makes it"
        yield Finding(what="data folder", fine=None, found=absent)
        return
    writable = os.access(chosen.data, os.W_OK | os.X_OK)
    mend = "" if writable else " may not be written by this user: give it to the one that serves"
    yield Finding(what="data folder", fine=writable, found=f"{chosen.data}{mend}")
    free = shutil.disk_usage(chosen.data).free
    enough = free >= _LEAST_FREE_BYTES
    yield Finding(what="disk", fine=enough, found=f"{free / 2**30:.1f} GiB free" + ("" if enough else ": make room"))


def _address(chosen: Settings) -> Iterator[Finding]:
    address, why = look(chosen)
    fine, told = {
        Address.FREE: (True, "free"),
        Address.TAKEN: (None, "something listens there: a running server, or choose another with --port"),
        Address.REFUSED: (False, f"cannot be listened on ({why}): choose another with --host or --port"),
    }[address]
    yield Finding(what="address", fine=fine, found=f"{chosen.host}:{chosen.port}: {told}")


async def _installation(chosen: Settings) -> list[Finding]:
    if chosen.sqlite_file is not None and not chosen.sqlite_file.exists():
        return [Finding(what="database", fine=None, found="there is none yet: `armillary serve` makes it")]
    try:
        async with reached(chosen, migrate=False) as db:
            schema = await inspection.schema(db)
            answers = Finding(what="database", fine=True, found=f"{chosen.place} answers")
            return [answers, schema, *(await _contents(chosen, db) if schema.fine else ())]
    except ArmillaryError as exc:
        return [Finding(what="database", fine=False, found=str(exc))]


async def _contents(chosen: Settings, db: Database) -> list[Finding]:
    """What is in a database whose schema is this program's."""
    if chosen.secrets_key is None and not chosen.key_file.exists() and await bootstrap.has_begun(db):
        missing = f"{chosen.key_file} is missing: put it back from a backup, or no key and no secret opens"
        return [Finding(what="key file", fine=False, found=missing)]
    try:
        keyring = _keyring(chosen)
    except ArmillaryError as exc:
        return [Finding(what="key file", fine=False, found=str(exc))]
    found = [] if keyring is None else await inspection.inspect(db, keyring)
    return [*_key_file(chosen), *found]


def _keyring(chosen: Settings) -> Keyring | None:
    """The keys that the settings name; None where `armillary serve` would make them. Raises: BadKey."""
    if chosen.secrets_key:
        return Keyring.from_text(chosen.secrets_key)
    return Keyring.open_file(chosen.key_file) if chosen.key_file.exists() else None


def _key_file(chosen: Settings) -> Iterator[Finding]:
    if chosen.secrets_key is None and chosen.key_file.exists():
        mode = stat.S_IMODE(chosen.key_file.stat().st_mode)
        yield Finding(what="key file", fine=True, found=f"{chosen.key_file} has mode {mode:04o}")
