"""The composition root: what a server process is made of, and how it begins and ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import structlog

from armillary.dialects import cadenya, everruns, native
from armillary.dialects._kit.exchanges import Receive, Scope, Send
from armillary.dialects._kit.replies import Replies
from armillary.providers.addresses import Policy
from armillary.server import health
from armillary.server.edge import Edge
from armillary.server.metrics import Metrics
from armillary.server.mount import mount
from armillary.server.settings import Settings
from armillary.server.urls import UrlMap
from armillary.services import bootstrap
from armillary.services.wiring import Gate, Keyring, Outbound, Revisions, Wiring
from armillary.storage.engine import open_database

log = structlog.get_logger("armillary.server")
_FLUSH_EVERY_S = 5.0
_LOOK_EVERY_S = 0.5

DIALECTS = (everruns.dialect, cadenya.dialect, native.dialect)


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Wiring, bootstrap.Prepared]]:
    """Everything that a process needs to serve or to administer, closed again at the end."""
    settings.data.mkdir(parents=True, exist_ok=True)
    keyring = Keyring.from_text(settings.secrets_key) if settings.secrets_key else Keyring.open_file(settings.key_file)
    db = await open_database(settings.url)
    outbound = Outbound(Policy(allow_private=settings.allow_private_providers))
    try:
        prepared = await bootstrap.prepare(db, keyring, admin_key=settings.admin_key, at=datetime.now(UTC))
        gate = Gate(db, prepared.pepper)
        yield (
            Wiring(
                db=db,
                gate=gate,
                keyring=keyring,
                outbound=outbound,
                revisions=Revisions(db),
                public_url=settings.public_url,
            ),
            prepared,
        )
        await gate.flush()
    finally:
        await outbound.close()
        await db.close()


def assembled(wiring: Wiring) -> Edge:
    """The app on a wiring: dialects, health and documents behind the edge."""
    replies, metrics, urls = Replies(), Metrics(), UrlMap(DIALECTS)
    site = mount(urls, wiring, replies, health.answering(urls, wiring, metrics))
    return Edge(site, wiring, replies, metrics)


class Application:
    """The ASGI app: it opens its wiring when its life begins and closes it at the end.

    Args:
        settings: how to run.
        parent: the process without which this one has no business left; a supervisor's worker leaves with it.
    """

    def __init__(self, settings: Settings, *, parent: int | None = None) -> None:
        self._settings = settings
        self._parent = parent
        self._edge: Edge | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one scope."""
        if scope["type"] == "http" and self._edge is not None:
            await self._edge(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})

    @contextlib.asynccontextmanager
    async def living(self) -> AsyncIterator[bootstrap.Prepared]:
        """Serve requests within the block."""
        async with opened(self._settings) as (wiring, prepared), _chores(wiring, self._parent):
            self._edge = assembled(wiring)
            yield prepared
            self._edge = None

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self.living():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


@contextlib.asynccontextmanager
async def _chores(wiring: Wiring, parent: int | None) -> AsyncIterator[None]:
    """Keep writing what is batched, and leave with the parent, until the block ends."""
    tasks = [asyncio.create_task(_flush_for_ever(wiring))]
    if parent is not None:
        tasks.append(asyncio.create_task(_leave_with(parent)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _leave_with(parent: int) -> None:
    # granian's worker outlives a kill -9 of its supervisor and keeps the port: nothing would ever replace it.
    while os.getppid() == parent:  # noqa: ASYNC110  nothing tells of a parent's end but its pid
        await asyncio.sleep(_LOOK_EVERY_S)
    os._exit(1)


async def _flush_for_ever(wiring: Wiring) -> None:
    while True:
        await asyncio.sleep(_FLUSH_EVERY_S)
        try:
            await wiring.gate.flush()
        except Exception:
            # A worker's loop outlives one failure: the marks stay in memory and go with the next flush.
            log.exception("flush_failed")
