"""AI provider keys: list, create, read, change, remove. Source: contracts/cadenya.md, 3.7."""

from __future__ import annotations

from functools import partial

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import DELETE, GET, PATCH, POST, Router
from armillary.dialects.cadenya.mapping import pages
from armillary.dialects.cadenya.mapping import provider_keys as mapping
from armillary.dialects.cadenya.routes import references
from armillary.dialects.cadenya.schemas import provider_keys as wire
from armillary.dialects.cadenya.schemas.base import Empty
from armillary.dialects.cadenya.schemas.lists import InfoQuery
from armillary.domain.errors import AlreadyExists, Conflict, InvalidRequest, NotFound, PermissionDenied
from armillary.domain.listings import ModelCounts
from armillary.domain.providers import Provider
from armillary.services import providers

router = Router()
_READ, _MANAGE = "models:read", "models:manage"
_KEYS = "/workspaces/{workspace_id}/ai_provider_keys"
_KEY = f"{_KEYS}/{{ai_provider_key_id}}"


@router.operation(GET, _KEYS, scope=_READ, cached=True, raises=(NotFound, PermissionDenied, InvalidRequest))
async def list_ai_provider_keys(
    call: Call,
    workspace_id: str,  # noqa: ARG001  it was entered
    query: wire.AIProviderKeyQuery,
) -> wire.AIProviderKeyList:
    """List AI provider keys: all of them, or with ``promotional=true`` those that the platform supplies."""
    bound = pages.filters(query, "ai_provider_keys", call.caller.workspace)
    page = await providers.page(call.db, call.caller, mapping.provider_query(query, bound))
    ids = [one.id for one in page.items]
    counts = await providers.counts(call.db, call.caller, ids) if query.include_info else None
    return mapping.keys_reply(call.caller, page, counts, bound)


@router.operation(
    POST,
    _KEYS,
    scope=_MANAGE,
    creates=True,
    raises=(NotFound, PermissionDenied, InvalidRequest, AlreadyExists),
)
async def create_ai_provider_key(
    call: Call,
    workspace_id: str,  # noqa: ARG001  as above
    body: wire.CreateAIProviderKey,
) -> wire.AIProviderKey:
    """Create an AI provider key; its credential is sealed, and never told again."""
    call.caller.require(_MANAGE)
    made = await providers.create(call.db, call.keyring, call.caller, mapping.new_provider(body), at=call.now)
    return mapping.key_reply(call.caller, made, ModelCounts())


@router.operation(GET, _KEY, scope=_READ, cached=True, raises=(NotFound, PermissionDenied))
async def get_ai_provider_key(
    call: Call,
    workspace_id: str,  # noqa: ARG001  as above
    ai_provider_key_id: str,
    query: InfoQuery,
) -> wire.AIProviderKey:
    """Get an AI provider key, with its ``info`` unless it is declined."""
    provider = await references.provider(call, ai_provider_key_id)
    return await _counted(call, provider) if query.include_info else mapping.key_reply(call.caller, provider)


@router.operation(
    PATCH, _KEY, scope=_MANAGE, raises=(NotFound, PermissionDenied, InvalidRequest, Conflict, AlreadyExists)
)
async def update_ai_provider_key(
    call: Call,
    workspace_id: str,  # noqa: ARG001  as above
    ai_provider_key_id: str,
    body: wire.UpdateAIProviderKey,
) -> wire.AIProviderKey:
    """Change the members of an AI provider key that the update mask names, and its credential by a patch."""
    changed = await providers.update(
        call.db,
        call.keyring,
        call.caller,
        await references.provider_id(call, ai_provider_key_id),
        partial(mapping.provider_changes, body),
        unchanged_since=call.unchanged_since,
        at=call.now,
    )
    return await _counted(call, changed)


@router.operation(DELETE, _KEY, scope=_MANAGE, raises=(NotFound, PermissionDenied, Conflict))
async def delete_ai_provider_key(
    call: Call,
    workspace_id: str,  # noqa: ARG001  as above
    ai_provider_key_id: str,
) -> Empty:
    """Delete an AI provider key and its models."""
    await providers.delete(call.db, call.caller, await references.provider_id(call, ai_provider_key_id), at=call.now)
    return Empty()


async def _counted(call: Call, provider: Provider) -> wire.AIProviderKey:
    counts = await providers.counts(call.db, call.caller, [provider.id])
    return mapping.key_reply(call.caller, provider, counts.get(provider.id, ModelCounts()))
