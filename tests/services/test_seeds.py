"""What databases begin with: new ones, those of the release before, and those whose start was cut short."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

import armillary.storage.migrations as shipped
from armillary.domain.access import Role
from armillary.domain.accounts import DEFAULT_WORKSPACE
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.changes import ChangeQuery
from armillary.domain.ids import uuid7
from armillary.domain.resources import Content, Description, Name, ResourceKind, Value
from armillary.domain.seeds import SEEDS, default_department
from armillary.services import changes, seeds
from armillary.storage import archive, departments, links, resources, settings
from armillary.storage.columns import instant
from armillary.storage.database import Database, Reading
from armillary.storage.engine import open_database
from tests.builders import NOON
from tests.tenancy import START, Tenancy

OLD_WORKSPACE = UUID(int=7)
_PEOPLE = {"owner": UUID(int=11), "admin": UUID(int=12), "member": UUID(int=13), "viewer": UUID(int=14)}
_MODELS = 1200


async def counts(reading: Reading) -> dict[str, int]:
    told = {}
    for table in ("resources", "departments", "profile_links", "changes", "settings"):
        row = await reading.first(f"SELECT count(*) AS n FROM {table}")
        told[table] = row["n"] if row else 0
    return told


async def staff(database: Database, workspace: UUID) -> set[UUID]:
    async with database.reading() as reading:
        rows = await reading.all("SELECT DISTINCT owner FROM profile_links WHERE workspace = :w", w=workspace.hex)
        profiles = [UUID(hex=row["owner"]) for row in rows]
        found = await links.of_owners(reading, Kind.PROFILE, workspace, profiles, (Slot.DEPARTMENTS,))
    assert all(linked == {Slot.DEPARTMENTS: [default_department(workspace)]} for linked in found.values())
    return set(found)


async def test_a_new_database_has_every_seed_and_a_department(tenancy: Tenancy) -> None:
    async with tenancy.db.reading() as reading:
        found = await resources.by_ids(reading, DEFAULT_WORKSPACE, [seed.id for seed in SEEDS])
        (department,) = await departments.of_workspace(reading, DEFAULT_WORKSPACE)
    assert set(found.values()) == set(SEEDS)
    assert (department.id, department.name) == (default_department(DEFAULT_WORKSPACE), "Default")
    assert await staff(tenancy.db, DEFAULT_WORKSPACE) == {tenancy.owner.profile}


async def test_beginning_again_changes_nothing(tenancy: Tenancy) -> None:
    async with tenancy.db.reading() as reading:
        before = await counts(reading)
    await asyncio.gather(*(seeds.begin(tenancy.db, at=tenancy.tick()) for _ in range(3)))
    async with tenancy.db.writing() as tx:
        await settings.write(tx, seeds.SEEDED, "")
        await settings.write(tx, seeds.SAID, "")
    await asyncio.gather(*(seeds.begin(tenancy.db, at=tenancy.tick()) for _ in range(3)))
    async with tenancy.db.reading() as reading:
        assert await counts(reading) == before


async def test_a_department_that_was_deleted_stays_so(tenancy: Tenancy) -> None:
    async with tenancy.db.writing() as tx:
        await archive.put(tx, Kind.DEPARTMENT, DEFAULT_WORKSPACE, [default_department(DEFAULT_WORKSPACE)], at=START)
        await settings.write(tx, seeds.SEEDED, "an earlier release's")
    await seeds.begin(tenancy.db, at=tenancy.tick())
    async with tenancy.db.reading() as reading:
        assert await departments.of_workspace(reading, DEFAULT_WORKSPACE) == []
        assert await settings.read(reading, seeds.SEEDED) == resources.edition()


async def test_a_new_workspace_has_a_department_of_those_who_own_or_administer_it(tenancy: Tenancy) -> None:
    elsewhere = await tenancy.a_workspace(name="elsewhere")
    everywhere, _ = await tenancy.a_key(role=Role.ADMIN, all_workspaces=True)
    await tenancy.a_key(role=Role.MEMBER, all_workspaces=True)
    await tenancy.a_key(role=Role.ADMIN, assigned=(elsewhere.id,))
    workspace = await tenancy.a_workspace(name="new")
    async with tenancy.db.reading() as reading:
        assert [one.name for one in await departments.of_workspace(reading, workspace.id)] == ["Default"]
    assert await staff(tenancy.db, workspace.id) == {tenancy.owner.profile, everywhere.profile}


async def test_the_department_leaves_a_record(tenancy: Tenancy) -> None:
    found = await changes.page(tenancy.db, tenancy.owner, ChangeQuery(kind="department", limit=10))
    assert [(one.entity, one.after) for one in found] == [
        (default_department(DEFAULT_WORKSPACE), {"name": "Default", "description": "", "active": True})
    ]


# Databases of the release before


@pytest.fixture
async def old_database(empty_database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """A database that the release before wrote, migrated to this one's schema."""
    before = tmp_path / "before"
    for kind in ("sqlite", "postgresql"):
        (before / kind).mkdir(parents=True)
        shutil.copy(Path(shipped.__file__).parent / kind / "0001_registry.sql", before / kind)
    await (await open_database(empty_database_url, folder=before)).close()
    _write(empty_database_url)
    opened = await open_database(empty_database_url)
    yield opened
    await opened.close()


