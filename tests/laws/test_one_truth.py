"""What is written through one dialect is read through every other: generated records, over HTTP, on both databases.

Each property writes through one dialect and then reads through all three: what was stated is there, what was not
stated is as it was before, and the other dialects show all of the record that they have words for (``records``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armillary.domain.ids import ulid
from tests.generated import (
    amounts,
    external_ids,
    labels,
    modalities,
    names,
    some_labels,
    tags,
    texts,
    tokens,
)
from tests.laws.conftest import Place, identity
from tests.laws.records import KNOBS, MODES, RATES, VENDORS, Record, exact, unchanged, usd, whole
from tests.wire import a_model, a_provider, answered

LAW = settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
#: What follows from another upstream name: it is described anew (contracts/everruns.md, 2.1.2, ``model_id``).
_FOLLOWING = {"description", "vendor", "family", "modalities", "limits", "facts", "base_price", "price"}


def sent(body: Any) -> dict[str, Any]:
    """A body whose decimals are numbers of JSON, exactly."""
    return {"content": _ENCODER.encode(body), "headers": {"Content-Type": "application/json"}}


def some_of(members: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of the members, each where it is stated."""
    return st.fixed_dictionaries({}, optional=members)


# Native


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f").rstrip("0").rstrip(".") or "0"


_RATE_NAMES = {name: f"{name}_usd_per_mtok" for name in RATES}
native_rates = st.fixed_dictionaries({wire: (st.none() | amounts).map(_text) for wire in _RATE_NAMES.values()})
native_tiers = st.lists(
    st.fixed_dictionaries(
        {
            "above_tokens": st.integers(1, 2**31 - 1),
            "input_usd_per_mtok": amounts.map(_text),
            "output_usd_per_mtok": amounts.map(_text),
            "cached_input_usd_per_mtok": (st.none() | amounts).map(_text),
        }
    ),
    max_size=2,
)
#: Tags of both kinds, and what the two that say more than their name may say, sense or none.
all_tags = st.lists(st.sampled_from([*KNOBS, "chat", "vision", "stopSequences"]), unique=True, max_size=8) | tags.map(
    list
)
_SCALARS = st.sampled_from(["adaptive", "budget", "", "odd", 0, 4, -1, 2**40, True, 1.5, None])
details = st.fixed_dictionaries(
    {},
    optional={
        "stop_sequences": st.dictionaries(st.sampled_from(["limit", "other"]), _SCALARS, max_size=2),
        "reasoning": st.dictionaries(st.sampled_from(["mode", "other"]), _SCALARS, max_size=2),
    },
)
NATIVE: dict[str, st.SearchStrategy[Any]] = {
    "name": names,
    "description": st.none() | texts(60),
    "vendor": st.none() | st.sampled_from(sorted(VENDORS)) | texts(20),
    "family": st.none() | texts(20),
    "enabled": st.booleans(),
    "favourite": st.booleans(),
    "capabilities": st.none() | all_tags,
    "capability_details": st.none() | details,
    "modalities": st.none() | st.fixed_dictionaries({"input": modalities.map(list), "output": modalities.map(list)}),
    "limits": st.none()
    | st.fixed_dictionaries(
        {name: tokens | st.just(0) for name in ("context_tokens", "input_tokens", "output_tokens")}
    ),
    "base_price": st.none() | st.tuples(native_rates, native_tiers).map(lambda both: {**both[0], "tiers": both[1]}),
    "override_price": st.none() | native_rates,
    "labels": st.none() | labels,
    "external_id": st.none() | external_ids,
    "bundle": st.none() | texts(20),
}
native_changes = some_of(NATIVE)
#: All of a record, so that whatever the next write leaves out has something to keep.
native_whole = st.fixed_dictionaries({**NATIVE, "labels": some_labels})


