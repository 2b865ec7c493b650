"""Providers over HTTP, and the discovery of their models."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.dialects.everruns.conftest import Api, Office, refused
from tests.dialects.everruns.upstreams import Upstream, upstream
from tests.servers import Server


@pytest.fixture
def listed() -> Iterator[Upstream]:
    with upstream() as running:
        yield running


def test_a_provider_is_made(shared: Api, server: Server) -> None:
    body = {
        "name": " Mine ",
        "provider_type": "OpenAI",
        "base_url": "https://models.example/v1",
        "api_key": "sk-a-secret",
        "request_options": {"headers": {"X-Team": "research"}},
        "trace": {"sampling": 0.5},
    }
    reply = shared.post("/providers", json=body)
    provider = reply.json()
    assert reply.status_code == 201
    assert {name: provider[name] for name in ("name", "provider_type", "driver", "base_url", "trace")} == {
        "name": "Mine",
        "provider_type": "openai",
        "driver": "openai",
        "base_url": "https://models.example/v1",
        "trace": {"sampling": 0.5},
    }
    assert (provider["api_key_set"], provider["credentials_set"], provider["managed"]) == (True, True, False)
    assert (provider["status"], provider["request_options"]) == ("active", {"headers": {"X-Team": "research"}})
    assert "last_synced_at" not in provider
    assert shared.get(f"/providers/{provider['id']}").json() == provider
    assert provider["self_url"] == f"{server.url}/api/v1/providers/{provider['id']}"


def test_a_key_is_never_answered_nor_recorded(shared: Api, office: Office, server: Server) -> None:
    provider = shared.provider(api_key="sk-very-secret-1")
    shared.patch(f"/providers/{provider['id']}", json={"credentials": {"id": "a", "secret": "very-secret-2"}})
    shown = shared.get(f"/providers/{provider['id']}").text + shared.get("/providers").text
    recorded = repr(office.changes_of(shared.workspace, provider["id"]))
    assert "very-secret" not in shown + recorded + server.output.read_text()


def test_an_unknown_driver_is_taken(shared: Api) -> None:
    assert shared.provider(provider_type="somebody-new")["provider_type"] == "somebody-new"


BASE = {"name": "N", "provider_type": "openai"}
HEADERS = "request_options.headers"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, ""),
        ({"name": "N"}, ""),
        ({**BASE, "name": ""}, "name"),
        ({**BASE, "name": "x" * 256}, "name"),
        ({**BASE, "provider_type": " openai"}, "provider_type"),
        ({**BASE, "provider_type": ""}, "provider_type"),
        ({**BASE, "base_url": "ftp://h"}, "base_url"),
        ({**BASE, "base_url": "/v1"}, "base_url"),
        ({**BASE, "base_url": "https://user:pw@h"}, "base_url"),
        ({**BASE, "api_key": "a", "credentials": {"b": "c"}}, "credentials"),
        ({**BASE, "credentials": {str(number): "c" for number in range(99)}}, "credentials"),
        ({**BASE, "request_options": {"headers": {"Host": "h"}}}, HEADERS),
        ({**BASE, "request_options": {"headers": {"a": "x" * 2049}}}, HEADERS),
        ({**BASE, "request_options": {"headers": {str(number): "" for number in range(17)}}}, HEADERS),
        ({**BASE, "request_options": {"headers": "x"}}, HEADERS),
        ({**BASE, "trace": "on"}, "trace"),
    ],
)
def test_a_bad_provider_is_refused(shared: Api, body: dict[str, Any], field: str) -> None:
    count = shared.get("/providers").json()["total"]
    problem = refused(shared.post("/providers", json=body), 400, "validation_error")
    assert [each["field"] for each in problem.get("errors", [])] == ([field] if field else [])
    assert shared.get("/providers").json()["total"] == count


def test_a_patch_changes_what_it_states(shared: Api) -> None:
    before = shared.provider()
    body = {"name": "Other", "provider_type": "anthropic", "base_url": "https://h/v1", "trace": True, "api_key": None}
    after = shared.patch(f"/providers/{before['id']}", json=body).json()
    stated = {"name": "Other", "provider_type": "anthropic", "base_url": "https://h/v1", "trace": True}
    assert after == {**before, **stated, "driver": "anthropic", "updated_at": after["updated_at"]}


def test_a_patch_of_nothing_refreshes_the_instant_alone(shared: Api) -> None:
    before = shared.provider()
    after = shared.patch(f"/providers/{before['id']}", json={"name": None, "status": None}).json()
    assert after == {**before, "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]


@pytest.mark.parametrize("body", [{"api_key": ""}, {"credentials": {}}])
def test_a_key_is_cleared(shared: Api, body: dict[str, Any]) -> None:
    provider = shared.provider()
    model = shared.model(provider["id"])
    assert shared.patch(f"/providers/{provider['id']}", json=body).json()["api_key_set"] is False
    assert shared.get(f"/models/{model['id']}").json()["healthy"] is False


def test_health_follows_status_and_key_and_nothing_else(shared: Api) -> None:
    keyless = shared.provider(api_key=None)["id"]
    model = shared.model(keyless, enabled=True)["id"]
    assert shared.get(f"/models/{model}").json()["healthy"] is False
    shared.patch(f"/providers/{keyless}", json={"api_key": "sk-1"})
    assert shared.update(model, enabled=False)["healthy"] is True
    shared.patch(f"/providers/{keyless}", json={"status": "disabled"})
    assert shared.update(model, enabled=True)["healthy"] is False


def test_disabling_the_defaults_provider_elects_another(api: Api, office: Office) -> None:
    model = api.model(enabled=True)
    office.choose_default(api.workspace, model["id"])
    api.patch(f"/providers/{model['provider_id']}", json={"status": "disabled"})
    assert office.default_of(api.workspace) not in {None, model["id"]}


@pytest.mark.parametrize("body", [{"status": "paused"}, {"status": True}, {"name": ""}, {"provider_type": "a "}])
def test_a_bad_patch_is_refused(shared: Api, body: dict[str, Any]) -> None:
    provider = shared.provider()
    refused(shared.patch(f"/providers/{provider['id']}", json=body), 400, "validation_error")
    assert shared.get(f"/providers/{provider['id']}").json() == provider


def test_a_provider_takes_its_models_with_it(api: Api, office: Office) -> None:
    model = api.model(enabled=True)
    office.choose_default(api.workspace, model["id"])
    reply = api.delete(f"/providers/{model['provider_id']}")
    assert (reply.status_code, reply.content) == (204, b"")
    refused(api.get(f"/models/{model['id']}"), 404, "not_found")
    refused(api.get(f"/providers/{model['provider_id']}"), 404, "not_found")
    assert office.default_of(api.workspace) not in {None, model["id"]}


def test_a_managed_provider_takes_no_change(shared: Api, office: Office) -> None:
    managed = office.managed_provider(shared.workspace)
    shown = shared.get(f"/providers/{managed}").json()
    assert (shown["managed"], [action["rel"] for action in shown["allowed_actions"]]) == (True, ["self"])
    refused(shared.patch(f"/providers/{managed}", json={"name": "Mine"}), 403, "provider_managed")
    refused(shared.delete(f"/providers/{managed}"), 403, "provider_managed")


def test_request_options_are_shown_to_who_may_change_them(shared: Api, server: Server, office: Office) -> None:
    provider = shared.provider(request_options={"headers": {"X-Token": "hush"}})["id"]
    with Api(server, shared.workspace, office.key("models:read")) as reader:
        assert "hush" not in reader.get(f"/providers/{provider}").text + reader.get("/providers").text
    assert "hush" in shared.get(f"/providers/{provider}").text


@pytest.mark.parametrize("alias", ["/llm-providers", "/llm-providers/{id}", "/llm-providers/{id}/models"])
def test_older_names_lead_to_the_same(shared: Api, alias: str) -> None:
    path = alias.format(id=shared.provider()["id"])
    assert shared.get(path).json() == shared.get(path.replace("llm-", "")).json()


def test_a_creation_is_safe_to_repeat(shared: Api) -> None:
    body, key = {"name": "Once", "provider_type": "openai"}, {"Idempotency-Key": "create a provider once"}
    first, again = (shared.post("/providers", json=body, headers=key) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())


def test_what_is_enforced_is_told(shared: Api) -> None:
    policies = shared.get("/providers/config").json()["policies"]
    assert (policies["can_manage"], policies["private_base_urls"], policies["environment_credentials"]) == (
        True,
        True,
        False,
    )


def _synced(api: Api, provider: str) -> dict[str, Any]:
    reply = api.post(f"/providers/{provider}/sync-models", content=b"")
    assert reply.status_code == 200, reply.text
    result: dict[str, Any] = reply.json()
    return result


def _by_name(api: Api, provider: str) -> dict[str, dict[str, Any]]:
    return {row["model_id"]: row for row in api.rows(f"/providers/{provider}/models")}


def test_models_are_discovered_disabled(shared: Api, listed: Upstream) -> None:
    listed.lists("gpt-4o-mini", "house-model")
    provider = shared.provider(base_url=listed.url, api_key="sk-loopback")["id"]
    assert _synced(shared, provider) == {"status": "success", "created": 2, "updated": 0, "stale": 0}
    rows = _by_name(shared, provider)
    assert {(row["source"], row["enabled"], row["stale"]) for row in rows.values()} == {("discovered", False, False)}
    assert rows["house-model"]["display_name"] == "house-model"
    assert rows["gpt-4o-mini"]["profile"]["limits"]["context"] == 128000
    assert listed.keys == ["Bearer sk-loopback"]
    assert "last_synced_at" in shared.get(f"/providers/{provider}").json()


def test_a_second_sync_keeps_what_was_made_by_hand(shared: Api, listed: Upstream) -> None:
    listed.lists("one", "two")
    provider = shared.provider(base_url=listed.url)["id"]
    _synced(shared, provider)
    edited = _by_name(shared, provider)["one"]["id"]
    shared.update(edited, display_name="Mine", enabled=True, is_favorite=True)
    listed.lists("one", "three")
    assert _synced(shared, provider) == {"status": "success", "created": 1, "updated": 1, "stale": 1}
    rows = _by_name(shared, provider)
    assert (rows["one"]["display_name"], rows["one"]["enabled"], rows["one"]["is_favorite"]) == ("Mine", True, True)
    assert {name: row["stale"] for name, row in rows.items()} == {"one": False, "two": True, "three": False}
    fresh = shared.rows(f"/providers/{provider}/models", include_stale="false")
    assert {row["model_id"] for row in fresh} == {"one", "three"}


def test_a_discovered_model_is_adopted(shared: Api, listed: Upstream) -> None:
    listed.lists("one")
    provider = shared.provider(base_url=listed.url)["id"]
    _synced(shared, provider)
    found = _by_name(shared, provider)["one"]
    reply = shared.post(f"/providers/{provider}/models", json={"model_id": "one", "display_name": "Mine"})
    assert (reply.status_code, reply.json()["id"], reply.json()["source"]) == (201, found["id"], "manual")


def test_a_driver_without_a_list_says_so(shared: Api) -> None:
    provider = shared.provider(provider_type="llmsim", api_key=None)["id"]
    assert _synced(shared, provider) == {"status": "not_supported"}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(200, b"<html>hello</html>", id="no-json"),
        pytest.param(200, b'{"models": 5}', id="another-shape"),
        pytest.param(401, b'{"error": "the key sk-leaked is wrong"}', id="refused"),
        pytest.param(500, b"", id="broken"),
    ],
)
def test_a_failing_provider_is_a_bad_gateway(shared: Api, listed: Upstream, status: int, body: bytes) -> None:
    listed.status, listed.body = status, body
    provider = shared.provider(base_url=listed.url, name="Loopback")["id"]
    problem = refused(shared.post(f"/providers/{provider}/sync-models"), 502, "bad_gateway")
    assert "Loopback" in problem["detail"]
    assert "leaked" not in str(problem)
    assert shared.rows(f"/providers/{provider}/models") == []


def test_a_provider_that_cannot_be_asked_is_a_bad_request(shared: Api) -> None:
    provider = shared.provider(provider_type="openai_compatible")["id"]
    refused(shared.post(f"/providers/{provider}/sync-models"), 400, "validation_error")


def test_reads_and_writes_go_on_while_a_provider_hangs(shared: Api, listed: Upstream) -> None:
    listed.lists("late")
    listed.may_answer.clear()
    provider = shared.provider(base_url=listed.url)["id"]
    with ThreadPoolExecutor(1) as pool:
        syncing = pool.submit(_synced, shared, provider)
        assert listed.asked.wait(20)
        assert shared.model()["id"] in [row["id"] for row in shared.rows()]
        assert not syncing.done()
        listed.may_answer.set()
        assert syncing.result(20)["created"] == 1
