"""API keys of the account, as Python 1.8 reaches them. Source: contracts/cadenya.md, 3.10.

The retired forms of the same operations hang on as aliases; those that no operation here has are in ``old_api_keys``.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import DELETE, GET, PATCH, POST, Router
from armillary.dialects.cadenya.mapping import api_keys as mapping
from armillary.dialects.cadenya.mapping import pages
from armillary.dialects.cadenya.routes import references
from armillary.dialects.cadenya.schemas import api_keys as wire
from armillary.dialects.cadenya.schemas.base import Empty
from armillary.domain.accounts import ApiKey, Workspace, WorkspaceQuery
from armillary.domain.errors import AlreadyExists, Conflict, InvalidRequest, NotFound, PermissionDenied
from armillary.services import api_keys, profiles, workspaces

router = Router()
READ, MANAGE = "api_keys:read", "api_keys:manage"
_KEYS = "/account/api_keys"
_KEY = f"{_KEYS}/{{api_key_id}}"
_MOST_WORKSPACES = 1000


@router.operation(GET, _KEYS, scope=READ, entry=False, raises=(NotFound, PermissionDenied, InvalidRequest))
async def list_api_keys(call: Call, query: wire.APIKeyQuery) -> wire.APIKeyList:
    """List API keys, with ``workspaceId`` those that reach the workspace."""
    call.caller.require(READ)
    workspace = references.workspace(call, query.workspace_id) if query.workspace_id else None
    return await listed(call, query, workspace)


async def listed(call: Call, query: wire.APIKeyQuery, workspace: UUID | None) -> wire.APIKeyList:
    """A page of keys, of those that reach the workspace."""
    bound = pages.filters(query, "api_keys", call.caller.account, workspace)
    found = await api_keys.page(call.db, call.caller, mapping.api_key_query(query, workspace, bound))
    shown = found[: pages.limit(query.limit)]
    last = shown[-1].id if len(shown) < len(found) else None
    return mapping.api_keys_reply(await _replies(call, shown, include_info=query.include_info), last, bound)


async def _replies(call: Call, keys: Sequence[ApiKey], *, include_info: bool) -> list[wire.APIKey]:
    if not include_info:
        return [mapping.api_key_reply(key) for key in keys]
    makers = await profiles.named(call.db, call.caller, {key.created_by for key in keys})
    mine = await _reachable(call)
    return [mapping.api_key_reply(key, info=mapping.api_key_info(key, makers, mine)) for key in keys]


async def _reachable(call: Call) -> Sequence[Workspace] | None:
    if not call.caller.can("workspaces:read"):
        return None
    return await workspaces.mine(call.db, call.grant, WorkspaceQuery(newest_first=False, limit=_MOST_WORKSPACES))


async def shown(call: Call, key: ApiKey) -> wire.APIKey:
    """The key with its ``info``."""
    return (await _replies(call, [key], include_info=True))[0]


@router.operation(
    POST,
    _KEYS,
    scope=MANAGE,
    entry=False,
    creates=True,
    secret=True,
    raises=(NotFound, PermissionDenied, InvalidRequest, AlreadyExists),
)
async def create_api_key(call: Call, body: wire.CreateAPIKey) -> wire.APIKey:
    """Create an API key; this reply alone holds its token."""
    return await created(call, body)


async def created(call: Call, body: wire.CreateAPIKey, within: UUID | None = None) -> wire.APIKey:
    """The new key, which reaches the workspace, with its token."""
    call.caller.require(MANAGE)
    new = mapping.new_api_key(body, lambda text: references.workspace(call, text), within)
    key, token = await api_keys.create(call.db, call.wiring.gate, call.caller, new, at=call.now)
    return mapping.api_key_reply(key, token=token)


@router.operation(GET, _KEY, scope=READ, entry=False, raises=(NotFound, PermissionDenied))
async def get_api_key(call: Call, api_key_id: str) -> wire.APIKey:
    """Get an API key."""
    return await shown(call, await references.api_key(call, api_key_id))


@router.operation(
    PATCH,
    _KEY,
    scope=MANAGE,
    entry=False,
    raises=(NotFound, PermissionDenied, InvalidRequest, AlreadyExists),
)
async def update_api_key(call: Call, api_key_id: str, body: wire.UpdateAPIKey) -> wire.APIKey:
    """Change the members of an API key that the update mask names."""
    return await changed(call, await references.api_key_id(call, api_key_id), body)


async def changed(call: Call, key: UUID, body: wire.UpdateAPIKey) -> wire.APIKey:
    """The key as the body changes it."""
    changes = mapping.api_key_changes(body, lambda text: references.workspace(call, text))
    return mapping.api_key_reply(await api_keys.update(call.db, call.caller, key, changes, at=call.now))


@router.operation(DELETE, _KEY, scope=MANAGE, entry=False, raises=(NotFound, PermissionDenied, Conflict))
async def delete_api_key(call: Call, api_key_id: str) -> Empty:
    """Delete an API key; it opens nothing any more."""
    await api_keys.delete(call.db, call.caller, await references.api_key_id(call, api_key_id), at=call.now)
    return Empty()


@router.operation(POST, f"{_KEY}:enable", scope=MANAGE, entry=False, raises=(NotFound, PermissionDenied))
async def enable_api_key(call: Call, api_key_id: str) -> wire.APIKey:
    """Enable an API key. Doing it twice changes nothing."""
    key = await references.api_key_id(call, api_key_id)
    return mapping.api_key_reply(await api_keys.enable(call.db, call.caller, key, at=call.now))


@router.operation(POST, f"{_KEY}:disable", scope=MANAGE, entry=False, raises=(NotFound, PermissionDenied))
async def disable_api_key(call: Call, api_key_id: str) -> wire.APIKey:
    """Disable an API key: it opens nothing until it is enabled. Doing it twice changes nothing."""
    key = await references.api_key_id(call, api_key_id)
    return mapping.api_key_reply(await api_keys.disable(call.db, call.caller, key, at=call.now))


@router.operation(POST, f"{_KEY}:rotate", scope=MANAGE, entry=False, secret=True, raises=(NotFound, PermissionDenied))
async def rotate_api_key(call: Call, api_key_id: str) -> wire.APIKey:
    """Give an API key a new token, which this reply alone holds; the old one opens nothing any more."""
    return await rotated(call, await references.api_key_id(call, api_key_id))


async def rotated(call: Call, key: UUID) -> wire.APIKey:
    """The key with its new token."""
    after, token = await api_keys.rotate(call.db, call.wiring.gate, call.caller, key, at=call.now)
    return mapping.api_key_reply(after, token=token)


@router.operation(POST, f"{_KEY}:reveal", scope=MANAGE, entry=False, raises=(NotFound, PermissionDenied, Conflict))
async def reveal_api_key(call: Call, api_key_id: str) -> wire.APIKey:
    """Always refused: tokens are kept as digests only."""
    call.caller.require(MANAGE)
    key = await references.api_key(call, api_key_id)
    return mapping.api_key_reply(key, token=await api_keys.reveal(call.db, call.caller, key.id))


@router.operation(
    POST,
    f"{_KEY}:addWorkspace",
    scope=MANAGE,
    entry=False,
    raises=(NotFound, PermissionDenied, InvalidRequest),
    aliases=(f"{_KEY}/workspaces",),
)
async def add_api_key_workspace(call: Call, api_key_id: str, body: wire.WorkspaceAssignment) -> wire.APIKey:
    """Assign a workspace to an API key."""
    key = await references.api_key_id(call, api_key_id)
    workspace = references.workspace(call, body.workspace_id)
    return mapping.api_key_reply(await api_keys.add_workspace(call.db, call.caller, key, workspace, at=call.now))


@router.operation(
    POST,
    f"{_KEY}:removeWorkspace",
    scope=MANAGE,
    entry=False,
    raises=(NotFound, PermissionDenied, InvalidRequest),
)
async def remove_api_key_workspace(call: Call, api_key_id: str, body: wire.WorkspaceAssignment) -> wire.APIKey:
    """Take a workspace from an API key."""
    key = await references.api_key_id(call, api_key_id)
    workspace = references.workspace(call, body.workspace_id)
    return mapping.api_key_reply(await api_keys.remove_workspace(call.db, call.caller, key, workspace, at=call.now))
