"""Providers, listed and exported as assemblies. All that writes is in ``services.assemblies``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assembled_providers import (
    SHEET,
    ListedProvider,
    ProviderListing,
    ProviderSearch,
    provider_cells,
)
from armillary.domain.assemblies import ProviderRow
from armillary.domain.editing import Actor, Subject
from armillary.domain.facets import MOST_OPTIONS, Option
from armillary.domain.providers import Provider, ProviderStatus
from armillary.domain.uploads import UploadTerms
from armillary.services import exports
from armillary.services.actors import actor
from armillary.services.assemblies.providers import assembler, shown_rows
from armillary.services.exports import Batches, Export
from armillary.services.exports import Source as RowSource
from armillary.storage import departments, provider_models
from armillary.storage import providers as store
from armillary.storage.database import Database, Reading

#: How many of the models that use a provider its entry names.
MOST_MODELS = 100
_STATUS_NAMES = {ProviderStatus.ACTIVE: ("active", "Active"), ProviderStatus.DISABLED: ("inactive", "Inactive")}


async def search(db: Database, caller: Principal, query: ProviderSearch) -> ProviderListing:
    """The providers that the query asks for, by name in code-point order, and by what they may be narrowed.

    A workspace has few, so that texts are compared here, by the same rules on either database.
    Raises: PermissionDenied.
    """
    caller.require(assembler.reads)
    async with db.reading() as reading:
        who = await actor(reading, caller)
        every = await store.of_workspace(reading, caller.workspace)
        rows = await shown_rows(reading, caller.workspace, every)
        used = await provider_models.providers(reading, caller.workspace, query.models) if query.models else None
        found = _by_name(one for one in every if _fits(rows[one.id], one, query, used))
        page = found[query.offset : query.offset + query.limit]
        items = await _listed(reading, caller, who, [(one, rows[one.id]) for one in page])
        return ProviderListing(
            actor=who,
            items=items,
            total=len(found),
            departments=await _department_options(reading, caller, rows.values(), query.department_text),
            models=await _model_options(db, reading, caller, query.model_text),
            statuses=_status_options(every),
        )


def _by_name(providers: Iterable[Provider]) -> list[Provider]:
    return sorted(providers, key=lambda one: (one.name, one.id))


def _fits(row: ProviderRow, provider: Provider, query: ProviderSearch, used: Collection[UUID] | None) -> bool:
    part = query.text.casefold()
    return (
        provider.status in query.statuses
        and (used is None or provider.id in used)
        and (not query.departments or not set(query.departments).isdisjoint(row.departments))
        and (part in row.name.casefold() or part in (row.description or "").casefold())
    )


async def _listed(
    reading: Reading, caller: Principal, who: Actor, page: Sequence[tuple[Provider, ProviderRow]]
) -> tuple[ListedProvider, ...]:
    ids = [one.id for one, _ in page]
    uses = await provider_models.counts(reading, caller.workspace, ids)
    models = await provider_models.models(reading, caller.workspace, ids, most=MOST_MODELS)
    return tuple(_entry(who, one, row, uses, models) for one, row in page)


def _entry(
    who: Actor,
    provider: Provider,
    row: ProviderRow,
    uses: Mapping[UUID, int],
    models: Mapping[UUID, Sequence[UUID]],
) -> ListedProvider:
    used = uses.get(provider.id, 0)
    subject = Subject(id=provider.id, departments=row.departments, uses=used, managed=provider.managed)
    rules = assembler.rules
    return ListedProvider(
        provider=provider,
        row=row,
        models=tuple(models.get(provider.id, ())),
        uses=subject.uses,
        may_edit=rules.obstacle(who, subject) is None,
        may_duplicate=rules.may_duplicate(who, subject),
        may_delete=rules.may_delete(who, subject),
    )


async def _department_options(
    reading: Reading, caller: Principal, rows: Collection[ProviderRow], text: str
) -> tuple[Option, ...]:
    """The departments that any provider belongs to, and how many do."""
    totals = Counter(department for row in rows for department in row.departments)
    there = await departments.by_ids(reading, caller.workspace, totals)
    fitting = [one for one in there.values() if text.casefold() in one.name.casefold()]
    fitting.sort(key=lambda one: (one.name, one.id))
    return tuple(Option(id=str(one.id), name=one.name, count=totals[one.id]) for one in fitting[:MOST_OPTIONS])


async def _model_options(db: Database, reading: Reading, caller: Principal, text: str) -> tuple[Option, ...]:
    """The models that use any provider, and how many each uses."""
    found = await provider_models.options(reading, db.kind, caller.workspace, text, most=MOST_OPTIONS)
    return tuple(Option(id=str(model), name=name, count=total) for model, name, total in found)


def _status_options(every: Collection[Provider]) -> tuple[Option, ...]:
    totals = Counter(one.status for one in every)
    return tuple(Option(id=word, name=name, count=totals[status]) for status, (word, name) in _STATUS_NAMES.items())


async def export(  # noqa: PLR0913  what an upload is made of
    db: Database, caller: Principal, provider_id: UUID | None, *, terms: UploadTerms, mcp: bool, at: datetime
) -> Export:
    """Write the providers that the caller may see, or the one named, to an upload. Raises: PermissionDenied."""
    caller.require(assembler.reads)
    source = _source(caller, provider_id)
    return await exports.export(db, caller, SHEET, source, is_one=provider_id is not None, terms=terms, mcp=mcp, at=at)


def _source(caller: Principal, provider_id: UUID | None) -> RowSource:
    async def rows(reading: Reading) -> Batches:
        who = await actor(reading, caller)
        names = {one.id: one.name for one in await departments.of_workspace(reading, caller.workspace)}
        every = await store.of_workspace(reading, caller.workspace)
        wanted = _by_name(one for one in every if provider_id in {None, one.id})
        shown = await shown_rows(reading, caller.workspace, wanted)
        yield [provider_cells(shown[one.id], names) for one in wanted if _is_visible(who, shown[one.id])]

    return rows


def _is_visible(who: Actor, row: ProviderRow) -> bool:
    return assembler.rules.may_view(who, Subject(id=row.id, departments=row.departments))
