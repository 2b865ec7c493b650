from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from armillary.server.app import DIALECTS
from armillary.server.urls import UrlMap
from tests.servers import running

pytestmark = pytest.mark.xdist_group("urls")  # one worker, so that one server serves them all

NAMES = [dialect.name for dialect in DIALECTS]
_PARAMETER = re.compile(r"\{[^}]+\}")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with running(tmp_path_factory.mktemp("server"), "") as server, server.client() as opened:
        yield opened


def envelope(reply: httpx.Response) -> str:
    """Whose error a reply is, by the members that only one dialect's has."""
    body: dict[str, Any] = reply.json()
    if reply.headers["content-type"] == "application/problem+json":
        return "native" if "mend" in body else "everruns"
    if set(body) == {"detail"}:
        return "artifacts"
    return "cadenya" if set(body) == {"code", "message", "details"} else "everruns"


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/api/v1/models", "everruns"),
        ("/api/v1/nothing", "everruns"),
        ("/api/v1/workspaces", "everruns"),
        ("/api", "everruns"),
        ("/api/v5/artifacts/models/get", "artifacts"),
        ("/api/v5/nothing", "artifacts"),
        ("/api/v5", "artifacts"),
        ("/api/v50", "everruns"),
        ("/uploads/1/download", "artifacts"),
        ("/uploads", "artifacts"),
        ("/uploading", "native"),
        ("/v1/sessions", "everruns"),
        ("/v1/agents/agent_1", "everruns"),
        ("/v1/llm-models", "everruns"),
        ("/v1/workspaces/default/models", "cadenya"),
        ("/v1/workspaces", "cadenya"),
        ("/v1/api_keys:rotate", "cadenya"),
        ("/v1/account", "cadenya"),
        ("/v1/nothing", "cadenya"),
        ("/v1", "cadenya"),
        ("/armillary/v1/models", "native"),
        ("/armillary/nothing", "native"),
        ("/nothing", "native"),
        ("/", "native"),
        ("", "native"),
        ("//api/v1/models", "everruns"),
        ("/apis", "native"),
        ("/v11/models", "native"),
    ],
)
def test_a_path_belongs_to_one_dialect(path: str, dialect: str) -> None:
    assert UrlMap(DIALECTS).of(path).name == dialect


def test_every_operation_lies_where_its_dialects_envelope_answers() -> None:
    urls = UrlMap(DIALECTS)
    for dialect in DIALECTS:
        for operation in dialect.router.operations:
            for prefix in operation.prefixes or dialect.prefixes:
                for path in (operation.path, *operation.aliases):
                    owner = urls.of(_PARAMETER.sub("x", prefix + path)).name
                    # One that claims its requests by the form of their ids tells its refusals itself.
                    assert owner == dialect.name or operation.claims is not None, prefix + path


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/api/v1/nothing", "everruns"),
        ("/api/v1/models/model_x/nothing", "everruns"),
        ("/api/v5/nothing", "artifacts"),
        ("/api/v5/artifacts/models/nothing", "artifacts"),
        ("/uploads/nothing/at/all", "artifacts"),
        ("/v1/workspaces/default/nothing", "cadenya"),
        ("/v1/nothing", "cadenya"),
        ("/v1/%2e%2e/%00", "cadenya"),
        ("/armillary/v1/nothing", "native"),
        ("/nothing/at/all", "native"),
        ("/", "native"),
        ("/%FF%FE", "native"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "BREW"])
def test_what_is_not_there_is_told_in_the_words_of_whose_path_it_is(
    client: httpx.Client, path: str, dialect: str, method: str
) -> None:
    reply = client.request(method, path)
    assert (reply.status_code, envelope(reply)) == (404, dialect)


@pytest.mark.parametrize(
    ("path", "dialect", "allowed"),
    [
        ("/api/v1/models", "everruns", "GET"),
        ("/v1/workspaces/default/models", "cadenya", "GET"),
        ("/armillary/v1/models/resolve", "native", "GET"),
        ("/livez", "native", "GET"),
    ],
)
def test_a_method_that_is_not_there_names_those_that_are(
    client: httpx.Client, path: str, dialect: str, allowed: str
) -> None:
    reply = client.request("PUT", path)
    assert (reply.status_code, envelope(reply)) == (405, dialect)
    assert set(allowed.split(", ")) <= set(reply.headers["allow"].split(", "))


def test_an_encoded_slash_or_colon_stays_within_its_segment(client: httpx.Client) -> None:
    plain = client.get("/v1/workspaces/default/models/external_id:llmsim-llmsim-echo")
    encoded = client.get("/v1/workspaces/default/models/external_id%3Allmsim-llmsim-echo")
    slash = client.get("/v1/workspaces/default%2Fmodels")
    assert (plain.status_code, encoded.content, slash.status_code) == (200, plain.content, 404)


@pytest.mark.parametrize("path", ["/health", "/readyz", "/livez", "/api/health", "/metrics", "/docs", "/openapi.json"])
def test_what_the_server_says_of_itself_needs_no_key(client: httpx.Client, path: str) -> None:
    assert client.get(path, headers={"Authorization": ""}).status_code == 200


def test_a_server_answers_at_a_path_of_any_length(client: httpx.Client) -> None:
    assert client.get("/v1/" + "a" * 4000).status_code == 404
    assert client.get("/v1" + "/a" * 2000).status_code == 404


def test_the_servers_own_document_names_are_those_of_the_dialects(client: httpx.Client) -> None:
    statuses = {name: client.get(f"/openapi/{name}.json").status_code for name in ("nothing", *NAMES)}
    assert statuses == {"nothing": 404, "everruns": 200, "cadenya": 200, "artifacts": 200, "native": 200}
