"""What the port promises, on both engines."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest

from armillary.domain.errors import InvalidRequest, Unavailable
from armillary.storage.database import Database, UniqueViolated, Value, Writing
from armillary.storage.engine import open_database

TABLES = """
CREATE TABLE shelves (id TEXT PRIMARY KEY, room TEXT NOT NULL, code TEXT NOT NULL, UNIQUE (room, code));
CREATE TABLE notes (id TEXT PRIMARY KEY, shelf TEXT REFERENCES shelves (id), n BIGINT NOT NULL DEFAULT 0, body TEXT);
CREATE UNIQUE INDEX notes__body ON notes (lower(body));
"""


@pytest.fixture
async def notes(empty_database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with tables of these tests' own."""
    folder = tmp_path / "migrations"
    for kind in ("sqlite", "postgresql"):
        (folder / kind).mkdir(parents=True)
        (folder / kind / "0001_notes.sql").write_text(TABLES)
    database = await open_database(empty_database_url, folder=folder)
    yield database
    await database.close()


async def insert(database: Database, *ids: str) -> None:
    async with database.writing() as tx:
        for each in ids:
            await tx.run("INSERT INTO notes (id) VALUES (:id)", id=each)


async def count(database: Database) -> int:
    async with database.reading() as view:
        row = await view.first("SELECT count(*) AS n FROM notes")
    assert row is not None
    number: int = row["n"]
    return number


async def ids(database: Database) -> set[str]:
    async with database.reading() as view:
        return {row["id"] for row in await view.all("SELECT id FROM notes")}


class Interruption(Exception):
    """What a block raises of itself."""


# What reading gives


async def test_first_is_none_where_there_is_no_row(notes: Database) -> None:
    async with notes.reading() as view:
        assert await view.first("SELECT * FROM notes WHERE id = :id", id="absent") is None


async def test_a_row_is_a_mapping_by_column(notes: Database) -> None:
    await insert(notes, "a")
    async with notes.reading() as view:
        row = await view.first("SELECT * FROM notes WHERE id = :id", id="a")
    assert row == {"id": "a", "shelf": None, "n": 0, "body": None}
    assert isinstance(row, Mapping)


async def test_all_keeps_the_order(notes: Database) -> None:
    await insert(notes, "b", "a", "c")
    async with notes.reading() as view:
        rows = await view.all("SELECT id FROM notes ORDER BY id DESC")
    assert rows == [{"id": "c"}, {"id": "b"}, {"id": "a"}]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("n", 2**63 - 1, id="largest"),
        pytest.param("n", -(2**63), id="smallest"),
        pytest.param("n", True, id="flag"),
        pytest.param("body", None, id="null"),
        pytest.param("body", "50% of :this 'and' \"that\" {for_update} ✓", id="text"),
        pytest.param("body", "", id="empty"),
    ],
)
async def test_a_value_comes_back_as_it_was_bound(notes: Database, column: str, value: Value) -> None:
    async with notes.writing() as tx:
        await tx.run(f"INSERT INTO notes (id, {column}) VALUES ('a', :value)", value=value)
    async with notes.reading() as view:
        assert await view.first(f"SELECT {column} AS value FROM notes") == {"value": value}


async def test_only_names_outside_of_quotes_and_comments_are_bound(notes: Database) -> None:
    sql = """SELECT ':a' AS "x:b", '5%' || CAST(:c AS TEXT) AS y, 7 % 4 AS z -- :d 10%
             /* :e 'f */ WHERE 'it''s :g' = 'it''s :g'"""
    async with notes.reading() as view:
        assert await view.first(sql, c="!") == {"x:b": ":a", "y": "5%!", "z": 3}


async def test_a_stream_gives_every_row_in_bounded_pieces(notes: Database) -> None:
    await insert(notes, *(f"{i:04}" for i in range(1234)))
    async with notes.reading() as view:
        pieces = [piece async for piece in view.stream("SELECT id FROM notes WHERE n = :n ORDER BY id", n=0)]
    assert [len(piece) for piece in pieces] == [500, 500, 234]
    assert [row["id"] for piece in pieces for row in piece] == [f"{i:04}" for i in range(1234)]


async def test_others_write_while_a_stream_is_read(notes: Database) -> None:
    await insert(notes, *(f"{i:04}" for i in range(1100)))
    seen = 0
    async with notes.reading() as view:
        async for piece in view.stream("SELECT id FROM notes"):
            await insert(notes, f"meanwhile {seen}")
            seen += len(piece)
    assert (seen, await count(notes)) == (1100, 1103)


