"""Models over HTTP. The acceptance cases of contracts/everruns.md, 2.1.7, are marked by their numbers."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from tests.dialects.everruns.conftest import Api, Office, refused
from tests.servers import Server

MEMBERS = ("capabilities", "display_name", "enabled", "is_favorite", "model_id", "provider_id")
REQUIRED = (
    *MEMBERS,
    "id",
    "source",
    "created_at",
    "updated_at",
    "self_url",
    "ui_link",
    "view_url",
    "provider_name",
    "provider_type",
    "healthy",
)


def _but(model: dict[str, Any], *members: str) -> dict[str, Any]:
    return {name: value for name, value in model.items() if name not in members}


@pytest.mark.parametrize(
    "body",
    [pytest.param({}, id="case-1-empty"), pytest.param(dict.fromkeys(MEMBERS), id="case-2-all-null")],
)
def test_a_patch_of_nothing_refreshes_the_instant_alone(shared: Api, body: dict[str, Any]) -> None:
    before = shared.model(capabilities=["chat"], enabled=True)
    after = shared.update(before["id"], **body)
    assert _but(after, "updated_at") == _but(before, "updated_at")
    assert datetime.fromisoformat(after["updated_at"]) > datetime.fromisoformat(before["updated_at"])
    assert set(REQUIRED) <= after.keys()


def test_a_patch_without_a_body_is_one_of_nothing(shared: Api) -> None:
    before = shared.model()
    reply = shared.patch(f"/models/{before['id']}", content=b"")
    assert (reply.status_code, _but(reply.json(), "updated_at")) == (200, _but(before, "updated_at"))


def test_case_3_a_disabled_model_stays_visible_and_is_enabled_again(shared: Api) -> None:
    model = shared.model(enabled=True)
    assert shared.update(model["id"], enabled=False)["enabled"] is False
    assert shared.get(f"/models/{model['id']}").json()["enabled"] is False
    assert [row["enabled"] for row in shared.rows() if row["id"] == model["id"]] == [False]
    assert shared.update(model["id"], enabled=True)["enabled"] is True


def test_case_4_capabilities_are_emptied(shared: Api) -> None:
    before = shared.model(capabilities=["chat", "tools"])
    after = shared.update(before["id"], capabilities=[])
    assert after["capabilities"] == []
    assert _but(after, "capabilities", "updated_at") == _but(before, "capabilities", "updated_at")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param('{"enabled": "true"}', "validation_error", id="case-5-a-flag-as-text"),
        pytest.param('{"is_favorite": 1}', "validation_error", id="a-flag-as-a-number"),
        pytest.param('{"capabilities": ["chat", ""]}', "validation_error", id="an-empty-capability"),
        pytest.param('{"capabilities": [null]}', "validation_error", id="a-null-capability"),
        pytest.param('{"display_name": ""}', "validation_error", id="an-empty-name"),
        pytest.param('{"model_id": "  "}', "validation_error", id="a-blank-wire-id"),
        pytest.param('{"display_name": "a\\u0000b"}', "bad_request", id="a-null-character"),
        pytest.param('{"provider_id": "example"}', "bad_request", id="a-malformed-provider"),
        pytest.param('{"provider_id": 7}', "validation_error", id="a-provider-as-a-number"),
        pytest.param("[]", "validation_error", id="an-array"),
        pytest.param("null", "validation_error", id="null"),
        pytest.param('"x"', "validation_error", id="text"),
        pytest.param("{", "bad_request", id="broken"),
        pytest.param('{"enabled": 1e400}', "validation_error", id="a-huge-number"),
        pytest.param("[" * 100_000, "validation_error", id="deep"),
        pytest.param('{"x":' * 50_000, "bad_request", id="deep-in-an-unknown-member"),
    ],
)
def test_a_bad_body_is_refused_and_changes_nothing(shared: Api, body: str, code: str) -> None:
    before = shared.model()
    refused(shared.patch(f"/models/{before['id']}", content=body), 400, code)
    assert shared.get(f"/models/{before['id']}").json() == before


def test_a_body_that_is_no_utf_8_is_refused(shared: Api) -> None:
    model = shared.model()
    refused(shared.patch(f"/models/{model['id']}", content=b'{"display_name": "\xff"}'), 400, "bad_request")


def test_a_body_over_its_bound_is_refused(shared: Api) -> None:
    model = shared.model()
    body = json.dumps({"display_name": "x" * 2**20})
    problem = refused(shared.patch(f"/models/{model['id']}", content=body), 400, "bad_request")
    assert problem["detail"] == "the request exceeds allowed limits"


def test_a_refused_member_is_named(shared: Api) -> None:
    model = shared.model()
    problem = refused(shared.patch(f"/models/{model['id']}", json={"capabilities": [""]}), 400, "validation_error")
    assert [each["field"] for each in problem["errors"]] == ["capabilities"]


@pytest.mark.parametrize("spelled", ["mod_{hex}", "model_{upper}", "model_{dashed}", "mod_{dashed}"])
def test_case_6_other_spellings_are_answered_canonically(shared: Api, spelled: str) -> None:
    model = shared.model()
    digits = model["id"].partition("_")[2]
    dashed = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    reference = spelled.format(hex=digits, upper=digits.upper(), dashed=dashed)
    assert shared.update(reference)["id"] == model["id"]


@pytest.mark.parametrize("prefix", ["/api/v1", "/v1"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "reference",
    [
        "example",
        "model_01933b5a00007000800000000000001",
        "session_019df670b5af7db7a5685a4ad18a5001",
        "provider_019df670b5af7db7a5685a4ad18a5001",
        "019df670b5af7db7a5685a4ad18a5001",
        "model_%00",
        "%E2%98%83",
        "%FF",
    ],
)
def test_case_7_a_malformed_id_is_refused(
    shared: Api, server: Server, method: str, prefix: str, reference: str
) -> None:
    reply = shared.request(method, f"{server.url}{prefix}/models/{reference}", json={})
    assert reply.status_code == 400
    if "%" not in reference:
        assert refused(reply, 400, "bad_request")["detail"] == "Invalid model ID"


def test_case_7_an_unknown_id_is_not_found(shared: Api) -> None:
    reply = shared.patch("/models/model_019df670b5af7db7a5685a4ad18a5001", json={})
    assert refused(reply, 404, "not_found")["detail"] == "Model not found"


def test_case_8_a_wire_id_is_unique_within_its_provider(shared: Api, server: Server) -> None:
    provider = shared.provider()["id"]
    first, second = shared.model(provider), shared.model(provider)
    problem = refused(shared.patch(f"/models/{second['id']}", json={"model_id": first["model_id"]}), 409, "conflict")
    assert problem["allowed_actions"] == [
        {"rel": "get-existing", "method": "GET", "href": f"{server.url}/api/v1/models/{first['id']}"}
    ]
    assert shared.get(problem["allowed_actions"][0]["href"]).json()["id"] == first["id"]
    elsewhere = shared.model()
    assert shared.update(elsewhere["id"], model_id=first["model_id"])["model_id"] == first["model_id"]


def test_case_9_a_model_moves_to_another_provider(shared: Api) -> None:
    model = shared.model(enabled=True)
    target = shared.provider(provider_type="anthropic", api_key=None)
    after = shared.update(model["id"], provider_id=target["id"])
    assert (after["provider_id"], after["provider_name"], after["provider_type"], after["healthy"]) == (
        target["id"],
        target["name"],
        "anthropic",
        False,
    )
    kept = ("id", "created_at", "source", "model_id", "display_name", "enabled")
    assert {name: after[name] for name in kept} == {name: model[name] for name in kept}
    assert [row["id"] for row in shared.rows(f"/providers/{target['id']}/models")] == [model["id"]]
    assert shared.rows(f"/providers/{model['provider_id']}/models") == []


def test_a_move_to_an_unknown_provider_is_refused(shared: Api) -> None:
    model = shared.model()
    reply = shared.patch(f"/models/{model['id']}", json={"provider_id": "provider_019df670b5af7db7a5685a4ad18a5001"})
    assert refused(reply, 404, "not_found")["detail"] == "Provider not found"
    assert shared.get(f"/models/{model['id']}").json() == model


def test_a_move_onto_a_taken_wire_id_is_refused(shared: Api) -> None:
    held, moving = shared.model(model_id="same"), shared.model(model_id="same")
    reply = shared.patch(f"/models/{moving['id']}", json={"provider_id": held["provider_id"]})
    refused(reply, 409, "conflict")


def _without_simulator(api: Api) -> None:
    """Else its models, which are healthy and older than a test's own, would be elected before them."""
    simulator = next(each for each in api.rows("/providers") if each["provider_type"] == "llmsim")
    assert api.patch(f"/providers/{simulator['id']}", json={"status": "disabled"}).status_code == 200


