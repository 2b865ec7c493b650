"""Who calls, and who is not let in. Source: contracts/artifacts.md, 1.1 to 1.3, 1.5, 5.9 and 5.10."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import jwt
import pytest

from tests.dialects.artifacts.people import MODELS, ROLES, House, Json, Person, a_house, flag, role_row, unique
from tests.servers import Server

ORIGIN = "https://a-page.example.com"


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[House]:
    with a_house(server) as made:
        yield made


@pytest.fixture(scope="module")
def member(house: House) -> Person:
    return house.person("member", house.mine)


@pytest.fixture(scope="module")
def token(member: Person) -> str:
    return str(member.headers["Authorization"]).removeprefix("Bearer ")


@pytest.fixture(scope="module")
def key(house: House) -> str:
    return str(house.root.headers["X-Api-Key"])


def asked(server: Server, **headers: str) -> httpx.Response:
    """A search, with these headers and no others of ours."""
    return httpx.post(f"{server.url}{MODELS}/search", json={}, headers=headers)


def actor(reply: httpx.Response) -> str:
    assert reply.status_code == 200, reply.text
    name: str = reply.json()["actor_name"]
    return name


def is_refused(reply: httpx.Response) -> bool:
    """Whether it is a 401 in the dialect's envelope that says so in a sentence."""
    shown = reply.json()
    return reply.status_code == 401 and list(shown) == ["detail"] and isinstance(shown["detail"], str)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_bearer_says_who_calls(server: Server, member: Person, token: str, scheme: str) -> None:
    assert actor(asked(server, Authorization=f"{scheme} {token}")) == member.name


def test_a_key_says_who_calls_in_either_header(server: Server, house: House, key: str) -> None:
    for headers in ({"X-Api-Key": key}, {"Authorization": f"Bearer {key}"}):
        assert actor(asked(server, **headers)) == house.root.name
    assert actor(asked(server, **{"X-Api-Key": key, "Authorization": f"Bearer {key}"})) == house.root.name


def test_of_both_the_bearer_says_who_calls(server: Server, member: Person, key: str, token: str) -> None:
    both = {"X-Api-Key": key, "Authorization": f"Bearer {token}"}
    assert actor(asked(server, **both)) == member.name
    assert actor(asked(server, **{**both, "X-Api-Key": ""})) == member.name


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="none"),
        pytest.param({"X-Api-Key": ""}, id="empty-key"),
        pytest.param({"X-Api-Key": "wrong"}, id="wrong-key"),
        pytest.param({"Authorization": "Bearer wrong"}, id="wrong-bearer"),
        pytest.param({"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}, id="alg-none"),
        pytest.param({"Authorization": "Basic dTpw"}, id="bad-scheme"),
        pytest.param({"Authorization": "Bearer"}, id="no-token"),
        pytest.param({"Authorization": "{key}"}, id="no-scheme"),
        pytest.param({"Authorization": "Bearer  {key}"}, id="two-spaces"),
        pytest.param({"X-Api-Key": "{key}", "Authorization": "Bearer wrong"}, id="key-and-wrong-bearer"),
        pytest.param({"X-Api-Key": "{key}", "Authorization": "Basic dTpw"}, id="key-and-bad-scheme"),
        pytest.param({"X-Api-Key": "wrong", "Authorization": "Bearer {key}"}, id="wrong-key-and-bearer"),
        pytest.param({"X-Api-Key": "wrong", "Authorization": "Bearer {token}"}, id="wrong-key-and-token"),
    ],
)
def test_whoever_shows_nothing_valid_or_anything_invalid_is_refused(
    server: Server, key: str, token: str, headers: dict[str, str]
) -> None:
    sent = {name: value.format(key=key, token=token) for name, value in headers.items()}
    assert is_refused(asked(server, **sent))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", f"{MODELS}/{name}") for name in ("get", "search", "create", "update", "duplicate", "delete")),
        *(("POST", f"{MODELS}/{name}") for name in ("drafts", "docs", "export", "refresh")),
        ("PATCH", f"{MODELS}/draft"),
        ("POST", "/api/v5/resources/names"),
        ("POST", "/api/v5/context"),
        ("GET", f"/uploads/{UUID(int=404)}/download"),
        ("POST", "/uploads/csv"),
    ],
)
def test_without_credentials_no_operation_answers(server: Server, method: str, path: str) -> None:
    assert is_refused(httpx.request(method, f"{server.url}{path}", content=b"no body at all"))


def test_an_expired_token_is_refused(server: Server, house: House, member: Person) -> None:
    old = house.token(member.profile, ago=timedelta(hours=2))
    reply = asked(server, Authorization=f"Bearer {old}")
    assert is_refused(reply)
    assert "expired" in reply.json()["detail"]


def test_a_token_that_was_changed_is_refused(server: Server, token: str) -> None:
    claims = jwt.decode(token, options={"verify_signature": False}) | {"role": "owner"}
    header = jwt.get_unverified_header(token)
    forged = [
        jwt.encode(claims, b"x" * 32, algorithm="HS256", headers=header),
        jwt.encode(claims, b"x" * 32, algorithm="HS256", headers={"kid": "unknown"}),
        jwt.encode(claims, "", algorithm="none", headers={"kid": header["kid"]}),
        token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"),
    ]
    assert all(is_refused(asked(server, Authorization=f"Bearer {each}")) for each in forged)


