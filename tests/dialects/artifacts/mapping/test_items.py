from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects.artifacts.mapping.items import MEMBERS, field, item
from armillary.dialects.artifacts.schemas.models import CreateModelItem, UpdateModelItem
from armillary.domain.assemblies import SLOTS, Item, Kind, Slot

ONE, TWO = UUID(int=1), UUID(int=2)
LISTS = tuple(slot for slot in SLOTS[Kind.MODEL] if slot not in {Slot.NAMES, Slot.DESCRIPTIONS})


def said(**members: Any) -> Item:
    return item(Kind.MODEL, CreateModelItem(**members), None)


def test_what_is_not_stated_is_not_spoken_of() -> None:
    assert said() == Item()
    assert said(model_ids=[ONE]) == Item()  # reserved


@pytest.mark.parametrize("slot", LISTS)
@pytest.mark.parametrize(
    ("value", "links"),
    [
        pytest.param(None, None, id="null-keeps"),
        pytest.param([], (), id="empty-removes"),
        pytest.param([TWO, ONE], (TWO, ONE), id="list-replaces"),
    ],
)
def test_a_list_is_tri_state(slot: Slot, value: list[UUID] | None, links: tuple[UUID, ...] | None) -> None:
    assert said(**{MEMBERS[slot][0]: value}).links.get(slot) == links


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"name": "a"}, Item(texts={Slot.NAMES: ("a",)})),
        ({"name": "a", "name_id": ONE}, Item(links={Slot.NAMES: (ONE,)})),
        ({"description": ""}, Item(texts={Slot.DESCRIPTIONS: ("",)})),
        ({"description": "a", "description_id": ONE}, Item(links={Slot.DESCRIPTIONS: (ONE,)})),
        ({"departments": ["Physics"]}, Item(departments=("Physics",))),
        ({"departments": ["Physics"], "department_ids": []}, Item(links={Slot.DEPARTMENTS: ()})),
    ],
)
def test_an_id_wins_over_its_text(members: dict[str, Any], expected: Item) -> None:
    assert said(**members) == expected


@pytest.mark.parametrize(
    ("member", "members", "wire"),
    [
        ("name", {"name": " "}, "name"),
        ("name", {}, "name"),
        ("names", {"name_id": ONE}, "name_id"),
        ("id", {"id": ONE}, "id"),
        ("values", {"value_ids": [ONE]}, "value_ids"),
        ("pricing", {"pricing_ids": [ONE]}, "pricing_ids"),
        ("departments", {"department_ids": [ONE], "departments": ["Nowhere"]}, "department_ids"),
        ("departments", {"departments": ["Nowhere"]}, "departments"),
    ],
)
def test_a_fault_is_told_by_the_member_that_was_sent(member: str, members: dict[str, Any], wire: str) -> None:
    assert field(Kind.MODEL, member, CreateModelItem(**members)) == wire


@given(st.sets(st.sampled_from(LISTS)), st.lists(st.uuids(), max_size=4))
def test_every_list_that_is_stated_is_linked_and_no_other(slots: set[Slot], ids: list[UUID]) -> None:
    members: dict[str, Any] = {MEMBERS[slot][0]: ids for slot in slots}
    body = UpdateModelItem(model_id=ONE, **members)
    assert item(Kind.MODEL, body, ONE) == Item(id=ONE, links={slot: tuple(ids) for slot in slots})


def test_every_slot_has_a_member() -> None:
    assert set(MEMBERS) == set(Slot)
