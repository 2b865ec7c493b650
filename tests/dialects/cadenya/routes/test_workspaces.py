"""Workspaces, members and profiles over the wire, on either database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.dialects.cadenya.conftest import Place


def _told(reply: httpx.Response) -> tuple[int, int]:
    return reply.status_code, reply.json()["code"]


def _ids(reply: httpx.Response) -> list[str]:
    return [item["metadata"]["id"] for item in reply.json()["items"]]


def test_a_key_lists_the_workspaces_that_it_reaches(place: Place, new_place: Callable[[], Place], limited: Any) -> None:
    other = new_place().id
    client = limited(place.id, other, scopes=("workspaces:read",))
    assert _ids(client.get("/v1/workspaces")) == [other, place.id]
    assert _ids(client.get("/v1/workspaces", params={"sortOrder": "asc"})) == [place.id, other]
    first = client.get("/v1/workspaces", params={"limit": 1}).json()
    assert _ids(client.get("/v1/workspaces", params={"cursor": first["pagination"]["nextCursor"]})) == [place.id]
    totals = client.get("/v1/workspaces", params={"includeInfo": "true"}).json()["items"][0]["info"]
    assert totals == {"totalAvailableTools": 0, "totalMemoryEntries": 0, "totalAgents": 0, "totalAgentVariations": 0}


def test_the_current_workspace_is_the_only_one(place: Place, new_place: Callable[[], Place], limited: Any) -> None:
    assert limited(place.id).get("/v1/workspaces/current").json()["metadata"]["id"] == place.id
    assert _told(limited(place.id, new_place().id).get("/v1/workspaces/current")) == (400, 3)
    assert _told(limited().get("/v1/workspaces/current")) == (400, 3)


def test_a_workspace_is_changed_by_its_mask(api: httpx.Client, place: Place) -> None:
    path = f"/v1/account/workspaces/{place.id}"
    body = {"metadata": {"name": "ignored", "labels": {"a": "b"}}, "spec": {"description": "d"}}
    changed = api.patch(path, json={**body, "updateMask": "metadata.labels,spec.description"}).json()
    assert (changed["metadata"]["name"], changed["metadata"]["labels"]) == ("Place", {"a": "b"})
    assert changed["spec"] == {"description": "d"}
    assert api.get(path).json() == changed
    assert place.id in _ids(api.get("/v1/account/workspaces", params={"labels": "a=b"}))
    assert _told(api.patch(path, json={"updateMask": "status"})) == (400, 3)


def test_an_archived_workspace_is_closed(api: httpx.Client, place: Place) -> None:
    path = f"/v1/account/workspaces/{place.id}"
    assert [api.delete(path).json() for _ in range(2)] == [{}, {}]
    assert api.get(path).json()["status"] == "STATUS_ARCHIVED"
    assert place.id not in _ids(api.get("/v1/account/workspaces"))
    assert place.id in _ids(api.get("/v1/account/workspaces", params={"includeArchived": "true"}))
    for method, below in (("GET", "/models"), ("GET", "/ai_provider_keys"), ("GET", "/api_keys")):
        assert _told(place.call(method, below)) == (403, 7)


def test_an_external_id_that_is_taken(api: httpx.Client, place: Place) -> None:
    slug = place.id[-12:].lower()
    body = {"metadata": {"name": "w", "externalId": slug}, "spec": {}}
    assert [api.post("/v1/account/workspaces", json=body).status_code for _ in range(2)] == [200, 409]


def test_members_come_and_go(api: httpx.Client, place: Place) -> None:
    path, email = f"/v1/account/workspaces/{place.id}/members", f"{place.id[-8:]}@example.com".lower()
    added = api.post(path, json={"email": email.upper()}).json()
    assert (added["email"], added["actorId"][-26:]) == (email, added["profileId"][-26:])
    assert api.post(path, json={"profileId": added["profileId"]}).json() == added
    assert [one["profileId"] for one in api.get(path).json()["items"]] == [added["profileId"]]
    found = api.get("/v1/account/profiles", params={"query": email[:8].upper()}).json()["items"]
    assert [(one["metadata"]["id"], one["spec"]["type"]) for one in found] == [
        (added["profileId"], "PROFILE_TYPE_USER")
    ]
    assert api.delete(f"{path}/{added['profileId']}").json() == {}
    assert _told(api.delete(f"{path}/{added['profileId']}")) == (404, 5)


def test_members_are_paged(api: httpx.Client, place: Place) -> None:
    path = f"/v1/account/workspaces/{place.id}/members"
    added = [api.post(path, json={"email": f"{n}@{place.id[-8:]}.example"}).json()["profileId"] for n in range(3)]
    first = api.get(path, params={"limit": 2}).json()
    rest = api.get(path, params={"limit": 2, "cursor": first["pagination"]["nextCursor"]}).json()
    assert [one["profileId"] for one in first["items"] + rest["items"]] == sorted(added)
    assert rest["pagination"] == {"nextCursor": "", "next_cursor": ""}


@pytest.mark.parametrize("email", ["nobody", "@", "a b@c.example", ""])
def test_no_member(api: httpx.Client, place: Place, email: str) -> None:
    assert _told(api.post(f"/v1/account/workspaces/{place.id}/members", json={"email": email})) == (400, 3)
