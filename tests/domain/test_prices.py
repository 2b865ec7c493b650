"""Money: exact, and in periods."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.errors import InvalidRequest
from armillary.domain.prices import UNPRICED, Period, Price, PriceKind, Tier, checked_amount, effective, plain, price_at
from tests import generated
from tests.builders import NOON


@given(generated.amounts)
def test_an_amount_survives_its_plain_text(amount: Decimal) -> None:
    text = plain(amount)
    assert Decimal(text) == amount
    assert "E" not in text.upper()
    assert text == "0" or not (text.endswith(".") or ("." in text and text.endswith("0")))


@pytest.mark.parametrize(
    ("amount", "text"), [("7.50", "7.5"), ("3E+2", "300"), ("0.00", "0"), ("-0", "0"), ("1E-8", "0.00000001")]
)
def test_amounts_are_spelled_plainly(amount: str, text: str) -> None:
    assert plain(abs(Decimal(amount))) == text


@pytest.mark.parametrize("amount", ["-1", "NaN", "sNaN", "Infinity", "1E-9", "1000000001", "1E+30"])
def test_amounts_out_of_bounds_are_refused(amount: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked_amount(Decimal(amount), "base.input")
    assert refused.value.field == "base.input"


@given(generated.prices, generated.prices)
def test_an_override_wins_member_by_member(base: Price, override: Price) -> None:
    price = effective(base, override)
    for name in ("input", "output", "cached_input"):
        own = getattr(override, name)
        assert getattr(price, name) == (getattr(base, name) if own is None else own)


@given(generated.prices)
def test_without_an_override_the_base_holds(base: Price) -> None:
    assert effective(base, UNPRICED) == base


def test_a_zero_override_is_free_and_no_absence() -> None:
    base = Price(
        input=Decimal(3), output=Decimal(4), tiers=(Tier(above_tokens=1, input=Decimal(9), output=Decimal(9)),)
    )
    price = effective(base, Price(input=Decimal(0)))
    assert price == Price(input=Decimal(0), output=Decimal(4))


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, Price]]:
    """Prices of one kind, and the minutes at which each began."""
    starts = draw(st.lists(st.integers(0, 50), min_size=1, max_size=6, unique=True).map(sorted))
    return [(start, draw(generated.prices)) for start in starts]


def periods(kind: PriceKind, history: list[tuple[int, Price]]) -> list[Period]:
    """The periods that such a history leaves, as ``storage.prices`` closes and opens them."""
    ends = [NOON + timedelta(minutes=start) for start, _ in history[1:]]
    return [
        Period(kind=kind, price=price, starts_at=NOON + timedelta(minutes=start), ends_at=end)
        for (start, price), end in zip(history, [*ends, None], strict=True)
    ]


@given(histories(), histories(), st.integers(-5, 60))
def test_a_day_has_the_price_that_was_last_set(
    base: list[tuple[int, Price]], override: list[tuple[int, Price]], minute: int
) -> None:
    held = [*periods(PriceKind.BASE, base), *periods(PriceKind.OVERRIDE, override)]

    def last(history: list[tuple[int, Price]]) -> Price:
        return next((price for start, price in reversed(history) if start <= minute), UNPRICED)

    assert price_at(held, NOON + timedelta(minutes=minute)) == effective(last(base), last(override))


@given(histories(), st.integers(-5, 60))
def test_exactly_one_period_holds_from_the_first_on(history: list[tuple[int, Price]], minute: int) -> None:
    moment = NOON + timedelta(minutes=minute)
    holding = [period for period in periods(PriceKind.BASE, history) if period.holds_at(moment)]
    assert len(holding) == (1 if minute >= history[0][0] else 0)
