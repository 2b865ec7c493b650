"""A provider's own list of models, asked for outside of any transaction and applied in one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.changes import Change, following
from armillary.domain.discovery import DiscoveredModel
from armillary.domain.errors import InvalidRequest
from armillary.domain.labels import free
from armillary.domain.models import Model, Source, document, refreshed
from armillary.domain.providers import Credential, Provider
from armillary.domain.syncs import SyncResult, bootstrapped, discovered, heard, unseen
from armillary.providers.discovery import ListingUnsupported, list_models
from armillary.providers.endpoints import DRIVERS, Endpoint
from armillary.providers.guard import Outbound
from armillary.services import catalogue, credentials, defaults, records
from armillary.services.ids import new_id
from armillary.storage import models, providers, revisions
from armillary.storage.database import Database, Writing
from armillary.storage.secrets import Keyring

#: After how many models others get the loop.
_AT_ONCE = 100

Heard = Sequence[tuple[DiscoveredModel, Mapping[str, Any]]]


async def sync(  # noqa: PLR0913  what it takes to ask, and by whom
    db: Database, keyring: Keyring, outbound: Outbound, caller: Principal, provider_id: UUID, *, at: datetime
) -> SyncResult:
    """Ask a provider for its models and take them over; see ``domain.syncs`` for what they change.

    Raises: PermissionDenied, NotFound, InvalidRequest where the provider is set up so that it cannot be asked,
        UpstreamError, Unavailable.
    """
    caller.require("models:manage")
    async with db.reading() as reading:
        provider = await providers.by_id(reading, caller.workspace, provider_id)
    endpoint = _endpoint(provider, credentials.opened(keyring, provider))
    try:
        listing = await list_models(outbound, endpoint)
    except ListingUnsupported:
        return SyncResult(supported=False)
    # in a thread: a list of thousands takes the catalogue longer than a request may wait
    told = await asyncio.to_thread(_told, provider.driver, listing.models)
    async with db.writing() as tx:
        revision = await revisions.raised(tx, caller.workspace)
        provider = await providers.locked(tx, caller.workspace, provider_id)
        return await _Sync(tx=tx, caller=caller, provider=provider, revision=revision, at=at).apply(told)


def _endpoint(provider: Provider, credential: Credential | None) -> Endpoint:
    if credential is None and not provider.base_url and provider.driver in DRIVERS:
        # a missing key fails closed (contracts/everruns.md, 3.1): a vendor's own host is not asked without one
        raise InvalidRequest("api_key", "is missing: give the provider its key before its models are asked for")
    members = credential.members if credential else {}
    headers = dict(provider.request_options.get("headers", {}))
    if credential is not None and credential.kind == "headers":
        headers |= members
    return Endpoint(
        name=provider.name,
        driver=provider.driver,
        base_url=provider.base_url or None,
        api_key=members.get("api_key"),
        headers=headers,
    )


def _told(driver: str, found: Sequence[DiscoveredModel]) -> Heard:
    return [(one, heard(one, _curated(driver, one.upstream_name))) for one in found]


def _curated(driver: str, upstream_name: str) -> Mapping[str, Any]:
    facts = catalogue.facts_of(driver, upstream_name)
    return facts or {"vendor": catalogue.vendor_of(driver, upstream_name)}


@dataclass(slots=True, kw_only=True)
class _Sync:
    """One list being applied: what it makes and changes is gathered, then kept and recorded."""

    tx: Writing
    caller: Principal
    provider: Provider
    revision: int
    at: datetime
    made: list[Model] = field(default_factory=list)
    seen: list[Model] = field(default_factory=list)
    altered: dict[UUID, tuple[Model, Model]] = field(default_factory=dict)

    async def apply(self, told: Heard) -> SyncResult:
        """The list is part of the registry."""
        await records.claimed(self.tx, self.caller, at=self.at)
        held = await models.originals(self.tx, self.provider.workspace, self.provider.id)
        # the provider was asked for a while, and its models may have been written meanwhile
        self.at = following(self.at, max((model.updated_at for model in held), default=self.provider.updated_at))
        await self._gather(held, told)
        stale = unseen(held, (found.upstream_name for found, _ in told))
        if await self._is_first():
            self._enable(bootstrapped([*self.made, *(self._as_it_is(model) for model in self.seen)]))
        await self._keep()
        return SyncResult(created=len(self.made), updated=len(self.seen), stale=stale)

    async def _gather(self, held: Sequence[Model], told: Heard) -> None:
        by_name = {model.upstream_name: model for model in held}
        taken = {model.external_id for model in held}
        fresh = [one for one in told if one[0].upstream_name not in by_name]
        seqs = iter(await models.next_seqs(self.tx, self.provider.workspace, len(fresh)))
        for number, (found, known) in enumerate(told):
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
            before = by_name.get(found.upstream_name)
            if before is None:
                self._make(found, known, next(seqs), taken)
            else:
                self._see(before, known)

    def _make(self, found: DiscoveredModel, known: Mapping[str, Any], seq: int, taken: set[str]) -> None:
        try:
            model = discovered(
                found,
                known,
                identity=new_id(self.at),
                seq=seq,
                provider=self.provider,
                by=self.caller.profile,
                at=self.at,
            )
        except InvalidRequest:
            return  # a provider may list what no registry can hold; the others are worth having
        model = replace(
            model,
            external_id=free(model.external_id, taken),
            last_seen_at=self._synced_at(),
            revision=self.revision,
        )
        taken.add(model.external_id)
        self.made.append(model)

    def _see(self, before: Model, known: Mapping[str, Any]) -> None:
        """Seen again; the provider's word refreshes what the provider's word made."""
        self.seen.append(before)
        if before.source is not Source.DISCOVERED:
            return
        try:
            after = refreshed(before, known, at=self.at)
        except InvalidRequest:
            return
        if after is not before:
            self.altered[before.id] = (before, replace(after, revision=self.revision))

    async def _is_first(self) -> bool:
        """Whether this is the workspace's first credential at work."""
        if self.provider.last_synced_at is not None:
            return False
        return not await models.has_enabled_chat(self.tx, self.provider.workspace)

    def _as_it_is(self, model: Model) -> Model:
        return self.altered[model.id][1] if model.id in self.altered else model

    def _enable(self, chosen: Sequence[Model]) -> None:
        better = {model.id: replace(model, revision=self.revision) for model in chosen}
        self.made = [better.pop(model.id, model) for model in self.made]
        for model in self.seen:
            if model.id in better:
                self.altered[model.id] = (model, better[model.id])

    async def _keep(self) -> None:
        by, at = self.caller.profile, self.at
        for made in _batches(self.made):
            await models.insert_many(self.tx, made, by=by)
            told = [records.creation(self.caller, "model", one.id, document(one), at=at) for one in made]
            await records.many(self.tx, told)
        for pairs in _batches(list(self.altered.values())):
            await models.save_many(self.tx, pairs, by=by, at=at)
            await records.many(self.tx, [self._altered(before, after) for before, after in pairs])
        for seen in _batches(self.seen):
            await models.seen(self.tx, seen, at=self._synced_at())
        await providers.save(self.tx, replace(self.provider, last_synced_at=self._synced_at(), revision=self.revision))
        await records.many(self.tx, [self._synced()])
        await defaults.settle(self.tx, self.caller, at=at)

    def _synced_at(self) -> datetime:
        """Never before the last sync, which may have overtaken this one: what it saw would look stale."""
        last = self.provider.last_synced_at
        return self.at if last is None else max(last, self.at)

    def _altered(self, before: Model, after: Model) -> Change:
        was, becomes = document(before), document(after)
        return records.alteration(self.caller, "model", after.id, was, becomes, at=self.at)

    def _synced(self) -> Change:
        was = self.provider.last_synced_at
        return records.alteration(
            self.caller,
            "provider",
            self.provider.id,
            {"last_synced_at": None if was is None else was.isoformat()},
            {"last_synced_at": self._synced_at().isoformat()},
            at=self.at,
        )


Item = TypeVar("Item")


def _batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The items, some at a time: between two, others get the loop."""
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))
