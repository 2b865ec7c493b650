"""Places to test in: workspaces of their own on the shared server, and keys that may do less."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.servers import Server


@dataclass(frozen=True, kw_only=True)
class Place:
    """A workspace, and a client that may do everything in it."""

    api: httpx.Client
    id: str

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        """Call an operation of the workspace."""
        members = {} if body is None else {"json": body}
        return self.api.request(method, f"/v1/workspaces/{self.id}{path}", params=query or None, **members)

    def read(self, path: str, **query: Any) -> Any:
        """The reply's body."""
        return _body(self.call("GET", path, **query))

    def write(self, method: str, path: str, body: Any = None) -> Any:
        """The reply's body."""
        return _body(self.call(method, path, body))

    def a_key(self, external_id: str = "", **spec: Any) -> dict[str, Any]:
        """An AI provider key of the workspace's own."""
        metadata = {"name": "Own", "externalId": external_id}
        credentials = {"type": "apiKey", "apiKey": {"apiKey": "sk-secret"}}
        body = {"metadata": metadata, "spec": {"provider": "AI_PROVIDER_OPENAI", "credentials": credentials} | spec}
        made: dict[str, Any] = self.write("POST", "/ai_provider_keys", body)
        return made

    def a_model(self, key: str, name: str = "acme-1", **metadata: Any) -> dict[str, Any]:
        """A model made by hand."""
        spec = {
            "provider": "acme",
            "family": "acme",
            "providerModelId": name,
            "maxInputTokens": 1000,
            "maxOutputTokens": 100,
            "inputPricePerMillionTokens": "200",
            "outputPricePerMillionTokens": "800",
            "cachedInputPricePerMillionTokens": "50",
            "capabilities": [{"type": "temperature", "temperature": {}}],
        }
        body = {"metadata": {"name": name, **metadata}, "spec": spec}
        made: dict[str, Any] = self.write("POST", f"/ai_provider_keys/{key}/models", body)
        return made


def _body(reply: httpx.Response) -> Any:
    assert reply.status_code == 200, reply.text
    return reply.json()


@pytest.fixture
def client(server: Server) -> Iterator[Callable[..., httpx.Client]]:
    """Makes clients that are closed when the test ends."""
    with ExitStack() as opened:
        yield lambda *key: opened.enter_context(server.client(*key))


@pytest.fixture
def api(client: Callable[..., httpx.Client]) -> httpx.Client:
    """A client that may do everything."""
    return client()


@pytest.fixture
def new_place(api: httpx.Client) -> Callable[[], Place]:
    """Makes a workspace."""

    def make() -> Place:
        made = _body(api.post("/v1/account/workspaces", json={"metadata": {"name": "Place"}, "spec": {}}))
        return Place(api=api, id=made["metadata"]["id"])

    return make


@pytest.fixture
def place(new_place: Callable[[], Place]) -> Place:
    """A workspace of the test's own, as the catalogue seeds it."""
    return new_place()


@pytest.fixture
def limited(api: httpx.Client, client: Callable[..., httpx.Client]) -> Callable[..., httpx.Client]:
    """Makes a client that holds only these scopes, and reaches only these workspaces."""

    def make(*workspaces: str, scopes: tuple[str, ...] = ()) -> httpx.Client:
        spec = {
            "permissions": list(scopes),
            "allWorkspaces": False,
            "workspaceAssignments": [{"workspaceId": one} for one in workspaces],
        }
        made = _body(api.post("/v1/account/api_keys", json={"metadata": {"name": "less"}, "spec": spec}))
        return client(made["spec"]["token"])

    return make
