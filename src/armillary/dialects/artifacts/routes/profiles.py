"""Profiles. Source: contracts/artifacts.md, 3.6 and section 4: nobody is duplicated."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import POST, Router
from armillary.dialects.artifacts import tags
from armillary.dialects.artifacts.mapping.exports import exported
from armillary.dialects.artifacts.mapping.profiles import (
    changed_items,
    form_reply,
    new_items,
    roster_query,
    search_reply,
)
from armillary.dialects.artifacts.mapping.provenance import mcp
from armillary.dialects.artifacts.mapping.results import deleted, refreshed, results
from armillary.dialects.artifacts.schemas import profiles as wire
from armillary.dialects.artifacts.schemas.base import BULK_BYTES
from armillary.dialects.artifacts.schemas.exports import Exported
from armillary.dialects.artifacts.schemas.results import Refreshed
from armillary.domain.assemblies import Kind
from armillary.domain.errors import InvalidRequest, NotFound, PermissionDenied
from armillary.services import assemblies, roster

router = Router()

_READ, _MANAGE = "models:read", "models:manage"
_TAG = "profiles"
_KIND = Kind.PROFILE


@router.operation(POST, "/artifacts/profiles/get", scope=_READ, raises=(NotFound, PermissionDenied, InvalidRequest))
async def get_profile(call: Call, body: wire.GetProfileRequest) -> wire.GetProfileResponse:
    """Read a profile for its editor, or the form of a new one, with a draft laid over it.

    Without a `profile_id`, at least one department must be there to choose.
    """
    form = await roster.form(call.db, call.caller, body.profile_id, body.draft_id, at=call.now)
    tags.cached(call, _TAG)
    tags.missed(call)
    return form_reply(form)


@router.operation(POST, "/artifacts/profiles/search", scope=_READ, raises=(PermissionDenied,))
async def search_profile(call: Call, body: wire.SearchProfilesRequest) -> wire.SearchProfilesResponse:
    """List the workspace's profiles by name: people, and the API keys that reach it; inactive ones too."""
    found = await roster.search(call.db, call.caller, roster_query(body))
    tags.invalidates(call, _TAG)
    return search_reply(found, body)


@router.operation(
    POST, "/artifacts/profiles/create", scope=_MANAGE, raises=(PermissionDenied,), creates=True, body_bytes=BULK_BYTES
)
async def create_profile(call: Call, body: wire.CreateProfilesRequest) -> wire.ProfileResults:
    """Make people members of the workspace, all or none: only when every result has a `profile_id` was anything stored.

    Admins and superadmins; nobody gives a role above their own, nor departments beyond them.
    """
    items = new_items(body.profiles)
    outcomes = await assemblies.create(call.db, call.caller, _KIND, items, mcp=mcp(call), at=call.now)
    tags.invalidates(call, _TAG)
    return wire.ProfileResults(results=results(_KIND, body.profiles, outcomes, done="created"))


@router.operation(
    POST, "/artifacts/profiles/update", scope=_MANAGE, raises=(NotFound, PermissionDenied), body_bytes=BULK_BYTES
)
async def update_profile(call: Call, body: wire.UpdateProfilesRequest) -> wire.ProfileResults:
    """Change profiles, all or none: null keeps, `[]` removes all links of a kind, a list replaces them.

    Everybody changes their own name and address; admins more, and of whom they outrank in their departments. Of an API
    key's profile, the departments alone are changed here.
    """
    items = changed_items(body.profiles)
    outcomes = await assemblies.update(call.db, call.caller, _KIND, items, mcp=mcp(call), at=call.now)
    tags.invalidates(call, _TAG)
    return wire.ProfileResults(results=results(_KIND, body.profiles, outcomes, done="updated"))


@router.operation(
    POST, "/artifacts/profiles/delete", scope=_MANAGE, raises=(NotFound, PermissionDenied), body_bytes=BULK_BYTES
)
async def delete_profile(call: Call, body: wire.DeleteProfilesRequest) -> wire.DeletedProfiles:
    """Take people off the workspace's roster, all or none: those of lower rank, and never oneself."""
    gone = await assemblies.delete(call.db, call.caller, _KIND, body.profile_ids, at=call.now)
    tags.invalidates(call, _TAG)
    return wire.DeletedProfiles(results=[wire.DeleteProfileResult(**one) for one in deleted(_KIND, gone)])


@router.operation(POST, "/artifacts/profiles/refresh", scope=_READ)
async def profile_refresh(call: Call) -> Refreshed:
    """Tell what to read anew: nothing here is read from a view that could be behind."""
    call.caller.require(_READ)
    tags.invalidates(call, _TAG, "artifacts")
    return refreshed(_TAG, _KIND)


@router.operation(POST, "/artifacts/profiles/export", scope=_READ, raises=(PermissionDenied,), creates=True)
async def export_profiles(call: Call, body: wire.ExportProfilesRequest) -> Exported:
    """Export profiles as CSV to an upload, to be fetched from `/uploads/{upload_id}/download`.

    Only profiles that the caller may view are rows, by name.
    """
    # one at a time: each holds a view of the database for as long as it is written
    async with call.wiring.exports:
        done = await roster.export(
            call.db, call.caller, body.profile_id, terms=call.wiring.uploads, mcp=mcp(call), at=call.now
        )
    return exported(done)
