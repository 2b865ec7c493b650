"""Agents as assemblies: what they leave behind, and what listings cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from armillary.domain.access import Role, entered
from armillary.domain.agents import Agent, AgentQuery
from armillary.domain.assemblies import Item, Kind, Outcome, Slot
from armillary.domain.changes import Action, ChangeQuery
from armillary.domain.errors import NotFound, PermissionDenied
from armillary.services import agents, assemblies, changes
from armillary.storage import agents as store
from armillary.storage import archive
from tests.counting import Counting
from tests.tenancy import Tenancy


def an_item(name: str = "An agent", **members: Any) -> Item:
    return Item(**{"texts": {Slot.NAMES: (name,)}, "active": True, **members})


async def create(tenancy: Tenancy, *items: Item, mcp: bool = False) -> list[UUID]:
    outcomes = await assemblies.create(tenancy.db, tenancy.owner, Kind.AGENT, items, mcp=mcp, at=tenancy.tick())
    return [one.id for one in outcomes if one.id is not None]


async def update(tenancy: Tenancy, item: Item, *, mcp: bool = False) -> list[Outcome]:
    return await assemblies.update(tenancy.db, tenancy.owner, Kind.AGENT, [item], mcp=mcp, at=tenancy.tick())


async def a_model(tenancy: Tenancy) -> UUID:
    item = Item(texts={Slot.NAMES: ("A model",)})
    [made] = await assemblies.create(tenancy.db, tenancy.owner, Kind.MODEL, [item], mcp=False, at=tenancy.tick())
    assert made.id is not None
    return made.id


async def kept(tenancy: Tenancy, agent: UUID) -> Agent | None:
    async with tenancy.db.reading() as reading:
        return (await store.by_ids(reading, tenancy.owner.workspace, [agent])).get(agent)


async def uses(tenancy: Tenancy, model: UUID) -> int:
    async with tenancy.db.reading() as reading:
        return (await store.uses(reading, tenancy.owner.workspace, [model])).get(model, 0)


async def test_an_agent_is_as_its_item_says(tenancy: Tenancy) -> None:
    first, further = await a_model(tenancy), await a_model(tenancy)
    [agent] = await create(tenancy, an_item(links={Slot.MODELS: (first, further)}), mcp=True)
    held = await kept(tenancy, agent)
    assert held is not None
    assert (held.name, held.model, held.active, held.mcp) == ("An agent", first, True, True)
    assert (await uses(tenancy, first), await uses(tenancy, further)) == (1, 1)


async def test_every_write_leaves_a_record(tenancy: Tenancy) -> None:
    model = await a_model(tenancy)
    [agent] = await create(tenancy, an_item())
    await update(tenancy, Item(id=agent, links={Slot.MODELS: (model,)}))
    await assemblies.delete(tenancy.db, tenancy.owner, Kind.AGENT, [agent], at=tenancy.tick())
    found = await changes.page(tenancy.db, tenancy.owner, ChangeQuery(kind="agent", entity=agent))
    assert [one.action for one in found] == [Action.DELETED, Action.UPDATED, Action.CREATED]
    assert found[1].after == {"model": model.hex, "models": [str(model)]}


async def test_a_tool_clients_edit_is_marked(tenancy: Tenancy) -> None:
    [agent] = await create(tenancy, an_item())
    await update(tenancy, Item(id=agent), mcp=True)
    held = await kept(tenancy, agent)
    assert held is not None
    assert held.mcp


async def test_a_deleted_agent_comes_back_with_what_it_used(tenancy: Tenancy) -> None:
    first, further = await a_model(tenancy), await a_model(tenancy)
    [agent] = await create(tenancy, an_item(links={Slot.MODELS: (first, further)}))
    before = await kept(tenancy, agent)
    await assemblies.delete(tenancy.db, tenancy.owner, Kind.AGENT, [agent], at=tenancy.tick())
    assert (await kept(tenancy, agent), await uses(tenancy, first), await uses(tenancy, further)) == (None, 0, 0)
    async with tenancy.db.writing() as tx:
        await archive.restore(tx, tenancy.owner.workspace, agent)
    assert await kept(tenancy, agent) == before
    assert (await uses(tenancy, first), await uses(tenancy, further)) == (1, 1)


async def test_a_deleted_agents_id_stays_taken(tenancy: Tenancy) -> None:
    [agent] = await create(tenancy, an_item())
    await assemblies.delete(tenancy.db, tenancy.owner, Kind.AGENT, [agent], at=tenancy.tick())
    again = [an_item(id=agent)]
    [outcome] = await assemblies.create(tenancy.db, tenancy.owner, Kind.AGENT, again, mcp=False, at=tenancy.tick())
    assert [fault.member for fault in outcome.faults] == ["id"]


async def test_another_workspaces_agent_is_none(tenancy: Tenancy) -> None:
    [agent] = await create(tenancy, an_item())
    there = await tenancy.enter(tenancy.token, (await tenancy.a_workspace()).id)
    with pytest.raises(NotFound):
        await assemblies.form(tenancy.db, there, Kind.AGENT, agent, None, at=tenancy.tick())
    with pytest.raises(NotFound):
        await assemblies.delete(tenancy.db, there, Kind.AGENT, [agent], at=tenancy.tick())
    assert (await agents.search(tenancy.db, there, AgentQuery())).total == 0


async def test_agents_have_scopes_of_their_own(tenancy: Tenancy) -> None:
    for scopes in (("models:manage",), ("agents:read",)):
        caller = replace(tenancy.owner, scopes=entered(Role.OWNER, scopes))
        with pytest.raises(PermissionDenied):
            await assemblies.create(tenancy.db, caller, Kind.AGENT, [an_item()], mcp=False, at=tenancy.tick())
    with pytest.raises(PermissionDenied):
        await agents.search(tenancy.db, replace(tenancy.owner, scopes=frozenset()), AgentQuery())


async def test_a_page_of_many_costs_the_statements_of_a_page_of_few(tenancy: Tenancy) -> None:
    model = await a_model(tenancy)
    await create(tenancy, *(an_item(f"{number}", links={Slot.MODELS: (model,)}) for number in range(100)))
    cost = []
    for limit in (10, 100):
        counting: Any = Counting(tenancy.db)
        found = await agents.search(counting, tenancy.owner, AgentQuery(limit=limit))
        assert len(found.items) == limit
        cost.append(counting.statements)
    assert cost[0] == cost[1]
