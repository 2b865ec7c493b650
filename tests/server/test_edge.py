from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from armillary.domain.ids import ulid
from tests.servers import Server, running
from tests.wire import a_model, a_provider, answered

pytestmark = pytest.mark.xdist_group("edge")  # one worker, so that one server serves them all

REQUEST_ID = re.compile(r"req_[0-9A-HJKMNP-TV-Z]{26}")
#: Longer than any announcement takes, however busy the machine.
PATIENCE_S = 60.0


def eventually(read: Callable[[], Any], expected: Any) -> None:
    """Pass once ``read`` gives what is expected."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := read()) != expected:
        assert time.monotonic() < deadline, (found, expected)
        time.sleep(0.005)  # asked again, within the deadline


@pytest.fixture(scope="module")
def server(pair: tuple[Server, Server]) -> Server:
    return pair[0]


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as opened:
        yield opened


# Request ids


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/livez", 200),
        ("GET", "/api/v1/models", 200),  # kept from the first answer to the second
        ("GET", "/v1/nothing", 404),
        ("PUT", "/api/v1/models", 405),
        ("POST", "/armillary/v1/keys", 400),
        ("OPTIONS", "/api/v1/models", 405),
    ],
)
def test_every_answer_has_an_id_of_its_own(client: httpx.Client, method: str, path: str, status: int) -> None:
    replies = [client.request(method, path, headers={"X-Request-Id": "mine"}) for _ in range(2)]
    ids = [reply.headers["x-request-id"] for reply in replies]
    assert [reply.status_code for reply in replies] == [status, status]
    assert all(REQUEST_ID.fullmatch(each) for each in ids)
    assert ids[0] < ids[1]


# HEAD and 304


@pytest.mark.parametrize(
    "path", ["/api/v1/models", "/v1/workspaces/default/models", "/armillary/v1/models", "/readyz", "/v1/nothing"]
)
def test_head_is_get_without_the_body(client: httpx.Client, path: str) -> None:
    first, head, again = client.get(path), client.head(path), client.get(path)
    told = {"content-length", "content-type", "etag", "cache-control"}
    assert (head.status_code, head.content) == (first.status_code, b"")
    assert {name: head.headers.get(name) for name in told} == {name: first.headers.get(name) for name in told}
    assert again.content == first.content or path == "/v1/nothing"  # a refusal tells its own request's id


@pytest.mark.parametrize("path", ["/api/v1/models", "/v1/workspaces/default/models", "/armillary/v1/models?limit=1"])
@pytest.mark.parametrize("spelled", ["{}", "W/{}", '"other", {}'])
def test_what_did_not_change_is_not_sent_again(client: httpx.Client, path: str, spelled: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": spelled.format(first.headers["etag"])})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == "private, no-cache"


def test_what_was_only_said_to_be_unchanged_is_sent_to_who_asks_for_it(client: httpx.Client) -> None:
    path = "/api/v1/models?favorites_only=true&never=read"
    tag = client.get("/api/v1/models").headers["etag"]
    held = [client.get(path, headers={"If-None-Match": tag}) for _ in range(2)]
    assert [(reply.status_code, reply.content) for reply in held] == [(304, b"")] * 2
    whole = client.get(path)
    assert (whole.status_code, whole.headers["etag"]) == (200, tag)
    assert whole.json()["data"]


def test_any_write_to_the_workspace_makes_an_entity_tag_old(client: httpx.Client) -> None:
    tag = client.get("/armillary/v1/models").headers["etag"]
    a_provider(client)
    assert client.get("/armillary/v1/models", headers={"If-None-Match": tag}).status_code == 200


def test_a_caller_that_may_do_less_than_before_is_told_so(client: httpx.Client, server: Server) -> None:
    new = {"name": "narrowed", "scopes": ["models:manage"], "all_workspaces": True}
    key = answered(client.post("/armillary/v1/keys", json=new), 201)
    provider = a_provider(client)
    with server.client(key["token"]) as narrowed:
        before = narrowed.get(f"/api/v1/providers/{provider}")
        spelled = "apikey_" + ulid(UUID(hex=key["key"]["id"].rpartition("_")[2]))
        answered(client.patch(f"/v1/api_keys/{spelled}", json={"spec": {"permissions": ["models:read"]}}))
        after = narrowed.get(f"/api/v1/providers/{provider}", headers={"If-None-Match": before.headers["etag"]})
    assert "update" in str(before.json()["allowed_actions"])
    assert after.status_code == 200
    assert "update" not in str(after.json()["allowed_actions"])


def test_replies_differ_by_what_they_can_depend_on(client: httpx.Client) -> None:
    path = f"/api/v1/providers/{a_provider(client)}"
    one = client.get(path, headers={"Host": "one.example"})
    two = client.get(path, headers={"Host": "two.example"})
    nobody = client.get(path, headers={"Authorization": ""})
    elsewhere = client.get(path, headers={"X-Org-Id": "org_" + "f" * 32})
    assert b"http://one.example/" in one.content
    assert b"http://two.example/" in two.content
    assert (nobody.status_code, elsewhere.status_code) == (401, 403)


# Kept replies are never stale


@dataclass
class World:
    """Two servers, a model, and what its name has to be."""

    servers: tuple[Server, Server]
    clients: tuple[httpx.Client, httpx.Client]
    model: dict[str, Any]
    name: str
    at_once: bool
    tags: dict[tuple[int, str], tuple[str, Any]] = field(default_factory=dict)
    count: int = 0

    def path(self, template: str) -> str:
        """The path of the model, in the spelling that the dialect's own ids have."""
        identity = UUID(hex=str(self.model["id"]).removeprefix("model_"))
        return template.format(hex=identity.hex, ulid=ulid(identity))