def test_case_10_disabling_the_default_elects_another(api: Api, office: Office) -> None:
    _without_simulator(api)
    provider = api.provider()["id"]
    oldest, starred, chosen = (api.model(provider, enabled=True, is_favorite=star) for star in (False, True, True))
    office.choose_default(api.workspace, chosen["id"])
    assert api.update(chosen["id"], enabled=False)["enabled"] is False
    assert office.default_of(api.workspace) == starred["id"]
    api.update(starred["id"], is_favorite=False, enabled=False)
    assert office.default_of(api.workspace) == oldest["id"]


def test_a_default_is_never_elected_where_none_can_be(api: Api, office: Office) -> None:
    for row in api.rows():
        if row["enabled"]:
            api.update(row["id"], enabled=False)
    assert office.default_of(api.workspace) is None


def test_enabling_never_takes_the_default_over(api: Api, office: Office) -> None:
    chosen = api.model(enabled=True)
    office.choose_default(api.workspace, chosen["id"])
    api.update(api.model(is_favorite=True)["id"], enabled=True)
    assert office.default_of(api.workspace) == chosen["id"]


def test_case_11_actions_are_never_an_empty_list(shared: Api, server: Server, office: Office) -> None:
    model = shared.model()
    assert [action["rel"] for action in model["allowed_actions"]] == ["self", "update", "delete"]
    with Api(server, shared.workspace, office.key("models:read")) as reader:
        alone = reader.get(f"/models/{model['id']}").json()
    assert [action["rel"] for action in alone["allowed_actions"]] == ["self"]


