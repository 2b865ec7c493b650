"""Providers as assemblies: the registry's own. Source: contracts/artifacts.md, 3.3.

Credentials are nobody's business here: they are set through the other dialects, and never copied.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assembled_providers import provider_changes, provider_claims, provider_row, said_of_provider
from armillary.domain.assemblies import Assembly, Claims, Kind, ProviderRow, Said, Slot
from armillary.domain.changes import Change, Document, following
from armillary.domain.editing import Actor, Obstacle, Rules, Subject
from armillary.domain.errors import InvalidRequest
from armillary.domain.providers import COMPATIBLE, Provider, changed, document, documents
from armillary.domain.resources import Description, Resource, Value, text_of
from armillary.services import defaults, records
from armillary.services.assemblies.kinds import Edit, Linked, Links, New, Owned, Refused
from armillary.services.assemblies.reading import assembled
from armillary.storage import archive, provider_models
from armillary.storage import providers as store
from armillary.storage.database import Reading, Writing

#: Member of a provider -> the slot that states it.
_SLOT_OF = {"name": Slot.NAMES, "provider_type": Slot.VALUES, "base_url": Slot.ENDPOINTS}
#: What a section shows of a provider beside its own members.
_SHOWN = (Slot.DESCRIPTIONS, Slot.DEPARTMENTS, Slot.VALUES)


class ProviderRules(Rules):
    """As with models, save that nothing of what the platform manages is edited; a copy of it is one's own."""

    def obstacle(self, actor: Actor, of: Subject) -> Obstacle | None:
        """Why the actor may not edit it; None where it may."""
        return Obstacle.MANAGED if of.managed else super().obstacle(actor, of)

    def may_duplicate(self, actor: Actor, of: Subject) -> bool:
        """Whether the actor may make a copy of it."""
        return super().may_duplicate(actor, replace(of, managed=False))


class Providers:
    """The assembler of providers."""

    kind = Kind.PROVIDER
    reads = "models:read"
    manages = "models:manage"
    rules: Rules = ProviderRules()

    async def owned(self, reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, Owned]:
        """Those of the providers that the workspace has."""
        found = await store.by_ids(reading, workspace, ids)
        return {one.id: owned(one) for one in found.values()}

    def claims(self, one: Owned, slot: Slot) -> Claims:
        """See ``domain.assembled_providers.provider_claims``."""
        return provider_claims(one.subject, slot)

    def said(self, slot: Slot, linked: Sequence[Linked]) -> list[Said | None]:
        """See ``domain.assembled_providers.said_of_provider``."""
        return said_of_provider(slot, linked)

    async def uses(self, reading: Reading, workspace: UUID, ids: Collection[UUID]) -> dict[UUID, int]:
        """How many models use each of them."""
        return await provider_models.counts(reading, workspace, ids)

    async def suggested(
        self,
        reading: Reading,
        workspace: UUID,
        actor: Actor,  # noqa: ARG002  providers are offered to everybody
        *,
        exclude: Collection[UUID],
        limit: int,
    ) -> list[UUID]:
        """The first by name."""
        every = sorted(await store.of_workspace(reading, workspace), key=lambda one: (one.name, one.id))
        return [one.id for one in every if one.id not in exclude][:limit]

    async def make(self, tx: Writing, caller: Principal, news: Sequence[New], *, revision: int, at: datetime) -> None:
        """The providers are there, without a key."""
        made = [replace(_made(index, new, caller, at), revision=revision) for index, new in enumerate(news)]
        for one in made:
            await store.insert(tx, one)
        told = [{**document(one), **_described(new.links), **new.told} for one, new in zip(made, news, strict=True)]
        await records.many(
            tx,
            [records.creation(caller, "provider", one.id, said, at=at) for one, said in zip(made, told, strict=True)],
        )

    async def change(
        self, tx: Writing, caller: Principal, edits: Sequence[Edit], *, revision: int, at: datetime
    ) -> None:
        """The providers are as their links say; where one is switched, the default model may become another.

        Raises: Refused.
        """
        pairs = [_edited(index, edit, revision, at) for index, edit in enumerate(edits)]
        described = [edit.before for edit in edits if Slot.DESCRIPTIONS in edit.links]
        were = await _descriptions(tx, caller.workspace, described)
        for _, after in pairs:
            await store.save(tx, after)
        told = [_alteration(caller, *pair, edit, were) for pair, edit in zip(pairs, edits, strict=True)]
        await records.many(tx, told)
        if any((before.status, before.healthy) != (after.status, after.healthy) for before, after in pairs):
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
        """The providers are in the archive, their keys nowhere; no model used them, as ``uses`` told."""
        await store.forget_credentials(tx, caller.workspace, [one.id for one in things])
        await archive.put(tx, Kind.PROVIDER, caller.workspace, [one.id for one in things], at=at)
        gone = [
            records.deletion(caller, "provider", one.id, document(one.subject), at=following(at, one.updated_at))
            for one in things
        ]
        await records.many(tx, gone)


