"""Every write leaves a record; records are found by what, who, how and when."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.dialects.native.conftest import Place


@pytest.fixture(scope="module")
def changed(place: Place) -> str:
    """A model that was changed three times."""
    model: str = place.model()["id"]
    for number in range(3):
        place.owner.patch(
            f"/models/{model}", json={"description": f"no. {number}"}, headers={"X-Change-Reason": f"Why%20{number}"}
        ).raise_for_status()
    return model


def found(api: httpx.Client, **params: Any) -> list[dict[str, Any]]:
    reply = api.get("/changes", params=params)
    assert reply.status_code == 200, reply.text
    data: list[dict[str, Any]] = reply.json()["data"]
    return data


def test_a_record_tells_who_what_how_and_why(place: Place, changed: str) -> None:
    record = found(place.owner, entity=changed)[0]
    whoami = place.owner.get("/whoami").json()
    assert (record["kind"], record["action"], record["dialect"], record["reason"]) == (
        "model",
        "updated",
        "native",
        "Why 2",
    )
    assert record["actor"] == {"profile_id": whoami["profile_id"], "name": "Admin key"}
    assert (record["before"], record["after"]) == ({"description": "no. 1"}, {"description": "no. 2"})
    assert (record["workspace_id"], record["request_id"][:4]) == (place.id, "req_")


def test_records_are_paged_newest_first(place: Place, changed: str) -> None:
    first = place.owner.get("/changes", params={"entity": changed, "limit": 2}).json()
    rest = place.owner.get("/changes", params={"entity": changed, "limit": 2, "cursor": first["next_cursor"]}).json()
    reasons = [one["reason"] for one in first["data"] + rest["data"]]
    assert reasons[:3] == ["Why 2", "Why 1", "Why 0"]
    assert rest["data"][-1]["action"] == "created"


def test_filters_add_up(place: Place, changed: str) -> None:
    api, whole = place.owner, found(place.owner, entity=changed, limit=200)
    profile = whole[0]["actor"]["profile_id"]
    assert [one["id"] for one in found(api, entity=changed, actor=profile, action="updated", dialect="native")] == [
        one["id"] for one in whole if one["action"] == "updated"
    ]
    assert found(api, entity=changed, dialect="cadenya") == []
    assert found(api, entity=changed, kind="provider") == []
    assert found(api, entity=changed, actor="profile_" + "0" * 32) == []


def test_a_span_of_time_begins_with_its_first_instant_and_ends_before_its_last(place: Place, changed: str) -> None:
    newest, middle, oldest = found(place.owner, entity=changed, action="updated")
    span = found(place.owner, entity=changed, since=oldest["at"], until=newest["at"])
    assert [one["id"] for one in span] == [middle["id"], oldest["id"]]


def test_another_workspaces_records_are_not_shown(elsewhere: Place, changed: str) -> None:
    assert found(elsewhere.owner, entity=changed) == []


def test_owners_see_the_accounts_records_and_admins_do_not(place: Place) -> None:
    key = place.mint("models:read")
    assert key.get("/models", params={"limit": 1}).status_code == 200
    assert found(place.owner, kind="key", action="created", limit=1)
    assert found(place.mint("*", role="admin"), kind="key") == []


def test_no_record_holds_a_secret(place: Place) -> None:
    provider = place.provider()["id"]
    secret = "made-up-and-secret-0123456789"
    place.owner.put(f"/providers/{provider}/credential", json={"members": {"api_key": secret}}).raise_for_status()
    reply = place.owner.get("/changes", params={"entity": provider})
    assert secret not in reply.text
    assert reply.json()["data"][0]["after"] == {"credential": "api_key"}


def test_a_reason_that_holds_a_credential_is_refused(place: Place, changed: str) -> None:
    headers = {"X-Change-Reason": "the key was sk-0123456789abcdef"}
    reply = place.owner.patch(f"/models/{changed}", json={"description": "x"}, headers=headers)
    assert (reply.status_code, reply.json()["field"]) == (400, "X-Change-Reason")
