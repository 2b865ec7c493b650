"""Which dialects a browser's page of another origin may call. Source: contracts/artifacts.md, 1.1."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.servers import running

FROM = {"Origin": "https://console.example"}
ASKING = {**FROM, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with running(tmp_path_factory.mktemp("origins"), "") as server, server.client() as opened:
        yield opened


def shared(reply: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in reply.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("path", ["/api/v5/artifacts/models/get", "/uploads/csv", "/api/v5/nothing"])
def test_artifacts_may_be_called_from_anywhere(client: httpx.Client, path: str) -> None:
    preflight = client.options(path, headers={**ASKING, "Authorization": ""})
    assert (preflight.status_code, preflight.content) == (200, b"")
    told = shared(preflight)
    assert told["access-control-allow-origin"] == "*"
    assert {"POST", "PATCH", "GET"} <= set(told["access-control-allow-methods"].split(", "))
    assert {"*", "Authorization"} == set(told["access-control-allow-headers"].split(", "))
    assert "access-control-allow-credentials" not in told


@pytest.mark.parametrize("path", ["/api/v5/artifacts/models/refresh", "/api/v5/nothing"])
@pytest.mark.parametrize("key", ["", "Bearer wrong"])
def test_refusals_may_be_read_from_anywhere(client: httpx.Client, path: str, key: str) -> None:
    reply = client.post(path, headers={**FROM, "Authorization": key})
    assert reply.status_code in {401, 404}
    assert shared(reply) == {"access-control-allow-origin": "*", "access-control-expose-headers": "*"}


def test_who_names_no_origin_is_told_nothing_of_it(client: httpx.Client) -> None:
    assert shared(client.post("/api/v5/artifacts/models/refresh")) == {}
    assert client.options("/api/v5/artifacts/models/refresh").status_code == 405


@pytest.mark.parametrize("path", ["/api/v1/models", "/v1/account", "/armillary/v1/models", "/livez"])
def test_no_other_dialect_is_shared(client: httpx.Client, path: str) -> None:
    assert shared(client.get(path, headers=FROM)) == {}
    assert shared(client.options(path, headers=ASKING)) == {}