def everruns_item(world: World, reply: Any) -> Any:
    return reply["display_name"]


def everruns_list(world: World, reply: Any) -> Any:
    return next(model["display_name"] for model in reply["data"] if model["id"] == world.model["id"])


def native_item(world: World, reply: Any) -> Any:
    return reply["name"]


def cadenya_item(world: World, reply: Any) -> Any:
    return reply["metadata"]["name"]


READS: dict[str, tuple[str, Callable[[World, Any], Any]]] = {
    "everruns-item": ("/api/v1/models/model_{hex}", everruns_item),
    "everruns-list": ("/api/v1/models", everruns_list),
    "native-item": ("/armillary/v1/models/model_{hex}", native_item),
    "cadenya-item": ("/v1/workspaces/default/models/model_{ulid}", cadenya_item),
}


@pytest.fixture(scope="module")
def world(pair: tuple[Server, Server]) -> Iterator[World]:
    with ExitStack() as stack:
        clients = (stack.enter_context(pair[0].client()), stack.enter_context(pair[1].client()))
        model = a_model(clients[0], a_provider(clients[0]), "watched")
        at_once = not pair[0].database_url
        yield World(servers=pair, clients=clients, model=model, name="watched", at_once=at_once)


def write(world: World, at: int, dialect: str) -> None:
    """Rename the model at one of the servers, by one of the dialects."""
    world.count += 1
    name = f"watched-{world.count}"
    client = world.clients[at]
    if dialect == "everruns":
        answered(client.patch(f"/api/v1/models/{world.model['id']}", json={"display_name": name}))
    else:
        answered(client.patch(world.path("/armillary/v1/models/model_{hex}"), json={"name": name}))
    world.name = name


def shown(world: World, at: int, kind: str) -> Any:
    """The name that a server shows; a reply that it says did not change is taken from the last one."""
    path, told = READS[kind]
    seen = world.tags.get((at, kind))
    headers = {"If-None-Match": seen[0]} if seen else {}
    reply = world.clients[at].get(world.path(path), headers=headers)
    if reply.status_code == 304 and seen:
        return seen[1]
    name = told(world, answered(reply))
    world.tags[at, kind] = (reply.headers["etag"], name)
    return name


