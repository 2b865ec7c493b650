"""Lists of models: pages that walk the order of creation, slices that are sorted, and searches.

A page walks ``seq``, whose range is the workspace's, and stops as soon as it is full; ``instr`` decides what a search
finds. On SQLite an index of trigrams, which is walked in that same order, narrows a search for three characters or
more. PostgreSQL's, under GIN, serves the lists that are sorted by name (``assembly_listings``): it cannot be walked in
the order of creation, and holds names and descriptions alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

import msgspec

from armillary.domain.listings import ModelCounts, ModelQuery
from armillary.domain.models import Registered, Source
from armillary.storage import rows, search
from armillary.storage.database import Reading, Value

Kind = Literal["sqlite", "postgresql"]

_BEFORE_ALL, _AFTER_ALL = -1, 2**62
#: Text orders by code point on SQLite, and on PostgreSQL where it is told to.
_BY_CODE_POINT = {"sqlite": "", "postgresql": ' COLLATE "C"'}


async def page(reading: Reading, kind: Kind, workspace: UUID, query: ModelQuery) -> list[Registered]:
    """The models that the query asks for, at most ``query.limit``."""
    if _asks_for_nothing(query):
        return []
    source, conditions, values = _asked(kind, workspace, query)
    order = "DESC" if query.newest_first else "ASC"
    key = "models_search.rowid" if source.startswith("models_search") else "m.seq"
    sql = f"""SELECT {rows.REGISTERED_LIST} FROM {source} {rows.WITH_PROVIDER}
        WHERE {_range(key, query)} AND {conditions} ORDER BY {key} {order} LIMIT :limit"""  # noqa: S608  fragments of this module; values are bound
    after = query.after if query.after is not None else _AFTER_ALL if query.newest_first else _BEFORE_ALL
    found = await reading.all(sql, **values, after=after, limit=query.limit)
    return [rows.registered(row) for row in found]


async def count(reading: Reading, kind: Kind, workspace: UUID, query: ModelQuery) -> int:
    """How many models the query asks for, on all pages."""
    if _asks_for_nothing(query):
        return 0
    source, conditions, values = _asked(kind, workspace, query)
    key = "models_search.rowid" if source.startswith("models_search") else "m.seq"
    span = f"{key} >= {_EDGE.format('0')} AND {key} < {_EDGE.format('1')}"
    row = await reading.first(f"SELECT count(*) AS total FROM {source} WHERE {span} AND {conditions}", **values)  # noqa: S608  as above
    return 0 if row is None else row["total"]


_EDGE = "(SELECT (number + {}) * 4294967296 FROM workspaces WHERE id = :workspace)"


def _range(key: str, query: ModelQuery) -> str:
    """The workspace's range of ``seq``, from where the last page ended.

    One bound a side, so that the walk begins there: a second would be a filter on all that lies before. A place
    outside of the workspace leaves the bound where it was.
    """
    if query.newest_first:
        nearer = (
            f"(SELECT CASE WHEN :after < {_HIGH} THEN :after ELSE {_HIGH} END FROM workspaces WHERE id = :workspace)"  # noqa: S608  as above
        )
        return f"{key} < {nearer} AND {key} >= {_EDGE.format('0')}"
    nearer = f"(SELECT CASE WHEN :after > {_LOW} THEN :after ELSE {_LOW} END FROM workspaces WHERE id = :workspace)"  # noqa: S608  as above
    return f"{key} > {nearer} AND {key} < {_EDGE.format('1')}"


_LOW, _HIGH = "number * 4294967296", "(number + 1) * 4294967296"


def _asks_for_nothing(query: ModelQuery) -> bool:
    """Whether a term holds what no model has: what no row can keep, or a separator within a part."""
    terms = query.text + query.prefix
    told = "".join((terms, query.bundle, *query.labels, *query.labels.values()))
    return not rows.keepable(told) or not rows.SEPARATORS.isdisjoint(terms)


def _asked(kind: Kind, workspace: UUID, query: ModelQuery) -> tuple[str, str, dict[str, Value]]:
    """What to walk, under which conditions, and the values of both."""
    values: dict[str, Value] = {"workspace": workspace.hex}
    conditions = [rows.ROUTABLE]
    source = "models m"
    if kind == "sqlite" and (term := _indexed(query)):
        # CROSS JOIN keeps SQLite from starting anywhere else
        source = "models_search CROSS JOIN models m ON m.seq = models_search.rowid"
        values["term"] = term
        conditions.append("models_search MATCH :term")
    if query.text:
        values["text"] = rows.folded(query.text)
        conditions.append("instr(m.search, :text) > 0")
    if query.prefix:
        conditions.append(_begins(query, values))
    if query.labels:
        conditions += _labelled(query, values)
    if query.tags:
        conditions += _tagged(query, values)
    for name in ("provider", "vendor", "bundle", "enabled", "favourite", "source"):
        value = getattr(query, name)
        if value is not None and value != "":
            values[name] = value.hex if isinstance(value, UUID) else int(value) if isinstance(value, bool) else value
            conditions.append(f"m.{name} = :{name}")
    if query.enabled is not None and source == "models m":
        conditions.append("m.workspace = :workspace")  # opens the index on (workspace, enabled, seq)
    return source, " AND ".join(conditions), values


def _indexed(query: ModelQuery) -> str:
    """The longest term as a phrase of the trigrams' index; empty where none is long enough for it."""
    terms = [query.text, "" if query.id_range else query.prefix]
    term = max((rows.folded(term) for term in terms), key=len)
    return search.phrase(term, "name", "keys") if len(term) >= search.SHORTEST else ""


