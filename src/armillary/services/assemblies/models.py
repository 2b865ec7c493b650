"""Models as assemblies: the registry's own, with or without a provider.

What rows say in the registry's terms goes where every dialect writes it, with its change record, its prices and the
default model that may follow; a record without a provider or an upstream name is nobody else's business yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assemblies import (
    Claims,
    Kind,
    Record,
    Said,
    Slot,
    model_changes,
    model_claims,
    said_of_model,
)
from armillary.domain.changes import Change, following
from armillary.domain.editing import Actor, Rules
from armillary.domain.errors import Conflict, InvalidRequest
from armillary.domain.labels import free, slug
from armillary.domain.models import (
    Model,
    ModelChanges,
    Source,
    changed,
    differing,
    document,
    rederived,
)
from armillary.domain.providers import Management, Provider
from armillary.services import catalogue, defaults, records
from armillary.services.assemblies.kinds import Edit, Linked, Links, New, Owned, Refused
from armillary.storage import agents, archive, providers
from armillary.storage import models as store
from armillary.storage.database import Reading, Writing

#: What an assembly states of a model, so that neither the catalogue nor a sync fills it in.
_STATED = frozenset({"name", "description", "input_modalities", "output_modalities", "base"})
#: What it leaves to the catalogue, once provider and upstream name are known.
_LEFT = ("vendor", "family", "tags", "details", "context_tokens", "input_tokens", "output_tokens", "facts")
#: After how many models of one batch others get the loop.
_AT_ONCE = 100
#: Member of a model -> the slot that states it.
_SLOT_OF = {
    "name": Slot.NAMES,
    "description": Slot.DESCRIPTIONS,
    "upstream_name": Slot.VALUES,
    "provider": Slot.PROVIDERS,
    "base": Slot.PRICING,
}


class Models:
    """The assembler of models."""

    kind = Kind.MODEL
    reads = "models:read"
    manages = "models:manage"
    rules = Rules()

    async def owned(self, reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, Owned]:
        """Those of the models that the workspace has."""
        return {one.model.id: owned(one) for one in (await store.records(reading, workspace, ids)).values()}

    def claims(self, one: Owned, slot: Slot) -> Claims:
        """See ``domain.assemblies.model_claims``."""
        record: Record = one.subject
        return model_claims(record.model, slot)

    def said(self, slot: Slot, linked: Sequence[Linked]) -> list[Said | None]:
        """See ``domain.assemblies.said_of_model``."""
        return said_of_model(slot, linked)

    async def uses(self, reading: Reading, workspace: UUID, ids: Collection[UUID]) -> dict[UUID, int]:
        """How many active agents link each of them."""
        return await agents.uses(reading, workspace, ids)

    async def suggested(
        self,
        reading: Reading,
        workspace: UUID,
        actor: Actor,  # noqa: ARG002  models are offered to everybody
        *,
        exclude: Collection[UUID],
        limit: int,
    ) -> list[UUID]:
        """The first models by name."""
        return await store.first_by_name(reading, workspace, exclude=exclude, limit=limit)

    async def make(self, tx: Writing, caller: Principal, news: Sequence[New], *, revision: int, at: datetime) -> None:
        """The models are there; one of a provider that has its upstream name already is a twin."""
        served = await _providers(tx, caller, [one.links for one in news])
        seqs = await store.next_seqs(tx, caller.workspace, len(news))
        models = []
        for index, (new, seq) in enumerate(zip(news, seqs, strict=True)):
            models.append(_refusing(index, _made, new, served, caller, seq, at))
            if index % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)  # others go on meanwhile
        placed = await _placed(tx, [replace(one, revision=revision) for one in models])
        await store.insert_many(tx, placed, by=caller.profile)
        told = [{**document(one), **new.told} for one, new in zip(placed, news, strict=True)]
        creations = zip(placed, told, strict=True)
        await records.many(tx, [records.creation(caller, "model", one.id, told, at=at) for one, told in creations])
        if any(one.enabled for one in placed):
            await defaults.settle(tx, caller, at=at)

    async def change(
        self, tx: Writing, caller: Principal, edits: Sequence[Edit], *, revision: int, at: datetime
    ) -> None:
        """The models are as their links say."""
        served = await _providers(tx, caller, [one.links for one in edits])
        pairs = [_refusing(index, _edited, edit, served, at) for index, edit in enumerate(edits)]
        afters = await _placed(
            tx,
            [replace(after, revision=revision) for _, after in pairs],
            {after.id for before, after in pairs if _pair(before) == _pair(after)},
            {before.id for before, _ in pairs if None not in _pair(before) and not before.twin},
        )
        kept = [(before, after) for (before, _), after in zip(pairs, afters, strict=True)]
        await store.save_many(tx, kept, by=caller.profile, at=at)
        await records.many(tx, [_alteration(caller, *pair, edit) for pair, edit in zip(kept, edits, strict=True)])
        if any(before.enabled != after.enabled or _pair(before) != _pair(after) for before, after in kept):
            await defaults.settle(tx, caller, at=at)

    async def remove(
        self,
        tx: Writing,
        caller: Principal,
        things: Sequence[Owned],
        *,
        revision: int,  # noqa: ARG002  nothing is left that could have one
        at: datetime,
    ) -> None:
        """The models are in the archive; where one was the default, another is elected."""
        await archive.put(tx, Kind.MODEL, caller.workspace, [one.id for one in things], at=at)
        await records.many(
            tx,
            [records.deletion(caller, "model", one.id, document(one.subject.model), at=at) for one in things],
        )
        await defaults.settle(tx, caller, at=at)


assembler = Models()


async def preview(reading: Reading, caller: Principal, edit: Edit, *, at: datetime) -> tuple[Model, Model]:
    """The model as it is, and as the edit would leave it: nothing is kept. Raises: Refused."""
    served = await _providers(reading, caller, [edit.links])
    before, after = _refusing(0, _edited, edit, served, at)
    return before, after


def owned(record: Record) -> Owned:
    """The model with what the machine needs to know of it."""
    model = record.model
    return Owned(
        subject=record,
        id=model.id,
        name=model.name,
        description=model.description,
        created_at=model.created_at,
        updated_at=model.updated_at,
        mcp=model.mcp,
        generated=model.source is not Source.MANUAL,
        managed=record.provider is not None and record.provider.managed,
    )


async def _providers(tx: Reading, caller: Principal, links: Iterable[Links]) -> Mapping[UUID, Provider]:
    wanted = {one for each in links for one in each.get(Slot.PROVIDERS, ())[:1] if isinstance(one, UUID)}
    return await providers.by_ids(tx, caller.workspace, wanted)


def _refusing(index: int, what: Any, *arguments: Any) -> Any:  # noqa: ANN401  a call and its result
    """What the call returns; what it refuses is told of the item. Raises: Refused."""
    try:
        return what(*arguments)
    except InvalidRequest as exc:
        member = exc.field.partition(".")[0]
        raise Refused(index, _SLOT_OF.get(member, member), exc.sentence) from exc
    except Conflict as exc:
        raise Refused(index, Slot.PROVIDERS, str(exc)) from exc


def _made(new: New, served: Mapping[UUID, Provider], caller: Principal, seq: int, at: datetime) -> Model:
    provider = _provider_of(new.links, served)
    _refuse_managed(provider)
    if provider is not None and provider.management is Management.SYNCED:
        raise Conflict("synced", "this provider's models are synced from it: none can be added by hand")
    blank = Model(
        id=new.id,
        seq=seq,
        workspace=caller.workspace,
        provider=None,
        upstream_name=None,
        name="",
        mcp=new.mcp,
        edited=_STATED,
        created_by=caller.profile,
        created_at=at,
        updated_at=at,
    )
    stated = {slot: linked for slot, linked in new.links.items() if linked}  # the blank model has nothing to clear
    return _followed(blank, _linking(blank, stated, at), provider, at)


def _provider_of(links: Links, served: Mapping[UUID, Provider]) -> Provider | None:
    first = next(iter(links.get(Slot.PROVIDERS, ())), None)
    return served[first] if isinstance(first, UUID) else None


def _linking(model: Model, links: Links, at: datetime) -> Model:
    """The model as the links say it is. Raises: InvalidRequest, naming the model's member."""
    for slot, linked in links.items():
        changes = model_changes(model, slot, linked)
        if changes != ModelChanges():
            model = changed(model, changes, at=at)
    return replace(model, updated_at=at)


