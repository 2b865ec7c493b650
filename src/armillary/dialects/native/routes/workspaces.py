"""Who calls, and the workspaces that it may enter."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import GET, POST, Router
from armillary.dialects.native.mapping.workspaces import (
    new_workspace,
    page_reply,
    whoami_reply,
    workspace_query,
    workspace_reply,
)
from armillary.dialects.native.schemas.workspaces import (
    NewWorkspace,
    Whoami,
    Workspace,
    Workspaces,
    WorkspacesQuery,
)
from armillary.domain.errors import AlreadyExists, InvalidRequest, PermissionDenied
from armillary.services import workspaces

router = Router()


@router.operation(GET, "/whoami")
async def whoami(call: Call) -> Whoami:
    """Tell who calls, in which workspace, and what it may do there."""
    return whoami_reply(call.grant, call.caller)


@router.operation(GET, "/workspaces", scope="workspaces:read", entry=False, raises=(InvalidRequest, PermissionDenied))
async def list_workspaces(call: Call, query: WorkspacesQuery) -> Workspaces:
    """List the workspaces that the key may enter."""
    return page_reply(await workspaces.mine(call.db, call.grant, workspace_query(query)), query)


@router.operation(
    POST,
    "/workspaces",
    scope="workspaces:manage",
    entry=False,
    status=201,
    creates=True,
    raises=(InvalidRequest, PermissionDenied, AlreadyExists),
)
async def create_workspace(call: Call, body: NewWorkspace) -> Workspace:
    """Create a workspace, seeded with the catalogue; the key that creates it reaches it."""
    return workspace_reply(await workspaces.create(call.db, call.caller, new_workspace(body), at=call.now))
