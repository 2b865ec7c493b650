"""Migrations on both engines: each applied once, whole or not at all, and never by an older program."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest

from armillary.storage import migrations
from armillary.storage.database import Database, SchemaNewer
from armillary.storage.engine import open_database
from armillary.storage.migrations import MigrationEdited

FIRST = "CREATE TABLE parents (id BIGINT PRIMARY KEY, name TEXT NOT NULL);"
SECOND = """-- Two tables, and rows in one of them; the semicolon in this comment; ends nothing.
CREATE TABLE children (
    id BIGINT PRIMARY KEY,
    parent BIGINT NOT NULL REFERENCES parents (id)
);
INSERT INTO parents (id, name) VALUES (1, 'semi;colon');
CREATE TABLE others (id BIGINT PRIMARY KEY);
"""
#: Opens the database in a process of its own; what it does first and last is told on its output.
OPEN = """
import asyncio, sys
from pathlib import Path
from armillary.storage.engine import open_database

async def main():
    print("starting", flush=True)
    sys.stdin.readline()
    await (await open_database(sys.argv[1], folder=Path(sys.argv[2]))).close()
    print("open", flush=True)

asyncio.run(main())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "migrations"


def write(folder: Path, *statements: str) -> None:
    for kind in ("sqlite", "postgresql"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for number, sql in enumerate(statements, start=1):
            (folder / kind / f"{number:04}_step.sql").write_text(sql)


async def start(url: str, folder: Path, *, migrate: bool = True) -> None:
    await (await open_database(url, folder=folder, migrate=migrate)).close()


def carry_returns(folder: Path) -> None:
    for file in folder.glob("*/*.sql"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))


def process(url: str, folder: Path) -> subprocess.Popen[str]:
    """A process that is about to open the database, and waits for a line to do so."""
    started = subprocess.Popen(
        [sys.executable, "-c", OPEN, url, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "starting\n"
    return started


def go(waiting: subprocess.Popen[str]) -> None:
    assert waiting.stdin is not None
    waiting.stdin.write("\n")
    waiting.stdin.flush()


# What is applied


async def test_each_migration_is_applied_and_booked_in_order(empty_database_url: str, folder: Path) -> None:
    write(folder, FIRST, SECOND)
    await start(empty_database_url, folder)
    write(folder, FIRST, SECOND)
    known = migrations.read(folder / "sqlite")
    database = await open_database(empty_database_url, folder=folder)
    async with database.reading() as view:
        booked = await view.all("SELECT number, name, digest FROM armillary_migrations ORDER BY number")
        assert await view.all("SELECT * FROM parents") == [{"id": 1, "name": "semi;colon"}]
    await database.close()
    assert booked == [{"number": m.number, "name": m.name, "digest": m.digest} for m in known]


async def test_a_later_start_applies_what_is_new(empty_database_url: str, folder: Path) -> None:
    write(folder, FIRST)
    await start(empty_database_url, folder)
    write(folder, FIRST, SECOND)
    await start(empty_database_url, folder)
    await start(empty_database_url, folder)
    database = await open_database(empty_database_url, folder=folder)
    async with database.reading() as view:
        assert await view.first("SELECT count(*) AS n FROM parents") == {"n": 1}
    await database.close()


async def test_without_migrate_a_schema_stays_behind(empty_database_url: str, folder: Path) -> None:
    write(folder, FIRST)
    await start(empty_database_url, folder)
    write(folder, FIRST, SECOND)
    await start(empty_database_url, folder, migrate=False)
    database = await open_database(empty_database_url, folder=folder, migrate=False)
    async with database.reading() as view:
        assert await view.first("SELECT max(number) AS n FROM armillary_migrations") == {"n": 1}
    await database.close()


async def test_a_migration_that_fails_leaves_what_was_before(empty_database_url: str, folder: Path) -> None:
    write(folder, FIRST, SECOND + "INSERT INTO parents (id, name) VALUES (1, 'again');")
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.UniqueViolation)):
        await start(empty_database_url, folder)
    write(folder, FIRST, SECOND)
    await start(empty_database_url, folder)  # nothing of the failed one is in its way


# What is refused


