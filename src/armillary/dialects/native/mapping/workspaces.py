"""Workspaces between the domain and the wire, and who the caller is."""

from __future__ import annotations

from collections.abc import Sequence

from armillary.dialects.native.mapping import ids
from armillary.dialects.native.mapping.queries import after_number, label_filter, next_cursor
from armillary.dialects.native.schemas import workspaces as wire
from armillary.domain.access import Principal
from armillary.domain.accounts import NewWorkspace, Workspace, WorkspaceQuery
from armillary.services.access import Grant, Place


def workspace_reply(workspace: Workspace) -> wire.Workspace:
    """The workspace as this API shows it."""
    return wire.Workspace(
        id=ids.spelled("workspace", workspace.id),
        name=workspace.name,
        description=workspace.description,
        status=workspace.status.value,
        default_model_id=ids.optional("model", workspace.default_model),
        labels=dict(workspace.labels),
        external_id=workspace.external_id or None,
        created_at=workspace.created_at,
        updated_at=workspace.updated_at,
        revision=workspace.revision,
    )


def workspace_query(query: wire.WorkspacesQuery) -> WorkspaceQuery:
    """What is asked for, one more than is shown. Raises: Misplaced, InvalidRequest (``cursor``)."""
    return WorkspaceQuery(
        labels=label_filter(query.label),
        newest_first=query.order == "newest",
        limit=query.limit + 1,
        after=after_number(query),
    )


def page_reply(found: Sequence[Workspace], query: wire.WorkspacesQuery) -> wire.Workspaces:
    """A page of workspaces, of which one more was asked than is shown."""
    more = len(found) > query.limit
    return wire.Workspaces(
        data=[workspace_reply(one) for one in found[: query.limit]],
        next_cursor=next_cursor(found[query.limit - 1].number if more else None, query),
    )


def new_workspace(body: wire.NewWorkspace) -> NewWorkspace:
    """The workspace that a body asks for."""
    return NewWorkspace(
        name=body.name, description=body.description, labels=dict(body.labels), external_id=body.external_id
    )


def whoami_reply(grant: Grant, caller: Principal) -> wire.Whoami:
    """Who calls, and what it may do where it is."""
    return wire.Whoami(
        account_id=ids.spelled("account", caller.account),
        profile_id=ids.spelled("profile", caller.profile),
        key_id=None if grant.key is None else ids.spelled("key", grant.key.id),
        key_name=None if grant.key is None else grant.key.name,
        workspace=_entered(grant.workspaces.get(caller.workspace)),
        role=caller.role.value,
        scopes=sorted(caller.scopes),
    )


def _entered(place: Place | None) -> wire.EnteredWorkspace | None:
    if place is None:
        return None
    return wire.EnteredWorkspace(
        id=ids.spelled("workspace", place.id), name=place.name, external_id=place.external_id or None
    )
