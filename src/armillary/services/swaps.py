"""Swaps: what uses a model uses another instead. Source: contracts/cadenya.md, 3.6, "Swap"."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.agents import Agent, document
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.changes import Document, following
from armillary.services import records
from armillary.storage import agents as store
from armillary.storage import links
from armillary.storage.database import Reading, Writing


async def agents_are_using(reading: Reading, caller: Principal, models: Collection[UUID]) -> bool:
    """Whether any agent, active or not, uses any of the models."""
    return bool(await store.using(reading, caller.workspace, models))


async def swap_in_agents(
    tx: Writing, caller: Principal, swapped: Mapping[UUID, UUID], *, revision: int, at: datetime
) -> None:
    """Whatever agent used a model uses the one that it is swapped for, at the same place; all at once.

    An agent that used both keeps the first place of the two.
    """
    before = await store.using(tx, caller.workspace, swapped)
    stored = await links.of_owners(tx, Kind.AGENT, caller.workspace, [one.id for one in before], [Slot.MODELS])
    linked = {one.id: _used(one, stored.get(one.id, {}).get(Slot.MODELS, [])) for one in before}
    moved = {one: list(dict.fromkeys(swapped.get(each, each) for each in used)) for one, used in linked.items()}
    after = [_moved(one, moved[one.id], revision, at) for one in before]
    await store.save_many(tx, after)
    await links.replace(tx, Kind.AGENT, caller.workspace, [(one, {Slot.MODELS: used}) for one, used in moved.items()])
    await records.many(
        tx,
        [
            records.alteration(
                caller,
                "agent",
                was.id,
                {**document(was), **_told(linked[was.id])},
                {**document(became), **_told(moved[was.id])},
                at=became.updated_at,
            )
            for was, became in zip(before, after, strict=True)
        ],
    )


def _used(agent: Agent, stored: list[UUID]) -> list[UUID]:
    """The models that the agent uses, in order: the column decides on the first."""
    first = [] if agent.model is None else [agent.model]
    return list(dict.fromkeys([*first, *stored[1:]]))


def _moved(agent: Agent, used: list[UUID], revision: int, at: datetime) -> Agent:
    return replace(agent, model=next(iter(used), None), revision=revision, updated_at=following(at, agent.updated_at))


def _told(used: list[UUID]) -> Document:
    return {Slot.MODELS.value: [str(one) for one in used]}
