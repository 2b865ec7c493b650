"""Departments between the wire and the domain."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from armillary.dialects.artifacts.mapping.departments import changed_items, department_query, new_items, search_reply
from armillary.dialects.artifacts.schemas import departments as wire
from armillary.domain.access import Role
from armillary.domain.assemblies import Item, Slot
from armillary.domain.departments import Department, DepartmentQuery, DepartmentSlice, ListedDepartment
from armillary.domain.editing import Actor
from tests.builders import NOON, an_id


def sent(kind: type[Any], **said: Any) -> Any:
    """The item as it is decoded."""
    return msgspec.json.decode(msgspec.json.encode(said), type=kind)


@pytest.mark.parametrize(
    ("said", "active"),
    [
        pytest.param({}, True, id="unspoken"),
        pytest.param({"active_flag": False}, False, id="off"),
        pytest.param({"active_flag_id": UUID(int=1)}, None, id="a-row-decides"),
    ],
)
def test_a_new_department_is_active_unless_it_says_otherwise(said: dict[str, Any], *, active: bool | None) -> None:
    [item] = new_items([sent(wire.CreateDepartmentItem, name="Physics", **said)])
    assert (item.texts, item.active) == ({Slot.NAMES: ("Physics",)}, active)


def test_a_change_speaks_of_what_it_states_alone() -> None:
    of, row = an_id(), an_id()
    said = {"name": None, "description_id": row, "description": "ignored", "department_ids": [row], "settings_ids": []}
    [item] = changed_items([sent(wire.UpdateDepartmentItem, department_id=of, **said)])
    assert item == Item(id=of, links={Slot.DESCRIPTIONS: (row,)})


def test_null_asks_for_nothing() -> None:
    body = sent(wire.SearchDepartmentsRequest, search=None, page_size=None, page_offset=None)
    assert department_query(body) == DepartmentQuery()


def test_an_entry_tells_the_department() -> None:
    department = Department(
        id=an_id(),
        workspace=an_id(),
        name="Physics",
        active=False,
        created_by=an_id(),
        created_at=NOON,
        updated_at=NOON,
    )
    one = ListedDepartment(department=department, staff=3, may_edit=True, may_duplicate=True, may_delete=False)
    actor = Actor(profile=an_id(), name="Somebody", role=Role.OWNER)
    reply = search_reply(DepartmentSlice(actor=actor, items=(one,), total=7))
    assert (reply.actor_name, reply.total_count) == ("Somebody", 7)
    assert reply.departments == [
        wire.ListDepartment(
            department_id=department.id,
            name="Physics",
            description=None,
            staff_count=3,
            is_inactive=True,
            can_edit=True,
            can_duplicate=True,
            can_delete=False,
            updated_at=NOON,
        )
    ]
