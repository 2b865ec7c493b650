"""API keys as clients before Python 1.8 reach them: by workspace, the account's own key by itself, and by ``PUT``.

Source: contracts/cadenya.md, 3.10. The families until July 2026 are aliases, or stand at the end.
"""

from __future__ import annotations

from dataclasses import replace

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import DELETE, GET, PATCH, POST, PUT, Router
from armillary.dialects.cadenya.mapping import api_keys as mapping
from armillary.dialects.cadenya.mapping import pages
from armillary.dialects.cadenya.mapping import workspaces as workspace_mapping
from armillary.dialects.cadenya.routes import references
from armillary.dialects.cadenya.routes.api_keys import MANAGE, READ, changed, created, listed, rotated, shown
from armillary.dialects.cadenya.schemas import api_keys as wire
from armillary.dialects.cadenya.schemas import workspaces as workspace_wire
from armillary.dialects.cadenya.schemas.base import Empty
from armillary.domain.errors import AlreadyExists, Conflict, InvalidRequest, NotFound, PermissionDenied
from armillary.services import api_keys, workspaces

router = Router()
_KEYS = "/workspaces/{workspace_id}/api_keys"
_KEY = f"{_KEYS}/{{api_key_id}}"
_FIRST_KEYS = "/api_keys"
_FIRST_KEY = f"{_FIRST_KEYS}/{{api_key_id}}"
_GLOBAL = "/account/global_api_key"


@router.operation(GET, _KEYS, scope=READ, raises=(NotFound, PermissionDenied, InvalidRequest), aliases=(_FIRST_KEYS,))
async def list_workspace_api_keys(call: Call, query: wire.APIKeyQuery, workspace_id: str = "") -> wire.APIKeyList:  # noqa: ARG001  it was entered
    """List the API keys that reach a workspace."""
    return await listed(call, query, call.caller.workspace)


@router.operation(
    POST,
    _KEYS,
    scope=MANAGE,
    creates=True,
    secret=True,
    raises=(NotFound, PermissionDenied, InvalidRequest, AlreadyExists),
    aliases=(_FIRST_KEYS,),
)
async def create_workspace_api_key(call: Call, body: wire.CreateAPIKey, workspace_id: str = "") -> wire.APIKey:  # noqa: ARG001  as above
    """Create an API key that reaches a workspace; this reply alone holds its token."""
    return await created(call, body, call.caller.workspace)


@router.operation(GET, _KEY, scope=READ, raises=(NotFound, PermissionDenied), aliases=(_FIRST_KEY,))
async def get_workspace_api_key(call: Call, api_key_id: str, workspace_id: str = "") -> wire.APIKey:  # noqa: ARG001  as above
    """Get an API key that reaches a workspace."""
    return await shown(call, await references.api_key(call, api_key_id, within=call.caller.workspace))


@router.operation(
    PATCH,
    _KEY,
    scope=MANAGE,
    raises=(NotFound, PermissionDenied, InvalidRequest, AlreadyExists),
    aliases=(_FIRST_KEY,),
)
async def update_workspace_api_key(
    call: Call,
    api_key_id: str,
    body: wire.UpdateAPIKey,
    workspace_id: str = "",  # noqa: ARG001  as above
) -> wire.APIKey:
    """Change the members of an API key that the update mask names."""
    return await changed(call, await references.api_key_id(call, api_key_id, within=call.caller.workspace), body)


@router.operation(DELETE, _KEY, scope=MANAGE, raises=(NotFound, PermissionDenied, Conflict), aliases=(_FIRST_KEY,))
async def delete_workspace_api_key(call: Call, api_key_id: str, workspace_id: str = "") -> Empty:  # noqa: ARG001  as above
    """Delete an API key; it opens nothing any more."""
    key = await references.api_key_id(call, api_key_id, within=call.caller.workspace)
    await api_keys.delete(call.db, call.caller, key, at=call.now)
    return Empty()


@router.operation(POST, f"{_KEY}:enable", scope=MANAGE, raises=(NotFound, PermissionDenied))
async def enable_workspace_api_key(call: Call, workspace_id: str, api_key_id: str) -> wire.APIKey:  # noqa: ARG001  as above
    """Enable an API key. Doing it twice changes nothing."""
    key = await references.api_key_id(call, api_key_id, within=call.caller.workspace)
    return mapping.api_key_reply(await api_keys.enable(call.db, call.caller, key, at=call.now))


@router.operation(POST, f"{_KEY}:disable", scope=MANAGE, raises=(NotFound, PermissionDenied))
async def disable_workspace_api_key(call: Call, workspace_id: str, api_key_id: str) -> wire.APIKey:  # noqa: ARG001  as above
    """Disable an API key: it opens nothing until it is enabled. Doing it twice changes nothing."""
    key = await references.api_key_id(call, api_key_id, within=call.caller.workspace)
    return mapping.api_key_reply(await api_keys.disable(call.db, call.caller, key, at=call.now))


