"""Agents. Source: contracts/artifacts.md, 3.5."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import POST, Router
from armillary.dialects.artifacts import tags
from armillary.dialects.artifacts.mapping.agents import (
    agent_query,
    changed_items,
    form_reply,
    new_items,
    search_reply,
)
from armillary.dialects.artifacts.mapping.exports import exported
from armillary.dialects.artifacts.mapping.provenance import mcp
from armillary.dialects.artifacts.mapping.results import deleted, duplicated, refreshed, results
from armillary.dialects.artifacts.schemas import agents as wire
from armillary.dialects.artifacts.schemas.base import BULK_BYTES
from armillary.dialects.artifacts.schemas.exports import Exported
from armillary.dialects.artifacts.schemas.results import Refreshed
from armillary.domain.assemblies import Kind
from armillary.domain.errors import InvalidRequest, NotFound, PermissionDenied
from armillary.services import agents, assemblies

router = Router()

_READ, _MANAGE = "agents:read", "agents:manage"
_TAG = "agents"
_KIND = Kind.AGENT


@router.operation(POST, "/artifacts/agents/get", scope=_READ, raises=(NotFound, PermissionDenied, InvalidRequest))
async def get_agent(call: Call, body: wire.GetAgentRequest) -> wire.GetAgentResponse:
    """Read an agent for its editor, or the form of a new one, with a draft laid over it.

    Without an `agent_id`, at least one department must be there to choose.
    """
    form = await assemblies.form(call.db, call.caller, _KIND, body.agent_id, body.draft_id, at=call.now)
    tags.cached(call, _TAG)
    tags.missed(call)
    return form_reply(form)


@router.operation(POST, "/artifacts/agents/search", scope=_READ, raises=(PermissionDenied,))
async def search_agent(call: Call, body: wire.SearchAgentsRequest) -> wire.SearchAgentsResponse:
    """List agents by name, with the first model that each uses; inactive ones too."""
    found = await agents.search(call.db, call.caller, agent_query(body))
    tags.invalidates(call, _TAG)
    return search_reply(found, body)


@router.operation(
    POST, "/artifacts/agents/create", scope=_MANAGE, raises=(PermissionDenied,), creates=True, body_bytes=BULK_BYTES
)
async def create_agent(call: Call, body: wire.CreateAgentsRequest) -> wire.AgentResults:
    """Make agents, all or none: only when every result has an `agent_id` was anything stored.

    An active agent locks its models: nobody edits or deletes those here while it uses them.
    """
    items = new_items(body.agents)
    outcomes = await assemblies.create(call.db, call.caller, _KIND, items, mcp=mcp(call), at=call.now)
    tags.invalidates(call, _TAG)
    return wire.AgentResults(results=results(_KIND, body.agents, outcomes, done="created"))


@router.operation(
    POST, "/artifacts/agents/update", scope=_MANAGE, raises=(NotFound, PermissionDenied), body_bytes=BULK_BYTES
)
async def update_agent(call: Call, body: wire.UpdateAgentsRequest) -> wire.AgentResults:
    """Change agents, all or none: null keeps, `[]` removes all links of a kind, a list replaces them."""
    items = changed_items(body.agents)
    outcomes = await assemblies.update(call.db, call.caller, _KIND, items, mcp=mcp(call), at=call.now)
    tags.invalidates(call, _TAG)
    return wire.AgentResults(results=results(_KIND, body.agents, outcomes, done="updated"))


@router.operation(POST, "/artifacts/agents/duplicate", scope=_MANAGE, raises=(NotFound, PermissionDenied), creates=True)
async def duplicate_agent(call: Call, body: wire.DuplicateAgentRequest) -> wire.DuplicatedAgent:
    """Make a copy of an agent, switched off and named after it."""
    copy, name = await assemblies.duplicate(call.db, call.caller, _KIND, body.agent_id, mcp=mcp(call), at=call.now)
    tags.invalidates(call, _TAG)
    return wire.DuplicatedAgent(**duplicated(_KIND, copy, name))


@router.operation(
    POST, "/artifacts/agents/delete", scope=_MANAGE, raises=(NotFound, PermissionDenied), body_bytes=BULK_BYTES
)
async def delete_agent(call: Call, body: wire.DeleteAgentsRequest) -> wire.DeletedAgents:
    """Delete agents, all or none; the models that they used are free again."""
    gone = await assemblies.delete(call.db, call.caller, _KIND, body.agent_ids, at=call.now)
    tags.invalidates(call, _TAG)
    return wire.DeletedAgents(results=[wire.DeleteAgentResult(**one) for one in deleted(_KIND, gone)])


@router.operation(POST, "/artifacts/agents/refresh", scope=_READ)
async def agent_refresh(call: Call) -> Refreshed:
    """Tell what to read anew: nothing here is read from a view that could be behind."""
    call.caller.require(_READ)
    tags.invalidates(call, _TAG, "artifacts")
    return refreshed(_TAG, _KIND)


@router.operation(POST, "/artifacts/agents/export", scope=_READ, raises=(PermissionDenied,), creates=True)
async def export_agents(call: Call, body: wire.ExportAgentsRequest) -> Exported:
    """Export agents as CSV to an upload, to be fetched from `/uploads/{upload_id}/download`.

    Only agents that the caller may view are rows, by name.
    """
    # one at a time: each holds a view of the database for as long as it is written
    async with call.wiring.exports:
        done = await agents.export(
            call.db, call.caller, body.agent_id, terms=call.wiring.uploads, mcp=mcp(call), at=call.now
        )
    return exported(done)
