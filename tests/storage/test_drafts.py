"""Drafts as rows: read as they were written, saved over at their version alone, found by workspace and kind.

Source: contracts/artifacts.md, 5.7.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from armillary.domain.accounts import Workspace
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.drafts import Draft, saved_over
from armillary.storage import drafts
from armillary.storage.database import Database
from tests.builders import NOON, a_workspace, an_id


@pytest.fixture
async def workspace(database: Database) -> Workspace:
    return await a_workspace(database)


def a_draft(workspace: Workspace, **members: Any) -> Draft:
    given: dict[str, Any] = {
        "id": an_id(),
        "workspace": workspace.id,
        "kind": Kind.MODEL,
        "profile": workspace.created_by,
        "group": an_id(),
        "session": an_id(),
        "version": 1,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Draft(**{**given, **members})


async def a_kept_draft(db: Database, workspace: Workspace, **members: Any) -> Draft:
    draft = a_draft(workspace, **members)
    async with db.writing() as tx:
        await drafts.insert(tx, draft)
    return draft


async def read(db: Database, draft: Draft, **other: Any) -> Draft | None:
    where: dict[str, Any] = {"workspace": draft.workspace, "kind": draft.kind, **other}
    async with db.reading() as reading:
        return await drafts.by_id(reading, where["workspace"], where["kind"], draft.id)


async def replaced(db: Database, draft: Draft, *, version: int) -> bool:
    async with db.writing() as tx:
        return await drafts.replaced(tx, draft, version=version)


async def test_a_draft_is_read_as_it_was_written(database: Database, workspace: Workspace) -> None:
    links = {Slot.NAMES: (an_id(),), Slot.VOICES: (an_id(), an_id()), Slot.PROVIDERS: (an_id(),)}
    kept = await a_kept_draft(database, workspace, version=2**53, links=links, mcp=True)
    assert await read(database, kept) == kept


async def test_an_empty_draft_links_nothing(database: Database, workspace: Workspace) -> None:
    kept = await a_kept_draft(database, workspace)
    found = await read(database, kept)
    assert found is not None
    assert found.links == {}


async def test_a_draft_is_saved_over_whole_at_its_version(database: Database, workspace: Workspace) -> None:
    before = await a_kept_draft(database, workspace, links={Slot.NAMES: (an_id(),)})
    after = saved_over(before, {Slot.VOICES: (an_id(),)}, mcp=True, at=NOON + timedelta(minutes=1))
    assert await replaced(database, after, version=1)
    assert await read(database, before) == after


@pytest.mark.parametrize("version", [0, 2, 3])
async def test_at_another_version_nothing_is_kept(database: Database, workspace: Workspace, version: int) -> None:
    before = await a_kept_draft(database, workspace)
    after = saved_over(before, {Slot.VOICES: (an_id(),)}, mcp=True, at=NOON)
    assert not await replaced(database, after, version=version)
    assert await read(database, before) == before


async def test_a_draft_is_of_one_workspace_and_one_kind(database: Database, workspace: Workspace) -> None:
    kept = await a_kept_draft(database, workspace)
    elsewhere = await a_workspace(database)
    assert await read(database, kept, workspace=elsewhere.id) is None
    assert await read(database, kept, kind=Kind.AGENT) is None
    for other in (replace(kept, workspace=elsewhere.id), replace(kept, kind=Kind.AGENT), replace(kept, id=an_id())):
        assert not await replaced(database, replace(other, version=2), version=1)
    assert await read(database, kept) == kept


async def test_own_drafts_are_told_newest_first_and_so_many_at_most(database: Database, workspace: Workspace) -> None:
    made = [
        await a_kept_draft(database, workspace, created_at=NOON + timedelta(seconds=second)) for second in (2, 0, 3, 1)
    ]
    await a_kept_draft(database, workspace, kind=Kind.PROVIDER)
    await a_kept_draft(database, await a_workspace(database))
    async with database.reading() as reading:
        found = await drafts.of_profile(reading, workspace.id, Kind.MODEL, workspace.created_by, limit=3)
        foreign = await drafts.of_profile(reading, workspace.id, Kind.MODEL, an_id(), limit=3)
    assert found == [made[2], made[0], made[3]]
    assert foreign == []
