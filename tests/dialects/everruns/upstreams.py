"""A provider on loopback that lists models as it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(kw_only=True)
class Upstream:
    """What it answers next, what it was asked with, and whether it holds answers back until it is let go."""

    url: str = ""
    status: int = 200
    body: bytes = b'{"data": []}'
    keys: list[str | None] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    may_answer: threading.Event = field(default_factory=threading.Event)

    def lists(self, *names: str) -> None:
        """It serves these models from now on."""
        self.body = json.dumps({"object": "list", "data": [{"id": name, "object": "model"} for name in names]}).encode()


@contextmanager
def upstream() -> Iterator[Upstream]:
    """A running one, which answers at once unless ``may_answer`` is cleared."""
    told = Upstream()
    told.may_answer.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.keys.append(self.headers.get("Authorization"))
            told.asked.set()
            told.may_answer.wait(30)
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, *_: object) -> None:
            """It says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield told
    finally:
        told.may_answer.set()
        server.shutdown()
        thread.join()
        server.server_close()
