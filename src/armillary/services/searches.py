"""Searches through models as assemblies: a page, how many there are, and what they can be narrowed by.

Source: contracts/artifacts.md, 2.2, and its decisions 14 to 17.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from armillary.domain.access import Principal
from armillary.domain.assemblies import Kind, Record, Slot
from armillary.domain.assembly_listings import (
    MOST_FILTERED,
    AssemblyQuery,
    FacetQuery,
    Facets,
    Found,
    SearchPage,
)
from armillary.domain.errors import InvalidRequest
from armillary.services.pages import LONGEST
from armillary.services.search_memory import LONGEST_KEPT, SearchMemory
from armillary.services.wiring import Wiring
from armillary.storage import agents, facets, links
from armillary.storage import assembly_listings as store
from armillary.storage.assembly_listings import Engine, Key, Place
from armillary.storage.database import Reading
from armillary.storage.rows import folded


async def models(
    wiring: Wiring, caller: Principal, query: AssemblyQuery, narrowed: FacetQuery, *, at: datetime
) -> SearchPage:
    """One page of the workspace's models, whoever may see or change them (contracts/artifacts.md, decision 16).

    A page that begins where another of the same caller and question ended goes on behind its last model, whatever was
    written since: nothing is shown twice, and nothing that was there all the time is left out.

    Args:
        wiring: where they are.
        caller: in whose workspace.
        query: which of them.
        narrowed: what the facets' options are narrowed by.
        at: when.

    Raises: PermissionDenied, InvalidRequest (``providers``, ``departments``, ``agents``).
    """
    caller.require("models:read")
    query, asked = _checked(query), _digest(query)
    memory, reader = wiring.searches, (caller.profile, caller.workspace, asked)
    async with wiring.db.reading() as reading:
        search = _Search(reading, wiring.db.kind, memory, await store.place(reading, caller.workspace))
        total = await search.total(query, asked)
        after = memory.bookmarks.after(reader, query.offset, at=at)
        items = await search.page(query, asked, total, after)
        options = await search.facets(narrowed)
    if items:
        last = items[-1].record.model
        memory.bookmarks.keep(reader, query.offset + len(items), Key(last.name, last.id), at=at)
    return SearchPage(items=items, total=total, facets=options)


def _checked(query: AssemblyQuery) -> AssemblyQuery:
    for name in ("providers", "departments", "agents"):
        if len(getattr(query, name)) > MOST_FILTERED:
            raise InvalidRequest(name, f"names at most {MOST_FILTERED} of them")
    if query.offset < 0:
        raise InvalidRequest("offset", "is not negative")
    return replace(query, limit=min(query.limit, LONGEST - 1))


def _digest(query: AssemblyQuery) -> bytes:
    """The same for all pages of one question."""
    question = (folded(query.text), sorted(query.providers), sorted(query.departments), sorted(query.agents))
    return blake2b(repr(question).encode(errors="backslashreplace"), digest_size=16).digest()


def _narrowing(query: FacetQuery) -> bytes:
    """The same for all that is narrowed alike."""
    question = (folded(query.provider), folded(query.department), folded(query.agent))
    return blake2b(repr(question).encode(errors="backslashreplace"), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class _Search:
    """One view of a workspace, and what is remembered of it: what still holds is not asked again."""

    reading: Reading
    engine: Engine
    memory: SearchMemory
    place: Place

    async def total(self, query: AssemblyQuery, asked: bytes) -> int:
        known = self.memory.totals.find(self.place, asked)
        if known is not None:
            return known
        total = await store.count(self.reading, self.engine, self.place, query)
        return self.memory.totals.keep(self.place, asked, total)

    async def page(self, query: AssemblyQuery, asked: bytes, total: int, after: Key | None) -> tuple[Found, ...]:
        question = (asked, query.limit, query.offset if after is None else after)
        known = self.memory.pages.find(self.place, question)
        if known is not None:
            return known
        found = await store.page(self.reading, self.engine, self.place, query, total=total, after=after)
        items = await _completed(self.reading, self.place, found)
        return items if len(items) > LONGEST_KEPT else self.memory.pages.keep(self.place, question, items)

    async def facets(self, narrowed: FacetQuery) -> Facets:
        question = _narrowing(narrowed)
        known = self.memory.facets.find(self.place, question)
        if known is not None:
            return known
        options = await facets.facets(self.reading, self.engine, self.place.workspace, narrowed)
        return self.memory.facets.keep(self.place, question, options)


async def _completed(reading: Reading, place: Place, found: Sequence[Record]) -> tuple[Found, ...]:
    ids = [one.model.id for one in found]
    if not ids:
        return ()
    belonging = await links.of_owners(reading, Kind.MODEL, place.workspace, ids, [Slot.DEPARTMENTS])
    used = await agents.uses(reading, place.workspace, ids)
    return tuple(
        Found(
            record=one,
            departments=tuple(belonging.get(one.model.id, {}).get(Slot.DEPARTMENTS, ())),
            uses=used.get(one.model.id, 0),
        )
        for one in found
    )
