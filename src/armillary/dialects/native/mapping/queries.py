"""What the queries of all lists share: filters by label, and the cursors that a page ends with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from armillary.dialects._kit import cursors
from armillary.dialects._kit.refusals import Misplaced
from armillary.dialects.native.mapping import ids

_PAGING = frozenset({"limit", "cursor"})


class Identified(Protocol):
    """Whatever has an id."""

    @property
    def id(self) -> UUID:
        """Its id."""
        ...


def filters(query: Any) -> dict[str, object]:  # noqa: ANN401  any of the queries that page
    """What a cursor is bound to: everything that is asked but the page itself."""
    return {name: getattr(query, name) for name in query.__struct_fields__ if name not in _PAGING}


def label_filter(pairs: Sequence[str]) -> dict[str, str]:
    """The labels that ``key:value`` pairs ask for. Raises: Misplaced (``label``)."""
    labels: dict[str, str] = {}
    for pair in pairs:
        key, colon, value = pair.partition(":")
        if not (key and colon) or labels.get(key, value) != value:
            raise Misplaced("label", "is key:value, each key once")
        labels[key] = value
    return labels


def after_number(query: Any) -> int | None:  # noqa: ANN401  as above
    """The place in an order after which the page begins; None for the first. Raises: InvalidRequest (``cursor``)."""
    return cursors.position(query.cursor, filters(query), int) if query.cursor else None


def after_id(query: Any) -> UUID | None:  # noqa: ANN401  as above
    """The id after which the page begins; None for the first. Raises: InvalidRequest, Misplaced (``cursor``)."""
    if not query.cursor:
        return None
    value = ids.bare(cursors.position(query.cursor, filters(query), str))
    if value is None:
        raise Misplaced("cursor", "is not a cursor of this list: begin again without it")
    return value


def next_cursor(place: UUID | int | None, query: Any) -> str | None:  # noqa: ANN401  as above
    """The cursor after a place in the list that the query describes; None after the last page."""
    if place is None:
        return None
    return cursors.cursor(place.hex if isinstance(place, UUID) else place, filters(query))


def next_of(found: Sequence[Identified], query: Any) -> str | None:  # noqa: ANN401  as above
    """The next cursor, of a page that was asked with one more than it shows."""
    return next_cursor(found[query.limit - 1].id, query) if len(found) > query.limit else None
