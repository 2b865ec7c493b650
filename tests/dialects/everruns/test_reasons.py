"""Change reasons, as the header carries them."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects.everruns.reasons import HEADER, InvalidChangeReason, looks_secret, reason


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param("", None, id="empty"),
        pytest.param("%20%0A ", None, id="blank"),
        pytest.param("plain", "plain", id="plain"),
        pytest.param("%20trimmed%20", "trimmed", id="trimmed"),
        pytest.param("a%2Bb+c", "a+b+c", id="a-plus-is-a-plus"),
        pytest.param("zu%20gro%C3%9F%20%E2%9C%93", "zu groß ✓", id="utf-8"),
        pytest.param("line%0Aand%09tab", "line\nand\ttab", id="newline-and-tab"),
        pytest.param("100%", "100%", id="a-bare-per-cent-sign"),
    ],
)
def test_what_is_recorded(raw: str, expected: str | None) -> None:
    assert reason({HEADER: raw}) == expected


def test_no_header_is_no_reason() -> None:
    assert reason({}) is None


_SPOKEN = st.text(st.characters(whitelist_categories=("L", "P", "Zs")), max_size=1000).map(str.strip)


@given(_SPOKEN.filter(lambda text: not looks_secret(text)))
def test_what_a_client_encodes_is_what_is_recorded(text: str) -> None:
    assert reason({HEADER: quote(text, safe="", encoding="utf-8")}) == (text or None)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("x" * 1001, id="too-long"),
        pytest.param("a%00b", id="null"),
        pytest.param("a%0Db", id="carriage-return"),
        pytest.param("a%1Bb", id="escape"),
        pytest.param("a%7Fb", id="delete"),
        pytest.param("a%C2%85b", id="c1"),
        pytest.param("%FF", id="no-utf-8"),
        pytest.param("key%20evr_pat_1234567890", id="everruns-token"),
        pytest.param("key%20sk-proj-abcdefghij", id="openai-key"),
        pytest.param("used%20Bearer%20abcdefghijklmnop", id="authorization"),
        pytest.param("-----BEGIN%20RSA%20PRIVATE%20KEY-----", id="private-key"),
        pytest.param("see%200a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T", id="long-run"),
    ],
)
def test_what_is_refused(raw: str) -> None:
    with pytest.raises(InvalidChangeReason) as caught:
        reason({HEADER: raw})
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize(
    "text",
    [
        "replaces model_019df670b5af7db7a5685a4ad18a5001",
        "see 019df670-b5af-7db7-a568-5a4ad18a5001",
        "rolled back to 9b3dd5303e6d54d0d6dd1b34a9ad2f6d7c2c8e11",
        "https://tracker.example/projects/armillary/issues/1234-a-slug-that-goes-on-for-quite-a-while",
        "task-sk-1 is done; risk-free",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    ],
)
def test_what_only_looks_long_passes(text: str) -> None:
    assert reason({HEADER: quote(text)}) == text
