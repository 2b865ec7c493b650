"""Who calls, in which workspace, and which there are."""

from __future__ import annotations

import httpx
import pytest

from tests.dialects.native.conftest import Place


def test_whoami_tells_the_key_the_workspace_and_what_may_be_done(place: Place) -> None:
    told = place.mint("models:manage", role="member").get("/whoami").json()
    assert (told["workspace"]["id"], told["workspace"]["external_id"]) == (place.id, place.external_id)
    # a member's ceiling has no managing of models, whatever the key says
    assert (told["role"], told["scopes"], told["key_name"]) == ("member", ["models:read"], "a key")


@pytest.mark.parametrize("spelling", ["id", "external_id", "prefixed_external_id", "org", "dashed"])
def test_a_workspace_is_named_by_any_spelling(place: Place, spelling: str) -> None:
    digits = place.id.removeprefix("workspace_")
    named = {
        "id": place.id,
        "external_id": place.external_id,
        "prefixed_external_id": f"external_id:{place.external_id}",
        "org": f"org_{digits}",
        "dashed": f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}",
    }[spelling]
    told = place.owner.get("/whoami", headers={"X-Workspace-Id": named}).json()
    assert told["workspace"]["id"] == place.id


def test_a_key_of_one_workspace_need_not_name_it(place: Place, elsewhere: Place) -> None:
    key = place.mint("models:read")
    assert key.get("/whoami").json()["workspace"]["id"] == place.id
    closed = key.get("/models", headers={"X-Workspace-Id": elsewhere.id})
    absent = key.get("/models", headers={"X-Workspace-Id": "no-such-workspace"})
    assert (closed.status_code, absent.status_code) == (403, 404)


def test_a_key_of_all_workspaces_enters_the_default_one(place: Place) -> None:
    token = place.owner.headers["Authorization"]
    told = httpx.get(f"{place.url}/whoami", headers={"Authorization": token}).json()
    assert told["workspace"]["external_id"] == "default"


def test_a_workspace_is_created_once_and_seeded(place: Place) -> None:
    headers = {"Idempotency-Key": f"create-{place.external_id}"}
    body = {"name": "Another", "description": "One more.", "labels": {"made": "here"}}
    made = place.owner.post("/workspaces", json=body, headers=headers)
    again = place.owner.post("/workspaces", json=body, headers=headers)
    assert (made.status_code, again.status_code, again.json()) == (201, 201, made.json())
    other = place.owner.post("/workspaces", json={"name": "x"}, headers=headers)
    assert (other.status_code, other.json()["state"]) == (409, "idempotency_mismatch")
    inside = {"X-Workspace-Id": made.json()["id"]}
    assert len(place.owner.get("/models", params={"limit": 200}, headers=inside).json()["data"]) >= 80


def test_a_key_lists_the_workspaces_that_it_reaches(place: Place) -> None:
    data = place.mint("workspaces:read").get("/workspaces").json()["data"]
    assert [one["id"] for one in data] == [place.id]


def test_workspaces_are_paged(place: Place, elsewhere: Place) -> None:
    found, cursor = [], ""
    while cursor is not None:
        page = place.owner.get("/workspaces", params={"limit": 1, "cursor": cursor}).json()
        found += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
    assert {place.id, elsewhere.id} <= set(found)
    assert len(found) == len(set(found))


def test_an_external_id_is_taken_once(place: Place) -> None:
    reply = place.owner.post("/workspaces", json={"name": "x", "external_id": place.external_id})
    assert (reply.status_code, reply.json()["code"]) == (409, "already_exists")
