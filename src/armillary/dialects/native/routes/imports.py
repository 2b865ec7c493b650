"""Imports of whole catalogues, and upgrades to this release's own."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import POST, Router
from armillary.dialects.native.mapping.imports import import_reply, source, upgrade_reply
from armillary.dialects.native.schemas.imports import Document, Import, ImportQuery, Upgrade, UpgradeRequest
from armillary.domain.errors import Conflict, InvalidRequest, PermissionDenied, Stale
from armillary.services import catalogue, imports

router = Router()
_MOST_BYTES = 32 * 1024 * 1024
_SCOPE = "catalogue:manage"


@router.operation(
    POST,
    "/imports/preview",
    scope=_SCOPE,
    body_bytes=_MOST_BYTES,
    raises=(InvalidRequest, PermissionDenied, Conflict),
)
async def preview_import(call: Call, query: ImportQuery, body: Document) -> Import:
    """Tell what importing a catalogue would do; nothing is written.

    Of every field whether it is kept, mapped or dropped, and which models would be created or changed. Send the
    reply's `revision` with the import to have exactly this applied, or nothing.
    """
    asked = source(body, query)
    plan = await imports.plan(call.db, call.caller, asked.content, asked.format, at=call.now)
    return import_reply(plan, applied=None, show=query.show)


@router.operation(
    POST,
    "/imports",
    scope=_SCOPE,
    body_bytes=_MOST_BYTES,
    raises=(InvalidRequest, PermissionDenied, Conflict, Stale),
)
async def apply_import(call: Call, query: ImportQuery, body: Document) -> Import:
    """Import a catalogue, in one transaction.

    New models come in disabled, as discovered ones; what was edited by hand stays. With `revision`, or `If-Match`,
    it is refused where the registry moved since the preview. A second import of the same document changes nothing.
    """
    asked = source(body, query)
    revision = call.unchanged_since if asked.revision is None else asked.revision
    done = await imports.apply(call.db, call.caller, asked.content, asked.format, revision=revision, at=call.now)
    return import_reply(done.plan, applied=done.revision, show=query.show)


@router.operation(POST, "/catalogue/upgrade", scope=_SCOPE, raises=(InvalidRequest, PermissionDenied))
async def upgrade_catalogue(call: Call, body: UpgradeRequest) -> Upgrade:
    """Bring the workspace's predefined models up to this release's catalogue.

    What was edited by hand stays, and the reply tells what it would have become. `dry_run` writes nothing.
    """
    done = await catalogue.upgrade(call.db, call.caller, apply=not body.dry_run, at=call.now)
    return upgrade_reply(done)
