"""What PostgreSQL's engine does besides the port's promises: other processes, lost connections, contended rows."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from armillary.domain.errors import Conflict, InvalidRequest, Unavailable
from armillary.storage import postgres
from armillary.storage.database import Database, UniqueViolated
from armillary.storage.engine import open_database

TABLES = "CREATE TABLE notes (id TEXT PRIMARY KEY, n BIGINT NOT NULL DEFAULT 0);"
#: Writes a row through the engine, and then waits in a long statement.
CLIENT = """
import asyncio, sys
from pathlib import Path
from armillary.storage.engine import open_database

async def main():
    database = await open_database(sys.argv[1], folder=Path(sys.argv[2]))
    async with database.writing() as tx:
        await tx.run("INSERT INTO notes (id) VALUES ('a')")
        await tx.first("SELECT pg_sleep(60)")

asyncio.run(main())
"""
INCREMENT = "UPDATE notes SET n = n + 1 WHERE id = :id"


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    (folder / "postgresql").mkdir(parents=True)
    (folder / "postgresql" / "0001_notes.sql").write_text(TABLES)
    return folder


@pytest.fixture
async def notes(empty_database_url: str, folder: Path) -> AsyncIterator[Database]:
    async with opened(empty_database_url, folder) as database:
        yield database


@pytest.fixture
async def elsewhere(notes: Database, empty_database_url: str, folder: Path) -> AsyncIterator[Database]:
    """The same database, as another process has it."""
    async with opened(empty_database_url, folder) as database:
        yield database


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncIterator[Database]:
    database = await open_database(url, folder=folder)
    yield database
    await database.close()


def cut(url: str, which: str) -> None:
    """End the sessions that ``which`` picks from ``pg_stat_activity``."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            f"WHERE datname = current_database() AND pid <> pg_backend_pid() AND {which}"
        )


LISTENING = "application_name = 'armillary: listening'"


def ear(database: Database) -> Callable[[], asyncio.Future[str | None]]:
    """Gives, one after another, what a listener hears."""
    heard: asyncio.Queue[str | None] = asyncio.Queue()
    database.listen(heard.put_nowait)
    return lambda: asyncio.ensure_future(asyncio.wait_for(heard.get(), timeout=30))


async def insert(database: Database, *names: str) -> None:
    async with database.writing() as tx:
        for name in names:
            await tx.run("INSERT INTO notes (id) VALUES (:id)", id=name)
            tx.announce(name)


async def count(database: Database) -> int:
    async with database.reading() as view:
        row = await view.first("SELECT count(*) AS n FROM notes")
    assert row is not None
    n: int = row["n"]
    return n


# Announcements


async def test_an_announcement_reaches_other_processes(notes: Database, elsewhere: Database) -> None:
    there = ear(elsewhere)
    await insert(notes, "a:b", "c")
    assert [await there(), await there()] == ["a:b", "c"]


async def test_a_process_hears_its_own_announcement_once(notes: Database, elsewhere: Database) -> None:
    here = ear(notes)
    await insert(notes, "mine")
    await insert(elsewhere, "theirs")
    assert [await here(), await here()] == ["mine", "theirs"]


async def test_the_longest_topic_is_carried(notes: Database, elsewhere: Database) -> None:
    there = ear(elsewhere)
    topic = "é" * 3950
    async with notes.writing() as tx:
        tx.announce(topic)
    assert await there() == topic


async def test_a_lost_listening_connection_is_told_of_and_made_anew(
    notes: Database, elsewhere: Database, empty_database_url: str
) -> None:
    here = ear(notes)
    before = notes.epoch()
    cut(empty_database_url, LISTENING)
    assert [await here(), await here()] == [None, None]  # when it was lost, and when it was there again
    await insert(elsewhere, "afterwards")
    assert await here() == "afterwards"
    assert notes.epoch() >= before


