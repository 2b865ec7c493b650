"""Workspaces: the caller's own, and the account's for those who manage it. Source: contracts/cadenya.md, 3.8."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import DELETE, GET, PATCH, POST, Router
from armillary.dialects.cadenya.mapping import pages
from armillary.dialects.cadenya.mapping import workspaces as mapping
from armillary.dialects.cadenya.routes import references
from armillary.dialects.cadenya.schemas import workspaces as wire
from armillary.dialects.cadenya.schemas.base import Empty
from armillary.domain.errors import AlreadyExists, Conflict, InvalidRequest, NotFound, PermissionDenied
from armillary.services import workspaces

router = Router()
_READ, _MANAGE = "workspaces:read", "workspaces:manage"
_WORKSPACES = "/account/workspaces"
_WORKSPACE = f"{_WORKSPACES}/{{workspace_id}}"


@router.operation(GET, "/workspaces", scope=_READ, entry=False, raises=(PermissionDenied, InvalidRequest))
async def list_workspaces(call: Call, query: wire.WorkspaceQuery) -> wire.WorkspaceList:
    """List the workspaces that the caller may use."""
    bound = pages.filters(query, "workspaces", call.caller.profile)
    found = await workspaces.mine(call.db, call.grant, mapping.workspace_query(query, bound))
    return mapping.workspaces_reply(found, query, bound)


@router.operation(GET, "/workspaces/current", raises=(InvalidRequest,))
async def get_current_workspace(call: Call) -> wire.Workspace:
    """Get the token's only workspace."""
    return mapping.workspace_reply(await workspaces.entered(call.db, call.caller))


@router.operation(GET, _WORKSPACES, scope=_MANAGE, entry=False, raises=(PermissionDenied, InvalidRequest))
async def list_account_workspaces(call: Call, query: wire.AccountWorkspaceQuery) -> wire.WorkspaceList:
    """List the account's workspaces, archived ones where they are asked for."""
    bound = pages.filters(query, "account_workspaces", call.caller.account)
    found = await workspaces.page(call.db, call.caller, mapping.workspace_query(query, bound))
    return mapping.workspaces_reply(found, query, bound)


@router.operation(
    POST,
    _WORKSPACES,
    scope=_MANAGE,
    entry=False,
    creates=True,
    raises=(PermissionDenied, InvalidRequest, AlreadyExists),
)
async def create_workspace(call: Call, body: wire.CreateWorkspace) -> wire.Workspace:
    """Create a workspace, with a provider key and models of the catalogue in it."""
    made = await workspaces.create(call.db, call.caller, mapping.new_workspace(body), at=call.now)
    return mapping.workspace_reply(made)


@router.operation(GET, _WORKSPACE, scope=_MANAGE, entry=False, raises=(NotFound, PermissionDenied))
async def get_workspace(call: Call, workspace_id: str) -> wire.Workspace:
    """Get one of the account's workspaces."""
    call.caller.require(_MANAGE)
    found = await workspaces.read(call.db, call.caller, references.workspace(call, workspace_id))
    return mapping.workspace_reply(found)


@router.operation(
    PATCH,
    _WORKSPACE,
    scope=_MANAGE,
    entry=False,
    raises=(NotFound, PermissionDenied, InvalidRequest, AlreadyExists),
)
async def update_workspace(call: Call, workspace_id: str, body: wire.UpdateWorkspace) -> wire.Workspace:
    """Change the members of a workspace that the update mask names."""
    call.caller.require(_MANAGE)
    identity = references.workspace(call, workspace_id)
    changes = mapping.workspace_changes(body)
    return mapping.workspace_reply(await workspaces.update(call.db, call.caller, identity, changes, at=call.now))


@router.operation(DELETE, _WORKSPACE, scope=_MANAGE, entry=False, raises=(NotFound, PermissionDenied, Conflict))
async def archive_workspace(call: Call, workspace_id: str) -> Empty:
    """Archive a workspace: nothing in it can be reached any more."""
    call.caller.require(_MANAGE)
    await workspaces.archive(call.db, call.caller, references.workspace(call, workspace_id), at=call.now)
    return Empty()
