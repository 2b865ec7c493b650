"""Resources as rows: found, made, listed. Rows of no workspace belong to every one.

The row that stands for what the registry says is canonical: there is one for each content of a workspace, or of all.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from hashlib import blake2b
from uuid import UUID

import msgspec

from armillary.domain.assemblies import RESOURCES, SLOTS, Kind, model_claims
from armillary.domain.ids import uuid7
from armillary.domain.models import Model
from armillary.domain.resources import CONTENTS, Content, Resource, ResourceKind, ResourceQuery, kind_of, order_of
from armillary.domain.seeds import MODEL_FLAGS, SEEDED, SEEDS
from armillary.storage import linked
from armillary.storage.columns import identity, instant, moment, optional_hex, optional_identity
from armillary.storage.database import Reading, Row, Value, Writing
from armillary.storage.rows import folded, keepable

COLUMNS = (
    "id",
    "workspace",
    "kind",
    "content",
    "key",
    "canonical",
    "text",
    "sort",
    "search",
    "active",
    "mcp",
    "generated",
    "created_at",
)
_READ = "r.id, r.workspace, r.kind, r.content, r.canonical, r.active, r.mcp, r.generated, r.created_at"
#: A canonical row gives way to the one that is there already, and so does a seed to itself.
_INSERT = (
    f"INSERT INTO resources ({', '.join(COLUMNS)}) VALUES ({', '.join(f':{name}' for name in COLUMNS)})"  # noqa: S608  constants of this module
    " ON CONFLICT DO NOTHING"
)
#: So many characters stand in the index that sorts: all of every text but a description.
_SORTED_BY = 255
#: How many ids one statement names.
_AT_ONCE = 500
_DECODERS = {kind: msgspec.json.Decoder(content) for kind, content in CONTENTS.items()}


async def seed(tx: Writing) -> None:
    """Every seeded resource is there; those that were, stay as they are."""
    await tx.run_many(_INSERT, [_values(one) for one in SEEDS])


@cache
def edition() -> str:
    """A digest of the seeds of this release: whoever keeps it knows whether they are there."""
    return blake2b("".join(one.id.hex + key_of(one.content) for one in SEEDS).encode(), digest_size=16).hexdigest()


async def insert(tx: Writing, resources: Sequence[Resource]) -> None:
    """Keep new rows; a canonical one whose content has such a row already is left out."""
    if resources:
        await tx.run_many(_INSERT, [_values(one) for one in resources])


async def by_ids(reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, Resource]:
    """Those of the resources that the workspace may see and that are active."""
    found: dict[UUID, Resource] = {}
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), _AT_ONCE):
        values: dict[str, Value] = {f"id_{n}": one.hex for n, one in enumerate(wanted[start : start + _AT_ONCE])}
        named = ", ".join(f":{name}" for name in values)
        sql = f"""SELECT {_READ} FROM resources r
            WHERE r.id IN ({named}) AND (r.workspace = :workspace OR r.workspace IS NULL) AND r.active = 1"""  # noqa: S608  as above
        rows = await reading.all(sql, **values, workspace=workspace.hex)
        found |= {one.id: one for one in map(_resource, rows)}
    return found


async def canonical(reading: Reading, workspace: UUID, contents: Iterable[Content]) -> dict[Content, Resource]:
    """The canonical row of each of the contents that has one: a seed, or the workspace's own."""
    wanted = set(contents)
    found = {content: SEEDED[content] for content in wanted if content in SEEDED}
    left = [content for content in wanted if content not in found]
    for start in range(0, len(left), _AT_ONCE):
        values: dict[str, Value] = {f"key_{n}": key_of(one) for n, one in enumerate(left[start : start + _AT_ONCE])}
        kinds: dict[str, Value] = {f"kind_{n}": kind.value for n, kind in enumerate({kind_of(one) for one in left})}
        sql = f"""SELECT {_READ} FROM resources r
            WHERE r.workspace = :workspace AND r.canonical = 1
                AND r.kind IN ({_bound(kinds)}) AND r.key IN ({_bound(values)})"""  # noqa: S608  as above
        rows = await reading.all(sql, workspace=workspace.hex, **kinds, **values)
        found |= {one.content: one for one in map(_resource, rows)}
    return found


async def page(reading: Reading, workspace: UUID, query: ResourceQuery) -> list[Resource]:
    """The resources that the query asks for."""
    if query.limit <= 0 or not keepable(query.text):
        return []
    values: dict[str, Value] = {}
    conditions = _asked(query, values)
    return await _listed(reading, workspace, query.kind, conditions, values, limit=query.limit, offset=query.offset)


