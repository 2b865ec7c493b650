"""The counters that tell whether anything changed."""

from __future__ import annotations

import asyncio

import pytest

from armillary.domain.errors import NotFound
from armillary.storage import revisions
from armillary.storage.database import Database
from tests.builders import a_workspace, an_id


async def test_a_write_is_counted_and_announced_once_it_is_kept(database: Database) -> None:
    workspace = await a_workspace(database)
    heard: list[str | None] = []
    database.listen(heard.append)
    async with database.writing() as tx:
        assert await revisions.raised(tx, workspace.id) == 1
        assert await revisions.account_raised(tx, workspace.account) == 1
        assert f"workspace:{workspace.id.hex}:1" not in heard
    async with database.reading() as reading:
        assert await revisions.current(reading, workspace.id) == (1, 1)
    assert {f"workspace:{workspace.id.hex}:1", f"account:{workspace.account.hex}:1"} <= set(heard)


async def test_a_write_that_fails_is_not_counted(database: Database) -> None:
    workspace = await a_workspace(database)

    async def fail() -> None:
        async with database.writing() as tx:
            await revisions.raised(tx, workspace.id)
            raise NotFound("model")

    with pytest.raises(NotFound):
        await fail()
    async with database.reading() as reading:
        assert await revisions.current(reading, workspace.id) == (0, 0)


async def test_racing_writes_are_all_counted(database: Database) -> None:
    workspace = await a_workspace(database)

    async def write() -> int:
        async with database.writing() as tx:
            return await revisions.raised(tx, workspace.id)

    assert sorted(await asyncio.gather(*(write() for _ in range(40)))) == list(range(1, 41))


async def test_nobody_counts_for_what_is_not_there(database: Database) -> None:
    for count in (revisions.raised, revisions.account_raised):
        with pytest.raises(NotFound):
            async with database.writing() as tx:
                await count(tx, an_id())
    async with database.reading() as reading:
        with pytest.raises(NotFound):
            await revisions.current(reading, an_id())
