"""Servers under measurement: started, awaited, and asked what they cost."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

_PATIENCE_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Process:
    """A running server: its port, and how long it took from its start to its first answer."""

    port: int
    started_in_s: float
    handle: psutil.Process

    def cpu_s(self) -> float:
        """CPU seconds used so far, children included."""
        times = [each.cpu_times() for each in (self.handle, *self.handle.children(recursive=True))]
        return float(sum(time.user + time.system for time in times))

    def resident_mb(self) -> float:
        """Resident memory, children included."""
        processes = (self.handle, *self.handle.children(recursive=True))
        return float(sum(each.memory_info().rss for each in processes)) / 1024 / 1024


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    module: str, *arguments: str, port: int, path: str = "/", environment: Mapping[str, str] | None = None
) -> Iterator[Process]:
    """The module as a process that answers at ``path``, killed at the end of the block."""
    begun = time.perf_counter()
    handle = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env=None if environment is None else dict(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_answer(handle, port, path)
        yield Process(port=port, started_in_s=time.perf_counter() - begun, handle=psutil.Process(handle.pid))
    finally:
        handle.kill()
        handle.wait()


def _await_answer(handle: subprocess.Popen[bytes], port: int, path: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    ask = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
    while time.monotonic() < deadline:
        if handle.poll() is not None:
            raise RuntimeError(f"{handle.args!r} ended with {handle.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(ask)
                if connection.recv(12):
                    return
        except OSError:
            time.sleep(0.005)
    raise RuntimeError(f"{handle.args!r} did not answer")
