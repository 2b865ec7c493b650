"""Models as rows: found one by one, made, changed and removed. Lists are in ``listings``, prices in ``prices``.

Everything here is bounded by a workspace. Whoever writes has called ``revisions.raised`` first: its lock on the
workspace is what keeps another writer from a model that was read here, so no row needs a lock of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from armillary.domain.assemblies import Record
from armillary.domain.errors import AlreadyExists, NotFound
from armillary.domain.models import NOT_CHAT, Model, Registered
from armillary.domain.prices import Period
from armillary.domain.providers import LLMSIM
from armillary.domain.resolver import Candidate, Named
from armillary.storage import prices, resources, rows
from armillary.storage.columns import instant, optional_identity, unpacked
from armillary.storage.database import Reading, Row, UniqueViolated, Value, Writing

_REGISTERED = f"SELECT {rows.REGISTERED_LIST} FROM models m {rows.WITH_PROVIDER}"  # noqa: S608  constants of ``rows``; values are bound
_ONE = f"{_REGISTERED} WHERE m.id = :id AND m.workspace = :workspace AND {rows.ROUTABLE}"

#: A workspace's models are numbered within ``number * SEQ_SPAN``; see the migration.
SEQ_SPAN = 2**32

_COLUMNS = (*rows.MODEL_COLUMNS, "search", "described")
_INSERT = f"INSERT INTO models ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"  # noqa: S608  as above
#: After how many rows of one write others get the loop.
_AT_ONCE = 100
#: How many ids or names one statement holds.
_NAMED_AT_ONCE = 500
_UNIQUE: dict[tuple[str, ...], str] = {
    ("provider", "upstream_name"): "this upstream name on the provider",
    ("provider", "external_id"): "this external id on the provider",
}


async def registered(reading: Reading, workspace: UUID, model_id: UUID) -> Registered:
    """The model, its provider and its prices in one statement.

    Raises: NotFound, for another workspace's model as for none at all.
    """
    row = await reading.first(_ONE, id=model_id.hex, workspace=workspace.hex)
    if row is None:
        raise NotFound("model", model_id)
    return rows.registered(row)


async def locked(tx: Writing, workspace: UUID, model_id: UUID) -> Registered:
    """The model as it stays until the transaction ends, the workspace's revision having been raised in it.

    Raises: NotFound, for another workspace's model as for none at all.
    """
    return await registered(tx, workspace, model_id)


async def registered_many(reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, Registered]:
    """Those of the models that there are, in one statement."""
    names, values = _bound(ids)
    if not names:
        return {}
    sql = f"{_REGISTERED} WHERE m.id IN ({names}) AND m.workspace = :workspace AND {rows.ROUTABLE}"
    found = [rows.registered(row) for row in await reading.all(sql, workspace=workspace.hex, **values)]
    return {one.model.id: one for one in found}


async def records(reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, Record]:
    """Those of the models that there are, also without a provider or an upstream name."""
    found: dict[UUID, Record] = {}
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), _NAMED_AT_ONCE):
        names, values = _bound(wanted[start : start + _NAMED_AT_ONCE])
        sql = f"{_REGISTERED} WHERE m.id IN ({names}) AND m.workspace = :workspace"
        rows_found = await reading.all(sql, workspace=workspace.hex, **values)
        found |= {one.model.id: one for one in map(rows.record, rows_found)}
    return found


async def first_by_name(reading: Reading, workspace: UUID, *, exclude: Iterable[UUID], limit: int) -> list[UUID]:
    """The first models by name but those, at most so many."""
    left_out = {one.hex for one in exclude}
    found = await reading.all(
        "SELECT id FROM models WHERE workspace = :workspace ORDER BY name, id LIMIT :limit",
        workspace=workspace.hex,
        limit=limit + len(left_out),
    )
    return [UUID(hex=row["id"]) for row in found if row["id"] not in left_out][:limit]


async def taken(
    reading: Reading, pairs: Iterable[tuple[UUID | None, str | None]], *, but: Iterable[UUID]
) -> set[tuple[UUID | None, str | None]]:
    """Those of the pairs of provider and upstream name that a model has which is none of those, nor a twin."""
    left_out = {one.hex for one in but}
    named: dict[UUID, list[str]] = {}
    for provider, upstream_name in pairs:
        if provider is not None and upstream_name is not None:
            named.setdefault(provider, []).append(upstream_name)
    found: set[tuple[UUID | None, str | None]] = set()
    for provider, upstream_names in named.items():
        for start in range(0, len(upstream_names), _NAMED_AT_ONCE):
            values: dict[str, Value] = {
                f"name_{n}": one for n, one in enumerate(upstream_names[start : start + _NAMED_AT_ONCE])
            }
            sql = f"""SELECT id, upstream_name FROM models WHERE provider = :provider AND twin = 0
                AND upstream_name IN ({", ".join(f":{name}" for name in values)})"""  # noqa: S608  as above
            rows_found = await reading.all(sql, provider=provider.hex, **values)
            found |= {(provider, row["upstream_name"]) for row in rows_found if row["id"] not in left_out}
    return found


async def by_external_id(reading: Reading, workspace: UUID, external_id: str) -> list[Registered]:
    """The models with this external id: at most one a provider."""
    if not rows.keepable(external_id):
        return []
    sql = f"{_REGISTERED} WHERE m.workspace = :workspace AND m.external_id = :external_id AND {rows.ROUTABLE}"
    found = await reading.all(sql, workspace=workspace.hex, external_id=external_id)
    return [rows.registered(row) for row in found]


async def of_provider(reading: Reading, workspace: UUID, provider: UUID, *, limit: int | None = None) -> list[Model]:
    """The provider's models, oldest first; with a limit, the first so many."""
    sql = f"""SELECT {rows.MODEL_LIST} FROM models m
        WHERE m.provider = :provider AND m.workspace = :workspace ORDER BY m.seq LIMIT :limit"""  # noqa: S608  as above
    most = SEQ_SPAN if limit is None else limit
    found: list[Model] = []
    # a stream gives way between its batches: a provider may list ten thousand
    async for batch in reading.stream(sql, provider=provider.hex, workspace=workspace.hex, limit=most):
        found += map(rows.model, batch)
    return found


