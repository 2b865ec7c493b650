"""``armillary secrets rotate``: a new key-encryption key, and everything sealed under it."""

from __future__ import annotations

import typer

from armillary.cli.context import administer, progress
from armillary.domain.access import Principal
from armillary.server.settings import Settings
from armillary.services import secrets
from armillary.services.wiring import Wiring


def run(chosen: Settings) -> None:
    """Rotate, re-seal, retire: each step leaves every secret readable, whenever it is cut off."""

    async def work(wiring: Wiring, _caller: Principal) -> int:
        with progress("Re-sealing") as step:
            return await secrets.rotate(wiring.db, wiring.keyring, progress=step)

    count = administer(chosen, work)
    typer.echo(f"Re-sealed {count} secrets under a new key; the old one opens nothing any more.")
