"""From uploads to the wire. Source: contracts/artifacts.md, 2.10; RFC 6266 and RFC 8187 for the file's name."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import quote

from armillary.dialects._kit.exchanges import Stream
from armillary.dialects.artifacts.schemas.uploads import Csv
from armillary.domain.tables import Table
from armillary.domain.uploads import Upload

CACHE_CONTROL = "private, max-age=0, must-revalidate"
_ANY = "application/octet-stream"
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,100}/[\w!#$&^.+-]{1,100}(;[ -~]{1,100})?", re.ASCII)


def file_reply(upload: Upload, pieces: AsyncIterator[bytes]) -> Stream:
    """The upload's bytes as a browser may show them; what they hold never acts on this site's behalf."""
    return Stream(
        pieces=pieces,
        size_bytes=upload.size_bytes,
        media_type=upload.mime_type,
        headers={
            "content-disposition": _disposition(upload.name),
            "cache-control": CACHE_CONTROL,
            "x-content-type-options": "nosniff",
            "content-security-policy": "sandbox",
        },
    )


def _disposition(name: str) -> str:
    """Both forms of a name: those who know the second do not look at the first."""
    plain = re.sub(r"[^ !#-\[\]-~]", "_", name)
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def media_type(told: str) -> str:
    """What the sender says that the file is, where a header can repeat it."""
    return told.strip() if _MEDIA_TYPE.fullmatch(told.strip()) else _ANY


def csv_reply(table: Table) -> Csv:
    """The rows of a file."""
    return Csv(headers=list(table.headers), rows=[list(row) for row in table.rows], row_count=len(table.rows))
