"""Opaque cursors: where a page ended, bound to the filters and the order that it was asked with."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from armillary.domain.errors import InvalidRequest

Position = TypeVar("Position", int, str)
_WRONG = "is not a cursor of this list with these filters: begin again without it"


def cursor(position: int | str, filters: Mapping[str, object]) -> str:
    """The cursor after ``position`` in the list that ``filters`` describe."""
    return urlsafe_b64encode(msgspec.msgpack.encode((position, _digest(filters)))).rstrip(b"=").decode()


def position(text: str, filters: Mapping[str, object], kind: type[Position]) -> Position:
    """Where the cursor points. Raises: InvalidRequest (``cursor``) where it belongs to another list."""
    try:
        packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        place, digest = msgspec.msgpack.decode(packed, type=tuple[kind, bytes])  # type: ignore[valid-type]  # a type at run time
    except ValueError as exc:
        raise InvalidRequest("cursor", _WRONG) from exc
    if digest != _digest(filters):
        raise InvalidRequest("cursor", _WRONG)
    return place


def _digest(filters: Mapping[str, object]) -> bytes:
    stated = sorted((name, repr(value)) for name, value in filters.items() if value is not None)
    return hashlib.blake2b(repr(stated).encode(), digest_size=6).digest()
