"""Which credentials a request carries, in the forms of contracts/artifacts.md, 1.2."""

from __future__ import annotations

import pytest

from armillary.dialects.artifacts import credentials
from armillary.domain.errors import Unauthenticated


@pytest.mark.parametrize(
    ("headers", "token", "further"),
    [
        pytest.param({}, None, None, id="none"),
        pytest.param({"x-api-key": " "}, None, None, id="blank-key"),
        pytest.param({"authorization": ""}, None, None, id="blank-bearer"),
        pytest.param({"x-api-key": " k\t"}, "k", None, id="key-is-trimmed"),
        pytest.param({"authorization": "Bearer t"}, "t", None, id="bearer"),
        pytest.param({"authorization": "bEARER t"}, "t", None, id="any-case"),
        pytest.param({"authorization": "Bearer t", "x-api-key": "k"}, "t", "k", id="both"),
        pytest.param({"authorization": "Bearer t", "x-api-key": " "}, "t", None, id="bearer-and-blank-key"),
        pytest.param({"authorization": "", "x-api-key": "k"}, "k", None, id="key-and-blank-bearer"),
    ],
)
def test_who_calls_is_the_bearer_and_else_the_key(
    headers: dict[str, str], token: str | None, further: str | None
) -> None:
    assert (credentials.token(headers), credentials.further(headers)) == (token, further)


@pytest.mark.parametrize("value", ["Basic YTpi", "Bearer", "Bearer ", "Bearer  t", "Bearer a b", "t", "ApiKey t"])
def test_other_forms_are_refused_also_beside_a_key(value: str) -> None:
    with pytest.raises(Unauthenticated, match="Bearer, one space"):
        credentials.token({"authorization": value, "x-api-key": "k"})
    assert credentials.further({"authorization": value, "x-api-key": "k"}) == "k"
