"""Models of a workspace: found, made, adopted, changed, switched on and off, swapped and removed.

Every write raises the workspace's revision first, which keeps its other writers out; then the domain decides, and the
rows, the change record and, where need be, another default model are kept in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assemblies import Kind
from armillary.domain.changes import following, stated
from armillary.domain.errors import AlreadyExists, Conflict, InvalidRequest, NotFound, Stale
from armillary.domain.labels import free
from armillary.domain.listings import ModelPage, ModelQuery, ModelSlice
from armillary.domain.models import (
    DERIVED,
    Guard,
    Model,
    ModelChanges,
    NewModel,
    Registered,
    Source,
    Swap,
    adopted,
    changed,
    differing,
    document,
    made,
    rederived,
)
from armillary.domain.prices import Period
from armillary.domain.providers import Management, Provider
from armillary.services import catalogue, defaults, records
from armillary.services.ids import new_id
from armillary.services.swaps import agents_are_using, swap_in_agents
from armillary.storage import archive, listings, providers, revisions
from armillary.storage import models as store
from armillary.storage.database import Database, Reading, Writing

set_default = defaults.choose


async def read(db: Database, caller: Principal, model_id: UUID) -> Registered:
    """The model and its provider, disabled ones too. Raises: PermissionDenied, NotFound."""
    caller.require("models:read")
    async with db.reading() as reading:
        return await store.registered(reading, caller.workspace, model_id)


async def find(
    db: Database, caller: Principal, external_id: str, provider_external_id: str | None = None
) -> Registered:
    """The model of an external id, or of ``<provider's>.<model's>`` in one text.

    Raises: PermissionDenied, NotFound, Conflict (``ambiguous``) where models of several providers have it.

    Source: contracts/cadenya.md, 1.3.
    """
    caller.require("models:read")
    async with db.reading() as reading:
        found = await _of_external_id(reading, caller.workspace, external_id, provider_external_id)
    if not found:
        raise NotFound("model", external_id)
    if len(found) > 1:
        raise Conflict(
            "ambiguous",
            "models of several providers have this external id: write external_id:<provider key's>.<model's>",
        )
    return found[0]


async def _of_external_id(
    reading: Reading, workspace: UUID, external_id: str, provider: str | None
) -> list[Registered]:
    found = await store.by_external_id(reading, workspace, external_id)
    if provider is not None:
        return [one for one in found if one.provider.external_id == provider]
    key, dot, model = external_id.rpartition(".")
    if found or not dot:
        return found
    return await _of_external_id(reading, workspace, model, key)


async def page(db: Database, caller: Principal, query: ModelQuery) -> ModelPage:
    """One page of the models that the query asks for. Raises: PermissionDenied."""
    caller.require("models:read")
    async with db.reading() as reading:
        one_more = replace(query, limit=query.limit + 1)
        found = await listings.page(reading, db.kind, caller.workspace, one_more)
        total = await listings.count(reading, db.kind, caller.workspace, query) if query.counted else None
    shown = tuple(found[: query.limit])
    return ModelPage(items=shown, next=shown[-1].model.seq if len(found) > query.limit else None, total=total)


async def listing(  # noqa: PLR0913  what may be asked
    db: Database,
    caller: Principal,
    *,
    source: Source | None = None,
    include_stale: bool = True,
    favourites_only: bool = False,
    provider: UUID | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> ModelSlice:
    """Models, favourites first, then by provider name and name (contracts/everruns.md, 3.2).

    Args:
        db: where they are.
        caller: in whose workspace.
        source: only those that came so.
        include_stale: False leaves out discovered models that the provider's last sync did not see.
        favourites_only: only those.
        provider: only this one's.
        offset: how many to leave out at the beginning.
        limit: how many to show; None shows all.

    Raises: PermissionDenied, NotFound (``provider``).
    """
    caller.require("models:read")
    async with db.reading() as reading:
        if provider is not None:
            await providers.by_id(reading, caller.workspace, provider)
        found, total = await listings.sliced(
            reading,
            db.kind,
            caller.workspace,
            source=source,
            include_stale=include_stale,
            favourites_only=favourites_only,
            provider=provider,
            offset=offset,
            limit=limit,
        )
    return ModelSlice(items=tuple(found), total=total)


async def periods(db: Database, caller: Principal, model_id: UUID) -> list[Period]:
    """The model's prices over time, the oldest first. Raises: PermissionDenied, NotFound."""
    caller.require("models:read")
    async with db.reading() as reading:
        return await store.periods(reading, caller.workspace, model_id)


