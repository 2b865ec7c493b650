"""The roster as rows, on both databases: members, and the keys that reach the workspace."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from armillary.domain.access import Role
from armillary.domain.accounts import Member, Profile, ProfileKind
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.roster import ROLE_ROWS, Entry, RosterQuery, word_of
from armillary.domain.seeds import default_department
from armillary.services import members as member_service
from armillary.services.members import NewMember
from armillary.storage import links, members, profiles, roster
from armillary.storage.database import Database
from tests.builders import an_id
from tests.tenancy import Tenancy, a_tenancy


@pytest.fixture
async def tenancy(database: Database) -> Tenancy:
    """A prepared database, entered with the admin key."""
    return await a_tenancy(database)


async def a_member(
    tenancy: Tenancy, name: str, role: Role = Role.MEMBER, *linked: tuple[Slot, UUID], **said: Any
) -> UUID:
    """Somebody of the default workspace, with what they link."""
    at, account, workspace = tenancy.tick(), tenancy.owner.account, tenancy.owner.workspace
    profile = Profile(id=an_id(at), account=account, kind=ProfileKind.USER, name=name, created_at=at, **said)
    async with tenancy.db.writing() as tx:
        await profiles.insert(tx, profile)
        await members.insert(tx, Member(workspace=workspace, profile=profile, role=role, added_at=at))
        await links.insert(tx, Kind.PROFILE, workspace, [(profile.id, {slot: (target,) for slot, target in linked})])
    return profile.id


async def names(tenancy: Tenancy, **asked: Any) -> list[str]:
    async with tenancy.db.reading() as reading:
        query = RosterQuery(**{"limit": 100, **asked})
        found = await roster.page(reading, tenancy.db.kind, tenancy.owner.workspace, query)
        if "limit" not in asked and "offset" not in asked:
            assert await roster.count(reading, tenancy.owner.workspace, query) == len(found)
    return [one.member.profile.name for one in found]


async def entry(tenancy: Tenancy, profile: UUID) -> Entry | None:
    async with tenancy.db.reading() as reading:
        return (await roster.by_ids(reading, tenancy.owner.workspace, [profile])).get(profile)


def a_row(word: str) -> UUID:
    return next(row.id for row in ROLE_ROWS if word_of(row) == word)


async def test_the_roster_is_members_and_the_keys_that_reach_the_workspace(tenancy: Tenancy) -> None:
    await a_member(tenancy, "Ada")
    await tenancy.a_key(name="far", all_workspaces=True, role=Role.VIEWER)
    other = await tenancy.a_workspace()
    await tenancy.a_key(name="elsewhere", assigned=(other.id,))
    assert await names(tenancy) == ["Ada", "Admin key", "far"]
    held = await entry(tenancy, tenancy.owner.profile)
    assert held is not None
    assert (held.is_key, held.member.role, held.member.active) == (True, Role.OWNER, True)


async def test_a_key_is_itself_also_where_its_profile_was_made_a_member(tenancy: Tenancy) -> None:
    key, _ = await tenancy.a_key(name="key", role=Role.VIEWER, all_workspaces=True)
    new = NewMember(profile=key.profile, role=Role.OWNER)
    await member_service.add(tenancy.db, tenancy.owner, tenancy.owner.workspace, new, at=tenancy.tick())
    held = await entry(tenancy, key.profile)
    assert held is not None
    assert held.member.role is Role.VIEWER
    assert await names(tenancy, text="key") == ["Admin key", "key"]


async def test_a_foreign_profile_is_not_on_the_roster(tenancy: Tenancy) -> None:
    foreign = await tenancy.a_foreign_workspace()
    assert await entry(tenancy, foreign.created_by) is None


@pytest.mark.parametrize(
    ("word", "found"),
    [("superadmin", ["Admin key"]), ("member", ["plain", "stale"]), ("custom", ["custom"]), ("admin", []), ("x", [])],
)
async def test_the_roster_is_narrowed_by_the_contracts_words(tenancy: Tenancy, word: str, found: list[str]) -> None:
    await a_member(tenancy, "plain")
    await a_member(tenancy, "custom", Role.MEMBER, (Slot.ROLES, a_row("custom")))
    await a_member(tenancy, "stale", Role.MEMBER, (Slot.ROLES, a_row("admin")))
    assert await names(tenancy, words=(word,)) == found
    async with tenancy.db.reading() as reading:
        counts = await roster.word_counts(reading, tenancy.owner.workspace)
    assert counts == {"superadmin": 1, "member": 2, "custom": 1}


async def test_the_roster_is_found_by_text_department_and_place(tenancy: Tenancy) -> None:
    department = an_id()
    await a_member(tenancy, "Zoe", Role.MEMBER, (Slot.DEPARTMENTS, department), email="first@example.com")
    await a_member(tenancy, "amy")
    assert await names(tenancy) == ["Admin key", "Zoe", "amy"]
    assert await names(tenancy, text="FIRST@") == ["Zoe"]
    assert await names(tenancy, text="%") == []
    assert await names(tenancy, departments=(department, an_id())) == ["Zoe"]
    assert await names(tenancy, limit=1, offset=1) == ["Zoe"]
    assert await names(tenancy, none=True) == []
    async with tenancy.db.reading() as reading:
        counts = await roster.department_counts(reading, tenancy.owner.workspace)
    # the admin key is in the department that the workspace is born with
    assert counts == {department: 1, default_department(tenancy.owner.workspace): 1}


async def test_who_leaves_is_in_no_department_any_more(tenancy: Tenancy) -> None:
    department = an_id()
    profile = await a_member(tenancy, "Ada", Role.MEMBER, (Slot.DEPARTMENTS, department))
    await member_service.remove(tenancy.db, tenancy.owner, tenancy.owner.workspace, profile, at=tenancy.tick())
    async with tenancy.db.reading() as reading:
        counted = await links.counts(reading, Kind.PROFILE, tenancy.owner.workspace, Slot.DEPARTMENTS, [department])
    assert counted == {}


async def test_owners_are_those_who_may_enter(tenancy: Tenancy) -> None:
    profile = await a_member(tenancy, "Ada", Role.OWNER)
    async with tenancy.db.reading() as reading:
        assert await roster.owners(reading, tenancy.owner.workspace) == {profile, tenancy.owner.profile}
    held = await entry(tenancy, profile)
    assert held is not None
    async with tenancy.db.writing() as tx:
        member = held.member
        await members.save(
            tx,
            Member(
                workspace=member.workspace,
                profile=member.profile,
                role=Role.OWNER,
                added_at=member.added_at,
                active=False,
            ),
        )
        assert await roster.owners(tx, tenancy.owner.workspace) == {tenancy.owner.profile}


async def test_addresses_and_further_places_are_looked_up_at_once(tenancy: Tenancy) -> None:
    profile = await a_member(tenancy, "Ada", email="ada@example.com")
    other = await tenancy.a_workspace()
    await member_service.add(tenancy.db, tenancy.owner, other.id, NewMember(profile=profile), at=tenancy.tick())
    async with tenancy.db.reading() as reading:
        held = await roster.holders(reading, tenancy.owner.account, ["ada@example.com", "no@example.com"])
        assert held == {"ada@example.com": profile}
        asked = [profile, tenancy.owner.profile]
        assert await roster.elsewhere(reading, tenancy.owner.workspace, asked) == {profile}
