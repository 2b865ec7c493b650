"""Models over the wire, on either database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.dialects.cadenya.conftest import Place

UNKNOWN = "model_01ARZ3NDEKTSV4RRFFQ69G5FAV"
NOT_FOUND = {"code": 5, "message": "model not found", "details": []}
BAD_STATUS = {
    "code": 3,
    "message": "validation failed",
    "details": [
        {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [
                {"field": "status", "description": "must be MODEL_STATUS_ENABLED or MODEL_STATUS_DISABLED"}
            ],
        }
    ],
}


def _ids(page: Any) -> list[str]:
    return [item["metadata"]["id"] for item in page["items"]]


def _told(reply: httpx.Response) -> tuple[int, int]:
    return reply.status_code, reply.json()["code"]


def _field(reply: httpx.Response) -> str:
    field: str = reply.json()["details"][0]["fieldViolations"][0]["field"]
    return field


@pytest.fixture
def own(place: Place) -> dict[str, Any]:
    """A model of the place's own, under a key of its own."""
    return place.a_model(place.a_key("ours")["metadata"]["id"])


# 2.4, set status


def test_a_status_is_set_and_read_again(place: Place, own: dict[str, Any]) -> None:
    path = f"/models/{own['metadata']['id']}"
    off = place.write("PUT", f"{path}/status", {"status": "MODEL_STATUS_DISABLED"})
    assert (off["spec"]["status"], off["state"]) == ("MODEL_STATUS_DISABLED", "STATE_DISABLED")
    assert place.read(path) == off
    assert place.write("PUT", f"{path}/status", {"status": "MODEL_STATUS_DISABLED"}) == off
    on = place.write("PUT", f"{path}/status", {"status": "MODEL_STATUS_ENABLED"})
    assert (on["spec"]["status"], on["state"]) == ("MODEL_STATUS_ENABLED", "STATE_ENABLED")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": None},
        {"status": "MODEL_STATUS_UNSPECIFIED"},
        {"status": "model_status_enabled"},
        {"status": "STATE_ENABLED"},
        {"status": "anything"},
        {"status": ""},
        {"status": 0},
        {"status": 3},
        {"status": True},
        {"status": 1.5},
        {"status": {}},
        {"status": []},
    ],
)
def test_no_status(place: Place, own: dict[str, Any], body: Any) -> None:
    reply = place.call("PUT", f"/models/{own['metadata']['id']}/status", body)
    assert (reply.status_code, reply.json()) == (400, BAD_STATUS)


def test_a_status_of_nothing_at_all(place: Place, own: dict[str, Any]) -> None:
    path = f"/v1/workspaces/{place.id}/models/{own['metadata']['id']}/status"
    assert place.api.put(path).json() == BAD_STATUS


@pytest.mark.parametrize("wrong", [UNKNOWN, "model_01", "aipk_01ARZ3NDEKTSV4RRFFQ69G5FAV", "external_id:nothing"])
def test_a_status_of_what_is_not_there(place: Place, wrong: str) -> None:
    reply = place.call("PUT", f"/models/{wrong}/status", {"status": "MODEL_STATUS_ENABLED"})
    assert (reply.status_code, reply.json()) == (404, NOT_FOUND)


def test_a_status_of_another_workspaces_model(own: dict[str, Any], new_place: Callable[[], Place]) -> None:
    reply = new_place().call("PUT", f"/models/{own['metadata']['id']}/status", {"status": "MODEL_STATUS_ENABLED"})
    assert (reply.status_code, reply.json()) == (404, NOT_FOUND)


def test_a_status_in_an_unknown_workspace(api: httpx.Client) -> None:
    path = f"/v1/workspaces/workspace_01ARZ3NDEKTSV4RRFFQ69G5FAV/models/{UNKNOWN}/status"
    reply = api.put(path, json={"status": "MODEL_STATUS_ENABLED"})
    assert (reply.status_code, reply.json()) == (404, {"code": 5, "message": "workspace not found", "details": []})