WRITES = st.tuples(st.just("write"), st.sampled_from([0, 1]), st.sampled_from(["everruns", "native"]))
LOOKS = st.tuples(st.just("look"), st.sampled_from([0, 1]), st.sampled_from(sorted(READS)))


@given(steps=st.lists(WRITES | LOOKS, min_size=6, max_size=14))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_read_shows_the_last_acknowledged_write(world: World, steps: list[tuple[str, int, str]]) -> None:
    written_at = None
    for step, at, how in steps:
        if step == "write":
            write(world, at, how)
            written_at = at
        elif world.at_once or written_at == at:
            assert shown(world, at, how) == world.name
        else:  # PostgreSQL's announcement reaches the other server within milliseconds
            eventually(lambda at=at, how=how: shown(world, at, how), world.name)  # type: ignore[misc]


@pytest.mark.parametrize("kind", sorted(READS))
def test_readers_never_go_back_while_another_writes(world: World, kind: str) -> None:
    path, told = READS[kind]
    ended, faults, acknowledged = threading.Event(), list[str](), [world.count]

    def read(at: int) -> None:
        newest = 0
        with world.servers[at].client() as client:
            while not ended.is_set():
                floor = max(newest, acknowledged[0] if at == 0 or world.at_once else 0)
                name = told(world, answered(client.get(world.path(path))))
                newest = int(name.rpartition("-")[2])
                if newest < floor:
                    faults.append(f"server {at} showed {newest} after {floor}")

    write(world, 0, "everruns")
    acknowledged[0] = world.count
    for at in (0, 1):
        eventually(lambda at=at: shown(world, at, kind), world.name)  # type: ignore[misc]
    readers = [threading.Thread(target=read, args=[at]) for at in (0, 1, 0, 1)]
    for reader in readers:
        reader.start()
    for _ in range(40):
        write(world, 0, "native")
        acknowledged[0] = world.count
    ended.set()
    for reader in readers:
        reader.join()
    assert faults == []


def test_a_key_that_was_disabled_opens_no_kept_reply(world: World) -> None:
    new = {"name": "disabled", "scopes": ["models:read"], "all_workspaces": True}
    key = answered(world.clients[0].post("/armillary/v1/keys", json=new), 201)

    def statuses() -> list[int]:
        found = []
        for server in world.servers:
            with server.client(key["token"]) as client:
                found.append(client.get("/api/v1/models").status_code)
        return found

    eventually(statuses, [200, 200])
    assert world.clients[1].delete(f"/armillary/v1/keys/{key['key']['id']}").status_code == 204
    if world.at_once:
        assert statuses() == [401, 401]
    eventually(statuses, [401, 401])


# When the database is away


def test_a_kept_reply_is_not_served_while_the_database_is_away(
    request: pytest.FixtureRequest, postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = tmp_path_factory.mktemp("away")
    with (
        request.getfixturevalue("new_postgres_database")() as url,
        running(data, url) as server,
        server.client() as client,
        psycopg.connect(postgres.format("postgres"), autocommit=True) as admin,
    ):
        name = conninfo_to_dict(url)["dbname"]
        paths = ("/api/v1/models", "/v1/workspaces/default/models", "/readyz")
        assert [client.get(path).status_code for path in paths] == [200, 200, 200]
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        eventually(lambda: client.get("/readyz").status_code, 503)
        refusals = [client.get(path) for path in paths]
        assert client.get("/livez").status_code == 200
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        eventually(lambda: [client.get(path).status_code for path in paths], [200, 200, 200])
    assert [reply.status_code for reply in refusals] == [503, 503, 503]
    assert [set(reply.json()) for reply in refusals[1:]] == [{"code", "message", "details"}, {"status", "version"}]
    logged = server.output.read_text().partition("Try:\n")[2].splitlines()[3:]
    assert {json.loads(line)["event"] for line in logged} <= {"request", "library", "chore_postponed"}
