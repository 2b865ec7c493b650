"""Creating models and the rows they link. Source: contracts/artifacts.md, 2.3, 3.2, 5.2 and 5.10."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.dialects.artifacts.people import MODELS, House, Json, Person, a_house, flag, linked, unique
from tests.servers import Server

NOWHERE = str(UUID(int=404))
#: The sections of many.
LISTS = (
    "flags",
    "departments",
    "modalities",
    "temperature_levels",
    "pricing",
    "reasoning_levels",
    "qualities",
    "voices",
)


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[House]:
    with a_house(server) as made:
        yield made


@pytest.fixture(scope="module")
def root(house: House) -> Person:
    return house.root


def created(person: Person, *items: Json) -> list[Json]:
    results: list[Json] = person.done(f"{MODELS}/create", {"models": list(items)})["results"]
    return results


def errors(result: Json) -> list[tuple[str, str]]:
    return [(error["field"], error["message"]) for error in result["errors"] or []]


def fields(result: Json) -> list[str]:
    return [field for field, _ in errors(result)]


def test_a_model_without_links_is_active_and_links_nothing(root: Person) -> None:
    name = unique("bare")
    model = root.model(name=name)
    form = root.form(model)
    assert {section: form[section]["current"] for section in LISTS} == dict.fromkeys(LISTS)
    assert (form["descriptions"]["resource"], form["values"]["resource"], form["providers"]["resource"]) == (None,) * 3
    row = form["names"]["resource"]
    assert (row["name"], row["active"], row["mcp"], row["generated"]) == (name, True, False, False)
    (listed,) = root.search(name)["models"]
    assert (listed["active"], listed["is_inactive"], listed["department_ids"]) == (True, False, [])


@pytest.mark.parametrize("links", [None, []], ids=repr)
def test_no_list_and_an_empty_one_link_nothing(root: Person, links: Any) -> None:
    form = root.form(root.model(voice_ids=links, department_ids=links, flag_ids=links))
    assert (linked(form, "voices"), linked(form, "departments"), linked(form, "flags")) == ([], [], [])


def test_a_tool_clients_rows_say_so(root: Person) -> None:
    name, description = unique("by a tool"), unique("told by a tool")
    item = {"name": name, "description": description}
    (result,) = root.done(f"{MODELS}/create", {"models": [item]}, **{"X-MCP": "true"})["results"]
    form = root.form(result["model_id"])
    for section in ("names", "descriptions"):
        row = form[section]["resource"]
        assert (row["mcp"], row["generated"]) == (True, True), section


def test_a_name_and_a_description_are_exactly_those_linked(root: Person) -> None:
    name, description = root.name_row(unique("n")), root.description_row(unique("d"))
    form = root.form(root.model(name=None, name_id=name, description_id=description))
    assert (form["names"]["resource"]["id"], form["descriptions"]["resource"]["id"]) == (name, description)


def test_sets_of_links_are_those_linked(root: Person, house: House) -> None:
    offered = root.form()
    voice, quality = offered["voices"]["resources"][0]["id"], offered["qualities"]["resources"][0]["id"]
    model = root.model(department_ids=[house.mine, house.theirs], voice_ids=[voice], quality_ids=[quality])
    form = root.form(model)
    assert set(linked(form, "departments")) == {house.mine, house.theirs}
    assert (linked(form, "voices"), linked(form, "qualities")) == ([voice], [quality])


def test_two_flags_are_both_linked(root: Person) -> None:
    flags = [flag(), flag("model_voices_enabled")]
    form = root.form(root.model(flag_ids=flags))
    assert set(linked(form, "flags")) == set(flags)
    assert {one["label"] for one in form["flags"]["current"]} == {"Active", "Voices Enabled"}


def test_a_duplicate_id_in_a_list_counts_once(root: Person) -> None:
    voice = root.form()["voices"]["resources"][0]["id"]
    assert linked(root.form(root.model(voice_ids=[voice, voice])), "voices") == [voice]


def test_a_name_is_one_row_however_often_it_is_made(root: Person) -> None:
    text = unique("shared")
    first = root.done("/api/v5/resources/names", {"name": text})
    again = root.done("/api/v5/resources/names", {"name": text})
    other = root.done("/api/v5/resources/names", {"name": text.upper()})
    assert first == again
    assert (first["name_id"], first["item"]["name"]) == (first["id"], text)
    assert other["id"] != first["id"]
    forms = [root.form(root.model(name=text)) for _ in range(2)]
    assert [form["names"]["resource"]["id"] for form in forms] == [first["id"]] * 2


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("descriptions", {"description": "twice"}),
        ("values", {"value": "twice"}),
        ("voices", {"voice": "twice"}),
        ("qualities", {"quality": "low"}),
        ("modalities", {"modality": "file", "is_input": True}),
        ("reasoning_levels", {"reasoning_level": "twice"}),
        ("temperature_levels", {"temperature": 0.125}),
        ("flags", {"name": "twice", "description": "d", "icon": "Power"}),
        (
            "pricing",
            {
                "pricing_type": "input",
                "price": 1.5,
                "unit_name": "image",
                "unit_category": "units",
                "unit_value": 1,
            },
        ),
    ],
)
def test_of_any_other_kind_each_row_is_new(root: Person, kind: str, members: Json) -> None:
    first, again = (root.done(f"/api/v5/resources/{kind}", members) for _ in range(2))
    assert first["id"] != again["id"]
    assert members.items() - {("icon", "Power")} <= first["item"].items()


@pytest.mark.parametrize("word", ["true", "TRUE", "1", "Yes"])
def test_a_row_made_by_a_tool_client_says_so(root: Person, word: str) -> None:
    item = root.done("/api/v5/resources/names", {"name": unique("tool")}, **{"X-MCP": word})["item"]
    assert (item["mcp"], item["generated"]) == (True, True)


@pytest.mark.parametrize("word", ["false", "0", "on", ""])
def test_any_other_word_is_nobodys_tool(root: Person, word: str) -> None:
    item = root.done("/api/v5/resources/names", {"name": unique("hand")}, **{"X-MCP": word})["item"]
    assert (item["mcp"], item["generated"]) == (False, False)


def test_an_empty_batch_has_no_results(root: Person) -> None:
    assert created(root) == []


def test_one_faulty_item_keeps_the_others_from_being_stored(root: Person) -> None:
    name = unique("mixed")
    sound, faulty = created(root, {"name": name}, {})
    assert (sound["success"], sound["message"], sound["model_id"], sound["errors"]) == (True, "Validated", None, None)
    assert (faulty["success"], faulty["model_id"], fields(faulty)) == (False, None, ["name"])
    assert "1" in faulty["message"]
    assert root.search(name)["total_count"] == 0
    rows = root.done("/api/v5/resources/names/search", {"search": name})["items"]
    assert rows == []  # what was made for it is undone as well


def test_every_fault_of_an_item_is_told_by_its_member(root: Person) -> None:
    (result,) = created(
        root,
        {
            "departments": ["Nowhere", "Neverland"],
            "voice_ids": [NOWHERE],
            "pricing_ids": [NOWHERE],
            "provider_ids": [NOWHERE],
        },
    )
    assert sorted(fields(result)) == sorted(
        ["name", "departments", "departments", "voice_ids", "pricing_ids", "provider_ids"]
    )
    sentences = " ".join(message for field, message in errors(result) if field == "departments")
    assert '"Nowhere"' in sentences
    assert '"Neverland"' in sentences


@pytest.mark.parametrize(
    ("item", "field"),
    [
        pytest.param({"name": "  "}, "name", id="blank-name"),
        pytest.param({"name_id": NOWHERE}, "name_id", id="unknown-name"),
        pytest.param({"name": "n", "description_id": NOWHERE}, "description_id", id="unknown-description"),
        pytest.param({"name": "n", "department_ids": [NOWHERE]}, "department_ids", id="unknown-department"),
        pytest.param({"name": "n", "flag_ids": [NOWHERE]}, "flag_ids", id="unknown-flag"),
        pytest.param({"name": "n", "departments": ["Nowhere"]}, "departments", id="unknown-department-name"),
    ],
)
def test_a_fault_is_the_members_own(root: Person, item: Json, field: str) -> None:
    assert fields(created(root, item)[0]) == [field]


def test_a_row_of_another_kind_is_an_unknown_one(root: Person) -> None:
    voice = root.form()["voices"]["resources"][0]["id"]
    assert fields(created(root, {"name": "n", "quality_ids": [voice]})[0]) == ["quality_ids"]


def test_departments_are_found_by_name_in_any_case(root: Person) -> None:
    name = unique("Physics")
    department = root.made("department", name=name)
    form = root.form(root.model(departments=[name.upper()]))
    assert linked(form, "departments") == [department]


def test_an_id_wins_over_its_text(root: Person, house: House) -> None:
    name = root.name_row(unique("chosen"))
    model = root.model(name_id=name, name="", departments=["Nowhere"], department_ids=[house.mine])
    form = root.form(model)
    assert form["names"]["resource"]["id"] == name
    assert linked(form, "departments") == [house.mine]


def test_a_client_may_choose_an_id_once(root: Person) -> None:
    chosen = str(uuid4())
    assert root.model(id=chosen.upper()) == chosen
    (taken,) = created(root, {"id": chosen, "name": "again"})
    assert (taken["model_id"], fields(taken)) == (None, ["id"])
    root.done(f"{MODELS}/delete", {"model_ids": [chosen]})
    assert fields(created(root, {"id": chosen, "name": "after"})[0]) == ["id"]


def test_an_id_chosen_twice_in_a_batch_is_taken(root: Person) -> None:
    chosen = str(uuid4())
    first, second = created(root, {"id": chosen, "name": "first"}, {"id": chosen, "name": "second"})
    assert (first["model_id"], second["model_id"], fields(second)) == (None, None, ["id"])


def test_new_ids_are_in_the_order_of_time(root: Person) -> None:
    models = [UUID(root.model()) for _ in range(3)]
    assert [model.version for model in models] == [7, 7, 7]
    assert models == sorted(models)


def test_reserved_and_unknown_members_are_ignored(root: Person) -> None:
    model = root.model(model_ids=[NOWHERE], unknown={"deep": []})
    assert root.form(model)["model_exists"] is True


def test_a_thousand_models_are_made_in_one_call(root: Person) -> None:
    tag = unique("bulk")
    results = created(root, *({"name": f"{tag} {number:04}"} for number in range(1000)))
    assert all(result["success"] for result in results)
    assert len({result["model_id"] for result in results}) == 1000
    found = [one["model_id"] for one in root.search(tag)["models"]]
    assert found == [result["model_id"] for result in results]
    gone = root.done(f"{MODELS}/delete", {"model_ids": found})["results"]
    assert [one["model_id"] for one in gone] == found
    assert root.search(tag)["total_count"] == 0


@pytest.mark.parametrize(
    ("body", "place"),
    [
        pytest.param(None, ["body"], id="no-body"),
        pytest.param({}, ["body", "models"], id="no-list"),
        pytest.param({"models": None}, ["body", "models"], id="null"),
        pytest.param({"models": [{"name": 1}]}, ["body", "models", 0, "name"], id="number-for-a-text"),
        pytest.param({"models": [{}, {"id": "x"}]}, ["body", "models", 1, "id"], id="malformed-id"),
        pytest.param(
            {"models": [{"voice_ids": ["x"]}]}, ["body", "models", 0, "voice_ids", 0], id="malformed-id-in-a-list"
        ),
    ],
)
def test_a_body_that_does_not_match_is_refused_at_its_place(root: Person, body: Json | None, place: list[Any]) -> None:
    reply = root.post(f"{MODELS}/create", json=body) if body is not None else root.post(f"{MODELS}/create")
    assert reply.status_code == 422
    detail = reply.json()["detail"]
    assert [set(one) for one in detail] == [{"loc", "msg", "type"}] * len(detail)
    assert detail[0]["loc"] == place
