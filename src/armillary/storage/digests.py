"""API tokens as they are given out, and the digests that are kept of them."""

from __future__ import annotations

import hashlib
import secrets
import zlib

#: Told apart from other vendors' tokens by people and by secret scanners.
PREFIX = "arm_"
RANDOM_BYTES = 32
PEPPER_BYTES = 32
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#: 62 ** 43 > 2 ** 256, and 62 ** 6 > 2 ** 32.
_RANDOM_DIGITS = 43
_CHECK_DIGITS = 6


def mint_token(*, prefix: str = PREFIX, randomness: bytes | None = None) -> str:
    """A new token: prefix, 256 random bits in 43 digits of base 62, and 6 that check the rest.

    ``randomness`` is 32 bytes, taken from the system where it is None.
    """
    random = secrets.token_bytes(RANDOM_BYTES) if randomness is None else randomness
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a token needs {RANDOM_BYTES} random bytes")
    body = prefix + _base62(int.from_bytes(random, "big"), _RANDOM_DIGITS)
    return body + _check(body)


def is_minted(token: str, *, prefix: str = PREFIX) -> bool:
    """Whether the text is a token of ours, all its characters as they were given out.

    Tells a typing error before anything is looked up; it is no proof that the token opens something.
    """
    body, check = token[:-_CHECK_DIGITS], token[-_CHECK_DIGITS:]
    shaped = token.startswith(prefix) and len(body) == len(prefix) + _RANDOM_DIGITS
    return shaped and token.isascii() and check == _check(body)


def new_pepper() -> bytes:
    """The key of every digest of one database; it is stored sealed, so that a rotation of keys leaves it alone."""
    return secrets.token_bytes(PEPPER_BYTES)


def digest(token: str, pepper: bytes) -> str:
    """What is stored of a token: 64 hexadecimal digits from which it cannot be found again.

    One pass is enough, since the token holds 256 random bits; a slow digest is for what people think up.

    Source: RFC 7693 (BLAKE2b), keyed.
    """
    return hashlib.blake2b(token.encode("utf-8", "surrogatepass"), key=pepper, digest_size=32).hexdigest()


def _check(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECK_DIGITS)


def _base62(number: int, digits: int) -> str:
    found = []
    for _ in range(digits):
        number, digit = divmod(number, 62)
        found.append(_ALPHABET[digit])
    return "".join(reversed(found))
