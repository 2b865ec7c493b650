"""Nothing that was acknowledged is lost: not to racing writers, not to a power cut, not to a provider that hangs."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from armillary.domain.ids import ulid
from tests.laws.conftest import NewPlace, Place, identity
from tests.servers import Server, running
from tests.wire import a_model, a_provider, answered

AT_ONCE = 24
#: Longer than any answer takes, on any machine; what is waited for is the answer.
PATIENCE_S = 120


@dataclass(frozen=True, kw_only=True)
class Racer:
    """The workspace of a place, for requests that are under way at once."""

    client: httpx.AsyncClient
    workspace: UUID

    async def everruns(self, method: str, path: str, **asked: Any) -> httpx.Response:
        return await self.client.request(method, f"/api/v1{path}", **asked)

    async def cadenya(self, method: str, path: str, **asked: Any) -> httpx.Response:
        return await self.client.request(method, f"/v1/workspaces/workspace_{ulid(self.workspace)}{path}", **asked)

    async def native(self, method: str, path: str, **asked: Any) -> httpx.Response:
        return await self.client.request(method, f"/armillary/v1{path}", **asked)


def racing(place: Place) -> Racer:
    limits = httpx.Limits(max_connections=AT_ONCE * 4)
    client = httpx.AsyncClient(
        base_url=place.client.base_url, headers=place.client.headers, timeout=PATIENCE_S, limits=limits
    )
    return Racer(client=client, workspace=place.id)


async def at_once(asked: Iterable[Callable[[], Awaitable[None]]], workers: int = AT_ONCE) -> None:
    """Do all of it, so many at a time."""
    left = iter(asked)

    async def work() -> None:
        for one in left:
            await one()

    async with asyncio.TaskGroup() as group:
        for _ in range(workers):
            group.create_task(work())


# Fields


@dataclass(frozen=True, kw_only=True)
class Field:
    """A member of a record that one dialect writes alone, and where our own API shows it."""

    write: Callable[[Racer, UUID, str], Awaitable[httpx.Response]]
    read: Callable[[dict[str, Any]], Any]


def everruns_field(member: str, name: str) -> Field:
    return Field(
        write=lambda racer, model, value: racer.everruns("PATCH", f"/models/model_{model.hex}", json={member: value}),
        read=lambda record: record[name],
    )


def cadenya_field(path: str, body: Callable[[str], Any], read: Callable[[dict[str, Any]], Any]) -> Field:
    return Field(
        write=lambda racer, model, value: racer.cadenya(
            "PATCH", f"/models/model_{ulid(model)}", json={**body(value), "updateMask": path}
        ),
        read=read,
    )


def native_field(name: str) -> Field:
    return Field(
        write=lambda racer, model, value: racer.native("PATCH", f"/models/model_{model.hex}", json={name: value}),
        read=lambda record: record[name],
    )


_RATE = "inputPricePerMillionTokens"
FIELDS: dict[str, Field] = {
    "display_name": everruns_field("display_name", "name"),
    "model_id": everruns_field("model_id", "upstream_name"),
    "labels": cadenya_field(
        "metadata.labels",
        lambda value: {"metadata": {"labels": {"value": value}}},
        lambda record: record["labels"].get("value"),
    ),
    "max_output_tokens": cadenya_field(
        "spec.max_output_tokens",
        lambda value: {"spec": {"maxOutputTokens": int(value)}},
        lambda record: str(record["limits"]["output_tokens"]),
    ),
    "override": cadenya_field(
        f"pricingOverride.{_RATE}",
        lambda value: {"pricingOverride": {_RATE: f"{value}00"}},
        lambda record: record["override_price"] and record["override_price"]["input_usd_per_mtok"],
    ),
    "description": native_field("description"),
    "vendor": native_field("vendor"),
    "family": native_field("family"),
}
#: Written once for each model, in the midst of the others.
ONCE: dict[str, Field] = {
    "bundle": native_field("bundle"),
    "external_id": cadenya_field(
        "metadata.externalId",
        lambda value: {"metadata": {"externalId": value}},
        lambda record: record["external_id"],
    ),
}


@dataclass(frozen=True, kw_only=True)
class Write:
    """An acknowledged write, and when it was asked and answered."""

    value: str
    asked_at: float
    answered_at: float


@dataclass(kw_only=True)
class History:
    """The acknowledged writes of each field of each model."""

    writes: dict[tuple[UUID, str], list[Write]] = field(default_factory=dict)

    async def write(self, racer: Racer, model: UUID, name: str, value: str) -> None:
        """Write the field; it is acknowledged, or the test fails."""
        asked_at = time.monotonic()
        answered(await (FIELDS | ONCE)[name].write(racer, model, value))
        acknowledged = Write(value=value, asked_at=asked_at, answered_at=time.monotonic())
        self.writes.setdefault((model, name), []).append(acknowledged)

    def check(self, model: UUID, name: str, value: str) -> None:
        """Pass where the value is of a write that no later one followed."""
        writes = self.writes[model, name]
        last = [write for write in writes if write.value == value]
        assert len(last) == 1, (name, value, [write.value for write in writes])
        after = [write.value for write in writes if write.asked_at > last[0].answered_at]
        assert not after, f"{name} is {value}, and {after} came after that"


async def test_a_thousand_racing_patches_of_different_fields_lose_none(place: Place) -> None:
    provider = a_provider(place.client)
    models = [identity(a_model(place.client, provider, f"raced-{uuid4().hex}")["id"]) for _ in range(5)]
    numbers, history, racer = itertools.count(1), History(), racing(place)
    asked = [(model, name) for model in models for name in FIELDS] * 25 + [(m, name) for m in models for name in ONCE]
    random.Random(20_261_122).shuffle(asked)  # noqa: S311  an order, no secret
    assert len(asked) >= 1000
    async with racer.client:
        await at_once(
            (lambda model=model, name=name: history.write(racer, model, name, str(next(numbers))))  # type: ignore[misc]  # mypy does not infer defaults
            for model, name in asked
        )
    for model in models:
        record = answered(place.native("GET", f"/models/model_{model.hex}"))
        for name, written in (FIELDS | ONCE).items():
            history.check(model, name, written.read(record))
        assert trail(place, model) == Counter({"created": 1, "updated": len(FIELDS) * 25 + len(ONCE)})


def trail(place: Place, entity: UUID) -> Counter[str]:
    """How many change records of each kind the entity has; each follows from the one before."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"entity": str(entity), "limit": 200, "cursor": cursor}
        page = answered(place.native("GET", "/changes", params=query))
        found, cursor = [*found, *page["data"]], page["next_cursor"]
    held: dict[str, Any] = {}
    for change in reversed(found):
        before = change["before"] or {}
        assert {name: held[name] for name in before} == before, "a record tells of what no record before it left"
        held |= change["after"] or {}
    return Counter(change["action"] for change in found)


