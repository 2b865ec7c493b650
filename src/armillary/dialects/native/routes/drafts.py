"""What publishing a draft would change."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import GET, Router
from armillary.dialects.native.mapping import ids
from armillary.dialects.native.mapping.drafts import diff_reply
from armillary.dialects.native.schemas.drafts import DiffQuery, DraftDiff
from armillary.domain.errors import InvalidRequest, NotFound, PermissionDenied
from armillary.services import draft_diffs

router = Router()


# never cached: a save of the draft does not raise the registry's revision
@router.operation(
    GET, "/drafts/{draft_id}/diff", scope="models:read", raises=(InvalidRequest, NotFound, PermissionDenied)
)
async def diff_draft(call: Call, draft_id: str, query: DiffQuery) -> DraftDiff:
    """Tell field by field what publishing a draft of a model would change.

    One's own draft, or for superadmins anybody's; somebody else's is answered like none at all.
    """
    draft, against = ids.read("draft", draft_id, "draft_id"), ids.read("model", query.against, "against")
    return diff_reply(await draft_diffs.diff(call.db, call.caller, draft, against, at=call.now))
