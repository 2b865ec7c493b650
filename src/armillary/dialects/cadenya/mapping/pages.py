"""Pages: how much to show, in which order, from where on; and the labels that a list is filtered by.

Source: contracts/cadenya.md, 1.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from armillary.dialects._kit import cursors
from armillary.dialects.cadenya.schemas.lists import ListQuery, Pagination
from armillary.domain.errors import InvalidRequest

DEFAULT_LIMIT = 50
MOST = 200
_ORDERS = {"": True, "desc": True, "asc": False}
_LARGEST = 2**62

Filters = Mapping[str, object]


def limit(asked: int) -> int:
    """How many to show: the default where nothing sensible is asked, never more than the most."""
    return min(asked, MOST) if asked > 0 else DEFAULT_LIMIT


def newest_first(sort_order: str) -> bool:
    """Whether a page begins with what was created last. Raises: InvalidRequest (``sort_order``)."""
    order = _ORDERS.get(sort_order.lower())
    if order is None:
        raise InvalidRequest("sort_order", "must be asc or desc")
    return order


def filters(query: ListQuery, *within: object) -> Filters:
    """What a cursor is bound to: the list (``within``) and everything asked but where and how much."""
    unbound = {"limit", "cursor", "include_info"}
    asked = {name: getattr(query, name) for name in query.__struct_fields__ if name not in unbound}
    if "sort_order" in asked:
        asked["sort_order"] = newest_first(asked["sort_order"])
    return {**asked, "within": within}


def number_after(query: ListQuery, bound: Filters) -> int | None:
    """The number that the page comes after; None for the first page. Raises: InvalidRequest (``cursor``)."""
    if not query.cursor:
        return None
    position = cursors.position(query.cursor, bound, int)
    if not 0 <= position <= _LARGEST:
        raise InvalidRequest("cursor", "is not a cursor of this list")
    return position


def id_after(query: ListQuery, bound: Filters) -> UUID | None:
    """The id that the page comes after; None for the first page. Raises: InvalidRequest (``cursor``)."""
    if not query.cursor:
        return None
    position = cursors.position(query.cursor, bound, str)
    try:
        return UUID(hex=position)
    except ValueError as exc:
        raise InvalidRequest("cursor", "is not a cursor of this list") from exc


def pagination(last: int | UUID | None, bound: Filters) -> Pagination:
    """How to go on after ``last``; None where nothing follows."""
    if last is None:
        return Pagination(next_cursor="", next_cursor_of_old="")
    text = cursors.cursor(last.hex if isinstance(last, UUID) else last, bound)
    return Pagination(next_cursor=text, next_cursor_of_old=text)


def labels(text: str) -> dict[str, str]:
    """The labels that a resource must all have: ``k1=v1,k2=v2``, split at the first ``=``.

    Raises: InvalidRequest (``labels``).
    """
    if not text:
        return {}
    wanted: dict[str, str] = {}
    for pair in text.split(","):
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise InvalidRequest("labels", "must be pairs such as env=prod,team=ai")
        if wanted.setdefault(key, value) != value:
            raise InvalidRequest("labels", "names a key twice with different values, which nothing can match")
    return wanted
