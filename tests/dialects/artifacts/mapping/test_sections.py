from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects.artifacts.mapping.sections import empty_section, section, sections
from armillary.domain.assemblies import SLOTS, DepartmentRow, Kind, LinkedRow, ProviderRow, Section, Slot
from armillary.domain.resources import Content, Flag, Name, PricePoint, Resource, RoleName, TemperatureLevel, Voice
from armillary.domain.seeds import SEEDS

AT = datetime(2026, 1, 1, tzinfo=UTC)
FLAGS = tuple(seed for seed in SEEDS if isinstance(seed.content, Flag))


def a_row(content: Content, **members: Any) -> Resource:
    return Resource(id=uuid4(), workspace=uuid4(), content=content, created_at=AT, **members)


def shown(slot: Slot, *, kind: Kind = Kind.MODEL, selected: tuple[LinkedRow, ...] = (), **suggested: Any) -> Any:
    built = section(kind, slot, Section(selected=selected, **suggested))
    encoder = msgspec.json.Encoder(decimal_format="number")
    return msgspec.json.decode(encoder.encode(built))


def test_a_section_of_one_row() -> None:
    alpha, beta = a_row(Name("alpha")), a_row(Name("beta"), mcp=True, generated=True)
    told = shown(Slot.NAMES, selected=(alpha,), suggested=(beta,))
    row = {"created_at": "2026-01-01T00:00:00Z", "active": True, "mcp": False, "generated": False}
    first, second = row | {"id": str(alpha.id), "name": "alpha"}, row | {"id": str(beta.id), "name": "beta"}
    assert told == {
        "show": True,
        "required": True,
        "suggestions": [str(beta.id)],
        "show_ai_generate": False,
        "tool_id": None,
        "link_tool_id": None,
        "resource": first,
        "resources": [first, second | {"mcp": True, "generated": True}],
    }


@pytest.mark.parametrize("slot", [Slot.NAMES, Slot.DESCRIPTIONS, Slot.VALUES, Slot.PROVIDERS])
def test_a_section_of_one_row_without_any(slot: Slot) -> None:
    told = shown(slot)
    assert (told["resource"], told["resources"], told["suggestions"]) == (None, [], [])


@pytest.mark.parametrize("slot", [one for one in SLOTS[Kind.MODEL][4:] if one is not Slot.DEPARTMENTS])
def test_a_section_of_many_rows_without_any_has_null_for_them(slot: Slot) -> None:
    told = shown(slot)
    assert (told["show"], told["current"], told["resources"], told["suggestions"]) == (True, None, [], [])


def test_rows_are_selected_ones_first_and_each_once() -> None:
    echo, sage = a_row(Voice("echo")), a_row(Voice("sage"))
    told = shown(Slot.VOICES, selected=(sage,), suggested=(echo, sage))
    assert [one["voice"] for one in told["current"]] == ["sage"]
    assert [one["voice"] for one in told["resources"]] == ["sage", "echo"]
    assert told["suggestions"] == [str(echo.id)]


@pytest.mark.parametrize(
    ("slot", "required"), [(slot, slot in {"names", "values", "providers"}) for slot in SLOTS[Kind.MODEL]]
)
def test_what_the_form_of_a_model_insists_on(slot: Slot, required: bool) -> None:
    assert shown(slot)["required"] is required


def test_departments_are_shown_where_there_are_any() -> None:
    physics = DepartmentRow(id=uuid4(), name="Physics", is_primary=True, created_at=AT)
    told = shown(Slot.DEPARTMENTS, suggested=(physics,))
    assert (told["show"], shown(Slot.DEPARTMENTS)["show"]) == (True, False)
    assert told["resources"] == [
        {
            "id": str(physics.id),
            "created_at": "2026-01-01T00:00:00Z",
            "active": True,
            "mcp": False,
            "generated": False,
            "name": "Physics",
            "description": None,
            "department_ids": [str(physics.id)],
            "setting_ids": [],
            "is_primary": True,
        }
    ]


def test_providers_are_offered_but_not_suggested() -> None:
    openai = ProviderRow(
        id=uuid4(), name="openai", departments=(UUID(int=1),), value="openai", endpoint="https://x", created_at=AT
    )
    told = shown(Slot.PROVIDERS, suggested=(openai,))
    assert (told["suggestions"], [one["id"] for one in told["resources"]]) == ([], [str(openai.id)])
    assert (told["resources"][0]["value"], told["resources"][0]["endpoint"]) == ("openai", "https://x")
    assert told["resources"][0]["department_ids"] == [str(UUID(int=1))]


def test_flags_are_shown_as_switches_and_not_suggested() -> None:
    power = next(
        one for one in FLAGS if one.content == Flag("model_active", "The model may be used", "Power", "model_active")
    )
    told = shown(Slot.FLAGS, selected=(power,), suggested=FLAGS)
    switch = {
        "key": "active",
        "label": "Active",
        "description": "The model may be used",
        "icon_id": "Power",
        "flag_option_id": str(power.id),
        "show": True,
        "required": False,
        "generated": False,
    }
    assert (told["suggestions"], told["current"], told["resources"][0]) == ([], [switch], switch)
    assert len(told["resources"]) == len(FLAGS)


@pytest.mark.parametrize(
    ("name", "key", "label"),
    [
        ("model_reasoning_levels_enabled", "reasoning_levels_enabled", "Reasoning Levels Enabled"),
        ("beta", "beta", "Beta"),
        ("", "unknown", "Unknown"),
    ],
)
def test_a_switch_is_called_after_its_flag(name: str, key: str, label: str) -> None:
    told = shown(Slot.FLAGS, suggested=(a_row(Flag(name, "", "")),))["resources"][0]
    assert (told["key"], told["label"], told["description"], told["icon_id"]) == (key, label, None, None)


def test_a_role_has_its_screens() -> None:
    role = a_row(RoleName("admin", "Administrator", "Keeps things", ("model",)))
    told = shown(Slot.ROLES, kind=Kind.PROFILE, selected=(role,))["resource"]
    assert (told["role"], told["artifacts"], told["icon_id"], told["color_id"]) == ("admin", ["model"], None, None)


def test_numbers_stay_numbers() -> None:
    price = a_row(PricePoint("input", Decimal("0.3"), "million_text", "tokens", 1_000_000))
    assert shown(Slot.PRICING, selected=(price,))["current"][0]["price"] == 0.3
    level = a_row(TemperatureLevel(Decimal("0.05")))
    assert shown(Slot.TEMPERATURE_LEVELS, selected=(level,))["current"][0]["temperature"] == 0.05


@given(st.lists(st.sampled_from([one for one in SEEDS if not isinstance(one.content, Flag)]), max_size=8))
def test_every_row_is_told_whole(chosen: list[Resource]) -> None:
    for one in chosen:
        slot = next(each for each in Slot if each.value == one.kind.value)
        kind = next(each for each in Kind if slot in SLOTS[each])
        told = shown(slot, kind=kind, suggested=(one,))["resources"][0]
        assert told["id"] == str(one.id)
        assert {name for name, value in told.items() if value is None} <= {"icon_id", "color_id"}


@pytest.mark.parametrize("kind", Kind)
def test_every_slot_of_every_kind_has_a_section(kind: Kind) -> None:
    assert set(sections(kind, {slot: Section() for slot in SLOTS[kind]})) == {slot.value for slot in SLOTS[kind]}


def test_a_kind_of_link_that_nothing_here_has() -> None:
    told = empty_section()
    assert (told.show, told.current, told.resources, told.suggestions) == (False, None, [], [])
