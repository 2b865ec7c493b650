"""``make bench``: our server beside a raw ASGI floor that answers the same bytes, driven in turn.

Prints requests a second, their ratio to the floor, p50 and p99, CPU per request and resident memory, on registries
of 1,000 and 100,000 models. ``python -m bench --seconds 2 --sizes 1000`` is a quick look.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import UUID

import httpx
from rich.console import Console
from rich.table import Table

from bench import seeding
from bench.driver import Request, Result, drive, driver_name, save
from bench.processes import Process, free_port, running

_ROUNDS = 3
_SAMPLE = 1000
_AUTH = (("Authorization", f"Bearer {seeding.ADMIN_KEY}"),)
_MODELS = "/v1/workspaces/default/models"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One server under one load: the median round, and what a request cost it."""

    result: Result
    cpu_us: float
    resident_mb: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table; ``floor`` is None where there is nothing to compare with."""

    size: int
    name: str
    ours: Measured
    floor: Measured | None
    goal: str


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="of each round")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 100_000])
    options = parser.parse_args()
    console = Console(width=150)
    console.print(
        f"driver: {driver_name()}; {_ROUNDS} rounds of {options.seconds:g} s each, ours and the floor in turn"
    )
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            rows += _at_size(console, Path(folder) / str(size), size, options.seconds)
    table = _table(rows)
    console.print(table)
    _print_search(console, rows)
    with (save("bench.txt", "")).open("w") as file:
        Console(file=file, width=150).print(table)


def _at_size(console: Console, data: Path, size: int, seconds: float) -> list[Row]:
    with console.status(f"making a registry of {size} models"):
        ids = seeding.seed(data, size)
    port = free_port()
    environment = {**os.environ, "ARMILLARY_DATA": str(data), "ARMILLARY_ADMIN_KEY": seeding.ADMIN_KEY}
    with running("armillary", "serve", "--port", str(port), port=port, path="/readyz", environment=environment) as ours:
        console.print(
            f"{size} models: start to first healthy answer {ours.started_in_s:.2f} s (goal 1.0), "
            f"idle {ours.resident_mb():.0f} MB (goal 80)"
        )
        return [row(console) for row in _scenarios(ours, ids, size, seconds, data)]


def _scenarios(
    ours: Process, ids: list[UUID], size: int, seconds: float, data: Path
) -> Iterator[Callable[[Console], Row]]:
    chance = random.Random(size)  # noqa: S311  the same requests on each run
    sample = chance.sample(ids, min(_SAMPLE, len(ids)))
    reads = [_get(f"/api/v1/models/model_{each.hex}") for each in sample]
    spread = [_get(f"/api/v1/models/model_{each.hex}") for each in chance.sample(ids, min(20_000, len(ids)))]
    page = _get(f"{_MODELS}?limit=100")
    tag = httpx.get(f"http://127.0.0.1:{ours.port}{page.path}", headers=dict(_AUTH)).headers["etag"]
    fresh = Request(path=page.path, headers=(*_AUTH, ("If-None-Match", tag)))
    searches = [_get(f"{_MODELS}?limit=20&status=MODEL_STATUS_ENABLED&query={seeding.NEEDLE}-{n}7") for n in range(200)]
    wide = [
        _get(f"{_MODELS}?limit=20&query={seeding.NEEDLE}&prefix={seeding.NEEDLE}&labels=tier%3Dstandard&_={n}")
        for n in range(200)
    ]
    yield lambda c: _compared(c, "read one model, 1,000 of them in turn", ours, reads, size, seconds, goal="≥ 0.5")
    yield lambda c: _compared(c, "read one model, 20,000 in turn (few kept)", ours, spread, size, seconds, goal="≥ 0.5")
    yield lambda c: _compared(c, "list a page of 100", ours, [page], size, seconds, goal="≥ 0.4")
    yield lambda c: _compared(c, "list with If-None-Match", ours, [fresh], size, seconds, goal="≥ 0.6")
    yield lambda c: _alone(c, "search, few matches (none kept)", ours, searches, size, seconds)
    yield lambda c: _alone(c, "search, 1 in 20 matches (none kept)", ours, wide, size, seconds)
    yield lambda c: _written(c, ours, ids, size, seconds, data)


def _get(path: str) -> Request:
    return Request(path=path, headers=_AUTH)


def _compared(
    console: Console, name: str, ours: Process, requests: list[Request], size: int, seconds: float, *, goal: str
) -> Row:
    first = requests[0]
    answer = httpx.get(f"http://127.0.0.1:{ours.port}{first.path}", headers=dict(first.headers))
    if answer.status_code not in {200, 304}:
        raise RuntimeError(f"{name}: answered {answer.status_code} {answer.text}")
    with _floor(answer.status_code, answer.content) as floor, console.status(name):
        pairs = [(_measured(ours, requests, seconds), _measured(floor, requests, seconds)) for _ in range(_ROUNDS)]
    return Row(
        size=size, name=name, ours=_middle([p[0] for p in pairs]), floor=_middle([p[1] for p in pairs]), goal=goal
    )


@contextmanager
def _floor(status: int, body: bytes) -> Iterator[Process]:
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        port = free_port()
        with running("bench.floor", str(port), str(status), file.name, port=port) as floor:
            yield floor


def _alone(console: Console, name: str, ours: Process, requests: list[Request], size: int, seconds: float) -> Row:
    # Each write makes every kept reply stale; a search is measured as it costs, not as it is remembered.
    unkept = [
        Request(path=f"{each.path}&n={place}-{n}", headers=each.headers)
        for n in range(50)
        for place, each in enumerate(requests)
    ]
    with console.status(name):
        measured = _middle([_measured(ours, unkept, seconds, connections=1) for _ in range(_ROUNDS)])
    return Row(size=size, name=name, ours=measured, floor=None, goal="p50 ≤ 2 x that at 1,000")


def _written(console: Console, ours: Process, ids: list[UUID], size: int, seconds: float, data: Path) -> Row:
    def patches(place: str) -> list[Request]:
        headers = (*_AUTH, ("Content-Type", "application/json"))
        return [
            Request(
                method="PATCH", path=place.format(each.hex), headers=headers, body=f'{{"display_name": "Name {n}"}}'
            )
            for n, each in enumerate(ids[:500])
        ]

    port = free_port()
    with running("bench.bare", str(port), str(data / "bare.db"), port=port) as bare, console.status("PATCH"):
        pairs = [
            (
                _measured(ours, patches("/api/v1/models/model_{}"), seconds, connections=8),
                _measured(bare, patches("/{}"), seconds, connections=8),
            )
            for _ in range(_ROUNDS)
        ]
    return Row(
        size=size,
        name="PATCH at concurrency 8, durable (beside a bare SQLite server)",
        ours=_middle([pair[0] for pair in pairs]),
        floor=_middle([pair[1] for pair in pairs]),
        goal="≥ 1.5",
    )


def _measured(server: Process, requests: list[Request], seconds: float, *, connections: int = 16) -> Measured:
    before = server.cpu_s()
    result = drive(server.port, requests, connections=connections, seconds=seconds)
    cpu_us = (server.cpu_s() - before) / max(result.requests, 1) * 1e6
    if result.failed:
        raise RuntimeError(f"{result.failed} of {result.requests} requests failed: {requests[0]}")
    return Measured(result=result, cpu_us=cpu_us, resident_mb=server.resident_mb())


def _middle(rounds: list[Measured]) -> Measured:
    wanted = median(each.result.per_s for each in rounds)
    return min(rounds, key=lambda each: abs(each.result.per_s - wanted))


def _table(rows: list[Row]) -> Table:
    table = Table(
        "models", "load", "ours/s", "floor/s", "ratio", "goal", "p50 ms", "p99 ms", "CPU µs", "floor µs", "RSS MB"
    )
    for row in rows:
        ours, floor = row.ours, row.floor
        table.add_row(
            f"{row.size:,}",
            row.name,
            f"{ours.result.per_s:,.0f}",
            f"{floor.result.per_s:,.0f}" if floor else "",
            f"{ours.result.per_s / floor.result.per_s:.2f}" if floor else "",
            row.goal,
            f"{ours.result.p50_ms:.2f}",
            f"{ours.result.p99_ms:.2f}",
            f"{ours.cpu_us:.0f}",
            f"{floor.cpu_us:.0f}" if floor else "",
            f"{ours.resident_mb:.0f}",
        )
    return table


def _print_search(console: Console, rows: list[Row]) -> None:
    for name in dict.fromkeys(row.name for row in rows if row.name.startswith("search")):
        p50s = [row.ours.result.p50_ms for row in rows if row.name == name]
        if len(p50s) > 1:
            console.print(
                f"{name}: p50 at the largest size is {p50s[-1] / p50s[0]:.2f} times that at the smallest (goal ≤ 2)"
            )


main()
