"""The bare writer: a raw ASGI app that updates one SQLite row for each PATCH and syncs each update alone.

What a small server does without group commit: one transaction a request, in a thread, synced before it answers.
``python -m bench.bare PORT FILE JOURNAL``, where JOURNAL is ``delete``, SQLite's own default, or ``wal``.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"2")]


def main() -> None:
    """Serve until killed."""
    port, file, journal = sys.argv[1:]
    connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    connection.executescript(
        f"PRAGMA journal_mode = {journal}; PRAGMA synchronous = FULL;"  # noqa: S608  a word of ours
        "CREATE TABLE IF NOT EXISTS models (id TEXT PRIMARY KEY, name TEXT);"
        "INSERT OR IGNORE INTO models VALUES ('one', 'one');"
    )
    thread = ThreadPoolExecutor(1)

    def update(name: str) -> None:
        connection.execute("UPDATE models SET name = ? WHERE id = 'one'", (name,))

    async def app(
        _scope: object,
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        message = await receive()
        name = json.loads(message["body"])["display_name"]
        await asyncio.get_running_loop().run_in_executor(thread, update, name)
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": b"{}"})

    server = Server(
        app, address="127.0.0.1", port=int(port), interface=Interfaces.ASGINL, websockets=False, log_enabled=False
    )
    asyncio.run(server.serve())


main()
