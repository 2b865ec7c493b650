"""One identity, many spellings: 128-bit UUIDv7, and the two alphabets that dialects spell it in.

Each dialect only encodes these bits (design.md, "One truth"): hexadecimal, hyphenated, or the 26 digits of
Crockford's base 32 that a ULID uses. What prefix stands before them is the dialect's business.
"""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_VALUE = {digit: value for value, digit in enumerate(_CROCKFORD)}


def uuid7(at: datetime, randomness: bytes) -> UUID:
    """The UUIDv7 of an instant and ten random bytes, of which 74 bits are kept.

    The first 12 random bits hold the microseconds within the millisecond, so that ids made in one process
    sort by time below the millisecond as well.

    Source: RFC 9562, sections 5.7 and 6.2 (method 3).
    """
    micros = int(at.timestamp()) * 1_000_000 + at.microsecond
    millis, rest = divmod(micros, 1000)
    fraction = rest * 4096 // 1000
    tail = int.from_bytes(randomness[:8], "big") & ((1 << 62) - 1)
    return UUID(int=(millis << 80) | (7 << 76) | (fraction << 64) | (0b10 << 62) | tail)


def ulid(value: UUID) -> str:
    """The same 128 bits as 26 upper-case Crockford digits.

    Source: the ULID specification, "Encoding"; the first digit holds the top 3 bits.
    """
    number = value.int
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def from_ulid(text: str) -> UUID | None:
    """The UUID that 26 upper-case Crockford digits spell, or None where they spell none."""
    if not _ULID.fullmatch(text):
        return None
    number = 0
    for digit in text:
        number = number << 5 | _VALUE[digit]
    return UUID(int=number)
