"""Who the caller is. Source: contracts/artifacts.md, 3.6."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import POST, Router
from armillary.dialects.artifacts.mapping.profiles import context_reply
from armillary.dialects.artifacts.schemas.context import Context, ContextRequest
from armillary.services import roster

router = Router()


@router.operation(POST, "/context")
async def get_context(call: Call, body: ContextRequest) -> Context:
    """Tell who the caller is: its profile, role and departments."""
    return context_reply(await roster.myself(call.db, call.caller, at=call.now), body)
