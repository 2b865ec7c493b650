from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from armillary.domain.errors import InvalidRequest
from armillary.domain.imports.models import ImportedModel
from armillary.domain.imports.models_dev import read_models_dev
from armillary.domain.models import Effort
from armillary.domain.prices import Price, Tier


def a_document(model: dict[str, Any] | None = None, **provider: Any) -> dict[str, Any]:
    row = {"id": "m-1", "name": "M 1"} | (model or {})
    return {
        "acme": {"id": "acme", "name": "Acme", "npm": "@ai-sdk/openai-compatible", "models": {"m-1": row}} | provider
    }


def only(document: dict[str, Any]) -> ImportedModel:
    return read_models_dev(document).providers[0].models[0]


def test_a_model_is_read_whole() -> None:
    model = only(
        a_document(
            {
                "family": "m",
                "attachment": True,
                "reasoning": True,
                "temperature": True,
                "tool_call": True,
                "structured_output": True,
                "open_weights": False,
                "knowledge": "2025-04",
                "release_date": "2025-08-07",
                "last_updated": "2025-08-08",
                "status": "beta",
                "modalities": {"input": ["text", "image", "smell"], "output": ["text"]},
                "limit": {"context": 400000, "input": 272000, "output": 0},
                "reasoning_options": [{"type": "effort", "values": ["low", "xhigh", None]}, {"type": "toggle"}],
                "cost": {
                    "input": Decimal("1.25"),
                    "output": 10,
                    "cache_read": Decimal("0.125"),
                    "tiers": [
                        {"input": 3, "output": 12, "tier": {"size": 400000}},
                        {"input": 2, "output": 11, "cache_read": 1, "tier": {"type": "context", "size": 200000}},
                        {"input": 9, "output": 9, "tier": {"type": "hours", "size": 8}},
                    ],
                },
            }
        )
    )
    assert model.tags == ("chat", "tools", "vision", "structured_output", "temperature", "caching", "reasoning")
    assert model.details == {"reasoning": {"mode": "adaptive"}}
    assert (model.input_modalities, model.output_modalities) == (("text", "image"), ("text",))
    assert (model.context_tokens, model.input_tokens, model.output_tokens) == (400000, 272000, None)
    assert model.facts.reasoning_efforts == (Effort(value="low", name="Low"), Effort(value="xhigh", name="Extra high"))
    assert (model.facts.status, model.facts.knowledge) == ("preview", "2025-04")
    assert model.base == Price(
        input=Decimal("1.25"),
        output=Decimal(10),
        cached_input=Decimal("0.125"),
        tiers=(
            Tier(above_tokens=200000, input=Decimal(2), output=Decimal(11), cached_input=Decimal(1)),
            Tier(above_tokens=400000, input=Decimal(3), output=Decimal(12)),
        ),
    )


@pytest.mark.parametrize(
    ("model", "tags"),
    [
        pytest.param({"id": "acme-embed-1", "temperature": True}, ("embeddings",), id="embeddings"),
        pytest.param({"id": "rerank-2"}, ("rerank",), id="rerank"),
        pytest.param({"id": "x-realtime", "modalities": {"output": ["text", "audio"]}}, ("realtime",), id="realtime"),
        pytest.param({"modalities": {"output": ["image"]}}, ("images",), id="images"),
        pytest.param({"modalities": {"output": ["video"]}}, ("video",), id="video"),
        pytest.param({"modalities": {"output": ["text", "image"]}}, ("chat",), id="chat-with-images"),
    ],
)
def test_what_does_not_chat_is_told_by_its_name_or_output(model: dict[str, Any], tags: tuple[str, ...]) -> None:
    assert only(a_document(model)).tags == tags


@pytest.mark.parametrize(
    ("options", "details"),
    [
        pytest.param([{"type": "budget_tokens", "min": 1}], {"reasoning": {"mode": "budget"}}, id="budget"),
        pytest.param(
            [{"type": "budget_tokens"}, {"type": "effort", "values": ["low"]}],
            {"reasoning": {"mode": "adaptive"}},
            id="both",
        ),
        pytest.param([{"type": "toggle"}], {}, id="toggle"),
    ],
)
def test_the_reasoning_mode_follows_the_options(options: list[Any], details: dict[str, Any]) -> None:
    assert only(a_document({"reasoning": True, "reasoning_options": options})).details == details


