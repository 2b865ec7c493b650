"""What publishing a draft would change, over HTTP: the drafts come from the Artifacts dialect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from armillary.domain.ids import ulid
from tests.dialects.artifacts.places import Place, a_place
from tests.servers import Server
from tests.wire import answered

ABSENT = "0" * 31 + "1"


@pytest.fixture(scope="module")
def spot(server: Server) -> Iterator[Place]:
    with a_place(server) as made:
        yield made


@pytest.fixture(scope="module")
def artifacts(spot: Place) -> httpx.Client:
    return spot.client()


@pytest.fixture(scope="module")
def model(artifacts: httpx.Client) -> str:
    body = {"models": [{"name": "alpha", "description": "The first."}]}
    made: str = answered(artifacts.post("/api/v5/artifacts/models/create", json=body))["results"][0]["model_id"]
    return made


def a_draft(artifacts: httpx.Client, **body: Any) -> dict[str, Any]:
    saved: dict[str, Any] = answered(artifacts.patch("/api/v5/artifacts/models/draft", json=body))
    return saved


def diff(client: httpx.Client, draft: str, against: str, status: int = 200) -> dict[str, Any]:
    told: dict[str, Any] = answered(client.get(f"/drafts/{draft}/diff", params={"against": against}), status)
    return told


def test_it_is_told_field_by_field(spot: Place, artifacts: httpx.Client, model: str) -> None:
    quality = answered(artifacts.post("/api/v5/artifacts/models/get", json={}))["qualities"]["resources"][0]
    draft = a_draft(artifacts, name="beta", quality_ids=[quality["id"]])
    told = diff(spot.owner, draft["draft_id"], model)
    (name, level) = told["changes"]
    assert (name["field"], [one["text"] for one in name["before"]]) == ("names", ["alpha"])
    assert name["after"] == [{"id": f"resource_{UUID(draft['form_state']['name_id']).hex}", "text": "beta"}]
    assert level == {
        "field": "qualities",
        "before": [],
        "after": [{"id": f"resource_{UUID(quality['id']).hex}", "text": quality["quality"]}],
    }
    assert (told["before"], told["after"], told["refusal"]) == ({"name": "alpha"}, {"name": "beta"}, None)
    assert (told["draft"]["version"], told["draft"]["id"]) == (1, f"draft_{UUID(draft['draft_id']).hex}")
    assert told["against"] == {"id": f"model_{UUID(model).hex}", "name": "alpha"}


def test_a_save_is_seen_at_once(spot: Place, artifacts: httpx.Client, model: str) -> None:
    draft = a_draft(artifacts, name="beta")
    assert diff(spot.owner, draft["draft_id"], model)["after"] == {"name": "beta"}
    a_draft(artifacts, input_draft_id=draft["draft_id"], expected_version=1, name="gamma")
    assert diff(spot.owner, draft["draft_id"], model)["after"] == {"name": "gamma"}


def test_ids_are_understood_in_every_spelling(spot: Place, artifacts: httpx.Client, model: str) -> None:
    draft, against = UUID(a_draft(artifacts, name="beta")["draft_id"]), UUID(model)
    spelled = [
        diff(spot.owner, *ids)
        for ids in (
            (f"draft_{draft.hex}", f"model_{against.hex}"),
            (str(draft), str(against)),
            (draft.hex, f"mod_{against.hex}"),
            (ulid(draft), f"model_{ulid(against)}"),
        )
    ]
    assert all(one == spelled[0] for one in spelled)


def test_what_is_published_is_what_was_told(spot: Place, artifacts: httpx.Client) -> None:
    body = {"models": [{"name": "delta"}]}
    model = answered(artifacts.post("/api/v5/artifacts/models/create", json=body))["results"][0]["model_id"]
    draft = a_draft(artifacts, name="epsilon", description="Another.")
    told = diff(spot.owner, draft["draft_id"], model)
    state = {name: value for name, value in draft["form_state"].items() if value}
    answered(artifacts.post("/api/v5/artifacts/models/update", json={"models": [{"model_id": model, **state}]}))
    (record,) = answered(spot.owner.get("/changes", params={"entity": model, "limit": 1}))["data"]
    assert {name: record["after"][name] for name in told["after"]} == told["after"]
    assert {name: record["before"][name] for name in told["before"]} == told["before"]
    again = diff(spot.owner, draft["draft_id"], model)
    assert (again["changes"], again["before"], again["after"]) == ([], {}, {})


# The ladder


def test_without_credentials_it_is_401(spot: Place, model: str) -> None:
    url = f"{spot.server.url}/armillary/v1/drafts/{ABSENT}/diff"
    assert httpx.get(url, params={"against": model}).status_code == 401


def test_without_the_scope_it_is_403(spot: Place, artifacts: httpx.Client, model: str) -> None:
    draft = a_draft(artifacts, name="beta")["draft_id"]
    with httpx.Client(base_url=f"{spot.server.url}/armillary/v1") as client:
        client.headers["X-Api-Key"] = spot.key("memory:read")
        told = diff(client, draft, model, 403)
    assert told["scope"] == "models:read"


def test_somebody_elses_draft_and_none_at_all_are_the_same_404(
    spot: Place, artifacts: httpx.Client, model: str, server: Server
) -> None:
    draft = a_draft(artifacts, name="beta")["draft_id"]
    with httpx.Client(base_url=f"{spot.server.url}/armillary/v1") as client, a_place(server) as elsewhere:
        client.headers["X-Api-Key"] = spot.key(role="admin")
        refused = [
            diff(client, draft, model, 404),
            diff(client, ABSENT, model, 404),
            diff(elsewhere.owner, draft, model, 404),
        ]
    assert all(one == refused[0] for one in refused)


def test_a_model_that_is_not_there_is_404(spot: Place, artifacts: httpx.Client) -> None:
    draft = a_draft(artifacts, name="beta")["draft_id"]
    assert diff(spot.owner, draft, ABSENT, 404)["detail"] == "model not found"


@pytest.mark.parametrize(
    ("draft", "query", "field"),
    [
        pytest.param("model_" + ABSENT, {"against": ABSENT}, "draft_id", id="another-kinds-draft"),
        pytest.param("nonsense", {"against": ABSENT}, "draft_id", id="no-draft-id"),
        pytest.param(ABSENT, {"against": "provider_" + ABSENT}, "against", id="another-kinds-model"),
        pytest.param(ABSENT, {}, "against", id="no-model"),
        pytest.param(ABSENT, {"against": ABSENT, "with": "x"}, "with", id="unknown-member"),
    ],
)
def test_what_is_malformed_is_400_by_its_field(spot: Place, draft: str, query: dict[str, str], field: str) -> None:
    told = answered(spot.owner.get(f"/drafts/{draft}/diff", params=query), 400)
    assert told["field"] == field
