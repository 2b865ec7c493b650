"""API tokens and what is kept of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.storage.digests import digest, is_minted, mint_token, new_pepper

_RANDOM = st.binary(min_size=32, max_size=32)


@given(_RANDOM)
def test_token_has_the_prefix_and_a_fixed_length(randomness: bytes) -> None:
    assert re.fullmatch(r"arm_[0-9A-Za-z]{49}", mint_token(randomness=randomness))


@given(_RANDOM, _RANDOM)
def test_different_randomness_gives_different_tokens(one: bytes, other: bytes) -> None:
    assert (mint_token(randomness=one) == mint_token(randomness=other)) is (one == other)


@given(_RANDOM)
def test_minted_token_is_recognised(randomness: bytes) -> None:
    assert is_minted(mint_token(randomness=randomness))


@given(_RANDOM, st.integers(0, 52), st.sampled_from("0Az_ é\ud800"))
def test_one_wrong_character_is_noticed(randomness: bytes, place: int, wrong: str) -> None:
    token = mint_token(randomness=randomness)
    typed = token[:place] + wrong + token[place + 1 :]
    assert is_minted(typed) is (typed == token)


@given(st.text())
def test_other_text_is_no_token(text: str) -> None:
    assert not is_minted(text)


def test_token_of_another_prefix_is_not_ours() -> None:
    token = mint_token(prefix="arx_")
    assert (is_minted(token), is_minted(token, prefix="arx_")) == (False, True)


def test_each_minted_token_is_new() -> None:
    assert len({mint_token() for _ in range(100)}) == 100


def test_too_little_randomness_is_refused() -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        mint_token(randomness=b"short")


def test_digest_never_changes() -> None:
    # frozen: every key in every database is found by this value
    assert digest("arm_token", bytes(32)) == ("b28e8165b40f99d976dd1c9c89b00bd8df6842d75a9bf4e8703fc374139162d4")


@given(st.text(), st.text())
def test_digests_tell_tokens_apart(one: str, other: str) -> None:
    pepper = bytes(32)
    assert (digest(one, pepper) == digest(other, pepper)) is (one == other)


def test_digest_depends_on_the_pepper() -> None:
    assert digest("arm_token", new_pepper()) != digest("arm_token", new_pepper())
