"""Pages: bounds, and where their neighbours are."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from armillary.dialects.everruns.mapping.pages import Page, neighbours, page

URL = "https://host/api/v1/models"


@pytest.mark.parametrize(
    ("offset", "limit", "expected"),
    [
        pytest.param(UNSET, UNSET, None, id="neither-is-all"),
        pytest.param(5, UNSET, Page(offset=5, limit=20), id="default-limit"),
        pytest.param(UNSET, 7, Page(offset=0, limit=7), id="default-offset"),
        pytest.param(0, 0, Page(offset=0, limit=1), id="at-least-one"),
        pytest.param(0, 1000, Page(offset=0, limit=100), id="at-most-a-hundred"),
        pytest.param(10**30, 10**30, Page(offset=2**31 - 1, limit=100), id="huge"),
    ],
)
def test_a_page_stays_within_its_bounds(offset: int | UnsetType, limit: int | UnsetType, expected: Page | None) -> None:
    assert page(offset, limit) == expected


def test_neighbours_keep_the_rest_of_the_query() -> None:
    beside = neighbours(URL, [("source", "manual"), ("limit", "2"), ("x", "a b&c")], Page(offset=3, limit=2), 9)
    assert beside.next_url == f"{URL}?source=manual&x=a+b%26c&offset=5&limit=2"
    assert beside.prev_url == f"{URL}?source=manual&x=a+b%26c&offset=1&limit=2"


@given(total=st.integers(0, 60), limit=st.integers(1, 100), offset=st.integers(0, 80))
def test_there_is_a_next_page_just_where_rows_are_left(total: int, limit: int, offset: int) -> None:
    beside = neighbours(URL, [], Page(offset=offset, limit=limit), total)
    assert (beside.next_url is not UNSET) == (offset + limit < total)
    assert (beside.prev_url is not UNSET) == (offset > 0)


@given(total=st.integers(0, 60), limit=st.integers(1, 20))
def test_following_next_shows_each_row_once(total: int, limit: int) -> None:
    seen: list[int] = []
    offset: int | None = 0
    while offset is not None:
        seen += range(offset, min(offset + limit, total))
        following = neighbours(URL, [], Page(offset=offset, limit=limit), total).next_url
        offset = int(parse_qs(urlsplit(following).query)["offset"][0]) if isinstance(following, str) else None
    assert seen == list(range(total))