def _followed(before: Model, after: Model, provider: Provider | None, at: datetime) -> Model:
    """With what follows from another provider or upstream name, and from neither's own slots.

    Levels of reasoning are the assembly's to say, whatever else the catalogue knows of the name.
    """
    if _pair(before) == _pair(after) or provider is None or after.upstream_name is None:
        return after
    known = catalogue.facts_of(provider.driver, after.upstream_name) or {
        "vendor": catalogue.vendor_of(provider.driver, after.upstream_name)
    }
    efforts = after.facts.reasoning_efforts
    model = rederived(replace(after, edited=after.edited | _STATED), known, at=at)
    if model.facts.reasoning_efforts != efforts:
        model = changed(model, ModelChanges(facts=replace(model.facts, reasoning_efforts=efforts)), at=at)
    tags = {name: known[name] for name in ("tags", "details") if name in known and not getattr(model, name)}
    return replace(model, **tags, edited=after.edited | (model.edited - _STATED))


def _edited(edit: Edit, served: Mapping[UUID, Provider], at: datetime) -> tuple[Model, Model]:
    record: Record = edit.before.subject
    before, at = record.model, following(at, record.model.updated_at)
    provider = _provider_of(edit.links, served) if Slot.PROVIDERS in edit.links else record.provider
    after = _linking(before, edit.links, at)
    if edit.mcp:
        after = replace(after, mcp=True)
    if any(one is not None and one.managed for one in (record.provider, provider)):
        _refuse_more_than_flags(before, after)
    return before, _followed(before, after, provider, at)


