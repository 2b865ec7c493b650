"""Imports: previewed, applied as previewed, and harmless the second time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.dialects.native.conftest import Place


def a_document(**cost: float) -> dict[str, Any]:
    """A file of one provider and one model, as models.dev writes them."""
    model = {
        "id": "acme-1",
        "name": "Acme One",
        "attachment": False,
        "reasoning": False,
        "tool_call": True,
        "modalities": {"input": ["text"], "output": ["text"]},
        "limit": {"context": 1000, "output": 100},
        "cost": {"input": 1.25, "output": 5, **cost},
        "experimental": "yes",
    }
    provider = {"id": "acme", "name": "Acme", "npm": "@ai-sdk/openai-compatible", "env": ["ACME_API_KEY"]}
    return {"acme": provider | {"models": {"acme-1": model}}}


def counts(told: dict[str, Any]) -> tuple[int, int, int]:
    return told["created"], told["changed"], told["unchanged"]


def test_a_preview_writes_nothing_and_accounts_for_every_field(place: Place) -> None:
    told = place.owner.post("/imports/preview", json={"document": a_document()}).json()
    assert (told["applied"], counts(told), told["providers_created"]) == (False, (1, 0, 0), 1)
    fates = {one["path"]: one["fate"] for one in told["fields"]}
    assert fates["*.models.*.cost.input"] == "kept"
    assert fates["*.models.*.experimental"] == "dropped"
    assert [(one["provider"], one["upstream_name"], one["action"]) for one in told["models"]] == [
        ("acme", "acme-1", "created")
    ]
    assert place.owner.get("/providers", params={"q": "acme"}).json()["data"] == []


def test_what_was_previewed_is_applied_or_nothing(elsewhere: Place) -> None:
    api, body = elsewhere.owner, {"document": a_document(), "format": "models.dev"}
    seen = api.post("/imports/preview", json=body).json()["revision"]
    api.patch(f"/models/{elsewhere.model()['id']}", json={"favourite": True}).raise_for_status()
    late = api.post("/imports", json={**body, "revision": seen})
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    seen = api.post("/imports/preview", json=body).json()["revision"]
    done = api.post("/imports", json={**body, "revision": seen}).json()
    assert (done["applied"], counts(done), done["revision"]) == (True, (1, 0, 0), seen + 1)
    again = api.post("/imports", json=body).json()
    assert (counts(again), again["models"], again["revision"]) == ((0, 0, 1), [], seen + 1)
    dearer = api.post("/imports/preview", json={"document": a_document(input=2)}).json()
    change = dearer["models"][0]["changes"]["base_price"]
    assert [change[when]["input_usd_per_mtok"] for when in ("before", "after")] == ["1.25", "2"]


def test_a_document_may_be_sent_as_it_is(place: Place) -> None:
    content = msgspec.json.encode(a_document())
    for name in ("models.dev", "auto"):
        reply = place.owner.post("/imports/preview", params={"format": name, "show": 0}, content=content)
        assert (reply.status_code, reply.json()["format"]) == (200, "models.dev")
        assert (reply.json()["models"], reply.json()["omitted_models"]) == ([], 1)


@pytest.mark.parametrize(
    ("query", "content"),
    [
        pytest.param("", b'{"acme": {}}', id="no-envelope"),
        pytest.param("", b'{"document": {}, "format": "yaml"}', id="no-format"),
        pytest.param("?format=auto", b'{"acme": 1}', id="of-no-known-format"),
        pytest.param("?format=litellm", b"[1]", id="no-object"),
        pytest.param("?format=auto", b'{"acme": "\xff"}', id="not-utf-8"),
        pytest.param("?format=models.dev", b'{"acme": {"models": 5}}', id="of-the-wrong-shape"),
        pytest.param("?format=models.dev", b'{"acme":' + b"[" * 50_000 + b"]" * 50_000 + b"}", id="deep"),
        pytest.param("", b'{"document": {}, "revision": -1}', id="no-revision"),
    ],
)
@pytest.mark.parametrize("path", ["/imports", "/imports/preview"])
def test_what_is_no_catalogue_is_refused(place: Place, path: str, query: str, content: bytes) -> None:
    reply = place.owner.post(path + query, content=content)
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/problem+json"), reply.text


def test_a_file_into_a_managed_provider_is_refused(place: Place) -> None:
    document = a_document()
    document["getting-started-key"] = document.pop("acme") | {"id": "getting-started-key"}
    reply = place.owner.post("/imports", json={"document": document})
    assert (reply.status_code, reply.json()["state"]) == (409, "managed")


def test_the_public_catalogue_is_imported_whole(elsewhere: Place, published_catalogue: Path) -> None:
    content, query = published_catalogue.read_bytes(), {"format": "models.dev", "show": "1"}
    done = elsewhere.owner.post("/imports", params=query, content=content)
    assert done.status_code == 200, done.text
    assert (counts(done.json()), done.json()["providers_created"]) == ((5276, 0, 0), 147)
    assert done.json()["omitted_models"] == 5275
    again = elsewhere.owner.post("/imports", params=query, content=content)
    assert counts(again.json()) == (0, 0, 5276)


def test_an_upgrade_keeps_what_was_edited_and_tells_so(place: Place) -> None:
    model = place.model("llmsim-think")
    place.owner.patch(f"/models/{model['id']}", json={"description": "Ours."}).raise_for_status()
    told = place.owner.post("/catalogue/upgrade", json={"dry_run": False}).json()
    kept = {one["external_id"]: one["kept"] for one in told["models"]}
    assert kept[model["external_id"]]["description"]["before"] == "Ours."
    assert (told["applied"], told["added"]) == (True, [])
    assert place.owner.get(f"/models/{model['id']}").json()["description"] == "Ours."