def test_a_status_in_an_archived_workspace(place: Place) -> None:
    assert place.api.delete(f"/v1/account/workspaces/{place.id}").json() == {}
    assert _told(place.call("PUT", f"/models/{UNKNOWN}/status", {"status": "MODEL_STATUS_ENABLED"})) == (403, 7)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_status_is_put(place: Place, method: str) -> None:
    reply = place.call(method, f"/models/{UNKNOWN}/status", {})
    assert (_told(reply), reply.headers["allow"]) == ((405, 12), "PUT")


# 2.2, list


def test_pages_walk_every_model_once_in_the_order_of_creation(place: Place) -> None:
    newest = place.read("/models", limit=200)
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 30, "sortOrder": "ASC", "labels": ""}
    while True:
        page = place.read("/models", **query)
        seen += _ids(page)
        assert set(page) == {"items", "pagination"}
        assert page["pagination"]["nextCursor"] == page["pagination"]["next_cursor"]
        if not page["pagination"]["nextCursor"]:
            break
        query["cursor"] = page["pagination"]["nextCursor"]
    assert seen == _ids(newest)[::-1]
    assert len(set(seen)) == len(seen) >= 80


def test_the_last_page_may_be_empty(place: Place) -> None:
    expected = {"items": [], "pagination": {"nextCursor": "", "next_cursor": ""}}
    assert place.read("/models", query="no model is called so") == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"sortOrder": "newest"}, "sort_order"),
        ({"status": "ENABLED"}, "status"),
        ({"state": "MODEL_STATUS_ENABLED"}, "state"),
        ({"labels": "a"}, "labels"),
        ({"labels": "=b"}, "labels"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"limit": "many"}, "limit"),
        ({"includeInfo": "maybe"}, "include_info"),
        ({"sortOrder": "asc", "sort_order": "asc"}, "sort_order"),
    ],
)
def test_a_list_that_is_refused(place: Place, query: dict[str, str], field: str) -> None:
    reply = place.call("GET", "/models", **query)
    assert (_told(reply), _field(reply)) == ((400, 3), field)


def test_a_cursor_is_bound_to_its_filters_and_its_workspace(place: Place, new_place: Callable[[], Place]) -> None:
    cursor = place.read("/models", limit=1)["pagination"]["nextCursor"]
    assert place.read("/models", limit=5, cursor=cursor, includeInfo="true")["items"]
    assert _field(place.call("GET", "/models", cursor=cursor, state="STATE_ENABLED")) == "cursor"
    assert _field(new_place().call("GET", "/models", cursor=cursor)) == "cursor"


def test_limits(place: Place) -> None:
    assert [len(place.read("/models", limit=asked)["items"]) for asked in (0, -1, 3)] == [50, 50, 3]


def test_filters(place: Place, own: dict[str, Any]) -> None:
    mine, metadata = own["metadata"]["id"], own["metadata"]
    place.write("PATCH", f"/models/{mine}", {"metadata": {"labels": {"env": "prod", "team": "a"}}})
    place.write("POST", f"/models/{mine}:disable")
    found = [
        {"status": "MODEL_STATUS_DISABLED"},
        {"state": "STATE_DISABLED"},
        {"status": "MODEL_STATUS_DISABLED", "state": "STATE_DISABLED"},
        {"prefix": "ACME-"},
        {"prefix": metadata["externalId"][:6].upper()},
        {"prefix": mine[:20].lower()},
        {"query": "CME/AC"},
        {"query": mine[10:].lower()},
        {"labels": "env=prod,team=a"},
        {"aiProviderKeyId": own["info"]["aiProviderKey"]["metadata"]["id"]},
        {"ai_provider_key_id": "external_id:ours", "isAssigned": "false", "state": "STATE_UNSPECIFIED"},
    ]
    assert [_ids(place.read("/models", **query)) for query in found] == [[mine]] * len(found)
    lost = [
        {"status": "MODEL_STATUS_ENABLED", "state": "STATE_DISABLED"},
        {"labels": "env=prod,team="},
        {"labels": "env=pro"},
        {"aiProviderKeyId": "external_id:nobody"},
        {"aiProviderKeyId": "aipk_01ARZ3NDEKTSV4RRFFQ69G5FAV"},
        {"aiProviderKeyId": "nonsense"},
        {"isAssigned": "true"},
        {"bundleKey": "b"},
    ]
    assert [_ids(place.read("/models", **query)) for query in lost] == [[]] * len(lost)


