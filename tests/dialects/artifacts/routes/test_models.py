"""Models over the wire: forms, batches, copies, and what a refusal looks like.

Source: contracts/artifacts.md, 2.1 and 2.3 to 2.11.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.dialects.artifacts.conftest import Api

ROOT = "/artifacts/models"
NOBODY = str(uuid4())
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
#: Contract, 1.6: operation -> what its success tells a client's cache.
TAGS: dict[str, dict[str, str]] = {
    "get": {"x-cache-tags": "models", "x-cache-hit": "0"},
    "create": {"x-invalidate-tags": "models"},
    "update": {"x-invalidate-tags": "models"},
    "duplicate": {"x-invalidate-tags": "models"},
    "delete": {"x-invalidate-tags": "models"},
    "refresh": {"x-invalidate-tags": "models,artifacts"},
    "docs": {},
}


def tags_of(reply: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in reply.headers.items() if name.startswith(("x-cache", "x-invalidate"))}


def results(api: Api, call: str, *items: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.done(f"{ROOT}/{call}", {"models": list(items)})["results"]
    return found


# Get


def test_the_form_of_a_new_model_offers_what_there_is(api: Api) -> None:
    form = api.form()
    assert {name: form[name] for name in ("model_exists", "can_edit", "disabled_reason", "draft_version")} == {
        "model_exists": False,
        "can_edit": True,
        "disabled_reason": None,
        "draft_version": None,
    }
    assert UUID(form["group_id"])
    assert [form[f"{one}_show_ai_generate"] for one in ("basic", "provider", "features")] == [False] * 3
    assert form["departments"]["show"] is True
    assert {one["modality"] for one in form["modalities"]["resources"]} >= {"text", "image", "call"}
    assert [one["temperature"] for one in form["temperature_levels"]["resources"]][:3] == [0, 0.01, 0.02]
    assert len(form["temperature_levels"]["resources"]) == 20
    assert {one["key"] for one in form["flags"]["resources"]} == {
        "active",
        "modalities_enabled",
        "temperature_enabled",
        "pricing_enabled",
        "voices_enabled",
        "reasoning_levels_enabled",
        "qualities_enabled",
    }


def test_the_form_of_a_model_shows_what_it_links(api: Api) -> None:
    department, voice = api.offered("departments"), api.offered("voices", voice="echo")
    active = api.form()["flags"]["resources"][0]["flag_option_id"]
    model = api.model(
        name="shown", description="whole", department_ids=[department], voice_ids=[voice], flag_ids=[active]
    )
    form = api.form(model)
    assert (form["model_exists"], form["can_edit"], form["actor_name"] is not None) == (True, True, True)
    assert (form["names"]["resource"]["name"], form["descriptions"]["resource"]["description"]) == ("shown", "whole")
    assert [one["id"] for one in form["departments"]["current"]] == [department]
    assert [one["voice"] for one in form["voices"]["current"]] == ["echo"]
    assert voice not in form["voices"]["suggestions"]
    assert [one["flag_option_id"] for one in form["flags"]["current"]] == [active]
    assert [form[name]["current"] for name in ("qualities", "modalities", "pricing")] == [None] * 3


@pytest.mark.parametrize("body", [{}, {"model_id": None, "draft_id": None}, {"draft_id": NOBODY}, {"all": True}])
def test_every_section_is_always_there(api: Api, body: dict[str, Any]) -> None:
    form = api.done(f"{ROOT}/get", body)
    assert set(SECTIONS) <= set(form)
    assert all(form[name] is not None for name in SECTIONS)
    assert len(form) == len(SECTIONS) + 9


# Create


def test_a_model_is_made_of_texts_and_ids(api: Api) -> None:
    name = api.done("/artifacts/models/get", {"model_id": api.model(name="named")})["names"]["resource"]["id"]
    chosen = str(uuid4())
    (made,) = results(api, "create", {"id": chosen, "name_id": name, "name": "ignored", "description": "one"})
    assert made == {
        "success": True,
        "model_id": chosen,
        "message": 'Model "named" created successfully',
        "errors": None,
    }
    assert api.form(chosen)["names"]["resource"]["id"] == name


def test_equal_names_are_one_row_and_equal_descriptions_are_two(api: Api) -> None:
    one, two = (api.form(api.model(name="same", description="same")) for _ in range(2))
    assert one["names"]["resource"]["id"] == two["names"]["resource"]["id"]
    assert one["descriptions"]["resource"]["id"] != two["descriptions"]["resource"]["id"]


def test_a_batch_of_which_one_item_fails_stores_nothing(api: Api) -> None:
    chosen = str(uuid4())
    sound, broken = results(api, "create", {"id": chosen, "name": "sound"}, {"departments": ["Nowhere"]})
    assert sound == {"success": True, "model_id": None, "message": "Validated", "errors": None}
    assert (broken["success"], broken["model_id"], broken["message"].startswith("Item 1: ")) == (False, None, True)
    assert {one["field"] for one in broken["errors"]} == {"name", "departments"}
    assert '"Nowhere"' in next(one["message"] for one in broken["errors"] if one["field"] == "departments")
    assert api.post(f"{ROOT}/get", json={"model_id": chosen}).status_code == 404


@pytest.mark.parametrize(
    ("members", "field"),
    [
        pytest.param({}, "name", id="no-name"),
        pytest.param({"name": None, "name_id": None}, "name", id="null-name"),
        pytest.param({"name": " \t"}, "name", id="blank-name"),
        pytest.param({"name": "x" * 1000}, "name", id="long-name"),
        pytest.param({"name_id": NOBODY}, "name_id", id="unknown-name"),
        pytest.param({"name": "a", "voice_ids": [NOBODY]}, "voice_ids", id="unknown-voice"),
        pytest.param({"name": "a", "provider_ids": [NOBODY]}, "provider_ids", id="unknown-provider"),
        pytest.param({"name": "a", "department_ids": [NOBODY]}, "department_ids", id="unknown-department"),
        pytest.param({"name": "a", "departments": ["Nowhere"]}, "departments", id="unknown-department-name"),
    ],
)
def test_a_fault_is_told_by_its_member(api: Api, members: dict[str, Any], field: str) -> None:
    (result,) = results(api, "create", members)
    assert (result["success"], [one["field"] for one in result["errors"]]) == (False, [field])


def test_an_id_that_is_taken_is_told(api: Api) -> None:
    taken = api.model()
    (result,) = results(api, "create", {"name": "again", "id": taken})
    assert [one["field"] for one in result["errors"]] == ["id"]
    api.done(f"{ROOT}/delete", {"model_ids": [taken]})
    (after,) = results(api, "create", {"name": "again", "id": taken})
    assert [one["field"] for one in after["errors"]] == ["id"]


def test_departments_are_found_by_name_in_any_case(api: Api) -> None:
    row = api.form()["departments"]["resources"][0]
    form = api.form(api.model(departments=[row["name"].upper()]))
    assert [one["id"] for one in form["departments"]["current"]] == [row["id"]]
    ignored = api.form(api.model(departments=["Nowhere"], department_ids=[]))
    assert ignored["departments"]["current"] is None


def test_a_duplicate_id_in_a_list_is_one_link(api: Api) -> None:
    voice = api.offered("voices", voice="sage")
    assert len(api.form(api.model(voice_ids=[voice, voice]))["voices"]["current"]) == 1


@pytest.mark.parametrize("call", ["create", "update"])
def test_nothing_asked_is_nothing_done(api: Api, call: str) -> None:
    assert api.done(f"{ROOT}/{call}", {"models": []}) == {"results": []}


def test_a_thousand_models_are_made_in_one_call(api: Api) -> None:
    made = results(api, "create", *({"name": f"bulk {number}"} for number in range(1000)))
    assert all(one["model_id"] for one in made)
    gone = api.done(f"{ROOT}/delete", {"model_ids": [one["model_id"] for one in made]})["results"]
    assert [one["model_id"] for one in gone] == [one["model_id"] for one in made]


def test_more_than_a_call_takes_is_refused_with_the_bound(api: Api) -> None:
    reply = api.post(f"{ROOT}/create", json={"models": [{"name": "a"}] * 5001})
    assert reply.status_code == 422
    (detail,) = reply.json()["detail"]
    assert (detail["loc"], detail["type"], "5000" in detail["msg"]) == (["body", "models"], "too_long", True)


def test_a_repeated_request_is_answered_once(api: Api) -> None:
    key, body = {"Idempotency-Key": uuid4().hex}, {"models": [{"name": "once"}]}
    first, second = (api.post(f"{ROOT}/create", json=body, headers=key) for _ in range(2))
    assert (first.status_code, second.content) == (200, first.content)


# Update


def test_an_update_replaces_what_it_speaks_of_and_keeps_the_rest(api: Api) -> None:
    one, two = (api.offered("voices", voice=voice) for voice in ("echo", "sage"))
    model = api.model(name="before", description="kept", voice_ids=[one])
    results(api, "update", {"model_id": model, "name": "after", "voice_ids": [two], "quality_ids": None})
    form = api.form(model)
    assert (form["names"]["resource"]["name"], form["descriptions"]["resource"]["description"]) == ("after", "kept")
    assert [row["id"] for row in form["voices"]["current"]] == [two]
    results(api, "update", {"model_id": model, "voice_ids": []})
    assert api.form(model)["voices"]["current"] is None


def test_an_update_of_nothing_succeeds(api: Api) -> None:
    model = api.model(name="still")
    assert results(api, "update", {"model_id": model}) == [
        {"success": True, "model_id": model, "message": 'Model "still" updated successfully', "errors": None}
    ]


def test_the_same_model_twice_is_changed_in_order(api: Api) -> None:
    model = api.model()
    results(api, "update", {"model_id": model, "name": "first"}, {"model_id": model, "name": "last"})
    assert api.form(model)["names"]["resource"]["name"] == "last"


def test_an_update_with_a_fault_changes_nothing(api: Api) -> None:
    one, two = api.model(name="one"), api.model(name="two")
    sound, broken = results(
        api, "update", {"model_id": one, "name": "changed"}, {"model_id": two, "departments": ["Nowhere"]}
    )
    assert (sound["message"], sound["model_id"], broken["success"]) == ("Validated", None, False)
    assert api.form(one)["names"]["resource"]["name"] == "one"


# Duplicate and delete


def test_a_copy_is_named_after_its_original_and_switched_off(api: Api) -> None:
    active = api.form()["flags"]["resources"][0]["flag_option_id"]
    voice = api.offered("voices", voice="coral")
    model = api.model(name="original", description="what it is", voice_ids=[voice], flag_ids=[active])
    copied = api.done(f"{ROOT}/duplicate", {"model_id": model})
    assert (copied["success"], copied["message"]) == (True, 'Model "original" duplicated successfully')
    form = api.form(copied["model_id"])
    assert (form["names"]["resource"]["name"], [row["id"] for row in form["voices"]["current"]]) == (
        "original Copy",
        [voice],
    )
    assert form["descriptions"]["resource"]["description"] == "what it is"
    assert [one["icon_id"] for one in form["flags"]["current"]] == ["PowerOff"]


def test_what_is_deleted_is_gone_for_every_operation(api: Api) -> None:
    model, other = api.model(name="gone"), api.model()
    (result,) = api.done(f"{ROOT}/delete", {"model_ids": [model, model]})["results"]
    assert result == {"success": True, "model_id": model, "message": 'Model "gone" deleted successfully'}
    assert api.done(f"{ROOT}/delete", {"model_ids": []}) == {"results": []}
    for call, body in (
        ("get", {"model_id": model}),
        ("update", {"models": [{"model_id": model}]}),
        ("duplicate", {"model_id": model}),
        ("delete", {"model_ids": [other, model]}),
    ):
        assert api.post(f"{ROOT}/{call}", json=body).status_code == 404
    assert api.form(other)["model_exists"] is True


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("update", {"models": [{"model_id": "sound"}, {"model_id": NOBODY}]}),
        ("delete", {"model_ids": ["sound", NOBODY]}),
    ],
)
def test_a_batch_names_the_item_that_is_not_there(api: Api, call: str, body: dict[str, Any]) -> None:
    model = api.model()
    sent = eval(repr(body).replace("sound", model))  # noqa: S307  the case above
    reply = api.post(f"{ROOT}/{call}", json=sent)
    assert (reply.status_code, reply.json()) == (404, {"detail": "Item 1: model not found"})


# What every operation has in common


@pytest.mark.parametrize("call", ["get", "search", "create", "update", "duplicate", "delete", "docs", "export"])
def test_a_body_is_needed(api: Api, call: str) -> None:
    reply = api.post(f"{ROOT}/{call}")
    assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, ["body"])


@pytest.mark.parametrize("content", [b"", b"{}", b"[1", b"null"])
@pytest.mark.parametrize("call", ["drafts", "refresh"])
def test_a_body_that_is_not_asked_for_is_ignored(api: Api, call: str, content: bytes) -> None:
    assert api.post(f"{ROOT}/{call}", content=content).status_code == 200


@pytest.mark.parametrize(("call", "expected"), TAGS.items())
def test_a_success_tells_the_clients_cache(api: Api, call: str, expected: dict[str, str]) -> None:
    bodies = {
        "get": {"model_id": api.model()},
        "create": {"models": []},
        "update": {"models": []},
        "duplicate": {"model_id": api.model()},
        "delete": {"model_ids": []},
    }
    reply = api.post(f"{ROOT}/{call}", json=bodies.get(call, {}))
    assert (reply.status_code, tags_of(reply)) == (200, expected)


@pytest.mark.parametrize(
    ("call", "body", "status"),
    [
        ("get", {"model_id": NOBODY}, 404),
        ("get", {"model_id": "x"}, 422),
        ("create", {"all": True}, 422),
        ("update", {"models": [{"name": "no id"}]}, 422),
        ("update", {"models": [{"model_id": NOBODY}]}, 404),
        ("duplicate", {}, 422),
        ("duplicate", {"model_id": NOBODY}, 404),
        ("delete", {"all": True}, 422),
        ("delete", {"model_ids": None}, 422),
        ("delete", {"model_ids": [NOBODY]}, 404),
        ("docs", {"entity_id": "x"}, 422),
    ],
)
def test_a_refusal_tells_no_cache(api: Api, call: str, body: dict[str, Any], status: int) -> None:
    reply = api.post(f"{ROOT}/{call}", json=body)
    assert (reply.status_code, tags_of(reply), set(reply.json())) == (status, {}, {"detail"})


def test_a_slash_at_the_end_leads_nowhere(api: Api) -> None:
    reply = api.post(f"{ROOT}/get/", json={})
    assert (reply.status_code, set(reply.json())) == (404, {"detail"})


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_the_operations_are_posts(api: Api, method: str) -> None:
    reply = api.request(method, f"{ROOT}/get")
    assert (reply.status_code, reply.headers["allow"], set(reply.json())) == (405, "POST", {"detail"})


def test_pages_of_any_origin_may_call(api: Api) -> None:
    asked = {"Origin": "https://console.example", "Access-Control-Request-Method": "POST"}
    preflight = api.options(f"{ROOT}/get", headers=asked)
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, "*")
    assert "POST" in preflight.headers["access-control-allow-methods"]
    for body in ({}, {"model_id": "x"}):
        reply = api.post(f"{ROOT}/get", json=body, headers={"Origin": "https://console.example"})
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in reply.headers
    elsewhere = api.get("/../../armillary/v1/models", headers={"Origin": "https://console.example"})
    assert "access-control-allow-origin" not in elsewhere.headers


# Docs and refresh


def test_models_describe_themselves(api: Api) -> None:
    named = api.done(f"{ROOT}/docs", {"entity_id": api.model(name="gpt-x")})
    assert (named["name"], named["type"], len(named["entries"]), len(named["resources"])) == (
        "model",
        "artifact",
        1,
        12,
    )
    titles = {page: told["title"] for page, told in named["page_metadata"].items()}
    assert titles == {"list": "Models", "new": "New Model", "detail": "gpt-x \N{EM DASH} Model"}
    assert [one["name"] for one in named["api_operations"]] == [
        "get_model",
        "search_model",
        "create_model",
        "update_model",
        "duplicate_model",
        "delete_model",
        "patch_model_draft",
        "export_models",
        "get_model_drafts",
        "get_model_docs_endpoint",
        "model_refresh",
    ]


def test_docs_of_a_model_that_is_not_there_name_none(api: Api) -> None:
    told = api.done(f"{ROOT}/docs", {"entity_id": NOBODY})
    assert told["page_metadata"]["detail"]["title"] == "\N{EM DASH} Model"


def test_a_refresh_tells_what_to_read_anew(api: Api) -> None:
    assert api.done(f"{ROOT}/refresh") == {
        "success": True,
        "refreshed_views": ["model_drafts_mv"],
        "invalidated_tags": ["models", "artifacts"],
    }


# Workspaces


def test_another_workspaces_model_is_like_none(api: Api, elsewhere: Api) -> None:
    theirs = elsewhere.model()
    for call, body in (
        ("get", {"model_id": theirs}),
        ("update", {"models": [{"model_id": theirs}]}),
        ("duplicate", {"model_id": theirs}),
        ("delete", {"model_ids": [theirs]}),
    ):
        assert api.post(f"{ROOT}/{call}", json=body).status_code == 404
    titled = api.done(f"{ROOT}/docs", {"entity_id": theirs})["page_metadata"]["detail"]["title"]
    assert titled == "\N{EM DASH} Model"
    (foreign,) = results(api, "create", {"name": "mine", "name_id": elsewhere.form(theirs)["names"]["resource"]["id"]})
    assert [one["field"] for one in foreign["errors"]] == ["name_id"]
    (taken,) = results(api, "create", {"name": "mine", "id": theirs})
    assert [one["field"] for one in taken["errors"]] == ["id"]


def test_what_a_tool_protocol_client_writes_is_marked(api: Api) -> None:
    word = uuid4().hex
    body = {"models": [{"name": word, "description": word}]}
    (made,) = api.done(f"{ROOT}/create", body, **{"X-MCP": "true"})["results"]
    form = api.form(made["model_id"])
    for section in ("names", "descriptions"):
        assert (form[section]["resource"]["mcp"], form[section]["resource"]["generated"]) == (True, True)
    plain = api.form(api.model(description="by hand"))["descriptions"]["resource"]
    assert (plain["mcp"], plain["generated"]) == (False, False)


# Search


def found(api: Api, **members: Any) -> dict[str, Any]:
    return api.done(f"{ROOT}/search", members)


def test_a_model_is_listed_with_all_that_a_listing_shows(api: Api) -> None:
    word = uuid4().hex
    department = api.offered("departments")
    model = api.model(name=f"listed {word}", description="as it is", department_ids=[department])
    page = found(api, search=word.upper(), filter_department_ids=[department], page_size=10, page_offset=0)
    (row,) = page["models"]
    assert row.pop("updated_at").endswith("Z")
    assert row == {
        "model_id": model,
        "name": f"listed {word}",
        "description": "as it is",
        "provider_id": None,
        "provider_name": None,
        "base_url": None,
        "department_ids": [department],
        "is_inactive": False,
        "active": True,
        "image_model": None,
        "can_edit": True,
        "can_duplicate": True,
        "can_delete": True,
    }
    assert (page["total_count"], page["actor_name"] is not None) == (1, True)
    assert page["department_filter"]["selected_ids"] == [department]
    option = next(one for one in page["department_filter"]["options"] if one["id"] == department)
    assert option["count"] >= 1
    assert {option[name] for name in ("hex_code", "value", "type")} == {None}


def test_pages_follow_each_other_without_gaps(api: Api) -> None:
    word = uuid4().hex
    names = sorted(f"{word} {number}" for number in range(5))
    results(api, "create", *({"name": name} for name in reversed(names)))
    pages = [found(api, search=word, page_size=2, page_offset=start)["models"] for start in (0, 2, 4)]
    assert [[row["name"] for row in page] for page in pages] == [names[:2], names[2:4], names[4:]]
    past = found(api, search=word, page_offset=9)
    assert (past["models"], past["total_count"], past["provider_filter"] is not None) == ([], 5, True)


@pytest.mark.parametrize(("size", "rows"), [(None, 12), (0, 12), (-1, 0), (3, 3), (100, 13)])
def test_a_page_has_a_size(api: Api, size: int | None, rows: int) -> None:
    word = uuid4().hex
    results(api, "create", *({"name": f"{word} {number}"} for number in range(13)))
    page = found(api, search=word, page_size=size)
    assert (len(page["models"]), page["total_count"]) == (rows, 13)


@pytest.mark.parametrize("members", [{"page_offset": -1}, {"page_size": 10_001}, {"page_size": "2"}])
def test_a_page_out_of_bounds_is_refused(api: Api, members: dict[str, Any]) -> None:
    reply = api.post(f"{ROOT}/search", json=members)
    assert (reply.status_code, tags_of(reply)) == (422, {})


def test_a_search_announces_tags_as_writes_do(api: Api) -> None:
    assert tags_of(api.post(f"{ROOT}/search", json={})) == {"x-invalidate-tags": "models"}


def test_wildcards_stand_for_themselves(api: Api) -> None:
    word = uuid4().hex
    api.model(name=f"{word} 100%")
    api.model(name=f"{word} 1000")
    assert [row["name"] for row in found(api, search=f"{word} 100%")["models"]] == [f"{word} 100%"]
    assert found(api, search=f"{word}_1")["models"] == []


def test_a_facet_echoes_what_narrowed_it(api: Api) -> None:
    page = found(api, provider_search="llm", agent_search="", filter_agent_ids=[])
    assert (page["provider_filter"]["search"], page["provider_filter"]["selected_ids"]) == ("llm", None)
    assert (page["agent_filter"]["search"], page["agent_filter"]["selected_ids"]) == ("", None)
    assert found(api, filter_agent_ids=[NOBODY])["models"] == []
