from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from armillary.dialects._kit.calls import Call
from armillary.dialects.artifacts.mapping.provenance import mcp


@pytest.mark.parametrize("value", ["true", "TRUE", "1", " yes ", "Yes"])
def test_a_tool_protocol_client_says_so(value: str) -> None:
    assert mcp(cast("Call", SimpleNamespace(headers={"x-mcp": value})))


@pytest.mark.parametrize("headers", [{}, {"x-mcp": ""}, {"x-mcp": "false"}, {"x-mcp": "0"}, {"x-mcp": "on"}])
def test_any_other_word_is_no(headers: dict[str, str]) -> None:
    assert not mcp(cast("Call", SimpleNamespace(headers=headers)))