async def create(db: Database, caller: Principal, provider_id: UUID, new: NewModel, *, at: datetime) -> Registered:
    """Make a model by hand; what it does not state, the catalogue fills in.

    Raises: PermissionDenied, NotFound (``provider``), Conflict (``managed``, ``synced``) where the provider takes no
        models made by hand, AlreadyExists, InvalidRequest.
    """
    caller.require("models:manage")
    async with db.writing() as tx:
        revision = await revisions.raised(tx, caller.workspace)
        provider = await providers.locked(tx, caller.workspace, provider_id)
        refuse_managed(provider)
        if provider.management in {Management.PLATFORM, Management.SYNCED}:
            raise Conflict("synced", "this provider's models are synced from it: none can be added by hand")
        return await _created(tx, caller, provider, new, revision, at=at)


async def adopt(db: Database, caller: Principal, provider_id: UUID, new: NewModel, *, at: datetime) -> Registered:
    """Make a model by hand, or make a discovered or predefined one of that upstream name one's own, in its place.

    Raises: PermissionDenied, NotFound (``provider``), Conflict (``managed``), AlreadyExists, InvalidRequest.

    Source: contracts/everruns.md, 3.2, ``POST``.
    """
    caller.require("models:manage")
    async with db.writing() as tx:
        revision = await revisions.raised(tx, caller.workspace)
        provider = await providers.locked(tx, caller.workspace, provider_id)
        refuse_managed(provider)
        held = await store.upstream(tx, caller.workspace, provider_id, new.upstream_name.strip())
        if held is None or held.source is Source.MANUAL:
            return await _created(tx, caller, provider, new, revision, at=at)
        at = following(at, held.updated_at)
        await records.claimed(tx, caller, at=at)
        before = Registered(model=held, provider=provider)
        return await _kept(tx, caller, before, replace(before, model=adopted(held, new, at=at)), revision, at=at)


async def _created(  # noqa: PLR0913  as above
    tx: Writing, caller: Principal, provider: Provider, new: NewModel, revision: int, *, at: datetime
) -> Registered:
    vendor = new.vendor if isinstance(new.vendor, str) and new.vendor else provider.driver
    facts = _facts(vendor, new.upstream_name.strip())
    seq = (await store.next_seqs(tx, caller.workspace, 1))[0]
    model = made(new, facts, identity=new_id(at), seq=seq, provider=provider, by=caller.profile, at=at)
    if not isinstance(new.external_id, str):
        taken = await store.external_ids(tx, provider.id, model.external_id)
        model = replace(model, external_id=free(model.external_id, taken))
    model = replace(model, revision=revision)
    await _refuse_taken(tx, model)
    await store.insert_many(tx, [model], by=caller.profile)
    await records.created(tx, caller, "model", model.id, document(model), at=at)
    if model.enabled:
        await defaults.settle(tx, caller, at=at)
    return Registered(model=model, provider=provider)


def _facts(driver_or_vendor: str, upstream_name: str) -> Mapping[str, Any]:
    """What follows from the name: what the catalogue knows, or at least who makes the model."""
    known = catalogue.facts_of(driver_or_vendor, upstream_name)
    return known or {"vendor": catalogue.vendor_of(driver_or_vendor, upstream_name)}


async def update(  # noqa: PLR0913  as above
    db: Database,
    caller: Principal,
    model_id: UUID,
    changes: ModelChanges | Callable[[Registered], ModelChanges],
    *,
    guard: Guard,
    unchanged_since: int | None = None,
    at: datetime,
) -> Registered:
    """Change a model, or move it to another provider.

    Args:
        db: where it is.
        caller: who changes it.
        model_id: which.
        changes: what to change, or what tells it from the model as it is, while nobody else writes.
        guard: ``managed_rule`` or ``synced_rule`` of ``domain.models``: what the dialect lets change.
        unchanged_since: the revision that the caller read, where it wants to change that and nothing newer.
        at: when.

    Raises: PermissionDenied, NotFound (``model``, ``provider``), Stale, Conflict (see the guard), AlreadyExists,
        InvalidRequest.
    """
    caller.require("models:manage")
    async with db.writing() as tx:
        revision = await revisions.raised(tx, caller.workspace)
        before = await store.locked(tx, caller.workspace, model_id)
        if unchanged_since is not None and before.model.revision > unchanged_since:
            raise Stale("model")
        at, provider = following(at, before.model.updated_at), before.provider
        changes = changes(before) if callable(changes) else changes
        if isinstance(changes.provider, UUID) and changes.provider != provider.id:
            provider = await providers.locked(tx, caller.workspace, changes.provider)
        after = Registered(model=changed(before.model, changes, at=at), provider=provider)
        guard(before, after, changes)
        return await _kept(tx, caller, before, _followed(before, after, changes, at=at), revision, at=at)


def _followed(before: Registered, after: Registered, changes: ModelChanges, *, at: datetime) -> Registered:
    """With what follows from another upstream name (contracts/everruns.md, 2.1.2, ``model_id``)."""
    upstream_name = after.model.upstream_name
    if upstream_name is None or upstream_name == before.model.upstream_name:
        return after
    # what was stated beside the new name is said of it, also where it was so of the old one already
    model = replace(after.model, edited=after.model.edited | frozenset(DERIVED).intersection(stated(changes)))
    return replace(after, model=rederived(model, _facts(after.provider.driver, upstream_name), at=at))


