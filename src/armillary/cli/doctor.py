"""``armillary doctor``: whether everything that the server needs is in order, and how to mend what is not.

It changes nothing: it migrates no database and makes no file.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import sqlite3
import stat
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

import armillary
from armillary.domain.errors import ArmillaryError
from armillary.server.settings import Settings
from armillary.services import inspection
from armillary.services.inspection import Finding
from armillary.services.wiring import Keyring
from armillary.storage.database import SchemaNewer
from armillary.storage.engine import open_database
from armillary.storage.migrations import MigrationEdited

_LEAST_FREE_BYTES = 512 * 1024 * 1024


def run(chosen: Settings) -> None:
    """Print every finding; exit code 1 where one of them stops the server."""
    findings = [finding for look in (_program, _folder, _port, _installation) for finding in look(chosen)]
    table = Table("", "What", "Finding", box=None, pad_edge=False)
    for each in findings:
        table.add_row(
            {True: "[green]ok[/]", False: "[red]mend[/]", None: "[yellow]note[/]"}[each.fine], each.what, each.found
        )
    Console(soft_wrap=True).print(table)
    if any(each.fine is False for each in findings):
        raise SystemExit(1)


def _program(_chosen: Settings) -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding(what="program", fine=True, found=f"armillary {armillary.__version__}, Python {python}")
    yield Finding(what="SQLite", fine=True, found=f"{sqlite3.sqlite_version}")


def _folder(chosen: Settings) -> Iterator[Finding]:
    if not chosen.data.is_dir():
        yield Finding(
            what="data folder", fine=None, found=f"{chosen.data} is not there yet: `armillary serve` makes it"
        )
        return
    free = shutil.disk_usage(chosen.data).free
    enough = free >= _LEAST_FREE_BYTES
    yield Finding(what="disk", fine=enough, found=f"{free / 2**30:.1f} GiB free" + ("" if enough else ": make room"))
    if chosen.secrets_key is None and chosen.key_file.exists():
        mode = stat.S_IMODE(chosen.key_file.stat().st_mode)
        private = not mode & 0o077
        mend = "" if private else f": run chmod 600 {chosen.key_file}"
        yield Finding(what="key file", fine=private, found=f"{chosen.key_file} has mode {mode:04o}{mend}")


def _port(chosen: Settings) -> Iterator[Finding]:
    with socket.socket() as probe:
        probe.settimeout(1)
        taken = probe.connect_ex((chosen.host, chosen.port)) == 0
    state = "something listens there: a running server, or choose another with --port" if taken else "free"
    yield Finding(what="address", fine=None if taken else True, found=f"{chosen.host}:{chosen.port}: {state}")


def _installation(chosen: Settings) -> Iterator[Finding]:
    if not chosen.database_url and not (chosen.data / "armillary.db").exists():
        yield Finding(what="database", fine=None, found="there is none yet: `armillary serve` makes it")
        return
    try:
        yield from asyncio.run(_inspect(chosen))
    except (ArmillaryError, SchemaNewer, MigrationEdited) as exc:
        yield Finding(what="database", fine=False, found=str(exc))


async def _inspect(chosen: Settings) -> list[Finding]:
    db = await open_database(chosen.url, migrate=False)
    try:
        if chosen.secrets_key is None and not chosen.key_file.exists():
            missing = f"{chosen.key_file} is missing: put it back from a backup, or no key and no secret opens"
            return [Finding(what="key file", fine=False, found=missing)]
        keyring = Keyring.from_text(chosen.secrets_key) if chosen.secrets_key else Keyring.open_file(chosen.key_file)
        return [Finding(what="database", fine=True, found=f"{db.kind} answers"), *await inspection.inspect(db, keyring)]
    finally:
        await db.close()
