"""Pages of a list, and where the next and the one before are. Source: contracts/everruns.md, 1.7."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from msgspec import UNSET, UnsetType

DEFAULT_LIMIT = 20
MOST = 100
#: An offset beyond every list: more digits say no more.
_FURTHEST = 2**31 - 1
_OWN = frozenset({"offset", "limit"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What part of a list is asked for."""

    offset: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Where the pages beside this one are; UNSET where there are none."""

    next_url: str | UnsetType = UNSET
    prev_url: str | UnsetType = UNSET


def page(offset: int | UnsetType, limit: int | UnsetType) -> Page | None:
    """The page that is asked for, within its bounds; None where all of the list is."""
    if offset is UNSET and limit is UNSET:
        return None
    first = 0 if isinstance(offset, UnsetType) else offset
    asked = DEFAULT_LIMIT if isinstance(limit, UnsetType) else limit
    return Page(offset=min(first, _FURTHEST), limit=max(1, min(asked, MOST)))


def neighbours(url: str, pairs: list[tuple[str, str]], page: Page, total: int) -> Neighbours:
    """Where the pages beside ``page`` are.

    Args:
        url: of the list, absolute.
        pairs: its query, decoded, in order.
        page: the one that is shown.
        total: how many rows the list has.
    """
    others = [pair for pair in pairs if pair[0] not in _OWN]
    after, before = page.offset + page.limit, max(0, page.offset - page.limit)
    return Neighbours(
        next_url=_at(url, others, after, page.limit) if after < total else UNSET,
        prev_url=_at(url, others, before, page.limit) if page.offset > 0 else UNSET,
    )


def _at(url: str, pairs: list[tuple[str, str]], offset: int, limit: int) -> str:
    return f"{url}?{urlencode([*pairs, ('offset', offset), ('limit', limit)])}"
