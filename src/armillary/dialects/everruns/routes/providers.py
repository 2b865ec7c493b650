"""Providers. Source: contracts/everruns.md, 3.1. Their models are in ``routes/models.py``."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import DELETE, GET, PATCH, POST, Router
from armillary.dialects.everruns.mapping import ids
from armillary.dialects.everruns.mapping.policies import provider_policies
from armillary.dialects.everruns.mapping.providers import (
    new_provider,
    provider_changes,
    provider_item,
    provider_reply,
    sync_reply,
)
from armillary.dialects.everruns.schemas import providers as wire
from armillary.dialects.everruns.schemas.base import ProviderId
from armillary.dialects.everruns.schemas.policies import ProviderConfig
from armillary.domain.errors import InvalidRequest, NotFound, PermissionDenied, Stale, UpstreamError
from armillary.domain.providers import Provider
from armillary.services import providers, syncs

router = Router()

READ, MANAGE = "models:read", "models:manage"


@router.operation(GET, "/providers", scope=READ, cached=True, aliases=("/llm-providers",))
async def list_providers(call: Call) -> wire.ProviderList:
    """List every provider, the oldest first."""
    found = await providers.listing(call.db, call.caller)
    manages = call.caller.can(MANAGE)
    return wire.ProviderList(data=[provider_item(each, manages=manages) for each in found], total=len(found))


@router.operation(GET, "/providers/config", cached=True, aliases=("/llm-providers/config",))
async def get_provider_config(call: Call) -> ProviderConfig:
    """Tell what the server enforces of providers, and what of it the caller may do."""
    allowed = call.outbound.allows_private
    return ProviderConfig(policies=provider_policies(call.caller, private_base_urls=allowed))


@router.operation(
    POST,
    "/providers",
    scope=MANAGE,
    status=201,
    creates=True,
    aliases=("/llm-providers",),
    raises=(InvalidRequest, PermissionDenied),
)
async def create_provider(call: Call, body: wire.CreateProviderRequest) -> wire.Provider:
    """Make a provider; its key is sealed and never answered. Any driver is taken, also one that cannot be called."""
    new = new_provider(body)
    return _reply(call, await providers.create(call.db, call.keyring, call.caller, new, at=call.now))


@router.operation(
    GET,
    "/providers/{provider_id}",
    scope=READ,
    cached=True,
    aliases=("/llm-providers/{provider_id}",),
    raises=(InvalidRequest, NotFound),
)
async def get_provider(call: Call, provider_id: ProviderId) -> wire.Provider:
    """Read a provider."""
    return _reply(call, await providers.read(call.db, call.caller, ids.read(ids.PROVIDER, provider_id)))


@router.operation(
    PATCH,
    "/providers/{provider_id}",
    scope=MANAGE,
    aliases=("/llm-providers/{provider_id}",),
    raises=(InvalidRequest, PermissionDenied, NotFound, Stale),
)
async def update_provider(call: Call, provider_id: ProviderId, body: wire.UpdateProviderRequest) -> wire.Provider:
    """Change a provider: the members that are stated. A managed one takes no change."""
    provider = await providers.update(
        call.db,
        call.keyring,
        call.caller,
        ids.read(ids.PROVIDER, provider_id),
        provider_changes(body),
        unchanged_since=call.unchanged_since,
        at=call.now,
    )
    return _reply(call, provider)


@router.operation(
    DELETE,
    "/providers/{provider_id}",
    scope=MANAGE,
    status=204,
    aliases=("/llm-providers/{provider_id}",),
    raises=(InvalidRequest, PermissionDenied, NotFound),
)
async def delete_provider(call: Call, provider_id: ProviderId) -> None:
    """Remove a provider and its models; where the default was among them, another is elected."""
    await providers.delete(call.db, call.caller, ids.read(ids.PROVIDER, provider_id), at=call.now)


@router.operation(
    POST,
    "/providers/{provider_id}/sync-models",
    scope=MANAGE,
    creates=True,
    aliases=("/llm-providers/{provider_id}/sync-models",),
    raises=(InvalidRequest, PermissionDenied, NotFound, UpstreamError),
)
async def sync_provider_models(call: Call, provider_id: ProviderId) -> wire.SyncResult:
    """Ask the provider for its models and take them over: new ones disabled, hand-made changes kept."""
    provider = ids.read(ids.PROVIDER, provider_id)
    return sync_reply(await syncs.sync(call.db, call.keyring, call.outbound, call.caller, provider, at=call.now))


def _reply(call: Call, provider: Provider) -> wire.Provider:
    return provider_reply(provider, origin=call.base_url, manages=call.caller.can(MANAGE))