def test_info_is_there_where_it_is_asked_for(place: Place) -> None:
    assert all("info" not in one for one in place.read("/models")["items"])
    assert all(one["info"]["agentVariationCount"] == 0 for one in place.read("/models", include_info="true")["items"])


def test_a_bundle_is_stored_shown_and_filtered(place: Place) -> None:
    key = place.a_key()["metadata"]["id"]
    made = place.a_model(key, bundleKey="bundle-1")
    assert made["metadata"]["bundleKey"] == "bundle-1"
    assert _ids(place.read("/models", bundleKey="bundle-1")) == [made["metadata"]["id"]]


# 1.3 and 2.3, ids and paths


def test_a_model_by_each_of_its_names(place: Place, own: dict[str, Any]) -> None:
    names = (
        own["metadata"]["id"],
        "external_id:acme-acme-1",
        "external_id%3Aacme-acme-1",
        "external_id:ours.acme-acme-1",
    )
    assert [place.read(f"/models/{name}") for name in names] == [own] * len(names)


@pytest.mark.parametrize("named", ["{id}", "external_id:{slug}", "external_id%3A{slug}"])
def test_a_workspace_by_each_of_its_names(api: httpx.Client, place: Place, named: str) -> None:
    slug = place.id[-12:].lower()
    api.patch(f"/v1/account/workspaces/{place.id}", json={"metadata": {"externalId": slug}})
    for path in (named.format(id=place.id, slug=slug), slug):
        reply = api.get(f"/v1/workspaces/{path}/models?limit=1")
        assert reply.json()["items"][0]["metadata"]["workspaceId"] == place.id


def test_a_verb_is_what_follows_the_last_literal_colon_of_a_post(place: Place) -> None:
    key = place.a_key()["metadata"]["id"]
    made = place.a_model(key, "colon", externalId="x:enable")
    path = f"/models/external_id:{made['metadata']['externalId']}"
    assert place.read(path) == place.read("/models/external_id%3Ax%3Aenable") == made
    assert place.write("POST", f"{path}:disable")["state"] == "STATE_DISABLED"
    assert place.write("POST", "/models/external_id%3Ax%3Aenable:enable")["state"] == "STATE_ENABLED"
    renamed = place.write("PATCH", path, {"metadata": {"name": "by its external id"}})
    assert renamed["metadata"]["name"] == "by its external id"
    assert _told(place.call("GET", "/models/external_id:a%2Fb")) == (404, 5)
    assert _told(place.call("POST", f"{path}:enhance")) in {(404, 5), (405, 12)}


def test_an_external_id_that_two_keys_have(place: Place) -> None:
    for slug in ("one", "two"):
        place.a_model(place.a_key(slug)["metadata"]["id"], externalId="shared")
    reply = place.call("GET", "/models/external_id:shared")
    assert _told(reply) == (400, 9)
    assert "external_id:" in reply.json()["message"]
    key = place.read("/models/external_id:two.shared")["info"]["aiProviderKey"]["metadata"]["externalId"]
    assert key == "two"


# 3.4, enable and disable


