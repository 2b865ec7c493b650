"""Assemblies made, changed, copied and deleted, many at once: a batch is stored whole or not at all.

Source: contracts/artifacts.md, 2.3 to 2.6 and section 4, with its decisions 6, 7, 18, 19 and 20.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assemblies import SLOTS, Assembly, Fault, Item, Kind, Outcome, Slot
from armillary.domain.changes import Document
from armillary.domain.editing import Actor, Obstacle, Subject, told
from armillary.domain.errors import ArmillaryError, NotFound, PermissionDenied
from armillary.domain.resources import LONGEST_NAME, Flag, Resource
from armillary.domain.seeds import SEEDED
from armillary.services import records
from armillary.services import resources as values
from armillary.services.actors import actor
from armillary.services.assemblies.kinds import Assembler, Edit, Linked, Links, New, Owned, Refused
from armillary.services.assemblies.reading import assembled
from armillary.services.assemblies.registry import ASSEMBLERS
from armillary.services.assemblies.resolving import Resolved, complete, resolve
from armillary.services.ids import new_id
from armillary.storage import accounts, archive, links, revisions
from armillary.storage.database import Database, Reading, Writing

_COPY = " Copy"
_E = TypeVar("_E", bound=ArmillaryError)


class _Rejected(Exception):
    """Some items of a batch have faults, so that none is stored."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


async def create(  # noqa: PLR0913  who, what and when belong together
    db: Database, caller: Principal, kind: Kind, items: Sequence[Item], *, mcp: bool, at: datetime
) -> list[Outcome]:
    """Make all of the items, or none where any has a fault: then no outcome has an id.

    Raises: PermissionDenied.
    """
    assembler = ASSEMBLERS[kind]
    caller.require(assembler.manages)
    try:
        async with db.writing() as tx:
            revision = await _begun(tx, caller, kind)
            _require_creation(assembler, await actor(tx, caller))
            resolved = await resolve(tx, caller, kind, items, mcp=mcp, at=at)
            await _check_new(tx, kind, items, resolved)
            _reject_faults(resolved)
            news = [_new(kind, item, one, mcp=mcp, at=at) for item, one in zip(items, resolved, strict=True)]
            await records.claimed(tx, caller, at=at)
            await _make(tx, caller, assembler, news, revision, at=at)
    except _Rejected as exc:
        return exc.outcomes
    except Refused as exc:
        return _refused(items, exc)
    return [Outcome(id=new.id, name=_name(new.links)) for new in news]


async def _make(  # noqa: PLR0913  who, what and when belong together
    tx: Writing, caller: Principal, assembler: Assembler, news: Sequence[New], revision: int, *, at: datetime
) -> None:
    if news:
        await assembler.make(tx, caller, news, revision=revision, at=at)
        await links.insert(tx, assembler.kind, caller.workspace, [(new.id, _kept(new.links)) for new in news])


async def _begun(tx: Writing, caller: Principal, kind: Kind) -> int:
    """The revision of what is written; profiles are the account's too, whose lock comes before every other."""
    if kind is Kind.PROFILE:
        await accounts.locked(tx, caller.account)
    return await revisions.raised(tx, caller.workspace)


async def update(  # noqa: PLR0913  who, what and when belong together
    db: Database, caller: Principal, kind: Kind, items: Sequence[Item], *, mcp: bool, at: datetime
) -> list[Outcome]:
    """Change all of the items, or none where any has a fault: then no outcome has an id.

    A thing that is named twice is changed twice, in order. Raises: NotFound, PermissionDenied, their ``index`` that of
    the item.
    """
    assembler = ASSEMBLERS[kind]
    caller.require(assembler.manages)
    try:
        async with db.writing() as tx:
            revision = await _begun(tx, caller, kind)
            who = await actor(tx, caller)
            await _require_editable(tx, caller, assembler, who, items)
            resolved = await resolve(tx, caller, kind, items, mcp=mcp, at=at)
            _check_names(items, resolved)
            _reject_faults(resolved)
            _require_assignable(assembler, who, resolved)
            for wave in _waves(items):
                chosen = [(items[place].id, resolved[place]) for place in wave]
                try:
                    await _change(tx, caller, assembler, chosen, revision, mcp=mcp, at=at)
                except Refused as exc:
                    raise Refused(wave[exc.index], exc.member, exc.sentence) from exc
            named = await assembler.owned(tx, caller.workspace, [one.id for one in items if one.id])
    except _Rejected as exc:
        return exc.outcomes
    except Refused as exc:
        return _refused(items, exc)
    return [Outcome(id=one.id, name=named[one.id].name if one.id else "") for one in items]


