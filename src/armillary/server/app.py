"""The composition root: what a server process is made of, and how it begins and ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from armillary.dialects import artifacts, cadenya, everruns, native
from armillary.dialects._kit.exchanges import Receive, Scope, Send
from armillary.dialects._kit.replies import Replies
from armillary.domain.errors import ArmillaryError, InvalidRequest, Unavailable
from armillary.domain.uploads import UploadTerms
from armillary.providers.addresses import Policy
from armillary.server import health
from armillary.server.edge import Edge
from armillary.server.metrics import Metrics
from armillary.server.mount import mount
from armillary.server.settings import Settings
from armillary.server.urls import UrlMap
from armillary.services import bootstrap, uploads
from armillary.services.wiring import Database, Gate, Keyring, Outbound, Revisions, Wiring
from armillary.storage.engine import open_database

log = structlog.get_logger("armillary.server")
_FLUSH_EVERY_S = 5.0
_SWEEP_EVERY_S = 300.0
_LOOK_EVERY_S = 0.5

DIALECTS = (everruns.dialect, cadenya.dialect, artifacts.dialect, native.dialect)


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Wiring, bootstrap.Prepared]]:
    """Everything that a process needs to serve, made where there is none yet, and closed again at the end."""
    make_folder(settings.data)
    async with reached(settings) as db, _ready(settings, db, admin_key=settings.admin_key) as made:
        yield made


@contextlib.asynccontextmanager
async def begun(settings: Settings) -> AsyncIterator[tuple[Wiring, bootstrap.Prepared]]:
    """As ``opened``, for a command: the admin key of an installation that has begun stays as it is."""
    make_folder(settings.data)
    async with reached(settings) as db:
        admin_key = None if await bootstrap.has_begun(db) else settings.admin_key
        async with _ready(settings, db, admin_key=admin_key) as made:
            yield made


@contextlib.asynccontextmanager
async def administered(settings: Settings) -> AsyncIterator[Wiring]:
    """Everything that a command needs: of an installation that has begun, whose admin key stays as it is.

    Raises: ArmillaryError where there is none: a command that began one would lose its admin key.
    """
    none_yet = ArmillaryError(f"{settings.place} holds nothing yet: `armillary serve` begins it, and shows its key")
    if settings.sqlite_file is not None and not settings.sqlite_file.exists():
        raise none_yet
    async with reached(settings) as db:
        if not await bootstrap.has_begun(db):
            raise none_yet
        async with _ready(settings, db, admin_key=None) as (wiring, _):
            yield wiring


@contextlib.asynccontextmanager
async def _ready(
    settings: Settings, db: Database, *, admin_key: str | None
) -> AsyncIterator[tuple[Wiring, bootstrap.Prepared]]:
    keyring = await _keyring(settings, db)
    prepared = await _prepared(settings, db, keyring, admin_key=admin_key)
    async with _wired(settings, db, keyring, prepared) as wiring:
        yield wiring, prepared


def make_folder(folder: Path) -> None:
    """The data folder is there. Raises: InvalidRequest."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise InvalidRequest("data", f"{folder} cannot be made a folder ({exc.strerror}): name another") from exc


@contextlib.asynccontextmanager
async def reached(settings: Settings, *, migrate: bool = True) -> AsyncIterator[Database]:
    """The database that the settings name. Raises: ArmillaryError, a sentence for whoever starts the program."""
    try:
        db = await open_database(settings.url, migrate=migrate)
    except Unavailable as exc:
        mend = "may it be written?" if settings.sqlite_file else "is it running, and is ARMILLARY_DATABASE_URL right?"
        raise ArmillaryError(f"{settings.place} cannot be opened: {mend}") from exc
    try:
        yield db
    finally:
        await db.close()


async def _keyring(settings: Settings, db: Database) -> Keyring:
    if settings.secrets_key:
        return Keyring.from_text(settings.secrets_key)
    if not settings.key_file.exists() and await bootstrap.has_begun(db):
        # A new key would open nothing of what is there, and stand in the way of the one that does.
        raise ArmillaryError(
            f"{settings.key_file} is missing, and {settings.place} was sealed by it: put it back from a backup"
        )
    return Keyring.open_file(settings.key_file)


async def _prepared(settings: Settings, db: Database, keyring: Keyring, *, admin_key: str | None) -> bootstrap.Prepared:
    try:
        return await bootstrap.prepare(db, keyring, admin_key=admin_key, at=datetime.now(UTC))
    except Unavailable as exc:
        if not exc.what.startswith("the secrets key"):
            raise
        where = "ARMILLARY_SECRETS_KEY" if settings.secrets_key else settings.key_file
        raise ArmillaryError(
            f"the key in {where} is not the one that sealed {settings.place}: put that one back"
        ) from exc


@contextlib.asynccontextmanager
async def _wired(
    settings: Settings, db: Database, keyring: Keyring, prepared: bootstrap.Prepared
) -> AsyncIterator[Wiring]:
    gate = Gate(db, prepared.pepper, keyring)
    outbound = Outbound(Policy(allow_private=settings.allow_private_providers))
    try:
        yield Wiring(
            db=db,
            gate=gate,
            keyring=keyring,
            outbound=outbound,
            revisions=Revisions(db),
            public_url=settings.public_url,
            uploads=UploadTerms(kept=timedelta(hours=settings.uploads_kept_h), open_downloads=settings.open_downloads),
        )
        await gate.flush()
    finally:
        await outbound.close()


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
    """Keep writing what is batched and erasing what expired, and leave with the parent, until the block ends."""
    tasks = [
        asyncio.create_task(_for_ever("flush", wiring.gate.flush, every_s=_FLUSH_EVERY_S)),
        asyncio.create_task(_for_ever("sweep", partial(_sweep, wiring), every_s=_SWEEP_EVERY_S)),
    ]
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


async def _sweep(wiring: Wiring) -> None:
    swept = await uploads.sweep(wiring.db, at=datetime.now(UTC))
    if swept:
        log.info("uploads_swept", uploads=swept)


async def _for_ever(chore: str, work: Callable[[], Awaitable[None]], *, every_s: float) -> None:
    """Do the chore again and again: a worker's loop outlives one failure, what is left is done the next time."""
    while True:
        try:
            await work()
        except Unavailable as exc:
            log.warning("chore_postponed", chore=chore, error=str(exc))
        except Exception:
            log.exception("chore_failed", chore=chore)
        await asyncio.sleep(every_s)
