"""Load: a list of requests sent round and round over some connections for some seconds.

wrk drives where Debian's package is installed; else the bundled driver does, which is slower than the servers it
measures, and says so.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; the driver adds Host and Content-Length."""

    method: str = "GET"
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a drive: latencies in milliseconds, ``failed`` counts answers of 400 and above, and losses."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    failed: int

    @property
    def per_s(self) -> float:
        """Requests answered a second."""
        return self.requests / self.seconds


def drive(port: int, requests: list[Request], *, connections: int, seconds: float) -> Result:
    """Send ``requests`` in turn, over and over."""
    if shutil.which("wrk"):
        return _wrk(port, requests, connections, seconds)
    return asyncio.run(_drive(port, requests, connections, seconds))


def drive_after(port: int, pairs: list[tuple[Request, Request]]) -> Result:
    """Send each pair once, one request after another; only the second of each is measured."""
    return asyncio.run(_drive_after(port, pairs))


def driver_name() -> str:
    """Which driver this machine has."""
    return "wrk" if shutil.which("wrk") else "the bundled driver (slower: install wrk)"


_SCRIPT = """
local calls = {}
%s
local n = %d
math.randomseed(os.time())
local i = math.random(n)
request = function()
  i = i %% #calls + 1
  return calls[i]
end
done = function(summary, latency, requests)
  io.write(string.format('{"requests": %%d, "seconds": %%f, "p50_ms": %%f, "p99_ms": %%f, "failed": %%d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""


def _wrk(port: int, requests: list[Request], connections: int, seconds: float) -> Result:
    lines = [f"calls[{place + 1}] = {json.dumps(_raw(port, each))}" for place, each in enumerate(requests)]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT % ("\n".join(lines), len(requests)))
        script.flush()
        command = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{max(1, round(seconds))}s",
            "-s",
            script.name,
            f"http://127.0.0.1:{port}",
        ]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
    return Result(**json.loads(answer.stdout.strip().splitlines()[-1]))


def _raw(port: int, request: Request) -> str:
    headers = [("Host", f"127.0.0.1:{port}"), *request.headers]
    if request.body:
        headers.append(("Content-Length", str(len(request.body.encode()))))
    lines = [f"{request.method} {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines) + "\r\n\r\n" + request.body


async def _drive(port: int, requests: list[Request], connections: int, seconds: float) -> Result:
    latencies: list[float] = []
    raw = [_raw(port, each).encode() for each in requests]
    started = time.perf_counter()
    losses = await asyncio.gather(
        *(_loop(port, raw, place, started + seconds, latencies) for place in range(connections))
    )
    took = time.perf_counter() - started
    ordered = sorted(latencies)
    return Result(
        requests=len(ordered),
        seconds=took,
        p50_ms=ordered[len(ordered) // 2] * 1000,
        p99_ms=ordered[len(ordered) * 99 // 100] * 1000,
        failed=sum(losses),
    )


async def _loop(port: int, raw: list[bytes], place: int, until: float, latencies: list[float]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    failed = 0
    while (begun := time.perf_counter()) < until:
        failed += await _answered(reader, writer, raw[place % len(raw)])
        latencies.append(time.perf_counter() - begun)
        place += 1
    writer.close()
    return failed


async def _drive_after(port: int, pairs: list[tuple[Request, Request]]) -> Result:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies: list[float] = []
    failed = 0
    for before, measured in pairs:
        failed += await _answered(reader, writer, _raw(port, before).encode())
        begun = time.perf_counter()
        failed += await _answered(reader, writer, _raw(port, measured).encode())
        latencies.append(time.perf_counter() - begun)
    writer.close()
    ordered = sorted(latencies)
    return Result(
        requests=len(ordered),
        seconds=sum(ordered),
        p50_ms=ordered[len(ordered) // 2] * 1000,
        p99_ms=ordered[len(ordered) * 99 // 100] * 1000,
        failed=failed,
    )


async def _answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, raw: bytes) -> bool:
    """Whether the answer to it was a failure."""
    writer.write(raw)
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    await reader.readexactly(next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0))
    return head[9:10] >= b"4"


def save(name: str, text: str) -> Path:
    """Write one of the run's outputs."""
    folder = Path(__file__).parent / "out"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return folder / name
