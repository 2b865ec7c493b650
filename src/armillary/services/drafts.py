"""Drafts: an editor's state, saved in versions, listed, and shown to their owner.

No draft raises the catalogue's revision, nor leaves a change record: it is nobody's truth until it is published, and
the create or the update that publishes it records what changed, once. A record of each autosave would bury those.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assemblies import SINGLE, SLOTS, Item, Kind, Slot
from armillary.domain.drafts import (
    MOST_LINKS,
    MOST_SHOWN,
    Draft,
    Form,
    Links,
    Said,
    collapsed,
    decided,
    may_draft,
    saved_over,
)
from armillary.domain.errors import InvalidMembers, PermissionDenied
from armillary.domain.resources import Resource
from armillary.domain.sittings import sitting_of
from armillary.services.assemblies.kinds import Linked
from armillary.services.assemblies.registry import ASSEMBLERS
from armillary.services.assemblies.resolving import resolve
from armillary.services.ids import new_id
from armillary.storage import drafts as store
from armillary.storage import resources as rows
from armillary.storage.database import Database, Reading, Writing

#: The scope to save drafts, if another than that of models: a reader's key saves none, of whatever kind.
_SAVES = {Kind.AGENT: "agents:manage"}
#: What a text is told by where it is at fault, if a draft has another word for it than an item.
_TEXTS = {"emails": "email"}


async def save(db: Database, caller: Principal, kind: Kind, form: Form, *, at: datetime) -> Draft:
    """Keep an editor's form: over the draft that it names, or as a new one where it names none that there is.

    Raises: PermissionDenied, for a role that drafts none, and for somebody else's draft; StaleDraft; InvalidMembers,
        for bad texts and ids that nothing has. Then nothing is written.

    Source: contracts/artifacts.md, 2.7.
    """
    caller.require(_SAVES.get(kind, "models:manage"))
    if not may_draft(caller.role, kind):
        raise PermissionDenied(sentence="your role saves no drafts of this kind")
    texts, said = _stated(form), collapsed(form.links)
    async with db.writing() as tx:
        held = await _replaced(tx, caller, kind, form, texts)
        links = await _resolved(tx, caller, kind, said, texts, mcp=form.mcp, at=at)
        while held is not None:
            after = saved_over(held, links, mcp=form.mcp, at=at)
            if await store.replaced(tx, after, version=held.version):
                return after
            # somebody was faster since it was read: it is refused by what stands there now
            held = await _replaced(tx, caller, kind, form, texts)
        return await _begun(tx, caller, kind, form, links, at=at)


async def mine(db: Database, caller: Principal, kind: Kind) -> list[Draft]:
    """The caller's own drafts, those begun last first. Raises: PermissionDenied."""
    caller.require(ASSEMBLERS[kind].reads)
    async with db.reading() as reading:
        return await store.of_profile(reading, caller.workspace, kind, caller.profile, limit=MOST_SHOWN)


async def _replaced(tx: Writing, caller: Principal, kind: Kind, form: Form, texts: Mapping[Slot, str]) -> Draft | None:
    if form.draft is None:
        return None
    stored = await store.by_id(tx, caller.workspace, kind, form.draft)
    said = form.links if stored is None else await _said(tx, stored, form, texts)
    return decided(stored, form, said, profile=caller.profile, role=caller.role)


async def _said(reading: Reading, stored: Draft, form: Form, texts: Mapping[Slot, str]) -> Said:
    """The form's content, a text told by the row that the draft has of it already, if it has one."""
    linked = await rows.by_ids(reading, stored.workspace, (one for slot in texts for one in stored.linked(slot)))
    said: dict[Slot, tuple[UUID | str, ...]] = {**collapsed(form.links)}
    for slot, text in texts.items():
        known = next((one for one in stored.linked(slot) if one in linked and linked[one].text == text), text)
        said[slot] = tuple(dict.fromkeys((*said.get(slot, ()), known)))
    return said


def _stated(form: Form) -> dict[Slot, str]:
    """The texts that become rows: blank ones say nothing, and neither do those whose single slot is filled."""
    texts = {slot: text.strip() for slot, text in form.texts.items() if not (slot in SINGLE and form.links.get(slot))}
    return {slot: text for slot, text in texts.items() if text}


async def _resolved(  # noqa: PLR0913  what a form says, and by whom
    tx: Writing, caller: Principal, kind: Kind, links: Links, texts: Mapping[Slot, str], *, mcp: bool, at: datetime
) -> dict[Slot, tuple[UUID, ...]]:
    """What the form links, its texts in rows that come last. Raises: InvalidMembers."""
    faults = [(slot.value, f"links {MOST_LINKS} at most") for slot, ids in links.items() if len(ids) > MOST_LINKS]
    if faults:
        raise InvalidMembers(kind, faults)
    said = [Item(links=links), Item(texts={slot: (text,) for slot, text in texts.items()})]
    by_id, by_text = await resolve(tx, caller, kind, said, mcp=mcp, at=at)
    faults = [(one.member, one.sentence) for one in by_id.faults]
    faults += [(_TEXTS.get(one.member, one.member), one.sentence) for one in by_text.faults]
    if faults:
        raise InvalidMembers(kind, faults)
    linked = {slot: (*by_id.links.get(slot, ()), *by_text.links.get(slot, ())) for slot in SLOTS[kind]}
    return collapsed({slot: tuple(map(_identity, several)) for slot, several in linked.items()})


def _identity(linked: Linked) -> UUID:
    return linked.id if isinstance(linked, Resource) else linked


async def _begun(  # noqa: PLR0913  as above
    tx: Writing, caller: Principal, kind: Kind, form: Form, links: Links, *, at: datetime
) -> Draft:
    draft = Draft(
        id=new_id(at),
        workspace=caller.workspace,
        kind=kind,
        profile=caller.profile,
        group=new_id(at),
        session=sitting_of(caller.profile, at),
        version=form.expected_version + 1,
        links=links,
        mcp=form.mcp,
        created_at=at,
        updated_at=at,
    )
    await store.insert(tx, draft)
    return draft
