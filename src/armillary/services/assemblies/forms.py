"""The form of one thing: what it links, what it might, and whether the actor may edit it.

Source: contracts/artifacts.md, 2.1, with its decisions 9 to 12, 26, 29 and 30.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assemblies import (
    RESOURCES,
    SLOTS,
    Assembly,
    DepartmentRow,
    Kind,
    LinkedRow,
    ModelRow,
    ProviderRow,
    Section,
    Slot,
)
from armillary.domain.drafts import Draft
from armillary.domain.editing import Actor, Obstacle, Subject
from armillary.domain.errors import InvalidRequest, NotFound, PermissionDenied
from armillary.domain.resources import Resource, text_of
from armillary.services.actors import actor
from armillary.services.assemblies.drafted import drafted
from armillary.services.assemblies.kinds import Assembler, Owned
from armillary.services.assemblies.reading import assembled
from armillary.services.assemblies.registry import ASSEMBLERS
from armillary.services.assemblies.resolving import THINGS
from armillary.services.ids import new_id
from armillary.storage import resources
from armillary.storage.database import Database, Reading

#: How many rows a section offers. Source: contracts/artifacts.md, 2.1, "Suggestions per kind".
_OFFERED = 20
_FLAGS_OFFERED = 50
#: What is read of the things that a section shows.
_SHOWN = {
    Slot.PROVIDERS: (Slot.DESCRIPTIONS, Slot.VALUES, Slot.ENDPOINTS, Slot.DEPARTMENTS),
    Slot.DEPARTMENTS: (Slot.DESCRIPTIONS,),
    Slot.MODELS: (Slot.DESCRIPTIONS,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What an editor shows; ``thing`` is None for a new one, ``draft`` where none is laid over it.

    ``group`` is the draft's, or a fresh one. ``obstacle`` is None where the actor may edit.
    """

    actor: Actor
    thing: Assembly | None
    obstacle: Obstacle | None
    draft: Draft | None
    group: UUID
    sections: Mapping[Slot, Section] = field(default_factory=dict)


async def form(  # noqa: PLR0913  who, what and when belong together
    db: Database, caller: Principal, kind: Kind, thing: UUID | None, draft_id: UUID | None, *, at: datetime
) -> Form:
    """The form of the thing, or of a new one, with a draft laid over it; what a draft leaves empty shows through.

    Raises: PermissionDenied, NotFound, InvalidRequest (``departments``) where a new one could be put into none.
    """
    assembler = ASSEMBLERS[kind]
    caller.require(assembler.reads)
    async with db.reading() as reading:
        who = await actor(reading, caller)
        held = None if thing is None else await seen(reading, caller, assembler, who, thing)
        draft = None if draft_id is None else await drafted(reading, caller, kind, draft_id)
        links = {slot: _overlaid(slot, held and held[0], draft) for slot in SLOTS[kind]}
        sections = await _sections(reading, caller, kind, who, links, held[0].rows if held else {})
    if held is None and Slot.DEPARTMENTS in sections and not _rows(sections[Slot.DEPARTMENTS]):
        raise InvalidRequest("departments", "there is no department to choose: create one first")
    return Form(
        actor=who,
        thing=held[0] if held else None,
        obstacle=_obstacle(assembler, who, held[1] if held else None),
        draft=draft,
        group=draft.group if draft else new_id(at),
        sections=sections,
    )


async def seen(
    reading: Reading, caller: Principal, assembler: Assembler, who: Actor, thing: UUID
) -> tuple[Assembly, Subject]:
    """The thing with all that it links, and what decides who may edit it. Raises: NotFound, PermissionDenied."""
    there = await assembler.owned(reading, caller.workspace, [thing])
    if thing not in there:
        raise NotFound(assembler.kind, thing)
    assembly = (await assembled(reading, assembler, caller.workspace, there))[thing]
    uses = await assembler.uses(reading, caller.workspace, [thing])
    subject = Subject(
        id=thing,
        departments=assembly.linked(Slot.DEPARTMENTS),
        uses=uses.get(thing, 0),
        managed=there[thing].managed,
        role=there[thing].role,
    )
    if not assembler.rules.may_view(who, subject):
        raise PermissionDenied("", f"this {assembler.kind} belongs to departments that are not yours")
    return assembly, subject


