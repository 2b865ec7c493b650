"""Providers, and where a model came from: written through one dialect, read through every other."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.ids import ulid
from tests.dialects.everruns.upstreams import upstream
from tests.generated import external_ids, labels, names, some_labels, texts
from tests.laws.conftest import Place, identity
from tests.laws.records import DRIVERS, Record, exact, unchanged, whole
from tests.laws.test_one_truth import LAW, some_of
from tests.wire import a_model, a_provider, answered

#: Cadenya's word -> the type of its settings, and their members with our names.
CONFIGS: dict[str, tuple[str, dict[str, str]]] = {
    "AI_PROVIDER_OPENROUTER": ("openrouter", {"region": "region"}),
    "AI_PROVIDER_OPENAI": ("openai", {"organizationId": "organization_id", "projectId": "project_id"}),
    "AI_PROVIDER_OPENAI_COMPATIBLE": ("openaiCompatible", {"baseUrl": "base_url"}),
    "AI_PROVIDER_VERTEX": ("vertex", {"projectId": "project_id", "location": "location"}),
    "AI_PROVIDER_BEDROCK": ("bedrock", {"region": "region"}),
}
#: The driver that each of Cadenya's words is written as.
WORDS = {word: driver for driver, word in DRIVERS.items() if driver != "openai_compatible"}
MANAGEMENT = {"platform": "CADENYA", "synced": "SYNCED", "customizable": "CUSTOMIZABLE", "manual": "MANUAL"}
URLS = st.sampled_from(["http://127.0.0.1:1/v1", "https://models.example/v1?a=b", "https://x.example:8443"])
settings_texts = st.text(st.characters(min_codepoint=32, max_codepoint=1000), min_size=1, max_size=20)


def whole_provider(place: Place, provider: UUID, *, word: str | None = None) -> Record:
    """The provider as our own API shows it, once the other dialects are seen to show the same.

    ``word`` is what Artifacts remembers that it calls itself, where that is not its driver.
    """
    record: Record = exact(place.native("GET", f"/providers/provider_{provider.hex}"))
    everruns = exact(place.everruns("GET", f"/providers/provider_{provider.hex}"))
    expected = in_everruns(record)
    assert {name: _at(name, everruns.get(name)) for name in expected} == expected
    cadenya = exact(place.cadenya("GET", f"/ai_provider_keys/aipk_{ulid(provider)}"))
    assert read_in_cadenya(cadenya) == in_cadenya(record)
    form = exact(place.artifacts("/artifacts/providers/get", {"provider_id": str(provider)}))
    assert read_in_artifacts(form) == in_artifacts(record, word)
    return record


def _at(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if value and name.endswith("_at") else value


def in_everruns(record: Record) -> Record:
    """What Everruns must show of the record. Source: contracts/everruns.md, 3.1."""
    same = {name: record[name] for name in ("id", "name", "base_url", "status", "managed")}
    moments = {name: _at(name, record[name]) for name in ("created_at", "updated_at", "last_synced_at")}
    has_credential = record["credential"] is not None
    keyed = {"api_key_set": has_credential, "credentials_set": has_credential}
    return {**same, **moments, **keyed, "provider_type": record["driver"], "driver": record["driver"]}


def read_in_cadenya(key: Record) -> Record:
    """What a reply of Cadenya says of a provider."""
    metadata, info = key["metadata"], key["info"]
    return {
        **{name: metadata[name] for name in ("id", "name", "externalId", "labels", "bundleKey")},
        "createdAt": datetime.fromisoformat(metadata["createdAt"]),
        "provider": key["spec"]["provider"],
        "config": key["spec"].get("config"),
        **{
            name: info[name] for name in ("isPromotional", "modelManagement", "enabledModelCount", "disabledModelCount")
        },
    }


def in_cadenya(record: Record) -> Record:
    """What Cadenya must show of the record. Source: contracts/cadenya.md, 3.7."""
    return {
        "id": f"aipk_{ulid(identity(record['id']))}",
        "name": record["name"],
        "externalId": record["external_id"] or "",
        "labels": record["labels"],
        "bundleKey": record["bundle"] or "",
        "createdAt": datetime.fromisoformat(record["created_at"]),
        "provider": DRIVERS.get(record["driver"], "AI_PROVIDER_UNSPECIFIED"),
        "config": _config(record),
        "isPromotional": record["managed"],
        "modelManagement": f"MODEL_MANAGEMENT_{MANAGEMENT[record['management']]}",
        "enabledModelCount": record["models"]["enabled"],
        "disabledModelCount": record["models"]["disabled"],
    }


def _config(record: Record) -> Record | None:
    kind, members = CONFIGS.get(DRIVERS.get(record["driver"], ""), ("", {}))
    held = {**record["config"], "base_url": record["base_url"]}
    told = {wire: held[name] for wire, name in members.items() if held.get(name)}
    every = dict.fromkeys(members, "")
    return {"type": kind, kind: {**every, **told}} if told else None


def read_in_artifacts(form: Record) -> Record:
    """What a form of Artifacts says of a provider, of what the registry knows."""
    return {
        "name": form["names"]["resource"]["name"],
        "value": (form["values"]["resource"]["value"], form["values"]["resource"]["type"]),
        "endpoints": [row["endpoint"] for row in form["endpoints"]["current"] or ()][:1],
        "active": [row["key"] for row in form["flags"]["current"] or ()],
        "keys": form["keys"]["current"],
    }


def in_artifacts(record: Record, word: str | None) -> Record:
    """What Artifacts must show of the record. Source: contracts/artifacts.md, 3.3."""
    return {
        "name": record["name"],
        "value": (word or record["driver"], "provider"),
        "endpoints": [record["base_url"]] if record["base_url"] else [],
        "active": ["active"] if record["status"] == "active" else [],
        "keys": None,
    }


_CREDENTIALS: dict[str, Record] = {
    "AI_PROVIDER_VERTEX": {"type": "googleServiceAccount", "googleServiceAccount": {"json": "{}"}},
    "AI_PROVIDER_BEDROCK": {"type": "awsAccessKey", "awsAccessKey": {"accessKeyId": "a", "secretAccessKey": "b"}},
}
_API_KEY: Record = {"type": "apiKey", "apiKey": {"apiKey": "made-up"}}


@st.composite
def cadenya_spec(draw: st.DrawFn) -> Record:
    """Whose API a key opens, and with what."""
    word = draw(st.sampled_from(sorted(WORDS)))
    spec: Record = {"provider": word}
    if draw(st.booleans()):
        spec["credentials"] = _CREDENTIALS.get(word, _API_KEY)
    kind, members = CONFIGS.get(word, ("", {}))
    if "baseUrl" in members or (members and draw(st.booleans())):
        told = {name: draw(URLS if name == "baseUrl" else settings_texts) for name in members}
        spec["config"] = {"type": kind, kind: told}
    return spec


@LAW
@given(name=names, labels=labels, external_id=external_ids, spec=cadenya_spec())
def test_what_cadenya_makes_is_read_everywhere(
    place: Place, name: str, labels: Record, external_id: str, spec: Record
) -> None:
    metadata = {"name": name, "labels": labels, "externalId": f"{external_id}{uuid4().hex}"}
    made = exact(place.cadenya("POST", "/ai_provider_keys", json={"metadata": metadata, "spec": spec}))
    record = whole_provider(place, identity(made["metadata"]["id"]))
    assert (record["name"], record["labels"], record["external_id"]) == (name, labels, metadata["externalId"])
    assert record["driver"] == WORDS[spec["provider"]]
    assert (record["credential"] is not None) is ("credentials" in spec)
    assert _config(record) == spec.get("config")


@LAW
@given(
    name=names,
    driver=st.sampled_from([*DRIVERS, "llmsim", "groq", "Grüße 1"]),
    body=some_of({"base_url": URLS, "api_key": st.sampled_from(["", "made-up"])}),
)
def test_what_everruns_makes_is_read_everywhere(place: Place, name: str, driver: str, body: Record) -> None:
    provider = a_provider(place.client, name=name, provider_type=driver, **body)
    record = whole_provider(place, identity(provider))
    assert (record["name"], record["driver"], record["base_url"]) == (name, driver.lower(), body.get("base_url"))
    assert (record["credential"] is not None) is bool(body.get("api_key"))


@LAW
@given(
    name=names, word=st.sampled_from([*sorted(DRIVERS), "Groq", "The house's"]), url=st.none() | URLS, on=st.booleans()
)
def test_what_artifacts_makes_is_read_everywhere(
    place: Place, name: str, word: str, url: str | None, *, on: bool
) -> None:
    item = {"name": name, "value_ids": [_row(place, "values", value=word, type="provider")], "active_flag": on}
    if url is not None:
        item["endpoint_ids"] = [_row(place, "endpoints", endpoint=url)]
    (result,) = exact(place.artifacts("/artifacts/providers/create", {"providers": [item]}))["results"]
    record = whole_provider(place, UUID(result["provider_id"]), word=word)
    driver = word.lower() if word.lower() in {*DRIVERS, "groq"} else "openai_compatible"
    status = "active" if on else "disabled"
    assert (record["name"], record["driver"], record["base_url"], record["status"]) == (name, driver, url, status)


@LAW
@given(
    body=some_of({"name": names, "url": st.none() | URLS, "word": st.sampled_from(["xai", "The house's"])}),
    on=st.none() | st.booleans(),
)
def test_what_artifacts_cannot_say_of_a_provider_is_kept(
    place: Place, unused: UUID, body: Record, *, on: bool | None
) -> None:
    before = exact(place.native("GET", f"/providers/provider_{unused.hex}"))
    item: Record = {"provider_id": str(unused), "name": body.get("name"), "active_flag": on}
    if "url" in body:
        item["endpoint_ids"] = [_row(place, "endpoints", endpoint=body["url"])] if body["url"] else []
    if "word" in body:
        item["value_ids"] = [_row(place, "values", value=body["word"], type="provider")]
    (result,) = exact(place.artifacts("/artifacts/providers/update", {"providers": [item]}))["results"]
    assert result["provider_id"] == str(unused)
    after = exact(place.native("GET", f"/providers/provider_{unused.hex}"))
    said = {"name": "name" in body, "base_url": "url" in body, "driver": "word" in body, "status": on is not None}
    unchanged(before, after, but={"healthy", *(member for member, told in said.items() if told)})


@pytest.fixture(scope="module")
def unused(place: Place) -> UUID:
    """A provider that no model uses, with all that Artifacts has no words for."""
    metadata = {"name": "Unused", "labels": {"tier": "gold"}, "externalId": f"unused-{uuid4().hex}"}
    spec = {"provider": "AI_PROVIDER_OPENAI", "credentials": _API_KEY}
    made = exact(place.cadenya("POST", "/ai_provider_keys", json={"metadata": metadata, "spec": spec}))
    return identity(made["metadata"]["id"])


def _row(place: Place, kind: str, **members: str) -> str:
    made: str = exact(place.artifacts(f"/resources/{kind}", members))["id"]
    return made


@LAW
@given(
    kept=st.fixed_dictionaries({"name": names, "labels": some_labels, "externalId": external_ids}),
    region=settings_texts,
    body=some_of({"name": names, "base_url": URLS, "status": st.sampled_from(["active", "disabled"])}),
)
def test_what_everruns_cannot_say_of_a_provider_is_kept(
    place: Place, router: UUID, kept: Record, region: str, body: Record
) -> None:
    paths = "metadata.name,metadata.labels,metadata.externalId,spec.config"
    config = {"type": "openrouter", "openrouter": {"region": region}}
    asked = {"metadata": kept, "spec": {"config": config}, "updateMask": paths}
    exact(place.cadenya("PATCH", f"/ai_provider_keys/aipk_{ulid(router)}", json=asked))
    before = whole_provider(place, router)
    told = (before["name"], before["labels"], before["external_id"], before["config"])
    assert told == (kept["name"], kept["labels"], kept["externalId"], {"region": region})
    exact(place.everruns("PATCH", f"/providers/prov_{router.hex}", json=body))
    after = whole_provider(place, router)
    assert {name: after[name] for name in body} == body
    unchanged(before, after, but={"healthy", *body})


@pytest.fixture(scope="module")
def router(place: Place) -> UUID:
    """A provider that the properties of changes share."""
    return identity(a_provider(place.client, provider_type="openrouter", api_key="made-up"))


@LAW
@given(credentials=st.sampled_from([_API_KEY, {"type": "headers", "headers": {"headers": {"X-Key": "made-up"}}}]))
def test_a_credential_is_known_to_be_there_everywhere_and_told_nowhere(place: Place, credentials: Record) -> None:
    config = {"type": "openaiCompatible", "openaiCompatible": {"baseUrl": "https://models.example/v1"}}
    spec = {"provider": "AI_PROVIDER_OPENAI_COMPATIBLE", "credentials": credentials, "config": config}
    made = place.cadenya("POST", "/ai_provider_keys", json={"metadata": {"name": "Keyed"}, "spec": spec})
    provider = identity(answered(made)["metadata"]["id"])
    assert whole_provider(place, provider)["credential"] is not None
    told = [
        made,
        place.everruns("GET", f"/providers/provider_{provider.hex}"),
        place.native("GET", f"/providers/provider_{provider.hex}"),
        place.native("GET", "/changes", params={"entity": str(provider)}),
    ]
    assert not [reply.text for reply in told if "made-up" in reply.text]


@LAW
@given(name=texts(20).filter(bool), adopts=st.booleans())
def test_where_a_model_came_from_is_told_everywhere(place: Place, name: str, *, adopts: bool) -> None:
    with upstream() as listing:
        listing.lists("found-1")
        provider = a_provider(place.client, provider_type="openai_completions", base_url=listing.url, api_key="k")
        answered(place.everruns("POST", f"/providers/{provider}/sync-models"))
    found = answered(place.everruns("GET", f"/providers/{provider}/models"))["data"][0]
    record = whole(place, identity(found["id"]))
    assert (record["source"], record["enabled"], record["stale"]) == ("discovered", False, False)
    if adopts:
        assert a_model(place.client, provider, "found-1", display_name=name)["id"] == found["id"]
        record = whole(place, identity(found["id"]))
        assert (record["source"], record["name"], record["enabled"]) == ("manual", name, False)


def test_what_a_workspace_is_seeded_with_is_read_alike_everywhere(place: Place) -> None:
    seeded = answered(place.native("GET", "/models", params={"limit": 200, "source": "predefined"}))["data"]
    assert len(seeded) >= 80
    shown = {model["id"]: model for model in answered(place.everruns("GET", "/models"))["data"]}
    for model in seeded[::10]:
        record = whole(place, identity(model["id"]))
        assert record == {**model, **{name: record[name] for name in ("price", "base_price", "override_price")}}
        assert shown[model["id"]]["source"] == "predefined"
