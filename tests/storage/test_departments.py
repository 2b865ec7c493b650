"""Departments as rows, on both databases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from armillary.domain.assemblies import Kind, Slot
from armillary.domain.departments import Department, contents
from armillary.storage import archive, departments, links, resources, revisions
from armillary.storage.database import Database
from tests.builders import NOON, a_kept_model, a_kept_provider, a_workspace, an_id


def a_department(workspace: UUID, **members: Any) -> Department:
    given: dict[str, Any] = {
        "id": an_id(),
        "workspace": workspace,
        "name": "A department",
        "description": "What it is for",
        "created_by": an_id(),
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Department(**{**given, **members})


async def kept(db: Database, *several: Department) -> None:
    async with db.writing() as tx:
        await revisions.raised(tx, several[0].workspace)
        await departments.insert_many(tx, several)


async def read(db: Database, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, Department]:
    async with db.reading() as reading:
        return await departments.by_ids(reading, workspace, ids)


async def test_a_department_is_read_as_it_was_written_and_saved(database: Database) -> None:
    workspace = await a_workspace(database)
    before = a_department(workspace.id, mcp=True)
    await kept(database, before)
    assert await read(database, workspace.id, [before.id]) == {before.id: before}
    after = replace(
        before, name="Another", description="", active=False, updated_at=NOON + timedelta(hours=1), revision=7
    )
    async with database.writing() as tx:
        await departments.save_many(tx, [after])
    assert await read(database, workspace.id, [before.id, an_id()]) == {before.id: after}


async def test_a_foreign_department_is_like_none(database: Database) -> None:
    ours, theirs = await a_workspace(database), await a_workspace(database)
    department = a_department(theirs.id)
    await kept(database, department)
    assert await read(database, ours.id, [department.id]) == {}
    async with database.writing() as tx:
        await departments.save_many(tx, [replace(department, workspace=ours.id, name="Stolen")])
    assert await read(database, theirs.id, [department.id]) == {department.id: department}
    async with database.reading() as reading:
        assert await departments.of_workspace(reading, ours.id) == []


async def test_all_of_a_workspace_come_oldest_first(database: Database) -> None:
    workspace = await a_workspace(database)
    several = sorted((a_department(workspace.id, name=name) for name in "cab"), key=lambda one: one.id)
    await kept(database, *reversed(several))
    async with database.reading() as reading:
        assert await departments.of_workspace(reading, workspace.id) == several


async def test_more_ids_than_one_statement_names(database: Database) -> None:
    workspace = await a_workspace(database)
    department = a_department(workspace.id)
    await kept(database, department)
    asked = [*(an_id() for _ in range(1200)), department.id]
    assert list(await read(database, workspace.id, asked)) == [department.id]


async def test_what_a_department_says_has_a_row(database: Database) -> None:
    workspace = await a_workspace(database)
    department = a_department(workspace.id)
    await kept(database, department)
    changed = replace(department, name="Another")
    async with database.writing() as tx:
        await departments.save_many(tx, [changed])
    said = {*contents(department), *contents(changed)}
    async with database.reading() as reading:
        assert set(await resources.canonical(reading, workspace.id, said)) == said


async def test_uses_and_staff_are_counted(database: Database) -> None:
    workspace = await a_workspace(database)
    used, unused = a_department(workspace.id), a_department(workspace.id)
    await kept(database, used, unused)
    provider = await a_kept_provider(database, workspace)
    model = (await a_kept_model(database, provider)).model
    async with database.writing() as tx:
        for kind, owner in (
            (Kind.MODEL, model.id),
            (Kind.PROVIDER, provider.id),
            (Kind.PROFILE, workspace.created_by),
        ):
            await links.insert(tx, kind, workspace.id, [(owner, {Slot.DEPARTMENTS: [used.id]})])
    async with database.reading() as reading:
        ids = [used.id, unused.id]
        assert await departments.uses(reading, workspace.id, ids) == {used.id: 3}
        assert await departments.staff(reading, workspace.id, ids) == {used.id: 1}
        assert await departments.uses(reading, an_id(), ids) == {}


async def test_a_department_comes_back_from_the_archive_whole(database: Database) -> None:
    workspace = await a_workspace(database)
    department = a_department(workspace.id)
    await kept(database, department)
    chosen = an_id()
    async with database.writing() as tx:
        await links.insert(tx, Kind.DEPARTMENT, workspace.id, [(department.id, {Slot.DESCRIPTIONS: [chosen]})])
        await archive.put(tx, Kind.DEPARTMENT, workspace.id, [department.id], at=NOON)
    assert await read(database, workspace.id, [department.id]) == {}
    async with database.writing() as tx:
        await archive.restore(tx, workspace.id, department.id)
    assert await read(database, workspace.id, [department.id]) == {department.id: department}
    async with database.reading() as reading:
        found = await links.of_owners(reading, Kind.DEPARTMENT, workspace.id, [department.id])
    assert found == {department.id: {Slot.DESCRIPTIONS: [chosen]}}
