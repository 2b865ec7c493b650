"""Models. Source: contracts/everruns.md, 2.1 and 3.2."""

from __future__ import annotations

import asyncio
from uuid import UUID

from msgspec import UnsetType

from armillary.dialects._kit.bodies import query_pairs
from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import DELETE, GET, PATCH, POST, Router
from armillary.dialects.everruns.mapping import ids, links, pages
from armillary.dialects.everruns.mapping.models import model_changes, model_item, model_reply, new_model
from armillary.dialects.everruns.mapping.policies import model_policies
from armillary.dialects.everruns.schemas import models as wire
from armillary.dialects.everruns.schemas.base import ModelId, ProviderId
from armillary.dialects.everruns.schemas.policies import ModelConfig
from armillary.domain.errors import AlreadyExists, Conflict, InvalidRequest, NotFound, PermissionDenied, Stale
from armillary.domain.listings import ModelSlice
from armillary.domain.models import Registered, Source, managed_rule
from armillary.services import models

router = Router()

READ, MANAGE = "models:read", "models:manage"
_AT_ONCE = 200


# ``GET /v1/models`` is another dialect's (design.md, "URL map").
@router.operation(GET, "/models", scope=READ, prefixes=(links.ROOT,), cached=True, aliases=("/llm-models",))
async def list_models(call: Call, query: wire.ListModels) -> wire.ModelList:
    """List models, disabled ones too: favourites first, then by provider name and display name.

    Every row is answered unless `offset` or `limit` asks for a page.
    """
    return await _list(call, query, "/models")


@router.operation(
    GET, "/models/config", scope="", cached=True, aliases=("/llm-models/config",), raises=(PermissionDenied,)
)
async def get_model_config(call: Call) -> ModelConfig:
    """Tell what the server enforces of models, and what of it the caller may do."""
    return ModelConfig(policies=model_policies(call.caller))


@router.operation(
    GET,
    "/models/{model_id}",
    scope=READ,
    cached=True,
    aliases=("/llm-models/{model_id}",),
    raises=(InvalidRequest, NotFound),
)
async def get_model(call: Call, model_id: ModelId) -> wire.Model:
    """Read a model, whether it is enabled or not."""
    return _reply(call, await models.read(call.db, call.caller, ids.read(ids.MODEL, model_id)))


@router.operation(
    PATCH,
    "/models/{model_id}",
    scope=MANAGE,
    aliases=("/llm-models/{model_id}",),
    raises=(InvalidRequest, PermissionDenied, NotFound, AlreadyExists, Stale),
)
async def update_model(call: Call, model_id: ModelId, body: wire.UpdateModelRequest) -> wire.Model:
    """Change a model: the members that are stated, all at once or none.

    Another `provider_id` moves the model. Of a managed provider's model, only `enabled` and `is_favorite` may change.
    Disabling the organization's default model elects another.
    """
    registered = await models.update(
        call.db,
        call.caller,
        ids.read(ids.MODEL, model_id),
        model_changes(body),
        guard=managed_rule,
        unchanged_since=call.unchanged_since,
        at=call.now,
    )
    return _reply(call, registered)


@router.operation(
    DELETE,
    "/models/{model_id}",
    scope=MANAGE,
    status=204,
    aliases=("/llm-models/{model_id}",),
    raises=(InvalidRequest, PermissionDenied, NotFound, Conflict),
)
async def delete_model(call: Call, model_id: ModelId) -> None:
    """Remove a model; where it was the organization's default, another is elected."""
    await models.delete(call.db, call.caller, ids.read(ids.MODEL, model_id), at=call.now)


@router.operation(
    GET,
    "/providers/{provider_id}/models",
    scope=READ,
    cached=True,
    aliases=("/llm-providers/{provider_id}/models",),
    raises=(InvalidRequest, NotFound),
)
async def list_provider_models(call: Call, provider_id: ProviderId, query: wire.ListModels) -> wire.ModelList:
    """List one provider's models, in the order of `GET /models` and with its query."""
    provider = ids.read(ids.PROVIDER, provider_id)
    return await _list(call, query, f"{links.resource_path(ids.PROVIDER, provider)}/models", provider)


@router.operation(
    POST,
    "/providers/{provider_id}/models",
    scope=MANAGE,
    status=201,
    creates=True,
    aliases=("/llm-providers/{provider_id}/models",),
    raises=(InvalidRequest, PermissionDenied, NotFound, AlreadyExists),
)
async def create_model(call: Call, provider_id: ProviderId, body: wire.CreateModelRequest) -> wire.Model:
    """Make a model by hand, disabled unless the body says otherwise.

    A discovered or predefined model of the same wire id is adopted: it is updated in place and manual from then on.
    """
    provider = ids.read(ids.PROVIDER, provider_id)
    return _reply(call, await models.adopt(call.db, call.caller, provider, new_model(body), at=call.now))


def _reply(call: Call, registered: Registered) -> wire.Model:
    return model_reply(registered, origin=call.base_url, manages=call.caller.can(MANAGE))


async def _list(call: Call, query: wire.ListModels, path: str, provider: UUID | None = None) -> wire.ModelList:
    page = pages.page(query.offset, query.limit)
    if page is None:
        async with call.wiring.whole_lists:
            found = await _found(call, query, provider, None)
            return wire.ModelList(data=await _items(found), total=found.total)
    found = await _found(call, query, provider, page)
    beside = pages.neighbours(f"{call.base_url}{links.ROOT}{path}", query_pairs(call.query_string), page, found.total)
    return wire.ModelList(
        data=await _items(found),
        total=found.total,
        offset=page.offset,
        limit=page.limit,
        next_url=beside.next_url,
        prev_url=beside.prev_url,
    )


async def _found(call: Call, query: wire.ListModels, provider: UUID | None, page: pages.Page | None) -> ModelSlice:
    return await models.listing(
        call.db,
        call.caller,
        source=None if isinstance(query.source, UnsetType) else Source(query.source),
        include_stale=query.include_stale,
        favourites_only=query.favorites_only,
        provider=provider,
        offset=page.offset if page else 0,
        limit=page.limit if page else None,
    )


async def _items(found: ModelSlice) -> list[wire.ModelWithProvider]:
    items = []
    for place, registered in enumerate(found.items):
        if place % _AT_ONCE == _AT_ONCE - 1:
            await asyncio.sleep(0)  # a whole list of a large registry takes seconds: others are answered in between
        items.append(model_item(registered))
    return items
