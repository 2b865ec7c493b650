from __future__ import annotations

from decimal import Decimal

from armillary.domain.imports.models import ImportedModel, merged
from armillary.domain.models import Facts
from armillary.domain.prices import Price


def test_what_a_file_leaves_open_is_not_told() -> None:
    told = merged({}, ImportedModel(upstream_name="x", name="X"))
    assert told == {"name": "X", "tags": (), "details": {}, "facts": Facts()}


def test_a_file_takes_no_fact_and_no_silent_knob_away() -> None:
    known = {
        "tags": ("chat", "tools", "top_p", "stop_sequences"),
        "details": {"stop_sequences": {"limit": 4}, "tools": {"x": 1}},
        "facts": Facts(reasoning=True, knowledge="2024"),
    }
    told = merged(known, ImportedModel(upstream_name="x", name="X", tags=("chat",), facts=Facts(reasoning=False)))
    assert told["tags"] == ("chat", "top_p", "stop_sequences")
    assert told["details"] == {"stop_sequences": {"limit": 4}}
    assert told["facts"] == Facts(reasoning=False, knowledge="2024")


def test_what_was_merged_merges_to_the_same() -> None:
    imported = ImportedModel(
        upstream_name="x", name="X", tags=("chat", "reasoning"), details={"reasoning": {"mode": "budget"}}
    )
    once = merged({"tags": ("top_k", "caching"), "facts": Facts(status="beta")}, imported)
    assert merged(once, imported) == once


def test_a_price_is_told_where_there_is_one() -> None:
    price = Price(input=Decimal(0), output=Decimal(0))
    assert merged({}, ImportedModel(upstream_name="x", name="X", base=price))["base"] == price


def test_the_external_id_is_a_slug_of_maker_and_name() -> None:
    model = ImportedModel(upstream_name="openai/gpt-4.1", name="X", vendor="openai")
    assert model.external_id == "openai-openai-gpt-4-1"
