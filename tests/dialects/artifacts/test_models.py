"""The contract's own cases of the eleven operations. Source: contracts/artifacts.md, 5.1 (R1 to R11, S1 to S6)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.dialects.artifacts.people import ALL, MODELS, House, Json, Person, a_house, linked, unique
from tests.servers import Server

NOWHERE = str(UUID(int=404))
SECTIONS = (
    "names",
    "descriptions",
    "values",
    "providers",
    "flags",
    "departments",
    "modalities",
    "temperature_levels",
    "pricing",
    "reasoning_levels",
    "qualities",
    "voices",
)
SINGLE = frozenset(SECTIONS[:4])
#: The lists of ids in a draft.
LISTS = (
    "flag_ids",
    "department_ids",
    "modality_ids",
    "pricing_ids",
    "provider_ids",
    "quality_ids",
    "reasoning_level_ids",
    "temperature_level_ids",
    "value_ids",
    "voice_ids",
)
CACHE = ("x-invalidate-tags", "x-cache-tags", "x-cache-hit")


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[House]:
    with a_house(server) as made:
        yield made


@pytest.fixture(scope="module")
def admin(house: House) -> Person:
    return house.person("admin", house.mine)


def a_named_model(admin: Person, house: House) -> tuple[str, str, str]:
    """R1's model, its name and its description."""
    name, description = unique("alpha"), unique("what it does")
    model = admin.model(
        name=None,
        name_id=admin.name_row(name),
        description_id=admin.description_row(description),
        department_ids=[house.mine],
    )
    return model, name, description


def told(reply: httpx.Response) -> dict[str, str]:
    """What a reply says to its client's cache."""
    return {name: reply.headers[name] for name in CACHE if name in reply.headers}


def test_a_model_is_created_of_rows(admin: Person, house: House) -> None:
    item = {
        "name_id": admin.name_row(unique("name")),
        "description_id": admin.description_row("says"),
        "department_ids": [house.mine],
    }
    reply = admin.post(f"{MODELS}/create", json={"models": [item]})
    assert (reply.status_code, told(reply)) == (200, {"x-invalidate-tags": "models"})
    (result,) = reply.json()["results"]
    assert result["success"] is True
    assert result["model_id"] is not None
    assert (result["errors"], "created successfully" in result["message"]) == (None, True)


def test_a_model_is_got_for_its_editor(admin: Person, house: House) -> None:
    model, name, description = a_named_model(admin, house)
    reply = admin.post(f"{MODELS}/get", json={"model_id": model}, headers={"X-Bypass-Cache": "1"})
    assert (reply.status_code, told(reply)) == (200, {"x-cache-tags": "models", "x-cache-hit": "0"})
    form = reply.json()
    assert (form["actor_name"], form["model_exists"], form["can_edit"], form["disabled_reason"]) == (
        admin.name,
        True,
        True,
        None,
    )
    assert UUID(form["group_id"]).version == 7
    assert form["draft_version"] is None
    assert form["names"]["resource"]["name"] == name
    assert form["descriptions"]["resource"]["description"] == description
    assert linked(form, "departments") == [house.mine]


def test_a_model_is_found_by_its_name_and_department(admin: Person, house: House) -> None:
    model, name, description = a_named_model(admin, house)
    body = {"search": name, "filter_department_ids": [house.mine], "page_size": 10, "page_offset": 0}
    reply = admin.post(f"{MODELS}/search", json=body)
    assert (reply.status_code, told(reply)) == (200, {"x-invalidate-tags": "models"})
    page = reply.json()
    assert (page["actor_name"], page["total_count"]) == (admin.name, 1)
    (found,) = page["models"]
    assert found.pop("updated_at")
    assert found == {
        "model_id": model,
        "name": name,
        "description": description,
        "provider_id": None,
        "provider_name": None,
        "base_url": None,
        "department_ids": [house.mine],
        "is_inactive": False,
        "active": True,
        "image_model": None,
        "can_edit": True,
        "can_duplicate": True,
        "can_delete": True,
    }


