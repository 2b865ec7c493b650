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
from functools import partial
from pathlib import Path
from statistics import median
from uuid import UUID

import httpx
from rich.console import Console
from rich.table import Table

from bench import seeding
from bench.driver import Request, Result, drive, drive_after, driver_name, save
from bench.processes import Process, free_port, running

_ROUNDS = 3
_SAMPLE = 1000
_SPREAD = 20_000
_PAIRS = 200
_AUTH = (("Authorization", f"Bearer {seeding.ADMIN_KEY}"),)
_MODELS = "/v1/workspaces/default/models"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One server under one load: the median round, and what a request cost it."""

    result: Result
    cpu_us: float
    resident_mb: float


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Our server on a registry of known models, for how long a round lasts, and where to tell of it."""

    ours: Process
    ids: list[UUID]
    seconds: float
    data: Path
    console: Console


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
    parser.add_argument("--only", default="", help="measure only the loads whose name holds this")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 100_000])
    options = parser.parse_args()
    console = Console(width=150)
    console.print(
        f"driver: {driver_name()}; {_ROUNDS} rounds of {options.seconds:g} s each, ours and the floor in turn"
    )
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            rows += _at_size(console, Path(folder) / str(size), size, options)
    table = _table(rows)
    console.print(table)
    _print_search(console, rows)
    with (save("bench.txt", "")).open("w") as file:
        Console(file=file, width=150).print(table)


def _at_size(console: Console, data: Path, size: int, options: argparse.Namespace) -> list[Row]:
    with console.status(f"making a registry of {size} models"):
        ids = seeding.seed(data, size)
    port = free_port()
    environment = {**os.environ, "ARMILLARY_DATA": str(data), "ARMILLARY_ADMIN_KEY": seeding.ADMIN_KEY}
    with running("armillary", "serve", "--port", str(port), port=port, path="/readyz", environment=environment) as ours:
        console.print(
            f"{size} models: start to first healthy answer {ours.started_in_s:.2f} s (goal 1.0), "
            f"idle {ours.resident_mb():.0f} MB (goal 80)"
        )
        subject = Subject(ours=ours, ids=ids, seconds=options.seconds, data=data, console=console)
        return [measure() for name, measure in _loads(subject) if options.only in name]


def _loads(subject: Subject) -> Iterator[tuple[str, Callable[[], Row]]]:
    """Every load by its name."""
    chance, ids = random.Random(len(subject.ids)), subject.ids  # noqa: S311  the same requests on each run
    sample = [_get(f"/api/v1/models/model_{each.hex}") for each in chance.sample(ids, min(_SAMPLE, len(ids)))]
    spread = [_get(f"/api/v1/models/model_{each.hex}") for each in chance.sample(ids, min(_SPREAD, len(ids)))]
    page = _get(f"{_MODELS}?limit=100")
    tag = httpx.get(f"http://127.0.0.1:{subject.ours.port}{page.path}", headers=dict(_AUTH)).headers["etag"]
    fresh = Request(path=page.path, headers=(*_AUTH, ("If-None-Match", tag)))
    compared = {
        "read one model, 1,000 of them in turn": (sample, "≥ 0.5"),
        "read one model, 20,000 of them in turn": (spread, "≥ 0.5"),
        "list a page of 100": ([page], "≥ 0.4"),
        "list with If-None-Match": ([fresh], "≥ 0.6"),
    }
    for name, (requests, goal) in compared.items():
        yield name, partial(_compared, subject, name, requests, goal)
    few = f"{_MODELS}?limit=20&status=MODEL_STATUS_ENABLED&query={seeding.NEEDLE}"
    searches = {
        "search, few matches, none kept": [_get(f"{few}-{number}7") for number in range(200)],
        "search, 1 in 20 matches, none kept": [_get(f"{few}&labels=tier%3Dstandard&_={n}") for n in range(200)],
    }
    for name, requests in searches.items():
        yield name, partial(_alone, subject, name, requests)
    for name, texts in _artifact_searches(subject, chance).items():
        asked = [_search(text) for text in texts]
        yield name, partial(_searched, subject, name, asked)
        yield f"{name}, after a write", partial(_searched_after_writes, subject, f"{name}, after a write", asked)
    for journal, goal in (("delete", "≥ 1.5"), ("wal", "")):
        name = f"PATCH at concurrency 8, durable, beside bare SQLite with journal_mode={journal}"
        yield name, partial(_written, subject, name, journal, goal)


def _artifact_searches(subject: Subject, chance: random.Random) -> dict[str, list[str]]:
    """Searches for models of the Artifacts dialect; where a word begins the names, all that have it stand together."""
    numbers = chance.sample(range(len(subject.ids)), min(_SAMPLE, len(subject.ids)))
    return {
        "artifacts search, no term": [""],
        "artifacts search, rare term": [f" {number} (" for number in numbers],
        "artifacts search, word of 1 name in 10": [f"({vendor})" for vendor in seeding.VENDORS],
        "artifacts search, beginning of 1 name in 20": [seeding.NEEDLE[:length] for length in (3, 4, 5)],
    }


