"""Members of a workspace, and the account's profiles. Source: contracts/cadenya.md, 3.8."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import DELETE, GET, POST, Router
from armillary.dialects.cadenya.mapping import ids, pages
from armillary.dialects.cadenya.mapping import profiles as profile_mapping
from armillary.dialects.cadenya.mapping import workspaces as mapping
from armillary.dialects.cadenya.routes import references
from armillary.dialects.cadenya.schemas import profiles as profile_wire
from armillary.dialects.cadenya.schemas import workspaces as wire
from armillary.dialects.cadenya.schemas.base import Empty
from armillary.domain.errors import InvalidRequest, NotFound, PermissionDenied
from armillary.services import members, profiles

router = Router()
_MANAGE = "workspaces:manage"
_MEMBERS = "/account/workspaces/{workspace_id}/members"


@router.operation(GET, _MEMBERS, scope=_MANAGE, entry=False, raises=(NotFound, PermissionDenied, InvalidRequest))
async def list_members(call: Call, workspace_id: str, query: wire.MemberQuery) -> wire.WorkspaceMemberList:
    """List a workspace's members."""
    call.caller.require(_MANAGE)
    workspace = references.workspace(call, workspace_id)
    bound = pages.filters(query, "members", workspace)
    most, after = pages.limit(query.limit) + 1, pages.id_after(query, bound)
    found = await members.page(call.db, call.caller, workspace, limit=most, after=after)
    return mapping.members_reply(found, query, bound)


@router.operation(
    POST, _MEMBERS, scope=_MANAGE, entry=False, creates=True, raises=(NotFound, PermissionDenied, InvalidRequest)
)
async def add_member(call: Call, workspace_id: str, body: wire.AddMember) -> wire.WorkspaceMember:
    """Make somebody a member, by profile or by e-mail address; who is one already stays one."""
    call.caller.require(_MANAGE)
    workspace = references.workspace(call, workspace_id)
    added = await members.add(call.db, call.caller, workspace, mapping.new_member(body), at=call.now)
    return mapping.member_reply(added)


@router.operation(DELETE, f"{_MEMBERS}/{{profile_id}}", scope=_MANAGE, entry=False, raises=(NotFound, PermissionDenied))
async def remove_member(call: Call, workspace_id: str, profile_id: str) -> Empty:
    """Remove a member from a workspace."""
    call.caller.require(_MANAGE)
    workspace = references.workspace(call, workspace_id)
    profile = ids.identity("profile", profile_id, "profile_id")
    await members.remove(call.db, call.caller, workspace, profile, at=call.now)
    return Empty()


@router.operation(
    GET, "/account/profiles", scope="account:manage", entry=False, raises=(PermissionDenied, InvalidRequest)
)
async def list_profiles(call: Call, query: profile_wire.ProfileQuery) -> profile_wire.ProfileList:
    """List the account's profiles."""
    bound = pages.filters(query, "profiles", call.caller.account)
    found = await profiles.page(call.db, call.caller, profile_mapping.profile_query(query, bound))
    return profile_mapping.profiles_reply(found, query, bound)