def test_an_update_shows_in_the_next_get(admin: Person, house: House) -> None:
    model, _, _ = a_named_model(admin, house)
    name, description = unique("renamed"), unique("told anew")
    item = {
        "model_id": model,
        "name_id": admin.name_row(name),
        "description_id": admin.description_row(description),
        "department_ids": [house.mine],
    }
    reply = admin.post(f"{MODELS}/update", json={"models": [item]})
    assert (reply.status_code, told(reply)) == (200, {"x-invalidate-tags": "models"})
    (result,) = reply.json()["results"]
    assert (result["success"], result["model_id"], result["errors"]) == (True, model, None)
    assert "updated successfully" in result["message"]
    form = admin.form(model)
    assert form["names"]["resource"]["name"] == name
    assert form["descriptions"]["resource"]["description"] == description


def test_a_deleted_model_is_listed_no_more(admin: Person, house: House) -> None:
    model, name, _ = a_named_model(admin, house)
    reply = admin.post(f"{MODELS}/delete", json={"model_ids": [model]})
    assert (reply.status_code, told(reply)) == (200, {"x-invalidate-tags": "models"})
    (result,) = reply.json()["results"]
    assert (result["success"], result["model_id"]) == (True, model)
    assert name in result["message"]
    assert "deleted successfully" in result["message"]
    assert admin.search(name)["total_count"] == 0


def test_a_copy_has_an_id_of_its_own(admin: Person, house: House) -> None:
    model, name, _ = a_named_model(admin, house)
    reply = admin.post(f"{MODELS}/duplicate", json={"model_id": model})
    assert (reply.status_code, told(reply)) == (200, {"x-invalidate-tags": "models"})
    copy = reply.json()
    assert copy["success"] is True
    assert copy["model_id"] not in {None, model}
    assert "duplicated successfully" in copy["message"]
    assert name in copy["message"]


def test_a_draft_is_saved_and_listed(admin: Person, house: House) -> None:
    name, description = admin.name_row(unique("drafted")), admin.description_row("drafted too")
    body = {"expected_version": 0, "name_id": name, "description_id": description, "department_ids": [house.mine]}
    reply = admin.patch(f"{MODELS}/draft", json=body)
    assert (reply.status_code, told(reply)) == (200, {"x-invalidate-tags": "models,drafts"})
    saved = reply.json()
    assert (saved["success"], saved["new_version"]) == (True, 1)
    assert saved["form_state"] == {member: [] for member in LISTS} | {
        "name_id": name,
        "description_id": description,
        "department_ids": [house.mine],
    }
    listed = admin.post(f"{MODELS}/drafts", json={}, headers={"X-Bypass-Cache": "1"})
    assert (listed.status_code, told(listed)) == (200, {"x-cache-tags": "models,drafts"})
    first = listed.json()["entries"][0]
    assert (first["id"], first["version"], first["profile_ids"]) == (saved["draft_id"], 1, [admin.profile])
    assert (first["name_ids"], first["description_ids"], first["flag_ids"]) == ([name], [description], [])
    assert (first["generated"], first["mcp"], first["active"]) == (True, False, True)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"any": 1}'], ids=repr)
@pytest.mark.parametrize("operation", ["drafts", "refresh"])
def test_what_takes_no_body_ignores_one(admin: Person, operation: str, body: bytes) -> None:
    assert admin.post(f"{MODELS}/{operation}", content=body).status_code == 200


def test_the_dialect_describes_itself(admin: Person) -> None:
    reply = admin.post(f"{MODELS}/docs", json={})
    assert (reply.status_code, told(reply)) == (200, {})
    docs = reply.json()
    assert (docs["name"], docs["type"]) == ("model", "artifact")
    assert docs["description"]
    assert [entry["name"] for entry in docs["entries"]] == ["model_drafts"]
    assert docs["page_metadata"]["list"]["title"] == "Models"
    assert docs["page_metadata"]["new"]["title"] == "New Model"


