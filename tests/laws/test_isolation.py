"""Another workspace's row is answered exactly like none at all, by every operation of every dialect.

The tests walk the operations table: an operation without a case fails ``test_every_operation_has_a_case``. A key of
workspace A alone asks for what is B's, of the same account, and for what is another account's; each answer is held
against the one for ids that exist nowhere, and nothing of theirs may be shown or changed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from armillary.dialects._kit.dialects import Dialect
from armillary.dialects._kit.operations import Operation
from armillary.domain.access import EVERYTHING, Role
from armillary.domain.accounts import Account, ApiKey, Profile, ProfileKind, Workspace
from armillary.domain.ids import ulid
from armillary.server.app import DIALECTS, administered
from armillary.server.settings import Settings
from armillary.services import accounts
from armillary.services.ids import new_id
from armillary.storage import accounts as account_store
from armillary.storage import api_keys, profiles, workspaces
from tests.laws import isolation_of_artifacts
from tests.laws.conftest import NewPlace, Place, entering, identity
from tests.laws.isolation_cases import CASES as OTHERS
from tests.laws.isolation_cases import (
    HEX,
    KINDS,
    OWN_SPELLING,
    SPELLINGS,
    AccountWide,
    Asking,
    Foreign,
    Kind,
    Listing,
    Own,
    Row,
    Say,
)
from tests.servers import Server
from tests.wire import answered

CASES = OTHERS | isolation_of_artifacts.CASES
#: Kinds that a workspace's own key reads one by one.
READ: tuple[Kind, ...] = ("model", "provider")


@dataclass(frozen=True, kw_only=True)
class Settled:
    """A workspace with a row of each kind in it."""

    place: Place
    rows: dict[Kind, Row]

    def state(self) -> dict[str, Any]:
        """What its own key reads of it: its rows, its trail's newest record, and its catalogue revision."""
        newest = answered(self.place.native("GET", "/changes", params={"limit": 1}))
        return {
            **{
                kind: answered(self.place.native("GET", f"/{kind}s/{HEX[kind]}_{self.rows[kind].id.hex}"))
                for kind in READ
            },
            "workspaces": answered(self.place.native("GET", "/workspaces"))["data"],
            "keys": [{**key, "last_used_at": None} for key in answered(self.place.native("GET", "/keys"))["data"]],
            "trail": newest["data"][0]["id"],
        }


def absent() -> dict[Kind, Row]:
    """Rows that are nowhere, with ids as real ones are."""
    now = datetime.now(UTC)
    return {kind: Row(id=new_id(now), external_id=f"absent-{uuid4().hex}") for kind in KINDS.values()}


@dataclass(kw_only=True)
class World:
    """Who asks, and whose rows there are.

    ``admin`` may do all that an admin may in A, and enters nothing else; ``owner`` owns the account, and is in A.
    """

    admin: Place
    owner: Place
    own: dict[Kind, Row]
    neighbour: Settled
    stranger: Settled
    absent: dict[Kind, Row] = field(default_factory=absent)
    untouched: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.untouched = [settled.state() for settled in self.foreign]

    @property
    def foreign(self) -> Sequence[Settled]:
        """Those whose rows are not ours."""
        return self.neighbour, self.stranger


TABLE = {
    (dialect.name, operation.name): (dialect, operation)
    for dialect in DIALECTS
    for operation in dialect.router.operations
}
_MEND = """
These operations have no case in CASES of tests/laws/isolation_cases.py: {missing}.
Add one for each: Foreign where its path, query or body names anything by an id (a parameter of a new kind belongs in
KINDS), Listing where it lists rows, AccountWide where only owners of the account may ask, else Own.
"""


def test_every_operation_has_a_case() -> None:
    missing = sorted(set(TABLE) - set(CASES))
    assert not missing, _MEND.format(missing=missing)
    assert set(CASES) <= set(TABLE), "these operations are gone: take their cases away"
    assert not [operation.name for _, operation in TABLE.values() if operation.public], "a public one tells of nobody"


def test_what_names_rows_in_its_path_is_tried_with_foreign_ones() -> None:
    entered = {"workspace_id"}
    for key, (_, operation) in TABLE.items():
        named = set(operation.parameters) - (entered if operation.entry else set())
        tried = {name for check in CASES[key] if isinstance(check, Foreign) for name in named - set(check.own)}
        assert tried == named, key


