"""The audit trail."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import GET, Router
from armillary.dialects.native.mapping.changes import change_query, page_reply
from armillary.dialects.native.schemas.changes import Changes, ChangesQuery
from armillary.domain.errors import InvalidRequest, PermissionDenied
from armillary.services import changes, profiles

router = Router()


@router.operation(GET, "/changes", scope="changes:read", raises=(InvalidRequest, PermissionDenied))
async def list_changes(call: Call, query: ChangesQuery) -> Changes:
    """List who changed what, newest first.

    Records of the workspace; owners see those of the account among them.
    """
    found = await changes.page(call.db, call.caller, change_query(query))
    actors = await profiles.named(call.db, call.caller, {change.actor for change in found})
    return page_reply(found, actors, query)