def test_links_lead_back(shared: Api, server: Server) -> None:
    model = shared.model()
    for prefix in ("/api/v1", "/v1"):
        seen = shared.get(f"{server.url}{prefix}/models/{model['id']}").json()
        assert seen["self_url"] == f"{server.url}/api/v1/models/{model['id']}"
        assert seen["view_url"] == seen["ui_link"] == f"{server.url}/models/{model['id']}"
    assert shared.get(model["self_url"]).json() == model


def test_repeats_of_a_capability_are_dropped_in_order(shared: Api) -> None:
    model = shared.update(shared.model()["id"], capabilities=["tools", "chat", "tools"])
    assert model["capabilities"] == ["tools", "chat"]


def test_unknown_and_read_only_members_are_ignored(shared: Api) -> None:
    before = shared.model()
    body = {"id": 1, "source": "discovered", "created_at": None, "self_url": [], "healthy": "x", "else": {"a": 1}}
    assert _but(shared.update(before["id"], **body), "updated_at") == _but(before, "updated_at")


def test_another_wire_id_is_described_anew(shared: Api) -> None:
    provider = shared.provider()["id"]
    model = shared.model(provider, model_id="nobody-knows-this")
    assert "profile" not in model
    after = shared.update(model["id"], model_id="gpt-4o-mini")
    assert after["model_vendor"] == "openai"
    assert after["profile"]["limits"]["context"] == 128000
    assert after["display_name"] == model["display_name"]


