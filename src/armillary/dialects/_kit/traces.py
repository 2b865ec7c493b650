"""A trace: what is known of a request while it runs, from the app's edge to its last byte."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from armillary.dialects._kit.replies import ReplyKey

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(high + low for high in _DIGITS for low in _DIGITS)


@dataclass(slots=True)
class Trace:
    """One request: its id, when it began, and what it turned out to be."""

    request_id: str
    started: float = field(default_factory=time.perf_counter)
    dialect: str = "none"
    operation: str = "none"
    status: int = 0
    error: str = ""
    reply_key: ReplyKey | None = None


class RequestIds:
    """Request ids: ``req_`` and a ULID whose random part is this process's own, counted up.

    Source: contracts/u22a8.md, 1.6. A counter in place of fresh randomness keeps them unique at a tenth of the cost.
    """

    def __init__(self) -> None:
        own = int.from_bytes(os.urandom(5), "big")
        self._own = "".join(_PAIRS[(own >> shift) & 1023] for shift in (30, 20, 10, 0))
        self._count = int.from_bytes(os.urandom(3), "big")
        self._lock = threading.Lock()

    def mint(self) -> str:
        """A new id."""
        with self._lock:
            self._count = (self._count + 1) & 0xFFFFFFFFFF
            count = self._count
        millis = time.time_ns() // 1_000_000
        pairs = _PAIRS
        return (
            f"req_{pairs[millis >> 40 & 1023]}{pairs[millis >> 30 & 1023]}{pairs[millis >> 20 & 1023]}"
            f"{pairs[millis >> 10 & 1023]}{pairs[millis & 1023]}{self._own}"
            f"{pairs[count >> 30 & 1023]}{pairs[count >> 20 & 1023]}{pairs[count >> 10 & 1023]}{pairs[count & 1023]}"
        )
