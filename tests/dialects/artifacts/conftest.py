"""A workspace for a module's tests, and a client that enters it by a key of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.servers import Server

Json = dict[str, Any]


class Api(httpx.Client):
    """The dialect as a plain client speaks it, in one workspace."""

    def __init__(self, server: Server, key: str, workspace: str) -> None:
        super().__init__(base_url=f"{server.url}/api/v5", headers={"X-Api-Key": key}, timeout=60)
        self.server = server
        self.key = key
        self.workspace = workspace

    def done(self, path: str, body: Json | None = None, **headers: str) -> Json:
        """What a call that is to succeed answers."""
        reply = self.post(path, json={} if body is None else body, headers=headers)
        assert reply.status_code == 200, reply.text
        answered: Json = reply.json()
        return answered

    def model(self, **members: Any) -> str:
        """The id of a new model."""
        item = {"name": f"model-{uuid4().hex[:8]}", **members}
        (result,) = self.done("/artifacts/models/create", {"models": [item]})["results"]
        assert result["model_id"] is not None, result
        made: str = result["model_id"]
        return made

    def form(self, model: str | None = None, draft: str | None = None) -> Json:
        """A model's form."""
        return self.done("/artifacts/models/get", {"model_id": model, "draft_id": draft})

    def offered(self, section: str, **members: Any) -> str:
        """The id of a row that the form of a new model offers, by its members."""
        rows = self.form()[section]["resources"]
        found: str = next(one["id"] for one in rows if members.items() <= one.items())
        return found


def a_place(server: Server) -> Api:
    """A new workspace, and a key into it alone."""
    with server.client() as admin:
        made = admin.post("/armillary/v1/workspaces", json={"name": "A place", "external_id": uuid4().hex})
        headers = {"X-Workspace-Id": made.json()["id"]}
        body = {"name": "a key", "role": "owner", "scopes": ["*"], "all_workspaces": False}
        key = admin.post("/armillary/v1/keys", json=body, headers=headers)
    assert key.status_code == 201, key.text
    return Api(server, key.json()["token"], made.json()["id"])


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[Api]:
    """A workspace that the tests of a module share, as one of its owners enters it."""
    with a_place(server) as client:
        yield client


@pytest.fixture(scope="module")
def elsewhere(server: Server) -> Iterator[Api]:
    """Another workspace of the same account."""
    with a_place(server) as client:
        yield client
