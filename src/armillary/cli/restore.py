"""``armillary restore``: a new database from a backup."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from armillary.cli.context import progress
from armillary.domain.errors import InvalidRequest
from armillary.server.app import make_folder, reached
from armillary.server.settings import Settings
from armillary.services import backups, inspection
from armillary.services.backups import KEYS_SUFFIX
from armillary.services.wiring import Keyring


def run(chosen: Settings, file: Path) -> None:
    """Fill the database, and put the keys in their place where they stand beside the backup."""
    if not file.is_file():
        raise InvalidRequest("file", f"{file} is not there")
    make_folder(chosen.data)
    counts: dict[str, int] = {}
    asyncio.run(_restore(chosen, file, counts))
    typer.echo(f"Restored {', '.join(f'{count} {table}' for table, count in counts.items() if count)}.")
    if not chosen.secrets_key and backups.place_keys(file, chosen.key_file):
        typer.echo(f"Put the key-encryption keys into {chosen.key_file}.")
    typer.echo(_keys_told(chosen, file))


async def _restore(chosen: Settings, file: Path, counts: dict[str, int]) -> None:
    async with reached(chosen) as db:
        with progress("Restoring") as step:

            def told(table: str, done: int, total: int) -> None:
                counts[table] = total
                step(done, total)

            await backups.read(db, file, progress=told)


def _keys_told(chosen: Settings, file: Path) -> str:
    """Whether the keys at hand open what was restored, and what to do where they do not."""
    beside = f"{file.name}{KEYS_SUFFIX}"
    if not chosen.secrets_key and not chosen.key_file.exists():
        return f"Now copy the key file that belongs to it to {chosen.key_file} (there is no {beside})."
    where = "ARMILLARY_SECRETS_KEY" if chosen.secrets_key else str(chosen.key_file)
    if asyncio.run(_opens(chosen)):
        return f"The key in {where} opens it: `armillary serve` is all that is left to do."
    return f"The key in {where} does not open it: put the one there that the backup was made under."


async def _opens(chosen: Settings) -> bool:
    async with reached(chosen) as db:
        keyring = Keyring.from_text(chosen.secrets_key) if chosen.secrets_key else Keyring.open_file(chosen.key_file)
        return await inspection.opens(db, keyring)