def natively(record: Record, body: Record) -> Record:
    """The members of the record that the body states, as they have to be after it."""
    stated: dict[str, Any] = {name: _emptied(name, value) for name, value in body.items()}
    told: Any = stated.get("capabilities", record["capabilities"])
    if "capability_details" in stated or "capabilities" in stated:
        kept: Any = stated.get("capability_details", record["capability_details"])
        stated["capability_details"] = _among(kept, told)
    if "limits" in stated:
        stated["limits"] = {name: count or None for name, count in stated["limits"].items()}
    for name in ("base_price", "override_price"):
        if name in stated:
            stated[name] = _price(stated[name])
    return stated


def _among(kept: Record, told: Sequence[str]) -> Record:
    return {tag: detail for tag, detail in kept.items() if tag in told}


_EMPTY: Record = {
    "description": "",
    "vendor": "",
    "family": "",
    "capabilities": [],
    "capability_details": {},
    "modalities": {"input": [], "output": []},
    "limits": {"context_tokens": None, "input_tokens": None, "output_tokens": None},
    "labels": {},
}


def _emptied(name: str, value: Any) -> Any:
    if value is None:
        return _EMPTY.get(name)
    return value or None if name in {"external_id", "bundle"} else value


def _price(price: Record | None) -> Record | None:
    """None where nothing of it is known."""
    if price is None or not any(price.values()):
        return None
    return {**dict.fromkeys(_RATE_NAMES.values()), "tiers": [], **price}


def patched_natively(place: Place, model: UUID, body: Record) -> Record:
    """The record after a PATCH of our own API, and what it should hold."""
    before = whole(place, model)
    exact(place.native("PATCH", f"/models/model_{model.hex}", json=body))
    after = whole(place, model)
    expected = natively(before, body)
    assert {name: after[name] for name in expected} == expected
    unchanged(before, after, but={*expected, "price"})
    return after


# Cadenya

#: Up to eleven digits before the point and six after it; as text, or as a number of JSON.
cents = st.integers(0, 10**17 - 1).map(lambda units: Decimal(units).scaleb(-6))
written_cents = st.builds(lambda amount, as_text: format(amount, "f") if as_text else amount, cents, st.booleans())
_PAYLOADS: dict[str, st.SearchStrategy[Any]] = {
    "stop_sequences": st.fixed_dictionaries({"limit": st.integers(0, 2**31 - 1)}),
    "reasoning": st.fixed_dictionaries({"mode": st.sampled_from([*MODES.values(), "MODE_UNSPECIFIED"])}),
}


def _typed(tag: str) -> st.SearchStrategy[Record]:
    word = KNOBS[tag]
    return st.fixed_dictionaries({"type": st.just(word), word: _PAYLOADS.get(tag, st.just({}))})


knobs = st.lists(st.sampled_from(sorted(KNOBS)), unique=True).flatmap(
    lambda found: st.tuples(*map(_typed, found)).map(list)
)
counts = st.integers(0, 2**31 - 1)
_TAGS = {word: tag for tag, word in KNOBS.items()}
_WORDS = {mode: word for word, mode in MODES.items()}
_PRICES = {
    f"{word}PerMillionTokens": name
    for name, word in zip(RATES, ("inputPrice", "outputPrice", "cachedInputPrice"), strict=True)
}


def _details(stated: list[Record]) -> Record:
    """What the typed capabilities say beyond their names, in our words."""
    found: Record = {}
    for knob in stated:
        payload = knob[knob["type"]]
        if "limit" in payload:
            found["stop_sequences"] = payload
        if "mode" in payload:
            found["reasoning"] = {"mode": _WORDS.get(payload["mode"], "")}
    return found


def _dollars(amount: str | Decimal) -> Decimal:
    return Decimal(amount) / 100


def prices(record: Record, name: str) -> dict[str, Decimal | None]:
    """The rates of a price of the record."""
    return {rate: usd(record[name], rate) for rate in RATES}


