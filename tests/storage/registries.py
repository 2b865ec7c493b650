"""A small registry of assemblies as plain values, kept in a workspace, and what the contract says a search shows of it.

Source: contracts/artifacts.md, 2.2.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from armillary.domain.accounts import Workspace
from armillary.domain.agents import Agent
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.assembly_listings import AssemblyQuery
from armillary.domain.departments import Department
from armillary.domain.providers import Provider
from armillary.storage import agents, departments, links, revisions
from armillary.storage.database import Database
from tests.builders import NOON, a_kept_provider, a_workspace, an_agent, an_id, some_kept_models
from tests.generated import characters

#: Letters that fold to others or to several, wildcards of SQL, quotes, and what means something to the indexes.
_TRICKY = "aAbB %_\\\"'*+-:(){}^~.\nßẞıİΣςσéÉ\u0301ﬁ字𝔸😀\u00a0"  # noqa: RUF001  their ambiguity is the point
#: What sets the parts of a searched text apart, which a name holds as spaces.
_PARTS = "\x1d\x1e\x1f"
_texts = st.text(st.sampled_from(_TRICKY) | characters.filter(lambda one: one not in _PARTS), max_size=12)
names = _texts.map(str.strip).filter(bool)
descriptions = _texts.map(str.strip)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A model with all that a search asks of it."""

    id: UUID
    name: str
    description: str
    providers: tuple[UUID, ...]
    departments: tuple[UUID, ...]
    agents: frozenset[UUID]

    def says(self, text: str) -> bool:
        part = text.casefold()
        return part in self.name.casefold() or part in self.description.casefold()

    def fits(self, query: AssemblyQuery) -> bool:
        return (
            self.says(query.text)
            and _any(query.providers, self.providers)
            and _any(query.departments, self.departments)
            and _any(query.agents, self.agents)
        )


def _any(wanted: Collection[UUID], there: Collection[UUID]) -> bool:
    return not wanted or not set(wanted).isdisjoint(there)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A workspace, and what was kept in it."""

    workspace: Workspace
    providers: tuple[Provider, ...]
    departments: tuple[Department, ...]
    agents: tuple[Agent, ...]
    models: tuple[Listed, ...]

    def found(self, query: AssemblyQuery) -> list[Listed]:
        """Everything that the query asks for, in order."""
        return sorted((one for one in self.models if one.fits(query)), key=lambda one: (one.name, one.id))


@st.composite
def plans(draw: st.DrawFn, *, most: int = 8) -> list[dict[str, Any]]:
    """What models say, and by their places which providers, departments and agents they have."""
    places = st.lists(st.integers(0, 2), max_size=2, unique=True)
    members: dict[str, st.SearchStrategy[Any]] = {"name": names, "description": descriptions}
    model = st.fixed_dictionaries({**members, "providers": places, "departments": places, "agents": places})
    return draw(st.lists(model, max_size=most))


async def kept(db: Database, plan: Sequence[dict[str, Any]], words: Sequence[str] = ("One", "two", "Zwei")) -> Registry:
    """A registry of the plan in a workspace of its own; providers, departments and agents have the words as names."""
    workspace = await a_workspace(db)
    providers = [await a_kept_provider(db, workspace, name=word) for word in words]
    places = [
        Department(id=an_id(), workspace=workspace.id, name=word, created_by=an_id(), created_at=NOON, updated_at=NOON)
        for word in words
    ]
    models = await some_kept_models(
        db,
        providers[0],
        [
            {
                "name": one["name"],
                "description": one["description"],
                "provider": providers[one["providers"][0]].id if one["providers"] else None,
                "upstream_name": f"upstream-{number}" if one["providers"] else None,
            }
            for number, one in enumerate(plan)
        ],
    )
    listed = [
        Listed(
            id=each.model.id,
            name=one["name"],
            description=one["description"],
            providers=tuple(providers[place].id for place in one["providers"]),
            departments=tuple(places[place].id for place in one["departments"]),
            agents=frozenset(),
        )
        for each, one in zip(models, plan, strict=True)
    ]
    used = [[each.id for each, one in zip(listed, plan, strict=True) if place in one["agents"]] for place in range(3)]
    users = [
        an_agent(workspace, name=word, model=ids[0] if ids else None, active=number != 2)
        for number, (word, ids) in enumerate(zip(words, used, strict=True))
    ]
    async with db.writing() as tx:
        await revisions.raised(tx, workspace.id)
        await departments.insert_many(tx, places)
        await agents.insert_many(tx, users)
        await links.insert(
            tx,
            Kind.MODEL,
            workspace.id,
            [(one.id, {Slot.PROVIDERS: one.providers, Slot.DEPARTMENTS: one.departments}) for one in listed],
        )
        await links.insert(
            tx, Kind.AGENT, workspace.id, [(user.id, {Slot.MODELS: ids}) for user, ids in zip(users, used, strict=True)]
        )
    return Registry(
        workspace=workspace,
        providers=tuple(providers),
        departments=tuple(places),
        agents=tuple(users),
        models=tuple(
            Listed(
                id=one.id,
                name=one.name,
                description=one.description,
                providers=one.providers,
                departments=one.departments,
                agents=frozenset(user.id for user, ids in zip(users, used, strict=True) if one.id in ids),
            )
            for one in listed
        ),
    )


@st.composite
def queries(draw: st.DrawFn, registry_plan: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A text, more often than not one that is there, and places of what is filtered by."""
    said = [one[member] for one in registry_plan for member in ("name", "description") if one[member]]
    text = draw(st.just("") | descriptions)
    mostly: int = draw(st.integers(0, 3))
    if said and mostly:
        whole: str = draw(st.sampled_from(said))
        start: int = draw(st.integers(0, len(whole) - 1))
        end: int = draw(st.integers(start, len(whole)))
        text = draw(st.sampled_from([whole[start:end], whole[start:end].swapcase(), whole[start:end].upper()]))
    filtered = st.lists(st.integers(0, 3), max_size=2)
    return {"text": text, "providers": draw(filtered), "departments": draw(filtered), "agents": draw(filtered)}


def asked(registry: Registry, question: dict[str, Any], **members: Any) -> AssemblyQuery:
    """The query of a drawn question; the place after the last one is of something that is not there."""

    def ids(of: Sequence[Provider | Department | Agent], places: Sequence[int]) -> tuple[UUID, ...]:
        return tuple([*(one.id for one in of), UUID(int=9)][place] for place in places)

    return AssemblyQuery(
        text=question["text"],
        providers=ids(registry.providers, question["providers"]),
        departments=ids(registry.departments, question["departments"]),
        agents=ids(registry.agents, question["agents"]),
        **members,
    )
