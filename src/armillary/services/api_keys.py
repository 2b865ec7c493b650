"""API keys: made, found, changed, and given new tokens.

Nobody hands out more than they hold (``domain.accounts.require_covered``), and a key that the caller may not know
of answers like one that does not exist. All writes take the account's lock first: they come one after another, and
see what the one before did to the caller's own key.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from msgspec import UNSET

from armillary.domain.access import Principal
from armillary.domain.accounts import (
    ApiKey,
    ApiKeyChanges,
    ApiKeyQuery,
    NewApiKey,
    Profile,
    ProfileKind,
    api_key_document,
    changed_api_key,
    checked_api_key,
    profile_document,
    require_covered,
    require_existing,
    visible,
)
from armillary.domain.changes import following
from armillary.domain.errors import Conflict, NotFound, Unauthenticated
from armillary.services import records
from armillary.services.access import Gate
from armillary.services.ids import new_id
from armillary.services.pages import bounded
from armillary.storage import accounts, profiles, workspaces
from armillary.storage import api_keys as store
from armillary.storage.database import Database, Reading, Writing
from armillary.storage.revisions import account_raised

_READ, _MANAGE = "api_keys:read", "api_keys:manage"


async def page(db: Database, caller: Principal, query: ApiKeyQuery) -> list[ApiKey]:
    """The keys that the query asks for, of those that the caller may know of. Raises: PermissionDenied."""
    caller.require(_READ)
    async with db.reading() as tx:
        own = await _own(tx, caller)
        shared_with = None if own is None or own.all_workspaces else own
        bound = replace(query, limit=bounded(query.limit))
        return await store.page(tx, caller.account, bound, shared_with=shared_with)


async def read(db: Database, caller: Principal, key: UUID | str, *, within: UUID | None = None) -> ApiKey:
    """One key, by its id or its external id; where ``within`` is given, only one that reaches that workspace.

    Raises: PermissionDenied, NotFound.
    """
    caller.require(_READ)
    async with db.reading() as tx:
        found = await _find(tx, caller, key)
        if not visible(found, caller, await _own(tx, caller)) or not (within is None or found.reaches(within)):
            raise NotFound("api_key", key)
    return found


async def default(db: Database, caller: Principal) -> ApiKey:
    """The account's own key. Raises: PermissionDenied, NotFound."""
    caller.require(_READ)
    async with db.reading() as tx:
        found = await store.default(tx, caller.account)
        if not visible(found, caller, await _own(tx, caller)):
            raise NotFound("api_key", "default")
    return found


async def reveal(db: Database, caller: Principal, key: UUID) -> str:
    """Never a token: digests alone are kept. Raises: PermissionDenied, NotFound, Conflict (``not_recoverable``)."""
    caller.require(_MANAGE)
    await read(db, caller, key)
    raise Conflict("not_recoverable", "tokens are kept as digests only: rotate the key to have a new one")


async def create(db: Database, gate: Gate, caller: Principal, new: NewApiKey, *, at: datetime) -> tuple[ApiKey, str]:
    """A new key, and its token, which is told this once.

    Raises: PermissionDenied where it would hold more than the caller does, InvalidRequest, NotFound (a workspace),
        AlreadyExists (the external id, or the Idempotency-Key).
    """
    caller.require(_MANAGE)
    key = checked_api_key(_new(caller, new, at=at))
    token, digest = gate.mint()
    async with db.writing() as tx:
        await accounts.locked(tx, caller.account)
        await _require_grantable(tx, caller, key, key.assigned, await _own(tx, caller))
        await _insert_profile(tx, caller, key)
        await store.insert(tx, key, digest)
        await records.created(tx, caller, "api_key", key.id, api_key_document(key), at=at)
        await account_raised(tx, caller.account)
    return key, token


async def update(db: Database, caller: Principal, key: UUID, changes: ApiKeyChanges, *, at: datetime) -> ApiKey:
    """Change what is said of a key, and what it may do; what changes nothing leaves no trace.

    Raises: PermissionDenied where the caller holds less than the key does, before or after; NotFound,
        InvalidRequest, AlreadyExists (the external id).
    """
    caller.require(_MANAGE)
    async with db.writing() as tx:
        before, own = await _taken(tx, caller, key)
        return await _change(tx, caller, own, before, changes, at=at)


async def enable(db: Database, caller: Principal, key: UUID, *, at: datetime) -> ApiKey:
    """The key opens again. Raises: PermissionDenied, NotFound."""
    return await update(db, caller, key, ApiKeyChanges(enabled=True), at=at)


async def disable(db: Database, caller: Principal, key: UUID, *, at: datetime) -> ApiKey:
    """The key opens nothing, until it is enabled. Raises: PermissionDenied, NotFound."""
    return await update(db, caller, key, ApiKeyChanges(enabled=False), at=at)


async def add_workspace(db: Database, caller: Principal, key: UUID, workspace: UUID, *, at: datetime) -> ApiKey:
    """The key reaches the workspace. Raises: PermissionDenied, NotFound (the key or the workspace)."""
    caller.require(_MANAGE)
    async with db.writing() as tx:
        before, own = await _taken(tx, caller, key)
        require_existing([workspace], await workspaces.existing(tx, caller.account, [workspace]))
        changes = ApiKeyChanges(assigned=(*before.assigned, workspace))
        return await _change(tx, caller, own, before, changes, at=at)


