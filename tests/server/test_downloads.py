"""Downloads as the server sends them: as fast as they are taken, cut where they end early; and what expired, swept."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import pytest

from armillary.dialects._kit import exchanges
from armillary.server.app import Application
from armillary.server.settings import Settings
from armillary.storage.database import Database
from armillary.storage.engine import open_database
from tests.servers import ADMIN_KEY, Server, running
from tests.wire import answered

MEGABYTE = 2**20
PATIENCE_S = 60.0
Result = TypeVar("Result")


@pytest.fixture
def server(tmp_path: Path) -> Any:
    with running(tmp_path / "data", f"sqlite:///{tmp_path / 'armillary.db'}") as started:
        yield started


def beside(server: Server, work: Callable[[Database], Awaitable[Result]]) -> Result:
    """Do something on the running server's database."""

    async def run() -> Result:
        async with _opened(server.database_url) as db:
            return await work(db)

    return asyncio.run(run())


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    db = await open_database(url)
    try:
        yield db
    finally:
        await db.close()


def uploaded(api: httpx.Client, size: int) -> str:
    upload: str = answered(api.put("/uploads/upload?filename=a.bin", content=b"x" * size))["upload_id"]
    return upload


async def _without_its_end(db: Database) -> None:
    async with db.writing() as tx:
        await tx.run("DELETE FROM upload_chunks WHERE number > 2")


def test_a_download_whose_rest_is_gone_is_cut_and_never_looks_whole(server: Server) -> None:
    with server.client() as api:
        upload = uploaded(api, 4 * MEGABYTE)
        beside(server, _without_its_end)
        with pytest.raises(httpx.RemoteProtocolError):
            api.get(f"/uploads/{upload}/download")
        assert api.get("/armillary/v1/whoami").status_code == 200
    assert "answer_cut_off" in server.output.read_text()
    assert "Traceback" not in server.output.read_text()


def test_readers_who_take_nothing_cost_no_file(server: Server) -> None:
    process = psutil.Process(server.process.pid)
    with server.client() as api:
        upload = uploaded(api, 30 * MEGABYTE)
        assert len(api.get(f"/uploads/{upload}/download").content) == 30 * MEGABYTE
        before = process.memory_info().rss
        readers = [_asking(server, upload) for _ in range(8)]
        for one in readers:
            assert one.recv(5, socket.MSG_PEEK) == b"HTTP/"
            assert api.get("/armillary/v1/whoami").status_code == 200
        grown = process.memory_info().rss - before
        for one in readers:
            one.close()
        assert api.get("/armillary/v1/whoami").status_code == 200
    assert grown < 60 * MEGABYTE, f"{grown / 1e6:.0f} MB"  # of 240 that were asked for


def _asking(server: Server, upload: str) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(PATIENCE_S)
    client.connect(("127.0.0.1", int(server.url.rpartition(":")[2])))
    request = f"GET /uploads/{upload}/download HTTP/1.1\r\nHost: x\r\nX-Api-Key: {ADMIN_KEY}\r\n\r\n"
    client.sendall(request.encode())
    return client


async def test_a_piece_is_read_only_once_the_one_before_went_out() -> None:
    read: list[int] = []
    sent: list[int] = []

    async def pieces() -> AsyncIterator[bytes]:
        for number in range(5):
            read.append(number)
            yield bytes(10)

    async def send(message: Any) -> None:
        sent.append(len(message["body"]))
        assert len(read) <= len(sent)

    assert await exchanges.send_pieces(send, pieces())
    assert (read, sent) == ([0, 1, 2, 3, 4], [10, 10, 10, 10, 10, 0])


async def test_who_takes_none_of_a_file_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanges, "SEND_TIMEOUT_S", 0.05)

    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield bytes(10)

    async def send(_message: Any) -> None:
        await asyncio.Event().wait()

    assert not await exchanges.send_pieces(send, pieces())


async def _forgotten(url: str) -> None:
    """An upload that expired long ago, and one whose writer died."""
    async with _opened(url) as db, db.writing() as tx:
        owner = await tx.first("SELECT id AS workspace, created_by AS profile FROM workspaces LIMIT 1")
        assert owner is not None
        for number, complete in enumerate((1, 0)):
            await tx.run(
                "INSERT INTO uploads (id, workspace, profile, session, name, mime_type, complete, created_at,"
                " expires_at) VALUES (:id, :workspace, :profile, 's', 'a', 'b', :complete, 1, 2)",
                id=f"{number:032x}",
                workspace=owner["workspace"],
                profile=owner["profile"],
                complete=complete,
            )
            await tx.run("INSERT INTO upload_chunks VALUES (:id, 0, :bytes)", id=f"{number:032x}", bytes=b"x")


async def _left(url: str) -> int:
    async with _opened(url) as db, db.reading() as reading:
        row = await reading.first("SELECT count(*) AS n FROM upload_chunks")
    assert row is not None
    left: int = row["n"]
    return left


async def test_a_server_sweeps_what_others_left(database_url: str, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", database_url=database_url, admin_key=ADMIN_KEY)
    async with Application(settings).living():
        pass
    await _forgotten(database_url)
    async with Application(settings).living():
        async with asyncio.timeout(PATIENCE_S):
            while await _left(database_url):  # noqa: ASYNC110  another task's work, and nothing tells of its end
                await asyncio.sleep(0.02)