# How it is asked


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, as it is sent, and which rows it names."""

    method: str
    path: str
    body: Any
    query: Any
    said: set[Kind]

    def send(self, place: Place, headers: dict[str, str] | None = None) -> httpx.Response:
        members = {} if self.body is None else {"json": self.body}
        return place.client.request(self.method, self.path, params=self.query, headers=headers, **members)


def asked(
    dialect: Dialect, operation: Operation, check: Asking, say: Say, *, template: str = "", entered: str | None = None
) -> Asked:
    """The operation's request; ``entered`` is the workspace in its path, the caller's own unless it is told."""

    def filled(match: re.Match[str]) -> str:
        name = match.group(1)
        if name == "workspace_id" and operation.entry:
            return entered or say.own("workspace")
        kind = KINDS[name]
        return say.own(kind) if name in check.own else say(kind)

    prefix = (operation.prefixes or dialect.prefixes)[0]
    path = prefix + re.sub(r"\{(\w+)\}", filled, template or operation.path)
    return Asked(method=operation.method, path=path, body=check.body(say), query=check.query(say), said=say.said)


def told(reply: httpx.Response, rows: dict[Kind, Row], varying: str = "") -> tuple[Any, ...]:
    """Status, headers and body, whatever the rows' ids are, and without what varies in any case."""
    text = re.sub(varying, "", reply.text) if varying else reply.text
    for row in rows.values():
        for form in (row.id.hex, str(row.id), ulid(row.id), row.external_id):
            text = text.replace(form, "…")
    own = {"x-request-id", "date", "content-length"}
    headers = {name: value for name, value in reply.headers.items() if name not in own}
    return reply.status_code, headers, text


def shows_nothing(reply: httpx.Response, of: Sequence[Settled], *, said: Collection[Kind] = ()) -> None:
    """Pass where the reply holds no id of theirs, save those that were said to the server in the first place."""
    for settled in of:
        for kind in settled.rows.keys() - said:
            row = settled.rows[kind]
            for form in (row.id.hex, str(row.id), ulid(row.id), row.external_id):
                assert form not in reply.text, (kind, form, reply.text[:2000])


# The tests


@pytest.fixture(scope="module")
def world(server: Server, new_place: NewPlace) -> Iterator[World]:
    """A workspace to ask in, another one of the same account, and one of another account."""
    owner, other = new_place(), new_place()
    mine, theirs = _settled(owner, server), _settled(other, server)
    place = new_account(server)
    stranger = Settled(place=place, rows=_rows(place, place))
    yield World(admin=mine.place, owner=owner, own=mine.rows, neighbour=theirs, stranger=stranger)
    for settled in (mine, theirs, stranger):
        settled.place.client.close()


def _settled(owner: Place, server: Server) -> Settled:
    """The workspace with rows in it, entered by an admin's key that reaches it alone."""
    body = {"name": "Admin", "role": "admin", "scopes": ["*"]}
    token = answered(owner.native("POST", "/keys", json=body), 201)["token"]
    place = entering(server.url, token, owner.id)
    return Settled(place=place, rows=_rows(place, owner))


def _rows(place: Place, owner: Place) -> dict[Kind, Row]:
    """A row of each kind in the workspace; what only an owner may make is the owner's."""
    names = {kind: f"{kind}-{uuid4().hex}" for kind in ("model", "provider", "key")}
    metadata = {kind: {"name": name, "externalId": name} for kind, name in names.items()}
    spec = {"provider": "AI_PROVIDER_OPENAI"}
    provider = answered(
        place.cadenya("POST", "/ai_provider_keys", json={"metadata": metadata["provider"], "spec": spec})
    )
    path = f"/ai_provider_keys/{provider['metadata']['id']}/models"
    made = {"metadata": metadata["model"], "spec": {"providerModelId": names["model"]}}
    model = answered(place.cadenya("POST", path, json=made))
    body = {"name": names["key"], "external_id": names["key"], "scopes": ["models:read"], "role": "member"}
    key = answered(place.native("POST", "/keys", json=body), 201)["key"]
    entered = answered(place.native("GET", "/whoami"))["workspace"]
    name = f"name-{uuid4().hex}"
    draft = answered(place.artifacts("/artifacts/models/draft", {"name": name}, method="PATCH"))
    return {
        "model": Row(id=identity(model["metadata"]["id"]), external_id=names["model"]),
        "provider": Row(id=identity(provider["metadata"]["id"]), external_id=names["provider"]),
        "key": Row(id=identity(key["id"]), external_id=names["key"]),
        "profile": Row(id=identity(key["profile_id"]), external_id=f"profile-{uuid4().hex}"),
        "workspace": Row(id=place.id, external_id=entered["external_id"]),
        "draft": Row(id=UUID(draft["draft_id"]), external_id=f"draft-{uuid4().hex}"),
        "name": Row(id=UUID(draft["form_state"]["name_id"]), external_id=name),
        **_made(owner),
    }


