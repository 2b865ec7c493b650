"""How Everruns spells our ids. Source: contracts/everruns.md, 1.5."""

from __future__ import annotations

import re
from uuid import UUID

from armillary.domain.errors import InvalidRequest

ORGANIZATION, PROVIDER, MODEL = "org", "provider", "model"
#: What is accepted in place of a prefix, and never answered.
_ALIASES = {"mod": MODEL, "prov": PROVIDER, "sess": "session"}
_NAMES = {ORGANIZATION: "organization", PROVIDER: "provider", MODEL: "model"}
_DIGITS = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class InvalidId(InvalidRequest):
    """An id that is none of its kind, whether or not such a thing could exist."""


def wire_id(prefix: str, value: UUID) -> str:
    """The id as it is answered: ``model_`` and 32 lower-case digits."""
    return f"{prefix}_{value.hex}"


def read(prefix: str, text: str, *, field: str = "") -> UUID:
    """The id that a client sent, with or without hyphens, in either case, under an alias of its prefix.

    Raises: InvalidId (``field``, empty for one in the path).
    """
    given, _, digits = text.partition("_")
    if _ALIASES.get(given, given) != prefix or not _DIGITS.fullmatch(digits):
        raise InvalidId(field, f"Invalid {_NAMES[prefix]} ID")
    return UUID(digits)
