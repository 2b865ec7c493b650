"""Workspaces of their own on a running server, and clients that enter them through the Artifacts dialect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import httpx

from tests.servers import Server
from tests.wire import answered


@dataclass(frozen=True, kw_only=True)
class Place:
    """A new workspace with the catalogue in it; ``owner`` speaks for it in the native dialect."""

    server: Server
    id: str
    external_id: str
    owner: httpx.Client
    stack: ExitStack = field(repr=False)

    def key(self, *scopes: str, role: str = "owner") -> str:
        """A new key of a profile of its own, into this workspace alone."""
        body = {"name": "a key", "scopes": scopes or ("*",), "role": role}
        token: str = answered(self.owner.post("/keys", json=body), 201)["token"]
        return token

    def client(self, *scopes: str, role: str = "owner") -> httpx.Client:
        """A client with a new key."""
        headers = {"X-Api-Key": self.key(*scopes, role=role)}
        return self.stack.enter_context(httpx.Client(base_url=self.server.url, headers=headers, timeout=60))


@contextmanager
def a_place(server: Server) -> Iterator[Place]:
    """A workspace that nobody else uses."""
    with ExitStack() as stack:
        name = f"place-{uuid4().hex}"
        with server.client() as admin:
            made = admin.post("/armillary/v1/workspaces", json={"name": "A place", "external_id": name})
        workspace: str = answered(made, 201)["id"]
        headers = {"Authorization": f"Bearer {server.key}", "X-Workspace-Id": workspace}
        owner = httpx.Client(base_url=f"{server.url}/armillary/v1", headers=headers, timeout=60)
        yield Place(server=server, id=workspace, external_id=name, owner=stack.enter_context(owner), stack=stack)
