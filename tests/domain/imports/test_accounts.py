from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.errors import InvalidRequest
from armillary.domain.imports.accounts import Account, Fate, Record, usd
from armillary.domain.prices import checked_amount


def a_record(raw: object, account: Account | None = None) -> Record:
    return Record(raw, place="here", prefix="*", account=account or Account())


def told(account: Account) -> dict[str, tuple[str, str, int]]:
    return {field.path: (field.fate.value, field.note, field.count) for field in account.fields()}


def test_every_leaf_meets_one_fate() -> None:
    account = Account()
    record = a_record(
        {"name": " x ", "size": 0, "more": {"a": 1, "b": []}, "list": [{"c": 1}, {"c": 2}], "no": None}, account
    )
    assert record.text("name") == "x"
    assert record.tokens("size") is None
    record.close({"more": "not kept", "list": "not kept either"})
    assert told(account) == {
        "*.name": ("mapped", "without the space around it", 1),
        "*.size": ("mapped", "unknown", 1),
        "*.more.a": ("dropped", "not kept", 1),
        "*.more.b[]": ("dropped", "not kept", 1),
        "*.list[].c": ("dropped", "not kept either", 2),
        "*.no": ("dropped", "not known to this version", 1),
    }


@pytest.mark.parametrize(
    ("amount", "times", "exact", "price"),
    [
        pytest.param(Decimal("0.1"), 1, True, "0.1", id="as-it-is"),
        pytest.param(2, 1, True, "2", id="integer"),
        pytest.param("0.25", 1, True, "0.25", id="text"),
        pytest.param(Decimal("2.5e-06"), 1_000_000, True, "2.5", id="per-token"),
        pytest.param(Decimal("0.09999999999999999"), 1, False, "0.1", id="dust-is-rounded"),
        pytest.param(Decimal("0.30000000000000004"), 1, False, "0.3", id="dust-above"),
        pytest.param(Decimal("0.123456785"), 1, False, "0.12345678", id="half-to-even"),
    ],
)
def test_amounts_are_exact_or_rounded_and_said_so(amount: Any, times: int, exact: bool, price: str) -> None:
    assert usd(amount, "here", times=times) == (exact, Decimal(price))


@pytest.mark.parametrize(
    "amount", [True, [], "cheap", Decimal(-1), Decimal("NaN"), Decimal("1e400"), Decimal("1e-400"), Decimal("1e12")]
)
def test_what_is_no_price_is_refused_by_place(amount: Any) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        usd(amount, "openai.models.x.cost.input")
    assert refusal.value.field == "openai.models.x.cost.input"


@given(st.decimals(min_value=0, max_value=10**6, allow_nan=False, allow_infinity=False, places=12))
def test_a_rounded_amount_is_a_price_and_near(amount: Decimal) -> None:
    exact, price = usd(amount, "here")
    assert checked_amount(price, "here") == price
    assert abs(price - amount) <= Decimal("5e-9")
    assert exact == (price == amount)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        ("text", 1),
        ("flag", "true"),
        ("tokens", -1),
        ("tokens", 1.5),
        ("tokens", True),
        ("tokens", 2**31),
        ("tokens", Decimal("1.5")),
        ("amount", {}),
    ],
)
def test_a_member_of_another_type_is_refused_by_place(read: str, value: Any) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        getattr(a_record({"a": {"b": value}}), read)("a.b")
    assert refusal.value.field == "here.a.b"


def test_whole_numbers_may_be_written_as_fractions() -> None:
    assert a_record({"size": Decimal("8192.0")}).tokens("size") == 8192


def test_absent_and_null_say_nothing() -> None:
    record = a_record({"null": None})
    assert (record.text("null"), record.flag("null"), record.tokens("a.b"), record.amount("a")) == (
        "",
        None,
        None,
        None,
    )


def test_objects_that_are_none_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="here: is an object"):
        a_record([])


def test_deep_nesting_is_refused() -> None:
    deep: Any = 1
    for _ in range(40):
        deep = {"a": deep}
    with pytest.raises(InvalidRequest, match="nested too deeply"):
        a_record(deep).close({})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=20,
)


def _leaves(value: Any) -> int:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(map(_leaves, children)) if children else 1


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=4))
def test_no_leaf_of_any_object_is_lost(raw: dict[str, Any]) -> None:
    account = Account()
    a_record(raw, account).close({})
    assert sum(field.count for field in account.fields()) == _leaves(raw)
    assert {field.fate for field in account.fields()} <= {Fate.DROPPED}
