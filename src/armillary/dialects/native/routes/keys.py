"""API keys, with their roles: made, found, rotated and revoked."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import DELETE, GET, POST, Router
from armillary.dialects.native.mapping import ids
from armillary.dialects.native.mapping.keys import key_query, new_key, page_reply, token_reply
from armillary.dialects.native.schemas.keys import Keys, KeysQuery, KeyToken, NewKey
from armillary.domain.errors import AlreadyExists, Conflict, InvalidRequest, NotFound, PermissionDenied
from armillary.services import api_keys

router = Router()


@router.operation(GET, "/keys", scope="api_keys:read", raises=(InvalidRequest, PermissionDenied))
async def list_keys(call: Call, query: KeysQuery) -> Keys:
    """List the account's API keys, as far as the caller may know of them."""
    return page_reply(await api_keys.page(call.db, call.caller, key_query(query)), query)


@router.operation(
    POST,
    "/keys",
    scope="api_keys:manage",
    status=201,
    creates=True,
    secret=True,
    raises=(InvalidRequest, NotFound, PermissionDenied, AlreadyExists),
)
async def create_key(call: Call, body: NewKey) -> KeyToken:
    """Make an API key; its token is told this once.

    A key may do no more than the one that makes it.
    """
    new = new_key(body, within=call.caller.workspace)
    return token_reply(await api_keys.create(call.db, call.wiring.gate, call.caller, new, at=call.now))


@router.operation(
    DELETE,
    "/keys/{key_id}",
    scope="api_keys:manage",
    status=204,
    raises=(InvalidRequest, NotFound, PermissionDenied, Conflict),
)
async def delete_key(call: Call, key_id: str) -> None:
    """Revoke an API key for good."""
    await api_keys.delete(call.db, call.caller, ids.read("key", key_id, "key_id"), at=call.now)


@router.operation(
    POST,
    "/keys/{key_id}/rotate",
    scope="api_keys:manage",
    secret=True,
    raises=(InvalidRequest, NotFound, PermissionDenied),
)
async def rotate_key(call: Call, key_id: str) -> KeyToken:
    """Give an API key a new token, told this once; the old one opens nothing any more."""
    key = ids.read("key", key_id, "key_id")
    return token_reply(await api_keys.rotate(call.db, call.wiring.gate, call.caller, key, at=call.now))
