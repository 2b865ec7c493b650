"""One record, and how each dialect must show it: written from the contracts, not from the mappings.

Our own API shows all of a record. ``in_everruns``, ``in_cadenya`` and ``in_artifacts`` say what the others must show of
what it says, the members that a dialect cannot carry among them (docs/one-truth.md).
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from armillary.domain.ids import ulid
from tests.laws.conftest import Place, identity
from tests.wire import answered

Record = dict[str, Any]

RATES = ("input", "output", "cached_input")
#: Tag -> the word that Cadenya has for it; other tags it has no word for.
KNOBS = {
    "temperature": "temperature",
    "top_p": "topP",
    "top_k": "topK",
    "stop_sequences": "stopSequences",
    "max_output_tokens": "maxOutputTokens",
    "caching": "caching",
    "reasoning": "reasoning",
}
MODES = {"adaptive": "MODE_ADAPTIVE", "budget": "MODE_BUDGET"}
#: Makers that Everruns' clients know, by our slug.
VENDORS = {
    slug: slug for slug in ("openai", "anthropic", "google", "nvidia", "qwen", "microsoft", "minimax", "xai")
} | {
    "moonshot": "moonshot",
    "llmsim": "llmsim",
    "alibaba": "qwen",
    "moonshotai": "moonshot",
    "x-ai": "xai",
}
#: Driver -> the word that Cadenya has for it.
DRIVERS = {
    "openrouter": "AI_PROVIDER_OPENROUTER",
    "openai": "AI_PROVIDER_OPENAI",
    "anthropic": "AI_PROVIDER_ANTHROPIC",
    "gemini": "AI_PROVIDER_GEMINI",
    "openai_completions": "AI_PROVIDER_OPENAI_COMPATIBLE",
    "openai_compatible": "AI_PROVIDER_OPENAI_COMPATIBLE",
    "vertex": "AI_PROVIDER_VERTEX",
    "bedrock": "AI_PROVIDER_BEDROCK",
}
_PLAIN = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")


def exact(reply: httpx.Response) -> Any:
    """The reply's JSON, every number exactly as it is written there."""
    answered(reply)
    return json.loads(reply.text, parse_float=Decimal)


def whole(place: Place, model: UUID) -> Record:
    """The model as our own API shows it, once the other dialects are seen to show the same."""
    record: Record = exact(place.native("GET", f"/models/model_{model.hex}"))
    assert read_in_everruns(exact(place.everruns("GET", f"/models/model_{model.hex}"))) == in_everruns(record)
    assert read_in_cadenya(exact(place.cadenya("GET", f"/models/model_{ulid(model)}"))) == in_cadenya(record)
    form = exact(place.artifacts("/artifacts/models/get", {"model_id": str(model)}))
    same(read_in_artifacts(form), in_artifacts(record))
    return record


def same(shown: Record, expected: Record) -> None:
    """Pass where all members are as they must be."""
    differing = {name: (shown.get(name), value) for name, value in expected.items() if shown.get(name) != value}
    assert not differing, differing


def usd(price: Record | None, name: str) -> Decimal | None:
    """A rate of a price of our own API, in dollars."""
    text = None if price is None else price[f"{name}_usd_per_mtok"]
    return None if text is None else Decimal(text)


# Everruns


def read_in_everruns(model: Record) -> Record:
    """What a reply of Everruns says, of what the design's table lists."""
    profile = model.get("profile", {"family": "", "name": model["display_name"]})
    return {
        **{name: model[name] for name in _SAME_IN_EVERRUNS},
        "created_at": datetime.fromisoformat(model["created_at"]),
        "updated_at": datetime.fromisoformat(model["updated_at"]),
        "model_vendor": model.get("model_vendor"),
        "name": profile["name"],
        **{name: profile.get(name) for name in ("family", "description", "modalities", "limits", "cost")},
    }


_SAME_IN_EVERRUNS = (
    "id",
    "provider_id",
    "provider_name",
    "provider_type",
    "model_id",
    "display_name",
    "enabled",
    "is_favorite",
    "source",
    "stale",
    "healthy",
    "capabilities",
)


