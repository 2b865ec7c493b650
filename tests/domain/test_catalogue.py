from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.catalogue import Catalogue, catalogue, evident_vendor, read_catalogue, spellings, usual_effort
from armillary.domain.errors import InvalidRequest
from armillary.domain.models import DERIVED
from armillary.domain.prices import Price, Tier


def a_row(**members: Any) -> dict[str, Any]:
    return {
        "vendor": "anthropic",
        "family": "claude-haiku-4.5",
        "name": "Claude Haiku 4.5",
        "description": "Small.",
        "upstream": "claude-haiku-4-5",
        "aggregator": "anthropic/claude-haiku-4.5",
        "aliases": ["claude-haiku-4-5-20251001"],
        "limits": {"context": 200000, "output": 64000},
        "input": ["text", "image"],
        "tags": ["chat", "tools", "vision"],
        "knobs": ["temperature", "stop_sequences:4", "reasoning:budget"],
        "efforts": ["low", "medium", "xhigh"],
        "price": {"input": "1", "output": "5", "cached_input": "0.1"},
        "aggregator_price": {"input": "1.1", "output": "5.5"},
        "released": "2025-10-15",
    } | members


def a_catalogue(*rows: dict[str, Any]) -> Catalogue:
    return read_catalogue({"as_of": "2026-07-02", "model": list(rows or (a_row(),))})


def test_a_row_tells_every_derived_member() -> None:
    facts = a_catalogue().facts("anthropic", "claude-haiku-4-5")
    assert set(facts) == set(DERIVED)
    assert facts["tags"] == ("chat", "tools", "vision", "temperature", "stop_sequences", "reasoning")
    assert facts["details"] == {"stop_sequences": {"limit": 4}, "reasoning": {"mode": "budget"}}
    assert facts["base"] == Price(input=Decimal(1), output=Decimal(5), cached_input=Decimal("0.1"))
    assert facts["facts"].reasoning_default == "medium"
    assert [effort.name for effort in facts["facts"].reasoning_efforts] == ["Low", "Medium", "Extra high"]


@pytest.mark.parametrize(
    ("driver", "name", "price"),
    [
        pytest.param("anthropic", "claude-haiku-4-5", "1", id="own-name"),
        pytest.param("anthropic", "Claude-Haiku-4.5", "1", id="own-name-other-spelling"),
        pytest.param("anthropic", "claude-haiku-4-5-20251001", "1", id="listed-snapshot"),
        pytest.param("anthropic", "claude-haiku-4-5-20260401", None, id="unlisted-snapshot"),
        pytest.param("anthropic", "claude-haiku-4-5-latest", None, id="latest"),
        pytest.param("openrouter", "anthropic/claude-haiku-4.5", "1.1", id="aggregator"),
        pytest.param("openrouter", "anthropic/claude-haiku-4.5:free", None, id="aggregator-variant"),
        pytest.param("openrouter", "claude-haiku-4-5", None, id="vendor-name-at-aggregator"),
        pytest.param("bedrock", "anthropic.claude-haiku-4-5-20251001-v1:0", None, id="bedrock"),
        pytest.param("bedrock", "us.anthropic.claude-haiku-4-5-20251001-v1:0", None, id="bedrock-region"),
        pytest.param("vertex", "claude-haiku-4-5@20251001", None, id="vertex"),
        pytest.param("openai_completions", "claude-haiku-4-5", None, id="another-host"),
    ],
)
def test_a_model_is_found_by_every_spelling_and_priced_only_where_it_is_certain(
    driver: str, name: str, price: str | None
) -> None:
    facts = a_catalogue().facts(driver, name)
    assert facts["family"] == "claude-haiku-4.5"
    assert facts.get("base") == (None if price is None else replace(facts["base"], input=Decimal(price)))


@pytest.mark.parametrize("name", ["claude-haiku-4-6", "gpt-4.1", "", "v1:0", "-latest"])
def test_unknown_names_tell_nothing(name: str) -> None:
    assert a_catalogue().facts("anthropic", name) == {}


