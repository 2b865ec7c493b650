"""Who acts on assemblies: the caller's profile with its departments. Source: contracts/artifacts.md, 1.3."""

from __future__ import annotations

from armillary.domain.access import Principal
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.editing import Actor
from armillary.domain.errors import NotFound, Unauthenticated
from armillary.storage import links, profiles
from armillary.storage.database import Database, Reading


async def actor(reading: Reading, caller: Principal) -> Actor:
    """The caller's profile as it is now. Raises: Unauthenticated, where it is gone."""
    try:
        profile = await profiles.by_id(reading, caller.account, caller.profile)
    except NotFound as exc:
        raise Unauthenticated("your profile is gone: sign in again") from exc
    found = await links.of_owners(reading, Kind.PROFILE, caller.workspace, [caller.profile], slots=(Slot.DEPARTMENTS,))
    departments = found.get(caller.profile, {}).get(Slot.DEPARTMENTS, [])
    return Actor(profile=profile.id, name=profile.name, role=caller.role, departments=tuple(departments))


async def acting(db: Database, caller: Principal) -> Actor:
    """The same, read on its own. Raises: Unauthenticated."""
    async with db.reading() as reading:
        return await actor(reading, caller)
