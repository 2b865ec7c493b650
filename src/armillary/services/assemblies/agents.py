"""Agents as assemblies: what uses models, and locks those that it links while it is active."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from armillary.domain import agents as domain
from armillary.domain.access import Principal
from armillary.domain.agents import Agent, assembled, document
from armillary.domain.assemblies import Claims, Kind, Said, Slot
from armillary.domain.changes import following
from armillary.domain.editing import Actor, Rules
from armillary.services import records
from armillary.services.assemblies.kinds import Edit, Linked, New, Owned
from armillary.storage import agents as store
from armillary.storage import archive
from armillary.storage.database import Reading, Writing


class Agents:
    """The assembler of agents."""

    kind = Kind.AGENT
    reads = "agents:read"
    manages = "agents:manage"
    rules = Rules()

    async def owned(self, reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, Owned]:
        """Those of the agents that the workspace has: a switched-off one can be switched on again."""
        return {one.id: owned(one) for one in (await store.by_ids(reading, workspace, ids)).values()}

    def claims(self, one: Owned, slot: Slot) -> Claims:
        """See ``domain.agents.claims``."""
        agent: Agent = one.subject
        return domain.claims(agent, slot)

    def said(self, slot: Slot, linked: Sequence[Linked]) -> list[Said | None]:
        """See ``domain.agents.said``."""
        return domain.said(slot, linked)

    async def uses(self, reading: Reading, workspace: UUID, ids: Collection[UUID]) -> dict[UUID, int]:  # noqa: ARG002
        """Nothing uses agents yet."""
        return {}

    async def suggested(  # noqa: D102  as the protocol says: no form offers agents
        self,
        reading: Reading,  # noqa: ARG002
        workspace: UUID,  # noqa: ARG002
        actor: Actor,  # noqa: ARG002
        *,
        exclude: Collection[UUID],  # noqa: ARG002
        limit: int,  # noqa: ARG002
    ) -> list[UUID]:
        return []

    async def make(self, tx: Writing, caller: Principal, news: Sequence[New], *, revision: int, at: datetime) -> None:
        """The agents are there, active where a flag of theirs says so."""
        made = [replace(_made(caller, new, at), revision=revision) for new in news]
        await store.insert_many(tx, made)
        told = [{**document(one), **new.told} for one, new in zip(made, news, strict=True)]
        creations = zip(made, told, strict=True)
        await records.many(tx, [records.creation(caller, "agent", one.id, told, at=at) for one, told in creations])

    async def change(
        self, tx: Writing, caller: Principal, edits: Sequence[Edit], *, revision: int, at: datetime
    ) -> None:
        """The agents are as their links say."""
        pairs = [_edited(edit, revision, at) for edit in edits]
        await store.save_many(tx, [after for _, after in pairs])
        await records.many(
            tx,
            [
                records.alteration(
                    caller,
                    "agent",
                    after.id,
                    {**document(before), **edit.was},
                    {**document(after), **edit.told},
                    at=after.updated_at,
                )
                for (before, after), edit in zip(pairs, edits, strict=True)
            ],
        )

    async def remove(
        self,
        tx: Writing,
        caller: Principal,
        things: Sequence[Owned],
        *,
        revision: int,  # noqa: ARG002  nothing is left that could have one
        at: datetime,
    ) -> None:
        """The agents are in the archive, and lock nothing any more."""
        await archive.put(tx, Kind.AGENT, caller.workspace, [one.id for one in things], at=at)
        await records.many(
            tx, [records.deletion(caller, "agent", one.id, document(one.subject), at=at) for one in things]
        )


assembler = Agents()


def owned(agent: Agent) -> Owned:
    """The agent with what the machine needs to know of it."""
    return Owned(
        subject=agent,
        id=agent.id,
        name=agent.name,
        description=agent.description,
        created_at=agent.created_at,
        updated_at=agent.updated_at,
        mcp=agent.mcp,
    )


def _made(caller: Principal, new: New, at: datetime) -> Agent:
    blank = Agent(
        id=new.id,
        workspace=caller.workspace,
        name="",
        mcp=new.mcp,
        created_by=caller.profile,
        created_at=at,
        updated_at=at,
    )
    return assembled(blank, new.links)


def _edited(edit: Edit, revision: int, at: datetime) -> tuple[Agent, Agent]:
    before: Agent = edit.before.subject
    after = replace(
        assembled(before, edit.links),
        mcp=before.mcp or edit.mcp,
        updated_at=following(at, before.updated_at),
        revision=revision,
    )
    return before, after
