"""The server as a user starts it: a process of its own, on a port of its own, with a database of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ADMIN_KEY = "arm_test_admin_key_0123456789abcdef"
_PATIENCE_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server: where it is, the key that opens all of it, its data folder and its database."""

    url: str
    key: str
    data: Path
    database_url: str
    process: subprocess.Popen[bytes]
    output: Path

    def client(self, key: str | None = None, **headers: str) -> httpx.Client:
        """A client that sends the admin key, or another one."""
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {key or self.key}", **headers}, timeout=30
        )

    def kill(self) -> None:
        """``kill -9``, as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(_PATIENCE_S)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(data: Path, database_url: str, *, workers: int = 1, **environment: str) -> Iterator[Server]:
    """A server that answers and has said so, stopped at the end of the block; what it printed is in ``output``."""
    data.mkdir(parents=True, exist_ok=True)
    port, output = free_port(), data / "output.txt"
    command = [sys.executable, "-m", "armillary", "serve", "--port", str(port), "--workers", str(workers)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ARMILLARY_")}
    settings = {
        "ARMILLARY_DATA": str(data),
        "ARMILLARY_DATABASE_URL": database_url,
        "ARMILLARY_ADMIN_KEY": ADMIN_KEY,
        "ARMILLARY_ALLOW_PRIVATE_PROVIDERS": "1",
        **environment,
    }
    with output.open("wb") as sink:
        process = subprocess.Popen(
            command, env={**inherited, **settings}, stdout=sink, stderr=subprocess.STDOUT, cwd=data
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _await(lambda: _is_ready(url), process, output)
        _await(lambda: "Armillary listens on " in output.read_text(), process, output)  # it answers a moment before
        yield Server(
            url=url,
            key=settings["ARMILLARY_ADMIN_KEY"],
            data=data,
            database_url=database_url,
            process=process,
            output=output,
        )
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_PATIENCE_S)


def _await(condition: Callable[[], bool], process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        if condition():
            return
        time.sleep(0.02)  # asked again, within the deadline
    raise AssertionError(f"the server did not answer; it said:\n{output.read_text()}")


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False
