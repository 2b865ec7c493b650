"""The list of models as assemblies: by name in the order of code points, also without a provider or an upstream name.

Narrow rows of each model have what the list is sorted by (``models_search_names``) and searched by
(``models_search_texts``). Where few models are found, they are collected from the index that finds them, and sorted.
Where many are, the next names in order likely hold a page of them: so far they are walked, and only then collected as
well; where most are, all names are walked. How many there are is asked first, of the indexes alone where that suffices.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from armillary.domain.assemblies import Record
from armillary.domain.assembly_listings import AssemblyQuery
from armillary.domain.errors import NotFound
from armillary.domain.resources import LONGEST_DESCRIPTION
from armillary.storage import models, rows, search
from armillary.storage.database import Reading, Value

Engine = Literal["sqlite", "postgresql"]

#: So many are collected and sorted at once; up to so many are, where a walk of so many names did not fill the page.
_FEW, _MANY, _REACH = 1_000, 30_000, 400
#: The longest beginning of a text that is asked of the index of trigrams.
_LONGEST_PHRASE = 128
#: Text orders by code point on SQLite, and on PostgreSQL where it is told to.
_BY_CODE_POINT = {"sqlite": "", "postgresql": ' COLLATE "C"'}

_OF_SLOT = "l.workspace = :workspace AND l.slot = "
_OFFERED = f"{_OF_SLOT}'providers' AND l.place > 0"
_BELONGING = f"{_OF_SLOT}'departments'"
_BEHIND = "(t.name, t.id) > (:after_name, :after_id)"
_HAVING = "(instr(x.folded, :text) > 0 OR instr(x.described, :text) > 0)"
_SAID = f"EXISTS (SELECT 1 FROM models_search_texts x WHERE x.seq = t.seq AND {_HAVING})"  # noqa: S608  as below
_LOOKED_THROUGH = f"SELECT x.seq FROM models_search_texts x WHERE x.seq >= :low AND x.seq < :high AND {_HAVING}"  # noqa: S608  as below
_PLACES_SAID = {
    "sqlite": """SELECT rowid AS seq FROM models_search
        WHERE models_search MATCH :phrase AND rowid >= :low AND rowid < :high""",
    "postgresql": f"{_LOOKED_THROUGH} AND x.grams @> trigrams(:number, :phrase)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A workspace as the order of its models knows it, and how far its registry has come."""

    workspace: UUID
    number: int
    revision: int


@dataclass(frozen=True, slots=True)
class Key:
    """Where in the order a model stands."""

    name: str
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class _Condition:
    """One condition on a narrow row ``t``, in the ways in which it can be asked.

    Args:
        check: of one row.
        walked: the same where names are walked.
        places: where in the order of creation it holds, of an index where one has it.
        left: what ``places`` leaves to be checked.
        counted: how many there are, where that costs less than counting ``places``.
    """

    check: str
    walked: str
    places: str
    left: str = ""
    counted: str = ""


async def place(reading: Reading, workspace: UUID) -> Place:
    """Where the workspace's models are, as of this view. Raises: NotFound (``workspace``)."""
    row = await reading.first("SELECT number, revision FROM workspaces WHERE id = :id", id=workspace.hex)
    if row is None:
        raise NotFound("workspace", workspace)
    return Place(workspace=workspace, number=row["number"], revision=row["revision"])


async def count(reading: Reading, engine: Engine, at: Place, query: AssemblyQuery) -> int:
    """How many models the query asks for, on all pages."""
    if _asks_for_nothing(query):
        return 0
    conditions, values = _asked(engine, at, query)
    row = await reading.first(_counting(conditions), **values)
    return 0 if row is None else row["total"]


