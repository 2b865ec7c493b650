from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from armillary.domain.errors import InvalidRequest
from armillary.domain.imports.accounts import Fate
from armillary.domain.imports.litellm import read_litellm
from armillary.domain.imports.models import ImportedModel
from armillary.domain.prices import Price, Tier


def a_chat_model(**members: Any) -> dict[str, Any]:
    return {
        "litellm_provider": "acme",
        "mode": "chat",
        "max_tokens": 8192,
        "max_input_tokens": 200000,
        "max_output_tokens": 8192,
        "input_cost_per_token": Decimal("3e-06"),
        "output_cost_per_token": Decimal("1.5e-05"),
        "cache_read_input_token_cost": Decimal("3e-07"),
        "cache_creation_input_token_cost": Decimal("3.75e-06"),
        "supports_function_calling": True,
        "supports_vision": True,
        "supports_reasoning": False,
        "supports_response_schema": True,
        "supports_prompt_caching": True,
        "supports_assistant_prefill": True,
        "deprecation_date": "2027-01-01",
        "search_context_cost_per_query": {"search_context_size_low": Decimal("0.01")},
    } | members


def only(row: dict[str, Any], name: str = "acme/big") -> ImportedModel:
    return read_litellm({name: row}).providers[0].models[0]


def test_a_chat_model_is_read_whole() -> None:
    model = only(a_chat_model())
    assert (model.upstream_name, model.name) == ("big", "big")
    assert model.tags == ("chat", "tools", "vision", "structured_output", "caching")
    assert (model.context_tokens, model.output_tokens) == (200000, 8192)
    assert (model.input_modalities, model.output_modalities) == (("text", "image"), ("text",))
    assert (model.facts.tool_call, model.facts.reasoning, model.facts.attachment) == (True, False, True)
    assert model.base == Price(input=Decimal(3), output=Decimal(15), cached_input=Decimal("0.3"))


def test_every_field_is_accounted_for() -> None:
    row = a_chat_model(**{"a field of tomorrow": [1, {"x": 2}], "supported_modalities": ["text", "smell"]})
    told: Counter[str] = Counter()
    fields = read_litellm({"sample_spec": {"mode": "one of"}, "acme/big": row}).fields
    for field in fields:
        told[field.path] += field.count
    expected = Counter({f"*.{name}": 1 for name in row if name not in {"a field of tomorrow", "supported_modalities"}})
    del expected["*.search_context_cost_per_query"]
    expected |= {"*.search_context_cost_per_query.search_context_size_low": 1, "*.supported_modalities[]": 2}
    expected |= {"*.a field of tomorrow[]": 1, "*.a field of tomorrow[].x": 1}
    assert told == expected
    fates = {(field.path, field.fate): field.note for field in fields}
    assert fates["*.input_cost_per_token", Fate.MAPPED] == "USD per million tokens"
    assert fates["*.max_tokens", Fate.DROPPED] == "max_input_tokens and max_output_tokens say it"
    assert fates["*.cache_creation_input_token_cost", Fate.DROPPED].startswith("there are rates for")
    assert fates["*.a field of tomorrow[].x", Fate.DROPPED] == "not known to this version"


def test_rates_above_a_length_are_tiers() -> None:
    model = only(
        a_chat_model(
            input_cost_per_token_above_200k_tokens=Decimal("6e-06"),
            cache_read_input_token_cost_above_200k_tokens=Decimal("6e-07"),
            output_cost_per_token_above_500k_tokens=Decimal("2e-05"),
        )
    )
    assert model.base.tiers == (
        Tier(above_tokens=200000, input=Decimal(6), output=Decimal(15), cached_input=Decimal("0.6")),
        Tier(above_tokens=500000, input=Decimal(3), output=Decimal(20)),
    )


@pytest.mark.parametrize(
    ("mode", "tags", "outputs"),
    [
        ("embedding", ("embeddings",), ("text",)),
        ("image_generation", ("images",), ("image",)),
        ("audio_speech", ("audio",), ("audio",)),
        ("rerank", ("rerank",), ("text",)),
        ("realtime", ("realtime",), ("text", "audio")),
        ("something_new", (), ("text",)),
    ],
)
def test_the_mode_says_what_a_model_does(mode: str, tags: tuple[str, ...], outputs: tuple[str, ...]) -> None:
    model = only({"litellm_provider": "acme", "mode": mode})
    assert (model.tags, model.output_modalities) == (tags, outputs)


def test_max_tokens_stands_in_where_nothing_else_is_said() -> None:
    assert only({"litellm_provider": "a", "mode": "chat", "max_tokens": 5}).output_tokens == 5
    embedding = only({"litellm_provider": "a", "mode": "embedding", "max_tokens": 5})
    assert (embedding.context_tokens, embedding.output_tokens) == (5, None)


def test_levels_of_effort_and_more_modalities_are_read() -> None:
    model = only(
        a_chat_model(
            supports_reasoning=True,
            supports_minimal_reasoning_effort=True,
            supports_xhigh_reasoning_effort=False,
            supports_pdf_input=True,
            supports_audio_output=True,
        )
    )
    assert [effort.value for effort in model.facts.reasoning_efforts] == ["minimal"]
    assert (model.input_modalities, model.output_modalities) == (("text", "image", "pdf"), ("text", "audio"))


def test_models_are_sorted_by_provider_and_keep_names_apart() -> None:
    read = read_litellm(
        {
            "gpt-4": {"litellm_provider": "openai"},
            "azure/gpt-4": {"litellm_provider": "azure"},
            "openai/gpt-4": {"litellm_provider": "openai"},
            "vertex_ai/claude": {"litellm_provider": "vertex_ai-anthropic_models"},
        }
    )
    assert [(one.key, one.driver, [m.upstream_name for m in one.models]) for one in read.providers] == [
        ("openai", "openai", ["gpt-4", "openai/gpt-4"]),
        ("azure", "azure_openai", ["gpt-4"]),
        ("vertex_ai-anthropic_models", "vertex", ["vertex_ai/claude"]),
    ]


@pytest.mark.parametrize(
    ("row", "place"),
    [
        pytest.param([], "m", id="row-no-object"),
        pytest.param({"mode": "chat"}, "m.litellm_provider", id="no-provider"),
        pytest.param(a_chat_model(max_input_tokens="big"), "m.max_input_tokens", id="tokens-in-words"),
        pytest.param(a_chat_model(input_cost_per_token=-1), "m.input_cost_per_token", id="negative-price"),
        pytest.param(a_chat_model(supports_vision="yes"), "m.supports_vision", id="flag-in-words"),
        pytest.param(
            {"litellm_provider": "a", "input_cost_per_token_above_1k_tokens": 1}, "m.input_cost_per_token", id="tier"
        ),
    ],
)
def test_a_bad_document_is_refused_by_place(row: Any, place: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_litellm({"m": row})
    assert refusal.value.field == place