def in_everruns(record: Record) -> Record:
    """What Everruns must show of the record. Source: contracts/everruns.md, 3.2 and 3.2.2."""
    provider = record["provider"]
    return {
        "id": record["id"],
        "provider_id": provider["id"],
        "provider_name": provider["name"],
        "provider_type": provider["driver"],
        "healthy": provider["healthy"],
        "model_id": record["upstream_name"],
        "display_name": record["name"],
        "enabled": record["enabled"],
        "is_favorite": record["favourite"],
        "source": record["source"],
        "stale": record["stale"],
        "capabilities": record["capabilities"],
        "created_at": datetime.fromisoformat(record["created_at"]),
        "updated_at": datetime.fromisoformat(record["updated_at"]),
        "model_vendor": VENDORS.get(record["vendor"]),
        "name": record["name"],
        "family": record["family"],
        "description": record["description"] or None,
        "modalities": _modalities(record["modalities"]),
        "limits": _limits(record["limits"]),
        "cost": _cost(record["price"]),
    }


def _modalities(modalities: Record) -> Record | None:
    return modalities if modalities["input"] and modalities["output"] else None


def _limits(limits: Record) -> Record | None:
    if limits["context_tokens"] is None or limits["output_tokens"] is None:
        return None
    told = {"context": limits["context_tokens"], "output": limits["output_tokens"]}
    return told if limits["input_tokens"] is None else {**told, "input": limits["input_tokens"]}


def _cost(price: Record | None) -> Record | None:
    if usd(price, "input") is None or usd(price, "output") is None:
        return None
    tiers = [{"above_tokens": tier["above_tokens"], **_rates(tier)} for tier in (price or {})["tiers"]]
    return {**_rates(price), "cost_tiers": tiers} if tiers else _rates(price)


def _rates(price: Record | None) -> Record:
    rates = {"input": usd(price, "input"), "output": usd(price, "output"), "cache_read": usd(price, "cached_input")}
    return {name: rate for name, rate in rates.items() if rate is not None}


# Cadenya


def read_in_cadenya(model: Record) -> Record:
    """What a reply of Cadenya says, of what the design's table lists."""
    metadata, spec, key = model["metadata"], model["spec"], model["info"]["aiProviderKey"]
    return {
        **{name: metadata[name] for name in ("id", "workspaceId", "name", "externalId", "labels", "bundleKey")},
        "createdAt": datetime.fromisoformat(metadata["createdAt"]),
        "updatedAt": datetime.fromisoformat(metadata["updatedAt"]),
        **{name: spec[name] for name in _SAME_IN_CADENYA},
        "state": model["state"],
        "provenance": model["provenance"],
        "key": {"id": key["metadata"]["id"], "name": key["metadata"]["name"], "provider": key["spec"]["provider"]},
        "effective": _cents(spec),
        "base": _cents(model["basePricing"]),
        "override": _cents(model.get("pricingOverride", {})),
    }


_SAME_IN_CADENYA = (
    "provider",
    "family",
    "providerModelId",
    "maxInputTokens",
    "maxOutputTokens",
    "capabilities",
    "reasoning",
    "status",
)
_CENTS = {"input": "inputPrice", "output": "outputPrice", "cached_input": "cachedInputPrice"}


def _cents(prices: Record) -> Record:
    """The prices, each of which must be plain decimal text."""
    texts = {name: prices.get(f"{word}PerMillionTokens") for name, word in _CENTS.items()}
    assert all(text is None or _PLAIN.fullmatch(text) for text in texts.values()), texts
    return {name: Decimal(text) for name, text in texts.items() if text is not None}


def in_cadenya(record: Record) -> Record:
    """What Cadenya must show of the record. Source: contracts/cadenya.md, 3.2."""
    limits, provider = record["limits"], record["provider"]
    return {
        "id": f"model_{ulid(identity(record['id']))}",
        "workspaceId": f"workspace_{ulid(identity(record['workspace_id']))}",
        "name": record["name"],
        "externalId": record["external_id"] or "",
        "labels": record["labels"],
        "bundleKey": record["bundle"] or "",
        "createdAt": datetime.fromisoformat(record["created_at"]),
        "updatedAt": datetime.fromisoformat(record["updated_at"]),
        "provider": record["vendor"],
        "family": record["family"],
        "providerModelId": record["upstream_name"],
        "maxInputTokens": limits["input_tokens"] or limits["context_tokens"] or 0,
        "maxOutputTokens": limits["output_tokens"] or 0,
        "capabilities": [_knob(record, tag) for tag in record["capabilities"] if tag in KNOBS],
        "reasoning": _reasoning(record),
        "status": "MODEL_STATUS_ENABLED" if record["enabled"] else "MODEL_STATUS_DISABLED",
        "state": "STATE_ENABLED" if record["enabled"] else "STATE_DISABLED",
        "provenance": f"PROVENANCE_{'MANUALLY_ENTERED' if record['source'] == 'manual' else 'SYNCED_FROM_PROVIDER'}",
        "key": {
            "id": f"aipk_{ulid(identity(provider['id']))}",
            "name": provider["name"],
            "provider": DRIVERS.get(provider["driver"], "AI_PROVIDER_UNSPECIFIED"),
        },
        "effective": {name: _in_cents(record["price"], name) or Decimal(0) for name in RATES},
        "base": {name: _in_cents(record["base_price"], name) or Decimal(0) for name in RATES},
        "override": {name: cents for name in RATES if (cents := _in_cents(record["override_price"], name)) is not None},
    }


