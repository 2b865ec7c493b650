"""The curated catalogue at work: what it tells of a name, and how workspaces are seeded with it and kept up to it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from armillary.domain.access import SCOPES, Principal, Role
from armillary.domain.accounts import Workspace, WorkspaceStatus
from armillary.domain.catalogue import (
    GETTING_STARTED,
    SIMULATOR,
    Catalogue,
    CatalogueModel,
    evident_vendor,
    read_catalogue,
    seeded,
    seeded_members,
    seeded_name,
    seeded_providers,
)
from armillary.domain.changes import Change, MemberChange, member_changes
from armillary.domain.models import Model, Source, document, refreshed
from armillary.domain.providers import Provider
from armillary.domain.providers import document as provider_document
from armillary.services import defaults, records
from armillary.services.ids import new_id
from armillary.storage import models as store
from armillary.storage import providers, revisions, workspaces
from armillary.storage.database import Database, Reading, Writing


@cache
def current() -> Catalogue:
    """The catalogue of this release, read at its first use: it costs some 30 ms that most commands never need."""
    text = files("armillary.services").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return read_catalogue(tomllib.loads(text))


def facts_of(driver_or_vendor: str, upstream_name: str) -> Mapping[str, Any]:
    """What is known of a model: member -> value, of those in ``domain.models.DERIVED``; empty where it is unknown.

    Names of clouds, aggregators and dated snapshots find their model too, then without a price.
    """
    return current().facts(driver_or_vendor, upstream_name)


def vendor_of(driver_or_vendor: str, upstream_name: str) -> str:
    """The maker of a model as a slug, by the catalogue or by what its name gives away; empty where neither tells."""
    facts = facts_of(driver_or_vendor, upstream_name)
    return facts["vendor"] if facts else evident_vendor(driver_or_vendor, upstream_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUpgrade:
    """What an upgrade changes of one model, and what it would have changed, had nobody edited it by hand."""

    external_id: str
    name: str
    changed: Mapping[str, MemberChange]
    kept: Mapping[str, MemberChange]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueUpgrade:
    """How a workspace's predefined models differ from the catalogue; with ``applied``, how they differed.

    ``added`` and ``gone`` hold external ids; what is gone from the catalogue stays in the workspace as it is.
    """

    as_of: str
    applied: bool
    added: tuple[str, ...]
    models: tuple[ModelUpgrade, ...]
    gone: tuple[str, ...]

    @property
    def changed(self) -> tuple[ModelUpgrade, ...]:
        """The models of which something changes."""
        return tuple(model for model in self.models if model.changed)


async def seed(tx: Writing, workspace: Workspace, by: UUID, *, at: datetime) -> None:
    """The workspace has the catalogue's models, the simulator's, and a default; one that has them is left alone.

    Called in the transaction that makes the workspace; the change records name ``by``.
    """
    there = {provider.external_id for provider in await providers.of_workspace(tx, workspace.id)}
    identities = new_id(at), new_id(at + timedelta(microseconds=1))
    made = seeded_providers(workspace.id, identities, by=by, at=at)
    missing = [provider for provider in made if provider.external_id not in there]
    if missing:
        system = _system(workspace, by)
        revision = await revisions.raised(tx, workspace.id)
        for provider in missing:
            await _seed_provider(tx, system, replace(provider, revision=revision), at=at)
        await defaults.settle(tx, system, at=at)


async def _seed_provider(tx: Writing, system: Principal, provider: Provider, *, at: datetime) -> None:
    await providers.insert(tx, provider)
    entries = [entry for entry in current().models if seeded_name(entry, provider)]
    models = await _insert(tx, system, provider, entries, provider.revision, at=at)
    made = records.creation(system, "provider", provider.id, provider_document(provider), at=at)
    await records.many(tx, [made, *_creations(system, models, at=at)])


def _system(workspace: Workspace, by: UUID) -> Principal:
    """The workspace itself, as nobody's request: no scope is asked for what comes with it."""
    return Principal(
        account=workspace.account,
        workspace=workspace.id,
        profile=by,
        role=Role.OWNER,
        scopes=SCOPES,
        reason=f"catalogue as of {current().as_of}",
    )


async def _insert(  # noqa: PLR0913  what a model is made of
    tx: Writing,
    caller: Principal,
    provider: Provider,
    entries: Sequence[CatalogueModel],
    revision: int,
    *,
    at: datetime,
) -> list[Model]:
    seqs = await store.next_seqs(tx, caller.workspace, len(entries))
    models = [
        seeded(entry, provider, identity=new_id(at), seq=seq, by=caller.profile, at=at, revision=revision)
        for seq, entry in zip(seqs, entries, strict=True)
    ]
    await store.insert_many(tx, models, by=caller.profile)
    return models


def _creations(caller: Principal, models: Sequence[Model], *, at: datetime) -> Iterator[Change]:
    return (records.creation(caller, "model", model.id, document(model), at=at) for model in models)


