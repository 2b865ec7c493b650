"""Ids: a kind's prefix and 32 hex digits out, any spelling in.

The 128 bits are the same in every dialect (design.md, "One truth"), so whatever another dialect showed can be pasted
here: `model_` + hex, `mod_` + hex, `model_` + ULID, a hyphenated UUID with or without a prefix.
"""

from __future__ import annotations

import re
from typing import Literal
from uuid import UUID

from armillary.dialects._kit.refusals import Misplaced
from armillary.domain.ids import from_ulid

Kind = Literal["model", "provider", "workspace", "key", "profile", "account", "change", "draft"]

#: kind -> the prefixes that are understood, the first of which is ours; the rest are other dialects' (contracts/
#: everruns.md, 1.5, and contracts/cadenya.md, 1.3).
PREFIXES: dict[Kind, tuple[str, ...]] = {
    "model": ("model", "mod"),
    "provider": ("provider", "prov", "aipk"),
    "workspace": ("workspace", "org"),
    "key": ("key", "apikey"),
    "profile": ("profile",),
    "account": ("account",),
    "change": ("change",),
    "draft": ("draft",),
}
#: What the domain calls a kind of entity -> what its ids are called here.
_OF_ENTITY: dict[str, Kind] = {"api_key": "key", "member": "profile"}
_HEX = re.compile(r"[0-9a-fA-F]{32}")
_DASHED = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def spelled(kind: Kind, value: UUID) -> str:
    """The id as this API spells it."""
    return f"{PREFIXES[kind][0]}_{value.hex}"


def optional(kind: Kind, value: UUID | None) -> str | None:
    """The id as this API spells it; None for none."""
    return None if value is None else spelled(kind, value)


def entity(kind: str, value: UUID) -> str:
    """The id of an entity, by the domain's word for its kind; words to come are their own prefix."""
    known = _OF_ENTITY.get(kind, kind)
    return f"{known}_{value.hex}"


def read(kind: Kind, text: str, field: str) -> UUID:
    """The id that a text spells. Raises: Misplaced (``field``) for another kind's prefix or a text that spells none."""
    return _read(text, PREFIXES[kind], field, f"{PREFIXES[kind][0]}_")


def read_any(text: str, field: str) -> UUID:
    """The id that a text spells, of whatever kind. Raises: Misplaced (``field``)."""
    return _read(
        text, tuple(prefix for prefixes in PREFIXES.values() for prefix in prefixes), field, "a prefix such as model_"
    )


def _read(text: str, prefixes: tuple[str, ...], field: str, usual: str) -> UUID:
    prefix, underscore, digits = text.rpartition("_")
    value = bare(digits)
    if value is None or (underscore and prefix not in prefixes):
        raise Misplaced(field, f"is an id: {usual} and 32 hex digits")
    return value


def bare(digits: str) -> UUID | None:
    """The UUID that hex digits, a hyphenated UUID or a ULID spell; None where they spell none."""
    if _HEX.fullmatch(digits) or _DASHED.fullmatch(digits):
        return UUID(digits)
    return from_ulid(digits)
