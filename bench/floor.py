"""The floor: a raw ASGI app that answers given bytes at once, served by the same granian as ours.

``python -m bench.floor PORT STATUS FILE`` answers every request with that status and the bytes of that file, and the
headers that ours sends.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

Send = Callable[[dict[str, Any]], Awaitable[None]]


def answering(status: int, body: bytes) -> Callable[..., Awaitable[None]]:
    """The smallest app there is."""
    start = {
        "type": "http.response.start",
        "status": status,
        "headers": [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"etag", b'"1.00000000"'),
            (b"cache-control", b"private, no-cache"),
            (b"x-request-id", b"req_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ],
    }
    end = {"type": "http.response.body", "body": body}

    async def app(_scope: object, _receive: object, send: Send) -> None:
        await send(start)
        await send(end)

    return app


def main() -> None:
    """Serve until killed."""
    port, status, file = sys.argv[1:]
    app = answering(int(status), Path(file).read_bytes())
    server = Server(
        app, address="127.0.0.1", port=int(port), interface=Interfaces.ASGINL, websockets=False, log_enabled=False
    )
    asyncio.run(server.serve())


main()
