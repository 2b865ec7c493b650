"""Exports to CSV. Source: contracts/artifacts.md, 2.10."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import POST, Router
from armillary.dialects.artifacts.mapping.exports import exported
from armillary.dialects.artifacts.mapping.provenance import mcp
from armillary.dialects.artifacts.schemas.exports import Exported, ExportModelsRequest
from armillary.domain.errors import PermissionDenied
from armillary.services import exports

router = Router()


@router.operation(POST, "/artifacts/models/export", scope="models:read", raises=(PermissionDenied,), creates=True)
async def export_models(call: Call, body: ExportModelsRequest) -> Exported:
    """Export models as CSV to an upload, to be fetched from `/uploads/{upload_id}/download`.

    Only models that the caller may view are rows, by name; a `model_id` that is none of them makes a file of a header.
    """
    # one at a time: each holds a view of the database for as long as it is written
    async with call.wiring.exports:
        done = await exports.models(
            call.db, call.caller, body.model_id, terms=call.wiring.uploads, mcp=mcp(call), at=call.now
        )
    return exported(done)
