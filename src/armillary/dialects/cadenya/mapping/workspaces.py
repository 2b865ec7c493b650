"""Workspaces and their members. Source: contracts/cadenya.md, 3.8."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET, UnsetType

from armillary.dialects.cadenya.mapping import ids, metadata, pages
from armillary.dialects.cadenya.mapping.instants import instant
from armillary.dialects.cadenya.mapping.masks import clearable, found, masked
from armillary.dialects.cadenya.schemas import workspaces as wire
from armillary.domain.accounts import (
    Member,
    NewWorkspace,
    Workspace,
    WorkspaceChanges,
    WorkspaceQuery,
    WorkspaceStatus,
)
from armillary.domain.errors import InvalidRequest
from armillary.services.members import NewMember

_STATUSES = {
    WorkspaceStatus.ENABLED: wire.WorkspaceStatus.ENABLED,
    WorkspaceStatus.ARCHIVED: wire.WorkspaceStatus.ARCHIVED,
}
_WRITABLE = (*metadata.WRITABLE, "spec.description")
#: There are no tools, memories and agents: so many does a workspace hold.
_INFO = wire.WorkspaceInfo(total_available_tools=0, total_memory_entries=0, total_agents=0, total_agent_variations=0)


def workspace_query(query: wire.WorkspaceQuery | wire.AccountWorkspaceQuery, bound: pages.Filters) -> WorkspaceQuery:
    """The domain's query, for one more than the page shows. Raises: InvalidRequest."""
    return WorkspaceQuery(
        labels=pages.labels(query.labels),
        include_archived=isinstance(query, wire.AccountWorkspaceQuery) and query.include_archived,
        newest_first=pages.newest_first(query.sort_order),
        limit=pages.limit(query.limit) + 1,
        after=pages.number_after(query, bound),
    )


def workspace_reply(workspace: Workspace, *, info: wire.WorkspaceInfo | UnsetType = UNSET) -> wire.Workspace:
    """The workspace."""
    return wire.Workspace(
        metadata=metadata.of_account("workspace", workspace),
        spec=wire.WorkspaceSpec(description=workspace.description),
        status=_STATUSES[workspace.status],
        info=info,
    )


def workspaces_reply(
    rows: Sequence[Workspace], query: wire.WorkspaceQuery | wire.AccountWorkspaceQuery, bound: pages.Filters
) -> wire.WorkspaceList:
    """A page of workspaces; the one too many tells that another follows."""
    shown = rows[: pages.limit(query.limit)]
    info = _INFO if isinstance(query, wire.WorkspaceQuery) and query.include_info else UNSET
    return wire.WorkspaceList(
        items=[workspace_reply(one, info=info) for one in shown],
        pagination=pages.pagination(shown[-1].number if len(shown) < len(rows) else None, bound),
    )


def new_workspace(body: wire.CreateWorkspace) -> NewWorkspace:
    """The workspace that a body asks for."""
    stated = metadata.stated(body.metadata)
    stated.pop("bundle", None)
    description = found(body, "spec.description")
    return NewWorkspace(description="" if description is UNSET else description, **stated)


def workspace_changes(body: wire.UpdateWorkspace) -> WorkspaceChanges:
    """What a body changes of a workspace. Raises: InvalidRequest."""
    mask = masked(body.update_mask, body, _WRITABLE)
    return WorkspaceChanges(description=clearable(body, "spec.description", mask, ""), **metadata.changes(body, mask))


def new_member(body: wire.AddMember) -> NewMember:
    """Whom a body wants to be a member. Raises: InvalidRequest, NotFound for what is no profile's id."""
    named = "" if isinstance(body.profile_id, UnsetType) else body.profile_id
    email = "" if isinstance(body.email, UnsetType) else body.email
    if bool(named) is bool(email):
        raise InvalidRequest("profile_id", "must be given, or email: exactly one of them")
    return NewMember(profile=ids.identity("profile", named, "profile_id") if named else None, email=email)


def member_reply(member: Member) -> wire.WorkspaceMember:
    """The member; a profile's actor has its bits."""
    return wire.WorkspaceMember(
        profile_id=ids.spelled("profile", member.profile.id),
        actor_id=ids.spelled("actor", member.profile.id),
        name=member.profile.name,
        email=member.profile.email,
        added_at=instant(member.added_at),
    )


def members_reply(rows: Sequence[Member], query: wire.MemberQuery, bound: pages.Filters) -> wire.WorkspaceMemberList:
    """A page of members; the one too many tells that another follows."""
    shown = rows[: pages.limit(query.limit)]
    last = shown[-1].profile.id if len(shown) < len(rows) else None
    return wire.WorkspaceMemberList(
        items=[member_reply(one) for one in shown], pagination=pages.pagination(last, bound)
    )
