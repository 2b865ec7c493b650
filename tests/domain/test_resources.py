"""Resources: what each kind holds and refuses, and the order in which its rows are shown."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.errors import InvalidRequest
from armillary.domain.resources import (
    CONTENTS,
    Content,
    Description,
    Email,
    Endpoint,
    Flag,
    Modality,
    Name,
    PricePoint,
    Quality,
    ReasoningLevel,
    Resource,
    ResourceKind,
    RoleName,
    TemperatureLevel,
    Value,
    Voice,
    checked_content,
    document,
    kind_of,
    order_of,
    text_of,
)
from tests.builders import NOON

POINT = PricePoint("input", Decimal("0.50"), "million_text", "tokens", 1_000_000)
TEXTS: list[tuple[Content, str]] = [
    (Name("n"), "n"),
    (Description("d"), "d"),
    (Value("v", "provider"), "v"),
    (Voice("w"), "w"),
    (POINT, "input"),
    (Modality("text", is_input=True), "text"),
    (Quality("low"), "low"),
    (ReasoningLevel("high"), "high"),
    (TemperatureLevel(Decimal("0.50")), "0.5"),
    (Flag("f", "a flag", "Power"), "f"),
    (Endpoint("https://example.com"), "https://example.com"),
    (Email("ada@example.com"), "ada@example.com"),
    (RoleName("member", "GTA", "assists"), "GTA"),
]


def test_every_kind_has_a_content_of_its_own() -> None:
    assert {kind_of(content) for content, _ in TEXTS} == set(ResourceKind) == set(CONTENTS)


@pytest.mark.parametrize(("content", "text"), TEXTS, ids=lambda one: type(one).__name__)
def test_a_row_is_told_by_its_text_and_sorted_by_it_save_a_number(content: Content, text: str) -> None:
    row = Resource(id=UUID(int=1), workspace=None, content=content, created_at=NOON)
    assert (row.kind, row.text, text_of(content)) == (kind_of(content), text, text)
    if not isinstance(content, TemperatureLevel | PricePoint):
        assert order_of(content) == text


_amounts = st.decimals(0, 10**9, allow_nan=False, allow_infinity=False, places=7)


@given(one=_amounts, other=_amounts)
def test_temperatures_are_in_the_order_of_their_numbers(one: Decimal, other: Decimal) -> None:
    orders = order_of(TemperatureLevel(one)), order_of(TemperatureLevel(other))
    assert (orders[0] < orders[1]) == (one < other)
    assert (orders[0] == orders[1]) == (one == other)


@given(one=_amounts)
def test_equal_numbers_are_equal_contents_however_they_were_written(one: Decimal) -> None:
    longer = Decimal(f"{one:f}" + ("00" if "." in f"{one:f}" else ".00"))
    checked = checked_content(TemperatureLevel(longer))
    assert checked == checked_content(TemperatureLevel(one)) == checked_content(checked)
    assert text_of(checked) == text_of(TemperatureLevel(one))


def test_prices_are_in_no_order_of_their_own() -> None:
    assert order_of(POINT) == ""


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300))
def test_a_name_is_trimmed_and_has_1_to_255_characters(text: str) -> None:
    if 1 <= len(text.strip()) <= 255:
        assert checked_content(Name(text)) == Name(text.strip())
    else:
        with pytest.raises(InvalidRequest) as refused:
            checked_content(Name(text))
        assert refused.value.field == "name"


@pytest.mark.parametrize(
    ("content", "field"),
    [
        pytest.param(Name("a\0b"), "name", id="nul"),
        pytest.param(Description("d" * 10_241), "description", id="description"),
        pytest.param(Value("v", "vendor"), "type", id="type"),
        pytest.param(Voice(" "), "voice", id="blank"),
        pytest.param(PricePoint("total", Decimal(1), "u", "tokens", 1), "pricing_type", id="pricing-type"),
        pytest.param(PricePoint("input", Decimal(-1), "u", "tokens", 1), "price", id="negative"),
        pytest.param(PricePoint("input", Decimal("NaN"), "u", "tokens", 1), "price", id="no-number"),
        pytest.param(PricePoint("input", Decimal(10) ** 10, "u", "tokens", 1), "price", id="too-dear"),
        pytest.param(PricePoint("input", Decimal("0.123456789012345678"), "u", "tokens", 1), "price", id="digits"),
        pytest.param(PricePoint("input", Decimal(1), "u", "miles", 1), "unit_category", id="category"),
        pytest.param(PricePoint("input", Decimal(1), "u", "tokens", 0), "unit_value", id="no-units"),
        pytest.param(PricePoint("input", Decimal(1), "u", "tokens", 2**31), "unit_value", id="too-many-units"),
        pytest.param(Modality("smell"), "modality", id="modality"),
        pytest.param(Quality("superb"), "quality", id="quality"),
        pytest.param(TemperatureLevel(Decimal("Infinity")), "temperature", id="infinite"),
        pytest.param(Flag("f", "", "i" * 256), "icon", id="icon"),
        pytest.param(Endpoint("h" * 2049), "endpoint", id="endpoint"),
    ],
)
def test_what_breaks_a_bound_is_refused_by_its_member(content: Content, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked_content(content)
    assert refused.value.field == field


def test_a_record_shows_the_kind_and_every_member() -> None:
    row = Resource(id=UUID(int=1), workspace=UUID(int=2), content=POINT, created_at=NOON)
    units = {"unit_name": "million_text", "unit_category": "tokens", "unit_value": 1_000_000}
    assert document(row) == {"kind": "pricing", "pricing_type": "input", "price": "0.5", **units}
