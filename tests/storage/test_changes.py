from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from armillary.domain.changes import Action, Change, ChangeQuery
from armillary.domain.ids import uuid7
from armillary.storage import changes
from armillary.storage.database import Database, Reading
from armillary.storage.engine import open_database

AT = datetime(2026, 3, 1, tzinfo=UTC)
ACCOUNT, WORKSPACE, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)


def a_change(number: int = 0, *, workspace: UUID | None = WORKSPACE) -> Change:
    at = AT + timedelta(seconds=number)
    return Change(
        id=uuid7(at, number.to_bytes(10, "big")),
        account=ACCOUNT,
        workspace=workspace,
        kind="model",
        entity=UUID(int=10 + number % 3),
        action=Action.UPDATED,
        actor=UUID(int=20 + number % 2),
        dialect="native",
        reason=None,
        request_id="r",
        before={"a": None},
        after={"a": {"b": ["é", 1.5]}},
        at=at,
    )


async def insert(database: Database, *records: Change) -> None:
    async with database.writing() as tx:
        await changes.insert_many(tx, records)


@pytest.mark.parametrize(
    "record",
    [a_change(), replace(a_change(), workspace=None, reason="why", before=None), replace(a_change(), after=None)],
    ids=["updated", "created", "deleted"],
)
async def test_a_record_is_read_as_it_was_written(database: Database, record: Change) -> None:
    async with database.writing() as tx:
        await changes.insert(tx, record)
    async with database.reading() as tx:
        assert await changes.page_with_account(tx, WORKSPACE, ACCOUNT, ChangeQuery()) == [record]


async def test_the_accounts_own_records_are_merged_in_order(database: Database) -> None:
    places = (WORKSPACE, None, OTHER, WORKSPACE, None)
    records = [a_change(number, workspace=place) for number, place in enumerate(places)]
    await insert(database, *records)
    async with database.reading() as tx:
        merged = await changes.page_with_account(tx, WORKSPACE, ACCOUNT, ChangeQuery(limit=3))
        inside = await changes.page(tx, WORKSPACE, ChangeQuery())
    assert merged == [records[4], records[3], records[1]]
    assert inside == [records[3], records[0]]


async def test_every_page_walks_an_index_and_sorts_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    database = await open_database(f"sqlite:///{tmp_path_factory.mktemp('plan') / 'db'}")
    queries = [
        ChangeQuery(),
        ChangeQuery(entity=UUID(int=1)),
        ChangeQuery(actor=UUID(int=1)),
        ChangeQuery(kind="model", since=AT, until=AT, before=UUID(int=1)),
    ]
    async with database.reading() as tx:
        plans = [await plan(tx, query) for query in queries]
    await database.close()
    assert not any("SCAN" in plan or "B-TREE" in plan for plan in plans)


async def plan(tx: Reading, query: ChangeQuery) -> str:
    sql = "EXPLAIN QUERY PLAN " + changes._walk(changes._IN_WORKSPACE, query)  # noqa: SLF001  the plan of what is sent
    rows = await tx.all(sql, workspace=WORKSPACE.hex, **changes._bound(query))  # noqa: SLF001  as above
    return " ".join(row["detail"] for row in rows)
