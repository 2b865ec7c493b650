"""Every operation climbs the ladder: no credentials, wrong scope, not there, another workspace's, malformed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from armillary.dialects._kit.operations import Operation
from armillary.dialects.cadenya import dialect
from armillary.dialects.cadenya.schemas.base import Body
from tests.dialects.cadenya.conftest import Place
from tests.servers import Server

_UNKNOWN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
_PREFIXES = {
    "workspace_id": "workspace_",
    "model_id": "model_",
    "ai_provider_key_id": "aipk_",
    "api_key_id": "apikey_",
    "profile_id": "profile_",
}
#: A body that passes, for operations that read one.
_BODIES: dict[str, dict[str, Any]] = {
    "set_model_status": {"status": "MODEL_STATUS_ENABLED"},
    "create_model": {"metadata": {"name": "m"}, "spec": {"providerModelId": "m"}},
    "create_ai_provider_key": {"metadata": {"name": "k"}, "spec": {"provider": "AI_PROVIDER_OPENAI"}},
    "create_workspace": {"metadata": {"name": "w"}},
    "add_member": {"email": "grace@example.com"},
    "create_api_key": {"metadata": {"name": "k"}},
    "create_workspace_api_key": {"metadata": {"name": "k"}},
    "add_api_key_workspace": {"workspaceId": "default"},
    "remove_api_key_workspace": {"workspaceId": "default"},
}


@dataclass(frozen=True, kw_only=True)
class Things:
    """A workspace's ids, one of each kind."""

    api: httpx.Client
    ids: dict[str, str]

    def call(self, operation: Operation, client: httpx.Client | None = None, **named: Any) -> httpx.Response:
        """Call the operation on these things, save those named otherwise."""
        path = "/v1" + operation.path.format(**{**self.ids, **named})
        body = _BODIES.get(operation.name, {}) if operation.body else None
        return (client or self.api).request(operation.method, path, json=body)


@pytest.fixture
def things(place: Place) -> Things:
    key = place.a_key()["metadata"]["id"]
    spec = {"permissions": ["models:read"]}
    opener = place.write("POST", "/api_keys", {"metadata": {"name": "k"}, "spec": spec})
    member = place.api.post(f"/v1/account/workspaces/{place.id}/members", json={"email": "ada@example.com"}).json()
    ids = {
        "workspace_id": place.id,
        "ai_provider_key_id": key,
        "model_id": place.a_model(key)["metadata"]["id"],
        "api_key_id": opener["metadata"]["id"],
        "profile_id": member["profileId"],
    }
    return Things(api=place.api, ids=ids)


@pytest.mark.parametrize("credentials", [None, "", "Bearer", "Bearer nobody-knows-this", "Basic YTpi"])
def test_without_credentials(server: Server, credentials: str | None) -> None:
    headers = {} if credentials is None else {"Authorization": credentials}
    with httpx.Client(base_url=server.url, headers=headers) as nobody:
        for operation in dialect.router.operations:
            path = operation.path.format(**{name: prefix + _UNKNOWN for name, prefix in _PREFIXES.items()})
            reply = nobody.request(operation.method, f"/v1{path}")
            told = (reply.status_code, reply.json()["code"], reply.headers["www-authenticate"])
            assert told == (401, 16, "Bearer"), operation.name


def test_with_too_few_scopes(things: Things, limited: Any) -> None:
    nobody = limited(things.ids["workspace_id"])
    for operation in dialect.router.operations:
        reply = things.call(operation, nobody)
        if not operation.scope:
            assert reply.status_code == 200, operation.name
            continue
        required = reply.json()["details"][0]["metadata"]["required_scope"]
        assert (reply.status_code, required) == (403, operation.scope), operation.name


def test_what_is_not_there(things: Things) -> None:
    for operation in dialect.router.operations:
        for name in operation.parameters:
            for wrong in (_PREFIXES[name] + _UNKNOWN, _PREFIXES[name] + "not-an-id", f"other_{_UNKNOWN}"):
                named: dict[str, Any] = {name: wrong}
                reply = things.call(operation, **named)
                told = (reply.status_code, reply.json()["code"], reply.json()["details"])
                assert told == (404, 5, []), (operation.name, wrong)


def test_what_is_another_workspaces(things: Things, new_place: Any, limited: Any) -> None:
    other = new_place().id
    inside = limited(other, scopes=("models:manage", "api_keys:manage"))
    for operation in dialect.router.operations:
        for name in set(operation.parameters) & {"model_id", "ai_provider_key_id", "api_key_id"}:
            foreign = things.call(operation, inside, workspace_id=other)
            named: dict[str, Any] = {"workspace_id": other, name: _PREFIXES[name] + _UNKNOWN}
            absent = things.call(operation, inside, **named)
            told = (foreign.status_code, foreign.json())
            assert told == (404, absent.json()) == (absent.status_code, absent.json()), operation.name


def test_a_workspace_that_the_key_does_not_reach(things: Things, new_place: Any, limited: Any) -> None:
    outside = limited(new_place().id, scopes=("models:manage", "api_keys:manage"))
    for operation in dialect.router.operations:
        if operation.entry and "workspace_id" in operation.parameters:
            reply = things.call(operation, outside)
            assert (reply.status_code, reply.json()["code"], reply.json()["details"]) == (403, 7, []), operation.name


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="half"),
        pytest.param("[]", id="a-list"),
        pytest.param("null", id="null"),
        pytest.param('"text"', id="a-text"),
        pytest.param("7", id="a-number"),
        pytest.param(b"\xff", id="not-utf-8"),
        pytest.param('{"a": "\\u0000"}', id="nul"),
        pytest.param("[" * 9000, id="deep"),
        pytest.param("1" * 5000, id="huge"),
        pytest.param("1e999999999", id="exponent"),
    ],
)
def test_malformed_bodies(things: Things, body: str | bytes) -> None:
    for operation in dialect.router.operations:
        if operation.body is None:
            continue
        assert issubclass(operation.body, Body)
        reply = things.api.request(operation.method, "/v1" + operation.path.format(**things.ids), content=body)
        tolerated = body == "" and reply.status_code == 200
        assert tolerated or (reply.status_code, reply.json()["code"]) == (400, 3), (operation.name, reply.text)
