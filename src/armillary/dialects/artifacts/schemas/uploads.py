"""Uploads. Source: contracts/artifacts.md, 2.10 and 3.7."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from armillary.dialects.artifacts.schemas.base import Body, Reply

#: A path in front of the name is taken off; no more than a server takes in a URL.
_MOST_OF_A_PATH = 1024
_Path = Annotated[str, Meta(max_length=_MOST_OF_A_PATH)]
_Subfolder = Annotated[_Path | None, Meta(description="Accepted and ignored: uploads have no folders here.")]


class UploadQuery(Body, frozen=True, kw_only=True):
    """How a form's file is to be kept."""

    subfolder: _Subfolder = None


class RawUploadQuery(Body, frozen=True, kw_only=True):
    """What a file is called that comes without a form."""

    filename: _Path | None = None
    subfolder: _Subfolder = None


class Uploaded(Reply, frozen=True, kw_only=True):
    """Where the file is."""

    upload_id: UUID


class ReadCsvRequest(Body, frozen=True, kw_only=True):
    """Which upload to read."""

    upload_id: UUID


class Csv(Reply, frozen=True, kw_only=True):
    """A CSV file: its first row, and the others."""

    headers: list[str]
    rows: list[list[str]]
    row_count: int
