"""Imports: previewed, applied as previewed, and harmless the second time."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

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


def test_an_export_of_models_is_sent_as_it_is_or_as_a_text(elsewhere: Place) -> None:
    document = a_document()
    document["sheet"] = document.pop("acme") | {"id": "sheet", "name": "Sheet"}
    elsewhere.owner.post("/imports", json={"document": document}).raise_for_status()
    model = next(one for one in elsewhere.owner.get("/models?q=Acme One").json()["data"] if one["name"] == "Acme One")
    identity = str(UUID(model["id"].removeprefix("model_")))
    text = f"model_id,name,provider,voices\r\n{identity},'=1+1,Sheet,echo\r\n"
    content = text.encode()
    told = [
        elsewhere.owner.post("/imports/preview?format=auto", content=content),
        elsewhere.owner.post("/imports/preview?format=models.csv", content=content),
        elsewhere.owner.post("/imports/preview", json={"document": text}),
        elsewhere.owner.post("/imports/preview", json={"document": text, "format": "models.csv"}),
    ]
    for reply in told:
        assert reply.status_code == 200, reply.text
        assert (reply.json()["format"], counts(reply.json())) == ("models.csv", (0, 1, 0))
    fates = {one["path"]: (one["fate"], one["note"][:12]) for one in told[0].json()["fields"]}
    assert fates["voices"] == ("dropped", "not imported")
    done = elsewhere.owner.post("/imports?format=models.csv", content=content)
    assert counts(done.json()) == (0, 1, 0)
    assert elsewhere.owner.get(f"/models/{model['id']}").json()["name"] == "=1+1"
    wrong = elsewhere.owner.post("/imports?format=models.csv", content=content.replace(b"Sheet", b"Nobody"))
    assert wrong.status_code == 400
    assert "row 2.provider" in wrong.text


@pytest.mark.parametrize(
    ("query", "content"),
    [
        pytest.param("", b"model_id,name\n", id="no-json"),
        pytest.param("", b'{"document": "\\ud800"}', id="half-a-character"),
        pytest.param("", b'{"document": "a,b"}', id="a-text-of-no-known-format"),
        pytest.param("?format=models.csv", b"{}", id="no-sheet"),
        pytest.param("?format=models.csv", b"\xff", id="a-sheet-not-utf-8"),
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
