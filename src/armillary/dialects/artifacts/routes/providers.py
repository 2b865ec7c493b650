"""Providers: the registry's own. Source: contracts/artifacts.md, 3.3."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import POST, Router
from armillary.dialects.artifacts import tags
from armillary.dialects.artifacts.mapping.exports import exported
from armillary.dialects.artifacts.mapping.provenance import mcp
from armillary.dialects.artifacts.mapping.providers import (
    changed_items,
    form_reply,
    new_items,
    provider_search,
    search_reply,
)
from armillary.dialects.artifacts.mapping.results import deleted, duplicated, refreshed, results
from armillary.dialects.artifacts.schemas import providers as wire
from armillary.dialects.artifacts.schemas.base import BULK_BYTES
from armillary.dialects.artifacts.schemas.exports import Exported
from armillary.dialects.artifacts.schemas.results import Refreshed
from armillary.domain.assemblies import Kind
from armillary.domain.errors import Conflict, InvalidRequest, NotFound, PermissionDenied
from armillary.services import assembled_providers, assemblies

router = Router()

_READ, _MANAGE = "models:read", "models:manage"
_TAG = "providers"
_KIND = Kind.PROVIDER


@router.operation(POST, "/artifacts/providers/get", scope=_READ, raises=(NotFound, PermissionDenied, InvalidRequest))
async def get_provider(call: Call, body: wire.GetProviderRequest) -> wire.GetProviderResponse:
    """Read a provider for its editor, or the form of a new one, with a draft laid over it."""
    form = await assemblies.form(call.db, call.caller, _KIND, body.provider_id, body.draft_id, at=call.now)
    tags.cached(call, _TAG)
    tags.missed(call)
    return form_reply(form)


@router.operation(POST, "/artifacts/providers/search", scope=_READ, raises=(PermissionDenied,))
async def search_provider(call: Call, body: wire.SearchProvidersRequest) -> wire.SearchProvidersResponse:
    """List providers by name, active ones unless `filter_status` says otherwise, with the models that use them."""
    found = await assembled_providers.search(call.db, call.caller, provider_search(body))
    tags.invalidates(call, _TAG)
    return search_reply(found, body)


@router.operation(
    POST, "/artifacts/providers/create", scope=_MANAGE, raises=(PermissionDenied,), creates=True, body_bytes=BULK_BYTES
)
async def create_provider(call: Call, body: wire.CreateProvidersRequest) -> wire.ProviderResults:
    """Make providers, all or none: only when every result has a `provider_id` was anything stored.

    The first value of type `provider` names the driver: one that the server knows, or else an OpenAI-compatible API
    at the first endpoint. Keys are set through the other APIs.
    """
    items = new_items(body.providers)
    outcomes = await assemblies.create(call.db, call.caller, _KIND, items, mcp=mcp(call), at=call.now)
    tags.invalidates(call, _TAG)
    return wire.ProviderResults(results=results(_KIND, body.providers, outcomes, done="created"))


@router.operation(
    POST,
    "/artifacts/providers/update",
    scope=_MANAGE,
    raises=(NotFound, PermissionDenied, Conflict),
    body_bytes=BULK_BYTES,
)
async def update_provider(call: Call, body: wire.UpdateProvidersRequest) -> wire.ProviderResults:
    """Change providers, all or none: null keeps, `[]` removes all links of a kind, a list replaces them."""
    items = changed_items(body.providers)
    outcomes = await assemblies.update(call.db, call.caller, _KIND, items, mcp=mcp(call), at=call.now)
    tags.invalidates(call, _TAG)
    return wire.ProviderResults(results=results(_KIND, body.providers, outcomes, done="updated"))


@router.operation(
    POST, "/artifacts/providers/duplicate", scope=_MANAGE, raises=(NotFound, PermissionDenied), creates=True
)
async def duplicate_provider(call: Call, body: wire.DuplicateProviderRequest) -> wire.DuplicatedProvider:
    """Make a copy of a provider, switched off, named after it, and without its key."""
    copy, name = await assemblies.duplicate(call.db, call.caller, _KIND, body.provider_id, mcp=mcp(call), at=call.now)
    tags.invalidates(call, _TAG)
    return wire.DuplicatedProvider(**duplicated(_KIND, copy, name))


@router.operation(
    POST,
    "/artifacts/providers/delete",
    scope=_MANAGE,
    raises=(NotFound, PermissionDenied, Conflict),
    body_bytes=BULK_BYTES,
)
async def delete_provider(call: Call, body: wire.DeleteProvidersRequest) -> wire.DeletedProviders:
    """Delete providers, all or none; one that a model uses stays."""
    gone = await assemblies.delete(call.db, call.caller, _KIND, body.provider_ids, at=call.now)
    tags.invalidates(call, _TAG)
    return wire.DeletedProviders(results=[wire.DeleteProviderResult(**one) for one in deleted(_KIND, gone)])


@router.operation(POST, "/artifacts/providers/refresh", scope=_READ)
async def provider_refresh(call: Call) -> Refreshed:
    """Tell what to read anew: nothing here is read from a view that could be behind."""
    call.caller.require(_READ)
    tags.invalidates(call, _TAG, "artifacts")
    return refreshed(_TAG, _KIND)


@router.operation(POST, "/artifacts/providers/export", scope=_READ, raises=(PermissionDenied,), creates=True)
async def export_providers(call: Call, body: wire.ExportProvidersRequest) -> Exported:
    """Export providers as CSV to an upload, to be fetched from `/uploads/{upload_id}/download`.

    Only providers that the caller may view are rows, by name.
    """
    # one at a time: each holds a view of the database for as long as it is written
    async with call.wiring.exports:
        done = await assembled_providers.export(
            call.db, call.caller, body.provider_id, terms=call.wiring.uploads, mcp=mcp(call), at=call.now
        )
    return exported(done)
