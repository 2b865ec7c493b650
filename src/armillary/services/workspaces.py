"""Workspaces: who may see them, and how they come and go."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.accounts import (
    NewWorkspace,
    Workspace,
    WorkspaceChanges,
    WorkspaceQuery,
    WorkspaceStatus,
    api_key_document,
    archived,
    changed_workspace,
    checked_workspace,
    workspace_document,
)
from armillary.domain.changes import following
from armillary.domain.errors import PermissionDenied
from armillary.services import catalogue, records, seeds
from armillary.services.access import Grant
from armillary.services.ids import new_id
from armillary.services.pages import bounded
from armillary.storage import accounts, api_keys
from armillary.storage import workspaces as store
from armillary.storage.database import Database, Writing
from armillary.storage.revisions import account_raised

_MANAGE = "workspaces:manage"


async def mine(db: Database, grant: Grant, query: WorkspaceQuery) -> list[Workspace]:
    """The workspaces that the key may enter. Raises: PermissionDenied."""
    if "workspaces:read" not in grant.scopes:
        raise PermissionDenied("workspaces:read", granted=tuple(sorted(grant.scopes)))
    query = replace(query, only=grant.reachable(), include_archived=False, limit=bounded(query.limit))
    async with db.reading() as tx:
        return await store.page(tx, grant.account, query)


async def entered(db: Database, caller: Principal) -> Workspace:
    """The workspace that the caller is in; no scope is needed for what a name tells.

    Raises: NotFound where the caller is in none.
    """
    async with db.reading() as tx:
        return await store.by_id(tx, caller.account, caller.workspace)


async def page(db: Database, caller: Principal, query: WorkspaceQuery) -> list[Workspace]:
    """The account's workspaces that the query asks for. Raises: PermissionDenied."""
    caller.require(_MANAGE)
    async with db.reading() as tx:
        return await store.page(tx, caller.account, replace(query, limit=bounded(query.limit)))


async def read(db: Database, caller: Principal, workspace: UUID) -> Workspace:
    """One of the account's workspaces, archived ones too. Raises: PermissionDenied, NotFound."""
    caller.require(_MANAGE)
    async with db.reading() as tx:
        return await store.by_id(tx, caller.account, workspace)


async def create(db: Database, caller: Principal, new: NewWorkspace, *, at: datetime) -> Workspace:
    """Create a workspace, seeded with the catalogue; the key that creates it reaches it.

    Raises: PermissionDenied, InvalidRequest, AlreadyExists (the external id, or the Idempotency-Key).
    """
    caller.require(_MANAGE)
    async with db.writing() as tx:
        await accounts.locked(tx, caller.account)
        workspace = await _insert(tx, caller, new, at=at)
        await records.created(tx, caller, "workspace", workspace.id, workspace_document(workspace), at=at)
        await _assign_to_caller(tx, caller, workspace, at=at)
        await catalogue.seed(tx, workspace, caller.profile, at=at)
        await seeds.of_workspace(tx, workspace, at=at)
        await account_raised(tx, caller.account)
    return workspace


async def update(
    db: Database, caller: Principal, workspace: UUID, changes: WorkspaceChanges, *, at: datetime
) -> Workspace:
    """Change what is said of a workspace.

    Raises: PermissionDenied, NotFound, InvalidRequest, AlreadyExists (the external id).
    """
    caller.require(_MANAGE)
    async with db.writing() as tx:
        await accounts.locked(tx, caller.account)
        before = await store.locked(tx, caller.account, workspace)
        at = following(at, before.updated_at)
        after = changed_workspace(before, changes, at=at)
        await _save(tx, caller, before, after, at=at)
    return after


async def archive(db: Database, caller: Principal, workspace: UUID, *, at: datetime) -> Workspace:
    """Close a workspace for good: nobody enters it any more. One that is archived stays so.

    Raises: PermissionDenied, NotFound, Conflict (``last_workspace``).
    """
    caller.require(_MANAGE)
    async with db.writing() as tx:
        # the account's lock makes two archivings come one after the other: the second counts what the first left
        await accounts.locked(tx, caller.account)
        before = await store.locked(tx, caller.account, workspace)
        if before.status is WorkspaceStatus.ARCHIVED:
            return before
        at = following(at, before.updated_at)
        after = archived(before, enabled=await store.count_enabled(tx, caller.account), at=at)
        await _save(tx, caller, before, after, at=at)
    return after


async def _insert(tx: Writing, caller: Principal, new: NewWorkspace, *, at: datetime) -> Workspace:
    workspace = Workspace(
        id=new_id(at),
        number=await store.next_number(tx),
        account=caller.account,
        name=new.name,
        description=new.description,
        labels=new.labels,
        external_id=new.external_id,
        created_by=caller.profile,
        created_at=at,
        updated_at=at,
    )
    checked = checked_workspace(workspace)
    await store.insert(tx, checked)
    return checked


async def _assign_to_caller(tx: Writing, caller: Principal, workspace: Workspace, *, at: datetime) -> None:
    if caller.key is None:
        return
    before = await api_keys.locked(tx, caller.account, caller.key)
    if before.all_workspaces:
        return
    after = replace(before, assigned=(*before.assigned, workspace.id), updated_at=at)
    await api_keys.save(tx, before, after)
    documents = api_key_document(before), api_key_document(after)
    await records.updated(tx, caller, "api_key", after.id, *documents, at=at)


async def _save(tx: Writing, caller: Principal, before: Workspace, after: Workspace, *, at: datetime) -> None:
    await store.save(tx, after)
    documents = workspace_document(before), workspace_document(after)
    await records.updated(tx, caller, "workspace", after.id, *documents, at=at)
    await account_raised(tx, caller.account)