def test_a_favourite_stands_first(api: Api) -> None:
    starred = api.model(is_favorite=True)
    rows = api.rows()
    order = [(not row["is_favorite"], row["provider_name"], row["display_name"]) for row in rows]
    assert order == sorted(order)
    assert starred["id"] in [row["id"] for row in rows if row["is_favorite"]]


def test_a_list_is_filtered(api: Api) -> None:
    made = api.model(is_favorite=True)
    assert [row["id"] for row in api.rows(source="manual")] == [made["id"]]
    assert {row["source"] for row in api.rows(source="predefined")} == {"predefined"}
    assert all(row["is_favorite"] for row in api.rows(favorites_only="true"))
    assert made["id"] in [row["id"] for row in api.rows(favorites_only="1", include_stale="0")]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("source=elsewhere", "source"),
        ("source=", "source"),
        ("source=null", "source"),
        ("limit=null", "limit"),
        ("favorites_only=yes", "favorites_only"),
        ("include_stale=2", "include_stale"),
        ("offset=-1", "offset"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("offset=1.5", "offset"),
    ],
)
def test_a_bad_query_is_refused(shared: Api, query: str, field: str) -> None:
    problem = refused(shared.get(f"/models?{query}"), 400, "validation_error")
    assert [each["field"] for each in problem["errors"]] == [field]


def test_a_list_is_whole_unless_a_page_is_asked_for(api: Api) -> None:
    whole = api.get("/models").json()
    assert whole.keys() == {"data", "total"}
    assert len(whole["data"]) == whole["total"] > 100


def test_pages_follow_one_another(api: Api, server: Server) -> None:
    whole = api.rows(source="predefined")
    seen: list[dict[str, Any]] = []
    url = f"{server.url}/api/v1/models?limit=40&source=predefined"
    while url:
        page = api.get(url).json()
        seen += page["data"]
        url = page.get("next_url", "")
    assert seen == whole
    assert api.get(page["prev_url"]).json()["offset"] == page["offset"] - 40


@pytest.mark.parametrize(
    ("query", "limit", "count"), [("limit=0", 1, 1), ("limit=1000", 100, 100), ("offset=999999999999", 20, 0)]
)
def test_a_page_is_cut_to_its_bounds(shared: Api, query: str, limit: int, count: int) -> None:
    page = shared.get(f"/models?{query}").json()
    assert (page["limit"], len(page["data"])) == (limit, count)