def _begins(query: ModelQuery, values: dict[str, Value]) -> str:
    prefix = rows.folded(query.prefix)
    values |= {
        "prefix": prefix,
        "external_prefix": rows.BEFORE_EXTERNAL_ID + prefix,
        "id_prefix": rows.BEFORE_ID + prefix,
    }
    ways = [
        "instr(m.search, :prefix) = 1",
        "instr(m.search, :external_prefix) > 0",
        "instr(m.search, :id_prefix) > 0",
    ]
    if query.id_range is not None:
        values |= {"id_low": query.id_range[0].hex, "id_high": query.id_range[1].hex}
        ways.append("m.id BETWEEN :id_low AND :id_high")
    return f"({' OR '.join(ways)})"


def _labelled(query: ModelQuery, values: dict[str, Value]) -> Iterable[str]:
    """Each label as it stands in the column: compact, and a label holds no quote that could end it early."""
    for number, (key, value) in enumerate(query.labels.items()):
        values[f"label_{number}"] = msgspec.json.encode({key: value}).decode()[1:-1]
        yield f"instr(m.labels, :label_{number}) > 0"


def _tagged(query: ModelQuery, values: dict[str, Value]) -> Iterable[str]:
    """Each tag as it stands in the column: within quotes, which a tag that holds any has escaped."""
    for number, tag in enumerate(query.tags):
        values[f"tag_{number}"] = msgspec.json.encode(tag).decode()
        yield f"instr(m.tags, :tag_{number}) > 0"


async def sliced(  # noqa: PLR0913  what may be asked
    reading: Reading,
    kind: Kind,
    workspace: UUID,
    *,
    source: Source | None,
    include_stale: bool,
    favourites_only: bool,
    provider: UUID | None,
    offset: int,
    limit: int | None,
) -> tuple[list[Registered], int]:
    """Favourites first, then by provider name, name and id; and how many there are in all.

    Source: contracts/everruns.md, 3.2.
    """
    conditions = ["m.workspace = :workspace", rows.ROUTABLE]
    values: dict[str, Value] = {"workspace": workspace.hex}
    if source is not None:
        values["source"] = source.value
        conditions.append("m.source = :source")
    if not include_stale:
        conditions.append("(m.source <> 'discovered' OR m.last_seen_at >= coalesce(p.last_synced_at, 0))")
    if favourites_only:
        conditions.append("m.favourite = 1")
    if provider is not None:
        values["provider"] = provider.hex
        conditions.append("m.provider = :provider")
    where, by = " AND ".join(conditions), _BY_CODE_POINT[kind]
    order = f"ORDER BY m.favourite DESC, p.name{by}, m.name{by}, m.id"
    # what is sorted is narrow; prices are looked up for what is left of it
    sql = f"""SELECT {rows.REGISTERED_LIST}
        FROM (SELECT m.seq FROM models m {rows.WITH_PROVIDER} WHERE {where}
            {order} LIMIT :limit OFFSET :offset) AS chosen
        JOIN models m ON m.seq = chosen.seq {rows.WITH_PROVIDER} {order}"""  # noqa: S608  as above
    most = _AFTER_ALL if limit is None else limit
    found: list[Registered] = []
    # a stream gives way between its batches: without a limit, this may be all that there is
    async for batch in reading.stream(sql, **values, limit=most, offset=offset):
        found += map(rows.registered, batch)
    if limit is None and not offset:
        return found, len(found)
    total = await reading.first(
        f"SELECT count(*) AS total FROM models m {rows.WITH_PROVIDER} WHERE {where}",  # noqa: S608  as above
        **values,
    )
    return found, 0 if total is None else total["total"]


async def counts(reading: Reading, workspace: UUID, providers: Iterable[UUID]) -> dict[UUID, ModelCounts]:
    """How many models each of the providers has, in one statement."""
    values: dict[str, Value] = {f"id_{number}": one.hex for number, one in enumerate(dict.fromkeys(providers))}
    if not values:
        return {}
    found = await reading.all(
        f"""SELECT provider, sum(enabled) AS enabled, count(*) AS total FROM models
        WHERE provider IN ({", ".join(f":{name}" for name in values)}) AND workspace = :workspace
        GROUP BY provider""",  # noqa: S608  as above
        workspace=workspace.hex,
        **values,
    )
    return {
        UUID(hex=row["provider"]): ModelCounts(enabled=int(row["enabled"]), disabled=row["total"] - int(row["enabled"]))
        for row in found
    }
