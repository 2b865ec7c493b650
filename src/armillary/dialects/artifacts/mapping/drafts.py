"""Drafts on the wire: of any kind, by the names of their members.

Source: contracts/artifacts.md, 2.7 and 2.8; 1.7: null, absent, ``[]`` and a blank text are all empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from armillary.domain.assemblies import SINGLE, SLOTS, Kind, Slot
from armillary.domain.drafts import Draft, Form

#: Slot -> the member that holds a text for it.
_TEXTS = {Slot.NAMES: "name", Slot.DESCRIPTIONS: "description", Slot.EMAILS: "email"}
#: The kinds whose form has one flag alone.
_ONE_FLAG = frozenset({Kind.PROVIDER, Kind.DEPARTMENT, Kind.PROFILE})
#: Where the singular is not the slot's word less its last letter.
_SINGULARS = {Slot.PRICING: "pricing", Slot.MODALITIES: "modality", Slot.QUALITIES: "quality"}


def member(kind: Kind, slot: Slot) -> str:
    """The member of a form that holds what the slot links."""
    single = slot in SINGLE or (slot is Slot.FLAGS and kind in _ONE_FLAG)
    return f"{_singular(slot)}_id" if single else _listed(slot)


def form(kind: Kind, body: Any, *, mcp: bool) -> Form:  # noqa: ANN401  the form of any kind
    """What an editor of the kind sends to be kept."""
    return Form(
        draft=body.input_draft_id,
        expected_version=body.expected_version or 0,
        links={slot: _ids(getattr(body, member(kind, slot))) for slot in SLOTS[kind]},
        texts={slot: getattr(body, _TEXTS[slot]) or "" for slot in SLOTS[kind] if slot in _TEXTS},
        mcp=mcp,
    )


def saved(draft: Draft) -> dict[str, Any]:
    """The members that tell of a draft that was saved, save its content."""
    return {
        "success": True,
        "draft_id": draft.id,
        "new_version": draft.version,
        "message": f"{draft.kind.capitalize()} draft saved as version {draft.version}",
    }


def form_state(draft: Draft) -> dict[str, Any]:
    """The members of what the draft holds, as its form has them."""
    return {(name := member(draft.kind, slot)): _held(name, draft.linked(slot)) for slot in SLOTS[draft.kind]}


def entry(draft: Draft) -> dict[str, Any]:
    """The members of a draft in a listing: all links in lists."""
    return {
        "id": draft.id,
        "version": draft.version,
        "created_at": draft.created_at,
        "generated": True,
        "mcp": draft.mcp,
        "active": True,
        "group_id": draft.group,
        "session_id": draft.session,
        "profile_ids": [draft.profile],
        **{_listed(slot): list(draft.linked(slot)) for slot in SLOTS[draft.kind]},
    }


def _ids(stated: UUID | Sequence[UUID] | None) -> tuple[UUID, ...]:
    if stated is None:
        return ()
    return (stated,) if isinstance(stated, UUID) else tuple(stated)


def _held(name: str, linked: Sequence[UUID]) -> UUID | list[UUID] | None:
    if name.endswith("_ids"):
        return list(linked)
    return linked[0] if linked else None


def _listed(slot: Slot) -> str:
    return f"{_singular(slot)}_ids"


def _singular(slot: Slot) -> str:
    return _SINGULARS.get(slot, slot.value.removesuffix("s"))
