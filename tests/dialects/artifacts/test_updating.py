"""Updating models in part. Source: contracts/artifacts.md, 1.7, 2.4 and 5.3."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from tests.dialects.artifacts.people import MODELS, House, Json, Person, a_house, flag, linked, unique
from tests.servers import Server

NOWHERE = str(UUID(int=404))


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[House]:
    with a_house(server) as made:
        yield made


@pytest.fixture(scope="module")
def root(house: House) -> Person:
    return house.root


def updated(person: Person, *items: Json, **headers: str) -> list[Json]:
    results: list[Json] = person.done(f"{MODELS}/update", {"models": list(items)}, **headers)["results"]
    return results


def test_a_tool_clients_update_marks_what_it_writes(root: Person) -> None:
    model = root.model()
    updated(root, {"model_id": model, "name": unique("by a tool")}, **{"X-MCP": "1"})
    row = root.form(model)["names"]["resource"]
    assert (row["mcp"], row["generated"]) == (True, True)


def test_a_new_name_takes_the_place_of_the_old_one(root: Person) -> None:
    name = root.name_row(unique("new"))
    model = root.model()
    assert root.updated(model, name_id=name)["names"]["resource"]["id"] == name
    assert root.updated(model, name_id=name)["names"]["resource"]["id"] == name


def test_a_name_comes_back_where_it_is_linked_again(root: Person) -> None:
    first, second = (root.name_row(unique("n")) for _ in range(2))
    model = root.model(name=None, name_id=first)
    root.updated(model, name_id=second)
    assert root.updated(model, name_id=first)["names"]["resource"]["id"] == first


def test_a_description_alone_leaves_the_name(root: Person) -> None:
    model = root.model(description="old")
    name = root.form(model)["names"]["resource"]
    description = root.description_row("new")
    form = root.updated(model, description_id=description)
    assert (form["names"]["resource"], form["descriptions"]["resource"]["id"]) == (name, description)


@pytest.mark.parametrize("clear", [{"name": None, "name_id": None}, {"description": None, "description_id": None}])
def test_neither_a_name_nor_a_description_can_be_cleared(root: Person, clear: Json) -> None:
    model = root.model(description="stays")
    before = root.form(model)
    after = root.updated(model, **clear)
    assert (after["names"]["resource"], after["descriptions"]["resource"]) == (
        before["names"]["resource"],
        before["descriptions"]["resource"],
    )


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        pytest.param([0], [0], id="fewer"),
        pytest.param([0, 1, 2], [0, 1, 2], id="more"),
        pytest.param([], [], id="none"),
        pytest.param(None, [0, 1], id="unchanged"),
        pytest.param([2], [2], id="another"),
        pytest.param([1, 1], [1], id="twice-counts-once"),
    ],
)
def test_departments_are_replaced_as_a_set(
    root: Person, house: House, places: list[int] | None, expected: list[int]
) -> None:
    third = root.made("department")
    every = [house.mine, house.theirs, third]
    model = root.model(department_ids=every[:2])
    form = root.updated(model, department_ids=None if places is None else [every[place] for place in places])
    assert set(linked(form, "departments")) == {every[place] for place in expected}


@pytest.mark.parametrize("section", ["voices", "qualities", "reasoning_levels", "temperature_levels", "modalities"])
def test_a_set_of_rows_is_grown_shrunk_emptied_and_kept(root: Person, section: str) -> None:
    member = {"voices": "voice_ids", "qualities": "quality_ids", "modalities": "modality_ids"}.get(
        section, f"{section.removesuffix('s')}_ids"
    )
    rows = [one["id"] for one in root.form()[section]["resources"]][:3]
    model = root.model(**{member: rows[:2]})
    steps = [(rows, rows), (rows[:1], rows[:1]), (None, rows[:1]), ([], []), ([], []), (rows[1:], rows[1:])]
    for stated, expected in steps:
        assert set(linked(root.updated(model, **{member: stated}), section)) == set(expected)
    assert root.updated(model, **{member: []})[section]["current"] is None


def test_a_flag_takes_the_place_of_another(root: Person) -> None:
    model = root.model(flag_ids=[flag()])
    other = flag("model_pricing_enabled")
    assert linked(root.updated(model, flag_ids=[other]), "flags") == [other]


def test_an_update_of_nothing_succeeds_and_is_dated(root: Person) -> None:
    name = unique("dated")
    model = root.model(name=name)
    before = root.search(name)["models"][0]
    root.updated(model)
    after = root.search(name)["models"][0]
    assert after.pop("updated_at") > before.pop("updated_at")
    assert after == before


def test_one_model_twice_in_a_batch_is_changed_in_order(root: Person) -> None:
    model = root.model()
    voices = [one["id"] for one in root.form()["voices"]["resources"]][:2]
    last = unique("last")
    results = updated(
        root,
        {"model_id": model, "name": unique("first"), "voice_ids": voices[:1]},
        {"model_id": model, "name": last},
    )
    assert [result["success"] for result in results] == [True, True]
    form = root.form(model)
    assert (form["names"]["resource"]["name"], linked(form, "voices")) == (last, voices[:1])


def test_one_faulty_item_keeps_the_others_from_being_stored(root: Person) -> None:
    sound, faulty = root.model(), root.model()
    name = unique("never")
    first, second = updated(
        root,
        {"model_id": sound, "name": name},
        {"model_id": faulty, "departments": ["Nowhere"]},
    )
    assert (first["success"], first["message"], first["model_id"], first["errors"]) == (True, "Validated", None, None)
    assert (second["success"], [error["field"] for error in second["errors"]]) == (False, ["departments"])
    assert '"Nowhere"' in second["errors"][0]["message"]
    assert root.search(name)["total_count"] == 0


@pytest.mark.parametrize("item", [{"voice_ids": [NOWHERE]}, {"name_id": NOWHERE}, {"provider_ids": [NOWHERE]}], ids=str)
def test_an_unknown_row_is_the_members_fault(root: Person, item: Json) -> None:
    (result,) = updated(root, {"model_id": root.model(), **item})
    assert (result["success"], [error["field"] for error in result["errors"]]) == (False, list(item))


def test_an_unknown_model_aborts_the_batch_with_its_index(root: Person) -> None:
    model, name = root.model(), unique("never")
    reply = root.post(f"{MODELS}/update", json={"models": [{"model_id": model, "name": name}, {"model_id": NOWHERE}]})
    assert reply.status_code == 404
    assert "1" in reply.json()["detail"]
    assert root.search(name)["total_count"] == 0


def test_one_may_not_edit_aborts_the_batch_with_its_index(root: Person, house: House) -> None:
    admin = house.person("admin", house.mine)
    name = unique("never")
    own, other = root.model(department_ids=[house.mine]), root.model(department_ids=[house.theirs])
    items = [{"model_id": own, "name": name}, {"model_id": other, "name": name}]
    reply = admin.post(f"{MODELS}/update", json={"models": items})
    assert reply.status_code == 403
    assert "1" in reply.json()["detail"]
    assert root.search(name)["total_count"] == 0


def test_a_model_without_a_provider_becomes_one_for_everybody_once_it_has_both(root: Person) -> None:
    name = unique("whole")
    model = root.model(name=name)

    def is_known_elsewhere() -> bool:
        found = root.get("/armillary/v1/models", params={"limit": 200}).json()["data"]
        return any(one["name"] == name for one in found)

    assert not is_known_elsewhere()
    value = root.row("values", value=unique("upstream"))
    provider = root.made("provider", value_ids=[root.row("values", value="openai", type="provider")])
    root.updated(model, value_ids=[value])
    assert not is_known_elsewhere()
    root.updated(model, provider_ids=[provider])
    assert is_known_elsewhere()
    root.updated(model, value_ids=[])
    assert not is_known_elsewhere()
