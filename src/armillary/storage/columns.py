"""How values stand in columns that both databases have: the same text and integers on either."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PACKER = msgspec.json.Encoder(order="sorted")


def instant(at: datetime) -> int:
    """The instant in microseconds since 1970, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """The instant of so many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def packed(document: Any) -> str:  # noqa: ANN401  any JSON document
    """The document as compact JSON, its keys sorted: equal documents are equal texts."""
    return _PACKER.encode(document).decode()


def unpacked(text: str) -> Any:  # noqa: ANN401  any JSON document
    """The document of a text."""
    return msgspec.json.decode(text)


def identity(digits: str) -> UUID:
    """The id of 32 hex digits."""
    return UUID(hex=digits)


def optional_instant(at: datetime | None) -> int | None:
    """As ``instant``; None where there is none."""
    return None if at is None else instant(at)


def optional_moment(micros: int | None) -> datetime | None:
    """As ``moment``; None where there is none."""
    return None if micros is None else moment(micros)


def optional_packed(document: Any) -> str | None:  # noqa: ANN401  any JSON document
    """As ``packed``; None where there is none."""
    return None if document is None else packed(document)


def optional_unpacked(text: str | None) -> Any:  # noqa: ANN401  any JSON document
    """As ``unpacked``; None where there is none."""
    return None if text is None else unpacked(text)


def optional_identity(digits: str | None) -> UUID | None:
    """As ``identity``; None where there is none."""
    return None if digits is None else identity(digits)


def optional_hex(value: UUID | None) -> str | None:
    """The 32 hex digits of an id; None where there is none."""
    return None if value is None else value.hex
