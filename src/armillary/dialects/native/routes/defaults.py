"""The workspace's default model: what calls use where nothing else names one."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import GET, PUT, Router
from armillary.dialects.native.mapping.models import chosen_default, default_reply
from armillary.dialects.native.schemas.models import ChooseDefault, DefaultModel
from armillary.domain.errors import InvalidRequest, NotFound, PermissionDenied
from armillary.services import defaults

router = Router()


@router.operation(GET, "/models/default", scope="models:read", cached=True, raises=(PermissionDenied,))
async def get_default_model(call: Call) -> DefaultModel:
    """Read the workspace's default model."""
    return default_reply(await defaults.current(call.db, call.caller))


@router.operation(PUT, "/models/default", scope="models:manage", raises=(InvalidRequest, NotFound, PermissionDenied))
async def choose_default_model(call: Call, body: ChooseDefault) -> DefaultModel:
    """Choose the workspace's default model, or none.

    A disabled model is refused. Where the default is disabled or removed later, another is elected.
    """
    return default_reply(await defaults.choose(call.db, call.caller, chosen_default(body), at=call.now))