def _obstacle(assembler: Assembler, who: Actor, subject: Subject | None) -> Obstacle | None:
    if subject is not None:
        return assembler.rules.obstacle(who, subject)
    return None if assembler.rules.may_create(who) else Obstacle.ROLE


def _overlaid(slot: Slot, assembly: Assembly | None, draft: Draft | None) -> tuple[UUID, ...]:
    drafted = draft.linked(slot) if draft else ()
    return drafted or (assembly.linked(slot) if assembly else ())


async def _sections(  # noqa: PLR0913, PLR0917  a form and what it is made of
    reading: Reading,
    caller: Principal,
    kind: Kind,
    who: Actor,
    links: Mapping[Slot, Sequence[UUID]],
    known: Mapping[UUID, Resource],
) -> dict[Slot, Section]:
    missing = (one for slot, ids in links.items() if slot in RESOURCES for one in ids if one not in known)
    rows = {**known, **await resources.by_ids(reading, caller.workspace, missing)}
    return {slot: await _section(reading, caller, kind, who, slot, ids, rows) for slot, ids in links.items()}


async def _section(  # noqa: PLR0913, PLR0917  a section and what it is made of
    reading: Reading,
    caller: Principal,
    kind: Kind,
    who: Actor,
    slot: Slot,
    ids: Sequence[UUID],
    rows: Mapping[UUID, Resource],
) -> Section:
    if slot in RESOURCES:
        limit = _FLAGS_OFFERED if slot is Slot.FLAGS else _OFFERED
        return Section(
            selected=tuple(rows[one] for one in ids if one in rows),
            suggested=tuple(
                await resources.suggested(reading, caller.workspace, RESOURCES[slot], exclude=ids, limit=limit, of=kind)
            ),
        )
    offered = await ASSEMBLERS[THINGS[slot]].suggested(reading, caller.workspace, who, exclude=ids, limit=_OFFERED)
    things = await linked_rows(reading, caller, who, slot, [*ids, *offered])
    return Section(
        selected=tuple(things[one] for one in ids if one in things),
        suggested=tuple(things[one] for one in offered if one in things),
    )


def _rows(section: Section) -> Sequence[LinkedRow]:
    return (*section.selected, *section.suggested)


async def linked_rows(
    reading: Reading, caller: Principal, who: Actor, slot: Slot, ids: Iterable[UUID]
) -> dict[UUID, LinkedRow]:
    """The providers, departments or models among what a slot links, as a section shows them."""
    assembler = ASSEMBLERS[THINGS[slot]]
    there = await assembler.owned(reading, caller.workspace, ids)
    shown = await assembled(reading, assembler, caller.workspace, there, slots=_SHOWN[slot])
    return {one: _row(assembler.kind, there[one], shown[one], who) for one in there}


def _row(kind: Kind, thing: Owned, shown: Assembly, who: Actor) -> LinkedRow:
    description = _first(shown, Slot.DESCRIPTIONS) or thing.description or None
    if kind is Kind.DEPARTMENT:
        return DepartmentRow(
            id=thing.id,
            name=thing.name,
            description=description,
            is_primary=thing.id == who.primary,
            created_at=thing.created_at,
            active=thing.active,
            mcp=thing.mcp,
            generated=thing.generated,
        )
    if kind is Kind.MODEL:
        return ModelRow(
            id=thing.id,
            name=thing.name,
            description=description,
            created_at=thing.created_at,
            active=thing.active,
            mcp=thing.mcp,
            generated=thing.generated,
        )
    return ProviderRow(
        id=thing.id,
        name=thing.name,
        description=description,
        departments=shown.linked(Slot.DEPARTMENTS),
        value=_first(shown, Slot.VALUES),
        endpoint=_first(shown, Slot.ENDPOINTS),
        created_at=thing.created_at,
        active=thing.active,
        mcp=thing.mcp,
        generated=thing.generated,
    )


def _first(shown: Assembly, slot: Slot) -> str | None:
    row = next((shown.rows[one] for one in shown.linked(slot)), None)
    return None if row is None else text_of(row.content)
