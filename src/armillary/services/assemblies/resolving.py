"""What callers name in items, found: rows by their ids and texts, departments by their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assemblies import RESOURCES, SINGLE, SLOTS, Fault, Item, Kind, Slot
from armillary.domain.errors import InvalidRequest
from armillary.domain.resources import Content, Description, Email, Flag, Name, checked_content, text_of
from armillary.domain.seeds import SEEDED
from armillary.services import resources as values
from armillary.services.assemblies.kinds import Linked
from armillary.services.assemblies.registry import ASSEMBLERS
from armillary.storage import departments
from armillary.storage import resources as store
from armillary.storage.database import Reading, Writing

#: The slots that link what has a table of its own, and of which kind that is.
THINGS = {Slot.PROVIDERS: Kind.PROVIDER, Slot.DEPARTMENTS: Kind.DEPARTMENT, Slot.MODELS: Kind.MODEL}
#: Slots that take texts: the member of an item that holds them, and what a text is made into.
_TEXTS: dict[Slot, tuple[str, Callable[[str], Content]]] = {
    Slot.NAMES: ("name", Name),
    Slot.DESCRIPTIONS: ("description", Description),
    Slot.EMAILS: ("emails", Email),
}


@dataclass(slots=True)
class Resolved:
    """What an item links by slot, the slots it does not speak of left out; and what is wrong with it."""

    links: dict[Slot, tuple[Linked, ...]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


async def resolve(  # noqa: PLR0913  who, what and when belong together
    tx: Writing, caller: Principal, kind: Kind, items: Sequence[Item], *, mcp: bool, at: datetime
) -> list[Resolved]:
    """What each of the items links, and its faults; its texts are rows from here on. Repeats collapse."""
    known = await _known(tx, caller, items)
    named = await _departments(tx, caller, items)
    resolved = [_by_ids(item, known) for item in items]
    for item, one in zip(items, resolved, strict=True):
        _add_departments(item, one, named)
        _add_switch(kind, item, one)
    await _add_texts(tx, caller, items, resolved, mcp=mcp, at=at)
    return resolved


async def _known(reading: Reading, caller: Principal, items: Sequence[Item]) -> dict[Slot, Mapping[UUID, Linked]]:
    """Slot -> what its ids lead to; ids that lead nowhere are missing."""
    wanted: dict[Slot, set[UUID]] = defaultdict(set)
    for item in items:
        for slot, ids in item.links.items():
            wanted[slot].update(ids)
    ids_of_rows = (one for slot, ids in wanted.items() if slot in RESOURCES for one in ids)
    rows = await store.by_ids(reading, caller.workspace, ids_of_rows)
    known: dict[Slot, Mapping[UUID, Linked]] = {}
    for slot, named in wanted.items():
        if slot in RESOURCES:
            known[slot] = {one: rows[one] for one in named if one in rows and rows[one].kind is RESOURCES[slot]}
        else:
            things = await ASSEMBLERS[THINGS[slot]].owned(reading, caller.workspace, named)
            known[slot] = {one: one for one in things}
    return known


def _by_ids(item: Item, known: Mapping[Slot, Mapping[UUID, Linked]]) -> Resolved:
    resolved = Resolved(faults=list(item.faults))
    for slot, ids in item.links.items():
        found = known[slot]
        resolved.links[slot] = tuple(found[one] for one in dict.fromkeys(ids) if one in found)
        missing = [one for one in ids if one not in found]
        if missing:
            resolved.faults.append(Fault(member=slot, sentence=f"there is no {_singular(slot)} {missing[0]}"))
        elif slot in SINGLE and len(resolved.links[slot]) > 1:
            resolved.faults.append(Fault(member=slot, sentence="holds one id at most"))
    return resolved


def _singular(slot: Slot) -> str:
    return slot.replace("_", " ").removesuffix("s").replace("qualitie", "quality").replace("modalitie", "modality")


async def _departments(reading: Reading, caller: Principal, items: Sequence[Item]) -> Mapping[str, UUID]:
    """Folded name -> the department; the oldest one where several share it."""
    if not any(item.departments and Slot.DEPARTMENTS not in item.links for item in items):
        return {}
    there = await departments.of_workspace(reading, caller.workspace)
    return {one.name.casefold(): one.id for one in reversed(there)}


def _add_departments(item: Item, resolved: Resolved, named: Mapping[str, UUID]) -> None:
    if item.departments is None or Slot.DEPARTMENTS in item.links:
        return
    resolved.faults += [
        Fault(member="departments", sentence=f'there is no department named "{name}"')
        for name in dict.fromkeys(item.departments)
        if name.casefold() not in named
    ]
    ids = (named.get(name.casefold()) for name in item.departments)
    resolved.links[Slot.DEPARTMENTS] = tuple(dict.fromkeys(one for one in ids if one is not None))


def _add_switch(kind: Kind, item: Item, resolved: Resolved) -> None:
    """The position of the thing's own switch, as a link to its flag or as none."""
    if item.active is None or Slot.FLAGS in item.links:
        return
    on = next(row for flag, row in SEEDED.items() if isinstance(flag, Flag) and flag.type == f"{kind}_active")
    resolved.links[Slot.FLAGS] = (on,) if item.active else ()


async def _add_texts(  # noqa: PLR0913  who, what and when belong together
    tx: Writing, caller: Principal, items: Sequence[Item], resolved: Sequence[Resolved], *, mcp: bool, at: datetime
) -> None:
    wanted: list[tuple[Resolved, Slot, Content]] = []
    for item, one in zip(items, resolved, strict=True):
        for slot in (each for each in item.texts if each not in item.links):
            one.links[slot] = ()
            wanted += [(one, slot, content) for content in _contents(slot, item.texts[slot], one.faults)]
    names = [content.name for _, _, content in wanted if isinstance(content, Name)]
    others = [content for _, _, content in wanted if not isinstance(content, Name)]
    named = await values.named(tx, caller.workspace, names, mcp=mcp, at=at) if names else {}
    made = iter(await store.make(tx, caller.workspace, others, mcp=mcp, at=at) if others else ())
    for one, slot, content in wanted:
        one.links[slot] += (named[content.name] if isinstance(content, Name) else next(made),)


def _contents(slot: Slot, texts: Iterable[str], faults: list[Fault]) -> list[Content]:
    """What the texts are made into; those that cannot be are faults, and a description of nothing is none."""
    member, kind = _TEXTS[slot]
    contents = []
    for text in dict.fromkeys(texts):
        try:
            content = checked_content(kind(text))
        except InvalidRequest as exc:
            faults.append(Fault(member=member, sentence=f"a {member} {exc.sentence}"))
        else:
            contents += [content] if text_of(content) else []
    return contents


def complete(kind: Kind, links: Mapping[Slot, tuple[Linked, ...]]) -> dict[Slot, tuple[Linked, ...]]:
    """The links of a thing to make: every slot of its kind, empty where nothing was said."""
    return {slot: links.get(slot, ()) for slot in SLOTS[kind]}
