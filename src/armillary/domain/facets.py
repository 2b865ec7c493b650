"""Facets: by what a listing may be narrowed, and how much each choice leaves. Source: contracts/artifacts.md, 2.2."""

from __future__ import annotations

from dataclasses import dataclass

#: How many choices a facet offers at most.
MOST_OPTIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice: its id, what it is called, and how many things of the listing it holds for."""

    id: str
    name: str
    count: int
