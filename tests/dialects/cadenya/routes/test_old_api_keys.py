"""API keys of the families before Python 1.8 over the wire, on either database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.dialects.cadenya.conftest import Place

BODY = {"metadata": {"name": "key"}, "spec": {"permissions": ["api_keys:manage"]}}


def _told(reply: httpx.Response) -> tuple[int, int]:
    return reply.status_code, reply.json()["code"]


def test_a_key_of_a_workspace_reaches_it_alone(place: Place, new_place: Callable[[], Place]) -> None:
    made = place.write("POST", "/api_keys", BODY)
    path = f"/api_keys/{made['metadata']['id']}"
    assert made["spec"]["workspaceAssignments"] == [{"workspaceId": place.id}]
    assert place.read(path)["spec"]["token"] == ""
    elsewhere = new_place()
    for method, below in (("GET", ""), ("DELETE", ""), ("POST", ":disable"), ("POST", ":rotate"), ("PUT", "/rotate")):
        assert _told(elsewhere.call(method, path + below)) == (404, 5)
    assert place.write("PATCH", path, {"metadata": {"name": "renamed"}})["metadata"]["name"] == "renamed"
    assert place.write("DELETE", path) == {}


@pytest.mark.parametrize(
    ("base", "rotation"),
    [
        ("/v1/workspaces/{workspace}/api_keys", "PUT /rotate"),
        ("/v1/workspaces/{workspace}/api_keys", "POST :rotate"),
        ("/v1/api_keys", "PUT /rotate"),
        ("/v1/account/api_keys", "PUT /rotate"),
    ],
)
def test_every_family_makes_lists_rotates_and_deletes(place: Place, limited: Any, base: str, rotation: str) -> None:
    client = limited(place.id, scopes=("api_keys:manage",))
    keys, (method, below) = base.format(workspace=place.id), rotation.split(" ")
    made = client.post(keys, json=BODY).json()
    path = f"{keys}/{made['metadata']['id']}"
    assert made["metadata"]["id"] in [one["metadata"]["id"] for one in client.get(keys).json()["items"]]
    rotated = client.request(method, path + below)
    assert (rotated.status_code, rotated.json()["spec"]["token"] not in {"", made["spec"]["token"]}) == (200, True)
    assert client.get(path).json()["spec"]["token"] == ""
    assert client.delete(path).json() == {}


def test_the_workspaces_of_a_key_as_a_collection(api: httpx.Client, place: Place) -> None:
    made = api.post("/v1/account/api_keys", json=BODY).json()
    path = f"/v1/account/api_keys/{made['metadata']['id']}/workspaces"
    assert api.post(path, json={"workspaceId": place.id}).json()["spec"]["workspaceAssignments"] == [
        {"workspaceId": place.id}
    ]
    assert [one["metadata"]["id"] for one in api.get(path).json()["items"]] == [place.id]
    assert api.delete(f"{path}/{place.id}").json() == {}
    assert api.get(path).json()["items"] == []


def test_the_workspaces_of_a_key_are_paged(api: httpx.Client, place: Place, new_place: Callable[[], Place]) -> None:
    reached = [place.id, new_place().id, new_place().id]
    spec = {"workspaceAssignments": [{"workspaceId": one} for one in reached]}
    made = api.post("/v1/account/api_keys", json={"metadata": {"name": "key"}, "spec": spec}).json()
    path = f"/v1/account/api_keys/{made['metadata']['id']}/workspaces"
    seen: list[str] = []
    query = {"limit": "2", "sortOrder": "asc"}
    while True:
        page = api.get(path, params=query).json()
        seen += [one["metadata"]["id"] for one in page["items"]]
        query["cursor"] = page["pagination"]["nextCursor"]
        if not query["cursor"]:
            break
    assert seen == reached