async def duplicate(  # noqa: PLR0913  who, what and when belong together
    db: Database, caller: Principal, kind: Kind, thing: UUID, *, mcp: bool, at: datetime
) -> tuple[UUID, str]:
    """Make a copy that is switched off; its id, and the name of the original.

    Raises: PermissionDenied, NotFound.
    """
    assembler = ASSEMBLERS[kind]
    caller.require(assembler.manages)
    async with db.writing() as tx:
        revision = await _begun(tx, caller, kind)
        who = await actor(tx, caller)
        if not assembler.rules.may_duplicate(who, Subject(id=thing)):
            raise PermissionDenied("", f"your role does not duplicate a {kind}")
        there = await _there(tx, caller, assembler, [thing])
        original = (await assembled(tx, assembler, caller.workspace, there))[thing]
        subject = _subject(there[thing], original.linked(Slot.DEPARTMENTS), 0)
        if not assembler.rules.may_duplicate(who, subject):
            raise PermissionDenied("", told(Obstacle.MANAGED, kind) if subject.managed else _elsewhere(kind))
        copy = await _copy(tx, caller, original, mcp=mcp, at=at)
        await records.claimed(tx, caller, at=at)
        await _make_alone(tx, caller, assembler, copy, revision, at=at)
    return copy.id, original.name or "Unknown"


async def _make_alone(  # noqa: PLR0913  who, what and when belong together
    tx: Writing, caller: Principal, assembler: Assembler, new: New, revision: int, *, at: datetime
) -> None:
    try:
        await _make(tx, caller, assembler, [new], revision, at=at)
    except Refused as exc:
        raise PermissionDenied("", exc.sentence) from exc


async def delete(
    db: Database, caller: Principal, kind: Kind, ids: Sequence[UUID], *, at: datetime
) -> list[tuple[UUID, str]]:
    """Delete all of them, or none; each id once, with its name.

    Raises: NotFound, PermissionDenied, their ``index`` that of the id.
    """
    assembler = ASSEMBLERS[kind]
    caller.require(assembler.manages)
    wanted = list(dict.fromkeys(ids))
    async with db.writing() as tx:
        revision = await _begun(tx, caller, kind)
        who = await actor(tx, caller)
        there = await assembler.owned(tx, caller.workspace, wanted)
        subjects = await _subjects(tx, caller, assembler, there)
        for one in wanted:
            if one not in there:
                raise _at(NotFound(kind, one), ids.index(one))
            if not assembler.rules.may_delete(who, subjects[one]):
                raise _at(PermissionDenied("", _undeletable(assembler, who, subjects[one])), ids.index(one))
        if wanted:
            await _remove(tx, caller, assembler, [there[one] for one in wanted], revision, at=at)
    return [(one, there[one].name or "Unknown") for one in wanted]


async def _remove(  # noqa: PLR0913  who, what and when belong together
    tx: Writing, caller: Principal, assembler: Assembler, things: Sequence[Owned], revision: int, *, at: datetime
) -> None:
    try:
        await assembler.remove(tx, caller, things, revision=revision, at=at)
    except Refused as exc:
        raise _at(PermissionDenied("", exc.sentence), exc.index) from exc


# Who may


def _require_creation(assembler: Assembler, who: Actor) -> None:
    if not assembler.rules.may_create(who):
        sentence = f"your role does not create a {assembler.kind}"
        if who.is_author and not who.departments:
            sentence = f"only who belongs to a department creates a {assembler.kind}"
        raise PermissionDenied("", sentence)