async def upgrade(db: Database, caller: Principal, *, apply: bool, at: datetime) -> CatalogueUpgrade:
    """Bring the workspace's predefined models up to the catalogue, or tell only what that would do.

    Raises: PermissionDenied.
    """
    caller.require("catalogue:manage")
    async with db.reading() as reading:
        told = _told(await _differences(reading, caller.workspace, at=at), applied=False)
    if not apply or not (told.added or told.changed):
        return replace(told, applied=apply)
    async with db.writing() as tx:
        revision = await revisions.raised(tx, caller.workspace)
        # the registry may have moved since: what is applied is what is told
        differences = await _differences(tx, caller.workspace, at=at)
        for difference in differences:
            await _apply(tx, caller, difference, revision, at=at)
        await defaults.settle(tx, caller, at=at)
    return _told(differences, applied=True)


async def upgrade_all(
    db: Database, caller: Principal, *, apply: bool, at: datetime
) -> list[tuple[Workspace, CatalogueUpgrade]]:
    """As ``upgrade``, for each of the account's workspaces that may be entered; each in a transaction of its own.

    Raises: PermissionDenied.
    """
    caller.require("catalogue:manage")
    async with db.reading() as reading:
        found = await workspaces.of_account(reading, caller.account)
    entered = [(one, replace(caller, workspace=one.id)) for one in found if one.status is WorkspaceStatus.ENABLED]
    return [(one, await upgrade(db, inside, apply=apply, at=at)) for one, inside in entered]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    """One seeded provider's models beside the catalogue's entries."""

    provider: Provider
    missing: tuple[CatalogueModel, ...]
    pairs: tuple[tuple[Model, Model], ...]
    kept: Mapping[UUID, Mapping[str, MemberChange]]
    gone: tuple[Model, ...]


async def _differences(reading: Reading, workspace: UUID, *, at: datetime) -> list[_Difference]:
    found = await providers.of_workspace(reading, workspace)
    seeded_ones = (one for one in found if one.external_id in {GETTING_STARTED, SIMULATOR})
    return [_difference(one, await store.originals(reading, workspace, one.id), at=at) for one in seeded_ones]


def _difference(provider: Provider, models: Sequence[Model], *, at: datetime) -> _Difference:
    """Models are known again by their external id, or where that was edited by their upstream name."""
    held = {model.upstream_name: model for model in models} | {model.external_id: model for model in models}
    missing: list[CatalogueModel] = []
    pairs: list[tuple[Model, Model]] = []
    kept: dict[UUID, Mapping[str, MemberChange]] = {}
    for entry in current().models:
        name = seeded_name(entry, provider)
        model = held.get(entry.external_id) or held.get(name)
        if name is not None and model is None:
            missing.append(entry)
        elif name is not None and model is not None and model.source is Source.PREDEFINED:
            after = _after(model, entry, provider, name, at=at)
            pairs.append((model, after))
            kept[model.id] = _kept(model, after, _after(_unedited(model), entry, provider, name, at=at))
    known = {model.id for model, _ in pairs}
    gone = tuple(one for one in models if one.source is Source.PREDEFINED and one.id not in known)
    return _Difference(provider=provider, missing=tuple(missing), pairs=tuple(pairs), kept=kept, gone=gone)


def _after(model: Model, entry: CatalogueModel, provider: Provider, name: str, *, at: datetime) -> Model:
    named = model if model.upstream_name == name else replace(model, upstream_name=name, updated_at=at)
    return refreshed(named, seeded_members(entry, provider), at=at)


def _unedited(model: Model) -> Model:
    return replace(model, edited=frozenset())


def _kept(model: Model, after: Model, otherwise: Model) -> dict[str, MemberChange]:
    changed = set(_changes(model, after))
    return {name: change for name, change in _changes(model, otherwise).items() if name not in changed}


def _changes(before: Model, after: Model) -> dict[str, MemberChange]:
    return member_changes(document(before), document(after))


def _told(differences: Sequence[_Difference], *, applied: bool) -> CatalogueUpgrade:
    models = (
        ModelUpgrade(
            external_id=before.external_id,
            name=before.name,
            changed=_changes(before, after),
            kept=one.kept[before.id],
        )
        for one in differences
        for before, after in one.pairs
    )
    return CatalogueUpgrade(
        as_of=current().as_of,
        applied=applied,
        added=tuple(entry.external_id for one in differences for entry in one.missing),
        models=tuple(model for model in models if model.changed or model.kept),
        gone=tuple(model.external_id for one in differences for model in one.gone),
    )


async def _apply(tx: Writing, caller: Principal, upgrade: _Difference, revision: int, *, at: datetime) -> None:
    because = replace(caller, reason=caller.reason or f"catalogue as of {current().as_of}")
    added = await _insert(tx, because, upgrade.provider, upgrade.missing, revision, at=at) if upgrade.missing else []
    pairs = [(was, replace(model, revision=revision)) for was, model in upgrade.pairs if was != model]
    if pairs:
        await store.save_many(tx, pairs, by=caller.profile, at=at)
    altered = (
        records.alteration(because, "model", model.id, document(was), document(model), at=at) for was, model in pairs
    )
    await records.many(tx, [*_creations(because, added, at=at), *altered])
