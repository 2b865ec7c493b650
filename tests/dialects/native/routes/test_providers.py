"""Providers, and their credentials: set, never shown, taken away."""

from __future__ import annotations

import httpx
import pytest

from tests.dialects.native.conftest import Place


def test_providers_are_listed_with_their_models(api: httpx.Client) -> None:
    data = api.get("/providers", params={"order": "oldest"}).json()["data"]
    told = {one["external_id"]: (one["managed"], one["healthy"], one["models"]["disabled"]) for one in data}
    assert told == {"getting-started-key": (True, False, 0), "llmsim": (False, True, 0)}


def test_pages_and_filters(api: httpx.Client) -> None:
    first = api.get("/providers", params={"limit": 1}).json()
    second = api.get("/providers", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert {one["external_id"] for one in first["data"] + second["data"]} == {"getting-started-key", "llmsim"}
    assert second["next_cursor"] is None
    assert [one["external_id"] for one in api.get("/providers?managed=true").json()["data"]] == ["getting-started-key"]
    assert [one["external_id"] for one in api.get("/providers?q=SIMUL").json()["data"]] == ["llmsim"]


def test_a_managed_providers_key_is_set_and_taken_away_by_an_owner(place: Place) -> None:
    provider = place.provider("getting-started-key")["id"]
    path = f"/providers/{provider}/credential"
    secret = "made-up-and-secret"
    reply = place.owner.put(path, json={"members": {"api_key": secret}})
    assert (reply.status_code, reply.json()["credential"]) == (200, {"kind": "api_key", "members": ["api_key"]})
    assert (reply.json()["healthy"], secret in reply.text) == (True, False)
    assert secret not in place.owner.get(f"/providers/{provider}").text
    taken = place.owner.delete(path)
    assert (taken.status_code, taken.json()["credential"], taken.json()["healthy"]) == (200, None, False)


def test_a_managed_providers_key_is_not_an_admins(place: Place) -> None:
    provider = place.provider("getting-started-key")["id"]
    admin = place.mint("models:manage", role="admin")
    reply = admin.put(f"/providers/{provider}/credential", json={"members": {"api_key": "x"}})
    assert (reply.status_code, reply.json()["code"], reply.json()["state"]) == (409, "conflict", "managed")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"kind": "aws_access_key", "members": {"access_key_id": "x"}}, id="a-member-too-few"),
        pytest.param({"kind": "api_key", "members": {"key": "x"}}, id="a-member-of-another-name"),
        pytest.param({"kind": "headers", "members": {}}, id="no-member"),
    ],
)
def test_half_a_credential_is_refused(place: Place, api: httpx.Client, body: dict[str, object]) -> None:
    reply = api.put(f"/providers/{place.provider()['id']}/credential", json=body)
    assert (reply.status_code, reply.json()["field"]) == (400, "members")
