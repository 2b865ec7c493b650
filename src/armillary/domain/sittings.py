"""Sittings: a profile's day at the editor, which drafts and uploads are told to come from.

Source: contracts/artifacts.md, 1.3: a session younger than a day is used again. So there is nothing to keep: the
sitting follows from who it is, and from the day.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from uuid import UUID


def sitting_of(profile: UUID, at: datetime) -> UUID:
    """The sitting of the profile on that day, UTC.

    Source: RFC 9562, 5.8: a UUID of version 8 holds what its maker likes, here a digest.
    """
    told = profile.bytes + at.astimezone(UTC).date().isoformat().encode()
    number = int.from_bytes(blake2b(told, digest_size=16).digest(), "big")
    number &= ~((0xF << 76) | (0b11 << 62))
    return UUID(int=number | (8 << 76) | (0b10 << 62))