async def originals(reading: Reading, workspace: UUID, provider: UUID) -> list[Model]:
    """The provider's models but twins, oldest first: one of each upstream name."""
    return [one for one in await of_provider(reading, workspace, provider) if not one.twin]


async def upstream(reading: Reading, workspace: UUID, provider: UUID, upstream_name: str) -> Model | None:
    """The provider's model of that name."""
    sql = f"""SELECT {rows.MODEL_LIST} FROM models m
        WHERE m.provider = :provider AND m.upstream_name = :name AND m.workspace = :workspace
        ORDER BY m.twin LIMIT 1"""  # noqa: S608  as above
    row = await reading.first(sql, provider=provider.hex, name=upstream_name, workspace=workspace.hex)
    return None if row is None else rows.model(row)


async def holder(reading: Reading, model: Model) -> tuple[str, UUID] | None:
    """Which other model has the upstream name or the external id that this one is to have, and in which words."""
    row = await reading.first(
        "SELECT id, upstream_name FROM models WHERE provider = :provider AND upstream_name = :upstream_name"
        " AND id <> :id UNION ALL SELECT id, NULL FROM models WHERE provider = :provider"
        " AND external_id = :external_id AND id <> :id",
        provider="" if model.provider is None else model.provider.hex,
        upstream_name=model.upstream_name,
        external_id=model.external_id,
        id=model.id.hex,
    )
    if row is None:
        return None
    member = "external_id" if row["upstream_name"] is None else "upstream_name"
    return _UNIQUE["provider", member], UUID(hex=row["id"])


async def external_ids(reading: Reading, provider: UUID, beginning: str) -> set[str]:
    """The external ids on the provider that begin so."""
    found = await reading.all(
        "SELECT external_id FROM models WHERE provider = :provider AND instr(external_id, :beginning) = 1",
        provider=provider.hex,
        beginning=beginning,
    )
    return {row["external_id"] for row in found}


