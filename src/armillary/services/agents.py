"""Agents, listed with what they use.

They are made, changed and deleted as all assemblies are: see ``services.assemblies``. What becomes of them where models
are swapped is told in ``services.swaps``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.agents import SHEET, Agent, AgentListing, AgentQuery, ListedAgent, cells
from armillary.domain.assemblies import Assembly, ModelRow, Record, Slot
from armillary.domain.editing import Actor, Subject
from armillary.domain.facets import MOST_OPTIONS, Option
from armillary.domain.models import Model, Source
from armillary.domain.resources import Content, ReasoningLevel, TemperatureLevel
from armillary.domain.uploads import UploadTerms
from armillary.services import exports
from armillary.services.actors import actor
from armillary.services.assemblies.agents import assembler, owned
from armillary.services.assemblies.reading import assembled
from armillary.services.exports import Batches, Export
from armillary.services.exports import Source as RowSource
from armillary.storage import agents as store
from armillary.storage import departments, models
from armillary.storage.database import Database, Reading

#: How many agents an export reads at once.
_AT_ONCE = 100
_SHOWN = frozenset({Slot.DESCRIPTIONS, Slot.DEPARTMENTS, Slot.MODELS, Slot.REASONING_LEVELS, Slot.TEMPERATURE_LEVELS})


async def search(db: Database, caller: Principal, query: AgentQuery) -> AgentListing:
    """The agents that the query asks for, switched off ones too, and by what they may be narrowed.

    Raises: PermissionDenied.
    """
    caller.require("agents:read")
    async with db.reading() as reading:
        who = await actor(reading, caller)
        found = await store.page(reading, db.kind, caller.workspace, query)
        return AgentListing(
            actor=who,
            items=await _listed(reading, caller, who, found),
            total=await store.count(reading, caller.workspace, query),
            departments=await _department_options(reading, caller, query.department_text),
            models=await _model_options(reading, caller, query.model_text),
        )


async def _listed(reading: Reading, caller: Principal, who: Actor, found: Sequence[Agent]) -> tuple[ListedAgent, ...]:
    things = {one.id: owned(one) for one in found}
    shown = await assembled(reading, assembler, caller.workspace, things, slots=_SHOWN)
    used = {model for one in shown.values() for model in one.linked(Slot.MODELS)}
    there = await models.records(reading, caller.workspace, used)
    return tuple(_entry(who, one, shown[one.id], there) for one in found)


def _entry(who: Actor, agent: Agent, shown: Assembly, there: Mapping[UUID, Record]) -> ListedAgent:
    subject = Subject(id=agent.id, departments=shown.linked(Slot.DEPARTMENTS))
    first = next((there[model].model for model in shown.linked(Slot.MODELS) if model in there), None)
    temperature = _first(shown, Slot.TEMPERATURE_LEVELS)
    level = _first(shown, Slot.REASONING_LEVELS)
    rules = assembler.rules
    return ListedAgent(
        agent=agent,
        departments=shown.linked(Slot.DEPARTMENTS),
        model=None if first is None else _model_row(first),
        reasoning=level.reasoning_level if isinstance(level, ReasoningLevel) else None,
        temperature=temperature.temperature if isinstance(temperature, TemperatureLevel) else None,
        may_edit=rules.obstacle(who, subject) is None,
        may_duplicate=rules.may_duplicate(who, subject),
        may_delete=rules.may_delete(who, subject),
    )


def _first(shown: Assembly, slot: Slot) -> Content | None:
    return next((shown.rows[one].content for one in shown.linked(slot)), None)


def _model_row(model: Model) -> ModelRow:
    return ModelRow(
        id=model.id,
        name=model.name,
        description=model.description or None,
        created_at=model.created_at,
        mcp=model.mcp,
        generated=model.source is not Source.MANUAL,
    )


async def _department_options(reading: Reading, caller: Principal, text: str) -> tuple[Option, ...]:
    """The departments that any agent belongs to, and how many do."""
    totals = await store.department_counts(reading, caller.workspace)
    there = await departments.by_ids(reading, caller.workspace, totals)
    return _options({one.id: one.name for one in there.values()}, totals, text)


async def _model_options(reading: Reading, caller: Principal, text: str) -> tuple[Option, ...]:
    """The models that any agent uses, and how many do."""
    totals = await store.model_counts(reading, caller.workspace)
    there = await models.records(reading, caller.workspace, totals)
    return _options({one: record.model.name for one, record in there.items()}, totals, text)


def _options(names: Mapping[UUID, str], totals: Mapping[UUID, int], text: str) -> tuple[Option, ...]:
    fitting = sorted((name, one) for one, name in names.items() if text.casefold() in name.casefold())
    return tuple(Option(id=str(one), name=name, count=totals[one]) for name, one in fitting[:MOST_OPTIONS])


# Exports


async def export(  # noqa: PLR0913  what an upload is made of
    db: Database, caller: Principal, agent_id: UUID | None, *, terms: UploadTerms, mcp: bool, at: datetime
) -> Export:
    """Write the agents that the caller may see, or the one named, to an upload. Raises: PermissionDenied."""
    caller.require(assembler.reads)
    source = _source(db, caller, agent_id)
    return await exports.export(db, caller, SHEET, source, is_one=agent_id is not None, terms=terms, mcp=mcp, at=at)


def _source(db: Database, caller: Principal, agent_id: UUID | None) -> RowSource:
    async def rows(reading: Reading) -> Batches:
        who = await actor(reading, caller)
        there = await departments.of_workspace(reading, caller.workspace)
        names = {one.id: one.name for one in there}
        async for batch in _batches(db, reading, caller, agent_id):
            yield await _rows(reading, caller, who, names, batch)

    return rows


async def _batches(
    db: Database, reading: Reading, caller: Principal, agent_id: UUID | None
) -> AsyncIterator[Sequence[Agent]]:
    if agent_id is not None:
        yield list((await store.by_ids(reading, caller.workspace, [agent_id])).values())
        return
    query = AgentQuery(limit=_AT_ONCE)
    while batch := await store.page(reading, db.kind, caller.workspace, query):
        yield batch
        query = replace(query, offset=query.offset + _AT_ONCE)


async def _rows(
    reading: Reading, caller: Principal, who: Actor, names: Mapping[UUID, str], batch: Sequence[Agent]
) -> list[Sequence[str]]:
    """Of these agents, in this order, the rows that the actor may see."""
    shown = await assembled(reading, assembler, caller.workspace, {one.id: owned(one) for one in batch})
    used = {model for one in shown.values() for model in one.linked(Slot.MODELS)}
    there = await models.records(reading, caller.workspace, used)
    called = {one: record.model.name for one, record in there.items()}
    return [
        cells(one, shown[one.id], names, called)
        for one in batch
        if assembler.rules.may_view(who, Subject(id=one.id, departments=shown[one.id].linked(Slot.DEPARTMENTS)))
    ]