def test_an_unchanged_list_is_not_sent_again(api: Api) -> None:
    first = api.get("/models")
    again = api.get("/models", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    api.update(first.json()["data"][0]["id"], is_favorite=False)
    changed = api.get("/models", headers={"If-None-Match": first.headers["etag"]})
    assert (changed.status_code, changed.headers["etag"] == first.headers["etag"]) == (200, False)


def test_a_change_of_something_newer_is_refused(shared: Api) -> None:
    model = shared.model()
    seen = shared.get(f"/models/{model['id']}").headers["etag"]
    fine = shared.patch(f"/models/{model['id']}", json={"display_name": "One"}, headers={"If-Match": seen})
    stale = shared.patch(f"/models/{model['id']}", json={"display_name": "Two"}, headers={"If-Match": seen})
    assert fine.status_code == 200
    refused(stale, 412, "precondition_failed")
    assert shared.get(f"/models/{model['id']}").json()["display_name"] == "One"


def test_a_list_of_one_version_is_not_served_under_the_short_prefix(shared: Api, server: Server) -> None:
    assert shared.get(f"{server.url}/v1/models").status_code == 404


@pytest.mark.parametrize("alias", ["/llm-models", "/llm-models/{model}", "/llm-models/config"])
def test_older_names_lead_to_the_same(shared: Api, alias: str) -> None:
    model = shared.model()["id"]
    path = alias.format(model=model)
    assert shared.get(path).json() == shared.get(path.replace("llm-models", "models")).json()


def test_a_model_is_made_by_hand(shared: Api, server: Server) -> None:
    provider = shared.provider()
    reply = shared.post(f"/providers/{provider['id']}/models", json={"model_id": " w ", "display_name": " W "})
    model = reply.json()
    assert reply.status_code == 201
    assert {name: model[name] for name in MEMBERS} == {
        "capabilities": [],
        "display_name": "W",
        "enabled": False,
        "is_favorite": False,
        "model_id": "w",
        "provider_id": provider["id"],
    }
    assert (model["source"], model["healthy"], model["stale"]) == ("manual", True, False)
    assert shared.get(f"/models/{model['id']}").json() == model


def test_a_wire_id_is_taken_once(shared: Api, server: Server) -> None:
    held = shared.model()
    reply = shared.post(
        f"/providers/{held['provider_id']}/models", json={"model_id": held["model_id"], "display_name": "Again"}
    )
    problem = refused(reply, 409, "conflict")
    assert problem["allowed_actions"][0]["href"] == f"{server.url}/api/v1/models/{held['id']}"


@pytest.mark.parametrize("members", [{}, {"capabilities": ["chat", "own"]}], ids=["capabilities-stay", "stated"])
def test_a_predefined_model_is_adopted(api: Api, members: dict[str, Any]) -> None:
    simulated = next(row for row in api.rows() if row["provider_type"] == "llmsim")
    body = {"model_id": simulated["model_id"], "display_name": "Mine", **members}
    reply = api.post(f"/providers/{simulated['provider_id']}/models", json=body)
    model = reply.json()
    assert (reply.status_code, model["id"], model["source"]) == (201, simulated["id"], "manual")
    assert model["display_name"] == "Mine"
    assert model["capabilities"] == members.get("capabilities", simulated["capabilities"])


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"model_id": "m"}',
        '{"display_name": "M"}',
        '{"model_id": "", "display_name": "M"}',
        '{"model_id": "m", "display_name": " "}',
        '{"model_id": "m", "display_name": "M", "capabilities": "chat"}',
        '{"model_id": "m", "display_name": "M", "enabled": "yes"}',
        '{"model_id": null, "display_name": "M"}',
    ],
)
def test_a_bad_model_is_refused(shared: Api, body: str) -> None:
    provider = shared.provider()["id"]
    refused(shared.post(f"/providers/{provider}/models", content=body), 400, "validation_error")
    assert shared.rows(f"/providers/{provider}/models") == []


