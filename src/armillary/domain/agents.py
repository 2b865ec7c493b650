"""Agents: what uses models. An active agent locks the models that it links.

Source: contracts/artifacts.md, 3.5 and section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from armillary.domain.assemblies import Claims, Said, Slot
from armillary.domain.changes import Document
from armillary.domain.resources import Content, Description, Flag, Name, Resource
from armillary.domain.seeds import AGENT_ACTIVE, SEEDED


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

    ``text`` is looked for in names and descriptions, whatever its case.
    """

    text: str = ""
    departments: tuple[UUID, ...] = ()
    models: tuple[UUID, ...] = ()
    offset: int = 0
    limit: int = 12


def document(agent: Agent) -> Document:
    """The agent as its change record shows it."""
    return {
        "name": agent.name,
        "description": agent.description,
        "model": None if agent.model is None else agent.model.hex,
        "active": agent.active,
        "mcp": agent.mcp,
    }


#: The flag of an active agent; an inactive one has none.
ACTIVE: Flag = next(one for one in SEEDED if isinstance(one, Flag) and one.type == AGENT_ACTIVE)


def claims(agent: Agent, slot: Slot) -> Claims:
    """What the registry says of an agent in this slot."""
    said = _CLAIMS.get(slot)
    return Claims() if said is None else Claims(required=said(agent))


_CLAIMS: dict[Slot, Callable[[Agent], tuple[Said, ...]]] = {
    Slot.NAMES: lambda agent: (Name(agent.name),) if agent.name else (),
    Slot.DESCRIPTIONS: lambda agent: (Description(agent.description),) if agent.description else (),
    Slot.MODELS: lambda agent: () if agent.model is None else (agent.model,),
    Slot.FLAGS: lambda agent: (ACTIVE,) if agent.active else (),
}


def said(slot: Slot, linked: Sequence[Resource | UUID]) -> list[Said | None]:
    """What each link of the slot says of an agent in the registry's terms; None where that has no word for it."""
    if slot is Slot.MODELS:
        return [one if isinstance(one, UUID) and not place else None for place, one in enumerate(linked)]
    return [_said(one.content) if slot in _CLAIMS and isinstance(one, Resource) else None for one in linked]


def _said(content: Content) -> Said | None:
    if isinstance(content, Flag):
        return ACTIVE if content.type == AGENT_ACTIVE and content.value else None
    return content


def assembled(agent: Agent, links: Mapping[Slot, Sequence[Resource | UUID]]) -> Agent:
    """The agent once its slots link these; a slot that is missing stays as it is, and a name cannot be cleared."""
    for slot in _CHANGES.keys() & links.keys():
        agent = _CHANGES[slot](agent, [one for one in said(slot, links[slot]) if one is not None])
    return agent


_CHANGES: dict[Slot, Callable[[Agent, Sequence[Said]], Agent]] = {
    Slot.NAMES: lambda agent, says: replace(
        agent, name=next((one.name for one in says if isinstance(one, Name)), agent.name)
    ),
    Slot.DESCRIPTIONS: lambda agent, says: replace(
        agent, description=next((one.description for one in says if isinstance(one, Description)), "")
    ),
    Slot.MODELS: lambda agent, says: replace(agent, model=next((one for one in says if isinstance(one, UUID)), None)),
    Slot.FLAGS: lambda agent, says: replace(agent, active=ACTIVE in says),
}
