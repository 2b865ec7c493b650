"""Uploads as rows: a file's chunks are written in transactions of their own, so that none is long.

Nobody sees an upload that is not complete; one that expired is seen by nobody either, and erased bit by bit.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from armillary.domain.errors import NotFound
from armillary.domain.uploads import Upload
from armillary.storage.columns import identity, instant, moment
from armillary.storage.database import Reading, Row, Writing

_COLUMNS = (
    "id",
    "workspace",
    "profile",
    "session",
    "name",
    "mime_type",
    "size_bytes",
    "complete",
    "mcp",
    "created_at",
    "expires_at",
)
_INSERT = f"INSERT INTO uploads ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"  # noqa: S608  constants of this module; values are bound
_READ = f"SELECT {', '.join(_COLUMNS)} FROM uploads"  # noqa: S608  as above
#: So many chunks go in one transaction: 8 MB, so that others wait for a few milliseconds only.
_ERASED_AT_ONCE = 32


async def insert(tx: Writing, upload: Upload) -> None:
    """Keep a new upload."""
    await tx.run(
        _INSERT,
        id=upload.id.hex,
        workspace=upload.workspace.hex,
        profile=upload.profile.hex,
        session=upload.session.hex,
        name=upload.name,
        mime_type=upload.mime_type,
        size_bytes=upload.size_bytes,
        complete=int(upload.complete),
        mcp=int(upload.mcp),
        created_at=instant(upload.created_at),
        expires_at=instant(upload.expires_at),
    )


async def append(tx: Writing, upload: UUID, number: int, chunk: bytes) -> None:
    """Keep one more chunk of an upload that is being written. Raises: NotFound where it was given up meanwhile."""
    there = await tx.first("SELECT id FROM uploads WHERE id = :id AND complete = 0 {for_update}", id=upload.hex)
    if there is None:
        raise NotFound("upload", upload)
    await tx.run(
        "INSERT INTO upload_chunks (upload, number, bytes) VALUES (:upload, :number, :bytes)",
        upload=upload.hex,
        number=number,
        bytes=chunk,
    )


async def finish(tx: Writing, upload: UUID, *, size_bytes: int, expires_at: datetime) -> None:
    """The upload is complete: it may be seen. Raises: NotFound where it was given up meanwhile."""
    finished = await tx.run(
        "UPDATE uploads SET complete = 1, size_bytes = :size_bytes, expires_at = :expires_at"
        " WHERE id = :id AND complete = 0",
        size_bytes=size_bytes,
        expires_at=instant(expires_at),
        id=upload.hex,
    )
    if not finished:
        raise NotFound("upload", upload)


async def by_id(reading: Reading, upload: UUID, *, at: datetime) -> Upload:
    """A complete upload of any workspace. Raises: NotFound, for an expired one as for none at all."""
    row = await reading.first(
        f"{_READ} WHERE id = :id AND complete = 1 AND expires_at > :at", id=upload.hex, at=instant(at)
    )
    if row is None:
        raise NotFound("upload", upload)
    return _upload(row)


async def chunk(reading: Reading, upload: UUID, number: int) -> bytes:
    """One chunk. Raises: NotFound where it was erased."""
    row = await reading.first(
        "SELECT bytes FROM upload_chunks WHERE upload = :upload AND number = :number", upload=upload.hex, number=number
    )
    if row is None:
        raise NotFound("upload", upload)
    return bytes(row["bytes"])


async def expired(reading: Reading, *, at: datetime, most: int) -> list[UUID]:
    """Some of the uploads that expired before then, finished or not, the oldest first."""
    rows = await reading.all(
        "SELECT id FROM uploads WHERE expires_at <= :at ORDER BY expires_at, id LIMIT :most", at=instant(at), most=most
    )
    return [identity(row["id"]) for row in rows]


async def erase(tx: Writing, upload: UUID) -> bool:
    """Some more of the upload is gone; whether all of it is."""
    # locked first: whoever still appends waits, and then finds nothing; two that erase take turns
    await tx.first("SELECT id FROM uploads WHERE id = :id {for_update}", id=upload.hex)
    gone = await tx.run(
        "DELETE FROM upload_chunks WHERE upload = :upload AND number IN"
        " (SELECT number FROM upload_chunks WHERE upload = :upload ORDER BY number LIMIT :most)",
        upload=upload.hex,
        most=_ERASED_AT_ONCE,
    )
    if gone == _ERASED_AT_ONCE:
        return False
    await tx.run("DELETE FROM uploads WHERE id = :id", id=upload.hex)
    return True


def _upload(row: Row) -> Upload:
    return Upload(
        id=identity(row["id"]),
        workspace=identity(row["workspace"]),
        profile=identity(row["profile"]),
        session=identity(row["session"]),
        name=row["name"],
        mime_type=row["mime_type"],
        size_bytes=row["size_bytes"],
        complete=row["complete"] == 1,
        mcp=row["mcp"] == 1,
        created_at=moment(row["created_at"]),
        expires_at=moment(row["expires_at"]),
    )
