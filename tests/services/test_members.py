from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from armillary.domain.access import EVERYTHING, Principal, Role
from armillary.domain.accounts import DEFAULT_WORKSPACE, Member, ProfileKind, ProfileQuery
from armillary.domain.changes import Action, ChangeQuery
from armillary.domain.errors import InvalidRequest, NotFound, PermissionDenied
from armillary.services import changes, members, profiles
from armillary.services.members import NewMember
from tests.tenancy import Tenancy

ABSENT = UUID(int=404)


async def invite(tenancy: Tenancy, email: str = "ada@example.org", workspace: UUID = DEFAULT_WORKSPACE) -> Member:
    return await members.add(tenancy.db, tenancy.owner, workspace, NewMember(email=email), at=tenancy.tick())


async def everybody(tenancy: Tenancy) -> list[str]:
    return [member.profile.email for member in await members.page(tenancy.db, tenancy.owner, DEFAULT_WORKSPACE)]


async def page(tenancy: Tenancy, caller: Principal, workspace: UUID) -> object:
    return await members.page(tenancy.db, caller, workspace)


async def add(tenancy: Tenancy, caller: Principal, workspace: UUID) -> object:
    return await members.add(tenancy.db, caller, workspace, NewMember(email="a@b.org"), at=tenancy.tick())


async def remove(tenancy: Tenancy, caller: Principal, workspace: UUID) -> None:
    await members.remove(tenancy.db, caller, workspace, ABSENT, at=tenancy.tick())


Ask = Callable[[Tenancy, Principal, UUID], Awaitable[object]]
every_question = pytest.mark.parametrize("ask", [page, add, remove], ids=lambda ask: ask.__name__)


@every_question
async def test_administering_needs_an_owner(tenancy: Tenancy, ask: Ask) -> None:
    admin = await tenancy.a_caller(scopes=(EVERYTHING,), role=Role.ADMIN)
    with pytest.raises(PermissionDenied):
        await ask(tenancy, admin, DEFAULT_WORKSPACE)


@every_question
async def test_absent_and_foreign_workspaces_answer_alike(tenancy: Tenancy, ask: Ask) -> None:
    foreign = await tenancy.a_foreign_workspace()
    for workspace in (ABSENT, foreign.id):
        with pytest.raises(NotFound, match=r"^workspace not found$"):
            await ask(tenancy, tenancy.owner, workspace)


async def test_an_address_becomes_a_person_and_a_member(tenancy: Tenancy) -> None:
    member = await invite(tenancy, "Ada@Example.org")
    assert (member.profile.kind, member.profile.name, member.profile.email, member.role) == (
        ProfileKind.USER,
        "ada",
        "ada@example.org",
        Role.MEMBER,
    )
    assert await members.page(tenancy.db, tenancy.owner, DEFAULT_WORKSPACE) == [member]


async def test_adding_twice_is_adding_once(tenancy: Tenancy) -> None:
    first = await invite(tenancy)
    assert await invite(tenancy, "ADA@example.org") == first
    found = await changes.page(tenancy.db, tenancy.owner, ChangeQuery(kind="member"))
    assert [(change.action, change.entity) for change in found] == [(Action.CREATED, first.profile.id)]


async def test_racing_invitations_make_one_person(tenancy: Tenancy) -> None:
    invited = await asyncio.gather(*(invite(tenancy) for _ in range(5)))
    assert len({member.profile.id for member in invited}) == 1
    assert await everybody(tenancy) == ["ada@example.org"]


async def test_a_known_person_joins_another_workspace(tenancy: Tenancy) -> None:
    second = await tenancy.a_workspace()
    person = (await invite(tenancy)).profile
    new = NewMember(profile=person.id, role=Role.VIEWER)
    member = await members.add(tenancy.db, tenancy.owner, second.id, new, at=tenancy.tick())
    assert (member.profile, member.role, member.workspace) == (person, Role.VIEWER, second.id)
    assert (await invite(tenancy, workspace=second.id)).role is Role.VIEWER


async def test_a_profile_that_is_not_there_is_not_added(tenancy: Tenancy) -> None:
    with pytest.raises(NotFound, match="profile not found"):
        await members.add(tenancy.db, tenancy.owner, DEFAULT_WORKSPACE, NewMember(profile=ABSENT), at=tenancy.tick())


@pytest.mark.parametrize("new", [NewMember(), NewMember(profile=ABSENT, email="a@b.org"), NewMember(email="ada")])
async def test_exactly_one_of_profile_and_address_is_given(tenancy: Tenancy, new: NewMember) -> None:
    with pytest.raises(InvalidRequest):
        await members.add(tenancy.db, tenancy.owner, DEFAULT_WORKSPACE, new, at=tenancy.tick())


async def test_who_is_removed_is_no_member_any_more(tenancy: Tenancy) -> None:
    person = (await invite(tenancy)).profile
    await members.remove(tenancy.db, tenancy.owner, DEFAULT_WORKSPACE, person.id, at=tenancy.tick())
    assert await everybody(tenancy) == []
    assert await profiles.read(tenancy.db, tenancy.owner, person.id) == person
    with pytest.raises(NotFound, match="member not found"):
        await members.remove(tenancy.db, tenancy.owner, DEFAULT_WORKSPACE, person.id, at=tenancy.tick())


async def test_members_are_listed_by_pages(tenancy: Tenancy) -> None:
    made = [await invite(tenancy, f"{letter}@example.org") for letter in "abc"]
    found = await members.page(tenancy.db, tenancy.owner, DEFAULT_WORKSPACE, limit=1, after=made[0].profile.id)
    assert found == [made[1]]


# --- profiles


async def people(tenancy: Tenancy, **stated: object) -> list[str]:
    query = ProfileQuery(**stated)  # type: ignore[arg-type]  # any member
    return [profile.name for profile in await profiles.page(tenancy.db, tenancy.owner, query)]


async def test_profiles_are_found_by_part_of_their_name_or_address(tenancy: Tenancy) -> None:
    await invite(tenancy, "ada@example.org")
    await invite(tenancy, "bob@example.com")
    assert await people(tenancy, text="AD") == ["ada", "Admin key"]
    assert await people(tenancy, text="EXAMPLE.COM") == ["bob"]


async def test_profiles_are_listed_by_pages(tenancy: Tenancy) -> None:
    made = [(await invite(tenancy, f"{letter}@example.org")).profile for letter in "abc"]
    assert await people(tenancy, limit=2) == ["c", "b"]
    assert await people(tenancy, limit=1, after=made[1].id) == ["a"]
    assert await people(tenancy, newest_first=False, after=made[0].id) == ["b", "c"]


async def test_profiles_are_the_accounts_business(tenancy: Tenancy) -> None:
    admin = await tenancy.a_caller(scopes=(EVERYTHING,), role=Role.ADMIN)
    with pytest.raises(PermissionDenied):
        await profiles.page(tenancy.db, admin, ProfileQuery())
    with pytest.raises(PermissionDenied):
        await profiles.read(tenancy.db, admin, admin.profile)
    assert (await profiles.whoami(tenancy.db, admin)).id == admin.profile


async def test_those_who_made_things_can_be_named(tenancy: Tenancy) -> None:
    person = (await invite(tenancy)).profile
    assert await profiles.named(tenancy.db, tenancy.owner, [person.id, ABSENT]) == {person.id: person}
    assert await profiles.named(tenancy.db, tenancy.owner, []) == {}
