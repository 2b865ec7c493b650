"""Roles in the contract's words and in ours, and who may do what with whom."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.access import Role
from armillary.domain.accounts import Member, Profile, ProfileKind
from armillary.domain.assemblies import Slot, reconciled
from armillary.domain.editing import Actor, Obstacle, Subject
from armillary.domain.errors import InvalidRequest
from armillary.domain.resources import Content, Email, Flag, Name, Resource
from armillary.domain.roster import (
    ROLE_ROWS,
    ROLES,
    Entry,
    RosterRules,
    assembled,
    claims,
    contents,
    grantable,
    is_above,
    role_of,
    said,
    standing,
    word_of,
)
from armillary.domain.seeds import PROFILE_ACTIVE
from armillary.domain.switches import position
from tests.builders import NOON, an_id

RULES = RosterRules()
roles = st.sampled_from(Role)


def a_member(role: Role = Role.MEMBER, **members: Any) -> Member:
    profile = Profile(id=an_id(), account=UUID(int=9), kind=ProfileKind.USER, name="Ada", created_at=NOON)
    return Member(**{"workspace": UUID(int=1), "profile": profile, "role": role, "added_at": NOON, **members})


def a_row(content: Content) -> Resource:
    return Resource(id=an_id(), workspace=UUID(int=1), content=content, created_at=NOON)


def an_actor(role: Role, *departments: UUID) -> Actor:
    return Actor(profile=an_id(), name="Actor", role=role, departments=departments)


def test_every_word_has_a_row_and_every_role_a_word() -> None:
    assert {word_of(row) for row in ROLE_ROWS} == set(ROLES)
    assert {role_of(standing(role)) for role in Role} == set(Role)


@given(role=roles)
def test_nobody_gives_a_role_above_their_own(role: Role) -> None:
    assert {role_of(row) for row in grantable(role)} == {one for one in Role if not is_above(one, role)}


@given(row=st.sampled_from(ROLE_ROWS))
def test_a_chosen_row_holds_as_long_as_the_role_agrees(row: Resource) -> None:
    for role in Role:
        entry = Entry(member=a_member(role), chosen=row.id)
        assert entry.role_row == (row if role_of(row) is role else standing(role))


@given(row=st.sampled_from(ROLE_ROWS), switched_on=st.booleans())
def test_what_is_linked_is_what_is_said(row: Resource, switched_on: bool) -> None:
    links = {
        Slot.NAMES: [a_row(Name("Grace"))],
        Slot.EMAILS: [a_row(Email("Grace@Example.com")), a_row(Email("second@example.com"))],
        Slot.ROLES: [row],
        Slot.FLAGS: [a_row(position(PROFILE_ACTIVE, on=True))] if switched_on else [],
    }
    member = assembled(a_member(), links)
    assert (member.profile.name, member.profile.email) == ("Grace", "grace@example.com")
    assert (member.role, member.active) == (role_of(row), switched_on)
    for slot, linked in links.items():
        stored = list(zip([one.id for one in linked], said(slot, linked), strict=True))
        assert reconciled(stored, claims(member, slot)) == [one.id for one in linked]


def test_what_is_not_spoken_of_stays_and_a_name_cannot_be_cleared() -> None:
    before = a_member(Role.ADMIN, active=False)
    assert assembled(before, {}) == before
    assert assembled(before, {Slot.NAMES: ()}) == before
    cleared = assembled(before, {Slot.EMAILS: (), Slot.ROLES: ()})
    assert (cleared.profile.email, cleared.role) == ("", Role.VIEWER)


def test_a_flag_turned_off_switches_off() -> None:
    off = a_row(Flag(PROFILE_ACTIVE, "", "", PROFILE_ACTIVE, value=False))
    assert not assembled(a_member(), {Slot.FLAGS: [off]}).active


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        assembled(a_member(), {Slot.EMAILS: [a_row(Email("nobody"))]})
    assert refusal.value.field == "email"


def test_an_address_that_is_none_stands_for_nothing() -> None:
    assert contents(a_member()) == (Name("Ada"),)


# Who may


@given(role=roles, other=roles, within=st.booleans())
def test_superadmins_edit_all_and_admins_whom_they_outrank_in_their_departments(
    role: Role, other: Role, within: bool
) -> None:
    mine = an_id()
    actor, subject = an_actor(role, mine), Subject(id=an_id(), departments=(mine,) if within else (), role=other)
    allowed = role is Role.OWNER or (role is Role.ADMIN and is_above(role, other) and within)
    assert (RULES.obstacle(actor, subject) is None) is allowed


@given(role=roles)
def test_everybody_edits_themselves_and_nobody_deletes_themselves(role: Role) -> None:
    actor = an_actor(role)
    oneself = Subject(id=actor.profile, role=role)
    assert RULES.obstacle(actor, oneself) is None
    assert RULES.may_view(actor, oneself)
    assert not RULES.may_delete(actor, oneself)


@given(role=roles, other=roles)
def test_only_those_of_lower_rank_are_deleted_and_nobody_is_copied(role: Role, other: Role) -> None:
    actor, subject = an_actor(role), Subject(id=an_id(), role=other)
    assert RULES.may_delete(actor, subject) is (role in {Role.OWNER, Role.ADMIN} and is_above(role, other))
    assert not RULES.may_duplicate(actor, subject)


def test_the_obstacle_tells_rank_from_department() -> None:
    mine, theirs = an_id(), an_id()
    actor = an_actor(Role.ADMIN, mine)
    assert RULES.obstacle(actor, Subject(id=an_id(), departments=(mine,), role=Role.ADMIN)) is Obstacle.ROLE
    both = Subject(id=an_id(), departments=(mine, theirs), role=Role.VIEWER)
    assert RULES.obstacle(actor, both) is Obstacle.ELSEWHERE


def test_who_has_departments_leaves_nobody_to_none() -> None:
    mine = an_id()
    assert RULES.may_assign(an_actor(Role.OWNER), ())
    assert RULES.may_assign(an_actor(Role.VIEWER), ())
    assert not RULES.may_assign(an_actor(Role.ADMIN, mine), ())
    assert not RULES.may_assign(an_actor(Role.ADMIN, mine), (mine, an_id()))
    assert RULES.may_assign(an_actor(Role.ADMIN, mine), (mine,))
