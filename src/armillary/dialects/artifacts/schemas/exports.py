"""Exports. Source: contracts/artifacts.md, 2.10."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from armillary.dialects.artifacts.schemas.base import Body, Reply


class ExportModelsRequest(Body, frozen=True, kw_only=True):
    """Which model to export; null: all that the caller may see."""

    model_id: UUID | None = None


class Exported(Reply, frozen=True, kw_only=True):
    """Where the file is; where there was nothing to export, ``upload_id`` is all zeros."""

    upload_id: UUID
    file_name: str
    row_count: Annotated[int, Meta(description="Rows below the header.")]