@pytest.mark.parametrize(
    "sent",
    [{"headers": {"content-type": "application/json"}}, {}, {"json": {}}, {"json": {"workspaceId": "w", "id": "m"}}],
    ids=["python-0", "python-1", "typescript", "with-ids"],
)
def test_a_verb_takes_no_body_and_any(place: Place, own: dict[str, Any], sent: dict[str, Any]) -> None:
    path = f"/v1/workspaces/{place.id}/models/{own['metadata']['id']}"
    off = place.api.post(f"{path}:disable", **sent)
    assert (off.status_code, off.json()["state"]) == (200, "STATE_DISABLED")
    assert place.api.post(f"{path}:disable", **sent).json() == off.json()
    assert place.api.post(f"{path}:enable", **sent).json()["state"] == "STATE_ENABLED"


# 3.5, create


def test_a_model_is_made_enabled_and_its_prices_are_the_base(place: Place, own: dict[str, Any]) -> None:
    assert own["metadata"]["externalId"] == "acme-acme-1"
    assert (own["state"], own["provenance"]) == ("STATE_ENABLED", "PROVENANCE_MANUALLY_ENTERED")
    prices = {
        "inputPricePerMillionTokens": "200",
        "outputPricePerMillionTokens": "800",
        "cachedInputPricePerMillionTokens": "50",
    }
    assert own["basePricing"] == prices
    assert "pricingOverride" not in own
    assert place.read(f"/models/{own['metadata']['id']}") == own


def test_a_model_is_not_made_under_what_is_not_ones_own(place: Place, new_place: Callable[[], Place]) -> None:
    body = {"metadata": {"name": "m"}, "spec": {"providerModelId": "m"}}
    promotional = place.call("POST", "/ai_provider_keys/external_id:getting-started-key/models", body)
    assert _told(promotional) == (400, 9)
    foreign = new_place().a_key()["metadata"]["id"]
    for key in (foreign, "aipk_01ARZ3NDEKTSV4RRFFQ69G5FAV", "external_id:nobody"):
        assert _told(place.call("POST", f"/ai_provider_keys/{key}/models", body)) == (404, 5)


@pytest.mark.parametrize(
    ("metadata", "spec", "field"),
    [
        (None, {"providerModelId": "m"}, "metadata"),
        ({}, {"providerModelId": "m"}, "metadata.name"),
        ({"name": " "}, {"providerModelId": "m"}, "metadata.name"),
        ({"name": "m"}, None, "spec"),
        ({"name": "m"}, {}, "spec.provider_model_id"),
        ({"name": "m"}, {"providerModelId": ""}, "spec.provider_model_id"),
        ({"name": "m"}, {"providerModelId": "m", "maxInputTokens": -1}, "spec.max_input_tokens"),
        (
            {"name": "m"},
            {"providerModelId": "m", "inputPricePerMillionTokens": "-1"},
            "spec.input_price_per_million_tokens",
        ),
        ({"name": "m"}, {"providerModelId": "m", "capabilities": [{"type": "vision"}]}, "spec.capabilities[0].type"),
        ({"name": "m", "labels": {"a b": "c"}}, {"providerModelId": "m"}, "metadata.labels"),
        ({"name": "m", "labels": {"a": "-c"}}, {"providerModelId": "m"}, "metadata.labels"),
        ({"name": "m", "externalId": "a/b"}, {"providerModelId": "m"}, "metadata.external_id"),
    ],
)
def test_a_model_that_is_refused(place: Place, metadata: Any, spec: Any, field: str) -> None:
    key = place.a_key()["metadata"]["id"]
    reply = place.call("POST", f"/ai_provider_keys/{key}/models", {"metadata": metadata, "spec": spec})
    assert (_told(reply), _field(reply)) == ((400, 3), field)
    assert place.read("/models", aiProviderKeyId=key)["items"] == []


def test_a_model_that_is_there_already(place: Place, own: dict[str, Any]) -> None:
    path = f"/ai_provider_keys/{own['info']['aiProviderKey']['metadata']['id']}/models"
    same_name = {"metadata": {"name": "m"}, "spec": {"providerModelId": "acme-1"}}
    same_slug = {"metadata": {"name": "m", "externalId": "acme-acme-1"}, "spec": {"providerModelId": "other"}}
    assert [_told(place.call("POST", path, body)) for body in (same_name, same_slug)] == [(409, 6), (409, 6)]


