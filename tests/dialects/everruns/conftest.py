"""What the dialect's tests over HTTP need: a client, workspaces of their own, and keys that may less."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import httpx
import pytest

from armillary.domain.accounts import DEFAULT_WORKSPACE
from armillary.domain.changes import Change, ChangeQuery
from armillary.domain.providers import Management, NewProvider
from armillary.services import bootstrap, changes, defaults, providers
from armillary.services.access import Gate
from armillary.storage.engine import open_database
from armillary.storage.secrets import Keyring
from tests.servers import Server
from tests.tenancy import Tenancy

Result = TypeVar("Result")
_numbers = itertools.count(1)


class Office:
    """Does beside the running server what no Everruns client can: workspaces, keys, and a look behind the wire."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def do(self, work: Callable[[Tenancy], Awaitable[Result]]) -> Result:
        """Do something on the server's own database, in another process than its."""
        return asyncio.run(self._do(work))

    async def _do(self, work: Callable[[Tenancy], Awaitable[Result]]) -> Result:
        db = await open_database(self._server.database_url)
        try:
            keyring, key = Keyring.open_file(self._server.data / "secrets.key"), self._server.key
            prepared = await bootstrap.prepare(db, keyring, admin_key=key, at=datetime.now(UTC))
            gate = Gate(db, prepared.pepper, keyring)
            owner = (await gate.admit(key)).enter(DEFAULT_WORKSPACE, dialect="native")
            return await work(
                Tenancy(db=db, keyring=keyring, gate=gate, owner=owner, token=key, _now=datetime.now(UTC))
            )
        finally:
            await db.close()

    def workspace(self) -> UUID:
        """A workspace that nobody else uses, seeded as every new one."""

        async def work(tenancy: Tenancy) -> UUID:
            return (await tenancy.a_workspace(name=f"workspace {next(_numbers)}")).id

        return self.do(work)

    def key(self, *scopes: str, assigned: tuple[UUID, ...] = ()) -> str:
        """A key with these scopes in these workspaces, or in all of them."""

        async def work(tenancy: Tenancy) -> str:
            _, token = await tenancy.a_key(scopes=scopes, assigned=assigned, all_workspaces=not assigned)
            return token

        return self.do(work)

    def default_of(self, workspace: UUID) -> str | None:
        """The wire id of the workspace's default model."""

        async def work(tenancy: Tenancy) -> str | None:
            found = await defaults.current(tenancy.db, await tenancy.enter(tenancy.token, workspace))
            return None if found is None else f"model_{found.model.id.hex}"

        return self.do(work)

    def choose_default(self, workspace: UUID, model: str | None) -> None:
        """Make the model the workspace's default."""

        async def work(tenancy: Tenancy) -> None:
            caller = await tenancy.enter(tenancy.token, workspace)
            chosen = None if model is None else UUID(model.partition("_")[2])
            await defaults.choose(tenancy.db, caller, chosen, at=tenancy.tick())

        self.do(work)

    def changes_of(self, workspace: UUID, entity: str) -> list[Change]:
        """The change records of an entity, the newest first."""

        async def work(tenancy: Tenancy) -> list[Change]:
            caller = await tenancy.enter(tenancy.token, workspace)
            query = ChangeQuery(entity=UUID(entity.partition("_")[2]))
            return list(await changes.page(tenancy.db, caller, query))

        return self.do(work)

    def managed_provider(self, workspace: UUID) -> str:
        """The wire id of a new provider that the platform supplies."""

        async def work(tenancy: Tenancy) -> str:
            caller = await tenancy.enter(tenancy.token, workspace)
            new = NewProvider(name="Managed", driver="openai", managed=True, management=Management.PLATFORM)
            made = await providers.create(tenancy.db, tenancy.keyring, caller, new, at=tenancy.tick())
            return f"provider_{made.id.hex}"

        return self.do(work)


class Api(httpx.Client):
    """Everruns' API as a plain client speaks it: the raw token, one organization, JSON on every call."""

    def __init__(self, server: Server, workspace: UUID, key: str | None = None, prefix: str = "/api/v1") -> None:
        headers = {
            "Authorization": key or server.key,
            "Content-Type": "application/json",
            "X-Org-Id": f"org_{workspace.hex}",
        }
        super().__init__(base_url=server.url + prefix, headers=headers, timeout=30)
        self.workspace = workspace

    def provider(self, **members: Any) -> dict[str, Any]:
        """A new provider that is healthy."""
        body = {"name": f"Provider {next(_numbers)}", "provider_type": "openai", "api_key": "sk-test", **members}
        reply = self.post("/providers", json=body)
        assert reply.status_code == 201, reply.text
        made: dict[str, Any] = reply.json()
        return made

    def model(self, provider: str | None = None, **members: Any) -> dict[str, Any]:
        """A new model, of a new provider unless one is named."""
        owner = provider or self.provider()["id"]
        number = next(_numbers)
        body = {"model_id": f"wire-{number}", "display_name": f"Model {number}", **members}
        reply = self.post(f"/providers/{owner}/models", json=body)
        assert reply.status_code == 201, reply.text
        made: dict[str, Any] = reply.json()
        return made

    def update(self, model: str, **members: Any) -> dict[str, Any]:
        """The model as a PATCH leaves it."""
        reply = self.patch(f"/models/{model}", json=members)
        assert reply.status_code == 200, reply.text
        after: dict[str, Any] = reply.json()
        return after

    def rows(self, path: str = "/models", **query: str | int) -> list[dict[str, Any]]:
        """The rows of a list."""
        reply = self.get(path, params=query)
        assert reply.status_code == 200, reply.text
        found: list[dict[str, Any]] = reply.json()["data"]
        return found


def refused(reply: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem that the reply is, in the shape that every refusal has."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = reply.json()
    assert (problem["status"], problem["code"]) == (status, code), reply.text
    assert problem["error"] == {"code": code, "message": problem["detail"]}
    return problem


@pytest.fixture(scope="session")
def office(server: Server) -> Office:
    return Office(server)


@pytest.fixture
def api(server: Server, office: Office) -> Iterator[Api]:
    """The API in a workspace of the test's own."""
    with Api(server, office.workspace()) as client:
        yield client


@pytest.fixture(scope="module")
def shared(server: Server, office: Office) -> Iterator[Api]:
    """The API in a workspace that a module's tests share, each with rows of its own."""
    with Api(server, office.workspace()) as client:
        yield client