async def test_while_nothing_is_heard_the_epoch_never_stands_still(notes: Database, empty_database_url: str) -> None:
    here = ear(notes)
    assert notes.epoch() == notes.epoch()
    cut(empty_database_url, LISTENING)
    assert await here() is None
    assert len({notes.epoch() for _ in range(3)}) == 3
    assert await here() is None
    assert notes.epoch() == notes.epoch()


# Lost connections


async def test_connections_that_died_idle_are_passed_over(notes: Database, empty_database_url: str) -> None:
    await asyncio.gather(*(insert(notes, str(i)) for i in range(8)))
    cut(empty_database_url, "true")
    assert await count(notes) == 8
    await insert(notes, "more")


async def test_a_connection_lost_in_mid_transaction_is_unavailable(notes: Database, empty_database_url: str) -> None:
    async def write() -> None:
        async with notes.writing() as tx:
            await tx.run("INSERT INTO notes (id) VALUES ('a')")
            cut(empty_database_url, "true")
            await tx.run("INSERT INTO notes (id) VALUES ('b')")

    with pytest.raises(Unavailable):
        await write()
    assert await count(notes) == 0


async def test_a_connection_lost_before_its_commit_may_have_been_missed(
    notes: Database, empty_database_url: str
) -> None:
    here = ear(notes)

    async def write() -> None:
        async with notes.writing() as tx:
            await tx.run("INSERT INTO notes (id) VALUES ('a')")
            cut(empty_database_url, f"NOT {LISTENING}")

    with pytest.raises(Unavailable):
        await write()
    assert await here() is None
    assert await count(notes) == 0


async def test_a_server_that_is_away_is_unavailable(folder: Path, unused_tcp_port: int) -> None:
    with pytest.raises(Unavailable, match="the database is unavailable"):
        await open_database(f"postgresql://nobody:secret@127.0.0.1:{unused_tcp_port}/none", folder=folder)


async def test_a_url_that_cannot_be_read_is_refused_without_repeating_it(folder: Path) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await open_database("postgresql://nobody:secret@host/db?no_such_option=1", folder=folder)
    assert "secret" not in str(refused.value)


async def test_more_transactions_than_connections_wait_for_their_turn(notes: Database) -> None:
    await asyncio.gather(*(insert(notes, str(i)) for i in range(5 * postgres.CONNECTIONS)))
    assert await count(notes) == 5 * postgres.CONNECTIONS


async def test_no_connection_for_long_is_unavailable(
    empty_database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "CONNECTIONS", 1)
    monkeypatch.setattr(postgres, "CONNECT_TIMEOUT_S", 0.1)
    async with opened(empty_database_url, folder) as database, database.reading():
        with pytest.raises(Unavailable):
            await count(database)


# Contended rows


async def test_a_deadlock_is_a_conflict_for_one_and_nothing_for_the_other(notes: Database) -> None:
    await insert(notes, "a", "b")
    both = asyncio.Barrier(2)

    async def swap(first: str, second: str) -> None:
        async with notes.writing() as tx:
            await tx.run(INCREMENT, id=first)
            await both.wait()
            await tx.run(INCREMENT, id=second)

    results = await asyncio.gather(swap("a", "b"), swap("b", "a"), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "NoneType"]
    assert [each.state for each in results if isinstance(each, Conflict)] == ["busy"]
    async with notes.reading() as view:
        assert await view.all("SELECT n FROM notes") == [{"n": 1}, {"n": 1}]


async def test_a_row_that_stays_locked_is_unavailable(
    empty_database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "LOCK_TIMEOUT_S", 0.1)
    async with opened(empty_database_url, folder) as database:
        await insert(database, "a")
        async with database.writing() as tx:
            await tx.run(INCREMENT, id="a")
            with pytest.raises(Unavailable):
                await increment(database)
        await increment(database)


async def increment(database: Database) -> None:
    async with database.writing() as tx:
        await tx.run(INCREMENT, id="a")