async def next_seqs(tx: Writing, workspace: UUID, count: int) -> range:
    """That many places in the order of the workspace's models, after all others. Raises: NotFound (``workspace``)."""
    row = await tx.first(
        "UPDATE workspaces SET models_made = models_made + :count WHERE id = :id RETURNING number, models_made",
        count=count,
        id=workspace.hex,
    )
    if row is None:
        raise NotFound("workspace", workspace)
    end: int = row["number"] * SEQ_SPAN + row["models_made"] + 1
    return range(end - count, end)


async def insert_many(tx: Writing, models: Sequence[Model], *, by: UUID) -> None:
    """Keep new models; their prices hold from their creation on.

    Raises: AlreadyExists, where a provider has the upstream name or the external id twice.
    """
    try:
        await tx.run_many(_INSERT, [rows.model_values(model) for model in models])
    except UniqueViolated as exc:
        raise _taken(exc) from exc
    await prices.open_first(tx, models, by=by)
    for one in models[:1]:
        await resources.keep_said(tx, one.workspace, models, at=one.created_at)


async def save(tx: Writing, before: Model, after: Model, *, by: UUID, at: datetime) -> None:
    """Keep the model as it is after; where a price differs, its period ends and the next begins.

    Raises: AlreadyExists, where another of the provider's models has the upstream name or the external id.
    """
    await save_many(tx, [(before, after)], by=by, at=at)


async def save_many(tx: Writing, pairs: Sequence[tuple[Model, Model]], *, by: UUID, at: datetime) -> None:
    """As ``save``, for each pair of before and after; they may take over each other's keys."""
    pairs = await _parked(tx, pairs)
    try:
        for place, (before, after) in enumerate(pairs):
            await _update(tx, before, after)
            if place % _AT_ONCE == _AT_ONCE - 1:
                await asyncio.sleep(0)  # readers go on meanwhile
    except UniqueViolated as exc:
        raise _taken(exc) from exc
    for before, after in pairs:
        if before.base != after.base or before.override != after.override:
            await prices.replace(tx, before, after, by=by, at=at)
    said = [after for before, after in pairs if any(getattr(before, one) != getattr(after, one) for one in _SAYING)]
    for one in said[:1]:
        await resources.keep_said(tx, one.workspace, said, at=at)


async def _parked(tx: Writing, pairs: Sequence[tuple[Model, Model]]) -> Sequence[tuple[Model, Model]]:
    """The pairs, those that change keys without any for the moment: one may take over what another still has."""
    moving = {before.id for before, after in pairs if _keys(before) != _keys(after)}
    if len(moving) < 2:
        return pairs
    values: list[Mapping[str, Value]] = [{"id": one.hex} for one in moving]
    await tx.run_many("UPDATE models SET twin = 1, external_id = NULL WHERE id = :id", values)
    return [
        (replace(before, twin=True, external_id="") if before.id in moving else before, after)
        for before, after in pairs
    ]


def _keys(of: Model) -> tuple[object, ...]:
    return of.provider, of.upstream_name, of.external_id


#: The members of which the Artifacts dialect shows a resource.
_SAYING = ("name", "description", "upstream_name", "input_modalities", "output_modalities", "facts", "base", "override")


async def seen(tx: Writing, models: Sequence[Model], *, at: datetime) -> None:
    """The provider listed these models at that time; nothing else of them changes."""
    values: list[Mapping[str, Value]] = [{"id": model.id.hex, "at": instant(at)} for model in models]
    await tx.run_many("UPDATE models SET last_seen_at = :at WHERE id = :id", values)


async def delete_many(tx: Writing, models: Sequence[Model]) -> None:
    """The models and their prices are gone."""
    values: list[Mapping[str, Value]] = [{"id": model.id.hex} for model in models]
    await tx.run_many("DELETE FROM models WHERE id = :id", values)


