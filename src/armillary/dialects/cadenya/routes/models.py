"""Models: list, read, create under a provider key, change, switch on and off, swap.

Source: contracts/cadenya.md, 2 and 3.2 to 3.6. The first clients, which name no workspace, are served by aliases for
ids of our spelling; their ``GET /v1/models`` is another dialect's (design.md, "URL map").
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from uuid import UUID

from msgspec import UnsetType

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import GET, PATCH, POST, PUT, Router
from armillary.dialects.cadenya.mapping import ids, pages
from armillary.dialects.cadenya.mapping import models as mapping
from armillary.dialects.cadenya.routes import references
from armillary.dialects.cadenya.schemas import models as wire
from armillary.dialects.cadenya.schemas.base import Empty
from armillary.domain.errors import AlreadyExists, Conflict, InvalidRequest, NotFound, PermissionDenied
from armillary.domain.models import Swap, synced_rule
from armillary.services import models

router = Router()
_READ, _MANAGE = "models:read", "models:manage"
_MODELS = "/workspaces/{workspace_id}/models"
_MODEL = f"{_MODELS}/{{model_id}}"


def _ours(path: Mapping[str, str]) -> bool:
    """Whether a path without a workspace names a model in our spelling: others are other dialects'."""
    return "workspace_id" in path or ids.read("model", path["model_id"]) is not None


@router.operation(GET, _MODELS, scope=_READ, cached=True, raises=(NotFound, PermissionDenied, InvalidRequest))
async def list_models(call: Call, workspace_id: str, query: wire.ModelQuery) -> wire.ModelList:  # noqa: ARG001  entered
    """List models."""
    bound = pages.filters(query, "models", call.caller.workspace)
    asked = mapping.model_query(query, await _provider_filter(call, query.ai_provider_key_id), bound)
    page = await models.page(call.db, call.caller, asked)
    return mapping.models_reply(call.caller, page, query, bound)


async def _provider_filter(call: Call, text: str) -> UUID | None:
    """The provider to filter by; one that is not there leaves an empty page, as the contract has it."""
    if not text:
        return None
    try:
        return (await references.provider(call, text)).id
    except NotFound:
        return mapping.NO_PROVIDER


@router.operation(
    GET,
    _MODEL,
    scope=_READ,
    cached=True,
    raises=(NotFound, PermissionDenied, Conflict),
    aliases=("/models/{model_id}",),
    claims=_ours,
)
async def get_model(call: Call, model_id: str, workspace_id: str = "") -> wire.Model:  # noqa: ARG001  as above
    """Get a model, enabled or not.

    By its id, ``external_id:<slug>`` or ``external_id:<provider key's>.<slug>``.
    """
    return mapping.model_reply(call.caller, await references.model(call, model_id))


@router.operation(
    PUT,
    f"{_MODEL}/status",
    scope=_MANAGE,
    raises=(NotFound, PermissionDenied, InvalidRequest),
    aliases=("/models/{model_id}/status",),
    claims=_ours,
)
async def set_model_status(
    call: Call,
    model_id: str,
    body: wire.SetStatus,
    workspace_id: str = "",  # noqa: ARG001  as above
) -> wire.Model:
    """Set a model's status, as clients until June 2026 do; the same as enabling or disabling it."""
    return await _switched(call, model_id, enabled=body.status is wire.SettableStatus.ENABLED)


@router.operation(POST, f"{_MODEL}:enable", scope=_MANAGE, raises=(NotFound, PermissionDenied))
async def enable_model(call: Call, workspace_id: str, model_id: str) -> wire.Model:  # noqa: ARG001  as above
    """Enable a model. Doing it twice changes nothing."""
    return await _switched(call, model_id, enabled=True)


@router.operation(POST, f"{_MODEL}:disable", scope=_MANAGE, raises=(NotFound, PermissionDenied, Conflict))
async def disable_model(call: Call, workspace_id: str, model_id: str) -> wire.Model:  # noqa: ARG001  as above
    """Disable a model. Doing it twice changes nothing."""
    return await _switched(call, model_id, enabled=False)


async def _switched(call: Call, model_id: str, *, enabled: bool) -> wire.Model:
    identity = await references.model_id(call, model_id)
    return mapping.model_reply(call.caller, await models.switch(call.db, call.caller, identity, enabled, at=call.now))


@router.operation(
    POST,
    "/workspaces/{workspace_id}/ai_provider_keys/{ai_provider_key_id}/models",
    scope=_MANAGE,
    creates=True,
    raises=(NotFound, PermissionDenied, InvalidRequest, Conflict, AlreadyExists),
)
async def create_model(
    call: Call,
    workspace_id: str,  # noqa: ARG001  as above
    ai_provider_key_id: str,
    body: wire.CreateModel,
) -> wire.Model:
    """Create a model under a provider key; it starts enabled, and the prices given become its base price."""
    provider = await references.provider_id(call, ai_provider_key_id)
    made = await models.create(call.db, call.caller, provider, mapping.new_model(body), at=call.now)
    return mapping.model_reply(call.caller, made)


@router.operation(
    PATCH, _MODEL, scope=_MANAGE, raises=(NotFound, PermissionDenied, InvalidRequest, Conflict, AlreadyExists)
)
async def update_model(
    call: Call,
    workspace_id: str,  # noqa: ARG001  as above
    model_id: str,
    body: wire.UpdateModel,
) -> wire.Model:
    """Change the members of a model that the update mask names.

    Synced models keep their name and terms: of them, external id, labels and price override change.
    """
    changed = await models.update(
        call.db,
        call.caller,
        await references.model_id(call, model_id),
        partial(mapping.model_changes, body),
        guard=synced_rule,
        unchanged_since=call.unchanged_since,
        at=call.now,
    )
    return mapping.model_reply(call.caller, changed)


@router.operation(
    POST,
    f"{_MODELS}:swapModelOnVariations",
    scope=_MANAGE,
    raises=(NotFound, PermissionDenied, InvalidRequest, Conflict),
)
async def swap_models(call: Call, workspace_id: str, body: wire.SwapModels) -> Empty:  # noqa: ARG001  as above
    """Have whatever uses one model use another; all swaps are checked before the first is made."""
    swaps = [
        Swap(
            current=await _swapped(call, swap.current_model_id, f"model_swaps[{place}].current_model_id"),
            next=await _swapped(call, swap.next_model_id, f"model_swaps[{place}].next_model_id"),
            disable_after=swap.disable_current_after_swap,
        )
        for place, swap in enumerate(() if isinstance(body.model_swaps, UnsetType) else body.model_swaps)
    ]
    await models.swap(call.db, call.caller, swaps, at=call.now)
    return Empty()


async def _swapped(call: Call, text: str, field: str) -> UUID:
    if not text:
        raise InvalidRequest(field, "is required")
    return await references.model_id(call, text)