# If-Match


async def test_of_racing_patches_with_one_if_match_exactly_one_wins(place: Place) -> None:
    provider = a_provider(place.client)
    model = identity(a_model(place.client, provider, f"matched-{uuid4().hex}")["id"])
    racer = racing(place)
    async with racer.client:
        for turn in range(8):
            read = await racer.native("GET", f"/models/model_{model.hex}")
            tag = {"If-Match": read.headers["etag"]}
            replies = await asyncio.gather(*(_renamed(racer, model, f"{turn}.{n}", n, tag) for n in range(15)))
            won = [name for name, reply in replies if reply.status_code == 200]
            lost = Counter(reply.status_code for _, reply in replies if reply.status_code != 200)
            assert (len(won), sum(lost.values()), set(lost) <= {409, 412}) == (1, 14, True), lost
            record = answered(await racer.native("GET", f"/models/model_{model.hex}"))
            assert record["name"] == won[0]


async def _renamed(
    racer: Racer, model: UUID, name: str, number: int, headers: dict[str, str]
) -> tuple[str, httpx.Response]:
    """Renamed through one dialect or another; Cadenya tells a lost race by 409, the others by 412."""
    if number % 3 == 0:
        reply = await racer.everruns(
            "PATCH", f"/models/model_{model.hex}", json={"display_name": name}, headers=headers
        )
        assert reply.status_code in {200, 412}, reply.text
    elif number % 3 == 1:
        body = {"metadata": {"name": name}, "updateMask": "metadata.name"}
        reply = await racer.cadenya("PATCH", f"/models/model_{ulid(model)}", json=body, headers=headers)
        assert reply.status_code in {200, 409}, reply.text
    else:
        reply = await racer.native("PATCH", f"/models/model_{model.hex}", json={"name": name}, headers=headers)
        assert reply.status_code in {200, 412}, reply.text
    return name, reply


# Idempotency-Key


@dataclass(frozen=True, kw_only=True)
class Creation:
    """A request that creates, and how many of its rows there are."""

    send: Callable[[Racer, str, str, dict[str, str]], Awaitable[httpx.Response]]
    count: Callable[[Place, str], int]
    path: Callable[[str], str]


def _models(place: Place, provider: str) -> int:
    total: int = answered(place.everruns("GET", f"/providers/{provider}/models"))["total"]
    return total


def _keys(place: Place, provider: str) -> int:
    return len(answered(place.native("GET", "/keys", params={"label": f"of:{provider}", "limit": 200}))["data"])


CREATIONS: dict[str, Creation] = {
    "everruns": Creation(
        path=lambda provider: f"/providers/{provider}/models",
        send=lambda racer, path, name, headers: racer.everruns(
            "POST", path, json={"model_id": "once", "display_name": name}, headers=headers
        ),
        count=_models,
    ),
    "cadenya": Creation(
        path=lambda provider: f"/ai_provider_keys/aipk_{ulid(identity(provider))}/models",
        send=lambda racer, path, name, headers: racer.cadenya(
            "POST", path, json={"metadata": {"name": name}, "spec": {"providerModelId": "once"}}, headers=headers
        ),
        count=_models,
    ),
    "native": Creation(
        path=lambda provider: provider,
        send=lambda racer, path, name, headers: racer.native(
            "POST", "/keys", json={"name": name, "scopes": [], "labels": {"of": path}}, headers=headers
        ),
        count=_keys,
    ),
}


