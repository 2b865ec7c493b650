"""Members: the people who belong to a workspace, and what each is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal, Role
from armillary.domain.accounts import (
    Member,
    Profile,
    ProfileKind,
    checked_email,
    member_document,
    profile_document,
)
from armillary.domain.errors import InvalidRequest, NotFound
from armillary.services import records
from armillary.services.ids import new_id
from armillary.services.pages import bounded
from armillary.storage import accounts, profiles, workspaces
from armillary.storage import members as store
from armillary.storage.database import Database, Writing
from armillary.storage.revisions import account_raised

_MANAGE = "workspaces:manage"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """Whom to add: exactly one of a profile of the account, and the e-mail address of a person."""

    profile: UUID | None = None
    email: str = ""
    role: Role = Role.MEMBER


async def page(
    db: Database, caller: Principal, workspace: UUID, *, limit: int = 50, after: UUID | None = None
) -> list[Member]:
    """The workspace's members, in the order of their profiles' ids. Raises: PermissionDenied, NotFound."""
    caller.require(_MANAGE)
    async with db.reading() as tx:
        await workspaces.by_id(tx, caller.account, workspace)
        return await store.page(tx, workspace, limit=bounded(limit), after=after)


async def add(db: Database, caller: Principal, workspace: UUID, new: NewMember, *, at: datetime) -> Member:
    """Make somebody a member, an unknown address a new person; who is one already stays as they are.

    Raises: PermissionDenied, NotFound (the workspace or the profile), InvalidRequest.
    """
    caller.require(_MANAGE)
    if (new.profile is None) is not bool(new.email):
        raise InvalidRequest("profile_id", "is given, or email is: exactly one of them")
    async with db.writing() as tx:
        await accounts.locked(tx, caller.account)
        await workspaces.by_id(tx, caller.account, workspace)
        profile = await _profile(tx, caller, new, at=at)
        found = await store.find(tx, workspace, profile.id)
        if found is not None:
            return found
        member = Member(workspace=workspace, profile=profile, role=new.role, added_at=at)
        await store.insert(tx, member)
        await records.created(tx, caller, "member", profile.id, member_document(member), at=at)
        await account_raised(tx, caller.account)
    return member


async def remove(db: Database, caller: Principal, workspace: UUID, profile: UUID, *, at: datetime) -> None:
    """The profile is no member any more. Raises: PermissionDenied, NotFound, also for who is none."""
    caller.require(_MANAGE)
    async with db.writing() as tx:
        await accounts.locked(tx, caller.account)
        await workspaces.by_id(tx, caller.account, workspace)
        member = await store.find(tx, workspace, profile)
        if member is None:
            raise NotFound("member", profile)
        await store.delete(tx, workspace, profile)
        await records.deleted(tx, caller, "member", profile, member_document(member), at=at)
        await account_raised(tx, caller.account)


async def _profile(tx: Writing, caller: Principal, new: NewMember, *, at: datetime) -> Profile:
    if new.profile is not None:
        return await profiles.by_id(tx, caller.account, new.profile)
    email = checked_email(new.email)
    found = await profiles.by_email(tx, caller.account, email)
    return found or await _invited(tx, caller, email, at=at)


async def _invited(tx: Writing, caller: Principal, email: str, *, at: datetime) -> Profile:
    name = email.partition("@")[0]
    profile = Profile(
        id=new_id(at), account=caller.account, kind=ProfileKind.USER, name=name, email=email, created_at=at
    )
    await profiles.insert(tx, profile)
    await records.many(tx, [records.creation(caller, "profile", profile.id, profile_document(profile), at=at)])
    return profile
