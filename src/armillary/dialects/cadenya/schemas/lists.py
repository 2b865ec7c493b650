"""What every list takes and answers. Source: contracts/cadenya.md, 1.5."""

from __future__ import annotations

import msgspec

from armillary.dialects.cadenya.schemas.base import Query, Reply


class ListQuery(Query):
    """Where to begin and how much to show; 0 is the default limit, which is 50, and 200 the most."""

    limit: int = 0
    cursor: str = ""


class SortedQuery(ListQuery):
    """Likewise, in the order of creation: ``asc`` or ``desc``, which is the default."""

    sort_order: str = ""


class FilteredQuery(SortedQuery):
    """Likewise, with the filters that most lists have; they all hold together.

    ``labels`` is ``k1=v1,k2=v2``; ``includeInfo`` fills each item's ``info``.
    """

    prefix: str = ""
    query: str = ""
    labels: str = ""
    include_info: bool = False


class InfoQuery(Query):
    """Whether to fill ``info``."""

    include_info: bool = True


class Pagination(Reply):
    """How to go on: the same cursor under the name of either generation, empty on the last page."""

    next_cursor: str
    next_cursor_of_old: str = msgspec.field(name="next_cursor")
