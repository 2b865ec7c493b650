"""A workspace of a test module's own, with departments, and people who enter it with tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx

from armillary.domain.resources import Content, Flag, ResourceKind, RoleName, kind_of
from armillary.domain.seeds import MODEL_ACTIVE, SEEDS
from armillary.services import bootstrap, tokens
from armillary.storage.engine import open_database
from armillary.storage.secrets import Keyring
from tests.servers import Server
from tests.wire import answered

Json = dict[str, Any]
MODELS = "/api/v5/artifacts/models"
#: The contract's words for roles, the strongest first.
ROLES = ("superadmin", "admin", "instructional", "member", "guest", "custom")
#: How many of anything a search of these tests may list.
ALL = 1000
_numbers = count(1)


def unique(word: str) -> str:
    """A text that nothing else contains."""
    return f"{word} {next(_numbers)}-{uuid4().hex[:8]}"


def seeds(kind: str) -> list[tuple[str, Content]]:
    """The rows of a kind that every workspace is born with: id and content."""
    return [(str(seed.id), seed.content) for seed in SEEDS if kind_of(seed.content) is ResourceKind(kind)]


def role_row(role: str) -> str:
    """The seeded row of a role."""
    return next(one for one, content in seeds("roles") if isinstance(content, RoleName) and content.role == role)


def flag(name: str = MODEL_ACTIVE, *, value: bool = True) -> str:
    """The seeded row of a flag."""
    return next(
        one
        for one, content in seeds("flags")
        if isinstance(content, Flag) and (content.name, content.value) == (name, value)
    )


class Person(httpx.Client):
    """The dialect as somebody speaks it."""

    def __init__(self, server: Server, profile: str, name: str, **headers: str) -> None:
        super().__init__(base_url=server.url, headers=headers, timeout=60)
        self.profile = profile
        self.name = name

    def done(self, path: str, body: Json | None = None, **headers: str) -> Json:
        """What a call that is to succeed answers."""
        reply = self.post(path, json={} if body is None else body, headers=headers)
        made: Json = answered(reply)
        return made

    def row(self, kind: str, **members: Any) -> str:
        """The id of a row of a kind."""
        made: str = self.done(f"/api/v5/resources/{kind}", members)["id"]
        return made

    def name_row(self, text: str) -> str:
        """The id of a name."""
        return self.row("names", name=text)

    def description_row(self, text: str) -> str:
        """The id of a description."""
        return self.row("descriptions", description=text)

    def made(self, kind: str, **members: Any) -> str:
        """The id of a new thing of a kind: ``department``, ``provider``, ``agent``, ``profile``, ``model``."""
        item = {"name": unique(kind), **members}
        (result,) = self.done(f"/api/v5/artifacts/{kind}s/create", {f"{kind}s": [item]})["results"]
        assert result[f"{kind}_id"] is not None, result
        found: str = result[f"{kind}_id"]
        return found

    def model(self, **members: Any) -> str:
        """The id of a new model."""
        return self.made("model", **members)

    def updated(self, model: str, **members: Any) -> Json:
        """The form of a model after an update that succeeds."""
        (result,) = self.done(f"{MODELS}/update", {"models": [{"model_id": model, **members}]})["results"]
        assert (result["success"], result["model_id"], result["errors"]) == (True, model, None), result
        return self.form(model)

    def form(self, model: str | None = None, draft: str | None = None) -> Json:
        """A model's form."""
        return self.done(f"{MODELS}/get", {"model_id": model, "draft_id": draft}, **{"X-Bypass-Cache": "1"})

    def search(self, text: str | None = None, **members: Any) -> Json:
        """A page of models."""
        return self.done(f"{MODELS}/search", {"search": text, "page_size": ALL, **members})

    def found(self, text: str | None = None, **members: Any) -> list[str]:
        """The ids of a page of models."""
        return [one["model_id"] for one in self.search(text, **members)["models"]]


def linked(form: Json, section: str) -> list[str]:
    """The ids of what a section of many shows as selected."""
    return [row["flag_option_id" if section == "flags" else "id"] for row in form[section]["current"] or []]


@dataclass(frozen=True, kw_only=True)
class House:
    """A new workspace, entered by ``root``, a superadmin's key, with two departments; who is whose, tests decide."""

    server: Server
    workspace: UUID
    root: Person
    mine: str
    theirs: str
    stack: ExitStack = field(repr=False)

    def person(self, role: str, *departments: str) -> Person:
        """Somebody new with a role and departments, who comes with a token."""
        profile, name = self.profile(role, *departments)
        return self.enter(self.token(profile), profile, name)

    def profile(self, role: str, *departments: str) -> tuple[str, str]:
        """The id and the name of somebody new."""
        name = unique(role)
        members = {
            "name": name,
            "emails": [f"{uuid4().hex}@example.com"],
            "role_ids": [role_row(role)],
            "department_ids": list(departments),
        }
        return self.root.made("profile", **members), name

    def enter(self, token: str, profile: str = "", name: str = "") -> Person:
        """Whoever has the token."""
        return self.stack.enter_context(Person(self.server, profile, name, Authorization=f"Bearer {token}"))

    def token(self, profile: str, *, life: timedelta = timedelta(hours=1), ago: timedelta = timedelta()) -> str:
        """A token as ``armillary tokens mint`` makes it, of some time ago."""
        return asyncio.run(self._token(profile, life, datetime.now(UTC) - ago))

    async def _token(self, profile: str, life: timedelta, at: datetime) -> str:
        db = await open_database(self.server.database_url)
        try:
            keyring = Keyring.open_file(self.server.data / "secrets.key")
            within = replace(await bootstrap.system(db), workspace=self.workspace)
            return (await tokens.mint(db, keyring, within, profile, life=life, at=at)).token
        finally:
            await db.close()


@contextmanager
def a_house(server: Server) -> Iterator[House]:
    """A workspace that nobody else uses, with two departments besides the one that it is born with."""
    with ExitStack() as stack:
        with server.client() as admin:
            made = admin.post("/armillary/v1/workspaces", json={"name": "A house", "external_id": uuid4().hex})
            workspace = answered(made, 201)["id"]
            name = unique("root")
            body = {"name": name, "role": "owner", "scopes": ["*"], "all_workspaces": False}
            key = answered(admin.post("/armillary/v1/keys", json=body, headers={"X-Workspace-Id": workspace}), 201)
        root = stack.enter_context(Person(server, "", name, **{"X-Api-Key": key["token"]}))
        yield House(
            server=server,
            workspace=UUID(workspace.partition("_")[2]),
            root=root,
            mine=root.made("department"),
            theirs=root.made("department"),
            stack=stack,
        )