async def test_one_cancelled_in_mid_statement_frees_its_connection(
    empty_database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "CONNECTIONS", 1)

    async def wait_long() -> None:
        async with database.writing() as tx:
            await tx.run("INSERT INTO notes (id) VALUES ('lost')")
            await tx.first("SELECT pg_sleep(60)")

    async with opened(empty_database_url, folder) as database:
        for _ in range(3):
            task = asyncio.create_task(wait_long())
            await asleep(empty_database_url)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await count(database) == 0


async def asleep(url: str) -> None:
    """A session of this database sleeps."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as admin:
        query = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
        while not await (await admin.execute(query)).fetchone():  # noqa: ASYNC110  PostgreSQL sends no event
            await asyncio.sleep(0.01)


async def test_a_statement_ends_once_its_client_is_gone(notes: Database, empty_database_url: str, folder: Path) -> None:
    client = await asyncio.create_subprocess_exec(sys.executable, "-c", CLIENT, empty_database_url, str(folder))
    await asleep(empty_database_url)
    client.kill()
    await client.wait()
    await insert(notes, "a")  # waits for the row that the killed client had written
    assert await count(notes) == 1


# Constraints without a telling name


@pytest.mark.parametrize(
    ("unique", "columns"),
    [
        pytest.param("CONSTRAINT odd UNIQUE (b, a)", ("b", "a"), id="constraint"),
        pytest.param("UNIQUE (a) INCLUDE (b)", ("a",), id="covering"),
    ],
)
async def test_columns_are_looked_up_where_the_name_does_not_tell(
    notes: Database, unique: str, columns: tuple[str, ...]
) -> None:
    async with notes.writing() as tx:
        await tx.run(f"CREATE TABLE pairs (a TEXT, b TEXT, {unique})")
    with pytest.raises(UniqueViolated) as refused:
        async with notes.writing() as tx:
            await tx.run_many("INSERT INTO pairs VALUES (:a, :b)", [{"a": "1", "b": "2"}] * 2)
    assert (refused.value.table, refused.value.columns) == ("pairs", columns)


# Prepared statements


@pytest.fixture
async def single(empty_database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """A database of one connection, so that each transaction meets what the one before prepared."""
    monkeypatch.setattr(postgres, "CONNECTIONS", 1)
    async with opened(empty_database_url, folder) as database:
        yield database


async def prepared(database: Database) -> set[str]:
    async with database.reading() as view:
        return {row["statement"] for row in await view.all("SELECT statement FROM pg_prepared_statements")}


async def test_a_statement_that_is_read_often_is_prepared_once_for_all_values(single: Database) -> None:
    for i in range(12):
        async with single.reading() as view:
            await view.first("SELECT id FROM notes WHERE n = :n", n=10**i)
    assert await prepared(single) == {"SELECT id FROM notes WHERE n = $1"}


async def test_a_stream_may_have_other_columns_than_the_one_before(single: Database) -> None:
    await insert(single, "a")
    for i in range(12):
        async with single.reading() as view:
            sql = "SELECT id FROM notes" if i % 2 else "SELECT n, id AS other FROM notes"
            assert [row async for piece in view.stream(sql) for row in piece] == [
                {"id": "a"} if i % 2 else {"n": 0, "other": "a"}
            ]


async def test_a_table_changed_under_a_prepared_statement_costs_one_attempt(single: Database) -> None:
    await insert(single, "a")

    async def read() -> object:
        async with single.reading() as view:
            return await view.first("SELECT * FROM notes")

    for _ in range(8):
        await read()
    async with single.writing() as tx:
        await tx.run("CREATE TABLE aside (id TEXT)")  # forgets nothing, other than ALTER
        await tx.run("DO $$ BEGIN EXECUTE 'ALTER TABLE notes ADD COLUMN more TEXT'; END $$")
    with pytest.raises(Unavailable):
        await read()
    assert await read() == {"id": "a", "n": 0, "more": None}
