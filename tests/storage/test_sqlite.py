"""What SQLite's engine does besides the port's promises: shared syncs, and other processes on the same file."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from armillary.domain.errors import Unavailable
from armillary.storage import sqlite, sqlite_writer
from armillary.storage.database import Database
from armillary.storage.engine import open_database

TABLES = """
CREATE TABLE notes (id TEXT PRIMARY KEY, n INTEGER NOT NULL DEFAULT 0, body BLOB);
CREATE TABLE links (id TEXT PRIMARY KEY, note TEXT REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO notes (id) VALUES ('counter');
"""
INCREMENT = "UPDATE notes SET n = n + 1 WHERE id = 'counter'"
#: Holds the lock on a file until it is told to commit.
HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE notes SET n = n + 100 WHERE id = 'counter'")
print("held", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
connection.close()
print("released", flush=True)
"""
#: Increments through the engine, and tells of each commit.
WORK = """
import asyncio, sys
from pathlib import Path
from armillary.storage.engine import open_database

async def main():
    database = await open_database(sys.argv[1], folder=Path(sys.argv[2]))

    async def work():
        for _ in range(int(sys.argv[3])):
            async with database.writing() as tx:
                await tx.run("UPDATE notes SET n = n + 1 WHERE id = 'counter'")
            print("kept", flush=True)

    print("open", flush=True)
    sys.stdin.readline()
    await asyncio.gather(*(work() for _ in range(4)))
    await database.close()

asyncio.run(main())
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "armillary.db"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    (folder / "sqlite").mkdir(parents=True)
    (folder / "sqlite" / "0001_notes.sql").write_text(TABLES)
    return folder


@pytest.fixture
async def notes(file: Path, folder: Path) -> AsyncIterator[Database]:
    database = await open_database(f"sqlite:///{file}", folder=folder)
    yield database
    await database.close()


@contextmanager
def process(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A process that has told its first line, and waits for one."""
    with subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        assert hear(started) in {"held", "open"}
        yield started
        started.kill()


def tell(told: subprocess.Popen[str]) -> None:
    assert told.stdin is not None
    told.stdin.write("\n")
    told.stdin.flush()


def hear(teller: subprocess.Popen[str]) -> str:
    assert teller.stdout is not None
    return teller.stdout.readline().strip()


@pytest.fixture
def holder(notes: Database, file: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the file's lock."""
    with process(HOLD, file) as holding:
        yield holding


def release(holding: subprocess.Popen[str]) -> None:
    tell(holding)
    assert hear(holding) == "released"


async def run(database: Database, sql: str, **values: str | int | bytes) -> None:
    async with database.writing() as tx:
        await tx.run(sql, **values)


async def insert(database: Database, name: str) -> None:
    await run(database, "INSERT INTO notes (id) VALUES (:id)", id=name)


async def counter(database: Database) -> int:
    async with database.reading() as view:
        row = await view.first("SELECT n FROM notes WHERE id = 'counter'")
    assert row is not None
    n: int = row["n"]
    return n


async def ids(database: Database) -> set[str]:
    async with database.reading() as view:
        return {row["id"] for row in await view.all("SELECT id FROM notes WHERE id <> 'counter'")}


def commits(file: Path) -> int:
    """How many commits the write-ahead log holds: frames that tell the database's size.

    Source: SQLite's documentation, "WAL-mode File Format": a header of 32 bytes, then frames of 24 bytes and a page.
    """
    log = file.with_name(f"{file.name}-wal").read_bytes()
    page = int.from_bytes(log[8:12], "big")
    salt = log[16:24]
    frames = (log[at : at + 24] for at in range(32, len(log), 24 + page))
    return sum(1 for frame in frames if frame[8:16] == salt and int.from_bytes(frame[4:8], "big"))


# Shared syncs


async def test_transactions_of_one_moment_share_a_sync(notes: Database, file: Path) -> None:
    before = commits(file)
    await asyncio.gather(*(run(notes, INCREMENT) for _ in range(64)))
    assert await counter(notes) == 64
    assert commits(file) - before <= 16


async def test_a_transaction_alone_is_synced_alone(notes: Database, file: Path) -> None:
    before = commits(file)
    for _ in range(5):
        await run(notes, INCREMENT)
    assert commits(file) - before == 5


async def test_a_batch_is_bounded(notes: Database, file: Path) -> None:
    before = commits(file)
    await asyncio.gather(*(run(notes, INCREMENT) for _ in range(10 * sqlite_writer.BATCH_SIZE)))
    assert commits(file) - before >= 10


async def test_one_that_fails_does_not_hurt_its_neighbours(notes: Database, file: Path) -> None:
    before = commits(file)
    writing = [insert(notes, name) for name in ("a", "b", "a", "c", "b", "d")]
    results = await asyncio.gather(*writing, return_exceptions=True)
    assert [type(result).__name__ for result in results] == [
        *("NoneType", "NoneType", "UniqueViolated", "NoneType", "UniqueViolated", "NoneType")
    ]
    assert await ids(notes) == {"a", "b", "c", "d"}
    assert commits(file) - before <= 2


async def test_a_commit_that_fails_is_told_to_all_of_its_batch(notes: Database) -> None:
    heard: list[str | None] = []
    notes.listen(heard.append)

    async def orphan() -> None:
        async with notes.writing() as tx:
            await tx.run("INSERT INTO links VALUES ('l', 'absent')")  # refused at COMMIT alone
            tx.announce("orphan")

    results = await asyncio.gather(insert(notes, "a"), orphan(), insert(notes, "b"), return_exceptions=True)
    assert {type(result) for result in results} == {sqlite3.IntegrityError}
    assert await ids(notes) == set()
    assert heard == []
    await insert(notes, "afterwards")
    assert await ids(notes) == {"afterwards"}


async def test_on_a_full_disk_exactly_what_ended_well_is_kept(notes: Database) -> None:
    async with notes.writing() as tx:
        await tx.first("PRAGMA max_page_count = 60")

    async def write(name: str, size: int) -> None:
        await run(notes, "INSERT INTO notes (id, body) VALUES (:id, :body)", id=name, body=b"x" * size)

    sizes = {f"note {i}": 400_000 if i % 5 == 3 else 100 for i in range(20)}
    results = await asyncio.gather(*(write(*each) for each in sizes.items()), return_exceptions=True)
    outcomes = dict(zip(sizes, results, strict=True))
    assert {type(outcomes[name]) for name, size in sizes.items() if size > 100} == {Unavailable}
    assert await ids(notes) == {name for name, result in outcomes.items() if result is None}
    await write("afterwards", 10)


async def test_reads_go_on_while_a_commit_is_under_way(notes: Database) -> None:
    writing = asyncio.create_task(run(notes, "INSERT INTO notes (id, body) VALUES ('big', zeroblob(20000000))"))
    reads = 0
    while not writing.done():
        assert await ids(notes) in (set(), {"big"})
        reads += 1
        await asyncio.sleep(0)
    await writing
    assert reads > 1


async def test_one_cancelled_in_mid_commit_has_written(notes: Database) -> None:
    heard: list[str | None] = []
    notes.listen(heard.append)
    ending = asyncio.Event()

    async def write() -> None:
        async with notes.writing() as tx:
            await tx.run("INSERT INTO notes (id) VALUES ('kept')")
            tx.announce("kept")
            ending.set()

    task = asyncio.create_task(write())
    await ending.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await insert(notes, "next")
    assert await ids(notes) == {"kept", "next"}
    assert heard == ["kept"]


async def test_a_second_transaction_within_a_first_is_refused_not_waited_for(notes: Database) -> None:
    async with notes.writing():
        with pytest.raises(RuntimeError, match="open already"):
            await insert(notes, "inner")
    await insert(notes, "next")
    assert await ids(notes) == {"next"}


# Other processes


async def test_another_process_is_waited_for_while_reads_go_on(notes: Database, holder: subprocess.Popen[str]) -> None:
    writing = [asyncio.create_task(run(notes, INCREMENT)) for _ in range(3)]
    for _ in range(20):
        assert await counter(notes) == 0
        await asyncio.sleep(0)
    assert not any(task.done() for task in writing)
    release(holder)
    await asyncio.gather(*writing)
    assert await counter(notes) == 103


async def test_the_epoch_tells_of_other_processes(notes: Database, holder: subprocess.Popen[str]) -> None:
    before = notes.epoch()
    assert notes.epoch() == before
    release(holder)
    after = notes.epoch()
    assert after != before
    assert notes.epoch() == after


async def test_the_epoch_never_repeats_while_another_process_is_waited_for(
    notes: Database, holder: subprocess.Popen[str]
) -> None:
    seen = [notes.epoch()]
    writing = asyncio.create_task(run(notes, INCREMENT))
    await asyncio.sleep(0)
    seen += [notes.epoch() for _ in range(3)]
    release(holder)
    await writing
    seen.append(notes.epoch())
    assert sorted(set(seen)) == seen


async def test_one_cancelled_while_it_waits_for_another_process_holds_nobody_up(
    notes: Database, holder: subprocess.Popen[str]
) -> None:
    writing = [asyncio.create_task(run(notes, INCREMENT)) for _ in range(3)]
    await asyncio.sleep(0)
    writing[0].cancel()
    writing[1].cancel()
    await asyncio.wait(writing[:2])
    release(holder)
    await writing[2]
    await run(notes, INCREMENT)
    assert await counter(notes) == 102


async def test_all_cancelled_while_they_wait_leave_the_lock_free(
    notes: Database, holder: subprocess.Popen[str], file: Path
) -> None:
    writing = asyncio.create_task(run(notes, INCREMENT))
    await asyncio.sleep(0)
    writing.cancel()
    await asyncio.wait({writing})
    release(holder)
    await run(notes, INCREMENT)
    other = sqlite3.connect(file, timeout=10)
    other.execute(INCREMENT)
    other.commit()
    other.close()
    assert await counter(notes) == 102


async def test_a_lock_that_is_never_released_makes_the_database_unavailable(
    notes: Database, holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_writer, "LOCK_TIMEOUT_S", 0.1)
    results = await asyncio.gather(*(run(notes, INCREMENT) for _ in range(2)), return_exceptions=True)
    assert [type(result) for result in results] == [Unavailable, Unavailable]
    release(holder)
    await run(notes, INCREMENT)
    assert await counter(notes) == 101


async def test_two_processes_lose_no_update(notes: Database, file: Path, folder: Path) -> None:
    with process(WORK, f"sqlite:///{file}", folder, 50) as other:
        ours = asyncio.gather(*(run(notes, INCREMENT) for _ in range(200)))
        told, _ = await asyncio.to_thread(other.communicate, "\n")
        await ours
    assert told.count("kept") == 200
    assert await counter(notes) == 400


async def test_what_a_killed_process_had_told_of_is_kept(file: Path, folder: Path) -> None:
    with process(WORK, f"sqlite:///{file}", folder, 1_000_000) as worker:
        tell(worker)
        told = sum(1 for _ in range(100) if hear(worker) == "kept")
        worker.kill()
        told += worker.communicate()[0].count("kept\n")
    database = await open_database(f"sqlite:///{file}", folder=folder)
    assert told >= 100
    assert await counter(database) >= told
    await database.close()


# Opening


async def test_the_file_is_for_its_owner_alone(notes: Database, file: Path) -> None:
    await insert(notes, "a")
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in listed(file.parent)}
    assert modes == dict.fromkeys(["armillary.db", "armillary.db-shm", "armillary.db-wal"], 0o600)


def listed(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def test_a_relative_path_is_relative(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    await (await open_database("sqlite:///here/rows.db", folder=folder)).close()
    assert [each.name for each in listed(tmp_path / "here")] == ["rows.db"]


async def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(Unavailable, match="the database is unavailable"):
        await open_database(f"sqlite:///{tmp_path}", folder=folder)


async def test_a_sqlite_without_the_trigram_tokenizer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(path: str) -> sqlite3.Connection:
        connection = real(path)
        connection.set_authorizer(lambda *_: sqlite3.SQLITE_DENY)
        return connection

    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", connect)
    with pytest.raises(RuntimeError, match="lacks full-text search") as refused:
        sqlite.check_library()
    assert "use a Python built with SQLite" in str(refused.value)


def test_an_old_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(RuntimeError, match="lacks RETURNING"):
        sqlite.check_library()
