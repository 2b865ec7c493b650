"""Agents as rows, bounded by a workspace. Whoever writes has called ``revisions.raised`` first.

The model that an agent uses first is its own column; further ones are its links of the slot ``models``, whose first
place only remembers that column. So a model that is deleted, through whichever dialect, is no agent's any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID

from armillary.domain.agents import Agent, AgentQuery, contents
from armillary.domain.assemblies import Slot
from armillary.storage import resources
from armillary.storage.columns import identity, instant, moment, optional_hex, optional_identity
from armillary.storage.database import Reading, Row, Value, Writing
from armillary.storage.filters import one_of
from armillary.storage.rows import folded, keepable

COLUMNS = (
    "id",
    "workspace",
    "name",
    "description",
    "model",
    "active",
    "mcp",
    "created_by",
    "created_at",
    "updated_at",
    "revision",
)
_READ = ", ".join(f"a.{name}" for name in COLUMNS)
_WRITTEN = (*COLUMNS, "search")
_INSERT = f"INSERT INTO agents ({', '.join(_WRITTEN)}) VALUES ({', '.join(f':{name}' for name in _WRITTEN)})"  # noqa: S608  constants of this module
_KEPT = frozenset(("id", "workspace", "created_by", "created_at"))
_UPDATE = (
    f"UPDATE agents SET {', '.join(f'{name} = :{name}' for name in _WRITTEN if name not in _KEPT)}"  # noqa: S608  as above
    " WHERE id = :id AND workspace = :of_workspace"
)
#: How many ids one statement names.
_AT_ONCE = 500
#: Stands between what a search looks through, so that no text is found across both.
_BETWEEN = "\x1f"
#: Text orders by code point on SQLite, and on PostgreSQL where it is told to.
_BY_CODE_POINT = {"sqlite": "", "postgresql": ' COLLATE "C"'}
_FURTHER = f"l.workspace = :workspace AND l.slot = '{Slot.MODELS.value}' AND l.place > 0"


Kind = Literal["sqlite", "postgresql"]


async def by_ids(reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, Agent]:
    """Those of the agents that there are, active or not."""
    found: dict[UUID, Agent] = {}
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), _AT_ONCE):
        values: dict[str, Value] = {"workspace": workspace.hex}
        chosen = one_of("id", [one.hex for one in wanted[start : start + _AT_ONCE]], values)
        sql = f"SELECT {_READ} FROM agents a WHERE a.workspace = :workspace AND {chosen}"  # noqa: S608  as above; values are bound
        found |= {one.id: one for one in map(_agent, await reading.all(sql, **values))}
    return found


async def uses(reading: Reading, workspace: UUID, models: Iterable[UUID]) -> dict[UUID, int]:
    """How many active agents use each of the models; those that none uses are missing."""
    return {model: len(agents) for model, agents in (await users(reading, workspace, models)).items()}


async def users(reading: Reading, workspace: UUID, models: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Which active agents use each of the models, oldest first; models that none uses are missing."""
    found: dict[UUID, list[UUID]] = {}
    wanted = list(dict.fromkeys(models))
    for start in range(0, len(wanted), _AT_ONCE):
        values: dict[str, Value] = {"workspace": workspace.hex}
        used = _used(_models([one.hex for one in wanted[start : start + _AT_ONCE]], values))
        sql = f"SELECT model, agent FROM ({used}) AS used WHERE active = 1 ORDER BY agent"  # noqa: S608  as above
        for row in await reading.all(sql, **values):
            found.setdefault(identity(row["model"]), []).append(identity(row["agent"]))
    return found


async def used_by(reading: Reading, workspace: UUID, agents: Iterable[UUID]) -> set[UUID]:
    """The models that any of the agents uses, active or not."""
    values: dict[str, Value] = {"workspace": workspace.hex}
    wanted = sorted({one.hex for one in agents})
    if not wanted:
        return set()
    sql = f"SELECT DISTINCT model FROM ({_used()}) AS used WHERE {one_of('agent', wanted, values)}"  # noqa: S608  as above
    return {identity(row["model"]) for row in await reading.all(sql, **values)}


async def page(reading: Reading, kind: Kind, workspace: UUID, query: AgentQuery) -> list[Agent]:
    """The agents that the query asks for, by name in code-point order, then by id."""
    if query.none or not keepable(query.text):
        return []
    conditions, values = _asked(workspace, query)
    sql = f"""SELECT {_READ} FROM agents a WHERE {conditions}
        ORDER BY a.name{_BY_CODE_POINT[kind]}, a.id LIMIT :limit OFFSET :offset"""  # noqa: S608  as above
    return [_agent(row) for row in await reading.all(sql, **values, limit=query.limit, offset=query.offset)]


async def count(reading: Reading, workspace: UUID, query: AgentQuery) -> int:
    """How many agents the query asks for, on all pages."""
    if query.none or not keepable(query.text):
        return 0
    conditions, values = _asked(workspace, query)
    row = await reading.first(f"SELECT count(*) AS total FROM agents a WHERE {conditions}", **values)  # noqa: S608  as above
    return 0 if row is None else row["total"]


async def department_counts(reading: Reading, workspace: UUID) -> dict[UUID, int]:
    """How many agents, active or not, belong to each department that any belongs to."""
    rows = await reading.all(
        f"""SELECT target, count(*) AS total FROM agent_links
        WHERE workspace = :workspace AND slot = '{Slot.DEPARTMENTS.value}' GROUP BY target""",  # noqa: S608  as above
        workspace=workspace.hex,
    )
    return {identity(row["target"]): row["total"] for row in rows}


