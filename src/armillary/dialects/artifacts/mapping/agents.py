"""Agents between the wire and the domain. Source: contracts/artifacts.md, 3.5."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from armillary.dialects.artifacts.mapping.filters import filter_section, page_size
from armillary.dialects.artifacts.mapping.forms import form_members
from armillary.dialects.artifacts.mapping.items import item
from armillary.dialects.artifacts.mapping.sections import empty_section
from armillary.dialects.artifacts.schemas import agents as wire
from armillary.domain.agents import AgentListing, AgentQuery, ListedAgent
from armillary.domain.assemblies import Fault, Item, Kind, Slot
from armillary.services.assemblies import Form

_NO_TOOLS = Fault(member="tool_ids", sentence="there are no tools to link here: leave it out")
_NOTHING_HERE = ("prompts", "instructions", "tools", "rubrics")


def form_reply(form: Form) -> wire.GetAgentResponse:
    """An agent's form."""
    members = form_members(Kind.AGENT, form)
    return wire.GetAgentResponse(**members | {name: empty_section() for name in _NOTHING_HERE})


def new_items(bodies: Sequence[wire.CreateAgentItem]) -> list[Item]:
    """What to make: active, where an item has no flags at all."""
    items = [_item(one, one.id) for one in bodies]
    return [one if one.links.get(Slot.FLAGS) else _switched_on(one) for one in items]


def changed_items(bodies: Sequence[wire.UpdateAgentItem]) -> list[Item]:
    """What to change."""
    return [_item(one, one.agent_id) for one in bodies]


def _item(body: wire.AgentItem, of: UUID | None) -> Item:
    said = item(Kind.AGENT, body, of)
    return replace(said, faults=(_NO_TOOLS,)) if body.tool_ids else said


def _switched_on(said: Item) -> Item:
    return replace(said, active=True, links={slot: ids for slot, ids in said.links.items() if slot is not Slot.FLAGS})


def agent_query(body: wire.SearchAgentsRequest) -> AgentQuery:
    """What a listing is asked for; by tools, nothing is found."""
    return AgentQuery(
        text=body.search or "",
        departments=tuple(body.filter_department_ids or ()),
        models=tuple(body.filter_model_ids or ()),
        department_text=body.department_search or "",
        model_text=body.model_search or "",
        offset=body.page_offset or 0,
        limit=page_size(body.page_size),
        none=bool(body.filter_tool_ids),
    )


def search_reply(found: AgentListing, body: wire.SearchAgentsRequest) -> wire.SearchAgentsResponse:
    """One page of agents, and by what they may be narrowed."""
    return wire.SearchAgentsResponse(
        actor_name=found.actor.name,
        agents=[_listed(one) for one in found.items],
        department_filter=filter_section(found.departments, body.filter_department_ids, body.department_search),
        model_filter=filter_section(found.models, body.filter_model_ids, body.model_search),
        tool_filter=filter_section((), body.filter_tool_ids, body.tool_search),
        total_count=found.total,
    )


def _listed(one: ListedAgent) -> wire.ListAgent:
    return wire.ListAgent(
        agent_id=one.agent.id,
        name=one.agent.name or None,
        description=one.agent.description or None,
        reasoning=one.reasoning,
        temperature=one.temperature,
        model_id=one.model.id if one.model else None,
        model_name=one.model.name if one.model else None,
        model_description=one.model.description if one.model else None,
        updated_at=one.agent.updated_at,
        department_ids=[str(department) for department in one.departments],
        can_edit=one.may_edit,
        can_duplicate=one.may_duplicate,
        can_delete=one.may_delete,
    )