def test_a_profile_that_is_switched_off_is_refused_at_once(server: Server, house: House) -> None:
    person = house.person("admin", house.mine)
    assert actor(person.post(f"{MODELS}/search", json={})) == person.name
    off = {"profile_id": person.profile, "flag_id": None, "role_ids": None, "active_flag": False}
    changed(house.root, off)
    assert is_refused(person.post(f"{MODELS}/search", json={}))
    changed(house.root, {"profile_id": person.profile, "flag_id": flag("profile_active")})
    assert actor(person.post(f"{MODELS}/search", json={})) == person.name


def test_a_profile_that_is_deleted_is_refused_at_once(house: House) -> None:
    person = house.person("member")
    assert person.done(f"{MODELS}/search")["actor_name"] == person.name
    house.root.done("/api/v5/artifacts/profiles/delete", {"profile_ids": [person.profile]})
    assert is_refused(person.post(f"{MODELS}/search", json={}))


def test_a_role_counts_as_it_is_now(house: House) -> None:
    person = house.person("member", house.mine)
    assert person.post(f"{MODELS}/create", json={"models": []}).status_code == 403
    changed(house.root, {"profile_id": person.profile, "role_ids": [role_row("admin")]})
    assert person.post(f"{MODELS}/create", json={"models": []}).status_code == 200
    changed(house.root, {"profile_id": person.profile, "role_ids": [role_row("guest")]})
    assert person.post(f"{MODELS}/create", json={"models": []}).status_code == 403


def changed(root: Person, item: Json) -> None:
    (result,) = root.done("/api/v5/artifacts/profiles/update", {"profiles": [item]})["results"]
    assert result["success"] is True, result


def test_departments_count_as_they_are_now(house: House) -> None:
    person = house.person("admin", house.mine)
    model = house.root.model(department_ids=[house.theirs])
    assert person.post(f"{MODELS}/get", json={"model_id": model}).status_code == 403
    changed(house.root, {"profile_id": person.profile, "department_ids": [house.mine, house.theirs]})
    assert person.form(model)["can_edit"] is True


def test_a_token_opens_its_own_workspace_alone(house: House, server: Server) -> None:
    with a_house(server) as another:
        foreign = another.root.model(name=unique("foreign"))
        person = house.person("superadmin")
        assert foreign not in person.found()
        absent = person.post(f"{MODELS}/get", json={"model_id": str(uuid4())})
        hidden = person.post(f"{MODELS}/get", json={"model_id": foreign})
        assert (hidden.status_code, hidden.json()) == (absent.status_code, absent.json())
        assert hidden.status_code == 404


@pytest.mark.parametrize("role", ROLES)
def test_everybody_can_ask_who_they_are(house: House, role: str) -> None:
    person = house.person(role, house.mine, house.theirs)
    told = person.done("/api/v5/context")
    assert (told["id"], told["name"], told["role"], told["active"]) == (person.profile, person.name, role, True)
    assert (told["department_ids"], told["primary_department_id"]) == ([house.mine, house.theirs], house.mine)
    assert told["session_id"] == person.done("/api/v5/context")["session_id"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("true", True), ("TRUE", True), ("1", True), ("yes", True), ("false", False), ("0", False), ("x", False)],
)
def test_what_a_tool_client_writes_is_marked(house: House, word: str, expected: bool) -> None:
    item = house.root.done("/api/v5/resources/voices", {"voice": unique("v")}, **{"X-MCP": word})["item"]
    assert (item["mcp"], item["generated"]) == (expected, expected)


def test_a_page_of_any_origin_may_ask(server: Server) -> None:
    wanted = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,x-api-key"}
    for path in (f"{MODELS}/draft", f"/uploads/{UUID(int=1)}/download"):
        reply = httpx.options(f"{server.url}{path}", headers={"Origin": ORIGIN, **wanted})
        assert reply.is_success
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "PATCH" in reply.headers["access-control-allow-methods"]
        assert {"*", "Authorization"} <= {
            name.strip() for name in reply.headers["access-control-allow-headers"].split(",")
        }
        assert "access-control-allow-credentials" not in reply.headers


def test_answers_and_refusals_may_be_read_by_a_page_of_any_origin(server: Server, house: House) -> None:
    replies = [
        house.root.post(f"{MODELS}/refresh", headers={"Origin": ORIGIN}),
        asked(server, Origin=ORIGIN),
        httpx.post(f"{server.url}/api/v5/nothing", headers={"Origin": ORIGIN}),
    ]
    assert [reply.status_code for reply in replies] == [200, 401, 404]
    for reply in replies:
        assert reply.headers["access-control-allow-origin"] == "*"
        assert reply.headers["access-control-expose-headers"]


@pytest.mark.parametrize(("method", "status"), [("GET", 405), ("PUT", 405), ("DELETE", 405)])
def test_other_methods_are_refused_in_the_envelope(server: Server, method: str, status: int) -> None:
    reply = httpx.request(method, f"{server.url}{MODELS}/search")
    assert (reply.status_code, list(reply.json())) == (status, ["detail"])


@pytest.mark.parametrize("path", ["/api/v5/artifacts/models/nothing", "/api/v5", "/uploads", f"{MODELS}/search/"])
def test_what_is_not_there_is_refused_in_the_envelope(server: Server, path: str) -> None:
    reply = httpx.post(f"{server.url}{path}", json={}, follow_redirects=False)
    assert (reply.status_code, list(reply.json())) == (404, ["detail"])