async def remove_workspace(db: Database, caller: Principal, key: UUID, workspace: UUID, *, at: datetime) -> ApiKey:
    """The key is not assigned to the workspace any more. Raises: PermissionDenied, NotFound."""
    caller.require(_MANAGE)
    async with db.writing() as tx:
        before, own = await _taken(tx, caller, key)
        require_existing([workspace], await workspaces.existing(tx, caller.account, [workspace]))
        changes = ApiKeyChanges(assigned=tuple(each for each in before.assigned if each != workspace))
        return await _change(tx, caller, own, before, changes, at=at)


async def rotate(db: Database, gate: Gate, caller: Principal, key: UUID, *, at: datetime) -> tuple[ApiKey, str]:
    """The key has a new token, which is told this once; the old one opens nothing any more.

    Raises: PermissionDenied, NotFound.
    """
    caller.require(_MANAGE)
    token, digest = gate.mint()
    async with db.writing() as tx:
        before, _ = await _taken(tx, caller, key)
        at = following(at, before.updated_at)
        after = replace(before, updated_at=at)
        await store.save_digest(tx, after, digest)
        await records.updated(tx, caller, "api_key", after.id, {}, {"token": "rotated"}, at=at)
        await account_raised(tx, caller.account)
    return after, token


async def delete(db: Database, caller: Principal, key: UUID, *, at: datetime) -> None:
    """The key is gone. Raises: PermissionDenied, NotFound, Conflict (``default_key``)."""
    caller.require(_MANAGE)
    async with db.writing() as tx:
        before, _ = await _taken(tx, caller, key)
        if before.is_default:
            raise Conflict("default_key", "this is the account's own key: rotate or disable it instead")
        await store.delete(tx, before)
        at = following(at, before.updated_at)
        await records.deleted(tx, caller, "api_key", key, api_key_document(before), at=at)
        await account_raised(tx, caller.account)


async def _change(  # noqa: PLR0913  what happens, to what, by whom
    tx: Writing, caller: Principal, own: ApiKey | None, before: ApiKey, changes: ApiKeyChanges, *, at: datetime
) -> ApiKey:
    at = following(at, before.updated_at)
    after = changed_api_key(before, changes, at=at)
    if after is before:
        return before
    await _require_grantable(tx, caller, after, set(after.assigned) - set(before.assigned), own)
    await store.save(tx, before, after)
    if changes.name is not UNSET:
        await profiles.rename(tx, after.profile, after.name)
    await records.updated(tx, caller, "api_key", after.id, api_key_document(before), api_key_document(after), at=at)
    await account_raised(tx, caller.account)
    return after


async def _taken(tx: Writing, caller: Principal, key: UUID) -> tuple[ApiKey, ApiKey | None]:
    """The key, locked, which the caller may know of and outranks; and the caller's own."""
    await accounts.locked(tx, caller.account)
    own = await _own(tx, caller)
    found = await store.locked(tx, caller.account, key)
    if not visible(found, caller, own):
        raise NotFound("api_key", key)
    require_covered(found, caller, own)
    return found, own


async def _require_grantable(
    tx: Reading, caller: Principal, key: ApiKey, named: set[UUID] | tuple[UUID, ...], own: ApiKey | None
) -> None:
    # what does not exist comes first: another account's workspace answers like none, to every caller
    require_existing(named, await workspaces.existing(tx, caller.account, named))
    require_covered(key, caller, own)


async def _own(tx: Reading, caller: Principal) -> ApiKey | None:
    """The caller's key as it is now; None for a caller without one.

    Raises: Unauthenticated where it was disabled or deleted since the caller entered.
    """
    if caller.key is None:
        return None
    try:
        own = await store.by_id(tx, caller.account, caller.key)
    except NotFound as gone:
        raise Unauthenticated from gone
    if not own.enabled:
        raise Unauthenticated
    return own


async def _find(tx: Reading, caller: Principal, key: UUID | str) -> ApiKey:
    if isinstance(key, str):
        return await store.by_external_id(tx, caller.account, key)
    return await store.by_id(tx, caller.account, key)


def _new(caller: Principal, new: NewApiKey, *, at: datetime) -> ApiKey:
    return ApiKey(
        id=new_id(at),
        account=caller.account,
        profile=new_id(at),
        name=new.name,
        description=new.description,
        scopes=new.scopes,
        role=caller.role if new.role is None else new.role,
        all_workspaces=new.all_workspaces,
        assigned=new.assigned,
        labels=new.labels,
        external_id=new.external_id,
        created_by=caller.profile,
        created_at=at,
        updated_at=at,
    )


async def _insert_profile(tx: Writing, caller: Principal, key: ApiKey) -> None:
    profile = Profile(
        id=key.profile, account=key.account, kind=ProfileKind.API_KEY, name=key.name, created_at=key.created_at
    )
    await profiles.insert(tx, profile)
    document = profile_document(profile)
    await records.many(tx, [records.creation(caller, "profile", profile.id, document, at=key.created_at)])
