"""The roster of a workspace, listed; the forms of profiles, and who the caller is.

Profiles are made, changed and deleted as all assemblies are: see ``services.assemblies``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assemblies import Kind, Section, Slot
from armillary.domain.editing import Actor, Subject
from armillary.domain.facets import MOST_OPTIONS, Option
from armillary.domain.resources import Resource
from armillary.domain.roster import (
    ROLE_ROWS,
    SHEET,
    Entry,
    ListedProfile,
    Roster,
    RosterQuery,
    cells,
    contents,
    grantable,
    standing,
    word_of,
)
from armillary.domain.sittings import sitting_of
from armillary.domain.uploads import UploadTerms
from armillary.services import assemblies, exports
from armillary.services.actors import actor
from armillary.services.assemblies import Form
from armillary.services.assemblies.profiles import assembler, owned
from armillary.services.assemblies.reading import assembled
from armillary.services.exports import Batches, Export, Source
from armillary.storage import departments, resources
from armillary.storage import roster as store
from armillary.storage.database import Database, Reading

#: How many an export reads at once.
_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterForm:
    """A profile's form: its role as it is, None for a new one, and the roles that the actor may give."""

    form: Form
    role: Resource | None
    options: tuple[Resource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Myself:
    """Who the caller is in the workspace, in which role, and in which sitting."""

    actor: Actor
    role: Resource
    active: bool
    sitting: UUID


async def search(db: Database, caller: Principal, query: RosterQuery) -> Roster:
    """Whom the query asks for, also who may not enter, and by what it may be narrowed. Raises: PermissionDenied."""
    caller.require(assembler.reads)
    async with db.reading() as reading:
        who = await actor(reading, caller)
        found = await store.page(reading, db.kind, caller.workspace, query)
        return Roster(
            actor=who,
            items=await _listed(reading, caller, who, found),
            total=await store.count(reading, caller.workspace, query),
            departments=await _department_options(reading, caller, query.department_text),
            roles=await _role_options(reading, caller, query.role_text),
        )


async def form(
    db: Database, caller: Principal, profile: UUID | None, draft: UUID | None, *, at: datetime
) -> RosterForm:
    """The form of a profile, or of a new one. It offers nobody else's address, and no role above the actor's.

    Raises: PermissionDenied, NotFound, InvalidRequest (``departments``).
    """
    caller.require(assembler.reads)
    async with db.reading() as reading:
        entries = {} if profile is None else await store.by_ids(reading, caller.workspace, [profile])
    entry = next(iter(entries.values()), None)
    if entry is not None:
        await _keep_said(db, caller, entry, at=at)
    whole = await assemblies.form(db, caller, Kind.PROFILE, profile, draft, at=at)
    options = tuple(grantable(caller.role))
    sections = {
        **whole.sections,
        Slot.EMAILS: replace(whole.sections[Slot.EMAILS], suggested=()),
        Slot.ROLES: _offering(whole.sections[Slot.ROLES], options),
    }
    return RosterForm(
        form=replace(whole, sections=sections), role=None if entry is None else entry.role_row, options=options
    )


async def myself(db: Database, caller: Principal, *, at: datetime) -> Myself:
    """Who the caller is; no scope is needed to ask."""
    async with db.reading() as reading:
        who = await actor(reading, caller)
        entries = await store.by_ids(reading, caller.workspace, [caller.profile])
    entry = entries.get(caller.profile)
    return Myself(
        actor=who,
        role=standing(caller.role) if entry is None else entry.role_row,
        active=entry is None or entry.member.active,
        sitting=sitting_of(caller.profile, at),
    )


def _offering(section: Section, options: Sequence[Resource]) -> Section:
    selected = {one.id for one in section.selected}
    return replace(section, suggested=tuple(one for one in options if one.id not in selected))


async def _keep_said(db: Database, caller: Principal, entry: Entry, *, at: datetime) -> None:
    """Whoever became a member through another API, or is a key, is first seen here: what they say gets its rows now."""
    said = set(contents(entry.member))
    async with db.reading() as reading:
        known = await resources.canonical(reading, caller.workspace, said)
    if missing := said - known.keys():
        async with db.writing() as tx:
            await resources.keep(tx, caller.workspace, missing, at=at)


async def _listed(reading: Reading, caller: Principal, who: Actor, found: Sequence[Entry]) -> tuple[ListedProfile, ...]:
    things = {one.member.profile.id: owned(one) for one in found}
    shown = await assembled(reading, assembler, caller.workspace, things, slots=frozenset({Slot.DEPARTMENTS}))
    linked = {one: each.linked(Slot.DEPARTMENTS) for one, each in shown.items()}
    return tuple(_entry(who, one, linked[one.member.profile.id]) for one in found)


def _entry(who: Actor, entry: Entry, linked: tuple[UUID, ...]) -> ListedProfile:
    subject = Subject(id=entry.member.profile.id, departments=linked, role=entry.member.role)
    rules = assembler.rules
    return ListedProfile(
        entry=entry,
        departments=linked,
        is_visible=rules.may_view(who, subject),
        may_edit=rules.obstacle(who, subject) is None,
        may_delete=rules.may_delete(who, subject) and not entry.is_key,
    )


async def _department_options(reading: Reading, caller: Principal, text: str) -> tuple[Option, ...]:
    """The departments that anybody belongs to, and how many do."""
    totals = await store.department_counts(reading, caller.workspace)
    there = await departments.by_ids(reading, caller.workspace, totals)
    return _options({str(one.id): one.name for one in there.values()}, {str(one): n for one, n in totals.items()}, text)


async def _role_options(reading: Reading, caller: Principal, text: str) -> tuple[Option, ...]:
    """The roles that anybody has, by the contract's words, and how many do."""
    totals = await store.word_counts(reading, caller.workspace)
    names = {word_of(row): row.text for row in reversed(ROLE_ROWS)}
    return _options({word: names[word] for word in totals}, totals, text)


def _options(names: Mapping[str, str], totals: Mapping[str, int], text: str) -> tuple[Option, ...]:
    fitting = sorted((name, one) for one, name in names.items() if text.casefold() in name.casefold())
    return tuple(Option(id=one, name=name, count=totals[one]) for name, one in fitting[:MOST_OPTIONS])


# Exports


async def export(  # noqa: PLR0913  what an upload is made of
    db: Database, caller: Principal, profile: UUID | None, *, terms: UploadTerms, mcp: bool, at: datetime
) -> Export:
    """Write whom the caller may see, or the one named, to an upload. Raises: PermissionDenied."""
    caller.require(assembler.reads)
    source = _source(db, caller, profile)
    return await exports.export(db, caller, SHEET, source, is_one=profile is not None, terms=terms, mcp=mcp, at=at)


def _source(db: Database, caller: Principal, profile: UUID | None) -> Source:
    async def rows(reading: Reading) -> Batches:
        who = await actor(reading, caller)
        there = await departments.of_workspace(reading, caller.workspace)
        names = {one.id: one.name for one in there}
        async for batch in _batches(db, reading, caller, profile):
            yield await _rows(reading, caller, who, names, batch)

    return rows


async def _batches(
    db: Database, reading: Reading, caller: Principal, profile: UUID | None
) -> AsyncIterator[Sequence[Entry]]:
    if profile is not None:
        yield list((await store.by_ids(reading, caller.workspace, [profile])).values())
        return
    query = RosterQuery(limit=_AT_ONCE)
    while batch := await store.page(reading, db.kind, caller.workspace, query):
        yield batch
        query = replace(query, offset=query.offset + _AT_ONCE)


async def _rows(
    reading: Reading, caller: Principal, who: Actor, names: Mapping[UUID, str], batch: Sequence[Entry]
) -> list[Sequence[str]]:
    """Of these, in this order, the rows that the actor may see."""
    things = {one.member.profile.id: owned(one) for one in batch}
    shown = await assembled(reading, assembler, caller.workspace, things, slots=frozenset({Slot.DEPARTMENTS}))
    seen = [(one, shown[one.member.profile.id]) for one in batch]
    return [
        cells(one, each, names)
        for one, each in seen
        if assembler.rules.may_view(who, Subject(id=each.id, departments=each.linked(Slot.DEPARTMENTS)))
    ]