cadenya_new = st.fixed_dictionaries(
    {
        "metadata": st.fixed_dictionaries({"name": names}, optional={"labels": labels, "bundleKey": texts(20)}),
        "spec": some_of(
            {
                "provider": st.sampled_from(sorted(VENDORS)) | names,
                "family": texts(20),
                "maxInputTokens": counts,
                "maxOutputTokens": counts,
                "capabilities": knobs,
                **dict.fromkeys(_PRICES, written_cents),
            }
        ),
    }
)


@pytest.fixture(scope="module")
def provider(place: Place) -> str:
    """A provider of the module's own, as Everruns spells it."""
    return a_provider(place.client)


@pytest.fixture(scope="module")
def providers(place: Place, provider: str) -> tuple[str, str]:
    """That one, and another."""
    return provider, a_provider(place.client, name="Another", provider_type="anthropic")


@pytest.fixture(scope="module")
def model(place: Place, provider: str) -> UUID:
    """A model that the properties of changes share."""
    return identity(a_model(place.client, provider, "shared")["id"])


@LAW
@given(body=cadenya_new, external_id=st.none() | external_ids)
def test_what_cadenya_creates_is_read_everywhere(
    place: Place, provider: str, body: Record, external_id: str | None
) -> None:
    upstream = f"made-{uuid4().hex}"
    slug = None if external_id is None else f"{external_id}{uuid4().hex}"
    metadata = body["metadata"] if slug is None else {**body["metadata"], "externalId": slug}
    spec = {**body["spec"], "providerModelId": upstream}
    path = f"/ai_provider_keys/aipk_{ulid(identity(provider))}/models"
    made = exact(place.cadenya("POST", path, **sent({"metadata": metadata, "spec": spec})))
    record = whole(place, identity(made["metadata"]["id"]))
    assert (record["upstream_name"], record["name"], record["enabled"]) == (upstream, metadata["name"], True)
    assert (record["source"], record["provider"]["id"]) == ("manual", provider)
    assert (record["labels"], record["bundle"] or "") == (metadata.get("labels", {}), metadata.get("bundleKey", ""))
    assert slug in {None, record["external_id"]}
    assert spec.get("provider", record["vendor"]) == record["vendor"]
    assert record["family"] == spec.get("family", "")
    assert record["limits"] == {
        "context_tokens": spec.get("maxInputTokens") or None,
        "input_tokens": None,
        "output_tokens": spec.get("maxOutputTokens") or None,
    }
    assert record["capabilities"] == [_TAGS[knob["type"]] for knob in spec.get("capabilities", [])]
    assert record["capability_details"] == _details(spec.get("capabilities", []))
    # "0" is a rate unknown (contracts/cadenya.md, 1.4)
    stated = {name: _dollars(spec[word]) or None if word in spec else None for word, name in _PRICES.items()}
    assert prices(record, "base_price") == stated == prices(record, "price") if any(stated.values()) else True
    assert record["override_price"] is None


CADENYA_PATHS: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "metadata.name": ("name", names),
    "metadata.externalId": ("external_id", external_ids),
    "metadata.labels": ("labels", labels),
    "spec.providerModelId": ("upstream_name", names),
    "spec.provider": ("vendor", st.sampled_from(sorted(VENDORS)) | names),
    "spec.family": ("family", texts(20)),
    "spec.maxInputTokens": ("limits", counts),
    "spec.maxOutputTokens": ("limits", counts),
    "spec.capabilities": ("capabilities", knobs),
}
_MANDATORY = {"metadata.name", "spec.providerModelId"}


@st.composite
def masked(draw: st.DrawFn) -> tuple[Record, list[str]]:
    """A body and its mask: what the mask names and the body lacks is cleared, what it does not name is ignored."""
    mask = draw(st.lists(st.sampled_from(sorted(CADENYA_PATHS)), unique=True, min_size=1))
    body: Record = {"metadata": {}, "spec": {}}
    for path, (_, values) in CADENYA_PATHS.items():
        if draw(st.booleans()) or path in _MANDATORY.intersection(mask):
            place, _, name = path.partition(".")
            body[place][name] = draw(values)
    return body, mask