def _made(owner: Place) -> dict[Kind, Row]:
    """A row of each kind that only an owner may make, or may have read."""
    kinds: tuple[Kind, ...] = ("department", "agent")
    made: dict[Kind, str] = {}
    for kind in kinds:
        body = {f"{kind}s": [{"name": f"{kind}-{uuid4().hex}"}]}
        (result,) = answered(owner.artifacts(f"/artifacts/{kind}s/create", body))["results"]
        made[kind] = result[f"{kind}_id"]
    sent = owner.client.put("/uploads/upload", params={"filename": "a.csv"}, content=b"a,b")
    made["upload"] = answered(sent)["upload_id"]
    return {kind: Row(id=UUID(one), external_id=f"{kind}-{uuid4().hex}") for kind, one in made.items()}


def new_account(server: Server) -> Place:
    """A workspace of an account besides the server's own; no operation makes one, so its rows are put there."""
    with ThreadPoolExecutor(1) as thread:
        workspace, token = thread.submit(asyncio.run, _insert_account(server)).result()
    return entering(server.url, token, workspace)


async def _insert_account(server: Server) -> tuple[UUID, str]:
    at = datetime.now(UTC)
    account, profile, workspace = new_id(at), new_id(at), new_id(at)
    async with administered(Settings(data=server.data, database_url=server.database_url)) as wiring:
        token, digest = wiring.gate.mint()
        async with wiring.db.writing() as tx:
            seal = wiring.keyring.seal
            await account_store.insert(
                tx,
                Account(
                    id=account,
                    name="Another",
                    webhook_secret=seal(accounts.WEBHOOK_SECRET, account, "secret"),
                    challenge_token=seal(accounts.CHALLENGE_TOKEN, account, "token"),
                    created_by=profile,
                    created_at=at,
                ),
            )
            await profiles.insert(
                tx, Profile(id=profile, account=account, kind=ProfileKind.API_KEY, name="Another", created_at=at)
            )
            made: dict[str, Any] = {"account": account, "created_by": profile, "created_at": at, "updated_at": at}
            number = await workspaces.next_number(tx)
            external_id = f"another-{uuid4().hex}"
            await workspaces.insert(
                tx, Workspace(id=workspace, number=number, name="Another", external_id=external_id, **made)
            )
            key = ApiKey(
                id=new_id(at), profile=profile, name="Another", scopes=(EVERYTHING,), role=Role.OWNER,
                all_workspaces=True, **made,
            )  # fmt: skip
            await api_keys.insert(tx, key, digest)
    return workspace, token


def by_operation(*kinds: type[Asking]) -> pytest.MarkDecorator:
    """Once for each operation with such a check."""
    keys = [key for key, checks in CASES.items() if key in TABLE and any(isinstance(check, kinds) for check in checks)]
    return pytest.mark.parametrize("key", keys, ids=".".join)


@pytest.fixture
def untouched(world: World) -> Iterator[None]:
    """Pass where the test left all that is foreign as it was when the tests began."""
    yield
    assert [settled.state() for settled in world.foreign] == world.untouched


def _saying(world: World, rows: dict[Kind, Row], dialect: Dialect, spelling: str = "") -> Say:
    own = SPELLINGS[OWN_SPELLING[dialect.name]]
    return Say(rows=rows, mine=world.own, spelling=SPELLINGS[spelling] if spelling else own, own_spelling=own)


def _caller(world: World, check: Asking) -> Place:
    return world.owner if check.by == "owner" else world.admin


def _foreign_to(world: World, check: Asking) -> Sequence[Settled]:
    return (world.stranger,) if check.by == "owner" else world.foreign


@by_operation(Foreign)
@pytest.mark.usefixtures("untouched")
def test_what_is_somebody_elses_is_answered_like_what_is_nowhere(world: World, key: tuple[str, str]) -> None:
    dialect, operation = TABLE[key]
    for check in CASES[key]:
        if isinstance(check, Foreign):
            for template in (operation.path, *operation.aliases):
                _like_nowhere(world, dialect, operation, check, template=template)
            for spelling in set(SPELLINGS) - {OWN_SPELLING[dialect.name]}:
                _like_nowhere(world, dialect, operation, check, spelling=spelling)


