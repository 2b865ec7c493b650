"""Forms: what an editor is shown of a thing, or of one to be made. Source: contracts/artifacts.md, 2.1 and section 4."""

from __future__ import annotations

from typing import Any

from armillary.dialects.artifacts.mapping.sections import sections
from armillary.domain.assemblies import Kind
from armillary.domain.editing import Obstacle
from armillary.services.assemblies.forms import Form

_STILL = "You can still view it."
_USERS: dict[Kind, str] = {
    Kind.MODEL: "active agents",
    Kind.PROVIDER: "active models",
    Kind.DEPARTMENT: "others",
    Kind.AGENT: "active settings",
    Kind.PROFILE: "others",
}
_REASONS: dict[Obstacle, str] = {
    Obstacle.DEFAULT: "This is a default {kind}: it belongs to no department, and only a superadmin edits it.",
    Obstacle.IN_USE: "This {kind} is in use by {users}, which would change with it.",
    Obstacle.ROLE: "Your role does not edit this {kind}.",
    Obstacle.ELSEWHERE: "This {kind} is restricted to departments that are not all yours.",
}


def form_members(kind: Kind, form: Form) -> dict[str, Any]:
    """The members that the forms of all kinds have, and the form's sections."""
    return {
        "actor_name": form.actor.name,
        f"{kind}_exists": form.exists,
        "can_edit": form.can_edit,
        "disabled_reason": None if form.obstacle is None else disabled_reason(kind, form.obstacle),
        "draft_version": form.draft_version,
        "group_id": form.group,
        **sections(kind, form.sections),
    }


def disabled_reason(kind: Kind, obstacle: Obstacle) -> str:
    """Why it cannot be edited, for people."""
    return f"{_REASONS[obstacle].format(kind=kind, users=_USERS[kind])} {_STILL}"
