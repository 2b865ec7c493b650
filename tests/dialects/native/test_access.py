"""The forms of a credential, the ways to name a workspace, and the reason of a change."""

from __future__ import annotations

import pytest

from armillary.dialects.native.access import reason, token
from armillary.domain.errors import InvalidRequest, Unauthenticated


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({"authorization": "Bearer arm_key"}, "arm_key", id="bearer"),
        pytest.param({"authorization": "bEaReR  arm_key "}, "arm_key", id="any-case-and-space"),
        pytest.param({"authorization": "ApiKey arm_key"}, "arm_key", id="api-key-scheme"),
        pytest.param({"authorization": "arm_key"}, "arm_key", id="raw"),
        pytest.param({"x-api-key": "arm_key"}, "arm_key", id="x-api-key"),
        pytest.param({"authorization": "arm_one", "x-api-key": "arm_two"}, "arm_one", id="authorization-first"),
        pytest.param({"authorization": "  "}, None, id="blank"),
        pytest.param({}, None, id="none"),
    ],
)
def test_a_credential_is_taken(headers: dict[str, str], expected: str | None) -> None:
    assert token(headers) == expected


def test_another_scheme_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        token({"authorization": "Basic YTpi"})


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param("Contract%20of%20July", "Contract of July", id="percent-encoded"),
        pytest.param("plain words", "plain words", id="plain"),
        pytest.param("a+b", "a+b", id="a-plus-is-a-plus"),
        pytest.param("%20%20", None, id="blank"),
        pytest.param("gr%C3%BCn", "grün", id="utf-8"),
    ],
)
def test_a_reason_is_read(sent: str, expected: str | None) -> None:
    assert reason({"x-change-reason": sent}) == expected


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param("%FF", id="not-utf-8"),
        pytest.param("a%00b", id="a-control-character"),
        pytest.param("x" * 1001, id="too-long"),
        pytest.param("because sk-0123456789abcdef", id="a-credential"),
    ],
)
def test_a_reason_is_refused(sent: str) -> None:
    with pytest.raises(InvalidRequest, match="X-Change-Reason"):
        reason({"x-change-reason": sent})
