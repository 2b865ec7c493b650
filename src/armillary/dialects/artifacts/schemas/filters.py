"""Facets: by what a listing may be narrowed. Source: contracts/artifacts.md, 2.2."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from armillary.dialects.artifacts.schemas.base import Reply

_LONGEST_SEARCH = 1024

#: A text to find: case does not matter, and every character stands for itself.
Search = Annotated[str, Meta(max_length=_LONGEST_SEARCH)]


class FilterOption(Reply, frozen=True, kw_only=True):
    """One thing to narrow by, and how many there are of it."""

    id: str | None
    name: str | None
    count: int | None
    hex_code: str | None = None
    value: str | None = None
    type: str | None = None


class FilterSection(Reply, frozen=True, kw_only=True):
    """What there is to narrow by, and what the request narrowed by."""

    options: list[FilterOption] | None
    selected_ids: list[str] | None
    search: str | None
