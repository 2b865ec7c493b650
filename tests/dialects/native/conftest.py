"""A workspace for a module's tests, and keys into it; another one beside it, of the same account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.servers import Server

PREFIX = "/armillary/v1"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A workspace with the catalogue in it, and clients that enter it by keys of their own."""

    id: str
    external_id: str
    url: str
    owner: httpx.Client
    mint: Callable[..., httpx.Client]

    def model(self, upstream_name: str = "llmsim-echo") -> dict[str, Any]:
        """One of the workspace's models, by what its provider calls it."""
        found = self.owner.get("/models", params={"limit": 200}).json()["data"]
        model: dict[str, Any] = next(one for one in found if one["upstream_name"] == upstream_name)
        return model

    def provider(self, external_id: str = "llmsim") -> dict[str, Any]:
        """One of the workspace's providers."""
        found = self.owner.get("/providers").json()["data"]
        provider: dict[str, Any] = next(one for one in found if one["external_id"] == external_id)
        return provider


def _place(server: Server, clients: list[httpx.Client]) -> Place:
    def client(token: str, **headers: str) -> httpx.Client:
        made = httpx.Client(
            base_url=server.url + PREFIX, headers={"Authorization": f"Bearer {token}", **headers}, timeout=60
        )
        clients.append(made)
        return made

    name = f"place-{uuid4().hex}"
    admin = client(server.key)
    workspace = admin.post("/workspaces", json={"name": "A place", "external_id": name}).json()["id"]
    owner = client(server.key, **{"X-Workspace-Id": workspace})

    def mint(*scopes: str, role: str = "owner") -> httpx.Client:
        reply = owner.post("/keys", json={"name": "a key", "scopes": scopes, "role": role})
        assert reply.status_code == 201, reply.text
        return client(reply.json()["token"])

    return Place(id=workspace, external_id=name, url=server.url + PREFIX, owner=owner, mint=mint)


@pytest.fixture(scope="module")
def clients() -> Iterator[list[httpx.Client]]:
    made: list[httpx.Client] = []
    yield made
    for client in made:
        client.close()


@pytest.fixture(scope="module")
def place(server: Server, clients: list[httpx.Client]) -> Place:
    """The workspace that the tests of a module share."""
    return _place(server, clients)


@pytest.fixture(scope="module")
def elsewhere(server: Server, clients: list[httpx.Client]) -> Place:
    """Another workspace."""
    return _place(server, clients)


@pytest.fixture
def api(place: Place) -> httpx.Client:
    """Who owns the account, in the workspace."""
    return place.owner