def test_a_models_page_is_titled_by_its_name(admin: Person, house: House) -> None:
    model, name, _ = a_named_model(admin, house)
    titles = [
        admin.done(f"{MODELS}/docs", {"entity_id": one})["page_metadata"]["detail"]["title"]
        for one in (None, model, NOWHERE)
    ]
    assert titles == ["— Model", f"{name} — Model", "— Model"]


def test_a_model_is_exported_and_downloaded(admin: Person, house: House) -> None:
    model, name, description = a_named_model(admin, house)
    reply = admin.post(f"{MODELS}/export", json={"model_id": model})
    assert (reply.status_code, told(reply)) == (200, {})
    export = reply.json()
    assert export["upload_id"] is not None
    assert export["file_name"].endswith(".csv")
    assert export["row_count"] == 1
    download = admin.get(f"/uploads/{export['upload_id']}/download")
    assert (download.status_code, download.headers["content-type"].partition(";")[0]) == (200, "text/csv")
    assert export["file_name"] in download.headers["content-disposition"]
    assert download.headers["cache-control"] == "private, max-age=0, must-revalidate"
    (row,) = csv.DictReader(io.StringIO(download.content.decode(), newline=""))
    assert (row["model_id"], row["name"], row["description"], row["active"]) == (model, name, description, "Yes")


def test_a_refresh_names_what_is_to_be_let_go(admin: Person) -> None:
    reply = admin.post(f"{MODELS}/refresh")
    assert (reply.status_code, told(reply)) == (200, {"x-invalidate-tags": "models,artifacts"})
    answered = reply.json()
    assert (answered["success"], answered["refreshed_views"]) == (True, ["model_drafts_mv"])
    assert set(answered["invalidated_tags"]) == {"models", "artifacts"}


def test_a_drafts_raw_name_becomes_a_row_and_shows_in_the_form(admin: Person) -> None:
    text = unique("raw")
    saved = admin.patch(f"{MODELS}/draft", json={"name": text}).json()
    assert saved["form_state"]["name_id"] is not None
    form = admin.form(draft=saved["draft_id"])
    assert (form["draft_version"], form["names"]["resource"]["name"]) == (1, text)
    assert form["model_exists"] is False


def test_two_gets_in_a_row_are_both_read(admin: Person, house: House) -> None:
    model, _, _ = a_named_model(admin, house)
    replies = [admin.post(f"{MODELS}/get", json={"model_id": model}) for _ in range(2)]
    assert [(reply.status_code, reply.headers["x-cache-hit"]) for reply in replies] == [(200, "0")] * 2


def test_headers_are_set_on_success_alone(admin: Person) -> None:
    refusals = [
        admin.post(f"{MODELS}/get", json={"model_id": NOWHERE}),
        admin.post(f"{MODELS}/update", json={"models": [{"model_id": NOWHERE}]}),
        admin.post(f"{MODELS}/search", json={"page_offset": -1}),
        admin.patch(f"{MODELS}/draft", json={"voice_ids": [NOWHERE]}),
    ]
    assert [reply.status_code for reply in refusals] == [404, 404, 422, 400]
    assert all(told(reply) == {} for reply in refusals)


def keys_of(section: str, form: Json) -> set[str]:
    return set(form[section])


def test_every_section_of_a_form_has_every_member(admin: Person) -> None:
    form = admin.form()
    common = {"show", "required", "suggestions", "show_ai_generate", "tool_id", "link_tool_id", "resources"}
    for section in SECTIONS:
        assert keys_of(section, form) == common | {"resource" if section in SINGLE else "current"}, section
        assert (form[section]["show_ai_generate"], form[section]["tool_id"], form[section]["link_tool_id"]) == (
            False,
            None,
            None,
        )
        assert form[section]["show"] is True
        assert form[section]["required"] is (section in {"names", "values", "providers"})
    assert {form[f"{part}_show_ai_generate"] for part in ("basic", "provider", "features")} == {False}


def members_of(rows: list[Json]) -> set[frozenset[str]]:
    return {frozenset(row) for row in rows}


