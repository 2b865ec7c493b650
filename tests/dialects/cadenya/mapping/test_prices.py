"""Cents on the wire, dollars in the domain, nothing lost between."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from armillary.dialects.cadenya.mapping import prices
from armillary.domain.errors import InvalidRequest
from armillary.domain.prices import UNPRICED, Price

_CENTS = st.decimals(min_value=0, max_value=10**11 - 1, places=6)


@given(_CENTS)
def test_cents_are_kept_exactly(cents: Decimal) -> None:
    text = prices.cents(prices.usd(cents, "price"))
    assert Decimal(text) == cents
    assert "e" not in text.lower()
    assert "." not in text or not text.endswith("0")


@pytest.mark.parametrize(
    ("cents", "text"),
    [("300", "300"), ("7.50", "7.5"), ("0", "0"), ("0.000001", "0.000001"), ("1E+2", "100"), ("300.0000000", "300")],
)
def test_plain_notation(cents: str, text: str) -> None:
    assert prices.cents(prices.usd(Decimal(cents), "price")) == text


@pytest.mark.parametrize("cents", ["-1", "0.0000001", "1E+12", "123456789012", "1E-20", "-0.5"])
def test_no_price(cents: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        prices.usd(Decimal(cents), "price")
    assert refused.value.field == "price"


def test_zero_and_nothing_are_unknown_in_a_base() -> None:
    assert prices.base_price(Decimal(0), Decimal(800), UNSET) == Price(output=Decimal(8))
    assert prices.base_price(UNSET, UNSET, UNSET) is UNSET
    assert prices.base_price(Decimal(0), Decimal(0), UNSET) == UNPRICED


def test_an_override_shows_what_it_overrides_and_nothing_else() -> None:
    shown = prices.pricing_override(Price(input=Decimal(0)))
    assert shown is not UNSET
    assert shown.input_price_per_million_tokens == "0"
    assert shown.output_price_per_million_tokens is UNSET
    assert prices.pricing_override(UNPRICED) is UNSET