def _in_cents(price: Record | None, name: str) -> Decimal | None:
    amount = usd(price, name)
    return None if amount is None else amount * 100


def _knob(record: Record, tag: str) -> Record:
    detail, word = record["capability_details"].get(tag, {}), KNOBS[tag]
    payload: Record = {}
    if tag == "stop_sequences":
        payload = {"limit": _limit(detail.get("limit"))}
    if tag == "reasoning":
        payload = {"mode": MODES.get(detail.get("mode"), "MODE_UNSPECIFIED")}
    return {"type": word, word: payload}


def _limit(value: object) -> int:
    """An int32, and 0 for all else: no meaningful limit."""
    return value if type(value) is int and 0 <= value < 2**31 else 0


def _reasoning(record: Record) -> str:
    if "reasoning" not in record["capabilities"]:
        return "REASONING_NONE"
    mode = record["capability_details"].get("reasoning", {}).get("mode")
    return {"adaptive": "REASONING_ADAPTIVE", "budget": "REASONING_BUDGET"}.get(mode, "REASONING_UNSPECIFIED")


# Artifacts


def read_in_artifacts(form: Record) -> Record:
    """What a form of Artifacts says, of what the design's table lists."""
    provider, description = form["providers"]["resource"], form["descriptions"]["resource"]
    return {
        "name": form["names"]["resource"]["name"],
        "description": description and description["description"],
        "value": (form["values"]["resource"]["value"], form["values"]["resource"]["type"]),
        "provider": (provider["id"], provider["name"]),
        "active": {flag["icon_id"] for flag in form["flags"]["current"] or () if flag["key"] == "active"} == {"Power"},
        "input": {row["modality"] for row in form["modalities"]["current"] or () if row["is_input"]},
        "output": {row["modality"] for row in form["modalities"]["current"] or () if not row["is_input"]},
        "prices": {
            row["pricing_type"]: Decimal(row["price"])
            for row in reversed(form["pricing"]["current"] or ())
            if (row["unit_name"], row["unit_category"], row["unit_value"]) == ("million_text", "tokens", 1_000_000)
        },
        "levels": {row["reasoning_level"] for row in form["reasoning_levels"]["current"] or ()},
    }


def in_artifacts(record: Record) -> Record:
    """What Artifacts must show of the record: links are sets, without an order. Source: contracts/artifacts.md, 2.1."""
    modalities = record["modalities"]
    prices = {"input": "input", "output": "output", "cached": "cached_input"}
    return {
        "name": record["name"],
        "description": record["description"] or None,
        "value": (record["upstream_name"], "model"),
        "provider": (str(identity(record["provider"]["id"])), record["provider"]["name"]),
        "active": record["enabled"],
        "input": {_IN_ARTIFACTS.get(word, word) for word in modalities["input"]},
        "output": {_IN_ARTIFACTS.get(word, word) for word in modalities["output"]},
        "prices": {word: amount for word, name in prices.items() if (amount := usd(record["price"], name)) is not None},
        "levels": {effort["value"] for effort in record["facts"]["reasoning_efforts"]},
    }


#: Our word for a modality -> the contract's.
_IN_ARTIFACTS = {"pdf": "file"}


# What a write leaves


def unchanged(before: Record, after: Record, *, but: set[str]) -> None:
    """Pass where a write changed nothing of the record besides these members, and what every write changes."""
    varying = {"updated_at", "revision", "edited", *but}
    differing = {name: (value, after[name]) for name, value in before.items() if after[name] != value}
    assert not differing.keys() - varying, differing
