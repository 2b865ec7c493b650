"""Providers and departments as what forms link: read and found. Source: contracts/artifacts.md, 3.2."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assemblies import Kind, LinkedRow, Slot
from armillary.domain.departments import Department
from armillary.domain.linkable import LinkableQuery
from armillary.domain.providers import Provider
from armillary.services.actors import actor
from armillary.services.assemblies.forms import linked_rows
from armillary.services.pages import bounded
from armillary.storage import departments, linked, links, providers
from armillary.storage.database import Database, Reading

_READ = "models:read"


async def read(db: Database, caller: Principal, slot: Slot, ids: Sequence[UUID]) -> list[LinkedRow]:
    """Those of the slot's things that there are, in the order of the ids. Raises: PermissionDenied."""
    caller.require(_READ)
    if not ids:
        return []
    async with db.reading() as reading:
        return await _rows(reading, caller, slot, ids)


async def page(db: Database, caller: Principal, query: LinkableQuery) -> list[LinkedRow]:
    """The things that the query asks for. Raises: PermissionDenied."""
    caller.require(_READ)
    if query.limit <= 0:
        return []
    async with db.reading() as reading:
        found = await _found(reading, caller.workspace, query)
        end = query.offset + bounded(query.limit)
        return await _rows(reading, caller, query.slot, found[query.offset : end])


async def _rows(reading: Reading, caller: Principal, slot: Slot, ids: Sequence[UUID]) -> list[LinkedRow]:
    rows = await linked_rows(reading, caller, await actor(reading, caller), slot, ids)
    return [rows[one] for one in ids if one in rows]


async def _found(reading: Reading, workspace: UUID, query: LinkableQuery) -> list[UUID]:
    things: Sequence[Provider | Department] = (
        await providers.of_workspace(reading, workspace)
        if query.slot is Slot.PROVIDERS
        else await departments.of_workspace(reading, workspace)
    )
    named = sorted((one.name, one.id) for one in things if query.text.casefold() in one.name.casefold())
    ids = [one for _, one in named if one not in query.exclude]
    if query.departments:
        ids = await _belonging(reading, workspace, query, ids)
    if query.of_models:
        used = await linked.by_models(reading, workspace, query.slot)
        ids = [one for one in ids if one in used]
    return ids


async def _belonging(reading: Reading, workspace: UUID, query: LinkableQuery, ids: Sequence[UUID]) -> list[UUID]:
    if query.slot is Slot.DEPARTMENTS:
        return [one for one in ids if one in query.departments]
    found = await links.of_owners(reading, Kind.PROVIDER, workspace, ids, (Slot.DEPARTMENTS,))
    return [one for one in ids if not query.departments.isdisjoint(found.get(one, {}).get(Slot.DEPARTMENTS, ()))]
