"""What comes back from outside, and how much of it is taken."""

from __future__ import annotations

import zlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long and how large one exchange may grow, redirects and all.

    Args:
        total_s: from the call to the last byte of the body.
        connect_s: name look-up, TCP and TLS, and the wait for a free connection.
        header_bytes: one header line; at most 128 of them are read.
        body_bytes: the body, as sent and as decompressed.
        redirects: how many are followed.
    """

    total_s: float = 30.0
    connect_s: float = 10.0
    header_bytes: int = 8190
    body_bytes: int = 16 * 1024 * 1024
    redirects: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an upstream answered.

    Args:
        body: decompressed; empty unless the status is 2xx, since nothing of an error's body may travel on.
        location: where a redirect points, as it was written.
    """

    status: int
    body: bytes = b""
    location: str | None = None


class BodyRefused(Exception):
    """The body is larger than allowed, or is not what its encoding says; the text finishes "the answer …"."""


class Body:
    """A body as it arrives: never larger than allowed, neither on the wire nor decompressed.

    Each piece is decompressed only as far as there is room, so a small piece cannot grow without bound
    before anybody looks.

    Args:
        encoding: the value of Content-Encoding.
        limit: bytes, counted as sent and again as decompressed.

    Raises: BodyRefused for an encoding that was not asked for.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        if encoding.lower() not in {"", "identity", "gzip", "x-gzip"}:
            raise BodyRefused("is in an encoding that was not asked for")
        self._inflate = _gzip() if "gzip" in encoding.lower() else None
        self._limit = limit
        self._sent = 0
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes) -> None:
        """Take one piece as it was sent. Raises: BodyRefused."""
        self._sent += len(piece)
        if self._sent > self._limit:
            raise BodyRefused(f"is larger than {self._limit} bytes")
        while piece:
            piece = self._take(piece)

    def finish(self) -> bytes:
        """The whole body. Raises: BodyRefused where it ends too early."""
        if self._inflate is not None and self._sent and not self._inflate.eof:
            raise BodyRefused("broke off in the middle")
        return b"".join(self._pieces)

    def _take(self, piece: bytes) -> bytes:
        """Keep what a piece holds; what it holds beyond the end of a gzip member comes back."""
        if self._inflate is None:
            self._keep(piece)
            return b""
        if self._inflate.eof:  # RFC 1952, 2.2: members may follow one another
            self._inflate = _gzip()
        try:
            self._keep(self._inflate.decompress(piece, self._limit - self._size + 1))
        except zlib.error:
            raise BodyRefused("is not the gzip that it says it is") from None
        return self._inflate.unused_data

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            raise BodyRefused(f"is larger than {self._limit} bytes")
        self._pieces.append(piece)


def _gzip() -> zlib._Decompress:
    return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