@LAW
@given(before=native_whole, asked=masked())
def test_what_cadenya_changes_is_read_everywhere(
    place: Place, model: UUID, before: Record, asked: tuple[Record, list[str]]
) -> None:
    held = patched_natively(place, model, before)
    body, mask = asked
    path = f"/models/model_{ulid(model)}"
    exact(place.cadenya("PATCH", path, **sent({**body, "updateMask": ",".join(mask)})))
    record = whole(place, model)
    stated = {path: body[path.partition(".")[0]].get(path.partition(".")[2]) for path in mask}
    expected = _cadenya_expected(held, stated)
    assert {name: record[name] for name in expected} == expected
    limits = _limits_expected(held["limits"], stated)
    assert {**record["limits"], **limits} == record["limits"]
    renamed = record["upstream_name"] != held["upstream_name"]
    unchanged(held["limits"], record["limits"], but={*limits, *(held["limits"] if renamed else ())})
    unchanged(held, record, but={*expected, "limits", *(_FOLLOWING if renamed else ())})


def _cadenya_expected(held: Record, stated: Record) -> Record:
    """The members of the record that the mask's paths name, as they have to be."""
    expected: Record = {
        member: _emptied(member, value)
        for path, value in stated.items()
        if (member := CADENYA_PATHS[path][0]) not in {"limits", "capabilities"}
    }
    if "spec.capabilities" in stated:
        told = stated["spec.capabilities"] or []
        kept = [tag for tag in held["capabilities"] if tag not in KNOBS]
        expected["capabilities"] = [*kept, *(_TAGS[knob["type"]] for knob in told)]
        expected["capability_details"] = {**_among(held["capability_details"], kept), **_details(told)}
    return expected


def _limits_expected(held: Record, stated: Record) -> Record:
    """Cadenya's one input limit is the input limit where there is one, else the context window."""
    which = "context_tokens" if held["input_tokens"] is None else "input_tokens"
    names = {"spec.maxInputTokens": which, "spec.maxOutputTokens": "output_tokens"}
    return {name: stated[path] or None for path, name in names.items() if path in stated}


@LAW
@given(
    base=native_rates,
    overrides=st.lists(some_of(dict.fromkeys(_PRICES, written_cents)), min_size=1, max_size=3),
    masks=st.lists(st.lists(st.sampled_from(sorted(_PRICES)), unique=True, min_size=1), min_size=3, max_size=3),
)
def test_what_cadenya_overrides_is_read_everywhere_to_the_last_digit(
    place: Place, model: UUID, base: Record, overrides: list[Record], masks: list[list[str]]
) -> None:
    held = patched_natively(place, model, {"base_price": base, "override_price": None})
    in_force: dict[str, Decimal | None] = dict.fromkeys(RATES)
    for override, mask in zip(overrides, masks, strict=False):
        paths = ",".join(f"pricingOverride.{word}" for word in mask)
        body = {"pricingOverride": override, "updateMask": paths}
        exact(place.cadenya("PATCH", f"/models/model_{ulid(model)}", **sent(body)))
        in_force |= {_PRICES[word]: _dollars(override[word]) if word in override else None for word in mask}
        record = whole(place, model)
        assert prices(record, "override_price") == in_force
        assert prices(record, "base_price") == prices(held, "base_price")
        effective = {
            name: usd(held["base_price"], name) if in_force[name] is None else in_force[name] for name in RATES
        }
        assert prices(record, "price") == effective
        unchanged(held, record, but={"override_price", "price"})


