"""Which models use which providers: as their own, or by a further link that only the Artifacts dialect knows.

A link at the first place only remembers the model's own provider, which stands in its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal
from uuid import UUID

from armillary.storage.columns import identity
from armillary.storage.database import Reading, Value
from armillary.storage.filters import one_of
from armillary.storage.rows import BEFORE_EXTERNAL_ID, SEPARATORS, folded, keepable

Engine = Literal["sqlite", "postgresql"]
#: How many ids one statement names; SQLite takes no more than 500 unions.
_AT_ONCE = 100
#: Text orders by code point on SQLite, and on PostgreSQL where it is told to.
_BY_CODE_POINT = {"sqlite": "", "postgresql": ' COLLATE "C"'}
_FURTHER = """FROM model_links l JOIN models m ON m.id = l.owner
    WHERE l.workspace = :workspace AND l.slot = 'providers' AND l.place > 0
        AND (m.provider IS NULL OR m.provider <> l.target)"""


async def counts(reading: Reading, workspace: UUID, providers: Iterable[UUID]) -> dict[UUID, int]:
    """How many models use each of the providers; those that none uses are missing."""
    totals: dict[UUID, int] = {}
    for some in _pieces(providers):
        values: dict[str, Value] = {"workspace": workspace.hex}
        own, further = one_of("provider", some, values), one_of("target", some, values)
        sql = f"""SELECT provider, count(*) AS total FROM models
            WHERE {own} AND workspace = :workspace GROUP BY provider
            UNION ALL SELECT l.target, count(DISTINCT l.owner) {_FURTHER} AND {further} GROUP BY l.target"""  # noqa: S608  constants of this module; values are bound
        for row in await reading.all(sql, **values):
            provider = identity(row["provider"])
            totals[provider] = totals.get(provider, 0) + row["total"]
    return totals


async def models(reading: Reading, workspace: UUID, providers: Iterable[UUID], *, most: int) -> dict[UUID, list[UUID]]:
    """Which models use each of the providers, the first so many of each, their own first and oldest first."""
    found: dict[UUID, list[UUID]] = {}
    for some in _pieces(providers):
        values: dict[str, Value] = {"workspace": workspace.hex, "most": most}
        values |= {f"provider_{number}": one for number, one in enumerate(some)}
        own = " UNION ALL ".join(_first_models(number) for number in range(len(some)))
        further = f"""SELECT target, owner FROM (SELECT l.target, l.owner,
                row_number() OVER (PARTITION BY l.target ORDER BY m.seq) AS place
                {_FURTHER} AND {one_of("target", some, values)}) AS numbered
            WHERE place <= :most ORDER BY target, place"""  # noqa: S608  as above
        for sql in (own, further):
            for row in await reading.all(sql, **values):
                found.setdefault(identity(row["target"]), []).append(identity(row["owner"]))
    return {provider: several[:most] for provider, several in found.items()}


def _first_models(number: int) -> str:
    return f"""SELECT * FROM (SELECT provider AS target, id AS owner FROM models
        WHERE provider = :provider_{number} AND workspace = :workspace ORDER BY seq LIMIT :most) AS of_{number}"""  # noqa: S608  as above


async def providers(reading: Reading, workspace: UUID, used_by: Iterable[UUID]) -> set[UUID]:
    """The providers that any of these models uses."""
    found: set[UUID] = set()
    for some in _pieces(used_by):
        values: dict[str, Value] = {"workspace": workspace.hex}
        own, further = one_of("id", some, values), one_of("owner", some, values)
        sql = f"""SELECT provider FROM models WHERE {own} AND workspace = :workspace AND provider IS NOT NULL
            UNION SELECT l.target {_FURTHER} AND {further}"""  # noqa: S608  as above
        found |= {identity(row["provider"]) for row in await reading.all(sql, **values)}
    return found


async def options(
    reading: Reading, engine: Engine, workspace: UUID, text: str, *, most: int
) -> list[tuple[UUID, str, int]]:
    """The first models by name that use a provider and have the text in their name: id, name, how many they use."""
    if not keepable(text) or not SEPARATORS.isdisjoint(text):
        return []
    sql = f"""SELECT m.id, m.name, CASE WHEN m.provider IS NULL THEN 0 ELSE 1 END + (
            SELECT count(DISTINCT l.target) FROM model_links l WHERE l.workspace = :workspace AND l.owner = m.id
                AND l.slot = 'providers' AND l.place > 0 AND l.target <> coalesce(m.provider, '')) AS total
        FROM models m WHERE m.workspace = :workspace AND (m.provider IS NOT NULL OR EXISTS (
            SELECT 1 FROM model_links l WHERE l.owner = m.id AND l.slot = 'providers' AND l.place > 0))
            AND (:text = '' OR instr(m.search, :text) BETWEEN 1 AND instr(m.search, :end))
        ORDER BY m.name{_BY_CODE_POINT[engine]}, m.id LIMIT :most"""  # noqa: S608  as above
    rows = await reading.all(sql, workspace=workspace.hex, text=folded(text), end=BEFORE_EXTERNAL_ID, most=most)
    return [(identity(row["id"]), row["name"], row["total"]) for row in rows]


def _pieces(ids: Iterable[UUID]) -> Iterator[Sequence[str]]:
    wanted = [one.hex for one in dict.fromkeys(ids)]
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]
