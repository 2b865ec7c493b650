"""``armillary backup``: everything in one file."""

from __future__ import annotations

from pathlib import Path

import typer

from armillary.cli.context import administer, progress
from armillary.domain.access import Principal
from armillary.server.settings import Settings
from armillary.services import backups
from armillary.services.wiring import Wiring


def run(chosen: Settings, file: Path, *, with_keys: bool) -> None:
    """Write the backup, and say what stands in it."""
    counts: dict[str, int] = {}
    key_file = None if chosen.secrets_key or not with_keys else chosen.key_file

    async def work(wiring: Wiring, _caller: Principal) -> Path | None:
        with progress("Backing up") as step:

            def told(table: str, done: int, total: int) -> None:
                counts[table] = total
                step(done, total)

            return await backups.write(wiring.db, file, key_file=key_file, progress=told)

    keys = administer(chosen, work)
    rows = ", ".join(f"{count} {table}" for table, count in counts.items() if count)
    typer.echo(f"Wrote {file} ({file.stat().st_size:,} bytes: {rows}).")
    if keys is not None:
        typer.echo(f"Wrote {keys}: whoever has both files has every secret in them. Keep them apart.")
    else:
        typer.echo("The key-encryption keys are not in it: without them no API key and no secret opens again.")