def test_the_simulator_knows_its_own_models_only() -> None:
    both = a_catalogue(
        a_row(), a_row(vendor="llmsim", family="llmsim-echo", upstream="echo", aggregator="e", aliases=[])
    )
    assert both.facts("llmsim", "claude-haiku-4-5") == {}
    assert both.facts("anthropic", "echo") == {}
    assert both.facts("llmsim", "echo")["vendor"] == "llmsim"


def test_a_model_that_the_vendor_does_not_sell_costs_what_the_aggregator_takes() -> None:
    row = a_row()
    del row["price"]
    known = a_catalogue(row)
    assert "base" not in known.facts("anthropic", "claude-haiku-4-5")
    assert known.models[0].price_at_aggregator == Price(input=Decimal("1.1"), output=Decimal("5.5"))


def test_tiers_are_read() -> None:
    tiers = [{"above": 200000, "input": "2", "output": "6", "cached_input": "0.2"}]
    known = a_catalogue(a_row(price={"input": "1", "output": "5", "tiers": tiers}))
    assert known.models[0].price.tiers == (
        Tier(above_tokens=200000, input=Decimal(2), output=Decimal(6), cached_input=Decimal("0.2")),
    )


@pytest.mark.parametrize(
    ("members", "field"),
    [
        pytest.param({"colour": "red"}, "model[0].colour", id="unknown-member"),
        pytest.param({"limits": {"words": 1}}, "model[0].limits.words", id="unknown-limit"),
        pytest.param({"knobs": ["volume"]}, "model[0].knobs", id="unknown-knob"),
        pytest.param({"knobs": ["reasoning"]}, "model[0].knobs", id="reasoning-without-mode"),
        pytest.param({"status": "old"}, "model[0].status", id="unknown-status"),
        pytest.param({"price": {"input": 1.5, "output": "1"}}, "model[0].price", id="price-as-number"),
        pytest.param({"price": {"input": "cheap", "output": "1"}}, "model[0].price", id="price-in-words"),
        pytest.param({"price": {"input": "-1", "output": "1"}}, "model[0].price", id="negative-price"),
    ],
)
def test_a_bad_row_is_refused_by_place(members: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        a_catalogue(a_row(**members))
    assert refusal.value.field == field


def test_two_models_share_no_name() -> None:
    with pytest.raises(InvalidRequest, match="shares the name"):
        catalogue("", [*a_catalogue().models, replace(a_catalogue().models[0], family="other")])


@pytest.mark.parametrize(
    ("driver", "name", "vendor"),
    [
        ("openai", "gpt-9", "openai"),
        ("openai", "my-finetune", "openai"),
        ("openai_completions", "my-finetune", ""),
        ("openai_completions", "o3-nightly", "openai"),
        ("openrouter", "meta-llama/llama-9-8b", "meta"),
        ("openrouter", "unheard-of/llama-9-8b", "meta"),
        ("openrouter", "nvidia/llama-9-nemotron", "nvidia"),
        ("openai_completions", "llama-9-nemotron", "nvidia"),
        ("openai_completions", "deepseek-r1-distill-llama-8b", "deepseek"),
        ("bedrock", "eu.mistral.pixtral-9", "mistral"),
        ("bedrock", "cohere.rerank-v9:0", "cohere"),
        ("fireworks", "accounts/fireworks/models/qwen9", "qwen"),
        ("gemini", "learnlm-2", "google"),
        ("openrouter", "~anthropic/claude-latest", "anthropic"),
        ("llmsim", "gpt-4", "llmsim"),
        ("openai_completions", "", ""),
    ],
)
def test_names_give_their_maker_away(driver: str, name: str, vendor: str) -> None:
    assert evident_vendor(driver, name) == vendor


@pytest.mark.parametrize(
    ("values", "usual"),
    [(("low", "high"), "high"), (("none", "medium", "high"), "medium"), (("max",), "max"), ((), None)],
)
def test_the_usual_effort_is_the_middle_one(values: tuple[str, ...], usual: str | None) -> None:
    assert usual_effort(values) == usual


@given(st.text(max_size=80))
def test_any_name_may_be_asked_for(name: str) -> None:
    assert next(spellings(name)) == name.strip().lower()
    assert a_catalogue().facts("openrouter", name).keys() <= set(DERIVED)
    assert isinstance(evident_vendor("openrouter", name), str)
