"""Departments: what rows say of them, what they say as rows, and who may do what with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.access import Role
from armillary.domain.assemblies import Slot, reconciled
from armillary.domain.departments import (
    Department,
    DepartmentRules,
    assembled,
    checked,
    claims,
    contents,
    document,
    said,
)
from armillary.domain.editing import Actor, Obstacle, Subject
from armillary.domain.errors import InvalidRequest
from armillary.domain.resources import Content, Description, Flag, Name, Resource
from armillary.domain.seeds import DEPARTMENT_ACTIVE, MODEL_ACTIVE
from armillary.domain.switches import position
from tests import generated
from tests.builders import NOON, an_id

ON, OFF = position(DEPARTMENT_ACTIVE, on=True), position(DEPARTMENT_ACTIVE, on=False)
RULES = DepartmentRules()
names = st.lists(st.builds(Name, generated.names), min_size=1, max_size=1)
descriptions = st.lists(st.builds(Description, generated.texts(30).filter(bool)), max_size=1)
flags = st.sampled_from([[ON], [OFF], [], [Flag("f", "", "", MODEL_ACTIVE), ON]])


def a_department(**members: Any) -> Department:
    given_: dict[str, Any] = {
        "id": an_id(),
        "workspace": an_id(),
        "name": "A department",
        "created_by": an_id(),
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Department(**{**given_, **members})


def an_actor(role: Role) -> Actor:
    return Actor(profile=an_id(), name="Somebody", role=role)


def rows(several: Sequence[Content]) -> list[Resource]:
    return [Resource(id=an_id(), workspace=None, content=one, created_at=NOON) for one in several]


def shown(department: Department, slot: Slot, links: Sequence[Resource]) -> list[Any]:
    return reconciled(list(zip(links, said(slot, links), strict=True)), claims(department, slot))


@given(
    slots=st.fixed_dictionaries({}, optional={Slot.NAMES: names, Slot.DESCRIPTIONS: descriptions, Slot.FLAGS: flags})
)
def test_what_is_linked_is_shown(slots: dict[Slot, list[Content]]) -> None:
    links = {slot: rows(several) for slot, several in slots.items()}
    before = a_department(description="What it was", active=False)
    after = assembled(before, links)
    for slot, several in links.items():
        assert shown(after, slot, several) == several
    assert all(getattr(after, one) == getattr(before, one) for one in ("id", "workspace", "created_at", "mcp"))
    if Slot.FLAGS not in links:
        assert not after.active


@pytest.mark.parametrize("active", [True, False])
def test_without_links_its_own_members_are_shown(*, active: bool) -> None:
    department = a_department(name="Physics", description="About it", active=active)
    assert shown(department, Slot.NAMES, []) == [Name("Physics")]
    assert shown(department, Slot.DESCRIPTIONS, []) == [Description("About it")]
    assert shown(department, Slot.FLAGS, []) == ([ON] if active else [])
    assert contents(department) == (Name("Physics"), Description("About it"))
    assert document(department) == {"name": "Physics", "description": "About it", "active": active}


@pytest.mark.parametrize("member", ["name", "description"])
def test_a_text_beyond_its_bound_is_refused(member: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked(a_department(**{member: "x" * 20_000}))
    assert refused.value.field == member


def test_a_name_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="name"):
        checked(a_department(name=" "))


@pytest.mark.parametrize("role", list(Role))
def test_superadmins_alone_make_and_change_departments(role: Role) -> None:
    actor, subject = an_actor(role), Subject(id=an_id())
    is_superadmin = role is Role.OWNER
    assert RULES.may_create(actor) is is_superadmin
    assert RULES.may_duplicate(actor, subject) is is_superadmin
    assert RULES.may_delete(actor, subject) is is_superadmin
    assert RULES.may_assign(actor, []) is is_superadmin
    assert RULES.obstacle(actor, subject) is (None if is_superadmin else Obstacle.ROLE)
    assert RULES.may_view(actor, subject) is (role is not Role.VIEWER)


def test_use_hinders_a_deletion_and_no_edit() -> None:
    actor, subject = an_actor(Role.OWNER), Subject(id=an_id(), uses=1)
    assert RULES.obstacle(actor, subject) is None
    assert not RULES.may_delete(actor, subject)