async def periods(reading: Reading, workspace: UUID, model_id: UUID) -> list[Period]:
    """The model's prices over time, the oldest first. Raises: NotFound."""
    await registered(reading, workspace, model_id)
    return await prices.periods(reading, model_id)


_CANDIDATE = f"""
    SELECT m.id, m.seq, m.name, m.upstream_name, m.provider, m.enabled, m.favourite, m.tags, p.name AS provider_name,
           p.status, CASE WHEN p.credential IS NOT NULL OR p.driver = '{LLMSIM}' THEN 1 ELSE 0 END AS keyed
    FROM models m LEFT JOIN providers p ON p.id = m.provider
"""  # noqa: S608  as above
_CHATS = " AND ".join(f"instr(m.tags, '\"{tag}\"') = 0" for tag in sorted(NOT_CHAT))


async def candidates(reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, Named]:
    """What the resolver needs to know of those of the models that there are."""
    names, values = _bound(ids)
    if not names:
        return {}
    sql = f"{_CANDIDATE} WHERE m.id IN ({names}) AND m.workspace = :workspace"
    found = [_named(row) for row in await reading.all(sql, workspace=workspace.hex, **values)]
    return {one.candidate.id: one for one in found}


async def electable(reading: Reading, workspace: UUID, *, but: UUID | None = None) -> list[Named]:
    """The model that ``domain.resolver.elect`` would choose of all that there are but one; none where it has none.

    A workspace may have a hundred thousand, so that the order of the election stands here once more; a test holds the
    two together.
    """
    sql = f"""{_CANDIDATE}
        WHERE m.workspace = :workspace AND m.enabled = 1 AND p.status = 'active' AND {rows.ROUTABLE}
            AND m.id <> :but AND {_CHATS}
        ORDER BY keyed DESC, m.favourite DESC, m.seq LIMIT 1"""
    found = await reading.all(sql, workspace=workspace.hex, but="" if but is None else but.hex)
    return [_named(row) for row in found]


async def has_enabled_chat(reading: Reading, workspace: UUID) -> bool:
    """Whether any enabled model of the workspace chats."""
    row = await reading.first(
        f"SELECT 1 AS one FROM models m WHERE m.workspace = :workspace AND m.enabled = 1 AND {_CHATS} LIMIT 1",  # noqa: S608  as above
        workspace=workspace.hex,
    )
    return row is not None


def _named(row: Row) -> Named:
    routable = row["provider"] is not None and row["upstream_name"] is not None
    active = row["status"] == "active"
    return Named(
        candidate=Candidate(
            id=UUID(hex=row["id"]),
            enabled=row["enabled"] == 1,
            routable=routable,
            provider_active=active,
            healthy=active and row["keyed"] == 1,
            chat=NOT_CHAT.isdisjoint(unpacked(row["tags"])),
            favourite=row["favourite"] == 1,
            created=row["seq"],
        ),
        name=row["name"],
        upstream_name=row["upstream_name"] or "",
        provider=optional_identity(row["provider"]),
        provider_name=row["provider_name"] or "",
    )


async def _update(tx: Writing, before: Model, after: Model) -> None:
    values = rows.changed_values(before, after)
    await tx.run(_setting(tuple(values)), **values, id=after.id.hex, of_workspace=after.workspace.hex)


@lru_cache(maxsize=256)
def _setting(columns: tuple[str, ...]) -> str:
    """Few combinations of members are ever changed together, and each column left out spares its indexes."""
    stated = ", ".join(f"{name} = :{name}" for name in columns)
    return f"UPDATE models SET {stated} WHERE id = :id AND workspace = :of_workspace"  # noqa: S608  as above


def _bound(ids: Iterable[UUID]) -> tuple[str, dict[str, Value]]:
    values: dict[str, Value] = {f"id_{number}": one.hex for number, one in enumerate(dict.fromkeys(ids))}
    return ", ".join(f":{name}" for name in values), values


def _taken(exc: UniqueViolated) -> AlreadyExists:
    return AlreadyExists("model", _UNIQUE.get(exc.columns, "this key"))
