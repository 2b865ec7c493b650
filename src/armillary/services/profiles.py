"""Profiles: people, keys and the system, as those who act."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.accounts import Profile, ProfileQuery
from armillary.services.pages import bounded
from armillary.storage import profiles as store
from armillary.storage.database import Database


async def whoami(db: Database, caller: Principal) -> Profile:
    """The caller's own profile; no scope is needed to ask."""
    async with db.reading() as tx:
        return await store.by_id(tx, caller.account, caller.profile)


async def page(db: Database, caller: Principal, query: ProfileQuery) -> list[Profile]:
    """The account's profiles that the query asks for. Raises: PermissionDenied."""
    caller.require("account:manage")
    async with db.reading() as tx:
        return await store.page(tx, caller.account, replace(query, limit=bounded(query.limit)))


async def read(db: Database, caller: Principal, profile: UUID) -> Profile:
    """One of the account's profiles. Raises: PermissionDenied, NotFound."""
    caller.require("account:manage")
    async with db.reading() as tx:
        return await store.by_id(tx, caller.account, profile)


async def named(db: Database, caller: Principal, profiles: Collection[UUID]) -> dict[UUID, Profile]:
    """Those of the profiles that the account has: who made what the caller reads; no scope beyond that is needed."""
    async with db.reading() as tx:
        return await store.by_ids(tx, caller.account, profiles)