async def suggested(  # noqa: PLR0913  what a form offers, and to whom
    reading: Reading,
    workspace: UUID,
    kind: ResourceKind,
    *,
    exclude: Collection[UUID],
    limit: int = 20,
    of: Kind = Kind.MODEL,
) -> list[Resource]:
    """What a form of the kind ``of`` offers besides what is selected.

    Source: contracts/artifacts.md, 2.1, "Suggestions per kind", with its decisions 9 and 10.
    """
    if kind in {ResourceKind.NAMES, ResourceKind.DESCRIPTIONS}:
        offered = _told if linked.tells(kind, of) else _only_linked
        return await offered(reading, workspace, kind, exclude=exclude, limit=limit, of=of)
    values: dict[str, Value] = {}
    conditions = _excluded(exclude, values)
    if kind is ResourceKind.VALUES:
        conditions.append(_OF_PROVIDERS if of is Kind.PROVIDER else _holding("type", ["model"], values))
    if kind is ResourceKind.FLAGS:
        flags = MODEL_FLAGS if of is Kind.MODEL else (f"{of.value}_active",)
        conditions += [_holding("name", flags, values), _holding("value", [True], values)]
        conditions.append(f"(r.workspace IS NULL OR {linked.condition(kind, of)})")
    return await _listed(reading, workspace, kind, conditions, values, limit=limit)


#: In the very words of the index over them.
_OF_PROVIDERS = """instr(r.content, '"type":"provider"') > 0"""


async def _told(  # noqa: PLR0913  as above
    reading: Reading, workspace: UUID, kind: ResourceKind, *, exclude: Collection[UUID], limit: int, of: Kind
) -> list[Resource]:
    """Names or descriptions that something of the kind links: found by what things tell, not among all rows."""
    found: list[Resource] = []
    told = [""]
    while told and len(found) < limit:
        told = await linked.told(reading, workspace, kind, of, after=told[-1], limit=limit + len(exclude))
        begun: dict[str, Value] = {f"told_{n}": text for n, text in enumerate(told)}
        if begun:
            values: dict[str, Value] = {**begun}
            conditions = [*_excluded(exclude, values), f"r.sort IN ({_bound(begun)})", linked.condition(kind, of)]
            found += await _listed(reading, workspace, kind, conditions, values, limit=limit - len(found))
    return found


async def _only_linked(  # noqa: PLR0913  as above
    reading: Reading, workspace: UUID, kind: ResourceKind, *, exclude: Collection[UUID], limit: int, of: Kind
) -> list[Resource]:
    """The same, where things have no member for it, so that links alone tell."""
    ids = await linked.by_links(reading, workspace, kind, of)
    rows = await by_ids(reading, workspace, (one for one in ids if one not in exclude))
    return sorted((row for row in rows.values() if row.text), key=lambda row: (row.text, row.id))[:limit]


def _asked(query: ResourceQuery, values: dict[str, Value]) -> list[str]:
    conditions = _excluded(query.exclude, values)
    if query.text:
        values["part"] = folded(query.text)
        conditions.append("instr(r.search, :part) > 0")
    conditions += [_holding(name, wanted, values) for name, wanted in query.members.items()]
    if query.of_models:
        conditions.append(linked.condition(query.kind, Kind.MODEL))
    if query.of_providers:
        conditions.append(linked.condition(query.kind, Kind.PROVIDER))
    return conditions


def _excluded(ids: Collection[UUID], values: dict[str, Value]) -> list[str]:
    excluded: dict[str, Value] = {f"but_{n}": one.hex for n, one in enumerate(ids)}
    values |= excluded
    return [f"r.id NOT IN ({_bound(excluded)})"] if excluded else []


def _holding(member: str, wanted: Iterable[str | bool], values: dict[str, Value]) -> str:
    """A condition that holds where the content's member is one of these.

    Exact, since a quotation mark within a text is escaped: what looks like a member is one.
    """
    parts = {f"{member}_{n}": msgspec.json.encode({member: one})[1:-1].decode() for n, one in enumerate(wanted)}
    values |= parts
    return f"({' OR '.join(f'instr(r.content, :{name}) > 0' for name in parts) or '1 = 0'})"