def test_a_creation_is_safe_to_repeat(shared: Api) -> None:
    provider = shared.provider()["id"]
    body, key = {"model_id": "once", "display_name": "Once"}, {"Idempotency-Key": f"create {provider}"}
    first = shared.post(f"/providers/{provider}/models", json=body, headers=key)
    again = shared.post(f"/providers/{provider}/models", json=body, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    other = shared.post(f"/providers/{provider}/models", json={**body, "model_id": "twice"}, headers=key)
    refused(other, 409, "conflict")
    assert len(shared.rows(f"/providers/{provider}/models")) == 1


def test_a_model_is_deleted(shared: Api) -> None:
    model = shared.model()
    reply = shared.delete(f"/models/{model['id']}")
    assert (reply.status_code, reply.content) == (204, b"")
    refused(shared.get(f"/models/{model['id']}"), 404, "not_found")
    refused(shared.delete(f"/models/{model['id']}"), 404, "not_found")


def test_deleting_the_default_elects_another(api: Api, office: Office) -> None:
    provider = api.provider()["id"]
    chosen, other = api.model(provider, enabled=True), api.model(provider, enabled=True, is_favorite=True)
    office.choose_default(api.workspace, chosen["id"])
    assert api.delete(f"/models/{chosen['id']}").status_code == 204
    assert office.default_of(api.workspace) == other["id"]


def _managed(api: Api) -> dict[str, Any]:
    managed = {provider["id"] for provider in api.rows("/providers") if provider["managed"]}
    return next(row for row in api.rows() if row["provider_id"] in managed)


def test_of_a_managed_model_only_the_flags_change(api: Api) -> None:
    model = _managed(api)
    flags = api.update(model["id"], enabled=not model["enabled"], is_favorite=not model["is_favorite"])
    assert (flags["enabled"], flags["is_favorite"]) == (not model["enabled"], not model["is_favorite"])
    assert [action["rel"] for action in flags["allowed_actions"]] == ["self", "update"]
    same = {name: model[name] for name in ("capabilities", "display_name", "model_id", "provider_id")}
    assert api.patch(f"/models/{model['id']}", json=same).status_code == 200


@pytest.mark.parametrize(
    "body",
    [{"display_name": "Mine"}, {"capabilities": []}, {"model_id": "mine"}, {"enabled": True, "display_name": "M"}],
)
def test_whatever_else_of_a_managed_model_is_refused(api: Api, body: dict[str, Any]) -> None:
    model = _managed(api)
    refused(api.patch(f"/models/{model['id']}", json=body), 403, "provider_managed")
    assert next(row for row in api.rows() if row["id"] == model["id"]) == model


def test_nothing_moves_into_or_out_of_a_managed_provider(api: Api) -> None:
    model, own = _managed(api), api.model()
    into = api.patch(f"/models/{own['id']}", json={"provider_id": model["provider_id"]})
    out_of = api.patch(f"/models/{model['id']}", json={"provider_id": own["provider_id"]})
    refused(into, 403, "provider_managed")
    refused(out_of, 403, "provider_managed")


def test_a_managed_provider_takes_and_loses_no_models(api: Api) -> None:
    model = _managed(api)
    body = {"model_id": "mine", "display_name": "Mine"}
    refused(api.post(f"/providers/{model['provider_id']}/models", json=body), 403, "provider_managed")
    refused(api.delete(f"/models/{model['id']}"), 403, "provider_managed")


def test_a_reason_is_recorded_with_the_change(shared: Api, office: Office) -> None:
    model = shared.model()
    headers = {"Everruns-Change-Reason": "kleiner%20Schritt%20%2B%20%E2%9C%93"}
    shared.patch(f"/models/{model['id']}", json={"display_name": "B"}, headers=headers)
    latest = office.changes_of(shared.workspace, model["id"])[0]
    assert (latest.reason, latest.dialect) == ("kleiner Schritt + ✓", "everruns")
    assert (latest.before, latest.after) == ({"name": model["display_name"]}, {"name": "B"})


def test_a_bad_reason_stops_the_change(shared: Api) -> None:
    model = shared.model()
    bad = {"Everruns-Change-Reason": "x" * 1001}
    reply = shared.patch(f"/models/{model['id']}", json={"display_name": "B"}, headers=bad)
    refused(reply, 400, "invalid_change_reason")
    assert shared.get(f"/models/{model['id']}", headers=bad).json() == model


def test_racing_changes_of_different_members_are_all_kept(shared: Api) -> None:
    model = shared.model()
    bodies: list[dict[str, Any]] = [{"display_name": "Raced"}, {"enabled": True}, {"is_favorite": True}]
    bodies += [{"capabilities": ["chat"]}, {"model_id": "raced"}]
    with ThreadPoolExecutor(len(bodies)) as pool:
        replies = list(pool.map(lambda body: shared.patch(f"/models/{model['id']}", json=body), bodies))
    assert [reply.status_code for reply in replies] == [200] * len(bodies)
    after = shared.get(f"/models/{model['id']}").json()
    for body in bodies:
        assert after.items() >= body.items()


def test_what_is_enforced_is_told(shared: Api, server: Server, office: Office) -> None:
    policies = shared.get("/models/config").json()["policies"]
    assert (policies["can_read"], policies["can_manage"]) == (True, True)
    with Api(server, shared.workspace, office.key("models:read")) as reader:
        assert reader.get("/models/config").json()["policies"] == {**policies, "can_manage": False}
