"""What the list of models can be narrowed by: true counts, narrowed by text, on both databases."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armillary.domain.agents import Agent
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.assembly_listings import MOST_OPTIONS, FacetQuery, Facets, Option
from armillary.domain.departments import Department
from armillary.domain.providers import Provider
from armillary.domain.resources import Description
from armillary.storage import facets, links, resources
from armillary.storage.database import Database
from tests.builders import NOON, a_kept_agent, a_kept_provider, a_workspace
from tests.storage.registries import Registry, kept, names, plans

shared = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def facets_of(db: Database, workspace: UUID, **narrowed: str) -> Facets:
    async with db.reading() as reading:
        return await facets.facets(reading, db.kind, workspace, FacetQuery(**narrowed))


def options(
    things: Iterable[Provider | Department | Agent], linked: Iterable[Collection[UUID]], text: str, *, idle: bool
) -> tuple[Option, ...]:
    """The things whose name has the text, with how many of those that link something link each."""
    links = [frozenset(each) for each in linked]
    counted = [Option(one.id, one.name, sum(one.id in each for each in links)) for one in things]
    fit = [one for one in counted if (one.count or idle) and text.casefold() in one.name.casefold()]
    return tuple(sorted(fit, key=lambda one: (one.name, one.id)))


def expected(registry: Registry, text: str) -> Facets:
    models = registry.models
    return Facets(
        providers=options(registry.providers, [one.providers for one in models], text, idle=False),
        departments=options(registry.departments, [one.departments for one in models], text, idle=False),
        agents=options(registry.agents, [one.agents for one in models], text, idle=True),
    )


@shared
@given(plan=plans(), words=st.lists(names, min_size=3, max_size=3), data=st.data())
async def test_facets_count_models(database: Database, plan: list[Any], words: list[str], data: st.DataObject) -> None:
    registry = await kept(database, plan, words)
    text: str = data.draw(st.sampled_from(["", words[0][:2], words[1].swapcase()]) | names)
    found = await facets_of(database, registry.workspace.id, provider=text, department=text, agent=text)
    assert found == expected(registry, text)


async def test_descriptions_of_providers_and_agents_are_searched_too(database: Database) -> None:
    said = {"description": "", "providers": [0], "departments": [0], "agents": []}
    registry = await kept(database, [{"name": "a", **said}])
    workspace, provider = registry.workspace, registry.providers[0]
    agent = await a_kept_agent(database, workspace, name="Agent", description="Kept in the CELLAR")
    described = resources.fresh(Description("Below the Cellar"), workspace.id, at=NOON)
    async with database.writing() as tx:
        await resources.insert(tx, [described])
        await links.insert(tx, Kind.PROVIDER, workspace.id, [(provider.id, {Slot.DESCRIPTIONS: [described.id]})])
    found = await facets_of(database, workspace.id, provider="cellar", department="cellar", agent="cellar")
    assert found == Facets(
        providers=(Option(provider.id, "One", 1),), departments=(), agents=(Option(agent.id, "Agent", 0),)
    )


async def test_a_link_that_only_remembers_another_provider_does_not_count(database: Database) -> None:
    said = {"description": "", "departments": [], "agents": []}
    registry = await kept(database, [{"name": "a", "providers": [0, 1], **said}])
    first, second, third = registry.providers
    stale = {Slot.PROVIDERS: [third.id, second.id]}  # the model's own row says the first
    async with database.writing() as tx:
        await links.replace(tx, Kind.MODEL, registry.workspace.id, [(registry.models[0].id, stale)])
    found = await facets_of(database, registry.workspace.id)
    assert found.providers == (Option(first.id, "One", 1), Option(second.id, "two", 1))


async def test_a_facet_shows_a_hundred_options_at_most(database: Database) -> None:
    workspace = await a_workspace(database)
    for number in range(MOST_OPTIONS + 5):
        await a_kept_agent(database, workspace, name=f"Agent {number:03}")
    found = await facets_of(database, workspace.id)
    assert [one.name for one in found.agents] == [f"Agent {number:03}" for number in range(MOST_OPTIONS)]


async def test_a_foreign_workspace_has_no_options(database: Database) -> None:
    await a_kept_provider(database, await a_workspace(database))
    other = await a_workspace(database)
    assert await facets_of(database, other.id, agent="\ud800") == Facets(providers=(), departments=(), agents=())