async def _listed(  # noqa: PLR0913  a list
    reading: Reading,
    workspace: UUID,
    kind: ResourceKind,
    conditions: Sequence[str],
    values: Mapping[str, Value],
    *,
    limit: int,
    offset: int = 0,
) -> list[Resource]:
    """Rows of the workspace and of all, each walked in the order of the index; rows without text never show."""
    wanted = " AND ".join(("r.kind = :kind", "r.active = 1", "r.text <> ''", *conditions))
    parts = (
        f"""SELECT * FROM (SELECT r.id, r.sort FROM resources r
            WHERE {whose} AND {wanted} ORDER BY r.sort, r.id LIMIT :most) AS {name}"""  # noqa: S608  fragments of ours; values are bound
        for name, whose in (("own", "r.workspace = :workspace"), ("born", "r.workspace IS NULL"))
    )
    sql = f"""SELECT {_READ} FROM (
            SELECT id FROM ({" UNION ALL ".join(parts)}) AS walked ORDER BY sort, id LIMIT :limit OFFSET :offset
        ) AS shown JOIN resources r ON r.id = shown.id ORDER BY r.sort, r.id"""  # noqa: S608  as above
    rows = await reading.all(
        sql,
        **values,
        workspace=workspace.hex,
        kind=kind.value,
        most=limit + offset,
        limit=limit,
        offset=offset,
    )
    return [_resource(row) for row in rows]


async def found_or_made(
    tx: Writing, workspace: UUID, contents: Collection[Content], *, mcp: bool, at: datetime
) -> dict[Content, Resource]:
    """The canonical row of each of the contents; those that had none have one now, made by whoever came first."""
    found = await canonical(tx, workspace, contents)
    missing = sorted((one for one in contents if one not in found), key=key_of)
    if missing:
        # another transaction may insert the same meanwhile: this one waits for it, and then reads what it made
        await insert(tx, [fresh(one, workspace, canonical=True, mcp=mcp, at=at) for one in missing])
        found |= await canonical(tx, workspace, missing)
    return found


async def make(tx: Writing, workspace: UUID, contents: Sequence[Content], *, mcp: bool, at: datetime) -> list[Resource]:
    """A new row for each of the contents, in their order.

    The first row of a content is the canonical one, so that none stands beside it which nobody made.
    """
    made = [fresh(one, workspace, canonical=one not in SEEDED, mcp=mcp, at=at) for one in contents]
    await insert(tx, sorted(made, key=lambda row: key_of(row.content)))
    there = await by_ids(tx, workspace, [row.id for row in made])
    kept = [row if row.id in there else dataclasses.replace(row, canonical=False) for row in made]
    await insert(tx, [row for row in kept if row.id not in there])
    return kept


async def keep_said(tx: Writing, workspace: UUID, models: Collection[Model], *, at: datetime) -> None:
    """Whatever these models say has a canonical row, so that it can be told by an id."""
    await keep(tx, workspace, {content for model in models for content in _said(model)}, at=at)


async def keep(tx: Writing, workspace: UUID, contents: Iterable[Content], *, at: datetime) -> None:
    """Each of the contents has a canonical row."""
    # in one order for all: of two transactions that keep the same, none then waits for the other in a circle
    missing = sorted((content for content in contents if content not in SEEDED), key=key_of)
    await insert(tx, [fresh(content, workspace, canonical=True, at=at) for content in missing])


def fresh(content: Content, workspace: UUID, *, canonical: bool = False, mcp: bool = False, at: datetime) -> Resource:
    """A new row of the content."""
    return Resource(
        id=uuid7(at, secrets.token_bytes(8)),
        workspace=workspace,
        content=content,
        created_at=at,
        canonical=canonical,
        mcp=mcp,
        generated=mcp,
    )


def key_of(content: Content) -> str:
    """A digest of kind and content: equal contents have equal keys."""
    told = kind_of(content).encode() + b"\0" + msgspec.json.encode(content, order="sorted")
    return blake2b(told, digest_size=16).hexdigest()


#: The slots of a model in which the registry has its say.
_SAID = tuple(slot for slot in SLOTS[Kind.MODEL] if slot in RESOURCES)


def _said(model: Model) -> Iterator[Content]:
    for slot in _SAID:
        for content in model_claims(model, slot).required:
            if not isinstance(content, UUID):
                yield content


def _bound(values: Iterable[str]) -> str:
    return ", ".join(f":{name}" for name in values)


def _values(of: Resource) -> dict[str, Value]:
    return {
        "id": of.id.hex,
        "workspace": optional_hex(of.workspace),
        "kind": of.kind.value,
        "content": msgspec.json.encode(of.content).decode(),
        "key": key_of(of.content),
        "canonical": int(of.canonical),
        "text": of.text,
        "sort": order_of(of.content)[:_SORTED_BY],
        "search": folded(of.text),
        "active": int(of.active),
        "mcp": int(of.mcp),
        "generated": int(of.generated),
        "created_at": instant(of.created_at),
    }


def _resource(row: Row) -> Resource:
    return Resource(
        id=identity(row["id"]),
        workspace=optional_identity(row["workspace"]),
        content=_DECODERS[ResourceKind(row["kind"])].decode(row["content"]),
        created_at=moment(row["created_at"]),
        canonical=row["canonical"] == 1,
        active=row["active"] == 1,
        mcp=row["mcp"] == 1,
        generated=row["generated"] == 1,
    )