async def test_an_abandoned_stream_leaves_nothing_behind(notes: Database) -> None:
    await insert(notes, *(f"{i:04}" for i in range(1100)))
    for extra in range(20):
        async with notes.reading() as view:
            async for _ in view.stream("SELECT id FROM notes"):
                break
        await insert(notes, f"extra {extra}")
        assert await count(notes) == 1101 + extra


async def test_a_writing_transaction_streams_what_it_wrote(notes: Database) -> None:
    async with notes.writing() as tx:
        await tx.run_many("INSERT INTO notes (id) VALUES (:id)", [{"id": str(i)} for i in range(700)])
        sizes = [len(piece) async for piece in tx.stream("SELECT id FROM notes")]
    assert sizes == [500, 200]


async def test_all_statements_of_a_view_see_the_same_commits(notes: Database) -> None:
    async with notes.reading() as view:
        before = await view.first("SELECT count(*) AS n FROM notes")
        await insert(notes, "a")
        after = await view.first("SELECT count(*) AS n FROM notes")
    assert before == after == {"n": 0}
    assert await count(notes) == 1


async def test_a_view_cannot_write(notes: Database) -> None:
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.ReadOnlySqlTransaction, Unavailable)):
        async with notes.reading() as view:
            await view.first("INSERT INTO notes (id) VALUES ('a') RETURNING id")
    assert await count(notes) == 0


async def test_a_transaction_that_has_ended_answers_nothing(notes: Database) -> None:
    async with notes.reading() as view:
        pass
    async with notes.writing() as tx:
        pass
    for ended in (view, tx):
        with pytest.raises(RuntimeError, match="has ended"):
            await ended.first("SELECT 1 AS one")


# What writing keeps


async def test_what_a_block_wrote_is_kept(notes: Database) -> None:
    async with notes.writing() as tx:
        await tx.run("INSERT INTO notes (id) VALUES (:id)", id="a")
    assert await ids(notes) == {"a"}


async def test_a_block_that_raises_keeps_nothing(notes: Database) -> None:
    async def write() -> None:
        async with notes.writing() as tx:
            await tx.run("INSERT INTO notes (id) VALUES (:id)", id="a")
            raise Interruption

    with pytest.raises(Interruption):
        await write()
    assert await ids(notes) == set()


async def test_only_the_writer_sees_what_is_not_committed(notes: Database) -> None:
    async with notes.writing() as tx:
        await tx.run("INSERT INTO notes (id) VALUES (:id)", id="a")
        assert await tx.first("SELECT id FROM notes") == {"id": "a"}
        assert await count(notes) == 0
    assert await count(notes) == 1


async def test_run_tells_how_many_rows_it_touched(notes: Database) -> None:
    await insert(notes, "a", "b", "c")
    async with notes.writing() as tx:
        assert await tx.run("UPDATE notes SET n = 1 WHERE id <> :id", id="b") == 2
        assert await tx.run("DELETE FROM notes WHERE id = :id", id="absent") == 0


async def test_first_takes_what_a_write_returns(notes: Database) -> None:
    async with notes.writing() as tx:
        returned = await tx.first("INSERT INTO notes (id) VALUES (:id) RETURNING id, n", id="a")
        assert await tx.first("UPDATE notes SET n = 1") is None
        assert await tx.all("UPDATE notes SET n = 2") == []
    assert returned == {"id": "a", "n": 0}


async def test_run_many_runs_for_each_row_and_others_read_meanwhile(notes: Database) -> None:
    rows: list[dict[str, Value]] = [{"id": f"{i:05}", "n": i} for i in range(5000)]
    async with notes.writing() as tx:
        writing = asyncio.ensure_future(tx.run_many("INSERT INTO notes (id, n) VALUES (:id, :n)", rows))
        reads = 0
        while not writing.done():
            assert await count(notes) == 0
            reads += 1
            await asyncio.sleep(0)
    assert reads > 3
    async with notes.reading() as view:
        assert await view.first("SELECT count(*) AS n, sum(n) AS total FROM notes") == {"n": 5000, "total": 12497500}


async def test_run_many_of_nothing_does_nothing(notes: Database) -> None:
    async with notes.writing() as tx:
        await tx.run_many("INSERT INTO notes (id) VALUES (:id)", [])
    assert await count(notes) == 0


