"""Forms: what an editor is shown of a thing, or of one to be made.

Source: contracts/artifacts.md, 2.1 and section 4.
"""

from __future__ import annotations

from typing import Any

from armillary.dialects.artifacts.mapping.sections import sections
from armillary.domain.assemblies import Kind
from armillary.domain.editing import told
from armillary.services.assemblies import Form


def form_members(kind: Kind, form: Form) -> dict[str, Any]:
    """The members that the forms of all kinds have, and the form's sections."""
    return {
        "actor_name": form.actor.name,
        f"{kind}_exists": form.thing is not None,
        "can_edit": form.obstacle is None,
        "disabled_reason": None if form.obstacle is None else told(form.obstacle, kind),
        "draft_version": None if form.draft is None else form.draft.version,
        "group_id": form.group,
        **sections(kind, form.sections),
    }