async def _require_editable(
    tx: Reading, caller: Principal, assembler: Assembler, who: Actor, items: Sequence[Item]
) -> None:
    there = await assembler.owned(tx, caller.workspace, [one.id for one in items if one.id is not None])
    subjects = await _subjects(tx, caller, assembler, there)
    for index, item in enumerate(items):
        if item.id is None or item.id not in there:
            raise _at(NotFound(assembler.kind, item.id or ""), index)
        obstacle = assembler.rules.obstacle(who, subjects[item.id])
        if obstacle is not None:
            raise _at(PermissionDenied("", told(obstacle, assembler.kind)), index)


def _require_assignable(assembler: Assembler, who: Actor, resolved: Sequence[Resolved]) -> None:
    for index, one in enumerate(resolved):
        departments = one.links.get(Slot.DEPARTMENTS)
        ids = [each for each in departments or () if isinstance(each, UUID)]
        if departments is not None and not assembler.rules.may_assign(who, ids):
            raise _at(
                PermissionDenied("", f"a {assembler.kind} is left to departments of yours, and to one at least"), index
            )


def _undeletable(assembler: Assembler, who: Actor, subject: Subject) -> str:
    if not assembler.rules.may_view(who, subject):
        return _elsewhere(assembler.kind)
    besides = Obstacle.MANAGED if subject.managed else Obstacle.IN_USE if subject.uses else None
    obstacle = assembler.rules.obstacle(who, subject) or besides
    return told(obstacle, assembler.kind) if obstacle else f"your role does not delete a {assembler.kind}"


def _elsewhere(kind: Kind) -> str:
    return f"this {kind} belongs to departments that are not yours"


async def _subjects(
    tx: Reading, caller: Principal, assembler: Assembler, there: Mapping[UUID, Owned]
) -> dict[UUID, Subject]:
    placed = await assembled(tx, assembler, caller.workspace, there, slots=(Slot.DEPARTMENTS,))
    uses = await assembler.uses(tx, caller.workspace, there)
    return {one: _subject(there[one], placed[one].linked(Slot.DEPARTMENTS), uses.get(one, 0)) for one in there}


def _subject(thing: Owned, departments: Sequence[UUID], uses: int) -> Subject:
    return Subject(id=thing.id, departments=departments, uses=uses, managed=thing.managed, role=thing.role)


async def _there(tx: Reading, caller: Principal, assembler: Assembler, ids: Sequence[UUID]) -> dict[UUID, Owned]:
    there = await assembler.owned(tx, caller.workspace, ids)
    missing = next((one for one in ids if one not in there), None)
    if missing is not None:
        raise NotFound(assembler.kind, missing)
    return there


def _at(error: _E, index: int) -> _E:
    error.index = index
    return error


# What is wrong with items


async def _check_new(tx: Reading, kind: Kind, items: Sequence[Item], resolved: Sequence[Resolved]) -> None:
    chosen = [item.id for item in items if item.id is not None]
    taken = await archive.taken(tx, kind, chosen) if chosen else set()
    _check_names(items, resolved)
    for item, one in zip(items, resolved, strict=True):
        if not item.texts.get(Slot.NAMES) and not item.links.get(Slot.NAMES):
            one.faults.append(Fault(member="name", sentence=f"a {kind} needs a name: send name or name_id"))
        if item.id is not None and item.id in taken:
            one.faults.append(
                Fault(member="id", sentence=f"the id {item.id} is taken: choose another, or leave it out")
            )
        taken |= {item.id} if item.id is not None else set()


def _check_names(items: Sequence[Item], resolved: Sequence[Resolved]) -> None:
    """A name cannot be cleared, so that an empty list of names is one too few."""
    for item, one in zip(items, resolved, strict=True):
        if item.links.get(Slot.NAMES) == ():
            one.faults.append(Fault(member="name", sentence="a name cannot be cleared: send another one"))


def _reject_faults(resolved: Sequence[Resolved]) -> None:
    """Raises: _Rejected, where any item has a fault."""
    if any(one.faults for one in resolved):
        raise _Rejected([Outcome(faults=tuple(one.faults)) for one in resolved])


def _refused(items: Sequence[Item], refusal: Refused) -> list[Outcome]:
    fault = Fault(member=refusal.member, sentence=refusal.sentence)
    return [Outcome(faults=(fault,) if index == refusal.index else ()) for index in range(len(items))]


# What is kept