async def model_counts(reading: Reading, workspace: UUID) -> dict[UUID, int]:
    """How many agents, active or not, use each model that any uses."""
    rows = await reading.all(
        f"SELECT model, count(*) AS total FROM ({_used()}) AS used GROUP BY model",  # noqa: S608  as above
        workspace=workspace.hex,
    )
    return {identity(row["model"]): row["total"] for row in rows}


async def using(reading: Reading, workspace: UUID, models: Iterable[UUID]) -> list[Agent]:
    """The agents that use any of the models at any place, active or not, oldest first."""
    values: dict[str, Value] = {"workspace": workspace.hex}
    wanted = sorted({one.hex for one in models})
    if not wanted:
        return []
    using = f"SELECT agent FROM ({_used(_models(wanted, values))}) AS used"  # noqa: S608  as above
    sql = f"SELECT {_READ} FROM agents a WHERE a.id IN ({using}) ORDER BY a.id"  # noqa: S608  as above
    return [_agent(row) for row in await reading.all(sql, **values)]


async def insert_many(tx: Writing, agents: Sequence[Agent]) -> None:
    """Keep new agents."""
    await tx.run_many(_INSERT, [_values(agent) for agent in agents])
    await _keep_said(tx, agents)


async def save_many(tx: Writing, agents: Sequence[Agent]) -> None:
    """Keep the agents as they are now."""
    saved = [{name: value for name, value in _values(agent).items() if name not in _NAMED_ONCE} for agent in agents]
    await tx.run_many(
        _UPDATE, [{**each, "of_workspace": one.workspace.hex} for each, one in zip(saved, agents, strict=True)]
    )
    await _keep_said(tx, agents)


_NAMED_ONCE = _KEPT - {"id"}


async def delete_many(tx: Writing, agents: Sequence[Agent]) -> None:
    """The agents and their links are gone."""
    await tx.run_many(
        "DELETE FROM agents WHERE id = :id AND workspace = :workspace",
        [{"id": agent.id.hex, "workspace": agent.workspace.hex} for agent in agents],
    )


async def _keep_said(tx: Writing, agents: Sequence[Agent]) -> None:
    """Whatever they say has a canonical row, so that it can be told by an id."""
    for one in agents[:1]:
        said = {content for each in agents for content in contents(each)}
        await resources.keep(tx, one.workspace, said, at=one.updated_at)


def _models(ids: Sequence[str], values: dict[str, Value]) -> str:
    """The names under which the models are bound, of which there is at least one."""
    names = [f"model_{number}" for number in range(len(ids))]
    values.update(zip(names, ids, strict=True))
    return ", ".join(f":{name}" for name in names)


def _used(models: str = "") -> str:
    """Which agents use which models: those bound under these names, or any.

    The models stand in both parts, since not every planner carries a condition into a union.
    """
    first = f"a.model IN ({models})" if models else "a.model IS NOT NULL"
    further = f"l.target IN ({models})" if models else "1 = 1"
    return f"""
        SELECT a.id AS agent, a.model, a.active FROM agents a WHERE a.workspace = :workspace AND {first}
        UNION
        SELECT a.id AS agent, l.target AS model, a.active FROM agent_links l JOIN agents a ON a.id = l.owner
        WHERE {_FURTHER} AND {further}"""  # noqa: S608  as above


def _asked(workspace: UUID, query: AgentQuery) -> tuple[str, dict[str, Value]]:
    values: dict[str, Value] = {"workspace": workspace.hex}
    conditions = ["a.workspace = :workspace"]
    if query.text:
        values["text"] = folded(query.text)
        conditions.append("instr(a.search, :text) > 0")
    if query.departments:
        named = one_of("target", [one.hex for one in query.departments], values)
        conditions.append(
            "EXISTS (SELECT 1 FROM agent_links l WHERE l.owner = a.id AND l.workspace = :workspace"  # noqa: S608  as above
            f" AND l.slot = '{Slot.DEPARTMENTS.value}' AND {named})"
        )
    if query.models:
        used = _used(_models([one.hex for one in query.models], values))
        conditions.append(f"a.id IN (SELECT agent FROM ({used}) AS used)")  # noqa: S608  as above
    return " AND ".join(conditions), values


def _values(of: Agent) -> dict[str, Value]:
    return {
        "id": of.id.hex,
        "workspace": of.workspace.hex,
        "name": of.name,
        "description": of.description,
        "model": optional_hex(of.model),
        "active": int(of.active),
        "mcp": int(of.mcp),
        "created_by": of.created_by.hex,
        "created_at": instant(of.created_at),
        "updated_at": instant(of.updated_at),
        "revision": of.revision,
        "search": _BETWEEN.join(folded(part).replace(_BETWEEN, " ") for part in (of.name, of.description)),
    }


def _agent(row: Row) -> Agent:
    return Agent(
        id=identity(row["id"]),
        workspace=identity(row["workspace"]),
        name=row["name"],
        description=row["description"],
        model=optional_identity(row["model"]),
        active=row["active"] == 1,
        mcp=row["mcp"] == 1,
        created_by=identity(row["created_by"]),
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
        revision=row["revision"],
    )
