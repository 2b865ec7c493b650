"""Which model a call will use and why, and what hangs on a model."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import GET, Router
from armillary.dialects.native.mapping import ids
from armillary.dialects.native.mapping.resolutions import impact_reply, references, resolution_reply
from armillary.dialects.native.schemas.resolutions import Impact, Resolution, ResolveQuery
from armillary.domain.errors import InvalidRequest, NotFound, PermissionDenied
from armillary.services import impact, resolver

router = Router()


@router.operation(GET, "/models/resolve", scope="models:read", raises=(InvalidRequest, PermissionDenied))
async def resolve_model(call: Call, query: ResolveQuery) -> Resolution:
    """Explain which model a call will use.

    The first of message, session, agent, harness and the workspace's default whose model can be called; each step
    tells why it was taken or skipped. Sessions and the gateway decide by the same rules.
    """
    return resolution_reply(await resolver.resolve(call.db, call.caller, references(query)))


@router.operation(
    GET, "/models/{model_id}/impact", scope="models:read", raises=(InvalidRequest, NotFound, PermissionDenied)
)
async def get_model_impact(call: Call, model_id: str) -> Impact:
    """Tell what disabling or deleting a model would touch."""
    return impact_reply(await impact.of_model(call.db, call.caller, ids.read("model", model_id, "model_id")))
