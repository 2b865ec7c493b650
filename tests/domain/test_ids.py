"""One identity, many spellings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.ids import from_ulid, ulid, uuid7

_instants = st.datetimes(datetime(1970, 1, 1), datetime(2500, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  made aware
_random = st.binary(min_size=8, max_size=8)


@given(st.uuids())
def test_every_identity_survives_both_spellings(value: UUID) -> None:
    assert from_ulid(ulid(value)) == value
    assert UUID(hex=value.hex) == value


@given(st.uuids(), st.uuids())
def test_a_ulid_sorts_as_its_identity_does(one: UUID, other: UUID) -> None:
    assert (ulid(one) < ulid(other)) == (one < other)


@given(st.text(alphabet="0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26))
def test_a_ulid_is_spelled_in_one_way(text: str) -> None:
    value = from_ulid(text)
    assert value is None if text[0] > "7" else value is not None and ulid(value) == text


@pytest.mark.parametrize(
    "text",
    ["", "0" * 25, "0" * 27, "8" + "Z" * 25, "0" * 25 + "I", "0" * 25 + "a", "0" * 25 + "\n", "٣" * 26],
    ids=["empty", "short", "long", "129 bits", "no digit", "lower case", "line end", "foreign digits"],
)
def test_what_spells_nothing_is_nothing(text: str) -> None:
    assert from_ulid(text) is None


def test_the_published_example_is_spelled_as_published() -> None:
    """Source: the ULID specification's example, in both spellings."""
    assert from_ulid("01ARZ3NDEKTSV4RRFFQ69G5FAV") == UUID("01563e3a-b5d3-d676-4c61-efb99302bd5b")


@given(_instants, _random)
def test_an_identity_tells_its_version_and_instant(at: datetime, randomness: bytes) -> None:
    value = uuid7(at, randomness)
    assert (value.version, value.variant) == (7, "specified in RFC 4122")
    assert value.int >> 80 == (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@given(_instants, st.integers(1, 10**12), _random, _random)
def test_later_identities_sort_later(at: datetime, micros: int, first: bytes, second: bytes) -> None:
    assert uuid7(at, first) < uuid7(at + timedelta(microseconds=micros), second)


@given(_instants, st.sets(_random, min_size=2, max_size=50))
def test_identities_of_one_instant_differ(at: datetime, randomness: set[bytes]) -> None:
    kept = {int.from_bytes(one, "big") & ((1 << 62) - 1) for one in randomness}
    assert len({uuid7(at, one) for one in randomness}) == len(kept)
