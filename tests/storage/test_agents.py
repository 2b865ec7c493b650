"""Agents as rows, on both databases: who uses which model, and what a search finds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from armillary.domain.accounts import Workspace
from armillary.domain.agents import Agent, AgentQuery
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.models import Registered
from armillary.storage import agents, archive, links, revisions
from armillary.storage.database import Database
from tests.builders import NOON, a_kept_provider, a_workspace, an_agent, an_id, some_kept_models


async def kept(db: Database, *made: Agent, **linked: tuple[UUID, ...]) -> None:
    """The agents, the last of which links these besides, slot by slot."""
    async with db.writing() as tx:
        await revisions.raised(tx, made[0].workspace)
        await agents.insert_many(tx, made)
        of_last = {Slot(slot): targets for slot, targets in linked.items()}
        await links.insert(tx, Kind.AGENT, made[-1].workspace, [(made[-1].id, of_last)])


async def some_models(db: Database, workspace: Workspace, count: int = 2) -> list[UUID]:
    provider = await a_kept_provider(db, workspace)
    found: list[Registered] = await some_kept_models(db, provider, [{} for _ in range(count)])
    return [one.model.id for one in found]


async def uses(db: Database, workspace: Workspace, *of: UUID) -> dict[UUID, int]:
    async with db.reading() as reading:
        return await agents.uses(reading, workspace.id, of)


async def names(db: Database, workspace: Workspace, **asked: Any) -> list[str]:
    async with db.reading() as reading:
        query = AgentQuery(**asked)
        found = await agents.page(reading, db.kind, workspace.id, query)
        assert len(found) <= await agents.count(reading, workspace.id, query)
        return [one.name for one in found]


async def test_an_agent_is_read_as_it_was_written_and_saved(database: Database) -> None:
    workspace = await a_workspace(database)
    (model,) = await some_models(database, workspace, 1)
    agent = an_agent(workspace, name="Ä", description="d", mcp=True, model=model)
    await kept(database, agent)
    after = replace(agent, name="Ö", description="", model=None, active=False, mcp=False, revision=7)
    for expected in (agent, after):
        async with database.writing() as tx:
            await agents.save_many(tx, [expected])
        async with database.reading() as reading:
            assert await agents.by_ids(reading, workspace.id, [agent.id]) == {agent.id: expected}


async def test_agents_of_another_workspace_are_none(database: Database) -> None:
    here, there = await a_workspace(database), await a_workspace(database)
    agent = an_agent(there)
    await kept(database, agent)
    async with database.reading() as reading:
        assert not await agents.by_ids(reading, here.id, [agent.id])
    assert not await names(database, here)


async def test_a_model_is_used_by_the_active_agents_that_link_it(database: Database) -> None:
    workspace = await a_workspace(database)
    first, further, unused = await some_models(database, workspace, 3)
    await kept(database, an_agent(workspace, model=first), an_agent(workspace, model=further, active=False))
    await kept(database, an_agent(workspace, model=first), models=(first, further))
    assert await uses(database, workspace, first, further, unused) == {first: 2, further: 1}


async def test_the_first_link_only_remembers_the_column(database: Database) -> None:
    workspace = await a_workspace(database)
    was, now = await some_models(database, workspace)
    await kept(database, an_agent(workspace, model=now), models=(was, now))
    assert await uses(database, workspace, was, now) == {now: 1}


async def test_a_model_deleted_elsewhere_leaves_its_agents_without_it(database: Database) -> None:
    workspace = await a_workspace(database)
    gone, left = await some_models(database, workspace)
    agent = an_agent(workspace, model=gone)
    await kept(database, agent, models=(gone, left))
    async with database.writing() as tx:
        await archive.put(tx, Kind.MODEL, workspace.id, [gone], at=NOON)
    assert await uses(database, workspace, gone, left) == {left: 1}
    async with database.reading() as reading:
        assert (await agents.by_ids(reading, workspace.id, [agent.id]))[agent.id].model is None


async def test_agents_are_found_by_a_model_at_any_place(database: Database) -> None:
    workspace = await a_workspace(database)
    first, further, other = await some_models(database, workspace, 3)
    made = [an_agent(workspace, model=first, active=False), an_agent(workspace), an_agent(workspace, model=other)]
    await kept(database, *made, models=(other, further))
    async with database.reading() as reading:
        found = await agents.using(reading, workspace.id, [first, further])
        assert {one.id for one in found} == {made[0].id, made[2].id}
        assert await agents.using(reading, workspace.id, []) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", ["Beta", "alpha", "Écrire"], id="none-orders-by-code-point"),
        pytest.param("ALPHA", ["alpha"], id="any-case"),
        pytest.param("éCR", ["Écrire"], id="any-case-of-any-letter"),
        pytest.param("of a", ["Beta"], id="in-descriptions"),
        pytest.param("%", [], id="literally"),
        pytest.param("Betamade", [], id="not-across-both"),
        pytest.param("\x00", [], id="what-no-row-holds"),
    ],
)
async def test_agents_are_found_by_text(database: Database, text: str, found: list[str]) -> None:
    workspace = await a_workspace(database)
    described = an_agent(workspace, name="Beta", description="made of a thing")
    await kept(database, an_agent(workspace, name="Écrire"), an_agent(workspace, name="alpha"), described)
    assert await names(database, workspace, text=text) == found


async def test_agents_are_found_by_departments_and_models_and_paged(database: Database) -> None:
    workspace = await a_workspace(database)
    first, further = await some_models(database, workspace)
    department = an_id()
    await kept(database, an_agent(workspace, name="a", model=first))
    await kept(database, an_agent(workspace, name="b", model=first), models=(first, further), departments=(department,))
    await kept(database, an_agent(workspace, name="c", active=False))
    assert await names(database, workspace, models=(first, further)) == ["a", "b"]
    assert await names(database, workspace, models=(further,)) == ["b"]
    assert await names(database, workspace, departments=(department, an_id())) == ["b"]
    assert await names(database, workspace, limit=1, offset=2) == ["c"]
    async with database.reading() as reading:
        assert await agents.model_counts(reading, workspace.id) == {first: 2, further: 1}
        assert await agents.used_by(reading, workspace.id, [an_id()]) == set()
