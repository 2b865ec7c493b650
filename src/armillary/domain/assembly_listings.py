"""What a list of assemblies is asked for, and what it answers: rows to skip, rows to show, facets beside them.

Source: contracts/artifacts.md, 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from armillary.domain.assemblies import Record

#: How many options a facet shows at most.
MOST_OPTIONS = 100
#: How many ids one filter may name.
MOST_FILTERED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblyQuery:
    """Which models to show, by name in the order of code points, then by id.

    All conditions hold together; of one that names several, any. An empty one is none.

    Args:
        text: case-insensitive part of the name or the description, taken literally.
        providers: the model uses one of these.
        departments: the model belongs to one of these.
        agents: one of these uses the model.
        limit: how many to show; none where it is below 1.
        offset: how many to skip.
    """

    text: str = ""
    providers: tuple[UUID, ...] = ()
    departments: tuple[UUID, ...] = ()
    agents: tuple[UUID, ...] = ()
    limit: int = 12
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetQuery:
    """What narrows the options of each facet: a case-insensitive part of a name, or of a description."""

    provider: str = ""
    department: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """Something to filter by, and how many models it leaves."""

    id: UUID
    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """The options of each filter, by name; whatever else the list is asked for leaves them as they are."""

    providers: tuple[Option, ...]
    departments: tuple[Option, ...]
    agents: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A model of the list, the departments that it belongs to, in order, and how many active agents use it."""

    record: Record
    departments: tuple[UUID, ...] = ()
    uses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One page, and how many models there are on all pages."""

    items: tuple[Found, ...]
    total: int
    facets: Facets