assembler = Providers()


async def shown_rows(reading: Reading, workspace: UUID, providers: Iterable[Provider]) -> dict[UUID, ProviderRow]:
    """The providers as sections and listings show them, in three statements."""
    things = {one.id: owned(one) for one in providers}
    shown = await assembled(reading, assembler, workspace, things, _SHOWN)
    return {one.id: _row(one.subject, shown[one.id]) for one in things.values()}


def _row(provider: Provider, shown: Assembly) -> ProviderRow:
    return provider_row(
        provider,
        word=_word(shown),
        description=_description(shown),
        departments=shown.linked(Slot.DEPARTMENTS),
    )


def _word(shown: Assembly) -> str | None:
    """What the provider calls itself."""
    values = (shown.rows[one].content for one in shown.linked(Slot.VALUES))
    return next((one.value for one in values if isinstance(one, Value) and one.type == "provider"), None)


def _description(shown: Assembly) -> str | None:
    """What the provider is said to be."""
    texts = (shown.rows[one].content for one in shown.linked(Slot.DESCRIPTIONS))
    return next((one.description for one in texts if isinstance(one, Description)), None)


def owned(provider: Provider) -> Owned:
    """The provider with what the machine needs to know of it."""
    return Owned(
        subject=provider,
        id=provider.id,
        name=provider.name,
        created_at=provider.created_at,
        updated_at=provider.updated_at,
        mcp=provider.mcp,
        managed=provider.managed,
    )


def _made(index: int, new: New, caller: Principal, at: datetime) -> Provider:
    blank = Provider(
        id=new.id,
        workspace=caller.workspace,
        name="",
        driver=COMPATIBLE,
        mcp=new.mcp,
        created_by=caller.profile,
        created_at=at,
        updated_at=at,
    )
    return _assembled(index, blank, new.links, at)


def _edited(index: int, edit: Edit, revision: int, at: datetime) -> tuple[Provider, Provider]:
    before: Provider = edit.before.subject
    after = _assembled(index, before, edit.links, following(at, before.updated_at))
    return before, replace(after, mcp=before.mcp or edit.mcp, revision=revision)


def _assembled(index: int, provider: Provider, links: Links, at: datetime) -> Provider:
    """Raises: Refused."""
    try:
        return changed(provider, provider_changes(provider, links), at=at)
    except InvalidRequest as exc:
        raise Refused(index, _SLOT_OF.get(exc.field, exc.field), exc.sentence) from exc


def _alteration(
    caller: Principal, before: Provider, after: Provider, edit: Edit, descriptions: Mapping[UUID, str]
) -> Change:
    """The record of an update: descriptions, which stand in links alone, as texts."""
    was, becomes = documents(before, after)
    if before.id in descriptions:
        was = {**was, "description": descriptions[before.id]}
        becomes = {**becomes, **_described(edit.links)}
    return records.alteration(
        caller, "provider", after.id, {**was, **edit.was}, {**becomes, **edit.told}, at=after.updated_at
    )


def _described(links: Links) -> Document:
    texts = [one.content for one in links.get(Slot.DESCRIPTIONS, ()) if isinstance(one, Resource)]
    return {"description": next((text_of(one) for one in texts), "")}


async def _descriptions(reading: Reading, workspace: UUID, things: Iterable[Owned]) -> dict[UUID, str]:
    shown = await assembled(reading, assembler, workspace, {one.id: one for one in things}, (Slot.DESCRIPTIONS,))
    return {one: _description(assembly) or "" for one, assembly in shown.items()}
