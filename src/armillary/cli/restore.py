"""``armillary restore``: a new database from a backup."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from armillary.cli.context import progress
from armillary.domain.errors import InvalidRequest
from armillary.server.settings import Settings
from armillary.services import backups
from armillary.services.backups import KEYS_SUFFIX
from armillary.storage.engine import open_database


def run(chosen: Settings, file: Path) -> None:
    """Fill the database, and put the keys in their place where they stand beside the backup."""
    if not file.is_file():
        raise InvalidRequest("file", f"{file} is not there")
    counts: dict[str, int] = {}
    asyncio.run(_restore(chosen, file, counts))
    typer.echo(f"Restored {', '.join(f'{count} {table}' for table, count in counts.items() if count)}.")
    if chosen.secrets_key:
        typer.echo("The keys come from ARMILLARY_SECRETS_KEY: it must be the value that the backup was made under.")
    elif backups.place_keys(file, chosen.key_file):
        typer.echo(f"Put the key-encryption keys into {chosen.key_file}.")
    elif not chosen.key_file.exists():
        typer.echo(f"Now copy the key file that belongs to it to {chosen.key_file} (no {file.name}{KEYS_SUFFIX} here).")


async def _restore(chosen: Settings, file: Path, counts: dict[str, int]) -> None:
    chosen.data.mkdir(parents=True, exist_ok=True)
    db = await open_database(chosen.url)
    try:
        with progress("Restoring") as step:

            def told(table: str, done: int, total: int) -> None:
                counts[table] = total
                step(done, total)

            await backups.read(db, file, progress=told)
    finally:
        await db.close()
