"""What publishing a draft would change, told before it is published: slot by slot, and member by member.

The slots are those that a model links, the members those of the registry's own record, which every dialect shows. It
is told by the same rules that an update follows, so that what is shown is what would happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assemblies import RESOURCES, Assembly, Kind, LinkedRow, Slot
from armillary.domain.changes import Document
from armillary.domain.drafts import Diff, SlotChange, changes
from armillary.domain.editing import Actor, Subject, told
from armillary.domain.errors import NotFound
from armillary.domain.models import differing
from armillary.domain.resources import Resource
from armillary.services.actors import actor
from armillary.services.assemblies.drafted import drafted
from armillary.services.assemblies.forms import linked_rows, seen
from armillary.services.assemblies.kinds import Edit, Links, Owned, Refused
from armillary.services.assemblies.models import assembler, preview
from armillary.storage import resources
from armillary.storage.database import Database, Reading


async def diff(db: Database, caller: Principal, draft_id: UUID, against: UUID, *, at: datetime) -> Diff:
    """What publishing the draft over a model would change; what the draft leaves empty stays as it is.

    Raises: PermissionDenied, for a model of departments that are not the caller's; NotFound (``draft``, ``model``), for
        somebody else's draft as for none at all.
    """
    caller.require(assembler.reads)
    async with db.reading() as reading:
        who = await actor(reading, caller)
        draft = await drafted(reading, caller, Kind.MODEL, draft_id)
        if draft is None:
            raise NotFound("draft", draft_id)
        model, subject = await seen(reading, caller, assembler, who, against)
        found = changes(model.links, draft)
        rows = await _rows(reading, caller, who, model, found)
        before = (await assembler.owned(reading, caller.workspace, [against]))[against]
        refusal = _refusal(who, subject, found, rows)
        was, becomes, refused = await _registry(reading, caller, before, found, rows, at=at)
    return Diff(
        draft=draft, against=model, changes=found, rows=rows, was=was, becomes=becomes, refusal=refusal or refused
    )


async def _rows(
    reading: Reading, caller: Principal, who: Actor, model: Assembly, found: Sequence[SlotChange]
) -> dict[UUID, LinkedRow]:
    """What the changes link, as far as it is there."""
    rows: dict[UUID, LinkedRow] = {}
    values: list[UUID] = []
    for one in found:
        if one.slot in RESOURCES:
            values += [*one.before, *one.after]
        else:
            rows |= await linked_rows(reading, caller, who, one.slot, {*one.before, *one.after})
    return {**rows, **model.rows, **await resources.by_ids(reading, caller.workspace, values)}


def _refusal(who: Actor, subject: Subject, found: Sequence[SlotChange], rows: Mapping[UUID, LinkedRow]) -> str | None:
    """Why an update by the actor would be refused before it is tried."""
    obstacle = assembler.rules.obstacle(who, subject)
    if obstacle is not None:
        return told(obstacle, Kind.MODEL)
    departments = next((one.after for one in found if one.slot is Slot.DEPARTMENTS), None)
    if departments is not None and not assembler.rules.may_assign(who, departments):
        return "you may leave a model to your own departments alone"
    gone = next(((one.slot, each) for one in found for each in one.after if each not in rows), None)
    return f"{gone[0]}: there is no {gone[1]} any more" if gone else None


async def _registry(  # noqa: PLR0913  who, what and when belong together
    reading: Reading,
    caller: Principal,
    before: Owned,
    found: Sequence[SlotChange],
    rows: Mapping[UUID, LinkedRow],
    *,
    at: datetime,
) -> tuple[Document, Document, str | None]:
    """The members of the model that would change, before and after; or why none can."""
    edit = Edit(before=before, links=_links(found, rows))
    try:
        was, becomes = differing(*await preview(reading, caller, edit, at=at))
    except Refused as exc:
        return {}, {}, f"{exc.member}: {exc.sentence}"
    return was, becomes, None


def _links(found: Iterable[SlotChange], rows: Mapping[UUID, LinkedRow]) -> Links:
    return {one.slot: tuple(_linked(rows[each]) for each in one.after if each in rows) for one in found}


def _linked(row: LinkedRow) -> Resource | UUID:
    return row if isinstance(row, Resource) else row.id