Switch = Callable[[Place, UUID, bool], httpx.Response]
SWITCHES: dict[str, Switch] = {
    "everruns": lambda place, model, on: place.everruns("PATCH", f"/models/mod_{model.hex}", json={"enabled": on}),
    "cadenya": lambda place, model, on: place.cadenya(
        "POST", f"/models/model_{ulid(model)}:{'enable' if on else 'disable'}"
    ),
    "cadenya-of-old": lambda place, model, on: place.cadenya(
        "PUT",
        f"/models/model_{ulid(model)}/status",
        json={"status": f"MODEL_STATUS_{'ENABLED' if on else 'DISABLED'}"},
    ),
    "native": lambda place, model, on: place.native("PATCH", f"/models/{model}", json={"enabled": on}),
}


@pytest.mark.parametrize("switch", SWITCHES.values(), ids=SWITCHES.keys())
def test_a_switch_in_any_dialect_is_one_switch(place: Place, model: UUID, switch: Switch) -> None:
    for on in (True, False, False, True):
        before = whole(place, model)
        answered(switch(place, model, on))
        record = whole(place, model)
        assert record["enabled"] is on
        unchanged(before, record, but={"enabled"})


# Everruns

everruns_flags = some_of({"enabled": st.booleans(), "is_favorite": st.booleans(), "capabilities": all_tags})


@LAW
@given(name=names, body=everruns_flags)
def test_what_everruns_creates_is_read_everywhere(place: Place, provider: str, name: str, body: Record) -> None:
    upstream = f"made-{uuid4().hex}"
    asked = {"model_id": upstream, "display_name": name, **body}
    made = answered(place.everruns("POST", f"/providers/{provider}/models", json=asked), 201)
    record = whole(place, identity(made["id"]))
    assert (record["upstream_name"], record["name"], record["source"]) == (upstream, name, "manual")
    assert record["provider"]["id"] == provider
    assert record["capabilities"] == body.get("capabilities", [])
    assert (record["enabled"], record["favourite"]) == (body.get("enabled", False), body.get("is_favorite", False))


EVERRUNS: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "display_name": ("name", names),
    "model_id": ("upstream_name", names),
    "enabled": ("enabled", st.booleans()),
    "is_favorite": ("favourite", st.booleans()),
    "capabilities": ("capabilities", all_tags),
}


@LAW
@given(
    before=native_whole,
    body=some_of({name: st.none() | values for name, (_, values) in EVERRUNS.items()}),
    moved=st.integers(0, 1),
)
def test_what_everruns_changes_is_read_everywhere_and_what_it_cannot_say_is_kept(
    place: Place, model: UUID, providers: tuple[str, str], before: Record, body: Record, *, moved: int
) -> None:
    held = patched_natively(place, model, before)
    target = providers[moved]
    exact(place.everruns("PATCH", f"/models/model_{model.hex}", json={**body, "provider_id": target}))
    record = whole(place, model)
    stated = {EVERRUNS[name][0]: value for name, value in body.items() if value is not None}
    assert {name: record[name] for name in stated} == stated
    assert record["provider"]["id"] == target
    assert record["capability_details"] == _among(held["capability_details"], record["capabilities"])
    renamed = record["upstream_name"] != held["upstream_name"]
    kept = {"provider", "capability_details", *(_FOLLOWING if renamed else ())}
    unchanged(held, record, but={*stated, *kept})


# Native, and all of them in turn


@LAW
@given(before=native_whole, body=native_changes)
def test_what_our_own_api_changes_is_read_everywhere(place: Place, model: UUID, before: Record, body: Record) -> None:
    patched_natively(place, model, before)
    patched_natively(place, model, body)


_IN_TURN: dict[str, st.SearchStrategy[Record]] = {
    "everruns": some_of({name: values for name, (_, values) in EVERRUNS.items()}),
    "cadenya": some_of(
        {
            "metadata": some_of({"name": names, "labels": some_labels}),
            "spec": some_of({"family": texts(20), "maxInputTokens": counts, "capabilities": knobs}),
            "pricingOverride": some_of(dict.fromkeys(_PRICES, written_cents)),
        }
    ),
    "native": native_changes,
}
_PATHS: dict[str, Callable[[Place, UUID, Record], httpx.Response]] = {
    "everruns": lambda place, model, body: place.everruns("PATCH", f"/models/model_{model.hex}", json=body),
    "cadenya": lambda place, model, body: place.cadenya("PATCH", f"/models/model_{ulid(model)}", **sent(body)),
    "native": lambda place, model, body: place.native("PATCH", f"/models/model_{model.hex}", json=body),
}