def _new(kind: Kind, item: Item, resolved: Resolved, *, mcp: bool, at: datetime) -> New:
    linked = complete(kind, resolved.links)
    told_of = {slot.value: _told(targets) for slot, targets in linked.items() if targets and slot not in _REGISTERED}
    return New(id=item.id or new_id(at), links=linked, told=told_of, mcp=mcp)


async def _change(  # noqa: PLR0913  a wave of a batch
    tx: Writing,
    caller: Principal,
    assembler: Assembler,
    chosen: Sequence[tuple[UUID | None, Resolved]],
    revision: int,
    *,
    mcp: bool,
    at: datetime,
) -> None:
    wanted = [(one, resolved) for one, resolved in chosen if one is not None]
    there = await assembler.owned(tx, caller.workspace, [one for one, _ in wanted])
    spoken = {slot for _, resolved in wanted for slot in resolved.links}
    before = await assembled(tx, assembler, caller.workspace, there, slots=spoken - _REGISTERED)
    edits = [_edit(there[one], before[one], resolved.links, mcp=mcp) for one, resolved in wanted]
    if edits:
        await assembler.change(tx, caller, edits, revision=revision, at=at)
        await links.replace(
            tx, assembler.kind, caller.workspace, [(edit.before.id, _kept(edit.links)) for edit in edits]
        )


def _edit(thing: Owned, before: Assembly, linked: Links, *, mcp: bool) -> Edit:
    was: dict[str, list[str]] = {}
    becomes: dict[str, list[str]] = {}
    for slot, targets in linked.items():
        if slot not in _REGISTERED and _ids(targets) != before.linked(slot):
            was[slot.value], becomes[slot.value] = [str(one) for one in before.linked(slot)], _told(targets)
    return Edit(before=thing, links=linked, was=was, told=becomes, mcp=mcp)


#: Slots that the registry's own members tell in a change record.
_REGISTERED = frozenset(
    {Slot.NAMES, Slot.DESCRIPTIONS, Slot.VALUES, Slot.PROVIDERS, Slot.MODALITIES, Slot.PRICING, Slot.REASONING_LEVELS}
)


def _told(targets: Iterable[Linked]) -> list[str]:
    return [str(one) for one in _ids(targets)]


def _ids(targets: Iterable[Linked]) -> tuple[UUID, ...]:
    return tuple(one.id if isinstance(one, Resource) else one for one in targets)


def _kept(linked: Links) -> dict[Slot, tuple[UUID, ...]]:
    """The links to store: of a name there is one row, which its text tells."""
    return {slot: _ids(targets) for slot, targets in linked.items() if slot is not Slot.NAMES}


def _name(linked: Links) -> str:
    first = next(iter(linked.get(Slot.NAMES, ())), None)
    return first.text if isinstance(first, Resource) else ""


def _waves(items: Sequence[Item]) -> list[list[int]]:
    """The places of the items, so that each wave names a thing once and later waves come after earlier ones."""
    waves: list[list[int]] = []
    seen: dict[UUID | None, int] = {}
    for place, item in enumerate(items):
        number = seen.get(item.id, 0)
        seen[item.id] = number + 1
        waves += [[]] if number == len(waves) else []
        waves[number].append(place)
    return waves


async def _copy(tx: Writing, caller: Principal, original: Assembly, *, mcp: bool, at: datetime) -> New:
    kind = original.kind
    text = (original.name or "Unknown")[: LONGEST_NAME - len(_COPY)] + _COPY
    name = (await values.named(tx, caller.workspace, [text], mcp=mcp, at=at))[text]
    linked: dict[Slot, tuple[Linked, ...]] = {
        slot: tuple(original.rows.get(one, one) for one in original.linked(slot)) for slot in SLOTS[kind]
    }
    linked[Slot.NAMES] = (name,)
    linked[Slot.FLAGS] = tuple(_off(kind))
    told_of: Document = {slot.value: _told(linked[slot]) for slot in linked if linked[slot] and slot not in _REGISTERED}
    return New(id=new_id(at), links=linked, told=told_of, mcp=mcp)


def _off(kind: Kind) -> Iterable[Resource]:
    """The flag that says that a thing of this kind is switched off, where there is one."""
    return (
        row
        for flag, row in SEEDED.items()
        if isinstance(flag, Flag) and flag.type == f"{kind}_active" and not flag.value
    )