async def test_locked_rows_lose_no_update(notes: Database) -> None:
    await insert(notes, "a")

    async def increment() -> None:
        async with notes.writing() as tx:
            row = await tx.first("SELECT n FROM notes WHERE id = :id {for_update}", id="a")
            assert row is not None
            await asyncio.sleep(0)
            await tx.run("UPDATE notes SET n = :n WHERE id = :id", id="a", n=row["n"] + 1)

    await asyncio.gather(*(increment() for _ in range(100)))
    async with notes.reading() as view:
        assert await view.first("SELECT n FROM notes") == {"n": 100}


# What is refused


async def twice(tx: Writing, sql: str) -> None:
    await tx.run(sql, id="1")
    await tx.run(sql, id="2")


@pytest.mark.parametrize(
    ("provoke", "table", "columns"),
    [
        pytest.param(
            lambda tx: tx.run_many("INSERT INTO notes (id) VALUES (:id)", [{"id": "a"}, {"id": "a"}]),
            "notes",
            ("id",),
            id="primary-key",
        ),
        pytest.param(
            lambda tx: twice(tx, "INSERT INTO shelves (id, room, code) VALUES (:id, 'r', 'c')"),
            "shelves",
            ("room", "code"),
            id="constraint",
        ),
        pytest.param(
            lambda tx: twice(tx, "INSERT INTO notes (id, body) VALUES (:id, 'Same')"),
            "notes",
            ("body",),
            id="expression",
        ),
    ],
)
async def test_a_unique_constraint_names_its_columns(
    notes: Database, provoke: Callable[[Writing], Awaitable[Any]], table: str, columns: tuple[str, ...]
) -> None:
    with pytest.raises(UniqueViolated) as refused:
        async with notes.writing() as tx:
            await provoke(tx)
    assert (refused.value.table, refused.value.columns) == (table, columns)
    assert await count(notes) == 0


async def test_a_missing_parent_is_a_mistake_of_ours(notes: Database) -> None:
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.ForeignKeyViolation)):
        async with notes.writing() as tx:
            await tx.run("INSERT INTO notes (id, shelf) VALUES ('a', 'absent')")


async def test_a_refused_statement_costs_its_transaction(notes: Database) -> None:
    await insert(notes, "taken")

    async def write() -> None:
        async with notes.writing() as tx:
            await tx.run("INSERT INTO notes (id) VALUES ('b')")
            with pytest.raises(UniqueViolated):
                await tx.run("INSERT INTO notes (id) VALUES ('taken')")
            with pytest.raises(RuntimeError, match="was refused a statement"):
                await tx.run("INSERT INTO notes (id) VALUES ('c')")

    with pytest.raises(UniqueViolated):
        await write()
    assert await ids(notes) == {"taken"}


@pytest.mark.parametrize("url", ["mysql://root:secret@host/db", "sqlite://", "sqlite:///", "sqlite:///:memory:", ""])
async def test_a_url_that_names_no_database_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InvalidRequest, match="must be sqlite:///") as refused:
        await open_database(url)
    assert refused.value.field == "database_url"
    assert "secret" not in str(refused.value)


