"""Models. Source: contracts/artifacts.md, 2.1 to 2.6, 2.9 and 2.11."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import POST, Router
from armillary.dialects.artifacts import tags
from armillary.dialects.artifacts.mapping.forms import form_members
from armillary.dialects.artifacts.mapping.items import item
from armillary.dialects.artifacts.mapping.models import facet_query, model_query, search_reply
from armillary.dialects.artifacts.mapping.provenance import mcp
from armillary.dialects.artifacts.mapping.results import deleted, duplicated, refreshed, results
from armillary.dialects.artifacts.schemas import models as wire
from armillary.dialects.artifacts.schemas.base import BULK_BYTES
from armillary.dialects.artifacts.schemas.results import Refreshed
from armillary.domain.assemblies import Kind
from armillary.domain.errors import InvalidRequest, NotFound, PermissionDenied
from armillary.services import assemblies, searches
from armillary.services.actors import acting

router = Router()

READ, MANAGE = "models:read", "models:manage"
_TAG = "models"


@router.operation(POST, "/artifacts/models/get", scope=READ, raises=(NotFound, PermissionDenied, InvalidRequest))
async def get_model(call: Call, body: wire.GetModelRequest) -> wire.GetModelResponse:
    """Read a model for its editor, or the form of a new one, with a draft laid over it.

    Without a `model_id`, at least one department must be there to choose.
    """
    form = await assemblies.form(call.db, call.caller, Kind.MODEL, body.model_id, body.draft_id, at=call.now)
    tags.cached(call, _TAG)
    tags.missed(call)
    return wire.GetModelResponse(**form_members(Kind.MODEL, form))


@router.operation(POST, "/artifacts/models/search", scope=READ, raises=(PermissionDenied,))
async def search_model(call: Call, body: wire.SearchModelsRequest) -> wire.SearchModelsResponse:
    """List models by name, whichever departments they belong to: any of each filter, all filters and the text."""
    actor = await acting(call.db, call.caller)
    found = await searches.models(call.wiring, call.caller, model_query(body), facet_query(body), at=call.now)
    tags.invalidates(call, _TAG)
    return search_reply(found, actor, body)


@router.operation(
    POST, "/artifacts/models/create", scope=MANAGE, raises=(PermissionDenied,), creates=True, body_bytes=BULK_BYTES
)
async def create_model(call: Call, body: wire.CreateModelsRequest) -> wire.ModelResults:
    """Make models, all or none: only when every result has a `model_id` was anything stored."""
    items = [item(Kind.MODEL, one, one.id) for one in body.models]
    outcomes = await assemblies.create(call.db, call.caller, Kind.MODEL, items, mcp=mcp(call), at=call.now)
    tags.invalidates(call, _TAG)
    return wire.ModelResults(results=results(Kind.MODEL, body.models, outcomes, done="created"))


@router.operation(
    POST, "/artifacts/models/update", scope=MANAGE, raises=(NotFound, PermissionDenied), body_bytes=BULK_BYTES
)
async def update_model(call: Call, body: wire.UpdateModelsRequest) -> wire.ModelResults:
    """Change models, all or none: null keeps, `[]` removes all links of a kind, a list replaces them."""
    items = [item(Kind.MODEL, one, one.model_id) for one in body.models]
    outcomes = await assemblies.update(call.db, call.caller, Kind.MODEL, items, mcp=mcp(call), at=call.now)
    tags.invalidates(call, _TAG)
    return wire.ModelResults(results=results(Kind.MODEL, body.models, outcomes, done="updated"))


@router.operation(POST, "/artifacts/models/duplicate", scope=MANAGE, raises=(NotFound, PermissionDenied), creates=True)
async def duplicate_model(call: Call, body: wire.DuplicateModelRequest) -> wire.DuplicatedModel:
    """Make a copy of a model, switched off and named after it."""
    copy, name = await assemblies.duplicate(call.db, call.caller, Kind.MODEL, body.model_id, mcp=mcp(call), at=call.now)
    tags.invalidates(call, _TAG)
    return wire.DuplicatedModel(**duplicated(Kind.MODEL, copy, name))


@router.operation(
    POST, "/artifacts/models/delete", scope=MANAGE, raises=(NotFound, PermissionDenied), body_bytes=BULK_BYTES
)
async def delete_model(call: Call, body: wire.DeleteModelsRequest) -> wire.DeletedModels:
    """Delete models, all or none; one that an active agent uses stays."""
    gone = await assemblies.delete(call.db, call.caller, Kind.MODEL, body.model_ids, at=call.now)
    tags.invalidates(call, _TAG)
    return wire.DeletedModels(results=[wire.DeleteModelResult(**one) for one in deleted(Kind.MODEL, gone)])


@router.operation(POST, "/artifacts/models/refresh", scope=READ)
async def model_refresh(call: Call) -> Refreshed:
    """Tell what to read anew: nothing here is read from a view that could be behind."""
    call.caller.require(READ)
    tags.invalidates(call, _TAG, "artifacts")
    return refreshed(_TAG, Kind.MODEL)
