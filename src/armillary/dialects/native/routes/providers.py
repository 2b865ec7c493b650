"""Providers: found and read; their credentials set and taken away."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import DELETE, GET, PUT, Router
from armillary.dialects.native.mapping import ids
from armillary.dialects.native.mapping.providers import credential, page_reply, provider_query, provider_reply
from armillary.dialects.native.schemas.providers import Provider, Providers, ProvidersQuery, SetCredential
from armillary.domain.errors import Conflict, InvalidRequest, NotFound, PermissionDenied
from armillary.domain.listings import ModelCounts
from armillary.domain.providers import Credential
from armillary.domain.providers import Provider as Served
from armillary.services import providers

router = Router()
_REFUSED = (InvalidRequest, NotFound, PermissionDenied)


@router.operation(GET, "/providers", scope="models:read", cached=True, raises=(InvalidRequest, PermissionDenied))
async def list_providers(call: Call, query: ProvidersQuery) -> Providers:
    """List the workspace's providers, with how many models each has."""
    page = await providers.page(call.db, call.caller, provider_query(query))
    counts = await providers.counts(call.db, call.caller, [one.id for one in page.items])
    return page_reply(page, counts, query)


@router.operation(GET, "/providers/{provider_id}", scope="models:read", cached=True, raises=_REFUSED)
async def get_provider(call: Call, provider_id: str) -> Provider:
    """Read a provider: of its credential, its form alone."""
    provider = await providers.read(call.db, call.caller, ids.read("provider", provider_id, "provider_id"))
    return await _shown(call, provider)


@router.operation(PUT, "/providers/{provider_id}/credential", scope="models:manage", raises=(*_REFUSED, Conflict))
async def set_provider_credential(call: Call, provider_id: str, body: SetCredential) -> Provider:
    """Give a provider its credential.

    It is sealed before it is stored, and never shown again. That of a managed provider is set by owners alone.
    """
    return await _shown(call, await _set(call, provider_id, credential(body)))


@router.operation(DELETE, "/providers/{provider_id}/credential", scope="models:manage", raises=(*_REFUSED, Conflict))
async def remove_provider_credential(call: Call, provider_id: str) -> Provider:
    """Take a provider's credential away: calls to its models fail until it has another."""
    return await _shown(call, await _set(call, provider_id, None))


async def _set(call: Call, provider_id: str, stated: Credential | None) -> Served:
    provider = ids.read("provider", provider_id, "provider_id")
    return await providers.set_credential(call.db, call.keyring, call.caller, provider, stated, at=call.now)


async def _shown(call: Call, provider: Served) -> Provider:
    counts = await providers.counts(call.db, call.caller, [provider.id])
    return provider_reply(provider, counts.get(provider.id, ModelCounts()))
