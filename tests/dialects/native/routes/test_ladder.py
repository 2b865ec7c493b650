"""Each operation climbs one ladder: no credentials, wrong scope, not there, another workspace's, malformed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import pytest

from armillary.dialects.native import router
from tests.dialects.native.conftest import Place

NOBODY = UUID(int=0xDEAD).hex


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request that is right but for what a rung takes away.

    ``kind`` is what its path names; ``unscoped``: whoever has a key may ask; ``malformed``: a body or a query that is
    refused, None where neither is read.
    """

    method: str
    path: str
    kind: str = ""
    body: Any = None
    malformed: Any = None
    unscoped: bool = False
    params: dict[str, str] = field(default_factory=dict)

    def send(self, client: httpx.Client, identity: str = "", *, malformed: bool = False) -> httpx.Response:
        path = re.sub(r"\{\w+\}", identity, self.path)
        if not malformed:
            return client.request(self.method, path, json=self.body, params=self.params)
        if self.method == "GET":
            return client.request(self.method, path, params=self.malformed)
        return client.request(self.method, path, json=self.malformed, params=self.params)


IMPORT: dict[str, Any] = {"document": {}}
CASES = {
    "list_models": Case(method="GET", path="/models", malformed={"limit": "0"}),
    "get_model": Case(method="GET", path="/models/{id}", kind="model"),
    "update_model": Case(method="PATCH", path="/models/{id}", kind="model", body={}, malformed={"enabled": 1}),
    "get_model_prices": Case(method="GET", path="/models/{id}/prices", kind="model", malformed={"as_of": "noon"}),
    "get_default_model": Case(method="GET", path="/models/default"),
    "choose_default_model": Case(method="PUT", path="/models/default", body={"model_id": None}, malformed={}),
    "resolve_model": Case(method="GET", path="/models/resolve", malformed={"agent": "opus"}),
    "get_model_impact": Case(method="GET", path="/models/{id}/impact", kind="model"),
    "preview_import": Case(method="POST", path="/imports/preview", body=IMPORT, malformed={"documents": {}}),
    "apply_import": Case(method="POST", path="/imports", body=IMPORT, malformed=[]),
    "upgrade_catalogue": Case(
        method="POST", path="/catalogue/upgrade", body={"dry_run": True}, malformed={"dry_run": "yes"}
    ),
    "list_changes": Case(method="GET", path="/changes", malformed={"since": "yesterday"}),
    "list_providers": Case(method="GET", path="/providers", malformed={"managed": "perhaps"}),
    "get_provider": Case(method="GET", path="/providers/{id}", kind="provider"),
    "set_provider_credential": Case(
        method="PUT",
        path="/providers/{id}/credential",
        kind="provider",
        body={"members": {"api_key": "a-made-up-key"}},
        malformed={"members": {}},
    ),
    "remove_provider_credential": Case(method="DELETE", path="/providers/{id}/credential", kind="provider"),
    "diff_draft": Case(method="GET", path="/drafts/{id}/diff", kind="draft", params={"against": f"model_{NOBODY}"}),
    "whoami": Case(method="GET", path="/whoami", unscoped=True),
    "list_workspaces": Case(method="GET", path="/workspaces", malformed={"label": "k"}),
    "create_workspace": Case(method="POST", path="/workspaces", body={"name": "x"}, malformed={"name": ""}),
    "list_keys": Case(method="GET", path="/keys", malformed={"order": "random"}),
    "create_key": Case(
        method="POST", path="/keys", body={"name": "x", "scopes": []}, malformed={"name": "x", "scopes": ["fly"]}
    ),
    "delete_key": Case(method="DELETE", path="/keys/{id}", kind="key"),
    "rotate_key": Case(method="POST", path="/keys/{id}/rotate", kind="key"),
}
every = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
each_of_a_thing = pytest.mark.parametrize(
    "case", [one for one in CASES.values() if one.kind], ids=[name for name, one in CASES.items() if one.kind]
)
#: Kinds that belong to a workspace; keys belong to the account, and are refused to whom they are foreign elsewhere.
each_of_a_workspace = pytest.mark.parametrize(
    "case",
    [one for one in CASES.values() if one.kind in {"model", "provider"}],
    ids=[name for name, one in CASES.items() if one.kind in {"model", "provider"}],
)


def test_every_operation_has_a_case() -> None:
    assert {operation.name for operation in router.operations} == set(CASES)


