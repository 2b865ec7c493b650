"""Drafts: an editor's state, saved in versions, listed, and laid over what it is to become.

No draft raises the catalogue's revision, nor leaves a change record: it is nobody's truth until it is published, and
the create or the update that publishes it records what changed, once. A record of each autosave would bury those.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assemblies import SINGLE, Kind, Slot
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
    may_see,
    saved_over,
)
from armillary.domain.errors import InvalidMembers, InvalidRequest, PermissionDenied
from armillary.domain.resources import Description, Email, Name, checked_content, text_of
from armillary.domain.sittings import sitting_of
from armillary.services import resources
from armillary.services.ids import new_id
from armillary.storage import drafts as store
from armillary.storage import resources as rows
from armillary.storage.database import Database, Reading, Writing

#: Slot -> what a text makes there.
_CONTENT: dict[Slot, type[Name | Description | Email]] = {
    Slot.NAMES: Name,
    Slot.DESCRIPTIONS: Description,
    Slot.EMAILS: Email,
}
#: What a text is told by where it is at fault; an id is told by its slot.
_TEXTS = {Slot.NAMES: "name", Slot.DESCRIPTIONS: "description", Slot.EMAILS: "email"}
_READS = {Kind.AGENT: "agents:read"}
_MANAGES = {Kind.AGENT: "agents:manage"}


async def save(db: Database, caller: Principal, kind: Kind, form: Form, *, at: datetime) -> Draft:
    """Keep an editor's form: over the draft that it names, or as a new one where it names none that there is.

    Raises: PermissionDenied, for a role that drafts none, and for somebody else's draft; StaleDraft; InvalidMembers,
        for bad texts and ids that nothing has. Then nothing is written.

    Source: contracts/artifacts.md, 2.7.
    """
    caller.require(_MANAGES.get(kind, "models:manage"))
    if not may_draft(caller.role, kind):
        raise PermissionDenied(sentence=f"your role saves no drafts of a {kind}")
    texts, said = _checked(kind, form), collapsed(form.links)
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
    caller.require(_READS.get(kind, "models:read"))
    async with db.reading() as reading:
        return await store.of_profile(reading, caller.workspace, kind, caller.profile, limit=MOST_SHOWN)


async def read(reading: Reading, caller: Principal, kind: Kind, draft_id: UUID) -> Draft | None:
    """The draft, where the caller may see it; None for somebody else's as for none at all.

    Source: contracts/artifacts.md, decision 12.
    """
    found = await store.by_id(reading, caller.workspace, kind, draft_id)
    return found if found is not None and may_see(found, profile=caller.profile, role=caller.role) else None


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


def _checked(kind: Kind, form: Form) -> dict[Slot, str]:
    """The texts that become rows: blank ones say nothing, and neither do those whose single slot is filled.

    Raises: InvalidMembers.
    """
    sound: dict[Slot, str] = {}
    faults: list[tuple[str, str]] = []
    for slot, text in form.texts.items():
        if text.strip() and not (slot in SINGLE and form.links.get(slot)):
            try:
                sound[slot] = text_of(checked_content(_CONTENT[slot](text)))
            except InvalidRequest as exc:
                faults.append((_TEXTS[slot], exc.sentence))
    if faults:
        raise InvalidMembers(kind, faults)
    return sound


async def _resolved(  # noqa: PLR0913  what a form says, and by whom
    tx: Writing, caller: Principal, kind: Kind, links: Links, texts: Mapping[Slot, str], *, mcp: bool, at: datetime
) -> dict[Slot, tuple[UUID, ...]]:
    """What the form links, its texts in rows. Raises: InvalidMembers."""
    faults = [fault for slot, ids in links.items() if (fault := await _fault(tx, caller, slot, ids))]
    if faults:
        raise InvalidMembers(kind, faults)
    made = {slot: await _row(tx, caller, slot, text, mcp=mcp, at=at) for slot, text in texts.items()}
    return collapsed({slot: (*links.get(slot, ()), *made.get(slot, ())) for slot in {**links, **made}})


async def _fault(reading: Reading, caller: Principal, slot: Slot, ids: tuple[UUID, ...]) -> tuple[str, str] | None:
    most = 1 if slot in SINGLE else MOST_LINKS
    if len(ids) > most:
        return slot.value, f"links {most} at most"
    missing = set(ids) - await store.linkable(reading, caller.workspace, slot, ids)
    return (slot.value, f"there is no {', '.join(map(str, sorted(missing)))}") if missing else None


async def _row(  # noqa: PLR0913  as above
    tx: Writing, caller: Principal, slot: Slot, text: str, *, mcp: bool, at: datetime
) -> tuple[UUID, ...]:
    """The row of a text: a name's is shared, any other is new. Source: contracts/artifacts.md, 2.7, rule 2, and 3.2."""
    if slot is Slot.NAMES:
        return ((await resources.named(tx, caller.workspace, [text], mcp=mcp, at=at))[text].id,)
    make = resources.described if slot is Slot.DESCRIPTIONS else resources.addressed
    return tuple(one.id for one in await make(tx, caller.workspace, [text], mcp=mcp, at=at))


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
