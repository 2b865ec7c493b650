"""Exports: rows as they are in one view, written as CSV while they are read.

Neither the rows nor the file are ever held whole: a batch is read, written, and forgotten. The view stays open until
the last row is read, so whatever is written meanwhile shows in none of the file.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assemblies import Assembly, Record, Slot
from armillary.domain.assembly_listings import AssemblyQuery
from armillary.domain.editing import Actor, Subject
from armillary.domain.exports import MODELS, Sheet, lines, model_cells
from armillary.domain.uploads import CSV, NO_UPLOAD, UploadTerms
from armillary.services import uploads
from armillary.services.actors import actor
from armillary.services.assemblies.models import assembler, owned
from armillary.services.assemblies.reading import assembled
from armillary.storage import assembly_listings, departments
from armillary.storage import models as store
from armillary.storage.database import Database, Reading

_SCOPE = "models:read"
#: How many rows are made before others get their turn.
_AT_ONCE = 100
#: The slots that are shown, and the one that says who may see the row.
_SHOWN = (
    Slot.DEPARTMENTS,
    Slot.MODALITIES,
    Slot.TEMPERATURE_LEVELS,
    Slot.REASONING_LEVELS,
    Slot.QUALITIES,
    Slot.VOICES,
)
#: Some rows at a time, each of them its cells.
Batches = AsyncIterator[Sequence[Sequence[str]]]
#: What there is to export, in the view that it is handed.
Source = Callable[[Reading], Batches]
#: Told of how many rows are done, and of how many in all.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file that was written; where there was nothing to write, none was, and ``upload`` is all zeros."""

    upload: UUID = NO_UPLOAD
    file_name: str = ""
    row_count: int = 0


@dataclass(slots=True)
class _Written:
    """The file's pieces as they come, and how many rows they hold by then."""

    sheet: Sheet
    batches: Batches
    first: Sequence[Sequence[str]] | None
    rows: int = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        yield self.sheet.header
        batch = self.first
        while batch is not None:
            self.rows += len(batch)
            yield lines(batch)
            batch = await anext(self.batches, None)


async def export(  # noqa: PLR0913  what an upload is made of
    db: Database,
    caller: Principal,
    sheet: Sheet,
    source: Source,
    *,
    is_one: bool,
    terms: UploadTerms,
    mcp: bool,
    at: datetime,
) -> Export:
    """Write what there is to an upload of the caller's.

    Args:
        db: where it is.
        caller: whose upload it is to be.
        sheet: of what, and its columns.
        source: its rows.
        is_one: whether one thing was named: then there is a file even where it is not there.
        terms: of uploads.
        mcp: whether a tool-protocol client asks.
        at: when.

    Raises: PermissionDenied.

    Source: contracts/artifacts.md, 2.10.
    """
    caller.require(_SCOPE)
    async with db.reading() as reading, aclosing(_filled(source(reading))) as batches:
        first = await anext(batches, None)
        if first is None and not is_one:
            return Export()
        written = _Written(sheet, batches, first)
        upload = await uploads.write(
            db,
            caller,
            written.pieces(),
            name=sheet.file_name(at),
            mime_type=CSV,
            terms=terms,
            mcp=mcp,
            at=at,
        )
    return Export(upload=upload.id, file_name=upload.name, row_count=written.rows)


async def _filled(batches: Batches) -> AsyncGenerator[Sequence[Sequence[str]], None]:
    """Those of the batches that hold anything."""
    async for batch in batches:
        if batch:
            yield batch


async def models(  # noqa: PLR0913  as above
    db: Database, caller: Principal, model_id: UUID | None, *, terms: UploadTerms, mcp: bool, at: datetime
) -> Export:
    """Write the models that the caller may see, or the one named, to an upload. Raises: PermissionDenied."""
    source = _models(caller, model_id)
    return await export(db, caller, MODELS, source, is_one=model_id is not None, terms=terms, mcp=mcp, at=at)


async def model_lines(
    db: Database, caller: Principal, model_id: UUID | None, progress: Progress
) -> AsyncIterator[bytes]:
    """The same file, piece by piece. Raises: PermissionDenied."""
    caller.require(_SCOPE)
    async with db.reading() as reading:
        total = 1 if model_id else await _total(db, reading, caller)
        done = 0
        progress(done, total)
        yield MODELS.header
        async for batch in _models(caller, model_id)(reading):
            done += len(batch)
            yield lines(batch)
            progress(done, total)


def _models(caller: Principal, model_id: UUID | None) -> Source:
    async def rows(reading: Reading) -> Batches:
        acting = await actor(reading, caller)
        named = {one.id: one.name for one in await departments.of_workspace(reading, caller.workspace)}
        async for records in _records(reading, caller, acting, model_id):
            for start in range(0, len(records), _AT_ONCE):
                yield await _rows(reading, caller, acting, named, records[start : start + _AT_ONCE])
                await asyncio.sleep(0)  # others go on meanwhile

    return rows


async def _rows(
    reading: Reading, caller: Principal, acting: Actor, named: dict[UUID, str], records: Sequence[Record]
) -> list[tuple[str, ...]]:
    """Of these models, in this order, the rows that the actor may see."""
    things = {record.model.id: owned(record) for record in records}
    shown = await assembled(reading, assembler, caller.workspace, things, _SHOWN)
    pairs = ((record, shown[record.model.id]) for record in records)
    return [model_cells(record, one, named) for record, one in pairs if _is_visible(acting, one)]


def _is_visible(acting: Actor, one: Assembly) -> bool:
    return assembler.rules.may_view(acting, Subject(id=one.id, departments=one.linked(Slot.DEPARTMENTS)))


async def _records(
    reading: Reading, caller: Principal, acting: Actor, model_id: UUID | None
) -> AsyncIterator[Sequence[Record]]:
    """The model named, or all that there are to see, by name."""
    if model_id is not None:
        yield list((await store.records(reading, caller.workspace, [model_id])).values())
        return
    place = await assembly_listings.place(reading, caller.workspace)
    belonging = None if acting.is_superadmin else acting.departments
    async for records in assembly_listings.stream(reading, place, departments=belonging):
        yield records


async def _total(db: Database, reading: Reading, caller: Principal) -> int:
    place = await assembly_listings.place(reading, caller.workspace)
    return await assembly_listings.count(reading, db.kind, place, AssemblyQuery())
