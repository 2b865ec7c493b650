"""Pages and facets of listings. Source: contracts/artifacts.md, 2.2, with its decisions 6 and 14."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from armillary.dialects.artifacts.schemas import filters as wire
from armillary.domain.assembly_listings import Option as ModelOption
from armillary.domain.facets import Option

_PAGE = 12


def page_size(stated: int | None) -> int:
    """How many rows a page has: null and 0 stand for the default, and a negative page is empty."""
    return max(stated or _PAGE, 0)


def filter_section(
    options: Iterable[Option | ModelOption], selected: Sequence[UUID | str] | None, search: str | None
) -> wire.FilterSection:
    """A facet, with what the request said of it: null where it chose nothing."""
    return wire.FilterSection(
        options=[wire.FilterOption(id=str(one.id), name=one.name, count=one.count) for one in options],
        selected_ids=[str(one) for one in selected] if selected else None,
        search=search,
    )
