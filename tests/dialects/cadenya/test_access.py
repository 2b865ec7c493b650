"""How a request says who calls, and from where."""

from __future__ import annotations

import pytest

from armillary.dialects.cadenya.access import token
from armillary.domain.errors import Unauthenticated


@pytest.mark.parametrize(
    ("header", "read"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Bearer", None), ("Bearer ", None), ("", None), (" ", None)],
)
def test_the_token_of_a_header(header: str, read: str | None) -> None:
    assert token({"authorization": header}) == read


def test_no_header_is_no_token() -> None:
    assert token({"x-api-key": "abc"}) is None


@pytest.mark.parametrize("header", ["Basic YTpi", "abc", "Token abc"])
def test_other_schemes_are_refused(header: str) -> None:
    with pytest.raises(Unauthenticated):
        token({"authorization": header})
