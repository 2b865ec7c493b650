"""Drafts as editors are shown them: their own, and to superadmins anybody's."""

from __future__ import annotations

from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assemblies import Kind
from armillary.domain.drafts import Draft, may_see
from armillary.storage import drafts
from armillary.storage.database import Reading


async def drafted(reading: Reading, caller: Principal, kind: Kind, draft_id: UUID) -> Draft | None:
    """The draft, where the caller may see it; None for somebody else's as for none at all.

    Source: contracts/artifacts.md, decision 12.
    """
    found = await drafts.by_id(reading, caller.workspace, kind, draft_id)
    return found if found is not None and may_see(found, profile=caller.profile, role=caller.role) else None
