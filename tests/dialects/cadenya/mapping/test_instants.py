"""Instants have 3 or 6 fraction digits, which every client reads."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects.cadenya.mapping.instants import instant

_OFFSETS = st.integers(-720, 720).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1), timezones=_OFFSETS))  # noqa: DTZ001  bounds without a zone, as asked
def test_an_instant_is_read_again_to_the_microsecond(at: datetime) -> None:
    text = instant(at)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d{3}|\d{6})Z", text)
    assert datetime.fromisoformat(text) == at


def test_milliseconds_where_there_is_nothing_below() -> None:
    assert instant(datetime(2026, 5, 17, 6, 40, tzinfo=UTC)) == "2026-05-17T06:40:00.000Z"
    assert instant(datetime(2026, 5, 17, 6, 40, 0, 1, tzinfo=UTC)) == "2026-05-17T06:40:00.000001Z"
