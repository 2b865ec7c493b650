"""Uploads: files sent and fetched, at the root. Source: contracts/artifacts.md, 2.10 and 3.7."""

from __future__ import annotations

from datetime import UTC, datetime

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.exchanges import Stream
from armillary.dialects._kit.forms import MULTIPART, sent_file
from armillary.dialects._kit.operations import GET, POST, PUT, Handler, Router
from armillary.dialects.artifacts import tags
from armillary.dialects.artifacts.bodies import Misfit, Mismatched, read_id
from armillary.dialects.artifacts.mapping.provenance import mcp
from armillary.dialects.artifacts.mapping.uploads import csv_reply, file_reply, media_type
from armillary.dialects.artifacts.schemas.uploads import Csv, RawUploadQuery, ReadCsvRequest, Uploaded, UploadQuery
from armillary.domain.errors import InvalidRequest, NotFound, PermissionDenied
from armillary.domain.uploads import CSV, MOST_BYTES
from armillary.services import uploads
from armillary.services.wiring import Wiring

router = Router()

_SCOPE = "models:read"
_ROOT = ("",)
_TAG = "uploads"
#: What a form's own lines may take besides the file.
_FORM_BYTES = 64 * 1024
#: The contract's resumable uploads (tus), which are not offered: an export needs none of them.
UNSERVED = (
    "/uploads/create",
    "/uploads/discover",
    "/uploads/{id}/status",
    "/uploads/{id}/chunk",
    "/uploads/{id}/finalize",
)


async def _download_openly(wiring: Wiring, upload_id: str) -> Stream:
    """Fetch an upload: knowing its id is enough."""
    upload = await uploads.read_openly(wiring.db, read_id(upload_id, "upload_id"), at=datetime.now(UTC))
    return file_reply(upload, uploads.content(wiring.db, upload))


def _unlocked(wiring: Wiring) -> Handler | None:
    return _download_openly if wiring.uploads.open_downloads else None


@router.operation(
    GET,
    "/uploads/{upload_id}/download",
    scope=_SCOPE,
    prefixes=_ROOT,
    raises=(NotFound, PermissionDenied),
    media_type=CSV,
    unlocked=_unlocked,
)
async def download_upload(call: Call, upload_id: str) -> Stream:
    """Fetch an upload, byte for byte: one's own, or for owners and admins anybody's in the workspace."""
    upload = await uploads.read(call.db, call.caller, read_id(upload_id, "upload_id"), at=call.now)
    return file_reply(upload, uploads.content(call.db, upload))


@router.operation(
    POST,
    "/uploads/upload",
    scope=_SCOPE,
    prefixes=_ROOT,
    raises=(InvalidRequest, PermissionDenied),
    creates=True,
    takes=MULTIPART,
    body_bytes=MOST_BYTES + _FORM_BYTES,
)
async def upload_file(call: Call, query: UploadQuery, body: bytes) -> Uploaded:  # noqa: ARG001  ``subfolder`` is ignored
    """Keep the file of a form's member `file`."""
    sent = sent_file(body, call.headers.get("content-type", ""), "file")
    if sent is None:
        raise Mismatched([Misfit(("body", "file"), "is missing", "missing")])
    return await _kept(call, sent.content, sent.name, sent.media_type)


@router.operation(
    PUT,
    "/uploads/upload",
    scope=_SCOPE,
    prefixes=_ROOT,
    raises=(InvalidRequest, PermissionDenied),
    creates=True,
    takes="application/octet-stream",
    body_bytes=MOST_BYTES,
)
async def put_file(call: Call, query: RawUploadQuery, body: bytes) -> Uploaded:
    """Keep a file that is the whole body, under the query's `filename`."""
    return await _kept(call, body, query.filename or "", call.headers.get("content-type", ""))


async def _kept(call: Call, content: bytes, name: str, told_type: str) -> Uploaded:
    upload = await uploads.keep(
        call.db,
        call.caller,
        content,
        name=name,
        mime_type=media_type(told_type),
        terms=call.wiring.uploads,
        mcp=mcp(call),
        at=call.now,
    )
    tags.invalidates(call, _TAG)
    return Uploaded(upload_id=upload.id)


@router.operation(
    POST, "/uploads/csv", scope=_SCOPE, prefixes=_ROOT, raises=(NotFound, PermissionDenied, InvalidRequest)
)
async def read_csv(call: Call, body: ReadCsvRequest) -> Csv:
    """Read an upload as CSV: a byte order mark is left out, an empty file has nothing."""
    async with call.wiring.whole_lists:
        return csv_reply(await uploads.table(call.db, call.caller, body.upload_id, at=call.now))