@pytest.mark.parametrize("creation", CREATIONS.values(), ids=CREATIONS.keys())
async def test_fifty_requests_with_one_idempotency_key_create_one_row(place: Place, creation: Creation) -> None:
    provider = a_provider(place.client)
    path, headers, racer = creation.path(provider), {"Idempotency-Key": f"key {uuid4()}"}, racing(place)
    async with racer.client:
        sent = (creation.send(racer, path, "Once", headers) for _ in range(50))
        replies = await asyncio.gather(*sent)
        other = await creation.send(racer, path, "Other", headers)
    made = [reply for reply in replies if reply.is_success]
    assert made
    assert len({reply.content for reply in made}) == 1
    assert {reply.status_code for reply in replies if not reply.is_success} <= {409}
    assert creation.count(place, provider) == 1
    assert other.status_code == 409, other.text


# A power cut


@dataclass(kw_only=True)
class Counted:
    """A model whose name counts up: what was acknowledged of it, and what was asked last."""

    model: UUID
    acknowledged: int = 0
    asked: int = 0

    async def count_up(self, racer: Racer, answers: asyncio.Semaphore) -> None:
        """Count until the server is gone; each answer is told."""
        with suppress(httpx.TransportError):
            while True:
                self.asked += 1
                body = {"display_name": f"n{self.asked}", "is_favorite": bool(self.asked % 2)}
                answered(await racer.everruns("PATCH", f"/models/model_{self.model.hex}", json=body))
                self.acknowledged = self.asked
                answers.release()

    def check(self, place: Place) -> None:
        """Pass where the server has what it acknowledged, or what it was about to."""
        record = answered(place.native("GET", f"/models/model_{self.model.hex}"))
        held = int(record["name"].removeprefix("n"))
        assert held in {self.acknowledged, self.asked}, (self.acknowledged, self.asked)
        assert record["favourite"] is bool(held % 2)
        trail(place, self.model)
        self.acknowledged = self.asked = held


async def test_what_was_acknowledged_outlives_kill_9(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'armillary.db'}"
    counted: list[Counted] = []
    for kill in range(5):
        with running(tmp_path, url) as server:
            place = _default_place(server)
            counted = counted or _counted(place, 8)
            for one in counted:
                one.check(place)
            await _killed_in_the_midst(server, place, counted, after=40 + 17 * kill)
            place.client.close()
    with running(tmp_path, url) as server:
        place = _default_place(server)
        for one in counted:
            one.check(place)
        place.client.close()


def _default_place(server: Server) -> Place:
    client = server.client()
    return Place(id=identity(answered(client.get("/armillary/v1/whoami"))["workspace"]["id"]), client=client)


def _counted(place: Place, how_many: int) -> list[Counted]:
    provider = a_provider(place.client)
    made = [a_model(place.client, provider, f"m{n}", display_name="n0")["id"] for n in range(how_many)]
    return [Counted(model=identity(one)) for one in made]


async def _killed_in_the_midst(server: Server, place: Place, counted: list[Counted], *, after: int) -> None:
    """Kill the server once so many writes were acknowledged, while more are under way."""
    answers, racer = asyncio.Semaphore(0), racing(place)
    async with racer.client:
        writing = [asyncio.create_task(one.count_up(racer, answers)) for one in counted]
        async with asyncio.timeout(PATIENCE_S):
            for _ in range(after):
                await answers.acquire()
        server.kill()
        await asyncio.gather(*writing)


# A provider that hangs


async def test_a_provider_that_never_answers_holds_nobody_up(new_place: NewPlace) -> None:
    place = new_place()
    asked, over = asyncio.Event(), asyncio.Event()

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await over.wait()
        writer.close()

    hanging = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = hanging.sockets[0].getsockname()[1]
    urls = {"base_url": f"http://127.0.0.1:{port}/v1", "api_key": "made-up"}
    providers = [a_provider(place.client, provider_type="openai_completions", **urls) for _ in range(3)]
    racer = racing(place)
    async with racer.client, asyncio.timeout(PATIENCE_S):
        syncs = [asyncio.create_task(racer.everruns("POST", f"/providers/{each}/sync-models")) for each in providers]
        await asked.wait()
        for _ in range(20):
            replies = await asyncio.gather(
                racer.everruns("GET", "/models"),
                racer.cadenya("GET", "/models", params={"query": uuid4().hex}),
                racer.native("GET", "/models", params={"q": uuid4().hex}),
                racer.everruns("PATCH", f"/providers/{providers[0]}", json={"name": "Renamed meanwhile"}),
            )
            assert [reply.status_code for reply in replies] == [200] * 4
        assert not any(sync.done() for sync in syncs)
        over.set()
        assert {(await sync).status_code for sync in syncs} == {502}
    hanging.close()
    await hanging.wait_closed()