async def page(  # noqa: PLR0913  what may be asked
    reading: Reading, engine: Engine, at: Place, query: AssemblyQuery, *, total: int, after: Key | None = None
) -> list[Record]:
    """The models of the page.

    Args:
        reading: the view.
        engine: of which database.
        at: whose models.
        query: what to show.
        total: how many the query asks for, on all pages.
        after: what the page follows, in place of the query's offset.
    """
    if _asks_for_nothing(query) or query.limit < 1 or (after is None and query.offset >= total):
        return []
    conditions, values = _asked(engine, at, query)
    values |= {"limit": query.limit, "offset": query.offset if after is None else 0}
    if after is not None:
        values |= {"after_name": after.name, "after_id": after.id.hex}
    found: list[Record] = []
    for chosen in _ways(conditions, total, behind="" if after is None else _BEHIND):
        sql = f"""SELECT {rows.REGISTERED_LIST}
            FROM ({chosen} ORDER BY t.name, t.id LIMIT :limit OFFSET :offset) AS chosen
            CROSS JOIN models m {rows.WITH_PROVIDER} WHERE m.seq = chosen.seq
            ORDER BY m.name{_BY_CODE_POINT[engine]}, m.id"""  # noqa: S608  fragments of this module; values are bound
        found = [rows.record(row) for row in await reading.all(sql, **values)]
        if len(found) == query.limit:
            break
    return found


def _ways(conditions: Sequence[_Condition], total: int, *, behind: str) -> Iterator[str]:
    """The statements that find the page, of which one that fills it suffices, and the last one always does."""
    if not conditions:
        yield _walked(conditions, behind)
        return
    if total > _FEW:
        yield _near(conditions, behind)
    yield _collected(conditions, behind) if total <= _MANY else _walked(conditions, behind)


async def stream(
    reading: Reading, at: Place, *, departments: Collection[UUID] | None
) -> AsyncIterator[Sequence[Record]]:
    """Every model in order, some hundred at a time, in bounded memory.

    Args:
        reading: the view, which stays open meanwhile.
        at: whose models.
        departments: whose viewer belongs to these sees what belongs to one of them or to none; None sees everything.
    """
    values: dict[str, Value] = {"workspace": at.workspace.hex, "number": at.number}
    sql = f"""SELECT {rows.REGISTERED_LIST}
        FROM models_search_names t CROSS JOIN models m {rows.WITH_PROVIDER}
        WHERE m.seq = t.seq AND t.number = :number AND {_visible(departments, values)}
        ORDER BY t.name, t.id"""  # noqa: S608  as above
    async for batch in reading.stream(sql, **values):
        yield [rows.record(row) for row in batch]


def _visible(departments: Collection[UUID] | None, values: dict[str, Value]) -> str:
    if departments is None:
        return "1 = 1"
    belongs = f"EXISTS (SELECT 1 FROM model_links l WHERE l.owner = t.id AND {_BELONGING}"  # noqa: S608  as above
    if not departments:
        return f"NOT {belongs})"
    return f"(NOT {belongs}) OR {belongs} AND l.target IN ({_named('department', departments, values)})))"


def _asks_for_nothing(query: AssemblyQuery) -> bool:
    """Whether the text is one that no row can keep."""
    return not rows.keepable(query.text) or len(query.text) > LONGEST_DESCRIPTION


def _asked(engine: Engine, at: Place, query: AssemblyQuery) -> tuple[list[_Condition], dict[str, Value]]:
    """The conditions, those first that are likely to leave the fewest, and the values of them."""
    low = at.number * models.SEQ_SPAN
    values: dict[str, Value] = {"workspace": at.workspace.hex, "number": at.number}
    values |= {"low": low, "high": low + models.SEQ_SPAN}
    conditions = []
    if query.agents:
        conditions.append(_used(_named("agent", query.agents, values)))
    text = rows.folded(query.text)
    if len(text) >= search.SHORTEST:
        conditions.append(_saying(engine, text, values))
    if query.providers:
        conditions.append(_offered(_named("provider", query.providers, values)))
    if query.departments:
        conditions.append(_belonging(_named("department", query.departments, values)))
    if 0 < len(text) < search.SHORTEST:
        values["text"] = text
        conditions.append(_Condition(check=_SAID, walked=_SAID, places=_LOOKED_THROUGH))
    return conditions, values


def _named(what: str, ids: Collection[UUID], values: dict[str, Value]) -> str:
    named: dict[str, Value] = {f"{what}_{number}": one.hex for number, one in enumerate(dict.fromkeys(ids))}
    values |= named
    return ", ".join(f":{name}" for name in named)