@pytest.fixture(scope="module")
def powerless(place: Place) -> httpx.Client:
    """A key that may do nothing that this API has."""
    return place.mint("memory:read")


def told(reply: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """What a problem says beside what all of them do."""
    assert (reply.status_code, reply.headers["content-type"]) == (status, "application/problem+json"), reply.text
    problem: dict[str, Any] = reply.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["detail"]
    return problem


@every
def test_without_a_key(place: Place, case: Case) -> None:
    with httpx.Client(base_url=place.url) as nobody:
        reply = case.send(nobody, f"model_{NOBODY}")
    told(reply, 401, "unauthenticated")
    assert reply.headers["www-authenticate"] == "Bearer"


@every
def test_without_the_scope(powerless: httpx.Client, case: Case) -> None:
    reply = case.send(powerless, f"{case.kind}_{NOBODY}")
    if case.unscoped:
        assert reply.status_code == 200
    else:
        assert told(reply, 403, "permission_denied")["scope"]


@each_of_a_thing
def test_what_is_not_there(api: httpx.Client, case: Case) -> None:
    told(case.send(api, f"{case.kind}_{NOBODY}"), 404, "not_found")


@each_of_a_thing
def test_what_is_no_id(api: httpx.Client, case: Case) -> None:
    problem = told(case.send(api, "gpt-4"), 400, "invalid_request")
    assert problem["field"] == f"{case.kind}_id"


@each_of_a_workspace
def test_another_workspaces_is_as_one_that_is_not_there(elsewhere: Place, api: httpx.Client, case: Case) -> None:
    foreign = elsewhere.model()["id"] if case.kind == "model" else elsewhere.provider()["id"]
    absent = case.send(api, f"{case.kind}_{NOBODY}")
    reply = case.send(api, foreign)
    assert (reply.status_code, reply.content) == (absent.status_code, absent.content)


@pytest.mark.parametrize(
    ("case"),
    [one for one in CASES.values() if one.malformed is not None],
    ids=[name for name, one in CASES.items() if one.malformed is not None],
)
def test_what_is_malformed(place: Place, api: httpx.Client, case: Case) -> None:
    identity = {"model": place.model, "provider": place.provider}.get(case.kind)
    told(case.send(api, identity()["id"] if identity else "", malformed=True), 400, "invalid_request")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        pytest.param("GET", "/nothing", 404, "route_not_found", id="no-such-path"),
        pytest.param("GET", "/changes/", 404, "route_not_found", id="a-slash-too-many"),
        pytest.param("DELETE", "/models", 405, "method_not_allowed", id="no-such-method"),
    ],
)
def test_what_is_no_operation(api: httpx.Client, method: str, path: str, status: int, code: str) -> None:
    told(api.request(method, path), status, code)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"{", "malformed_body", id="broken"),
        pytest.param(b'{"description": "\xff"}', "malformed_body", id="not-utf-8"),
        pytest.param(b'{"description": "\\u0000"}', "malformed_body", id="a-nul"),
        pytest.param(b'{"labels": ' + b"[" * 100_000, "invalid_request", id="deep"),
        pytest.param(b'{"limits": {"input_tokens": 1e400}}', "invalid_request", id="a-number-beyond-numbers"),
        pytest.param(b'{"limits": {"input_tokens": ' + b"9" * 5000 + b"}}", "invalid_request", id="a-huge-integer"),
    ],
)
def test_a_body_that_is_no_json(place: Place, api: httpx.Client, content: bytes, code: str) -> None:
    reply = api.patch(f"/models/{place.model()['id']}", content=content)
    assert (reply.status_code, reply.json()["code"]) == (400, code), reply.text


def test_a_body_that_is_too_large(place: Place, api: httpx.Client) -> None:
    reply = api.patch(f"/models/{place.model()['id']}", content=b" " * (1024 * 1024 + 1))
    told(reply, 413, "body_too_large")


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "ApiKey {}", "{}"])
def test_every_form_of_a_key_is_taken(place: Place, form: str) -> None:
    key = place.owner.headers["Authorization"].removeprefix("Bearer ")
    with httpx.Client(base_url=place.url) as client:
        assert client.get("/whoami", headers={"Authorization": form.format(key)}).status_code == 200
        assert client.get("/whoami", headers={"X-Api-Key": key}).status_code == 200
        told(client.get("/whoami", headers={"Authorization": f"Basic {key}"}), 401, "unauthenticated")
        told(client.get("/whoami", headers={"X-Api-Key": key + "x"}), 401, "unauthenticated")
