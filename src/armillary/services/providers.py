"""Providers of a workspace: found, made, changed and removed; their credentials are sealed before they are kept.

A managed provider, which the platform supplies, takes no change and no removal; only its credential may be set, by the
account's owners.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from msgspec import UNSET, UnsetType

from armillary.domain.access import Principal, Role
from armillary.domain.changes import following
from armillary.domain.errors import AlreadyExists, Stale
from armillary.domain.listings import ModelCounts, ProviderPage, ProviderQuery
from armillary.domain.models import document as model_document
from armillary.domain.providers import (
    Credential,
    CredentialPatch,
    NewProvider,
    Provider,
    ProviderChanges,
    changed,
    checked,
    document,
    documents,
    patched,
)
from armillary.services import credentials, defaults, records
from armillary.services.ids import new_id
from armillary.services.models import refuse_managed
from armillary.services.syncs import sync
from armillary.storage import listings, models, revisions
from armillary.storage import providers as store
from armillary.storage.database import Database, Writing
from armillary.storage.secrets import Keyring

__all__ = [
    "counts",
    "create",
    "delete",
    "find",
    "listing",
    "made",
    "page",
    "read",
    "set_credential",
    "sync",
    "update",
]

#: How many models go at a time where their provider goes: a transaction need not hold them all in memory.
_GONE_AT_ONCE = 500


async def read(db: Database, caller: Principal, provider_id: UUID) -> Provider:
    """The provider. Raises: PermissionDenied, NotFound."""
    caller.require("models:read")
    async with db.reading() as reading:
        return await store.by_id(reading, caller.workspace, provider_id)


async def find(db: Database, caller: Principal, external_id: str) -> Provider:
    """The provider of an external id. Raises: PermissionDenied, NotFound."""
    caller.require("models:read")
    async with db.reading() as reading:
        return await store.by_external_id(reading, caller.workspace, external_id)


async def page(db: Database, caller: Principal, query: ProviderQuery) -> ProviderPage:
    """One page of the providers that the query asks for. Raises: PermissionDenied."""
    caller.require("models:read")
    async with db.reading() as reading:
        found = await store.page(reading, caller.workspace, replace(query, limit=query.limit + 1))
    shown = tuple(found[: query.limit])
    return ProviderPage(items=shown, next=shown[-1].id if len(found) > query.limit else None)


async def listing(db: Database, caller: Principal) -> tuple[Provider, ...]:
    """Every provider of the workspace, the oldest first. Raises: PermissionDenied."""
    caller.require("models:read")
    async with db.reading() as reading:
        return tuple(await store.of_workspace(reading, caller.workspace))


async def counts(db: Database, caller: Principal, providers: Iterable[UUID]) -> Mapping[UUID, ModelCounts]:
    """How many models the providers have; one without any is not among them. Raises: PermissionDenied."""
    caller.require("models:read")
    async with db.reading() as reading:
        return await listings.counts(reading, caller.workspace, providers)


async def create(db: Database, keyring: Keyring, caller: Principal, new: NewProvider, *, at: datetime) -> Provider:
    """Make a provider. Raises: PermissionDenied, InvalidRequest, AlreadyExists, Unavailable (the secrets key)."""
    caller.require("models:manage")
    async with db.writing() as tx:
        revision = await revisions.raised(tx, caller.workspace)
        provider = made(keyring, new, workspace=caller.workspace, by=caller.profile, at=at)
        provider = replace(provider, revision=revision)
        await _refuse_taken(tx, provider)
        await store.insert(tx, provider)
        await records.created(tx, caller, "provider", provider.id, document(provider), at=at)
    return provider


def made(keyring: Keyring, new: NewProvider, *, workspace: UUID, by: UUID, at: datetime) -> Provider:
    """The provider that is asked for, its credential sealed. Raises: InvalidRequest, Unavailable."""
    identity = new_id(at)
    provider = Provider(
        id=identity,
        workspace=workspace,
        name=new.name,
        driver=new.driver,
        base_url=new.base_url,
        managed=new.managed,
        management=new.management,
        credential=new.credential.shape if new.credential else None,
        config=new.config,
        request_options=new.request_options,
        trace=new.trace,
        labels=new.labels,
        external_id=new.external_id,
        bundle=new.bundle,
        created_by=by,
        created_at=at,
        updated_at=at,
    )
    sealed = credentials.sealed(keyring, identity, new.credential) if new.credential else None
    return replace(checked(provider), sealed=sealed)


async def update(  # noqa: PLR0913  what, where and by whom belong together
    db: Database,
    keyring: Keyring,
    caller: Principal,
    provider_id: UUID,
    changes: ProviderChanges | Callable[[Provider], ProviderChanges],
    *,
    unchanged_since: int | None = None,
    at: datetime,
) -> Provider:
    """Change a provider; its models become another's default, or nobody's, where it is disabled.

    Args:
        db: where it is.
        keyring: what its credential is sealed with.
        caller: who changes it.
        provider_id: which.
        changes: what to change, or what tells it from the provider as it is, while nobody else writes.
        unchanged_since: the revision that the caller read, where it wants to change that and nothing newer.
        at: when.

    Raises: PermissionDenied, NotFound, Stale, Conflict (``managed``), InvalidRequest, AlreadyExists, Unavailable.
    """
    caller.require("models:manage")
    async with db.writing() as tx:
        revision = await revisions.raised(tx, caller.workspace)
        before = await store.locked(tx, caller.workspace, provider_id)
        if unchanged_since is not None and before.revision > unchanged_since:
            raise Stale("provider")
        refuse_managed(before)
        changes = changes(before) if callable(changes) else changes
        return await _kept(tx, keyring, caller, before, changes, revision, at=at)


async def set_credential(  # noqa: PLR0913  as above
    db: Database, keyring: Keyring, caller: Principal, provider_id: UUID, credential: Credential | None, *, at: datetime
) -> Provider:
    """Give a provider its credential, or take it away; a managed one's by an owner of the account.

    Raises: PermissionDenied, NotFound, Conflict (``managed``), InvalidRequest, Unavailable.
    """
    caller.require("models:manage")
    async with db.writing() as tx:
        revision = await revisions.raised(tx, caller.workspace)
        before = await store.locked(tx, caller.workspace, provider_id)
        if caller.role is not Role.OWNER or not caller.can("account:manage"):
            refuse_managed(before)
        return await _kept(tx, keyring, caller, before, ProviderChanges(credential=credential), revision, at=at)


async def _kept(  # noqa: PLR0913, PLR0917  as above
    tx: Writing,
    keyring: Keyring,
    caller: Principal,
    before: Provider,
    changes: ProviderChanges,
    revision: int,
    *,
    at: datetime,
) -> Provider:
    """The provider as the changes leave it, kept and recorded."""
    at = following(at, before.updated_at)
    credential = _credential(keyring, before, changes.credential)
    sealed = credentials.sealed(keyring, before.id, credential) if isinstance(credential, Credential) else None
    after = changed(before, changes, credential=credential, sealed=sealed, at=at)
    after = replace(after, revision=revision)
    if after.external_id != before.external_id:
        await _refuse_taken(tx, after)
    await store.save(tx, after)
    await records.updated(tx, caller, "provider", after.id, *documents(before, after), at=at)
    if (before.status, before.healthy) != (after.status, after.healthy):
        await defaults.settle(tx, caller, at=at)
    return after


def _credential(
    keyring: Keyring, before: Provider, asked: Credential | CredentialPatch | UnsetType | None
) -> Credential | UnsetType | None:
    """The credential there is to be. Raises: InvalidRequest (``credential_patch``), Unavailable."""
    if isinstance(asked, CredentialPatch):
        return patched(credentials.opened(keyring, before), asked)
    return UNSET if isinstance(asked, UnsetType) else asked


async def delete(db: Database, caller: Principal, provider_id: UUID, *, at: datetime) -> None:
    """Remove a provider and its models; where the default was among them, another is elected.

    Raises: PermissionDenied, NotFound, Conflict (``managed``).

    Source: contracts/everruns.md, 3.1.
    """
    caller.require("models:manage")
    async with db.writing() as tx:
        await revisions.raised(tx, caller.workspace)
        provider = await store.locked(tx, caller.workspace, provider_id)
        refuse_managed(provider)
        at = following(at, provider.updated_at)
        while gone := await models.of_provider(tx, caller.workspace, provider_id, limit=_GONE_AT_ONCE):
            told = [records.deletion(caller, "model", one.id, model_document(one), at=at) for one in gone]
            await records.many(tx, told)
            await models.delete_many(tx, gone)
        await store.delete(tx, caller.workspace, provider_id)
        await records.deleted(tx, caller, "provider", provider_id, document(provider), at=at)
        await defaults.settle(tx, caller, at=at)


async def _refuse_taken(tx: Writing, provider: Provider) -> None:
    """Raises: AlreadyExists, with the provider that has the external id."""
    held = await store.holder(tx, provider)
    if held is not None:
        raise AlreadyExists("provider", "this external id", existing=held)
