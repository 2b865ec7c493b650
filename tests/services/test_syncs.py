"""A provider's list of models, asked for over real HTTP and taken over: the contract's rules, and the faults."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from armillary.domain.access import Principal
from armillary.domain.changes import Action, ChangeQuery
from armillary.domain.errors import InvalidRequest, NotFound, PermissionDenied, UpstreamError
from armillary.domain.models import Model, ModelChanges, Source, managed_rule
from armillary.domain.providers import Credential, Provider
from armillary.domain.syncs import SyncResult
from armillary.providers.addresses import Policy
from armillary.providers.guard import Outbound
from armillary.services import defaults, models, providers
from armillary.storage import changes
from armillary.storage.database import Database
from tests.builders import NOON, a_kept_model, a_new_model, a_new_provider, a_principal, a_workspace, an_id
from tests.providers.conftest import Request, Upstream, listening
from tests.tenancy import a_keyring

KEYRING = a_keyring()
KEY = Credential(kind="api_key", members={"api_key": "sk-key"})


class Listed:
    """An upstream's list, which a test changes as it goes."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.status = "200 OK"
        self.released: asyncio.Event | None = None

    async def __call__(self, request: Request) -> None:
        if self.released is not None:
            await self.released.wait()
        await request.reply(json.dumps({"object": "list", "data": self.entries}).encode(), status=self.status)

    def names(self, *names: str) -> None:
        self.entries = [{"id": name} for name in names]


@pytest.fixture
def listed() -> Listed:
    return Listed()


@pytest.fixture
async def upstream(listed: Listed) -> AsyncIterator[Upstream]:
    async with listening(listed, "127.0.0.1", 0) as server:
        yield server


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    way = Outbound(Policy(allow_private=True))
    yield way
    await way.close()


@pytest.fixture
async def caller(database: Database) -> Principal:
    return a_principal(await a_workspace(database))


@pytest.fixture
async def provider(database: Database, caller: Principal, upstream: Upstream) -> Provider:
    new = a_new_provider(driver="openai_compatible", base_url=f"{upstream.url}/v1", credential=KEY)
    return await providers.create(database, KEYRING, caller, new, at=NOON)


class Syncing:
    """One provider's syncs, each a minute after the other."""

    def __init__(self, db: Database, outbound: Outbound, caller: Principal, provider: Provider) -> None:
        self.db, self.outbound, self.caller, self.provider = db, outbound, caller, provider
        self.now = NOON

    async def __call__(self, *, at: datetime | None = None) -> SyncResult:
        self.now += timedelta(minutes=1)
        return await providers.sync(self.db, KEYRING, self.outbound, self.caller, self.provider.id, at=at or self.now)

    async def models(self) -> dict[str | None, Model]:
        shown = await models.listing(self.db, self.caller, provider=self.provider.id)
        return {one.model.upstream_name: one.model for one in shown.items}

    async def stale(self) -> list[str | None]:
        everything = await models.listing(self.db, self.caller)
        fresh = await models.listing(self.db, self.caller, include_stale=False)
        stale = [one.model.upstream_name for one in everything.items if one.stale]
        assert len(fresh.items) == len(everything.items) - len(stale)
        return stale


@pytest.fixture
def sync(database: Database, outbound: Outbound, caller: Principal, provider: Provider) -> Syncing:
    return Syncing(database, outbound, caller, provider)


@pytest.fixture
async def settled(database: Database, caller: Principal, provider: Provider) -> None:
    """The workspace has an enabled chat model, so that no sync enables any."""
    await a_kept_model(database, provider, upstream_name="settled", enabled=True)


async def test_new_names_become_disabled_models(
    sync: Syncing, listed: Listed, settled: None, upstream: Upstream
) -> None:
    listed.names("gpt-4.1", "house-model")
    assert await sync() == SyncResult(created=2)
    held = await sync.models()
    assert (held["gpt-4.1"].name, held["gpt-4.1"].vendor, held["gpt-4.1"].source) == (
        "GPT-4.1",
        "openai",
        Source.DISCOVERED,
    )
    assert (held["house-model"].name, held["house-model"].enabled) == ("house-model", False)
    assert upstream.requests[0].headers["authorization"] == "Bearer sk-key"
    after = await providers.read(sync.db, sync.caller, sync.provider.id)
    assert after.last_synced_at == sync.now
    assert after.updated_at == sync.provider.updated_at


