"""The substring index knows what was committed, however many writes shared the COMMIT."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from uuid import UUID

import pytest

from armillary.domain.errors import AlreadyExists
from armillary.domain.listings import ModelQuery
from armillary.domain.models import Model
from armillary.storage import listings, models, revisions, search
from armillary.storage.database import Database
from tests.tenancy import START, Tenancy, a_tenancy


@pytest.fixture
def database_kind() -> str:
    """PostgreSQL keeps no such index."""
    return "sqlite"


async def found(tenancy: Tenancy, text: str) -> list[str]:
    async with tenancy.db.reading() as reading:
        query = ModelQuery(text=text, limit=1000)
        return [one.model.name for one in await listings.page(reading, "sqlite", tenancy.owner.workspace, query)]


async def renamed(tenancy: Tenancy, model: Model, name: str) -> None:
    async with tenancy.db.writing() as tx:
        await revisions.raised(tx, model.workspace)
        before = (await models.locked(tx, model.workspace, model.id)).model
        await models.save(tx, before, replace(before, name=name), by=model.created_by, at=START)


async def renamed_and_inserted(tenancy: Tenancy, model: Model, other: Model) -> None:
    async with tenancy.db.writing() as tx:
        await models.save(tx, model, replace(model, name="Quixotic"), by=model.created_by, at=START)
        await models.insert_many(tx, [other], by=model.created_by)


async def a_seeded_model(tenancy: Tenancy) -> Model:
    async with tenancy.db.reading() as reading:
        page = await listings.page(reading, "sqlite", tenancy.owner.workspace, ModelQuery(limit=1))
    return page[0].model


async def test_a_rename_is_found_by_the_new_name_and_not_by_the_old(database: Database) -> None:
    tenancy = await a_tenancy(database)
    model = await a_seeded_model(tenancy)
    await renamed(tenancy, model, "Quixotic")
    assert await found(tenancy, "quixot") == ["Quixotic"]
    assert model.name not in await found(tenancy, model.name)


async def test_renames_that_share_a_commit_are_all_found(database: Database) -> None:
    tenancy = await a_tenancy(database)
    model = await a_seeded_model(tenancy)
    await asyncio.gather(*(renamed(tenancy, model, f"Quixotic {number}") for number in range(20)))
    assert await found(tenancy, "quixotic") == ["Quixotic 19"]


async def test_the_index_holds_no_trace_of_what_is_gone(database: Database, database_url: str) -> None:
    tenancy = await a_tenancy(database)
    model = await a_seeded_model(tenancy)
    await renamed(tenancy, model, "Quixotic")
    async with database.writing() as tx:
        await models.delete_many(tx, [model])
    assert await found(tenancy, "quixotic") == []
    with sqlite3.connect(database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("INSERT INTO models_search (models_search, rank) VALUES ('integrity-check', 1)")
        assert connection.execute("SELECT count(*) FROM models_search_stale").fetchone() == (0,)
    connection.close()


async def test_a_refused_write_leaves_the_index_as_it_was(database: Database) -> None:
    tenancy = await a_tenancy(database)
    model = await a_seeded_model(tenancy)
    other = replace(model, id=UUID(int=7), seq=model.seq + 10_000, name="Quixotic")
    with pytest.raises(AlreadyExists):  # by its upstream name
        await renamed_and_inserted(tenancy, model, other)
    assert await found(tenancy, "quixotic") == []
    assert model.name in await found(tenancy, model.name)


def test_settling_looks_at_no_row_but_the_stale_ones(database_url: str) -> None:
    connection = sqlite3.connect(database_url.removeprefix("sqlite:///"))
    steps = [step for sql in search._SETTLE for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]  # noqa: SLF001  what a commit runs
    connection.close()
    assert {step.split()[1] for step in steps if step.startswith("SCAN")} <= {"stale", "models_search_stale"}
