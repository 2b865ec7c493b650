"""Prices are exact both ways, and a day means its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects._kit.refusals import Misplaced
from armillary.dialects.native.mapping.prices import moment, price, price_reply, prices_reply
from armillary.dialects.native.schemas import prices as wire
from armillary.domain.prices import UNPRICED, Period, Price, PriceKind
from tests import generated
from tests.builders import NOON

MODEL = UUID(int=5)


@given(generated.prices)
def test_a_price_comes_back_exactly(stated: Price) -> None:
    shown = msgspec.json.encode(price_reply(stated))
    assert price(msgspec.json.decode(shown, type=wire.PriceTerms | None)) == stated


@given(generated.amounts)
def test_amounts_are_plain_text(amount: Decimal) -> None:
    shown = price_reply(Price(input=amount))
    assert shown is not None
    text = shown.input_usd_per_mtok or ""
    assert Decimal(text) == amount
    assert "E" not in text
    assert not ("." in text and text.endswith(("0", ".")))


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        pytest.param("", NOON, id="nothing-is-now"),
        pytest.param("2026-01-31", NOON, id="the-present-day-is-now"),
        pytest.param("2026-01-30", datetime(2026, 1, 30, 23, 59, 59, 999999, UTC), id="a-day-is-its-end"),
        pytest.param("2026-02-01", datetime(2026, 2, 1, 23, 59, 59, 999999, UTC), id="a-day-to-come"),
        pytest.param("2026-01-30T05:00:00+02:00", datetime(2026, 1, 30, 3, tzinfo=UTC), id="an-instant"),
        pytest.param("2026-01-30T05:00:00Z", datetime(2026, 1, 30, 5, tzinfo=UTC), id="zulu"),
    ],
)
def test_as_of_means(as_of: str, expected: datetime) -> None:
    assert moment(as_of, now=NOON) == expected


@given(
    st.text(max_size=40)
    | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]{2,12}[Z+-]?[0-9:]{0,5})?", fullmatch=True)
)
def test_as_of_means_an_instant_or_is_refused(as_of: str) -> None:
    try:
        assert moment(as_of, now=NOON).tzinfo is not None
    except Misplaced as refused:
        assert refused.field == "as_of"  # noqa: PT017  either is right: what counts is that nothing else happens


def periods() -> list[Period]:
    """A base price that changed at noon, and an override that held for the hour after."""
    hour = timedelta(hours=1)
    return [
        Period(kind=PriceKind.BASE, price=Price(input=Decimal(1)), starts_at=NOON - 24 * hour, ends_at=NOON),
        Period(kind=PriceKind.BASE, price=Price(input=Decimal(2)), starts_at=NOON),
        Period(kind=PriceKind.OVERRIDE, price=Price(input=Decimal("0.5")), starts_at=NOON, ends_at=NOON + hour),
        Period(kind=PriceKind.OVERRIDE, price=UNPRICED, starts_at=NOON + hour),
    ]


@pytest.mark.parametrize(
    ("as_of", "effective", "base", "shown"),
    [
        pytest.param("2026-01-30", "1", "1", 1, id="the-day-before"),
        pytest.param("2026-01-31T12:00:00Z", "0.5", "2", 2, id="the-instant-of-the-change"),
        pytest.param("2026-01-31T11:59:59.999999Z", "1", "1", 1, id="just-before-it"),
        pytest.param("2026-02-01", "2", "2", 2, id="after-the-override"),
        pytest.param("2020-01-01", None, None, 0, id="before-there-was-any"),
    ],
)
def test_the_price_of_a_moment(as_of: str, effective: str | None, base: str | None, shown: int) -> None:
    reply = prices_reply(MODEL, periods(), as_of, now=NOON)
    told = [one and one.input_usd_per_mtok for one in (reply.price, reply.base_price)]
    assert (told, len(reply.periods)) == ([effective, base], shown)


def test_without_a_moment_every_period_is_shown() -> None:
    reply = prices_reply(MODEL, periods(), "", now=NOON)
    assert (reply.as_of, [period.kind for period in reply.periods]) == (NOON, ["base", "base", "override", "override"])
    assert reply.periods[-1].price.input_usd_per_mtok is None
