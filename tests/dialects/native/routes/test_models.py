"""Models as the operator sees and changes them, against the running server."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.dialects.native.conftest import Place


def names(reply: httpx.Response) -> list[str]:
    assert reply.status_code == 200, reply.text
    return [one["upstream_name"] for one in reply.json()["data"]]


def walked(api: httpx.Client, path: str, **params: Any) -> list[dict[str, Any]]:
    """Every item, page by page."""
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.get(path, params={**params, "cursor": cursor}).json()
        items += page["data"]
        cursor = page["next_cursor"]
    return items


def test_pages_hold_every_model_once(api: httpx.Client) -> None:
    whole = api.get("/models", params={"limit": 200}).json()
    pages = walked(api, "/models", limit=7)
    assert whole["next_cursor"] is None
    assert [one["id"] for one in pages] == [one["id"] for one in whole["data"]]
    assert len({one["id"] for one in pages}) == len(pages) >= 80


def test_the_oldest_may_come_first(api: httpx.Client) -> None:
    newest = [one["id"] for one in walked(api, "/models", limit=50)]
    assert [one["id"] for one in walked(api, "/models", limit=50, order="oldest")] == newest[::-1]


def test_filters_add_up(api: httpx.Client) -> None:
    every = walked(api, "/models", limit=200)
    expected = [
        one["id"]
        for one in every
        if one["vendor"] == "anthropic" and {"tools", "vision"} <= set(one["capabilities"]) and one["favourite"]
    ]
    asked = {"vendor": "anthropic", "capability": ["tools", "vision"], "favourite": "true"}
    assert expected
    assert [one["id"] for one in walked(api, "/models", limit=3, **asked)] == expected


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        pytest.param({"q": "LLMSIM-TH"}, ["llmsim-think"], id="a-part-of-the-name"),
        pytest.param({"q": "nothing is called so"}, [], id="none"),
        pytest.param({"vendor": "llmsim", "order": "oldest"}, ["llmsim-echo", "llmsim-think"], id="vendor"),
        pytest.param({"vendor": "llmsi"}, [], id="a-vendor-is-whole"),
        pytest.param({"vendor": "llmsim", "capability": "reasoning"}, ["llmsim-think"], id="capability"),
        pytest.param({"vendor": "llmsim", "source": "manual"}, [], id="source"),
    ],
)
def test_a_filter_finds(api: httpx.Client, params: dict[str, str], expected: list[str]) -> None:
    assert names(api.get("/models", params=params)) == expected


def test_models_of_a_provider(place: Place, api: httpx.Client) -> None:
    found = names(api.get("/models", params={"provider_id": place.provider()["id"], "order": "oldest"}))
    assert found == ["llmsim-echo", "llmsim-think"]


def test_a_cursor_of_another_list_is_refused(api: httpx.Client) -> None:
    cursor = api.get("/models", params={"limit": 1}).json()["next_cursor"]
    reply = api.get("/models", params={"vendor": "openai", "cursor": cursor})
    assert (reply.status_code, reply.json()["field"]) == (400, "cursor")


def test_a_list_that_nothing_changed_is_not_sent_again(place: Place, api: httpx.Client) -> None:
    first = api.get("/models", params={"limit": 2})
    again = api.get("/models", params={"limit": 2}, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    api.patch(f"/models/{place.model()['id']}", json={"favourite": True}).raise_for_status()
    changed = api.get("/models", params={"limit": 2}, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


EVERYTHING: dict[str, Any] = {
    "name": "Echo of the house",
    "description": "Ours.",
    "vendor": "house",
    "family": "echo",
    "enabled": False,
    "favourite": True,
    "capabilities": ["chat", "tools"],
    "capability_details": {"tools": {"parallel": True}},
    "modalities": {"input": ["text", "image"], "output": ["text"]},
    "limits": {"context_tokens": 1000, "input_tokens": 900, "output_tokens": 100},
    "base_price": {
        "input_usd_per_mtok": "0.12345678",
        "output_usd_per_mtok": "1000000000",
        "cached_input_usd_per_mtok": "0",
        "tiers": [
            {
                "above_tokens": 500,
                "input_usd_per_mtok": "1.5",
                "output_usd_per_mtok": "2",
                "cached_input_usd_per_mtok": None,
            }
        ],
    },
    "labels": {"team": "red"},
    "external_id": "house-echo",
    "bundle": "b",
}


def test_everything_can_be_changed_and_is_read_as_written(elsewhere: Place) -> None:
    model = elsewhere.model()
    facts = {**model["facts"], "knowledge": "2026-01", "open_weights": True}
    reply = elsewhere.owner.patch(f"/models/{model['id']}", json={**EVERYTHING, "facts": facts})
    assert reply.status_code == 200, reply.text
    read = elsewhere.owner.get(f"/models/{model['id']}").json()
    assert read == reply.json()
    assert {name: read[name] for name in EVERYTHING} == EVERYTHING
    assert read["facts"] == facts
    assert {"name", "description", "base_price", "facts", "modalities.input"} <= set(read["edited"])


def test_every_spelling_of_an_id_reads_the_same_model(place: Place, api: httpx.Client) -> None:
    model = place.model()
    digits = model["id"].removeprefix("model_")
    dashed = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    for spelling in (f"mod_{digits}", digits.upper(), dashed, f"model_{dashed}"):
        assert api.get(f"/models/{spelling}").json()["id"] == model["id"]


@pytest.mark.parametrize(
    ("body", "member"),
    [
        pytest.param({"base_price": {"input_usd_per_mtok": 1.5}}, "base_price.input_usd_per_mtok", id="a-float"),
        pytest.param({"base_price": {"input_usd_per_mtok": "2000000000"}}, "base_price.input_usd_per_mtok", id="dear"),
        pytest.param({"modalities": {"input": ["smell"]}}, "modalities.input[0]", id="no-modality"),
        pytest.param({"name": "   "}, "name", id="a-blank-name"),
        pytest.param({"labels": {"-": "x"}}, "labels", id="no-label"),
        pytest.param({"external_id": "a/b"}, "external_id", id="a-slash"),
        pytest.param({"capabilities": ["\n"]}, "capabilities", id="no-tag"),
        pytest.param({"provider_id": "x"}, "provider_id", id="what-cannot-be-changed"),
    ],
)
def test_a_change_is_refused_by_its_member(place: Place, api: httpx.Client, body: dict[str, Any], member: str) -> None:
    before = api.get(f"/models/{place.model()['id']}").json()
    reply = api.patch(f"/models/{before['id']}", json=body)
    assert (reply.status_code, reply.json().get("field")) == (400, member), reply.text
    assert api.get(f"/models/{before['id']}").json() == before


def test_a_change_of_what_somebody_else_changed_is_refused(place: Place, api: httpx.Client) -> None:
    path = f"/models/{place.model('llmsim-think')['id']}"
    read = api.get(path).headers["etag"]
    assert api.patch(path, json={"description": "mine"}, headers={"If-Match": read}).status_code == 200
    late = api.patch(path, json={"description": "yours"}, headers={"If-Match": read})
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    assert api.get(path).json()["description"] == "mine"
    fresh = api.get(path).headers["etag"]
    assert api.patch(path, json={"description": "yours"}, headers={"If-Match": fresh}).status_code == 200


def test_an_external_id_that_is_taken_names_its_holder(place: Place, api: httpx.Client) -> None:
    holder = place.model("llmsim-think")
    reply = api.patch(f"/models/{place.model()['id']}", json={"external_id": holder["external_id"]})
    assert (reply.status_code, reply.json()["code"], reply.json()["existing"]) == (409, "already_exists", holder["id"])


def test_a_price_that_changes_opens_a_period(elsewhere: Place) -> None:
    api, model = elsewhere.owner, elsewhere.model("llmsim-think")["id"]
    for amount in ("1", "2"):
        api.patch(f"/models/{model}", json={"base_price": {"input_usd_per_mtok": amount}}).raise_for_status()
    api.patch(f"/models/{model}", json={"override_price": {"input_usd_per_mtok": "0.5"}}).raise_for_status()
    told = api.get(f"/models/{model}/prices").json()
    base = [one for one in told["periods"] if one["kind"] == "base"]
    assert [one["price"]["input_usd_per_mtok"] for one in base] == ["0", "1", "2"]
    assert [one["ends_at"] for one in base] == [base[1]["starts_at"], base[2]["starts_at"], None]
    assert (told["price"]["input_usd_per_mtok"], told["base_price"]["input_usd_per_mtok"]) == ("0.5", "2")
    then = api.get(f"/models/{model}/prices", params={"as_of": base[1]["starts_at"]}).json()
    assert (then["price"]["input_usd_per_mtok"], len(then["periods"])) == ("1", 1)
    ago = api.get(f"/models/{model}/prices", params={"as_of": "2020-01-01"}).json()
    assert (ago["price"], ago["periods"], ago["as_of"]) == (None, [], "2020-01-01T23:59:59.999999Z")
