"""Whoami and the account over the wire, on either database."""

from __future__ import annotations

from typing import Any

import httpx

from tests.dialects.cadenya.conftest import Place


def test_whoami_is_read_by_either_generation(place: Place, limited: Any) -> None:
    told = limited(place.id).get("/v1/whoami").json()
    assert told["profile"] == {"metadata": told["metadata"], "spec": told["spec"]}
    assert told["spec"] == {"email": "", "name": "less", "type": "PROFILE_TYPE_API_KEY"}
    assert told["defaultWorkspace"]["id"] == place.id


def test_a_key_that_reaches_no_workspace_is_valid(limited: Any) -> None:
    told = limited().get("/v1/whoami")
    assert (told.status_code, "defaultWorkspace" in told.json()) == (200, False)


def test_the_account_tells_its_secrets_to_those_who_manage_it(api: httpx.Client, place: Place, limited: Any) -> None:
    told = limited(place.id).get("/v1/account").json()
    assert told["info"] == {"webhookEventsHmacSecret": "", "challengeToken": ""}
    assert told["spec"] == {"description": "", "domain": "", "billingEmail": "", "workspaces": []}
    assert all(api.get("/v1/account").json()["info"].values())


def test_the_older_path_of_a_rotation(api: httpx.Client) -> None:
    rotated = api.post("/v1/account/rotate_webhook_signing_key").json()
    assert api.get("/v1/account").json()["info"]["webhookEventsHmacSecret"] == rotated["webhookEventsHmacSecret"]
