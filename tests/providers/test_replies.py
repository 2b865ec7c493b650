"""Bodies as they arrive, within bounds."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.providers.replies import Body, BodyRefused

_LIMIT = 1000


def _read(sent: bytes, encoding: str, *, piece: int, limit: int = _LIMIT) -> bytes:
    body = Body(encoding, limit)
    for start in range(0, len(sent), piece):
        body.feed(sent[start : start + piece])
    return body.finish()


@given(st.binary(max_size=500), st.integers(1, 50), st.sampled_from(["gzip", "GZip", "x-gzip"]))
def test_gzip_comes_out_as_it_went_in(plain: bytes, piece: int, encoding: str) -> None:
    assert _read(gzip.compress(plain), encoding, piece=piece) == plain


@given(st.lists(st.binary(max_size=100), max_size=4), st.integers(1, 50))
def test_members_follow_one_another(parts: list[bytes], piece: int) -> None:
    sent = b"".join(gzip.compress(part) for part in parts)
    assert _read(sent, "gzip", piece=piece) == b"".join(parts)


@given(st.integers(_LIMIT - 2, _LIMIT + 2), st.sampled_from(["", "identity", "gzip"]), st.integers(1, 3000))
def test_the_limit_counts_what_comes_out(size: int, encoding: str, piece: int) -> None:
    plain = bytes(size)
    sent = gzip.compress(plain) if encoding == "gzip" else plain
    if size > _LIMIT:
        with pytest.raises(BodyRefused, match="larger than 1000 bytes"):
            _read(sent, encoding, piece=piece)
    else:
        assert _read(sent, encoding, piece=piece) == plain


def test_a_bomb_is_not_unpacked_further_than_allowed() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    body = Body("gzip", 100_000)
    tracemalloc.start()
    with pytest.raises(BodyRefused, match="larger"):
        body.feed(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_empty_members_without_end_are_bounded() -> None:
    with pytest.raises(BodyRefused, match="larger"):
        _read(gzip.compress(b"") * 100, "gzip", piece=64)


@given(st.binary(min_size=1, max_size=60))
def test_what_is_no_gzip_is_refused(sent: bytes) -> None:
    with pytest.raises(BodyRefused):
        _read(sent, "gzip", piece=7)


def test_gzip_that_ends_too_early_is_refused() -> None:
    with pytest.raises(BodyRefused, match="broke off"):
        _read(gzip.compress(b"plain")[:-3], "gzip", piece=64)


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "compress", "gzip, gzip", "*"])
def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(BodyRefused, match="not asked for"):
        Body(encoding, _LIMIT)


def test_zlib_under_the_name_of_gzip_is_refused() -> None:
    with pytest.raises(BodyRefused, match="not the gzip"):
        _read(zlib.compress(b"plain"), "gzip", piece=64)
