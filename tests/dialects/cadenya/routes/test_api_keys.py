"""API keys of the account's family over the wire, on either database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.dialects.cadenya.conftest import Place

KEYS = "/v1/account/api_keys"


def _told(reply: httpx.Response) -> tuple[int, int]:
    return reply.status_code, reply.json()["code"]


def _made(api: httpx.Client, *workspaces: str, **spec: Any) -> dict[str, Any]:
    assigned = [{"workspaceId": one} for one in workspaces]
    body = {"metadata": {"name": "key"}, "spec": {"allWorkspaces": False, "workspaceAssignments": assigned, **spec}}
    made: dict[str, Any] = api.post(KEYS, json=body).json()
    return made


def test_a_token_is_told_once_and_opens_what_was_granted(
    api: httpx.Client, place: Place, client: Callable[..., httpx.Client]
) -> None:
    made = _made(api, place.id, permissions=["models:read"], token="mine", default=True, system=True)
    opened = client(made["spec"]["token"])
    assert (made["spec"]["default"], made["spec"]["system"]) == (False, False)
    assert opened.get(f"/v1/workspaces/{place.id}/models").status_code == 200
    assert _told(opened.get("/v1/account/workspaces")) == (403, 7)
    read = api.get(f"{KEYS}/{made['metadata']['id']}").json()
    assert read["spec"] == {**made["spec"], "token": ""}
    assert [one["id"] for one in read["info"]["workspaces"]] == [place.id]


def test_a_key_that_is_switched_off_or_rotated_opens_nothing(
    api: httpx.Client, client: Callable[..., httpx.Client]
) -> None:
    made = _made(api)
    path, opened = f"{KEYS}/{made['metadata']['id']}", client(made["spec"]["token"])
    assert opened.get("/v1/whoami").status_code == 200
    off = [api.post(f"{path}:disable").json() for _ in range(2)]
    assert (off[0]["state"], off[0] == off[1]) == ("STATE_DISABLED", True)
    assert _told(opened.get("/v1/whoami")) == (401, 16)
    api.post(f"{path}:enable")
    assert opened.get("/v1/whoami").status_code == 200
    rotated = api.post(f"{path}:rotate").json()
    assert _told(opened.get("/v1/whoami")) == (401, 16)
    assert client(rotated["spec"]["token"]).get("/v1/whoami").status_code == 200
    assert api.delete(path).json() == {}
    assert _told(api.delete(path)) == (404, 5)


def test_a_list_is_of_the_keys_that_reach_a_workspace(
    api: httpx.Client, place: Place, new_place: Callable[[], Place]
) -> None:
    here, there = _made(api, place.id)["metadata"]["id"], _made(api, new_place().id)["metadata"]["id"]

    def listed(**query: Any) -> list[str]:
        reply = api.get(KEYS, params={"workspaceId": place.id, "limit": 200, **query})
        return [one["metadata"]["id"] for one in reply.json()["items"]]

    assert (here in listed(), there in listed()) == (True, False)
    assert listed(prefix=here) == [here]
    assert listed(prefix="aipk_") == []
    page = api.get(KEYS, params={"workspaceId": place.id, "limit": 1, "sort_order": "desc"}).json()
    assert [one["metadata"]["id"] for one in page["items"]] == [here]
    assert listed(sort_order="desc", cursor=page["pagination"]["nextCursor"]) == listed()[1:]
    assert _told(api.get(KEYS, params={"workspaceId": "nowhere"})) == (404, 5)


def test_workspaces_are_added_and_removed(api: httpx.Client, place: Place) -> None:
    path = f"{KEYS}/{_made(api)['metadata']['id']}"
    added = api.post(f"{path}:addWorkspace", json={"workspaceId": place.id}).json()
    assert added["spec"]["workspaceAssignments"] == [{"workspaceId": place.id}]
    removed = api.post(f"{path}:removeWorkspace", json={"workspace_id": place.id}).json()
    assert removed["spec"]["workspaceAssignments"] == []
    assert _told(api.post(f"{path}:addWorkspace", json={})) == (400, 3)


def test_a_key_is_changed_by_its_mask(api: httpx.Client, place: Place) -> None:
    made = _made(api, permissions=["models:manage", "models:read"])
    assert made["spec"]["permissions"] == ["models:manage"]
    spec = {"description": "ignored", "allWorkspaces": False, "workspaceAssignments": [{"workspaceId": place.id}]}
    body = {"metadata": {"name": "x"}, "spec": spec, "updateMask": "spec.workspaceAssignments,spec.permissions"}
    changed = api.patch(f"{KEYS}/{made['metadata']['id']}", json=body).json()
    assert (changed["spec"]["permissions"], changed["spec"]["description"]) == ([], "")
    assert changed["spec"]["workspaceAssignments"] == [{"workspaceId": place.id}]


def test_nobody_hands_out_more_than_they_hold(api: httpx.Client, place: Place, limited: Any) -> None:
    less = limited(place.id, scopes=("api_keys:manage", "models:read"))
    body = {"metadata": {"name": "more"}, "spec": {"permissions": ["models:manage"]}}
    reply = less.post(f"/v1/workspaces/{place.id}/api_keys", json=body)
    assert (_told(reply), reply.json()["details"][0]["reason"]) == ((403, 7), "SCOPE_MISSING")
    everywhere = {"metadata": {"name": "more"}, "spec": {"allWorkspaces": True}}
    assert _told(less.post(KEYS, json=everywhere)) == (403, 7)


def test_the_accounts_own_key_cannot_be_deleted(api: httpx.Client) -> None:
    own = api.get("/v1/account/global_api_key").json()
    assert (own["spec"]["default"], own["spec"]["system"]) == (True, True)
    assert _told(api.delete(f"{KEYS}/{own['metadata']['id']}")) == (400, 9)


def test_a_token_cannot_be_revealed(api: httpx.Client) -> None:
    reply = api.post(f"{KEYS}/{_made(api)['metadata']['id']}:reveal")
    assert _told(reply) == (400, 9)
    assert "rotate" in reply.json()["message"]


@pytest.mark.parametrize("permissions", [["models:write"], ["*:read"], [""]])
def test_no_such_scope(api: httpx.Client, permissions: list[str]) -> None:
    reply = api.post(KEYS, json={"metadata": {"name": "k"}, "spec": {"permissions": permissions}})
    assert (_told(reply), reply.json()["details"][0]["fieldViolations"][0]["field"]) == ((400, 3), "spec.permissions")