@LAW
@given(
    writes=st.lists(
        st.sampled_from(sorted(_IN_TURN)).flatmap(lambda dialect: st.tuples(st.just(dialect), _IN_TURN[dialect])),
        min_size=2,
        max_size=5,
    )
)
def test_all_dialects_agree_after_writes_through_them_in_turn(
    place: Place, model: UUID, writes: list[tuple[str, Record]]
) -> None:
    for dialect, body in writes:
        exact(_PATHS[dialect](place, model, body))
        whole(place, model)


@pytest.mark.parametrize("limit", [True, 4, 4.5, -1, 2**31, "4", None], ids=repr)
def test_a_detail_that_cadenya_has_no_word_for_is_shown_as_none(place: Place, model: UUID, limit: object) -> None:
    body = {"capabilities": ["stop_sequences"], "capability_details": {"stop_sequences": {"limit": limit}}}
    patched_natively(place, model, body)
    shown = exact(place.cadenya("GET", f"/models/model_{ulid(model)}"))["spec"]["capabilities"]
    assert shown == [{"type": "stopSequences", "stopSequences": {"limit": 4 if limit == 4 else 0}}]
    assert type(shown[0]["stopSequences"]["limit"]) is int


def test_the_page_spells_one_id_with_the_same_bits() -> None:
    page = (Path(__file__).parents[2] / "docs/one-truth.md").read_text()
    spelled = re.findall(r"`(model_[0-9a-f]{32}|model_[0-9A-Z]{26})`", page)
    assert len(spelled) == 3
    assert len({identity(one) for one in spelled}) == 1


def test_what_is_stated_beside_another_upstream_name_is_said_of_the_new_one(place: Place) -> None:
    router = a_provider(place.client, provider_type="openrouter")
    made = a_model(place.client, router, "anthropic/claude-made-up")
    record = whole(place, identity(made["id"]))
    spec = {"providerModelId": "made-up", "provider": record["vendor"], "family": "made"}
    path = f"/models/model_{ulid(identity(made['id']))}"
    exact(place.cadenya("PATCH", path, json={"spec": spec, "updateMask": "spec.providerModelId,spec.provider"}))
    after = whole(place, identity(made["id"]))
    assert (after["upstream_name"], after["vendor"], after["family"]) == ("made-up", "anthropic", "")


def test_lists_show_what_reads_of_one_show(place: Place, model: UUID, provider: str) -> None:
    patched_natively(place, model, {"base_price": {"input_usd_per_mtok": "0.00000001"}, "labels": {"a": "b"}})
    owned = whole(place, model)["provider"]["id"]
    hexes, word = f"model_{model.hex}", f"model_{ulid(model)}"
    lists = {
        "everruns": exact(place.everruns("GET", f"/providers/{owned}/models"))["data"],
        "cadenya": exact(place.cadenya("GET", "/models", params={"limit": 200, "includeInfo": "true", "prefix": word}))[
            "items"
        ],
        "native": exact(place.native("GET", "/models", params={"limit": 200, "provider_id": owned}))["data"],
    }
    one = {
        "everruns": exact(place.everruns("GET", f"/models/{hexes}")),
        "cadenya": exact(place.cadenya("GET", f"/models/{word}")),
        "native": exact(place.native("GET", f"/models/{hexes}")),
    }
    beside = {"self_url", "view_url", "ui_link", "allowed_actions"}  # of single resources alone
    for dialect, items in lists.items():
        expected = {name: value for name, value in one[dialect].items() if name not in beside}
        assert expected in items, dialect
