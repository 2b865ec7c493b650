"""``armillary tokens``: signed tokens for people and tools that act as a member of a workspace."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from armillary.cli.context import administer, inside
from armillary.domain.access import Principal
from armillary.domain.tokens import lifetime
from armillary.server.settings import Settings
from armillary.services import tokens
from armillary.services.wiring import Wiring


def run_mint(chosen: Settings, *, profile: str, workspace: str, expires: str) -> None:
    """Print a token and nothing else, so that a script can take it as it is."""
    life = lifetime(expires)

    async def work(wiring: Wiring, caller: Principal) -> tokens.Minted:
        within = await inside(wiring, caller, workspace)
        return await tokens.mint(wiring.db, wiring.keyring, within, profile, life=life, at=datetime.now(UTC))

    typer.echo(administer(chosen, work).token)


def run_rotate(chosen: Settings, *, revoke: bool) -> None:
    """Sign with a new key from now on."""

    async def rotate(wiring: Wiring, caller: Principal) -> int:
        return await tokens.rotate(wiring.db, wiring.keyring, caller, at=datetime.now(UTC))

    async def shut(wiring: Wiring, caller: Principal) -> None:
        await tokens.revoke(wiring.db, wiring.keyring, caller, at=datetime.now(UTC))

    if revoke:
        administer(chosen, shut)
        typer.echo("A new key signs; no token from before opens anything any more.")
        return
    former = administer(chosen, rotate)
    kept = "no token from before is still alive" if not former else "tokens from before open until they expire"
    typer.echo(f"A new key signs; {kept}.")