@pytest.mark.parametrize("migrate", [True, False])
async def test_a_newer_schema_is_refused_and_says_what_to_do(
    empty_database_url: str, folder: Path, migrate: bool
) -> None:
    write(folder, FIRST, SECOND)
    await start(empty_database_url, folder)
    write(folder / "older", FIRST)
    with pytest.raises(SchemaNewer, match=r"newer Armillary, which applied 0002 \(step\): start that version"):
        await start(empty_database_url, folder / "older", migrate=migrate)


async def test_an_edited_migration_is_refused(empty_database_url: str, folder: Path) -> None:
    write(folder, FIRST)
    await start(empty_database_url, folder)
    write(folder, FIRST.replace("name TEXT", "title TEXT"))
    with pytest.raises(MigrationEdited, match=r"migration 0001 \(step\) is not the one"):
        await start(empty_database_url, folder)


async def test_other_line_ends_are_no_edit(empty_database_url: str, folder: Path) -> None:
    write(folder, SECOND.replace(" REFERENCES parents (id)", "").replace("INSERT", "-- INSERT"))
    await start(empty_database_url, folder)
    carry_returns(folder)
    await start(empty_database_url, folder)


@pytest.mark.parametrize("names", [["0002_b.sql"], ["0001_a.sql", "0003_c.sql"], ["1_a.sql"], ["0001-a.sql"]])
def test_files_that_do_not_count_are_refused(tmp_path: Path, names: Sequence[str]) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(ValueError, match=r"numbered|named"):
        migrations.read(tmp_path)


# Who starts at once, and who is killed


async def test_processes_that_start_at_once_apply_each_migration_once(empty_database_url: str, folder: Path) -> None:
    write(folder, FIRST, SECOND)
    starting = [process(empty_database_url, folder) for _ in range(5)]
    for each in starting:
        go(each)
    outputs = [each.communicate(timeout=60) for each in starting]
    assert [(each.returncode, out) for each, (out, _) in zip(starting, outputs, strict=True)] == [(0, "open\n")] * 5
    database = await open_database(empty_database_url, folder=folder)
    async with database.reading() as view:
        assert await view.first("SELECT count(*) AS n FROM armillary_migrations") == {"n": 2}
    await database.close()


LONG = "".join(f"INSERT INTO long{{0}} (id) VALUES ({i});\n" for i in range(3000))
LONG = "CREATE TABLE long{0} (id BIGINT PRIMARY KEY);\n" + LONG + "CREATE TABLE end{0} (id BIGINT);\n"


async def test_a_process_killed_in_mid_migration_leaves_old_or_new(empty_database_url: str, folder: Path) -> None:
    """Killed (-9) at moments spread over the whole of a start that migrates; the next start goes through."""
    dice = random.Random(7)  # noqa: S311  no secret is drawn
    steps = [FIRST]
    write(folder, *steps)
    await start(empty_database_url, folder)
    took_s, outcomes = 0.0, []
    for attempt in range(16):
        steps.append(LONG.format(attempt))
        write(folder, *steps)
        started = process(empty_database_url, folder)
        begun = time.monotonic()
        go(started)
        if attempt == 0:  # this one is let through, to know how long it takes
            assert started.stdout is not None
            assert started.stdout.readline() == "open\n"
            took_s = time.monotonic() - begun
        else:
            time.sleep(took_s * dice.uniform(0, 1.2))  # noqa: ASYNC251  the moment of death, which may be any
        started.kill()
        started.communicate()
        outcomes.append(await outcome(empty_database_url, folder, attempt))
        await start(empty_database_url, folder)
    assert outcomes[0] == "new"
    assert set(outcomes) <= {"old", "new"}


async def outcome(url: str, folder: Path, attempt: int) -> str:
    """Whether the database is as before the long migration, as after it, or something else: seen in one view."""
    database = await open_database(url, folder=folder, migrate=False)
    async with database.reading() as view:
        booked = await view.first("SELECT 1 AS one FROM armillary_migrations WHERE number = :n", n=attempt + 2)
        tables = [row["name"] for row in await view.all(TABLES[database.kind], n=f"%{attempt}")]
        rows = await view.all(f"SELECT id FROM long{attempt}") if f"long{attempt}" in tables else []
    await database.close()
    whole = {f"long{attempt}", f"end{attempt}"} <= set(tables) and len(rows) == 3000
    none = not {f"long{attempt}", f"end{attempt}"} & set(tables)
    return "new" if booked and whole else "old" if not booked and none else f"{booked=} {tables=} {len(rows)=}"


TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE :n",
    "postgresql": "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname LIKE :n",
}


# What SQLite needs besides


def test_a_table_may_be_rebuilt_under_its_children(tmp_path: Path) -> None:
    rebuild = """CREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT, more TEXT);
    INSERT INTO new SELECT id, name, '' FROM parents;
    DROP TABLE parents;
    ALTER TABLE new RENAME TO parents;"""
    connection = migrated(tmp_path, FIRST, SECOND + "INSERT INTO children VALUES (7, 1);", rebuild)
    assert connection.execute("SELECT parent, more FROM children JOIN parents ON parent = parents.id").fetchall() == [
        (1, "")
    ]
    connection.close()


def test_a_migration_that_leaves_orphans_is_refused(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="leaves rows of children without parents"):
        migrated(tmp_path, FIRST, SECOND + "INSERT INTO children VALUES (7, 2);")
    connection = sqlite3.connect(tmp_path / "rows.db")
    assert connection.execute("SELECT max(number) FROM armillary_migrations").fetchone() == (1,)
    connection.close()


def test_a_trigger_is_one_statement(tmp_path: Path) -> None:
    trigger = """CREATE TRIGGER copy AFTER INSERT ON parents BEGIN
        INSERT INTO log VALUES (new.id);
        INSERT INTO log VALUES (new.id + 1);
    END;"""
    connection = migrated(tmp_path, FIRST, "CREATE TABLE log (id INTEGER);", trigger)
    connection.execute("INSERT INTO parents VALUES (5, 'x')")
    assert connection.execute("SELECT id FROM log").fetchall() == [(5,), (6,)]
    connection.close()


def migrated(folder: Path, *statements: str) -> sqlite3.Connection:
    write(folder, *statements)
    connection = sqlite3.connect(folder / "rows.db", isolation_level=None)
    try:
        migrations.apply_sqlite(connection, migrations.read(folder / "sqlite"))
    except BaseException:
        connection.close()
        raise
    return connection


# The released ones


def test_both_databases_have_the_same_migrations() -> None:
    sqlite, postgresql = (migrations.read(migrations.FOLDER / kind) for kind in ("sqlite", "postgresql"))
    assert [(m.number, m.name) for m in sqlite] == [(m.number, m.name) for m in postgresql]


UNIQUE_INDEXES = {
    "sqlite": """SELECT m.name AS name, m.tbl_name AS table_name, c.name AS column_name
        FROM sqlite_master AS m JOIN pragma_index_list(m.tbl_name) AS l ON l.name = m.name AND l."unique" = 1
        JOIN pragma_index_info(m.name) AS c WHERE l.origin = 'c' ORDER BY m.name, c.seqno""",
    "postgresql": """SELECT i.relname AS name, t.relname AS table_name, a.attname AS column_name
        FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS t ON t.oid = x.indrelid
        JOIN pg_namespace AS s ON s.oid = t.relnamespace AND s.nspname = 'public'
        LEFT JOIN pg_constraint AS k ON k.conindid = i.oid
        CROSS JOIN unnest(x.indkey) WITH ORDINALITY AS p (number, place)
        LEFT JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = p.number AND p.number <> 0
        WHERE x.indisunique AND k.oid IS NULL ORDER BY i.relname, p.place""",
}


async def test_a_unique_index_is_named_for_its_table_and_columns(database: Database) -> None:
    """Where an expression hides a column, its name is all there is to tell which row was refused, and why."""
    columns: dict[tuple[str, str], list[str | None]] = {}
    async with database.reading() as view:
        for row in await view.all(UNIQUE_INDEXES[database.kind]):
            columns.setdefault((row["name"], row["table_name"]), []).append(row["column_name"])
    for (name, table), found in columns.items():
        told = name.split("__")
        assert (told[0], len(told) - 1) == (table, len(found)), name
        assert all(actual in {None, word} for actual, word in zip(found, told[1:], strict=True)), name