async def switch(db: Database, caller: Principal, model_id: UUID, enabled: bool, *, at: datetime) -> Registered:
    """Enable or disable a model; where it is so already, nothing is written.

    Raises: PermissionDenied, NotFound.
    """
    caller.require("models:manage")
    async with db.reading() as reading:
        held = await store.registered(reading, caller.workspace, model_id)
    if held.model.enabled == enabled:
        return held
    async with db.writing() as tx:
        revision = await revisions.raised(tx, caller.workspace)
        before = await store.locked(tx, caller.workspace, model_id)
        if before.model.enabled == enabled:
            return before
        at = following(at, before.model.updated_at)
        after = replace(before, model=changed(before.model, ModelChanges(enabled=enabled), at=at))
        return await _kept(tx, caller, before, after, revision, at=at)


async def delete(db: Database, caller: Principal, model_id: UUID, *, at: datetime) -> None:
    """Move a model to the archive; where it was the default, another is elected.

    Raises: PermissionDenied, NotFound, Conflict (``managed``).
    """
    caller.require("models:manage")
    async with db.writing() as tx:
        await revisions.raised(tx, caller.workspace)
        held = await store.locked(tx, caller.workspace, model_id)
        refuse_managed(held.provider)
        at = following(at, held.model.updated_at)
        await archive.put(tx, Kind.MODEL, caller.workspace, [model_id], at=at)
        await records.deleted(tx, caller, "model", model_id, document(held.model), at=at)
        await defaults.settle(tx, caller, at=at)


async def swap(db: Database, caller: Principal, swaps: Sequence[Swap], *, at: datetime) -> None:
    """Whatever uses a current model uses the next; all swaps are checked before the first is made.

    Agents use models, each at its places. So does the workspace as its default, which is elected anew where its model
    gets disabled.

    Raises: PermissionDenied, NotFound, InvalidRequest (``model_swaps``), Conflict (``disabled``).

    Source: contracts/cadenya.md, 3.6, "Swap".
    """
    caller.require("models:manage")
    if len({one.current for one in swaps}) < len(swaps):
        raise InvalidRequest("model_swaps", "names the same current model twice")
    following_of = {one.current: one.next for one in swaps if one.current != one.next}
    if not any(one.disable_after for one in swaps):
        async with db.reading() as reading:
            await _swappable(reading, caller, swaps)
            if not await agents_are_using(reading, caller, following_of):
                return
    async with db.writing() as tx:
        revision = await revisions.raised(tx, caller.workspace)
        disabled = await _swappable(tx, caller, swaps)
        await swap_in_agents(tx, caller, following_of, revision=revision, at=at)
        for held in disabled:
            turn = following(at, held.model.updated_at)
            after = replace(held, model=changed(held.model, ModelChanges(enabled=False), at=turn))
            await _kept(tx, caller, held, after, revision, at=turn)


async def _swappable(reading: Reading, caller: Principal, swaps: Sequence[Swap]) -> list[Registered]:
    """The models to disable, once every swap proved possible."""
    ids = [model for one in swaps for model in (one.current, one.next)]
    found = await store.registered_many(reading, caller.workspace, ids)
    missing = next((model for model in ids if model not in found), None)
    if missing is not None:
        raise NotFound("model", missing)
    moves = [one for one in swaps if one.current != one.next]
    if any(not found[one.next].model.enabled for one in moves):
        raise Conflict("disabled", "the next model of a swap is disabled: enable it first")
    return [found[one.current] for one in moves if one.disable_after and found[one.current].model.enabled]


async def _kept(  # noqa: PLR0913  as above
    tx: Writing, caller: Principal, before: Registered, after: Registered, revision: int, *, at: datetime
) -> Registered:
    """The model as it is after, kept and recorded."""
    was, model = before.model, replace(after.model, revision=revision)
    if _keys(was) != _keys(model):
        await _refuse_taken(tx, model)
    await store.save(tx, was, model, by=caller.profile, at=at)
    await records.updated(tx, caller, "model", model.id, *differing(was, model), at=at)
    if was.enabled != model.enabled or was.provider != model.provider:
        await defaults.settle(tx, caller, at=at)
    return replace(after, model=model)


def _keys(model: Model) -> Iterable[object]:
    return (model.provider, model.upstream_name, model.external_id)


async def _refuse_taken(tx: Writing, model: Model) -> None:
    """Raises: AlreadyExists, with the model that has the upstream name or the external id."""
    taken = await store.holder(tx, model)
    if taken is not None:
        raise AlreadyExists("model", taken[0], existing=taken[1])


def refuse_managed(provider: Provider) -> None:
    """Raises: Conflict (``managed``), for a provider that the platform supplies."""
    if provider.managed:
        raise Conflict("managed", "the platform manages this provider: it and its models cannot be changed so")