@pytest.mark.parametrize(
    ("provider", "driver", "base_url"),
    [
        pytest.param({"api": "https://api.acme.test/v1"}, "openai_completions", "https://api.acme.test/v1", id="own"),
        pytest.param({"api": "https://${HOST}/v1"}, "openai_completions", "", id="placeholder"),
        pytest.param({"npm": "@ai-sdk/anthropic"}, "anthropic", "", id="known"),
        pytest.param({"npm": "@ai-sdk/groq", "id": "Groq"}, "groq", "", id="unknown"),
    ],
)
def test_a_provider_gets_a_driver_and_an_address(provider: dict[str, Any], driver: str, base_url: str) -> None:
    read = read_models_dev(a_document(**provider)).providers[0]
    assert (read.driver, read.base_url) == (driver, base_url)


def test_misspelt_cached_rates_are_taken_where_there_is_no_other() -> None:
    assert only(a_document({"cost": {"cache_input": 1}})).base.cached_input == Decimal(1)
    assert only(a_document({"cost": {"cache_read": 2, "cached_input": 1}})).base.cached_input == Decimal(2)


@pytest.mark.parametrize(
    ("document", "place"),
    [
        pytest.param({"acme": []}, "acme.models", id="provider-no-object"),
        pytest.param(a_document(models=[]), "acme.models", id="models-no-object"),
        pytest.param(a_document(models={"m": 1}), "acme.models.m", id="model-no-object"),
        pytest.param(a_document({"name": 1}), "acme.models.m-1.name", id="name-no-text"),
        pytest.param(a_document({"limit": {"context": "big"}}), "acme.models.m-1.limit.context", id="limit-in-words"),
        pytest.param(a_document({"cost": {"input": "dear"}}), "acme.models.m-1.cost.input", id="price-in-words"),
        pytest.param(a_document({"cost": {"tiers": {"size": 1}}}), "acme.models.m-1.cost.tiers", id="tiers-no-array"),
        pytest.param(a_document({"cost": {"tiers": [1]}}), "acme.models.m-1.cost.tiers[0]", id="tier-no-object"),
        pytest.param(
            a_document({"cost": {"tiers": [{"tier": {"size": 1}}]}}),
            "acme.models.m-1.cost.tiers[0]",
            id="tier-unpriced",
        ),
        pytest.param(
            a_document({"cost": {"tiers": [{"input": "x", "tier": {"size": 1}}]}}),
            "acme.models.m-1.cost.tiers[0].input",
            id="tier-in-words",
        ),
        pytest.param(
            a_document({"modalities": {"input": "text"}}), "acme.models.m-1.modalities.input", id="modalities"
        ),
        pytest.param(a_document({"reasoning_options": [1]}), "acme.models.m-1.reasoning_options", id="options"),
        pytest.param(a_document({"tool_call": "yes"}), "acme.models.m-1.tool_call", id="flag-in-words"),
    ],
)
def test_a_bad_document_is_refused_by_place(document: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_models_dev(document)
    assert refusal.value.field == place


def _leaves(value: Any, path: str) -> Iterator[str]:
    """Written apart from the code under test, so that both must agree."""
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from _leaves(member, f"{path}.{name}")
    elif isinstance(value, list) and value:
        for element in value:
            yield from _leaves(element, f"{path}[]")
    else:
        yield path + ("{}" if value == {} else "[]" if value == [] else "")


@pytest.fixture(scope="module")
def public(published_catalogue: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(published_catalogue.read_text(), parse_float=Decimal)
    return document


def test_every_field_of_every_published_record_is_accounted_for(public: dict[str, Any]) -> None:
    there: Counter[str] = Counter()
    for provider in public.values():
        there.update(_leaves({name: value for name, value in provider.items() if name != "models"}, "*"))
        for model in provider["models"].values():
            there.update(_leaves(model, "*.models.*"))
    told: Counter[str] = Counter()
    for field in read_models_dev(public).fields:
        told[field.path] += field.count
    assert told == there


def test_every_published_field_is_known(public: dict[str, Any]) -> None:
    unknown = [field.path for field in read_models_dev(public).fields if field.note == "not known to this version"]
    assert unknown == []


def test_every_published_price_is_kept_to_the_digit(public: dict[str, Any]) -> None:
    read = {
        (provider.key, model.upstream_name): model.base
        for provider in read_models_dev(public).providers
        for model in provider.models
    }
    assert len(read) == 5276
    for key, provider in public.items():
        for name, model in provider["models"].items():
            cost, base = model.get("cost", {}), read[key, name]
            assert base.input == (None if "input" not in cost else round(Decimal(cost["input"]), 8))
            assert base.output == (None if "output" not in cost else round(Decimal(cost["output"]), 8))
            assert len(base.tiers) == len(cost.get("tiers", []))
