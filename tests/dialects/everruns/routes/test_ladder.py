"""Every endpoint up the ladder: no credentials, a wrong scope, not there, another workspace's, malformed, valid."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from armillary.dialects.everruns import dialect
from tests.dialects.everruns.conftest import Api, Office, refused
from tests.servers import Server

UNKNOWN = {"model": f"model_{'0' * 31}9", "provider": f"provider_{'0' * 31}9"}
#: What opens nothing: no header, an empty one, unknown keys, schemes of others, a scheme alone.
WRONG = (None, "", "unknown", "Bearer unknown", "Basic YTpi", "Bearer")
MALFORMED = {"model": "model_x", "provider": "prov-1"}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An operation, with what makes it succeed."""

    name: str
    method: str
    path: str
    status: int
    body: dict[str, Any] | None = None
    writes: bool = field(default=False)
    open: bool = field(default=False)


ENDPOINTS = [
    Endpoint(name="list_models", method="GET", path="/models", status=200),
    Endpoint(name="get_model_config", method="GET", path="/models/config", status=200, open=True),
    Endpoint(name="get_model", method="GET", path="/models/{model}", status=200),
    Endpoint(name="update_model", method="PATCH", path="/models/{model}", status=200, body={}, writes=True),
    Endpoint(name="delete_model", method="DELETE", path="/models/{model}", status=204, writes=True),
    Endpoint(name="list_provider_models", method="GET", path="/providers/{provider}/models", status=200),
    Endpoint(
        name="create_model",
        method="POST",
        path="/providers/{provider}/models",
        status=201,
        body={"model_id": "climbed", "display_name": "Climbed"},
        writes=True,
    ),
    Endpoint(name="list_providers", method="GET", path="/providers", status=200),
    Endpoint(name="get_provider_config", method="GET", path="/providers/config", status=200, open=True),
    Endpoint(
        name="create_provider",
        method="POST",
        path="/providers",
        status=201,
        body={"name": "Climbed", "provider_type": "openai"},
        writes=True,
    ),
    Endpoint(name="get_provider", method="GET", path="/providers/{provider}", status=200),
    Endpoint(name="update_provider", method="PATCH", path="/providers/{provider}", status=200, body={}, writes=True),
    Endpoint(name="delete_provider", method="DELETE", path="/providers/{provider}", status=204, writes=True),
    Endpoint(
        name="sync_provider_models",
        method="POST",
        path="/providers/{provider}/sync-models",
        status=200,
        writes=True,
    ),
]
ADDRESSED = [endpoint for endpoint in ENDPOINTS if "{" in endpoint.path]


def _named(endpoint: Endpoint) -> str:
    return endpoint.name


every = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=_named)
addressed = pytest.mark.parametrize("endpoint", ADDRESSED, ids=_named)


def _ask(client: httpx.Client, endpoint: Endpoint, ids: dict[str, str], **headers: str) -> httpx.Response:
    return client.request(endpoint.method, endpoint.path.format(**ids), json=endpoint.body, headers=headers)


def test_no_operation_is_without_a_case() -> None:
    assert [endpoint.name for endpoint in ENDPOINTS] == [operation.name for operation in dialect.router.operations]


@pytest.fixture(scope="module")
def reader_key(office: Office) -> str:
    return office.key("models:read")


@pytest.fixture(scope="module")
def stranger_key(office: Office) -> str:
    """A key that may something, but nothing of models."""
    return office.key("tools:read")


@pytest.fixture(scope="module")
def others(server: Server, office: Office) -> dict[str, str]:
    """A provider and a model of another workspace."""
    with Api(server, office.workspace()) as elsewhere:
        model = elsewhere.model()
        return {"model": model["id"], "provider": model["provider_id"]}


@every
def test_no_credentials(server: Server, endpoint: Endpoint) -> None:
    # the list of models is another dialect's under the short prefix
    prefixes = ("/api/v1",) if endpoint.name == "list_models" else ("/api/v1", "/v1")
    for prefix, authorization in itertools.product(prefixes, WRONG):
        headers = {} if authorization is None else {"Authorization": authorization}
        reply = httpx.request(endpoint.method, server.url + prefix + endpoint.path.format(**UNKNOWN), headers=headers)
        refused(reply, 401, "unauthorized")
        assert reply.headers["www-authenticate"] == "Bearer"


@every
def test_a_wrong_scope(shared: Api, endpoint: Endpoint, reader_key: str, stranger_key: str) -> None:
    model = shared.model(shared.provider(provider_type="llmsim")["id"])
    ids = {"model": model["id"], "provider": model["provider_id"]}
    stranger = _ask(shared, endpoint, ids, Authorization=stranger_key)
    reader = _ask(shared, endpoint, ids, Authorization=reader_key)
    if endpoint.open:
        assert (stranger.status_code, reader.status_code) == (200, 200)
        assert stranger.json()["policies"]["can_read"] is False
        return
    refused(stranger, 403, "forbidden")
    if endpoint.writes:
        refused(reader, 403, "forbidden")
    else:
        assert reader.status_code == endpoint.status
    assert shared.get(f"/models/{model['id']}").json() == model


@addressed
def test_not_there(shared: Api, endpoint: Endpoint) -> None:
    problem = refused(_ask(shared, endpoint, UNKNOWN), 404, "not_found")
    assert problem["detail"] in {"Model not found", "Provider not found"}


@addressed
def test_another_workspaces(shared: Api, endpoint: Endpoint, others: dict[str, str]) -> None:
    """Answered as if it were not there, byte for byte."""
    assert _ask(shared, endpoint, others).content == _ask(shared, endpoint, UNKNOWN).content


@addressed
def test_malformed(shared: Api, endpoint: Endpoint) -> None:
    problem = refused(_ask(shared, endpoint, MALFORMED), 400, "bad_request")
    assert problem["detail"] in {"Invalid model ID", "Invalid provider ID"}


@every
def test_valid(shared: Api, server: Server, endpoint: Endpoint) -> None:
    for form in ("{}", "Bearer {}", "bearer {}", "ApiKey {}"):
        model = shared.model(shared.provider(provider_type="llmsim")["id"])
        ids = {"model": model["id"], "provider": model["provider_id"]}
        reply = _ask(shared, endpoint, ids, Authorization=form.format(server.key))
        assert reply.status_code == endpoint.status, reply.text
        assert (reply.content == b"") == (endpoint.status == 204)


@addressed
def test_the_short_prefix_is_the_same(shared: Api, server: Server, endpoint: Endpoint) -> None:
    model = shared.model(shared.provider(provider_type="llmsim")["id"])
    ids = {"model": model["id"], "provider": model["provider_id"]}
    reply = shared.request(endpoint.method, f"{server.url}/v1{endpoint.path.format(**ids)}", json=endpoint.body)
    assert reply.status_code == endpoint.status, reply.text
    if endpoint.status == 200 and "self_url" in reply.json():
        assert reply.json()["self_url"].startswith(f"{server.url}/api/v1/")
