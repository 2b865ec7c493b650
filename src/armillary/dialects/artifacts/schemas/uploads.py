"""Uploads. Source: contracts/artifacts.md, 2.10 and 3.7."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from armillary.dialects.artifacts.schemas.base import Body, Reply, Text

_Subfolder = Annotated[Text | None, Meta(description="Accepted and ignored: uploads have no folders here.")]


class UploadQuery(Body, frozen=True, kw_only=True):
    """How a form's file is to be kept."""

    subfolder: _Subfolder = None


class RawUploadQuery(Body, frozen=True, kw_only=True):
    """What a file is called that comes without a form."""

    filename: Text | None = None
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