def _refuse_more_than_flags(before: Model, after: Model) -> None:
    kept = replace(after, enabled=before.enabled)
    if document(kept) != document(before):
        raise Conflict("managed", "the platform manages this provider: only its models' flags may change")


def _refuse_managed(provider: Provider | None) -> None:
    if provider is not None and provider.managed:
        raise Conflict("managed", "the platform manages this provider: it and its models cannot be changed so")


def _pair(model: Model) -> tuple[UUID | None, str | None]:
    return model.provider, model.upstream_name


async def _placed(
    tx: Writing, models: Sequence[Model], keeping: Collection[UUID] = (), listed: Collection[UUID] = ()
) -> list[Model]:
    """The models with the keys that are left for them: those of ``keeping`` keep what they have.

    The first of a provider's models of one upstream name has it alone, and an external id, save those of ``listed``
    that went without one so far; others are its twins.
    """
    moved = [one for one in models if one.id not in keeping]
    taken = await store.taken(tx, {_pair(one) for one in moved}, but={one.id for one in moved})
    slugs: dict[UUID, set[str]] = {}
    placed = []
    for one in models:
        if one.id in keeping:
            placed.append(one)
            continue
        whole = one.provider is not None and one.upstream_name is not None
        twin = whole and _pair(one) in taken
        taken.add(_pair(one))
        external_id = one.external_id if whole and not twin else ""
        if whole and not twin and not external_id and one.id not in listed:
            external_id = await _external_id(tx, one, slugs)
        placed.append(replace(one, twin=twin, external_id=external_id))
    return placed


async def _external_id(tx: Reading, model: Model, slugs: dict[UUID, set[str]]) -> str:
    if model.provider is None:
        return ""
    if model.provider not in slugs:
        slugs[model.provider] = await store.external_ids(tx, model.provider, "")
    chosen = free(slug(f"{model.vendor} {model.upstream_name}"), slugs[model.provider])
    slugs[model.provider].add(chosen)
    return chosen


def _alteration(caller: Principal, before: Model, after: Model, edit: Edit) -> Change:
    was, became = differing(before, after)
    return records.alteration(
        caller, "model", after.id, {**was, **edit.was}, {**became, **edit.told}, at=after.updated_at
    )
