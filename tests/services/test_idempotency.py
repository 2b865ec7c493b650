from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from armillary.domain.access import Idempotency, Principal
from armillary.domain.errors import AlreadyExists, Conflict
from armillary.services import idempotency, records
from armillary.services.idempotency import Answer
from armillary.services.ids import new_id
from tests.tenancy import START, Tenancy

ASKED = Idempotency(key="one", digest="d1")
DAY = timedelta(hours=24)


async def create(tenancy: Tenancy, asked: Idempotency = ASKED, caller: Principal | None = None) -> None:
    caller = replace(caller or tenancy.owner, idempotency=asked)
    async with tenancy.db.writing() as tx:
        await records.created(tx, caller, "thing", new_id(START), {}, at=START)


async def answer(tenancy: Tenancy, body: bytes = b'{"a":1}') -> None:
    headers = {"location": "/x"}
    await idempotency.remember(tenancy.db, tenancy.owner, ASKED, status=201, body=body, headers=headers)


async def find(tenancy: Tenancy, asked: Idempotency = ASKED, *, after: timedelta = timedelta(0)) -> Answer | None:
    return await idempotency.find(tenancy.db, tenancy.owner, asked, at=START + after)


async def count(tenancy: Tenancy, table: str) -> int:
    async with tenancy.db.reading() as tx:
        row = await tx.first(f"SELECT count(*) AS n FROM {table}")
    assert row is not None
    return int(row["n"])


async def test_a_new_key_has_no_answer(tenancy: Tenancy) -> None:
    assert await find(tenancy) is None


async def test_the_first_answer_is_given_again(tenancy: Tenancy) -> None:
    await create(tenancy)
    await answer(tenancy, b"\x00\xff bytes")
    assert await find(tenancy) == Answer(status=201, headers={"location": "/x"}, body=b"\x00\xff bytes")


async def test_another_request_with_the_key_is_refused(tenancy: Tenancy) -> None:
    await create(tenancy)
    with pytest.raises(Conflict) as refusal:
        await find(tenancy, replace(ASKED, digest="d2"))
    assert refusal.value.state == "idempotency_mismatch"


async def test_a_request_without_its_answer_is_pending(tenancy: Tenancy) -> None:
    await create(tenancy)
    with pytest.raises(Conflict) as refusal:
        await find(tenancy)
    assert refusal.value.state == "idempotency_pending"


async def test_of_racing_requests_one_creates(tenancy: Tenancy) -> None:
    ended = await asyncio.gather(*(create(tenancy) for _ in range(5)), return_exceptions=True)
    assert [type(each) for each in ended if each is not None] == [AlreadyExists] * 4
    assert await count(tenancy, "changes WHERE kind = 'thing'") == 1


async def test_a_key_guards_a_request_for_a_day(tenancy: Tenancy) -> None:
    await create(tenancy)
    await answer(tenancy)
    assert await find(tenancy, after=DAY - timedelta(microseconds=1)) is not None
    assert await find(tenancy, after=DAY) is None


async def test_an_expired_key_may_be_used_again(tenancy: Tenancy) -> None:
    await create(tenancy)
    await answer(tenancy)
    caller = replace(tenancy.owner, idempotency=replace(ASKED, digest="d2"))
    async with tenancy.db.writing() as tx:
        await records.created(tx, caller, "thing", new_id(START), {}, at=START + DAY)
    with pytest.raises(Conflict):
        await find(tenancy, replace(ASKED, digest="d2"), after=DAY)


async def test_each_profile_has_its_own_keys(tenancy: Tenancy) -> None:
    other = await tenancy.a_caller()
    await create(tenancy)
    await create(tenancy, caller=other)
    assert await count(tenancy, "idempotency") == 2


async def test_an_answer_once_given_stays(tenancy: Tenancy) -> None:
    await create(tenancy)
    await answer(tenancy, b"first")
    await answer(tenancy, b"second")
    found = await find(tenancy)
    assert found is not None
    assert found.body == b"first"


async def test_what_claimed_nothing_is_not_remembered(tenancy: Tenancy) -> None:
    await answer(tenancy)
    assert await find(tenancy) is None


async def test_a_request_that_failed_may_be_repeated(tenancy: Tenancy) -> None:
    async def fail() -> None:
        async with tenancy.db.writing() as tx:
            await records.claimed(tx, replace(tenancy.owner, idempotency=ASKED), at=START)
            raise Conflict("failed", "after the claim")

    with pytest.raises(Conflict, match="after the claim"):
        await fail()
    await create(tenancy)


async def test_expired_claims_are_forgotten_little_by_little(tenancy: Tenancy) -> None:
    expired = START - DAY - timedelta(1)
    async with tenancy.db.writing() as tx:
        for number in range(150):
            claim = Idempotency(key=f"old {number}", digest="d")
            await records.claimed(tx, replace(tenancy.owner, idempotency=claim), at=expired)
    await create(tenancy)
    await answer(tenancy)
    assert await count(tenancy, "idempotency") == 51
