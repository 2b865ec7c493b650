"""API keys: made with a role, never stronger than their maker, rotated and revoked."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.dialects.native.conftest import Place


def made(api: httpx.Client, **members: Any) -> dict[str, Any]:
    reply = api.post("/keys", json={"name": "made", "scopes": ["models:read"], **members})
    assert reply.status_code == 201, reply.text
    told: dict[str, Any] = reply.json()
    return told


def whoami(place: Place, token: str) -> httpx.Response:
    return httpx.get(f"{place.url}/whoami", headers={"X-Api-Key": token})


def test_a_key_reaches_the_workspace_that_it_was_made_in(place: Place) -> None:
    told = made(place.owner, role="viewer", labels={"made": "here"})
    assert (told["key"]["workspaces"], told["key"]["all_workspaces"]) == ([place.id], False)
    assert (told["key"]["role"], told["key"]["scopes"]) == ("viewer", ["models:read"])
    assert whoami(place, told["token"]).json()["role"] == "viewer"


def test_a_token_is_told_once(place: Place) -> None:
    told = made(place.owner)
    listed = place.owner.get("/keys", params={"q": "made"})
    assert told["key"]["id"] in [one["id"] for one in listed.json()["data"]]
    assert told["token"] not in listed.text


def test_a_rotated_key_has_another_token(place: Place) -> None:
    told = made(place.owner)
    rotated = place.owner.post(f"/keys/{told['key']['id']}/rotate").json()
    assert whoami(place, told["token"]).status_code == 401
    assert whoami(place, rotated["token"]).json()["key_id"] == told["key"]["id"]


def test_a_deleted_key_opens_nothing(place: Place) -> None:
    told = made(place.owner)
    reply = place.owner.delete(f"/keys/{told['key']['id']}")
    assert (reply.status_code, reply.content) == (204, b"")
    assert whoami(place, told["token"]).status_code == 401
    assert place.owner.delete(f"/keys/{told['key']['id']}").status_code == 404


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"role": "owner"}, id="a-stronger-role"),
        pytest.param({"scopes": ["*"]}, id="more-scopes"),
        pytest.param({"all_workspaces": True}, id="more-workspaces"),
    ],
)
def test_nobody_makes_a_key_that_is_stronger_than_their_own(place: Place, members: dict[str, Any]) -> None:
    admin = place.mint("api_keys:manage", "models:manage", role="admin")
    reply = admin.post("/keys", json={"name": "x", "scopes": ["models:read"], **members})
    assert (reply.status_code, reply.json()["code"]) == (403, "permission_denied")


def test_a_workspace_that_is_not_there_is_refused(place: Place) -> None:
    body = {"name": "x", "scopes": [], "workspaces": ["workspace_" + "0" * 32]}
    assert place.owner.post("/keys", json=body).status_code == 404
    malformed = place.owner.post("/keys", json=body | {"workspaces": ["here"]})
    assert (malformed.status_code, malformed.json()["field"]) == (400, "workspaces")


def test_a_secret_is_not_answered_twice(place: Place) -> None:
    headers = {"Idempotency-Key": f"key-{place.external_id}"}
    body = {"name": "x", "scopes": []}
    assert place.owner.post("/keys", json=body, headers=headers).status_code == 201
    again = place.owner.post("/keys", json=body, headers=headers)
    assert (again.status_code, again.json()["state"]) == (409, "idempotency_pending")


def test_keys_are_paged_and_found_by_what_they_reach(place: Place) -> None:
    ids = {made(place.owner)["key"]["id"] for _ in range(3)}
    found, cursor = [], ""
    while cursor is not None:
        query: dict[str, str | int] = {"limit": 2, "cursor": cursor, "workspace_id": place.id}
        page = place.owner.get("/keys", params=query).json()
        found += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
    assert ids <= set(found)
    assert len(found) == len(set(found))