def test_a_creation_that_is_repeated_answers_the_same(place: Place) -> None:
    key = place.a_key()["metadata"]["id"]
    path = f"/v1/workspaces/{place.id}/ai_provider_keys/{key}/models"
    body = {"metadata": {"name": "m"}, "spec": {"providerModelId": "m"}}
    first, second = (place.api.post(path, json=body, headers={"Idempotency-Key": place.id}) for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json()) == (200, first.json())
    other = {**body, "metadata": {"name": "other"}}
    assert place.api.post(path, json=other, headers={"Idempotency-Key": place.id}).status_code in {400, 409}


# 3.6, update


def test_an_update_changes_what_its_mask_names(place: Place, own: dict[str, Any]) -> None:
    body = {
        "metadata": {"name": "ignored", "labels": {"a_b": "c"}},
        "spec": {"max_output_tokens": "7", "family": "ignored"},
        "updateMask": " metadata.labels, spec.maxOutputTokens,spec.max_output_tokens",
    }
    changed = place.write("PATCH", f"/models/{own['metadata']['id']}", body)
    assert changed["metadata"]["labels"] == {"a_b": "c"}
    assert changed["spec"] == {**own["spec"], "maxOutputTokens": 7}
    assert changed["metadata"]["name"] == own["metadata"]["name"]


def test_a_price_is_overridden_and_given_back(place: Place, own: dict[str, Any]) -> None:
    path, mask = f"/models/{own['metadata']['id']}", "pricing_override.input_price_per_million_tokens"
    free = place.write("PATCH", path, {"pricingOverride": {"inputPricePerMillionTokens": "0"}, "updateMask": mask})
    assert free["pricingOverride"] == {"inputPricePerMillionTokens": "0"}
    assert (free["spec"]["inputPricePerMillionTokens"], free["basePricing"]) == ("0", own["basePricing"])
    back = place.write("PATCH", path, {"updateMask": mask})
    assert "pricingOverride" not in back
    assert back["spec"] == own["spec"]


@pytest.mark.parametrize(
    "body",
    [
        {"metadata": {"name": "x"}, "updateMask": "metadata.name"},
        {"spec": {"family": "x"}, "updateMask": "spec.family"},
        {"spec": {"providerModelId": "x"}, "updateMask": "spec.providerModelId"},
        {"spec": {}, "updateMask": "spec.capabilities"},
    ],
)
def test_a_synced_model_keeps_its_terms(place: Place, body: dict[str, Any]) -> None:
    synced = place.read("/models", limit=1)["items"][0]["metadata"]["id"]
    assert _told(place.call("PATCH", f"/models/{synced}", body)) == (400, 9)


def test_a_synced_model_takes_labels_external_id_and_price(place: Place) -> None:
    synced = place.read("/models", limit=1)["items"][0]
    body = {
        "metadata": {"name": synced["metadata"]["name"], "labels": {"a": "b"}, "externalId": "mine"},
        "pricingOverride": {"outputPricePerMillionTokens": "7.5"},
    }
    changed = place.write("PATCH", f"/models/{synced['metadata']['id']}", body)
    assert (changed["metadata"]["labels"], changed["metadata"]["externalId"]) == ({"a": "b"}, "mine")
    assert changed["spec"]["outputPricePerMillionTokens"] == "7.5"


def test_an_external_id_that_is_taken(place: Place, own: dict[str, Any]) -> None:
    other = place.a_model(own["info"]["aiProviderKey"]["metadata"]["id"], "acme-2")
    body = {"metadata": {"externalId": "acme-acme-1"}}
    assert _told(place.call("PATCH", f"/models/{other['metadata']['id']}", body)) == (409, 6)


