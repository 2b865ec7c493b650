"""Agents: what uses models. An active agent locks the models that it links.

Source: contracts/artifacts.md, 3.5 and section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from armillary.domain.assemblies import Assembly, Claims, ModelRow, Said, Slot
from armillary.domain.changes import Document
from armillary.domain.editing import Actor
from armillary.domain.exports import Sheet, joined, texts, yes_or_no
from armillary.domain.facets import Option
from armillary.domain.resources import Content, Description, Name, Resource
from armillary.domain.seeds import AGENT_ACTIVE
from armillary.domain.switches import is_on, said_of_switch, switch_claims


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One agent: ``model`` is the one that it uses first, None where it uses none."""

    id: UUID
    workspace: UUID
    name: str
    description: str = ""
    model: UUID | None = None
    active: bool = True
    mcp: bool = False
    created_by: UUID
    created_at: datetime
    updated_at: datetime
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentQuery:
    """Which agents to show, by name, then by id: all conditions hold together, and any of the ids of one.

    ``text`` is looked for in names and descriptions, whatever its case; ``department_text`` and ``model_text`` in the
    names of what there is to narrow by. ``none`` stands for a condition that no agent meets.
    """

    text: str = ""
    departments: tuple[UUID, ...] = ()
    models: tuple[UUID, ...] = ()
    department_text: str = ""
    model_text: str = ""
    none: bool = False
    offset: int = 0
    limit: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAgent:
    """An agent as a listing shows it, with the first of its models, levels and temperatures; and what may be done."""

    agent: Agent
    departments: tuple[UUID, ...] = ()
    model: ModelRow | None = None
    reasoning: str | None = None
    temperature: Decimal | None = None
    may_edit: bool
    may_duplicate: bool
    may_delete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentListing:
    """One page of agents, how many there are on all pages, and by what they may be narrowed."""

    actor: Actor
    items: tuple[ListedAgent, ...]
    total: int
    departments: tuple[Option, ...]
    models: tuple[Option, ...]


#: What an export of agents holds. Source: contracts/artifacts.md, 2.10 and 3.5.
SHEET = Sheet(
    of="agents",
    columns=(
        "agent_id",
        "name",
        "description",
        "active",
        "departments",
        "models",
        "temperature_levels",
        "reasoning_levels",
        "qualities",
        "voices",
    ),
)
_LISTED = (Slot.TEMPERATURE_LEVELS, Slot.REASONING_LEVELS, Slot.QUALITIES, Slot.VOICES)


def cells(agent: Agent, shown: Assembly, departments: Mapping[UUID, str], models: Mapping[UUID, str]) -> Sequence[str]:
    """An agent's row of ``SHEET``; the names of departments and models are looked up, those that are gone left out."""
    return (
        str(agent.id),
        agent.name,
        agent.description,
        yes_or_no(agent.active),
        joined(departments[one] for one in shown.linked(Slot.DEPARTMENTS) if one in departments),
        joined(models[one] for one in shown.linked(Slot.MODELS) if one in models),
        *(texts(shown, slot) for slot in _LISTED),
    )


def document(agent: Agent) -> Document:
    """The agent as its change record shows it."""
    return {
        "name": agent.name,
        "description": agent.description,
        "model": None if agent.model is None else agent.model.hex,
        "active": agent.active,
        "mcp": agent.mcp,
    }


def contents(agent: Agent) -> tuple[Content, ...]:
    """What the agent says that a resource stands for."""
    return tuple(
        one
        for slot in (Slot.NAMES, Slot.DESCRIPTIONS)
        for one in claims(agent, slot).required
        if not isinstance(one, UUID)
    )


def claims(agent: Agent, slot: Slot) -> Claims:
    """What the registry says of an agent in this slot."""
    if slot is Slot.FLAGS:
        return switch_claims(AGENT_ACTIVE, on=agent.active)
    said = _CLAIMS.get(slot)
    return Claims() if said is None else Claims(required=said(agent))


_CLAIMS: dict[Slot, Callable[[Agent], tuple[Said, ...]]] = {
    Slot.NAMES: lambda agent: (Name(agent.name),) if agent.name else (),
    Slot.DESCRIPTIONS: lambda agent: (Description(agent.description),) if agent.description else (),
    Slot.MODELS: lambda agent: () if agent.model is None else (agent.model,),
}


def said(slot: Slot, linked: Sequence[Resource | UUID]) -> list[Said | None]:
    """What each link of the slot says of an agent in the registry's terms; None where that has no word for it."""
    if slot is Slot.FLAGS:
        return said_of_switch(AGENT_ACTIVE, linked)
    if slot is Slot.MODELS:
        return [one if isinstance(one, UUID) and not place else None for place, one in enumerate(linked)]
    return [one.content if slot in _CLAIMS and isinstance(one, Resource) else None for one in linked]


def assembled(agent: Agent, links: Mapping[Slot, Sequence[Resource | UUID]]) -> Agent:
    """The agent once its slots link these; a slot that is missing stays as it is, and a name cannot be cleared."""
    for slot in _CHANGES.keys() & links.keys():
        agent = _CHANGES[slot](agent, links[slot])
    return agent


def _named(agent: Agent, linked: Sequence[Resource | UUID]) -> Agent:
    contents = (one.content for one in linked if isinstance(one, Resource))
    return replace(agent, name=next((one.name for one in contents if isinstance(one, Name)), agent.name))


def _described(agent: Agent, linked: Sequence[Resource | UUID]) -> Agent:
    contents = (one.content for one in linked if isinstance(one, Resource))
    return replace(agent, description=next((one.description for one in contents if isinstance(one, Description)), ""))


_CHANGES: dict[Slot, Callable[[Agent, Sequence[Resource | UUID]], Agent]] = {
    Slot.NAMES: _named,
    Slot.DESCRIPTIONS: _described,
    Slot.MODELS: lambda agent, linked: replace(
        agent, model=next((one for one in linked if isinstance(one, UUID)), None)
    ),
    Slot.FLAGS: lambda agent, linked: replace(agent, active=is_on(AGENT_ACTIVE, linked)),
}