def _saying(engine: Engine, text: str, values: dict[str, Value]) -> _Condition:
    values["text"] = text
    beginning, left = text[:_LONGEST_PHRASE], "" if len(text) <= _LONGEST_PHRASE else _SAID
    places = _PLACES_SAID[engine]
    if engine == "postgresql":
        values["phrase"] = beginning
        return _Condition(check=_SAID, walked=_SAID, places=places)
    values["phrase"] = search.phrase(beginning, "name", "description")
    # the plus keeps SQLite from starting at the index, and so from sorting what it finds there
    walked = f"+t.seq IN ({places})" + (f" AND {left}" if left else "")
    return _Condition(check=_SAID, walked=walked, places=places, left=left)


def _used(agents: str) -> _Condition:
    used = f"""SELECT model FROM agents WHERE workspace = :workspace AND id IN ({agents})
        UNION SELECT l.target FROM agent_links l WHERE {_OF_SLOT}'models' AND l.place > 0 AND l.owner IN ({agents})"""  # noqa: S608  as above
    check = f"t.id IN ({used})"
    places = f"SELECT m.seq FROM models m WHERE m.workspace = :workspace AND m.id IN ({used})"  # noqa: S608  as above
    return _Condition(check=check, walked=check, places=places)


def _offered(providers: str) -> _Condition:
    # asked of each row by itself: PostgreSQL would look for all rows that have them first, to show a dozen
    check = f"""((SELECT m.provider FROM models m WHERE m.seq = t.seq) IN ({providers}) OR 0 < (
        SELECT count(*) FROM model_links l WHERE l.owner = t.id AND {_OFFERED} AND l.target IN ({providers})))"""  # noqa: S608  as above
    places = f"""SELECT seq FROM models WHERE provider IN ({providers}) AND seq >= :low AND seq < :high
        UNION SELECT m.seq FROM model_links l JOIN models m ON m.id = l.owner
        WHERE {_OFFERED} AND l.target IN ({providers})"""  # noqa: S608  as above
    return _Condition(check=check, walked=check, places=places)


def _belonging(departments: str) -> _Condition:
    check = f"""0 < (SELECT count(*) FROM model_links l
        WHERE l.owner = t.id AND {_BELONGING} AND l.target IN ({departments}))"""  # noqa: S608  as above
    places = f"""SELECT DISTINCT m.seq FROM model_links l JOIN models m ON m.id = l.owner
        WHERE {_BELONGING} AND l.target IN ({departments})"""  # noqa: S608  as above
    counted = f"SELECT DISTINCT l.owner FROM model_links l WHERE {_BELONGING} AND l.target IN ({departments})"  # noqa: S608  as above
    return _Condition(check=check, walked=check, places=places, counted=counted)


def _counting(conditions: Sequence[_Condition]) -> str:
    if not conditions:
        return "SELECT count(*) AS total FROM models_search_names t WHERE t.number = :number"
    first = conditions[0]
    if len(conditions) == 1 and not first.left:
        return f"SELECT count(*) AS total FROM ({first.counted or first.places}) AS counted"  # noqa: S608  as above
    return f"SELECT count(*) AS total FROM ({_collected(conditions)}) AS counted"  # noqa: S608  as above


def _collected(conditions: Sequence[_Condition], behind: str = "") -> str:
    """What the first condition's index finds, and the rest of the conditions checked on it."""
    first, *others = conditions
    return _where(
        f"SELECT t.seq FROM ({first.places}) AS found CROSS JOIN models_search_names t WHERE t.seq = found.seq",  # noqa: S608  as above
        [first.left, *(one.check for one in others), behind],
    )


def _walked(conditions: Sequence[_Condition], behind: str) -> str:
    """All names in order."""
    checks = [*(one.walked for one in conditions), behind]
    return _where("SELECT t.seq FROM models_search_names t WHERE t.number = :number", checks)


def _near(conditions: Sequence[_Condition], behind: str) -> str:
    """The next names in order, so far as a walk may reach."""
    names = _where("SELECT t.* FROM models_search_names t WHERE t.number = :number", [behind])
    return _where(
        f"SELECT t.seq FROM ({names} ORDER BY t.name, t.id LIMIT {_REACH}) AS t WHERE 1 = 1",  # noqa: S608  as above
        [one.check for one in conditions],
    )


def _where(statement: str, checks: Sequence[str]) -> str:
    return " AND ".join((statement, *filter(None, checks)))