@router.operation(POST, f"{_KEY}:rotate", scope=MANAGE, secret=True, raises=(NotFound, PermissionDenied))
async def rotate_workspace_api_key(call: Call, workspace_id: str, api_key_id: str) -> wire.APIKey:  # noqa: ARG001  as above
    """Give an API key a new token, which this reply alone holds; the old one opens nothing any more."""
    return await rotated(call, await references.api_key_id(call, api_key_id, within=call.caller.workspace))


@router.operation(GET, _GLOBAL, scope=READ, entry=False, raises=(NotFound, PermissionDenied))
async def get_global_api_key(call: Call) -> wire.APIKey:
    """Get the account's own API key."""
    return await shown(call, await api_keys.default(call.db, call.caller))


@router.operation(POST, f"{_GLOBAL}:enable", scope=MANAGE, entry=False, raises=(NotFound, PermissionDenied))
async def enable_global_api_key(call: Call) -> wire.APIKey:
    """Enable the account's own API key. Doing it twice changes nothing."""
    call.caller.require(MANAGE)
    key = await api_keys.default(call.db, call.caller)
    return mapping.api_key_reply(await api_keys.enable(call.db, call.caller, key.id, at=call.now))


@router.operation(POST, f"{_GLOBAL}:disable", scope=MANAGE, entry=False, raises=(NotFound, PermissionDenied))
async def disable_global_api_key(call: Call) -> wire.APIKey:
    """Disable the account's own API key. Doing it twice changes nothing."""
    call.caller.require(MANAGE)
    key = await api_keys.default(call.db, call.caller)
    return mapping.api_key_reply(await api_keys.disable(call.db, call.caller, key.id, at=call.now))


@router.operation(
    POST, f"{_GLOBAL}:rotate", scope=MANAGE, entry=False, secret=True, raises=(NotFound, PermissionDenied)
)
async def rotate_global_api_key(call: Call) -> wire.APIKey:
    """Give the account's own API key a new token; the old one opens nothing any more."""
    call.caller.require(MANAGE)
    return await rotated(call, (await api_keys.default(call.db, call.caller)).id)


@router.operation(
    PUT,
    f"{_KEY}/rotate",
    scope=MANAGE,
    secret=True,
    raises=(NotFound, PermissionDenied),
    aliases=(f"{_FIRST_KEY}/rotate",),
)
async def put_workspace_api_key_rotation(call: Call, api_key_id: str, workspace_id: str = "") -> wire.APIKey:  # noqa: ARG001  as above
    """Rotate an API key as clients until May 2026 do."""
    return await rotated(call, await references.api_key_id(call, api_key_id, within=call.caller.workspace))


@router.operation(
    PUT,
    "/account/api_keys/{api_key_id}/rotate",
    scope=MANAGE,
    entry=False,
    secret=True,
    raises=(NotFound, PermissionDenied),
)
async def put_api_key_rotation(call: Call, api_key_id: str) -> wire.APIKey:
    """Rotate an API key as clients of May 2026 do."""
    return await rotated(call, await references.api_key_id(call, api_key_id))


@router.operation(
    GET,
    "/account/api_keys/{api_key_id}/workspaces",
    scope=READ,
    entry=False,
    raises=(NotFound, PermissionDenied, InvalidRequest),
)
async def list_api_key_workspaces(
    call: Call, api_key_id: str, query: workspace_wire.WorkspaceQuery
) -> workspace_wire.WorkspaceList:
    """List the workspaces that an API key reaches, of those that the caller may enter."""
    key = await references.api_key(call, api_key_id)
    bound = pages.filters(query, "api_key_workspaces", key.id)
    asked = workspace_mapping.workspace_query(query, bound)
    every = await workspaces.mine(call.db, call.grant, replace(asked, limit=1000))
    reached = [one for one in every if key.reaches(one.id)]
    return workspace_mapping.workspaces_reply(reached[: asked.limit], query, bound)


@router.operation(
    DELETE,
    "/account/api_keys/{api_key_id}/workspaces/{workspace_id}",
    scope=MANAGE,
    entry=False,
    raises=(NotFound, PermissionDenied),
)
async def delete_api_key_workspace(call: Call, api_key_id: str, workspace_id: str) -> Empty:
    """Take a workspace from an API key as clients until July 2026 do."""
    key = await references.api_key_id(call, api_key_id)
    await api_keys.remove_workspace(call.db, call.caller, key, references.workspace(call, workspace_id), at=call.now)
    return Empty()
