"""Uploads: files that a profile keeps for a while, such as an export to be fetched.

Source: contracts/artifacts.md, 2.10 and 3.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from armillary.domain.access import Role
from armillary.domain.errors import InvalidRequest

#: Each chunk but the last has this size: what is written, read and sent at once.
CHUNK_BYTES = 256 * 1024
#: The largest file that a caller may send.
MOST_BYTES = 32 * 1024 * 1024
#: How long one that is being written is let be; its writer may have died.
UNFINISHED = timedelta(hours=1)
#: How long after its end one is still there for those who are fetching it.
GRACE = timedelta(hours=1)
CSV = "text/csv; charset=utf-8"
_LONGEST_NAME = 255
#: What stands where no upload was made. Source: contracts/artifacts.md, 2.10.
NO_UPLOAD = UUID(int=0)
_READERS_OF_ALL = frozenset({Role.OWNER, Role.ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadTerms:
    """How long uploads are kept, and whether whoever knows an upload's id may fetch it without a key."""

    kept: timedelta = timedelta(hours=24)
    open_downloads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of a profile's in a workspace; ``session`` is the sitting that it comes from."""

    id: UUID
    workspace: UUID
    profile: UUID
    session: UUID
    name: str
    mime_type: str
    size_bytes: int = 0
    complete: bool = False
    mcp: bool = False
    created_at: datetime
    expires_at: datetime

    @property
    def chunk_count(self) -> int:
        """How many chunks hold it."""
        return -(-self.size_bytes // CHUNK_BYTES)

    def is_readable_by(self, profile: UUID, role: Role) -> bool:
        """Whether it is the profile's own, or the role reads everybody's. Source: as above, decision 24."""
        return profile == self.profile or role in _READERS_OF_ALL


def checked_name(name: str) -> str:
    """The last part of a file's name, as it can be told to anybody. Raises: InvalidRequest (``file``)."""
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    if not 1 <= len(last) <= _LONGEST_NAME or not last.isprintable():
        raise InvalidRequest("file", f"has a name of 1 to {_LONGEST_NAME} printable characters")
    return last


def checked_size(size_bytes: int) -> int:
    """The size of a file that a caller sent. Raises: InvalidRequest (``file``)."""
    if not size_bytes:
        raise InvalidRequest("file", "is empty")
    if size_bytes > MOST_BYTES:
        raise InvalidRequest("file", f"has at most {MOST_BYTES // 2**20} MB")
    return size_bytes


class Chunker:
    """Cuts what comes in pieces of any size into chunks."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def add(self, piece: bytes) -> Iterator[bytes]:
        """The chunks that are full now."""
        self._rest += piece
        while len(self._rest) >= CHUNK_BYTES:
            yield bytes(self._rest[:CHUNK_BYTES])
            del self._rest[:CHUNK_BYTES]

    def end(self) -> Iterable[bytes]:
        """The last chunk, if anything is left."""
        return (bytes(self._rest),) if self._rest else ()
