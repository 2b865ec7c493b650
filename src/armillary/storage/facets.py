"""What the list of models can be narrowed by: options with true counts of models, whatever the list is narrowed by.

Source: contracts/artifacts.md, 2.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from armillary.domain.assembly_listings import MOST_OPTIONS, FacetQuery, Facets, Option
from armillary.storage.columns import identity
from armillary.storage.database import Reading, Row
from armillary.storage.rows import folded, keepable

Engine = Literal["sqlite", "postgresql"]

#: Text orders by code point on SQLite, and on PostgreSQL where it is told to.
_BY_CODE_POINT = {"sqlite": "", "postgresql": ' COLLATE "C"'}
_PROVIDERS = """SELECT p.id, p.name,
        (SELECT count(*) FROM models m WHERE m.provider = p.id)
        + (SELECT count(*) FROM (
            SELECT DISTINCT l.owner FROM model_links l JOIN models m ON m.id = l.owner
            WHERE l.workspace = :workspace AND l.slot = 'providers' AND l.target = p.id AND l.place > 0
                AND (m.provider IS NULL OR m.provider <> p.id)) AS further) AS total,
        (SELECT r.search FROM provider_links d JOIN resources r ON r.id = d.target
            WHERE d.owner = p.id AND d.slot = 'descriptions' ORDER BY d.place LIMIT 1) AS described
    FROM providers p WHERE p.workspace = :workspace"""
_DEPARTMENTS = """SELECT d.id, d.name, NULL AS described,
        (SELECT count(*) FROM (
            SELECT DISTINCT l.owner FROM model_links l
            WHERE l.workspace = :workspace AND l.slot = 'departments' AND l.target = d.id) AS belonging) AS total
    FROM departments d WHERE d.workspace = :workspace"""
_AGENTS = """SELECT a.id, a.name,
        CASE WHEN a.model IS NULL THEN 0 ELSE 1 END + (SELECT count(*) FROM (
            SELECT DISTINCT l.target FROM agent_links l JOIN models m ON m.id = l.target
            WHERE l.owner = a.id AND l.workspace = :workspace AND l.slot = 'models' AND l.place > 0
                AND m.workspace = :workspace AND l.target <> coalesce(a.model, '')) AS further) AS total
    FROM (SELECT id, name, model FROM agents
        WHERE workspace = :workspace AND (:text = '' OR instr(search, :text) > 0)
        ORDER BY name{0}, id LIMIT :most) AS a
    ORDER BY a.name{0}, a.id"""


async def facets(reading: Reading, engine: Engine, workspace: UUID, query: FacetQuery) -> Facets:
    """The options of each filter: those providers and departments that models have, and all agents."""
    return Facets(
        providers=_narrowed(await reading.all(_PROVIDERS, workspace=workspace.hex), query.provider),
        departments=_narrowed(await reading.all(_DEPARTMENTS, workspace=workspace.hex), query.department),
        agents=await _agents(reading, engine, workspace, query.agent),
    )


def _narrowed(rows: Iterable[Row], text: str) -> tuple[Option, ...]:
    """The first by name of those that have models, and the text in their name or description."""
    part = folded(text)
    found = [
        Option(identity(row["id"]), row["name"], row["total"])
        for row in rows
        if row["total"] and (part in folded(row["name"]) or part in (row["described"] or ""))
    ]
    return tuple(sorted(found, key=lambda one: (one.name, one.id))[:MOST_OPTIONS])


async def _agents(reading: Reading, engine: Engine, workspace: UUID, text: str) -> tuple[Option, ...]:
    if not keepable(text):
        return ()
    sql = _AGENTS.format(_BY_CODE_POINT[engine])
    found = await reading.all(sql, workspace=workspace.hex, text=folded(text), most=MOST_OPTIONS)
    return tuple(Option(identity(row["id"]), row["name"], row["total"]) for row in found)
