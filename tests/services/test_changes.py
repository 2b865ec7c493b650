from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armillary.domain.access import EVERYTHING, Principal, Role
from armillary.domain.accounts import DEFAULT_WORKSPACE, ApiKeyChanges
from armillary.domain.changes import Action, Change, ChangeQuery, difference
from armillary.domain.errors import Conflict, PermissionDenied
from armillary.services import api_keys, changes, records
from armillary.services.ids import new_id
from tests.tenancy import START, Tenancy

DOCUMENTS = st.dictionaries(st.sampled_from("abc"), st.none() | st.integers(0, 2), max_size=3)


async def page(tenancy: Tenancy, caller: Principal | None = None, **stated: Any) -> list[Change]:
    query = ChangeQuery(**{"kind": "thing", **stated})
    return await changes.page(tenancy.db, caller or tenancy.owner, query)


async def write(tenancy: Tenancy, caller: Principal | None = None, *, kind: str = "thing") -> UUID:
    at = tenancy.tick()
    entity = new_id(at)
    async with tenancy.db.writing() as tx:
        await records.created(tx, caller or tenancy.owner, kind, entity, {"n": 1}, at=at)
    return entity


async def test_a_record_tells_who_when_how_and_why(tenancy: Tenancy) -> None:
    grant = await tenancy.gate.admit(tenancy.token)
    caller = grant.enter(DEFAULT_WORKSPACE, dialect="everruns", reason="because", request_id="req_7")
    entity, at = new_id(START), tenancy.tick()
    async with tenancy.db.writing() as tx:
        await records.updated(tx, caller, "thing", entity, {"a": 1, "b": [1]}, {"a": 1, "b": [2]}, at=at)
    (found,) = await page(tenancy)
    assert found == Change(
        id=found.id,
        account=caller.account,
        workspace=DEFAULT_WORKSPACE,
        kind="thing",
        entity=entity,
        action=Action.UPDATED,
        actor=caller.profile,
        dialect="everruns",
        reason="because",
        request_id="req_7",
        before={"b": [1]},
        after={"b": [2]},
        at=at,
    )


@given(DOCUMENTS, DOCUMENTS)
def test_a_difference_leads_from_one_to_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    was, became = difference(before, after)
    assert was.keys() == became.keys()
    assert all(was[name] != became[name] for name in was)
    said = {name: value for name, value in {**before, **became}.items() if value is not None}
    assert said == {name: value for name, value in after.items() if value is not None}


async def test_a_write_that_fails_leaves_no_record(tenancy: Tenancy) -> None:
    async def fail() -> None:
        async with tenancy.db.writing() as tx:
            await records.created(tx, tenancy.owner, "thing", new_id(START), {}, at=START)
            raise Conflict("failed", "after the record")

    with pytest.raises(Conflict):
        await fail()
    assert await page(tenancy) == []


async def test_many_records_are_kept_at_once(tenancy: Tenancy) -> None:
    caller, at = tenancy.owner, tenancy.tick()
    ids = [new_id(at) for _ in range(3)]
    drawn = [
        records.creation(caller, "thing", ids[0], {"a": 1}, at=at),
        records.alteration(caller, "thing", ids[1], {"a": 1}, {"a": 2}, at=at),
        records.deletion(caller, "thing", ids[2], {"a": 1}, at=at),
    ]
    async with tenancy.db.writing() as tx:
        await records.many(tx, drawn)
    assert await page(tenancy) == drawn[::-1]


async def test_reading_the_trail_needs_its_scope(tenancy: Tenancy) -> None:
    with pytest.raises(PermissionDenied) as refusal:
        await page(tenancy, await tenancy.a_caller(scopes=("models:read",)))
    assert refusal.value.scope == "changes:read"


async def test_a_workspaces_trail_stays_within_it(tenancy: Tenancy) -> None:
    second = await tenancy.a_workspace()
    here = await write(tenancy)
    there = await write(tenancy, await tenancy.enter(tenancy.token, second.id))
    assert [change.entity for change in await page(tenancy)] == [here]
    assert [change.entity for change in await page(tenancy, await tenancy.enter(tenancy.token, second.id))] == [there]


async def test_owners_alone_read_of_the_account(tenancy: Tenancy) -> None:
    await tenancy.a_key()
    admin = await tenancy.a_caller(scopes=(EVERYTHING,), role=Role.ADMIN)
    inside = await write(tenancy)
    assert {change.kind for change in await page(tenancy, kind="", limit=1000)} > {"account", "api_key", "thing"}
    seen = await page(tenancy, admin, kind="", limit=1000)
    assert inside in {change.entity for change in seen}
    assert {change.workspace for change in seen} == {DEFAULT_WORKSPACE}


async def test_records_are_filtered(tenancy: Tenancy) -> None:
    other = await tenancy.a_caller(scopes=(EVERYTHING,))
    first, second = await write(tenancy), await write(tenancy, other)
    begun, ended = (change.at for change in reversed(await page(tenancy)))
    assert [change.entity for change in await page(tenancy, entity=first)] == [first]
    assert [change.entity for change in await page(tenancy, actor=other.profile)] == [second]
    assert await page(tenancy, action=Action.DELETED) == []
    assert [change.entity for change in await page(tenancy, since=ended)] == [second]
    assert [change.entity for change in await page(tenancy, until=ended)] == [first]
    assert await page(tenancy, since=begun, until=begun) == []
    assert len(await page(tenancy, since=datetime(816, 1, 1, tzinfo=UTC))) >= 2
    assert len(await page(tenancy, since=begun, until=ended + timedelta(microseconds=1))) == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=10)
@given(limit=st.integers(1, 9))
async def test_pages_together_are_the_whole_trail(tenancy: Tenancy, limit: int) -> None:
    await write(tenancy)
    await tenancy.a_key()
    whole = await page(tenancy, kind="", limit=1000)
    walked: list[Change] = []
    while found := await page(tenancy, kind="", limit=limit, before=walked[-1].id if walked else None):
        walked += found
    assert walked == whole
    assert [change.id for change in whole] == sorted((change.id for change in whole), reverse=True)


async def test_a_write_that_began_before_the_one_it_waited_for_follows_it(tenancy: Tenancy) -> None:
    key, _ = await tenancy.a_key(name="first")
    early, late = tenancy.tick(), tenancy.tick()
    await api_keys.update(tenancy.db, tenancy.owner, key.id, ApiKeyChanges(name="second"), at=late)
    after = await api_keys.update(tenancy.db, tenancy.owner, key.id, ApiKeyChanges(name="third"), at=early)
    found = await page(tenancy, kind="api_key", entity=key.id)
    assert [change.after and change.after["name"] for change in found] == ["third", "second", "first"]
    assert after.updated_at == found[0].at > late