def _write(url: str) -> None:
    """What a program of that release wrote: this one's may know no more how its schema is to be written."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file, file:
            for table, rows in _rows():
                file.executemany(_insert(table, rows, ":{}"), rows)
        return
    with psycopg.connect(url) as connection:
        for table, rows in _rows():
            connection.cursor().executemany(_insert(table, rows, "%({})s"), rows)


def _insert(table: str, rows: list[dict[str, object]], placeholder: str) -> str:
    values = ", ".join(placeholder.format(name) for name in rows[0])
    return f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({values})"


def _rows() -> Iterator[tuple[str, list[dict[str, object]]]]:
    at: dict[str, object] = {"created_at": instant(NOON)}
    made = at | {"created_by": UUID(int=2).hex}
    kept = made | {"updated_at": instant(NOON)}
    account, workspace, provider = UUID(int=1).hex, OLD_WORKSPACE.hex, UUID(int=20).hex
    yield "accounts", [made | {"id": account, "name": "Old", "webhook_secret": "", "challenge_token": ""}]
    yield "workspaces", [kept | {"id": workspace, "number": 1, "account": account, "name": "Old"}]
    people = {role: profile.hex for role, profile in _PEOPLE.items()}
    yield (
        "profiles",
        [at | {"id": one, "account": account, "kind": "user", "name": role} for role, one in people.items()],
    )
    yield (
        "members",
        [
            {"workspace": workspace, "profile": one, "role": role, "added_at": instant(NOON)}
            for role, one in people.items()
        ],
    )
    served = kept | {"workspace": workspace}
    yield "providers", [served | {"id": provider, "name": "Old provider", "driver": "openai", "management": "manual"}]
    common = served | {"provider": provider, "description": "Shared", "enabled": 1, "source": "manual"}
    names = {number: f"model-{number:04}" for number in range(1, _MODELS + 1)}
    yield (
        "models",
        [
            common
            | {"seq": 2**32 + number, "id": uuid7(NOON, number.to_bytes(8, "big")).hex}
            | {"upstream_name": name, "name": name, "search": name}
            for number, name in names.items()
        ],
    )


async def said(database: Database) -> int:
    """How much of what the old database says has a resource."""
    contents: list[Content] = [Description("Shared"), Name("Old provider"), Value("openai", "provider")]
    for number in range(1, _MODELS + 1):
        contents += [Name(f"model-{number:04}"), Value(f"model-{number:04}")]
    async with database.reading() as reading:
        return len(await resources.canonical(reading, OLD_WORKSPACE, contents))


async def test_what_an_old_database_says_has_resources_once(old_database: Database, empty_database_url: str) -> None:
    other = await open_database(empty_database_url)
    await asyncio.gather(*(seeds.begin(db, at=START) for db in (old_database, other) * 2))
    await other.close()
    assert await said(old_database) == 2 * _MODELS + 3
    async with old_database.reading() as reading:
        once = await counts(reading)
        offered = await resources.suggested(reading, OLD_WORKSPACE, ResourceKind.NAMES, exclude=())
    assert [one.text for one in offered] == [f"model-{n:04}" for n in range(1, 21)]
    assert await staff(old_database, OLD_WORKSPACE) == {_PEOPLE["owner"], _PEOPLE["admin"]}
    await seeds.begin(old_database, at=START)
    async with old_database.reading() as reading:
        assert await counts(reading) == once


#: A start that is killed with its second batch of models written and not yet committed.
KILLED = """
import asyncio, os, signal, sys
from armillary.services import seeds
from armillary.storage import resources
from armillary.storage.engine import open_database
from tests.tenancy import START

keep, calls = resources.keep_said, []

async def killed(*args, **options):
    calls.append(args)
    await keep(*args, **options)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    resources.keep_said = killed
    await seeds.begin(await open_database(sys.argv[1]), at=START)

asyncio.run(main())
"""


async def test_a_start_that_was_killed_is_taken_up_by_the_next(old_database: Database, empty_database_url: str) -> None:
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, empty_database_url, cwd=Path(__file__).parents[2]
    )
    assert await started.wait() == -signal.SIGKILL
    async with old_database.reading() as reading:
        assert await settings.read(reading, seeds.SAID) == str(2**32 + 500)
    assert 0 < await said(old_database) < 2 * _MODELS  # the first batch is whole, of the second there is nothing
    await seeds.begin(old_database, at=START)
    assert await said(old_database) == 2 * _MODELS + 3