def _search(text: str) -> Request:
    return Request(
        method="POST",
        path="/api/v5/artifacts/models/search",
        headers=(*_AUTH, ("Content-Type", "application/json")),
        body=f'{{"search": "{text}"}}',
    )


def _get(path: str) -> Request:
    return Request(path=path, headers=_AUTH)


def _compared(subject: Subject, name: str, requests: list[Request], goal: str) -> Row:
    first = requests[0]
    answer = httpx.get(f"http://127.0.0.1:{subject.ours.port}{first.path}", headers=dict(first.headers))
    if answer.status_code not in {200, 304}:
        raise RuntimeError(f"{name}: answered {answer.status_code} {answer.text}")
    with _floor(answer.status_code, answer.content) as floor:
        return _in_turn(subject, name, (subject.ours, requests), (floor, requests), connections=16, goal=goal)


def _in_turn(
    subject: Subject,
    name: str,
    ours: tuple[Process, list[Request]],
    floor: tuple[Process, list[Request]],
    *,
    connections: int,
    goal: str,
) -> Row:
    """Both driven round by round, so that whatever else the machine does meets both."""
    rounds: list[tuple[Measured, Measured]] = []
    with subject.console.status(name):
        for _ in range(_ROUNDS):
            pair = [_measured(*each, subject.seconds, connections=connections) for each in (ours, floor)]
            rounds.append((pair[0], pair[1]))
    ours_middle, floor_middle = (_middle([pair[side] for pair in rounds]) for side in (0, 1))
    return Row(size=len(subject.ids), name=name, ours=ours_middle, floor=floor_middle, goal=goal)


@contextmanager
def _floor(status: int, body: bytes) -> Iterator[Process]:
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        port = free_port()
        with running("bench.floor", str(port), str(status), file.name, port=port) as floor:
            yield floor


def _alone(subject: Subject, name: str, requests: list[Request]) -> Row:
    # Each write makes every kept reply stale; a search is measured as it costs, not as it is remembered.
    unkept = [
        Request(path=f"{each.path}&n={place}-{n}", headers=each.headers)
        for n in range(50)
        for place, each in enumerate(requests)
    ]
    with subject.console.status(name):
        rounds = [_measured(subject.ours, unkept, subject.seconds, connections=1) for _ in range(_ROUNDS)]
    return Row(size=len(subject.ids), name=name, ours=_middle(rounds), floor=None, goal="p50 ≤ 2 x that at 1,000")


def _searched(subject: Subject, name: str, requests: list[Request]) -> Row:
    with subject.console.status(name):
        rounds = [_measured(subject.ours, requests, subject.seconds, connections=1) for _ in range(_ROUNDS)]
    return Row(size=len(subject.ids), name=name, ours=_middle(rounds), floor=None, goal="p50 ≤ 4 x that at 1,000")


def _searched_after_writes(subject: Subject, name: str, requests: list[Request]) -> Row:
    """Nothing is kept: total, page and facets are all found anew."""
    writes = _patches(subject, "/api/v1/models/model_{}")[:_PAIRS]
    pairs = [(write, requests[place % len(requests)]) for place, write in enumerate(writes)]
    with subject.console.status(name):
        before = subject.ours.cpu_s()
        result = drive_after(subject.ours.port, pairs)
        cpu_us = (subject.ours.cpu_s() - before) / len(pairs) * 1e6
    if result.failed:
        raise RuntimeError(f"{result.failed} requests failed: {requests[0]}")
    measured = Measured(result=result, cpu_us=cpu_us, resident_mb=subject.ours.resident_mb())
    return Row(size=len(subject.ids), name=name, ours=measured, floor=None, goal="write included in CPU")


def _written(subject: Subject, name: str, journal: str, goal: str) -> Row:
    port, file = free_port(), subject.data / f"bare-{journal}.db"
    ours, theirs = (_patches(subject, template) for template in ("/api/v1/models/model_{}", "/{}"))
    with running("bench.bare", str(port), str(file), journal, port=port) as bare:
        return _in_turn(subject, name, (subject.ours, ours), (bare, theirs), connections=8, goal=goal)


def _patches(subject: Subject, template: str) -> list[Request]:
    headers = (*_AUTH, ("Content-Type", "application/json"))
    return [
        Request(method="PATCH", path=template.format(each.hex), headers=headers, body=f'{{"display_name": "Name {n}"}}')
        for n, each in enumerate(subject.ids[:500])
    ]


def _measured(server: Process, requests: list[Request], seconds: float, *, connections: int) -> Measured:
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
    for name in dict.fromkeys(row.name for row in rows if "search" in row.name):
        p50s = [row.ours.result.p50_ms for row in rows if row.name == name]
        goal = (
            "" if name.endswith("after a write") else " (goal ≤ 4)" if name.startswith("artifacts") else " (goal ≤ 2)"
        )
        if len(p50s) > 1:
            console.print(
                f"{name}: p50 at the largest size is {p50s[-1] / p50s[0]:.2f} times that at the smallest{goal}"
            )


main()
