"""A request as it came, and the answer as it goes: ASGI's messages in the least that a dialect needs of them.

Falcon's compiled router finds the operation; its request and response objects stay away from the hot path, where
they would cost more than the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from armillary.dialects._kit.refusals import BodyTooLarge, BodyTooSlow, Malformed
from armillary.dialects._kit.traces import Trace

BODY_TIMEOUT_S = 30.0
#: How long a client may take none of a large answer before it is given up.
SEND_TIMEOUT_S = 30.0
#: A body up to this size goes out whole; a larger one in pieces so small that the sixty-four which granian takes in
#: before it waits for the client are a megabyte.
_WHOLE_BYTES = 256 * 1024
_PIECE_BYTES = 16 * 1024
JSON = "application/json"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(slots=True)
class Asked:
    """A request: its ASGI scope, its trace, and its raw path, in which nothing is decoded yet."""

    scope: Scope
    receive: Receive = field(repr=False)
    trace: Trace
    path: str
    headers: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self.scope["headers"]}

    @property
    def query_string(self) -> str:
        """The query, still encoded."""
        text: str = self.scope["query_string"].decode("latin-1")
        return text

    @property
    def origin(self) -> str:
        """Scheme and host, as the client named them."""
        return f"{self.scope.get('scheme', 'http')}://{self.headers.get('host', 'localhost')}"

    async def body(self, limit_bytes: int) -> bytes:
        """The whole body.

        Raises: BodyTooLarge (before reading, where the length is told), BodyTooSlow; Malformed where it was cut off.
        """
        length = self.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                return await self._read(limit_bytes)
        except TimeoutError as exc:
            raise BodyTooSlow(BODY_TIMEOUT_S) from exc

    async def _read(self, limit_bytes: int) -> bytes:
        message = await self.receive()
        body: bytes = message.get("body", b"")
        if message.get("more_body"):
            chunks = bytearray(body)
            while message.get("more_body") and len(chunks) <= limit_bytes:
                message = await self.receive()
                chunks += message.get("body", b"")
            body = bytes(chunks)
        if message["type"] == "http.disconnect":
            raise Malformed("the body was cut off")
        if len(body) > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A reply that is read while it is sent, as fast as the client takes it: a handler returns one for a file.

    ``size_bytes`` is told before the first piece; where the pieces end early, the connection is cut.
    """

    pieces: AsyncIterator[bytes]
    size_bytes: int
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Answer:
    """An answer: status, body (or ``stream`` in its place), media type and further headers (lower-case names)."""

    status: int = 200
    body: bytes = b""
    media_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    stream: Stream | None = None

    @classmethod
    def streamed(cls, stream: Stream, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer that tells a stream."""
        told = {**(headers or {}), **stream.headers}
        return cls(status, media_type=stream.media_type, headers=told, stream=stream)

    @property
    def size_bytes(self) -> int:
        """How long the body is."""
        return len(self.body) if self.stream is None else self.stream.size_bytes

    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers as ASGI sends them."""
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        if self.size_bytes:
            raw.append((b"content-type", self.media_type.encode()))
        if self.status not in {204, 304}:
            raw.append((b"content-length", str(self.size_bytes).encode()))
        return raw


async def send_body(send: Send, body: bytes) -> bool:
    """Send a body, a large one in pieces, each once the one before went out; whether the client took all of it.

    Handed over whole, it would be kept for as long as the client keeps the connection and does not read.
    """
    if len(body) <= _WHOLE_BYTES:
        await send({"type": "http.response.body", "body": body})
        return True
    return await send_pieces(send, _alone(body))


async def send_pieces(send: Send, pieces: AsyncIterator[bytes]) -> bool:
    """Send a body's pieces, each read only once the one before went out; whether the client took all of them."""
    try:
        async for piece in pieces:
            for start in range(0, len(piece), _PIECE_BYTES):
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    part = piece[start : start + _PIECE_BYTES]
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except TimeoutError:
        return False
    return True


async def _alone(body: bytes) -> AsyncIterator[bytes]:
    yield body


#: What answers at a path: the request, and the path's raw parameters under their names.
Answering = Callable[[Asked, dict[str, str]], Awaitable[Answer]]
