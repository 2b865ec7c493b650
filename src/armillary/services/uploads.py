"""Uploads: written chunk by chunk, fetched chunk by chunk, and gone after a while.

Neither end holds a whole file, nor a transaction for longer than a chunk takes. What a writer that failed or died
left behind expires like everything else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from armillary.domain.errors import InvalidRequest, NotFound
from armillary.domain.sittings import sitting_of
from armillary.domain.tables import Table, parsed
from armillary.domain.uploads import (
    CHUNK_BYTES,
    GRACE,
    MOST_BYTES,
    UNFINISHED,
    Chunker,
    Upload,
    UploadTerms,
    checked_name,
    checked_size,
)
from armillary.services import records
from armillary.services.ids import new_id
from armillary.storage import uploads as store
from armillary.storage.database import Database

if TYPE_CHECKING:
    from armillary.domain.access import Principal

_SCOPE = "models:read"
#: How many uploads a sweep erases before it looks again.
_SWEPT_AT_ONCE = 100


async def write(  # noqa: PLR0913  what an upload is made of
    db: Database,
    caller: Principal,
    pieces: AsyncIterable[bytes],
    *,
    name: str,
    mime_type: str,
    terms: UploadTerms,
    mcp: bool,
    at: datetime,
) -> Upload:
    """Keep what comes in pieces as the caller's upload; it can be seen once all of it is there.

    Raises: PermissionDenied; and whatever the pieces raise, in which case nothing is kept.
    """
    caller.require(_SCOPE)
    upload = Upload(
        id=new_id(at),
        workspace=caller.workspace,
        profile=caller.profile,
        session=sitting_of(caller.profile, at),
        name=name,
        mime_type=mime_type,
        mcp=mcp,
        created_at=at,
        expires_at=at + UNFINISHED,
    )
    async with db.writing() as tx:
        await store.insert(tx, upload)
    try:
        return await _filled(db, caller, upload, pieces, terms=terms, at=at)
    except BaseException:
        # also where the task was cancelled; should this fail too, the sweep finds it
        await _erase(db, upload.id)
        raise


async def _filled(  # noqa: PLR0913  as above
    db: Database,
    caller: Principal,
    upload: Upload,
    pieces: AsyncIterable[bytes],
    *,
    terms: UploadTerms,
    at: datetime,
) -> Upload:
    count, size_bytes, chunker = 0, 0, Chunker()
    async for piece in pieces:
        for chunk in chunker.add(piece):
            async with db.writing() as tx:
                await store.append(tx, upload.id, count, chunk)
            count, size_bytes = count + 1, size_bytes + len(chunk)
    done = replace(upload, complete=True, expires_at=at + terms.kept)
    async with db.writing() as tx:
        for chunk in chunker.end():
            await store.append(tx, upload.id, count, chunk)
            size_bytes += len(chunk)
        await store.finish(tx, upload.id, size_bytes=size_bytes, expires_at=done.expires_at)
        await records.claimed(tx, caller, at=at)
    return replace(done, size_bytes=size_bytes)


async def keep(  # noqa: PLR0913  as above
    db: Database,
    caller: Principal,
    content: bytes,
    *,
    name: str,
    mime_type: str,
    terms: UploadTerms,
    mcp: bool,
    at: datetime,
) -> Upload:
    """Keep a file that the caller sent. Raises: PermissionDenied, InvalidRequest (``file``)."""
    checked_size(len(content))
    return await write(
        db, caller, _one(content), name=checked_name(name), mime_type=mime_type, terms=terms, mcp=mcp, at=at
    )


async def _one(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]


async def read(db: Database, caller: Principal, upload_id: UUID, *, at: datetime) -> Upload:
    """The caller's upload, or for owners and admins anybody's in the workspace.

    Raises: PermissionDenied; NotFound, for one that it may not see as for none.
    """
    caller.require(_SCOPE)
    upload = await read_openly(db, upload_id, at=at)
    if upload.workspace != caller.workspace or not upload.is_readable_by(caller.profile, caller.role):
        raise NotFound("upload", upload_id)
    return upload


async def read_openly(db: Database, upload_id: UUID, *, at: datetime) -> Upload:
    """Anybody's upload, where knowing its id is enough. Raises: NotFound."""
    async with db.reading() as reading:
        return await store.by_id(reading, upload_id, at=at)


async def content(db: Database, upload: Upload) -> AsyncIterator[bytes]:
    """The upload's bytes, a chunk at a time; no transaction is open while a client takes one.

    Raises: NotFound where it is erased meanwhile: an hour after it expired.
    """
    for number in range(upload.chunk_count):
        async with db.reading() as reading:
            chunk = await store.chunk(reading, upload.id, number)
        yield chunk


async def table(db: Database, caller: Principal, upload_id: UUID, *, at: datetime) -> Table:
    """The upload read as CSV, a byte order mark left out.

    Raises: as ``read``; InvalidRequest (``upload_id``) where it is no CSV, or too large to be told in one answer.
    """
    upload = await read(db, caller, upload_id, at=at)
    if upload.size_bytes > MOST_BYTES:
        raise InvalidRequest("upload_id", f"is larger than {MOST_BYTES // 2**20} MB: download it")
    whole = b"".join([chunk async for chunk in content(db, upload)])
    return await asyncio.to_thread(parsed, whole, "upload_id")


async def sweep(db: Database, *, at: datetime) -> int:
    """Erase what expired an hour ago, finished or not; how many uploads."""
    swept = 0
    while True:
        async with db.reading() as reading:
            ended = await store.expired(reading, at=at - GRACE, most=_SWEPT_AT_ONCE)
        for upload in ended:
            await _erase(db, upload)
        swept += len(ended)
        if len(ended) < _SWEPT_AT_ONCE:
            return swept


async def _erase(db: Database, upload: UUID) -> None:
    erased = False
    while not erased:
        async with db.writing() as tx:
            erased = await store.erase(tx, upload)
