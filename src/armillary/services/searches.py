"""Searches through models as assemblies: a page, how many there are, and what they can be narrowed by.

Source: contracts/artifacts.md, 2.2, and its decisions 14 to 17.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
from armillary.services.search_memory import SearchMemory
from armillary.services.wiring import Wiring
from armillary.storage import agents, facets, links
from armillary.storage import assembly_listings as store
from armillary.storage.assembly_listings import Key, Place
from armillary.storage.database import Database, Reading
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
        place = await store.place(reading, caller.workspace)
        total = await _total(reading, wiring.db, memory, place, query, asked)
        after = memory.bookmarks.after(reader, query.offset, at=at)
        found = await store.page(reading, wiring.db.kind, place, query, total=total, after=after)
        items = await _completed(reading, place, found)
        options = await _facets(reading, wiring.db, memory, place, narrowed)
    if found:
        last = Key(found[-1].model.name, found[-1].model.id)
        memory.bookmarks.keep(reader, query.offset + len(found), last, at=at)
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


async def _total(  # noqa: PLR0913, PLR0917  what it hangs on
    reading: Reading, db: Database, memory: SearchMemory, place: Place, query: AssemblyQuery, asked: bytes
) -> int:
    known = memory.totals.find((place.workspace, asked))
    if known is not None and known[0] == place.revision:
        return known[1]
    total = await store.count(reading, db.kind, place, query)
    memory.totals.keep((place.workspace, asked), (place.revision, total))
    return total


async def _facets(reading: Reading, db: Database, memory: SearchMemory, place: Place, narrowed: FacetQuery) -> Facets:
    question = repr((folded(narrowed.provider), folded(narrowed.department), folded(narrowed.agent)))
    asked = blake2b(question.encode(errors="backslashreplace"), digest_size=16).digest()
    known = memory.facets.find((place.workspace, asked))
    if known is not None and known[0] == place.revision:
        return known[1]
    options = await facets.facets(reading, db.kind, place.workspace, narrowed)
    memory.facets.keep((place.workspace, asked), (place.revision, options))
    return options


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
