"""What becomes of the agents that use models where those are swapped."""

from __future__ import annotations

from uuid import UUID

from armillary.domain.accounts import Workspace
from armillary.domain.agents import Agent
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.changes import ChangeQuery
from armillary.domain.models import Swap
from armillary.services import models
from armillary.storage import agents, changes, links, revisions
from armillary.storage.database import Database
from tests.builders import NOON, a_kept_agent, a_kept_provider, a_principal, a_workspace, some_kept_models


async def used(db: Database, workspace: Workspace, agent: Agent) -> tuple[UUID | None, list[UUID]]:
    """The model that the agent uses first, and all that it links."""
    async with db.reading() as reading:
        held = (await agents.by_ids(reading, workspace.id, [agent.id]))[agent.id]
        stored = await links.of_owners(reading, Kind.AGENT, workspace.id, [agent.id])
        return held.model, stored.get(agent.id, {}).get(Slot.MODELS, [])


async def enabled_models(db: Database, workspace: Workspace, count: int) -> list[UUID]:
    provider = await a_kept_provider(db, workspace)
    return [one.model.id for one in await some_kept_models(db, provider, [{"enabled": True}] * count)]


async def test_agents_follow_a_swap_at_each_place_all_at_once(database: Database) -> None:
    workspace = await a_workspace(database)
    a, b, c = await enabled_models(database, workspace, 3)
    first = await a_kept_agent(database, workspace, {Slot.MODELS: (a, c)}, model=a)
    further = await a_kept_agent(database, workspace, {Slot.MODELS: (c, b)}, model=c, active=False)
    both = await a_kept_agent(database, workspace, {Slot.MODELS: (b, a)}, model=b)
    swaps = [Swap(current=a, next=b), Swap(current=b, next=a)]
    await models.swap(database, a_principal(workspace), swaps, at=NOON)
    assert await used(database, workspace, first) == (b, [b, c])
    assert await used(database, workspace, further) == (c, [c, a])
    assert await used(database, workspace, both) == (a, [a, b])


async def test_an_agent_that_used_both_keeps_one(database: Database) -> None:
    workspace = await a_workspace(database)
    a, b = await enabled_models(database, workspace, 2)
    agent = await a_kept_agent(database, workspace, {Slot.MODELS: (b, a)}, model=b)
    await models.swap(database, a_principal(workspace), [Swap(current=a, next=b, disable_after=True)], at=NOON)
    assert await used(database, workspace, agent) == (b, [b])


async def test_a_swap_of_what_no_agent_uses_writes_nothing(database: Database) -> None:
    workspace = await a_workspace(database)
    a, b, c = await enabled_models(database, workspace, 3)
    await a_kept_agent(database, workspace, model=c)
    async with database.reading() as reading:
        before = await revisions.current(reading, workspace.id)
    await models.swap(database, a_principal(workspace), [Swap(current=a, next=b)], at=NOON)
    async with database.reading() as reading:
        assert await revisions.current(reading, workspace.id) == before


async def test_a_swap_leaves_a_change_record_of_each_agent(database: Database) -> None:
    workspace = await a_workspace(database)
    a, b = await enabled_models(database, workspace, 2)
    agent = await a_kept_agent(database, workspace, model=a)
    await models.swap(database, a_principal(workspace), [Swap(current=a, next=b)], at=NOON)
    async with database.reading() as reading:
        query = ChangeQuery(kind="agent", entity=agent.id)
        (told,) = await changes.page(reading, workspace.id, query)
    assert (told.before, told.after) == (
        {"model": a.hex, "models": [str(a)]},
        {"model": b.hex, "models": [str(b)]},
    )