def test_a_write_that_comes_too_late(place: Place, own: dict[str, Any]) -> None:
    path = f"/v1/workspaces/{place.id}/models/{own['metadata']['id']}"
    seen = place.api.get(path).headers["etag"]
    assert place.api.patch(path, json={"metadata": {"name": "first"}}).status_code == 200
    late = place.api.patch(path, json={"metadata": {"name": "second"}}, headers={"If-Match": seen})
    assert _told(late) == (409, 10)


# 3.6, swap


def test_a_swap_disables_what_it_takes_out_of_use(place: Place, own: dict[str, Any]) -> None:
    other = place.a_model(own["info"]["aiProviderKey"]["metadata"]["id"], "acme-2")
    swap = {
        "currentModelId": own["metadata"]["id"],
        "next_model_id": "external_id:acme-acme-2",
        "disableCurrentAfterSwap": True,
    }
    assert place.write("POST", "/models:swapModelOnVariations", {"modelSwaps": [swap]}) == {}
    states = [place.read(f"/models/{one['metadata']['id']}")["state"] for one in (own, other)]
    assert states == ["STATE_DISABLED", "STATE_ENABLED"]


@pytest.mark.parametrize("body", [{}, {"modelSwaps": []}, {"modelSwaps": None}])
def test_a_swap_of_nothing(place: Place, body: dict[str, Any]) -> None:
    assert place.write("POST", "/models:swapModelOnVariations", body) == {}


def test_a_swap_with_itself_moves_nothing(place: Place, own: dict[str, Any]) -> None:
    mine = own["metadata"]["id"]
    swap = {"currentModelId": mine, "nextModelId": mine, "disableCurrentAfterSwap": True}
    assert place.write("POST", "/models:swapModelOnVariations", {"modelSwaps": [swap]}) == {}
    assert place.read(f"/models/{mine}")["state"] == "STATE_ENABLED"


def test_a_swap_that_is_refused_moves_nothing(place: Place, own: dict[str, Any]) -> None:
    mine = own["metadata"]["id"]
    off = place.a_model(own["info"]["aiProviderKey"]["metadata"]["id"], "acme-2")["metadata"]["id"]
    place.write("POST", f"/models/{off}:disable")
    good = {"currentModelId": mine, "nextModelId": mine, "disableCurrentAfterSwap": True}
    refused = {
        (400, 3): [{"currentModelId": mine}, {"nextModelId": mine}, {"currentModelId": "", "nextModelId": mine}, good],
        (404, 5): [
            {"currentModelId": UNKNOWN, "nextModelId": mine},
            {"currentModelId": mine + "x", "nextModelId": mine},
        ],
        (400, 9): [{"currentModelId": mine, "nextModelId": off}],
    }
    for told, swaps in refused.items():
        for swap in swaps:
            body = {"modelSwaps": [swap, good] if told == (400, 3) else [swap]}
            assert _told(place.call("POST", "/models:swapModelOnVariations", body)) == told, swap
    assert place.read(f"/models/{mine}")["state"] == "STATE_ENABLED"


# 2, the first clients


def test_the_first_clients_name_no_workspace(place: Place, own: dict[str, Any], limited: Any) -> None:
    only = limited(place.id, scopes=("models:manage",))
    path = f"/v1/models/{own['metadata']['id']}"
    assert only.get(path).json() == own
    off = only.put(f"{path}/status", json={"status": "MODEL_STATUS_DISABLED"}).json()
    assert off["spec"]["status"] == "MODEL_STATUS_DISABLED"


def test_the_first_clients_need_a_token_of_one_workspace(
    place: Place, own: dict[str, Any], new_place: Callable[[], Place], limited: Any
) -> None:
    several = limited(place.id, new_place().id, scopes=("models:read",))
    reply = several.get(f"/v1/models/{own['metadata']['id']}")
    assert (_told(reply), _field(reply)) == ((400, 3), "workspace_id")