def _like_nowhere(  # noqa: PLR0917  a request and how it is spelled
    world: World, dialect: Dialect, operation: Operation, check: Foreign, template: str = "", spelling: str = ""
) -> None:
    caller = _caller(world, check)
    nowhere = asked(dialect, operation, check, _saying(world, world.absent, dialect, spelling), template=template)
    reply = nowhere.send(caller)
    expected = told(reply, world.absent, check.varying)
    assert spelling or reply.status_code == check.status, (nowhere, reply.text)
    for settled in _foreign_to(world, check):
        request = asked(dialect, operation, check, _saying(world, settled.rows, dialect, spelling), template=template)
        reply = request.send(caller)
        shows_nothing(reply, [settled], said=request.said)
        if settled is world.neighbour and "workspace" in request.said:
            assert spelling or reply.status_code == check.unassigned, (request, reply.text)
        else:
            assert told(reply, settled.rows, check.varying) == expected, request


#: Rows that belong to a workspace; keys and profiles belong to the account, and are its owner's to know.
_OF_A_WORKSPACE = frozenset[Kind]({"model", "provider", "department", "agent", "draft", "upload", "name"})


@by_operation(Foreign)
@pytest.mark.usefixtures("untouched")
def test_who_may_enter_both_workspaces_meets_in_one_nothing_of_the_other(world: World, key: tuple[str, str]) -> None:
    dialect, operation = TABLE[key]
    for check in CASES[key]:
        say = _saying(world, world.neighbour.rows, dialect)
        request = asked(dialect, operation, check, say) if operation.entry and isinstance(check, Foreign) else None
        if request is None or not request.said <= _OF_A_WORKSPACE:
            continue
        nowhere = asked(dialect, operation, check, _saying(world, world.absent, dialect)).send(world.owner)
        met = told(request.send(world.owner), world.neighbour.rows, check.varying)
        assert met == told(nowhere, world.absent, check.varying), request


@by_operation(Listing, Own)
@pytest.mark.usefixtures("untouched")
def test_lists_and_ones_own_things_show_nothing_of_others(world: World, key: tuple[str, str]) -> None:
    dialect, operation = TABLE[key]
    for check in CASES[key]:
        if isinstance(check, Listing | Own):
            request = asked(dialect, operation, check, _saying(world, {}, dialect))
            reply = request.send(_caller(world, check))
            assert reply.status_code == (check.status if isinstance(check, Own) else 200), reply.text
            shows_nothing(reply, _foreign_to(world, check))
        if isinstance(check, Listing):
            spelled = SPELLINGS[OWN_SPELLING[dialect.name]](check.shows, world.own[check.shows])
            assert spelled in reply.text, reply.text[:2000]


@by_operation(AccountWide)
@pytest.mark.usefixtures("untouched")
def test_what_is_the_accounts_is_refused_to_who_owns_it_not(world: World, key: tuple[str, str]) -> None:
    dialect, operation = TABLE[key]
    for check in CASES[key]:
        if isinstance(check, AccountWide):
            answers = [
                told(asked(dialect, operation, check, _saying(world, rows, dialect)).send(world.admin), rows)
                for rows in (world.absent, world.own, *(settled.rows for settled in world.foreign))
            ]
            assert answers[0][0] == 403
            assert all(answer == answers[0] for answer in answers)


ENTERED = [
    key
    for key, (dialect, operation) in TABLE.items()
    if operation.entry and (dialect.name != "cadenya" or "workspace_id" in operation.parameters)
]
#: What enters another account's workspace, or none that there is: who is no member is told no more than that
#: (contracts/everruns.md, 1.3), elsewhere it is not found.
REFUSED = {"everruns": 403, "cadenya": 404, "artifacts": 404, "native": 404}


@pytest.mark.parametrize("key", ENTERED, ids=".".join)
@pytest.mark.usefixtures("untouched")
def test_a_workspace_out_of_reach_tells_nothing_of_what_is_in_it(world: World, key: tuple[str, str]) -> None:
    dialect, operation = TABLE[key]

    def entering_with(entered: dict[Kind, Row], rows: dict[Kind, Row]) -> tuple[Any, ...]:
        workspace = entered["workspace"]
        headers = {"X-Org-Id": f"org_{workspace.id.hex}", "X-Workspace-Id": f"workspace_{workspace.id.hex}"}
        named = f"workspace_{ulid(workspace.id)}"
        request = asked(dialect, operation, Own(), _saying(world, rows, dialect), entered=named)
        return told(request.send(world.admin, headers), {**rows, "workspace": workspace})

    nowhere = entering_with(world.absent, world.absent)
    assert nowhere[0] == REFUSED[dialect.name]
    assert entering_with(world.stranger.rows, world.stranger.rows) == nowhere
    neighbours = entering_with(world.neighbour.rows, world.neighbour.rows)
    assert neighbours[0] == 403
    assert neighbours == (nowhere if nowhere[0] == 403 else entering_with(world.neighbour.rows, world.absent))
