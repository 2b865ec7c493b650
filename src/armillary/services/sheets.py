"""Sheets: our own exports of models, read back: what differs in them is changed, as if by hand.

A cell is compared with what an export would write there now, so that an export read back unchanged changes nothing.
Models are changed by the machine that every assembly is changed by, with or without a provider.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assemblies import Record, Slot
from armillary.domain.errors import InvalidRequest
from armillary.domain.exports import guarded, unguarded
from armillary.domain.imports import SheetRow
from armillary.domain.models import Model, differing
from armillary.domain.providers import Provider
from armillary.domain.resources import Content, Description, Name, Value
from armillary.services.assemblies import models
from armillary.services.assemblies.kinds import Edit, Linked, Refused
from armillary.storage import models as store
from armillary.storage import providers, resources
from armillary.storage.database import Reading, Writing

_CHUNK = 250
#: Column -> the slot that it speaks of, and what a model says in it.
_COLUMNS: dict[str, tuple[Slot, Callable[[Record], str]]] = {
    "name": (Slot.NAMES, lambda one: one.model.name),
    "description": (Slot.DESCRIPTIONS, lambda one: one.model.description),
    "value": (Slot.VALUES, lambda one: one.model.upstream_name or ""),
    "provider": (Slot.PROVIDERS, lambda one: "" if one.provider is None else one.provider.name),
}
_CONTENTS: dict[Slot, Callable[[str], Content]] = {
    Slot.NAMES: Name,
    Slot.DESCRIPTIONS: Description,
    Slot.VALUES: Value,
}
_COLUMN_OF = {slot: column for column, (slot, _) in _COLUMNS.items()}
#: What moves a model to where another may have its keys: such rows are settled together.
_MOVING = frozenset({Slot.VALUES, Slot.PROVIDERS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """A row that changes its model, and the model before and after."""

    row: SheetRow
    edit: Edit
    before: Model
    after: Model

    @property
    def moves(self) -> bool:
        """Whether it gets another provider or upstream name."""
        return not _MOVING.isdisjoint(self.edit.links)


@dataclass(slots=True)
class Share:
    """What a sheet does to one provider's models, or to those without a provider."""

    provider: Provider | None
    altered: list[Altered] = field(default_factory=list)
    unchanged: int = 0


async def compared(reading: Reading, caller: Principal, rows: Sequence[SheetRow], *, at: datetime) -> list[Share]:
    """What the rows would change, by the provider that the models have now.

    Raises: InvalidRequest, naming the row and, where one is at fault, its column.
    """
    named: dict[str, list[UUID]] = defaultdict(list)
    for provider in await providers.of_workspace(reading, caller.workspace):
        named[provider.name].append(provider.id)
    found: dict[UUID | None, Share] = {}
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        records = await store.records(reading, caller.workspace, [row.model for row in chunk])
        for row in chunk:
            record = records.get(row.model)
            if record is None:
                raise InvalidRequest(f"{row.place}.model_id", "is of no model in this workspace")
            of = found.setdefault(record.model.provider, Share(record.provider))
            altered = await _altered(reading, caller, row, record, named, at=at)
            if altered is None:
                of.unchanged += 1
            else:
                of.altered.append(altered)
        await asyncio.sleep(0)  # others go on meanwhile
    return list(found.values())


async def _altered(  # noqa: PLR0913  what a row is compared with
    reading: Reading,
    caller: Principal,
    row: SheetRow,
    record: Record,
    named: Mapping[str, Sequence[UUID]],
    *,
    at: datetime,
) -> Altered | None:
    links = dict(_links(row, record, named, caller, at))
    if not links:
        return None
    edit = Edit(before=models.owned(record), links=links)
    try:
        before, after = await models.preview(reading, caller, edit, at=at)
    except Refused as refused:
        raise _placed(row, refused) from refused
    if differing(before, after) == ({}, {}):
        return None
    return Altered(row=row, edit=edit, before=before, after=after)


def _links(
    row: SheetRow, record: Record, named: Mapping[str, Sequence[UUID]], caller: Principal, at: datetime
) -> Iterator[tuple[Slot, tuple[Linked, ...]]]:
    """The slots whose cells differ from what an export would write, and what they are to link."""
    for column, cell in row.cells.items():
        slot, says = _COLUMNS[column]
        if cell == guarded(says(record)):
            continue
        text = unguarded(cell).strip()
        if slot is Slot.PROVIDERS:
            yield slot, _provider(text, named, f"{row.place}.{column}")
        elif text or slot is Slot.NAMES:
            yield slot, (resources.fresh(_CONTENTS[slot](text), caller.workspace, at=at),)
        else:
            yield slot, ()


def _provider(name: str, named: Mapping[str, Sequence[UUID]], place: str) -> tuple[UUID, ...]:
    if not name:
        return ()
    ids = named.get(name, ())
    if len(ids) != 1:
        raise InvalidRequest(place, "names several providers" if ids else "names no provider of this workspace")
    return (ids[0],)


async def write(  # noqa: PLR0913  who writes what, and who is told
    tx: Writing,
    caller: Principal,
    found: Sequence[Share],
    *,
    revision: int,
    progress: Callable[[int, int], None],
    at: datetime,
) -> None:
    """The models are as the rows say, each with its change record. Raises: InvalidRequest, naming the row."""
    altered = [one for of in found for one in of.altered]
    moving, staying = [one for one in altered if one.moves], [one for one in altered if not one.moves]
    chunks = [moving, *(staying[start : start + _CHUNK] for start in range(0, len(staying), _CHUNK))]
    done = 0
    progress(done, len(altered))
    for chunk in filter(None, chunks):
        try:
            await models.assembler.change(tx, caller, [one.edit for one in chunk], revision=revision, at=at)
        except Refused as refused:
            raise _placed(chunk[refused.index].row, refused) from refused
        done += len(chunk)
        progress(done, len(altered))


def _placed(row: SheetRow, refused: Refused) -> InvalidRequest:
    column = next((column for slot, column in _COLUMN_OF.items() if slot.value == refused.member), refused.member)
    return InvalidRequest(f"{row.place}.{column}", refused.sentence)