async def test_a_sqlite_database_costs_no_import_of_psycopg(tmp_path: Path) -> None:
    script = """
import asyncio, sys
from armillary.storage.engine import open_database
async def main():
    await (await open_database(sys.argv[1])).close()
asyncio.run(main())
print([name for name in sys.modules if name.startswith("psycopg")])
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, f"sqlite:///{tmp_path}/rows.db", stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert out == b"[]\n"


# What is announced


async def test_an_announcement_is_heard_before_the_block_ends(notes: Database) -> None:
    heard: list[str | None] = []
    notes.listen(heard.append)
    async with notes.writing() as tx:
        tx.announce("first")
        tx.announce("second")
        tx.announce("first")
        assert heard == []
    assert heard == ["first", "second"]


async def test_what_was_not_kept_is_not_announced(notes: Database) -> None:
    heard: list[str | None] = []
    notes.listen(heard.append)

    async def write() -> None:
        async with notes.writing() as tx:
            tx.announce("lost")
            raise Interruption

    with pytest.raises(Interruption):
        await write()
    await insert(notes, "a")
    assert heard == []


async def test_a_listener_that_fails_hurts_nobody_else(notes: Database) -> None:
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))

    def fail(_: str | None) -> None:
        raise Interruption

    heard: list[str | None] = []
    notes.listen(fail)
    notes.listen(heard.append)
    async with notes.writing() as tx:
        tx.announce("topic")
    assert heard == ["topic"]
    assert [type(error) for error in reported] == [Interruption]


@pytest.mark.parametrize("topic", ["", "x" * 7901, "é" * 3951])
async def test_a_topic_that_no_engine_could_carry_is_refused(notes: Database, topic: str) -> None:
    async with notes.writing() as tx:
        with pytest.raises(ValueError, match="a topic has"):
            tx.announce(topic)


async def test_own_commits_leave_the_epoch_alone(notes: Database) -> None:
    before = notes.epoch()

    async def write() -> None:
        async with notes.writing() as tx:
            await tx.run("INSERT INTO notes (id) VALUES ('c')")
            assert notes.epoch() == before
            raise Interruption

    await insert(notes, "a", "b")
    with pytest.raises(Interruption):
        await write()
    assert notes.epoch() == before


# Who is cancelled


async def test_a_task_cancelled_in_its_block_keeps_nothing(notes: Database) -> None:
    begun = asyncio.Event()

    async def write() -> None:
        async with notes.writing() as tx:
            await tx.run("INSERT INTO notes (id) VALUES ('lost')")
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await insert(notes, "kept")
    assert await ids(notes) == {"kept"}


async def test_a_task_cancelled_before_its_turn_takes_nobody_elses(notes: Database) -> None:
    await insert(notes, "a")
    increment = "UPDATE notes SET n = n + 1 WHERE id = 'a'"

    async def write() -> None:
        async with notes.writing() as tx:
            await tx.run(increment)

    async with notes.writing() as tx:
        await tx.run(increment)
        waiting = [asyncio.create_task(write()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        await asyncio.wait({waiting[1]})
    await asyncio.gather(waiting[0], waiting[2])
    async with notes.reading() as view:
        assert await view.first("SELECT n FROM notes") == {"n": 3}


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_cancelled_or_fails_only_what_ended_well_is_kept(notes: Database, seed: int) -> None:
    """Tasks that succeed, raise, break a constraint or are cancelled at any point, all at once."""
    dice = random.Random(seed)  # noqa: S311  no secret is drawn
    await insert(notes, "taken")

    async def write(name: str, fate: str) -> None:
        async with notes.writing() as tx:
            await tx.run("INSERT INTO notes (id) VALUES (:id)", id=name)
            for _ in range(dice.randrange(3)):
                await asyncio.sleep(0)
            if fate == "raises":
                raise Interruption
            await tx.run("INSERT INTO notes (id) VALUES (:id)", id="taken" if fate == "refused" else f"{name}+")

    fates = {f"t{i}": dice.choice(["kept", "kept", "raises", "refused", "cancelled"]) for i in range(120)}
    tasks = {name: asyncio.create_task(write(name, fate)) for name, fate in fates.items()}
    for name in dice.sample(sorted(fates), k=len(fates)):
        if fates[name] == "cancelled":
            for _ in range(dice.randrange(12)):
                await asyncio.sleep(0)
            tasks[name].cancel()
    results = dict(zip(tasks, await asyncio.gather(*tasks.values(), return_exceptions=True), strict=True))

    found = await ids(notes)
    for name, result in results.items():
        assert (name in found) == (f"{name}+" in found), "half of a transaction was kept"
        if fates[name] == "kept":
            assert result is None
            assert name in found
        elif fates[name] in {"raises", "refused"}:
            assert isinstance(result, Interruption | UniqueViolated)
            assert name not in found
    await insert(notes, "afterwards")


# How it ends


async def test_closing_waits_for_those_who_write(empty_database_url: str, tmp_path: Path) -> None:
    database = await open_database(empty_database_url, folder=tmp_path / "none")
    async with database.writing() as tx:
        await tx.run("CREATE TABLE notes (id TEXT PRIMARY KEY)")
    writing = [asyncio.create_task(insert(database, str(i))) for i in range(8)]
    await asyncio.sleep(0)
    await asyncio.gather(*writing, database.close())
    again = await open_database(empty_database_url, folder=tmp_path / "none")
    assert await count(again) == 8
    await again.close()


async def test_closing_twice_is_closing_once(empty_database_url: str, tmp_path: Path) -> None:
    database = await open_database(empty_database_url, folder=tmp_path / "none")
    await database.close()
    await database.close()
