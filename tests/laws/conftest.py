"""Workspaces of their own on a running server, spoken to in every dialect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from armillary.domain.ids import from_ulid, ulid
from tests.dialects.conftest import server
from tests.servers import Server
from tests.wire import answered

__all__ = ["server"]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A workspace, and a client that enters it in whichever dialect it speaks."""

    id: UUID
    client: httpx.Client

    def everruns(self, method: str, path: str, **asked: Any) -> httpx.Response:
        """An answer of Everruns' dialect."""
        return self.client.request(method, f"/api/v1{path}", **asked)

    def cadenya(self, method: str, path: str, **asked: Any) -> httpx.Response:
        """An answer of Cadenya's dialect, below the workspace."""
        return self.client.request(method, f"/v1/workspaces/workspace_{ulid(self.id)}{path}", **asked)

    def artifacts(self, path: str, body: Any, *, method: str = "POST") -> httpx.Response:
        """An answer of Artifacts' dialect."""
        return self.client.request(method, f"/api/v5{path}", json=body)

    def native(self, method: str, path: str, **asked: Any) -> httpx.Response:
        """An answer of our own API."""
        return self.client.request(method, f"/armillary/v1{path}", **asked)


#: Makes a workspace, and a client that enters it by the admin key.
NewPlace = Callable[[], Place]


def entering(url: str, token: str, workspace: UUID) -> Place:
    """The workspace, entered by a key."""
    headers = {
        "Authorization": f"Bearer {token}",
        "X-Org-Id": f"org_{workspace.hex}",
        "X-Workspace-Id": f"workspace_{workspace.hex}",
    }
    return Place(id=workspace, client=httpx.Client(base_url=url, headers=headers, timeout=120))


def identity(text: str) -> UUID:
    """The UUID of an id in hex or as a ULID."""
    digits = text.rpartition("_")[2]
    found = UUID(digits) if len(digits) == 32 else from_ulid(digits)
    assert found is not None, text
    return found


@pytest.fixture(scope="session")
def new_place(server: Server) -> Iterator[NewPlace]:
    """Makes workspaces, as the catalogue seeds them; their clients are closed at the end."""
    made: list[Place] = []

    def make() -> Place:
        with server.client() as client:
            body = {"name": "A place", "external_id": f"place-{uuid4().hex}"}
            workspace = answered(client.post("/armillary/v1/workspaces", json=body), 201)["id"]
        made.append(entering(server.url, server.key, identity(workspace)))
        return made[-1]

    yield make
    for place in made:
        place.client.close()


@pytest.fixture(scope="module")
def place(new_place: NewPlace) -> Place:
    """The workspace that a module's tests share."""
    return new_place()
