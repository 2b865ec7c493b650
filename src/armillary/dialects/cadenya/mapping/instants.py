"""Instants on the wire: RFC 3339 in UTC with 3 or 6 fraction digits.

Python 3.9 and 3.10 read no other count. Source: contracts/cadenya.md, 1.4.
"""

from __future__ import annotations

from datetime import UTC, datetime


def instant(at: datetime) -> str:
    """The instant, to the microsecond where it has any below the millisecond."""
    moment = at.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds" if moment.microsecond % 1000 else "milliseconds") + "Z"
