"""Limits, orders, cursors and label filters."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects.cadenya.mapping import pages
from armillary.dialects.cadenya.schemas.models import ModelQuery
from armillary.domain.errors import InvalidRequest
from armillary.domain.labels import checked_labels

_NUMBERS = st.integers(0, 2**62)


@pytest.mark.parametrize(("asked", "shown"), [(-5, 50), (0, 50), (1, 1), (200, 200), (201, 200), (10**18, 200)])
def test_limits(asked: int, shown: int) -> None:
    assert pages.limit(asked) == shown


@pytest.mark.parametrize(
    ("order", "newest"), [("", True), ("desc", True), ("DESC", True), ("asc", False), ("Asc", False)]
)
def test_orders(order: str, newest: bool) -> None:
    assert pages.newest_first(order) is newest


def test_no_order() -> None:
    with pytest.raises(InvalidRequest, match="sort_order"):
        pages.newest_first("newest")


@given(_NUMBERS, st.text(max_size=9), st.text(max_size=9))
def test_a_cursor_goes_on_with_the_same_filters_alone(number: int, text: str, other: str) -> None:
    bound = pages.filters(ModelQuery(query=text), "models")
    page = pages.pagination(number, bound)
    assert page.next_cursor == page.next_cursor_of_old
    again = ModelQuery(query=text, cursor=page.next_cursor, limit=7, include_info=True, sort_order="DESC")
    assert pages.number_after(again, pages.filters(again, "models")) == number
    changed = ModelQuery(query=other, cursor=page.next_cursor)
    if other != text:
        with pytest.raises(InvalidRequest, match="cursor"):
            pages.number_after(changed, pages.filters(changed, "models"))


@pytest.mark.parametrize(
    "changes", [{"sort_order": "asc"}, {"labels": "a=b"}, {"bundle_key": "b"}, {"is_assigned": True}]
)
def test_a_cursor_of_other_filters_is_refused(changes: dict[str, Any]) -> None:
    cursor = pages.pagination(7, pages.filters(ModelQuery(), "models")).next_cursor
    query = ModelQuery(cursor=cursor, **changes)
    with pytest.raises(InvalidRequest, match="cursor"):
        pages.number_after(query, pages.filters(query, "models"))


@given(st.one_of(st.text(max_size=40), _NUMBERS.map(str)))
def test_what_is_no_cursor_is_refused(text: str) -> None:
    query = ModelQuery(cursor=text or "!")
    for read in (pages.number_after, pages.id_after):
        with pytest.raises(InvalidRequest, match="cursor"):
            read(query, pages.filters(query, "models"))


@given(st.one_of(st.integers(max_value=-1), st.integers(min_value=2**62 + 1, max_value=2**64 - 1)))
def test_a_forged_position_is_refused(number: int) -> None:
    bound = pages.filters(ModelQuery(), "models")
    if number < -(2**63):
        return
    query = ModelQuery(cursor=pages.pagination(number, bound).next_cursor)
    with pytest.raises(InvalidRequest, match="cursor"):
        pages.number_after(query, bound)


@given(st.uuids())
def test_a_cursor_of_ids(last: UUID) -> None:
    bound = pages.filters(ModelQuery(), "keys")
    query = ModelQuery(cursor=pages.pagination(last, bound).next_cursor)
    assert pages.id_after(query, bound) == last


def test_the_last_page_has_an_empty_cursor() -> None:
    assert pages.pagination(None, {}).next_cursor == pages.pagination(None, {}).next_cursor_of_old == ""


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]([a-z0-9._-]{0,9}[a-z0-9])?", fullmatch=True),
        st.from_regex(r"([A-Z0-9]{1,5})?", fullmatch=True),
    )
)
def test_labels_are_read_as_they_are_written(wanted: dict[str, str]) -> None:
    text = ",".join(f"{key}={value}" for key, value in checked_labels(wanted).items())
    assert pages.labels(text) == wanted


@pytest.mark.parametrize("text", ["a", "a=b,", "=b", ",", "a=b,c", "a=1,a=2"])
def test_no_labels(text: str) -> None:
    with pytest.raises(InvalidRequest, match="labels"):
        pages.labels(text)


def test_labels_split_at_the_first_equals_sign() -> None:
    assert pages.labels("a=b=c,d=,a=b=c") == {"a": "b=c", "d": ""}
