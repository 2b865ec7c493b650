"""A request as it came, and the answer as it goes: ASGI's messages in the least that a dialect needs of them.

Falcon's compiled router finds the operation; its request and response objects stay away from the hot path, where
they would cost more than the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from armillary.dialects._kit.refusals import BodyTooLarge, BodyTooSlow, Malformed
from armillary.dialects._kit.traces import Trace

BODY_TIMEOUT_S = 30.0
#: How long a client may take none of a large answer before it is given up.
SEND_TIMEOUT_S = 30.0
_PIECE_BYTES = 256 * 1024
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


@dataclass(slots=True)
class Answer:
    """An answer: status, body, media type and further headers (lower-case names)."""

    status: int = 200
    body: bytes = b""
    media_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)

    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers as ASGI sends them."""
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        if self.body:
            raw.append((b"content-type", self.media_type.encode()))
        if self.status not in {204, 304}:
            raw.append((b"content-length", str(len(self.body)).encode()))
        return raw


async def send_body(send: Send, body: bytes) -> bool:
    """Send a body, a large one in pieces, each once the one before went out; whether the client took all of it.

    Handed over whole, it would be kept for as long as the client keeps the connection and does not read.
    """
    if len(body) <= _PIECE_BYTES:
        await send({"type": "http.response.body", "body": body})
        return True
    try:
        for start in range(0, len(body), _PIECE_BYTES):
            piece = body[start : start + _PIECE_BYTES]
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except TimeoutError:
        return False
    return True


#: What answers at a path: the request, and the path's raw parameters under their names.
Answering = Callable[[Asked, dict[str, str]], Awaitable[Answer]]
