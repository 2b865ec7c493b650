from __future__ import annotations

import asyncio

from armillary.storage import settings
from armillary.storage.database import Database


async def count(database: Database, name: str) -> int:
    async with database.writing() as tx:
        return await settings.counted(tx, name)


async def read(database: Database, name: str) -> str:
    async with database.reading() as tx:
        return await settings.read(tx, name)


async def test_what_was_never_set_is_empty(database: Database) -> None:
    assert await read(database, "unknown") == ""


async def test_the_last_value_is_kept(database: Database) -> None:
    for value in ("one", "two"):
        async with database.writing() as tx:
            await settings.write(tx, "name", value)
    assert await read(database, "name") == "two"


async def test_beginning_keeps_what_is_there(database: Database) -> None:
    async with database.writing() as tx:
        await settings.write(tx, "name", "kept")
    async with database.writing() as tx:
        await settings.begin(tx, "name")
    assert await read(database, "name") == "kept"


async def test_racing_counters_skip_no_number_and_tell_none_twice(database: Database) -> None:
    counted = await asyncio.gather(*(count(database, "counter") for _ in range(20)))
    assert sorted(counted) == list(range(1, 21))
    assert await count(database, "another") == 1
