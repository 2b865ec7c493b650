from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from armillary.storage import columns

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_is_kept_to_the_microsecond(at: datetime) -> None:
    assert columns.moment(columns.instant(at)) == at


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_instants_sort_as_their_integers(one: datetime, other: datetime) -> None:
    assert (columns.instant(one) < columns.instant(other)) == (one < other)


def test_an_instant_is_the_same_in_every_zone() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert columns.instant(at.astimezone(timezone(timedelta(hours=5)))) == columns.instant(at)


@given(JSON)
def test_a_document_is_kept(document: object) -> None:
    assert columns.unpacked(columns.packed(document)) == document


def test_equal_documents_are_equal_texts() -> None:
    assert columns.packed({"b": 1, "a": {"d": [1], "c": None}}) == '{"a":{"c":null,"d":[1]},"b":1}'


@given(st.uuids())
def test_an_id_is_kept(identity: UUID) -> None:
    assert columns.optional_identity(columns.optional_hex(identity)) == identity


def test_nothing_stays_nothing() -> None:
    each = (
        columns.optional_instant(None),
        columns.optional_moment(None),
        columns.optional_packed(None),
        columns.optional_unpacked(None),
        columns.optional_identity(None),
        columns.optional_hex(None),
    )
    assert each == (None,) * 6
