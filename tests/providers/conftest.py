"""A server on loopback that answers byte for byte as it is told, faults and stalls included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network

import pytest

from armillary.providers.addresses import Policy
from armillary.providers.guard import Outbound


@dataclass(slots=True, kw_only=True)
class Request:
    """What a client asked, and the connection it asked by."""

    path: str
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self, body: bytes = b"{}", *, status: str = "200 OK", headers: str = "") -> None:
        await self.send(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)

    async def hang(self) -> None:
        """Say no more until the client goes away."""
        await self.reader.read()


Answer = Callable[[Request], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Upstream:
    """One listening server and what it saw."""

    host: str
    port: int
    answer: Answer
    connections: int = 0
    requests: list[Request] = field(default_factory=list)
    client_left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                pairs = (line.split(": ", 1) for line in head[1:] if line)
                headers = {name.lower(): value for name, value in pairs}
                request = Request(path=head[0].split(" ")[1], headers=headers, reader=reader, writer=writer)
                self.requests.append(request)
                await self.answer(request)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away, or the answer broke its own connection off
        finally:
            self.client_left.set()
            writer.close()


@asynccontextmanager
async def listening(answer: Answer, host: str, port: int) -> AsyncIterator[Upstream]:
    upstream = Upstream(host=host, port=port, answer=answer)
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(upstream.serve(reader, writer))
        tasks.add(task)

    server = await asyncio.start_server(connected, host, port)
    upstream.port = server.sockets[0].getsockname()[1]
    yield upstream
    server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await server.wait_closed()


Start = Callable[..., Awaitable[Upstream]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start an upstream that answers as told; it stops with the test."""
    async with AsyncExitStack() as stack:

        async def started(answer: Answer, *, host: str = "127.0.0.1", port: int = 0) -> Upstream:
            return await stack.enter_async_context(listening(answer, host, port))

        yield started


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    """The way out, private addresses allowed."""
    way = Outbound(Policy(allow_private=True))
    yield way
    await way.close()


@pytest.fixture
async def guarded() -> AsyncIterator[Outbound]:
    """The way out, private addresses refused but for 127.0.0.1, where the test's first upstream is."""
    way = Outbound(Policy(allowed=(ip_network("127.0.0.1/32"),)))
    yield way
    await way.close()
