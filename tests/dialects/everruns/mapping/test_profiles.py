"""Profiles: exact money, known members only, and no halves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from msgspec import UNSET

from armillary.dialects.everruns import dialect
from armillary.dialects.everruns.mapping.profiles import cost, profile
from armillary.domain.models import Effort, Facts, Model
from armillary.domain.prices import Price
from tests.builders import a_model
from tests.dialects.everruns.strategies import bare_models, models, prices

_EXACT = msgspec.json.Decoder(float_hook=Decimal)


def _sent(reply: object) -> Any:
    return _EXACT.decode(dialect.encoder.encode(reply))


@given(prices)
def test_money_is_exact_on_the_wire(price: Price) -> None:
    assume(price.input is not None and price.output is not None)
    sent = _sent(cost(price))
    assert (sent["input"], sent["output"], sent.get("cache_read")) == (price.input, price.output, price.cached_input)
    tiers = [(tier.above_tokens, tier.input, tier.output, tier.cached_input) for tier in price.tiers]
    shown = sent.get("cost_tiers", [])
    assert [(one["above_tokens"], one["input"], one["output"], one.get("cache_read")) for one in shown] == tiers


@pytest.mark.parametrize(
    ("amount", "text"),
    [("7.50", b"7.5"), ("3E+2", b"300"), ("0E-8", b"0"), ("0.00000001", b"1E-8"), ("0.1", b"0.1")],
)
def test_money_reads_as_people_write_it(amount: str, text: bytes) -> None:
    encoded = dialect.encoder.encode(cost(Price(input=Decimal(amount), output=Decimal(1))))
    assert encoded == b'{"input":' + text + b',"output":1}'


@pytest.mark.parametrize(
    "price",
    [
        pytest.param(Price(), id="unpriced"),
        pytest.param(Price(input=Decimal(1)), id="half"),
        pytest.param(Price(output=Decimal(1), cached_input=Decimal(1)), id="other-half"),
    ],
)
def test_half_a_price_is_none(price: Price) -> None:
    assert cost(price) is UNSET


def test_the_price_in_force_is_told() -> None:
    base, override = Price(input=Decimal(3), output=Decimal(15)), Price(output=Decimal(12))
    assert _sent(profile(a_model(base=base, override=override)))["cost"] == {"input": 3, "output": 12}


@given(bare_models())
def test_nothing_known_is_no_profile(model: Model) -> None:
    assert profile(model) is UNSET


@given(models())
def test_no_part_is_half_filled(model: Model) -> None:
    told = profile(model)
    if told is UNSET:
        return
    sent = _sent(told)
    assert {"name", "family", "attachment", "reasoning", "temperature", "tool_call"} <= sent.keys()
    assert ("limits" in sent) == (model.context_tokens is not None and model.output_tokens is not None)
    assert ("modalities" in sent) == bool(model.input_modalities and model.output_modalities)
    assert ("cost" in sent) == (model.price.input is not None and model.price.output is not None)


@pytest.mark.parametrize(
    ("facts", "values"),
    [
        pytest.param(("low", ["low", "high"]), ["low", "high"], id="known"),
        pytest.param(("low", ["low", "max"]), ["low"], id="a-level-that-clients-do-not-know"),
        pytest.param(("max", ["low", "max"]), None, id="a-default-that-clients-do-not-know"),
        pytest.param((None, ["low"]), None, id="no-default"),
        pytest.param(("medium", ["low"]), None, id="a-default-beside-the-levels"),
        pytest.param((None, []), None, id="no-levels"),
    ],
)
def test_effort_is_told_where_it_is_whole(facts: tuple[str | None, list[str]], values: list[str] | None) -> None:
    default, levels = facts
    efforts = tuple(Effort(value=level, name=level.title()) for level in levels)
    model = a_model(family="f", facts=Facts(reasoning_default=default, reasoning_efforts=efforts))
    effort = _sent(profile(model)).get("reasoning_effort")
    assert (None if effort is None else [one["value"] for one in effort["values"]]) == values


@pytest.mark.parametrize(
    ("facts", "tags", "expected"),
    [
        pytest.param(Facts(), ("tools",), True, id="inferred-from-a-tag"),
        pytest.param(Facts(tool_call=False), ("tools",), False, id="stated-wins"),
        pytest.param(Facts(), (), False, id="neither"),
    ],
)
def test_abilities(facts: Facts, tags: tuple[str, ...], expected: bool) -> None:
    assert _sent(profile(a_model(family="f", facts=facts, tags=tags)))["tool_call"] is expected


def test_the_whole_of_it() -> None:
    model = a_model(
        name="GPT-4o Mini",
        family="gpt-4o",
        description="Small.",
        tags=("chat", "tools"),
        input_modalities=("text", "image"),
        output_modalities=("text",),
        context_tokens=128000,
        input_tokens=100000,
        output_tokens=16384,
        base=Price(input=Decimal("0.15"), output=Decimal("0.6"), cached_input=Decimal("0.075")),
        facts=Facts(
            temperature=True,
            structured_output=True,
            open_weights=False,
            knowledge="2023-10",
            release_date="2024-07-18",
            last_updated="2024-07-18",
            max_media=10,
            supports_phases=False,
            tool_search=True,
            supported_parameters=("temperature",),
        ),
    )
    assert _sent(profile(model)) == {
        "name": "GPT-4o Mini",
        "family": "gpt-4o",
        "attachment": True,
        "reasoning": False,
        "temperature": True,
        "tool_call": True,
        "structured_output": True,
        "open_weights": False,
        "cost": {"input": Decimal("0.15"), "output": Decimal("0.6"), "cache_read": Decimal("0.075")},
        "limits": {"context": 128000, "output": 16384, "input": 100000, "max_media": 10},
        "modalities": {"input": ["text", "image"], "output": ["text"]},
        "description": "Small.",
        "knowledge": "2023-10",
        "release_date": "2024-07-18",
        "last_updated": "2024-07-18",
        "supported_parameters": ["temperature"],
        "supports_phases": False,
        "tool_search": True,
    }