async def test_a_second_sync_changes_nothing(sync: Syncing, listed: Listed, settled: None) -> None:
    listed.names("a", "b")
    await sync()
    before = await sync.models()
    assert await sync() == SyncResult(updated=2)
    after = await sync.models()
    for name in ("a", "b"):
        assert replace(after[name], last_seen_at=before[name].last_seen_at) == before[name]


async def test_what_is_listed_no_more_goes_stale_and_comes_back(sync: Syncing, listed: Listed, settled: None) -> None:
    listed.names("a", "b")
    await sync()
    listed.names("b", "c")
    assert await sync() == SyncResult(created=1, updated=1, stale=1)
    assert await sync.stale() == ["a"]
    listed.names("a", "b", "c")
    assert await sync() == SyncResult(updated=3)
    assert await sync.stale() == []


async def test_hand_edits_survive_and_the_rest_is_refreshed(sync: Syncing, listed: Listed, settled: None) -> None:
    listed.entries = [{"id": "a", "name": "Theirs", "context_length": 1000}]
    await sync()
    held = (await sync.models())["a"]
    edit = ModelChanges(name="Ours", enabled=True, favourite=True)
    await models.update(sync.db, sync.caller, held.id, edit, guard=managed_rule, at=sync.now)
    listed.entries = [{"id": "a", "name": "Theirs, renamed", "context_length": 2000}]
    await sync()
    after = (await sync.models())["a"]
    assert (after.name, after.enabled, after.favourite, after.context_tokens) == ("Ours", True, True, 2000)
    assert after.source is Source.DISCOVERED


async def test_manual_models_are_seen_and_left_as_they_are(sync: Syncing, listed: Listed, settled: None) -> None:
    made = await models.create(sync.db, sync.caller, sync.provider.id, a_new_model(upstream_name="a"), at=NOON)
    listed.entries = [{"id": "a", "name": "Theirs", "context_length": 5}]
    assert await sync() == SyncResult(updated=1)
    after = (await sync.models())["a"]
    assert replace(after, last_seen_at=None) == made.model
    assert after.last_seen_at == sync.now


async def test_external_ids_do_not_collide(sync: Syncing, listed: Listed, settled: None) -> None:
    listed.names("a.b", "a-b")
    await sync()
    held = await sync.models()
    assert held["a.b"].external_id != held["a-b"].external_id


async def test_the_first_credential_makes_a_workspace_usable(sync: Syncing, listed: Listed) -> None:
    tools = ["tools", "temperature"]
    listed.entries = [
        {"id": f"m-{number}", "supported_parameters": tools, "created": 1_750_000_000 + number * 86_400}
        for number in range(10)
    ]
    listed.entries.append({"id": "text-embedding-3-small"})
    await sync()
    held = await sync.models()
    assert {name for name, model in held.items() if model.enabled} == {f"m-{number}" for number in range(2, 10)}
    assert {name for name, model in held.items() if model.favourite} == {"m-9", "m-8", "m-7"}
    default = await defaults.current(sync.db, sync.caller)
    assert default is not None
    assert default.model.favourite


async def test_only_the_first_sync_enables_anything(sync: Syncing, listed: Listed) -> None:
    listed.entries = [{"id": "m", "supported_parameters": ["tools"]}]
    await sync()
    await models.switch(sync.db, sync.caller, (await sync.models())["m"].id, False, at=sync.now)
    await sync()
    assert not (await sync.models())["m"].enabled


async def test_a_sync_leaves_its_records(sync: Syncing, listed: Listed, settled: None) -> None:
    listed.names("a")
    await sync()
    async with sync.db.reading() as reading:
        told = await changes.page(reading, sync.caller.workspace, ChangeQuery(limit=10))
    found = {(one.kind, one.action) for one in told}
    assert {("model", Action.CREATED), ("provider", Action.UPDATED)} <= found


