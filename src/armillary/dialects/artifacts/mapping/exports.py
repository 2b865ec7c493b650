"""From an export to the wire. Source: contracts/artifacts.md, 2.10."""

from __future__ import annotations

from armillary.dialects.artifacts.schemas.exports import Exported
from armillary.services.exports import Export


def exported(export: Export) -> Exported:
    """Where the file is."""
    return Exported(upload_id=export.upload, file_name=export.file_name, row_count=export.row_count)
