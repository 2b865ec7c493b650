from __future__ import annotations

import re
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from armillary.domain.errors import Conflict, InvalidRequest
from armillary.storage import backup, migrations
from armillary.storage.database import Database, Reading, Row
from armillary.storage.engine import open_database
from tests.builders import a_kept_provider, some_kept_models
from tests.tenancy import a_tenancy

_TABLE = re.compile(r"^CREATE TABLE (\w+)", re.MULTILINE)


def unheard(_table: str, _done: int, _total: int) -> None:
    """Nobody watches."""


@asynccontextmanager
async def opened(file: Path) -> AsyncIterator[Database]:
    database = await open_database(f"sqlite:///{file}")
    try:
        yield database
    finally:
        await database.close()


async def everything(reading: Reading) -> dict[str, list[Row]]:
    """Every row of every table, in an order that any database gives them in."""
    rows = {table: await reading.all(f"SELECT * FROM {table}") for table in backup.TABLES}
    return {table: sorted(found, key=lambda row: str(sorted(row.items()))) for table, found in rows.items()}


async def filled(database: Database) -> dict[str, list[Row]]:
    """A database with rows in most tables, more than one bulk write takes; what is in it."""
    tenancy = await a_tenancy(database)
    workspace = await tenancy.a_workspace()
    await tenancy.a_key(assigned=(workspace.id,))
    provider = await a_kept_provider(database, workspace)
    await some_kept_models(database, provider, [{"name": f"Model № {number} \x01 ' \""} for number in range(700)])
    async with database.reading() as tx:
        return await everything(tx)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_table_is_copied(kind: str) -> None:
    found = {table for one in migrations.read(migrations.FOLDER / kind) for table in _TABLE.findall(one.sql)}
    assert {table for table in found if "_search" not in table} == set(backup.TABLES)


async def test_a_backup_holds_every_row_as_it_was(database: Database, tmp_path: Path) -> None:
    rows = await filled(database)
    await backup.write(database, tmp_path / "one.backup", unheard)
    async with opened(tmp_path / "one.backup") as copy, copy.reading() as tx:
        assert await everything(tx) == rows


async def test_a_restored_database_holds_every_row_as_it_was(database: Database, tmp_path: Path) -> None:
    async with opened(tmp_path / "source.db") as source:
        rows = await filled(source)
        await backup.write(source, tmp_path / "one.backup", unheard)
    await backup.read(database, tmp_path / "one.backup", unheard)
    async with database.reading() as tx:
        assert await everything(tx) == rows


async def test_what_is_derived_works_in_a_restored_database(database: Database, tmp_path: Path) -> None:
    async with opened(tmp_path / "source.db") as source:
        await filled(source)
        await backup.write(source, tmp_path / "one.backup", unheard)
    await backup.read(database, tmp_path / "one.backup", unheard)
    async with database.reading() as tx:
        if database.kind == "sqlite":
            found = await tx.first("SELECT count(*) AS n FROM models_search WHERE models_search MATCH '\"№ 42\"'")
            assert found is not None
            assert found["n"] > 0


async def test_whoever_watches_hears_of_every_table_and_of_large_ones_in_steps(
    database: Database, tmp_path: Path
) -> None:
    rows = await filled(database)
    steps: list[tuple[str, int, int]] = []
    await backup.write(database, tmp_path / "one.backup", lambda *step: steps.append(step))
    totals = {table: len(found) for table, found in rows.items()}
    assert [step for step in steps if step[1] == 0] == [(table, 0, totals[table]) for table in backup.TABLES]
    assert [done for table, done, _ in steps if table == "models"] == [0, 500, totals["models"]]


async def test_the_file_is_for_its_owner_alone_and_stands_alone(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    await a_tenancy(database)
    await backup.write(database, folder / "one.backup", unheard)
    assert [file.name for file in folder.iterdir()] == ["one.backup"]
    assert stat.S_IMODE((folder / "one.backup").stat().st_mode) == 0o600


async def test_a_backup_that_is_cut_off_leaves_no_file_and_is_no_obstacle(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    await a_tenancy(database)

    def cut_off(table: str, _done: int, _total: int) -> None:
        if table == "models":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await backup.write(database, folder / "one.backup", cut_off)
    assert list(folder.iterdir()) == []
    (folder / ".one.backup.draft").write_bytes(b"of one that was killed")
    await backup.write(database, folder / "one.backup", unheard)
    assert [file.name for file in folder.iterdir()] == ["one.backup"]


async def test_a_file_that_exists_is_kept(database: Database, tmp_path: Path) -> None:
    (tmp_path / "one.backup").write_text("precious")
    with pytest.raises(InvalidRequest, match="exists already"):
        await backup.write(database, tmp_path / "one.backup", unheard)
    assert (tmp_path / "one.backup").read_text() == "precious"


async def test_a_restore_that_is_cut_off_leaves_nothing(database: Database, tmp_path: Path) -> None:
    async with opened(tmp_path / "source.db") as source:
        rows = await filled(source)
        await backup.write(source, tmp_path / "one.backup", unheard)

    def cut_off(table: str, _done: int, _total: int) -> None:
        if table == "changes":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await backup.read(database, tmp_path / "one.backup", cut_off)
    async with database.reading() as tx:
        assert not any((await everything(tx)).values())
    await backup.read(database, tmp_path / "one.backup", unheard)
    async with database.reading() as tx:
        assert await everything(tx) == rows


async def test_a_database_with_rows_takes_no_restore(database: Database, tmp_path: Path) -> None:
    rows = await filled(database)
    await backup.write(database, tmp_path / "one.backup", unheard)
    with pytest.raises(Conflict, match="into a new, empty one"):
        await backup.read(database, tmp_path / "one.backup", unheard)
    async with database.reading() as tx:
        assert await everything(tx) == rows


async def test_an_empty_database_is_no_backup(database: Database, sqlite_template: Path) -> None:
    with pytest.raises(InvalidRequest, match="is no backup"):
        await backup.read(database, sqlite_template, unheard)