async def test_a_driver_without_a_list_is_no_failure(database: Database, outbound: Outbound, caller: Principal) -> None:
    simulated = await providers.create(database, KEYRING, caller, a_new_provider(driver="llmsim"), at=NOON)
    told = await providers.sync(database, KEYRING, outbound, caller, simulated.id, at=NOON)
    assert told == SyncResult(supported=False)


@pytest.mark.parametrize("status", ["401 Unauthorized", "500 Oops", "200 OK"])
async def test_a_failure_changes_nothing(sync: Syncing, listed: Listed, settled: None, status: str) -> None:
    listed.names("a")
    await sync()
    before = await sync.models()
    listed.status, listed.entries = status, [{"no": "name"}]
    with pytest.raises(UpstreamError) as refused:
        await sync()
    assert "sk-key" not in str(refused.value)
    assert await sync.models() == before
    assert await sync.stale() == []


async def test_reads_do_not_feel_a_slow_provider(sync: Syncing, listed: Listed, settled: None) -> None:
    """While the provider keeps silent, others read and write the very models that are being synced."""
    listed.names("a")
    await sync()
    held, listed.released = (await sync.models())["a"], asyncio.Event()
    waiting = asyncio.create_task(sync())
    await models.update(sync.db, sync.caller, held.id, ModelChanges(name="Meanwhile"), guard=managed_rule, at=sync.now)
    assert (await models.read(sync.db, sync.caller, held.id)).model.name == "Meanwhile"
    assert not waiting.done()
    listed.released.set()
    assert await waiting == SyncResult(updated=1)
    assert (await sync.models())["a"].name == "Meanwhile"


async def test_syncs_that_overtake_each_other_leave_nothing_stale(sync: Syncing, listed: Listed, settled: None) -> None:
    listed.names("a")
    await sync(at=NOON + timedelta(hours=2))
    await sync(at=NOON + timedelta(hours=1))
    assert await sync.stale() == []


async def test_racing_syncs_make_each_model_once(sync: Syncing, listed: Listed, settled: None) -> None:
    listed.names(*(f"m-{number}" for number in range(50)))
    results = await asyncio.gather(*(sync() for _ in range(4)))
    assert sum(one.created for one in results) == 50
    assert len(await sync.models()) == 51


async def test_a_provider_that_is_gone_meanwhile_is_not_found(sync: Syncing, listed: Listed) -> None:
    listed.released = asyncio.Event()
    waiting = asyncio.create_task(sync())
    await providers.delete(sync.db, sync.caller, sync.provider.id, at=sync.now)
    listed.released.set()
    with pytest.raises(NotFound):
        await waiting


async def test_who_may_not_sync(sync: Syncing, listed: Listed) -> None:
    viewer = replace(sync.caller, scopes=frozenset({"models:read"}))
    with pytest.raises(PermissionDenied):
        await providers.sync(sync.db, KEYRING, sync.outbound, viewer, sync.provider.id, at=NOON)
    with pytest.raises(NotFound):
        await providers.sync(sync.db, KEYRING, sync.outbound, sync.caller, an_id(), at=NOON)
    stranger = a_principal(await a_workspace(sync.db))
    with pytest.raises(NotFound):
        await providers.sync(sync.db, KEYRING, sync.outbound, stranger, sync.provider.id, at=NOON)


async def test_private_addresses_stay_closed(database: Database, caller: Principal, provider: Provider) -> None:
    async with _way(Policy()) as guarded:
        with pytest.raises(InvalidRequest) as refused:
            await providers.sync(database, KEYRING, guarded, caller, provider.id, at=NOON)
    assert refused.value.field == "base_url"


@asynccontextmanager
async def _way(policy: Policy) -> AsyncIterator[Outbound]:
    way = Outbound(policy)
    try:
        yield way
    finally:
        await way.close()
