"""AI provider keys over the wire, on either database."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.dialects.cadenya.conftest import Place

AWS = {"type": "awsAccessKey", "awsAccessKey": {"accessKeyId": "id", "secretAccessKey": "s", "sessionToken": "t"}}


def _told(reply: httpx.Response) -> tuple[int, int]:
    return reply.status_code, reply.json()["code"]


def _configured(key: dict[str, Any]) -> dict[str, bool]:
    return {one["name"]: one["configured"] for one in key["info"]["credentialStatus"]["fields"]}


def test_a_key_is_kept_and_its_secret_is_never_told(place: Place) -> None:
    made = place.a_key("ours")
    read = place.call("GET", f"/ai_provider_keys/{made['metadata']['id']}")
    assert read.json() == made == place.read("/ai_provider_keys/external_id:ours")
    assert "sk-secret" not in read.text
    assert _configured(made) == {"apiKey": True}
    assert made["info"]["modelManagement"] == "MODEL_MANAGEMENT_CUSTOMIZABLE"
    assert "info" not in place.read("/ai_provider_keys/external_id:ours", includeInfo="false")


def test_the_counts_of_a_key_are_counted(place: Place) -> None:
    key = place.a_key()["metadata"]["id"]
    first, _ = place.a_model(key, "one"), place.a_model(key, "two")
    place.write("POST", f"/models/{first['metadata']['id']}:disable")
    info = place.read(f"/ai_provider_keys/{key}")["info"]
    assert (info["enabledModelCount"], info["disabledModelCount"]) == (1, 1)
    listed = place.read("/ai_provider_keys", includeInfo="true", prefix=key[:20])["items"]
    assert [one["info"] for one in listed if one["metadata"]["id"] == key] == [info]


def test_lists(place: Place) -> None:
    place.a_key("ours")
    every = [one["metadata"]["externalId"] for one in place.read("/ai_provider_keys", sortOrder="asc")["items"]]
    assert {"getting-started-key", "ours"} <= set(every)
    assert every[-1] == "ours"
    promotional = [
        one["metadata"]["externalId"] for one in place.read("/ai_provider_keys", promotional="true")["items"]
    ]
    assert "ours" not in promotional
    assert "getting-started-key" in promotional
    first = place.read("/ai_provider_keys", limit=1, query="ours")
    assert [one["metadata"]["externalId"] for one in first["items"]] == ["ours"]
    page = place.read("/ai_provider_keys", limit=1)
    rest = place.read("/ai_provider_keys", limit=50, cursor=page["pagination"]["nextCursor"])
    assert [one["metadata"]["externalId"] for one in page["items"] + rest["items"]] == every[::-1]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_promotional_key_cannot_be_changed(place: Place, method: str) -> None:
    body = {"metadata": {"name": "x"}} if method == "PATCH" else None
    assert _told(place.call(method, "/ai_provider_keys/external_id:getting-started-key", body)) == (400, 9)


def test_a_key_takes_its_models_with_it(place: Place) -> None:
    key = place.a_key("ours")["metadata"]["id"]
    model = place.a_model(key)["metadata"]["id"]
    assert place.write("DELETE", "/ai_provider_keys/external_id:ours") == {}
    assert _told(place.call("DELETE", f"/ai_provider_keys/{key}")) == (404, 5)
    assert _told(place.call("GET", f"/models/{model}")) == (404, 5)


def test_an_update_changes_what_its_mask_names(place: Place) -> None:
    made = place.a_key("ours", config={"type": "openai", "openai": {"projectId": "p"}})
    body = {
        "metadata": {"name": "ignored", "labels": {"a": "b"}},
        "spec": {"config": {"type": "openai", "openai": {"organizationId": "o"}}},
        "updateMask": "metadata.labels,spec.config",
    }
    changed = place.write("PATCH", "/ai_provider_keys/external_id:ours", body)
    assert changed["metadata"] == {
        **made["metadata"],
        "labels": {"a": "b"},
        "updatedAt": changed["metadata"]["updatedAt"],
    }
    assert changed["spec"]["config"] == {"type": "openai", "openai": {"organizationId": "o", "projectId": ""}}
    cleared = place.write("PATCH", "/ai_provider_keys/external_id:ours", {"spec": {}, "updateMask": "spec.credentials"})
    assert "credentialStatus" not in cleared["info"]


def test_a_credential_is_patched(place: Place) -> None:
    key = place.a_key("aws", provider="AI_PROVIDER_BEDROCK", credentials=AWS)
    assert _configured(key) == {"accessKeyId": True, "secretAccessKey": True, "sessionToken": True}
    patch = {
        "credentials": {"type": "awsAccessKey", "awsAccessKey": {"accessKeyId": "other"}},
        "clearFields": ["sessionToken"],
    }
    changed = place.write("PATCH", "/ai_provider_keys/external_id:aws", {"credentialPatch": patch})
    assert _configured(changed) == {"accessKeyId": True, "secretAccessKey": True, "sessionToken": False}
    mandatory = {"credentialPatch": {"clearFields": ["secret_access_key"]}}
    assert _told(place.call("PATCH", "/ai_provider_keys/external_id:aws", mandatory)) == (400, 3)


def test_another_form_replaces_the_credential_and_must_be_whole(place: Place) -> None:
    config = {"type": "openaiCompatible", "openaiCompatible": {"baseUrl": "https://models.example/v1"}}
    place.a_key("ours", provider="AI_PROVIDER_OPENAI_COMPATIBLE", config=config)
    patch = {"credentials": {"type": "headers", "headers": {"headers": {"X-Key": "k"}}}}
    changed = place.write("PATCH", "/ai_provider_keys/external_id:ours", {"credentialPatch": patch})
    assert changed["info"]["credentialStatus"]["type"] == "headers"
    back = {"credentialPatch": {"credentials": {"type": "apiKey", "apiKey": {}}}}
    assert _told(place.call("PATCH", "/ai_provider_keys/external_id:ours", back)) == (400, 3)


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"provider": "AI_PROVIDER_MADE_UP"}, "spec.provider"),
        ({"provider": "AI_PROVIDER_OPENAI", "credentials": AWS}, "spec.credentials.type"),
        (
            {"provider": "AI_PROVIDER_OPENAI", "credentials": {"type": "apiKey", "apiKey": {"apiKey": ""}}},
            "spec.credentials",
        ),
        (
            {
                "provider": "AI_PROVIDER_OPENAI_COMPATIBLE",
                "config": {"type": "openaiCompatible", "openaiCompatible": {"baseUrl": "ftp://x"}},
            },
            "spec.config.openai_compatible.base_url",
        ),
    ],
)
def test_a_key_that_is_refused(place: Place, spec: dict[str, Any], field: str) -> None:
    reply = place.call("POST", "/ai_provider_keys", {"metadata": {"name": "k"}, "spec": spec})
    violation = reply.json()["details"][0]["fieldViolations"][0]
    assert (_told(reply), violation["field"]) == ((400, 3), field)


def test_an_external_id_that_is_taken(place: Place) -> None:
    place.a_key("ours")
    body = {"metadata": {"name": "k", "externalId": "ours"}, "spec": {"provider": "AI_PROVIDER_OPENAI"}}
    assert _told(place.call("POST", "/ai_provider_keys", body)) == (409, 6)
