"""Serving: one process on this event loop, or several under granian's supervisor.

Nothing depends on an orderly end: whatever is acknowledged is already durable (crash-only).
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable

import structlog
from granian.constants import Interfaces
from granian.http import HTTP1Settings

from armillary.domain.errors import InvalidRequest
from armillary.server import logs, settings
from armillary.server.app import Application, opened
from armillary.server.listening import Address, look
from armillary.server.settings import Settings
from armillary.services.bootstrap import Prepared

log = structlog.get_logger("armillary.server")

Announce = Callable[[Prepared], None]
_STOP_WITHIN_S = 5
_LOOK_EVERY_S = 0.005
_HTTP1 = HTTP1Settings(header_read_timeout=15_000, keep_alive=True, pipeline_flush=True)


def serve(chosen: Settings, announce: Announce) -> None:
    """Serve until told to stop. ``announce`` is called once the server can be reached.

    Raises: InvalidRequest where the address cannot be listened on.
    """
    _refuse_taken(chosen)
    if chosen.workers <= 1:
        asyncio.run(_serve_here(chosen, announce))
    else:
        _serve_many(chosen, announce)


def _refuse_taken(chosen: Settings) -> None:
    """Fail with a sentence now, rather than with a stack from the server's depths."""
    address, why = look(chosen)
    if address is not Address.FREE:
        raise InvalidRequest(
            "port", f"cannot listen on {chosen.host}:{chosen.port} ({why}); choose another with --port"
        )


async def _serve_here(chosen: Settings, announce: Announce) -> None:
    from granian.server.embed import Server  # noqa: PLC0415  the supervisor's half is not loaded for one process

    application = Application(chosen)
    async with application.living() as prepared:
        server = Server(
            application,
            address=chosen.host,
            port=chosen.port,
            interface=Interfaces.ASGINL,
            http1_settings=_HTTP1,
            websockets=False,
            backlog=1024,
            log_enabled=False,
        )
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        serving = asyncio.create_task(server.serve())
        if await _reachable(chosen, serving):
            announce(prepared)
        await _until_stopped(server.stop, serving, stop)


async def _reachable(chosen: Settings, serving: asyncio.Task[None]) -> bool:
    """Whether the server takes connections; it has begun to once this is true, and has failed where it is false."""
    while not serving.done():
        try:
            _, writer = await asyncio.open_connection(chosen.host, chosen.port)
        except OSError:
            await asyncio.sleep(_LOOK_EVERY_S)
        else:
            writer.close()
            return True
    return False


async def _until_stopped(tell: Callable[[], None], serving: asyncio.Task[None], stop: asyncio.Event) -> None:
    """Wait for the end; an open stream holds it up no longer than its bound."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    tell()
    done, _ = await asyncio.wait({serving}, timeout=_STOP_WITHIN_S)
    if done:
        await serving
    else:
        serving.cancel()
        log.warning("streams_cut", after_s=_STOP_WITHIN_S)


def _serve_many(chosen: Settings, announce: Announce) -> None:
    from armillary.server.supervisor import Supervisor  # noqa: PLC0415  as above

    async def prepare() -> Prepared:
        async with opened(chosen) as (_, prepared):
            return prepared

    # The supervisor prepares the database once, so that its workers meet it ready and none prints the key.
    prepared = asyncio.run(prepare())
    os.environ.update(chosen.environment())
    server = Supervisor(
        "armillary.server.serve:worker",
        address=chosen.host,
        port=chosen.port,
        interface=Interfaces.ASGI,
        workers=chosen.workers,
        http1_settings=_HTTP1,
        websockets=False,
        log_enabled=False,
        factory=True,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_WITHIN_S,
    )
    server.once_reachable(lambda: announce(prepared))
    server.serve()


def worker() -> Application:
    """The app of one of several workers, or under any other ASGI server; settings come from the environment."""
    chosen = settings.read(os.environ)
    logs.configure(chosen.log_level)
    # A worker leaves with its supervisor. What a shell started has none, and outlives it.
    supervisor = multiprocessing.parent_process()
    return Application(chosen, parent=supervisor.pid if supervisor else None)
