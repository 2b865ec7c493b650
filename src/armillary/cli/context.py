"""What administering commands share: an opened installation, and a terminal to speak on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from armillary.domain.access import Principal
from armillary.domain.accounts import WorkspaceQuery
from armillary.domain.errors import InvalidRequest
from armillary.server.app import administered, begun
from armillary.server.settings import Settings
from armillary.services import bootstrap, workspaces
from armillary.services.wiring import Wiring

#: A command's error lists them; more would not be read.
_MOST_WORKSPACES = 200
_PLAIN_WIDTH = 500
Result = TypeVar("Result")
#: Called with how much is done, and of how much.
Step = Callable[[int, int], None]


def administer(chosen: Settings, work: Callable[[Wiring, Principal], Awaitable[Result]]) -> Result:
    """What ``work`` returns, run on an installation that has begun, as the installation itself."""

    async def run() -> Result:
        async with administered(chosen) as wiring:
            caller = await bootstrap.system(wiring.db)
            return await work(wiring, replace(caller, dialect="cli"))

    return asyncio.run(run())


def begin(chosen: Settings, work: Callable[[Wiring, Principal], Awaitable[Result]]) -> Result:
    """As ``administer``, on an installation that is begun where there is none; its admin key is shown then."""

    async def run() -> Result:
        async with begun(chosen) as (wiring, prepared):
            if prepared.admin_token:
                typer.echo(f"Began {chosen.place}. Admin key, shown this once:  {prepared.admin_token}\n")
            caller = await bootstrap.system(wiring.db)
            return await work(wiring, replace(caller, dialect="cli"))

    return asyncio.run(run())


async def inside(wiring: Wiring, caller: Principal, workspace: str) -> Principal:
    """The caller within the workspace of this external id. Raises: InvalidRequest, naming those that there are."""
    found = await workspaces.page(wiring.db, caller, WorkspaceQuery(limit=_MOST_WORKSPACES))
    for each in found:
        if workspace in {each.external_id, each.id.hex}:
            return replace(caller, workspace=each.id)
    names = ", ".join(each.external_id or each.id.hex for each in found)
    raise InvalidRequest("workspace", f"there is no {workspace!r}; there are: {names}")


def screen() -> Console:
    """The terminal; where output goes elsewhere, lines wide enough to be read there."""
    console = Console(soft_wrap=True)
    return console if console.is_terminal else Console(soft_wrap=True, width=_PLAIN_WIDTH)


@contextlib.contextmanager
def progress(title: str) -> Iterator[Step]:
    """A bar on a terminal; nothing where output goes to a file or a pipe."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