ROW = {"id", "created_at", "active", "mcp", "generated"}
MEMBERS: dict[str, set[str]] = {
    "names": ROW | {"name"},
    "descriptions": ROW | {"description"},
    "values": ROW | {"value", "type"},
    "providers": ROW | {"name", "description", "department_ids", "value", "endpoint"},
    "flags": {"key", "label", "description", "icon_id", "flag_option_id", "show", "required", "generated"},
    "departments": ROW | {"name", "description", "department_ids", "setting_ids", "is_primary"},
    "modalities": ROW | {"modality", "is_input"},
    "temperature_levels": ROW | {"temperature"},
    "pricing": ROW | {"pricing_type", "price", "unit_name", "unit_category", "unit_value"},
    "reasoning_levels": ROW | {"reasoning_level"},
    "qualities": ROW | {"quality"},
    "voices": ROW | {"voice"},
}


def test_every_row_of_a_form_has_every_member(admin: Person, house: House) -> None:
    a_named_model(admin, house)  # so that a name and a description are in use
    form = admin.form()
    assert {section: members_of(form[section]["resources"]) for section in SECTIONS} == {
        section: {frozenset(members)} for section, members in MEMBERS.items()
    }


def test_a_fresh_form_offers_what_is_seeded(admin: Person) -> None:
    form = admin.form()
    modalities = {(one["modality"], one["is_input"]) for one in form["modalities"]["resources"]}
    assert modalities >= {
        (word, side) for word in ("text", "video", "audio", "image", "call") for side in (True, False)
    }
    assert {one["quality"] for one in form["qualities"]["resources"]} >= {"low", "medium", "high"}
    voices = {"verse", "shimmer", "sage", "echo", "coral", "ballad", "ash", "alloy"}
    assert {one["voice"] for one in form["voices"]["resources"]} >= voices
    assert {one["key"] for one in form["flags"]["resources"]} == {
        "active",
        "modalities_enabled",
        "temperature_enabled",
        "pricing_enabled",
        "voices_enabled",
        "reasoning_levels_enabled",
        "qualities_enabled",
    }
    assert len([one for one in form["flags"]["resources"] if one["key"] == "active"]) == 1  # the one that is on


def test_suggestions_are_few_ordered_and_not_selected(admin: Person, house: House) -> None:
    levels = [one["id"] for one in admin.form()["temperature_levels"]["resources"]]
    assert len(levels) == 20
    model = admin.model(department_ids=[house.mine], temperature_level_ids=levels[:2])
    section = admin.form(model)["temperature_levels"]
    assert [one["id"] for one in section["current"]] == levels[:2]
    assert [one["id"] for one in section["resources"]] == [*levels[:2], *section["suggestions"]]
    assert not set(levels[:2]) & set(section["suggestions"])
    suggested = [one["temperature"] for one in section["resources"][2:]]
    assert (suggested, len(suggested)) == (sorted(suggested), 20)


def test_only_ones_own_departments_are_suggested(admin: Person, house: House) -> None:
    assert [one["id"] for one in admin.form()["departments"]["resources"]] == [house.mine]
    everyones = {one["id"] for one in house.root.form()["departments"]["resources"]}
    assert {house.mine, house.theirs} < everyones


def test_numbers_come_back_as_they_went_in(house: House) -> None:
    members: dict[str, Any] = {"unit_name": "million_text", "unit_category": "tokens", "unit_value": 1_000_000}
    price = house.root.row("pricing", pricing_type="output", price=0.3, **members)
    level = house.root.row("temperature_levels", temperature=0.3)
    form = house.root.form(house.root.model(pricing_ids=[price], temperature_level_ids=[level]))
    assert [one["price"] for one in form["pricing"]["current"]] == [0.3]
    assert [one["temperature"] for one in form["temperature_levels"]["current"]] == [0.3]


def test_every_listed_model_can_be_got(house: House) -> None:
    page = house.root.search(page_size=ALL)
    assert page["total_count"] == len(page["models"])
    names = [one["name"] for one in page["models"]]
    assert names == sorted(names)
    for listed in page["models"][:5]:
        form = house.root.form(listed["model_id"])
        assert form["names"]["resource"]["name"] == listed["name"]
        assert (form["providers"]["resource"] or {}).get("name") == listed["provider_name"]
