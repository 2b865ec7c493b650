"""The archive: what was deleted, whole. Source: contracts/artifacts.md, 2.6 and decision 7.

What is deleted leaves its tables, so that no statement has to leave it out; its rows stand here as JSON, and come
back as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from armillary.domain.assemblies import Kind
from armillary.domain.errors import NotFound
from armillary.storage.columns import instant, packed, unpacked
from armillary.storage.database import Reading, Value, Writing

#: A profile is the account's: in a workspace its membership ends, and the profile itself stays where it is.
#: Kind -> the tables that hold it, each with the column that names it; the first holds the thing itself.
_TABLES: dict[Kind, tuple[tuple[str, str], ...]] = {
    Kind.MODEL: (("models", "id"), ("prices", "model"), ("model_links", "owner")),
    Kind.PROVIDER: (("providers", "id"), ("provider_links", "owner")),
    Kind.DEPARTMENT: (("departments", "id"), ("department_links", "owner")),
    Kind.AGENT: (("agents", "id"), ("agent_links", "owner")),
    # a profile stays where it is, as whoever is no member of any workspace
    Kind.PROFILE: (("profiles", "id"),),
    Kind.PROFILE: (("profiles", "id"),),
}
_AT_ONCE = 500


async def put(tx: Writing, kind: Kind, workspace: UUID, ids: Iterable[UUID], *, at: datetime) -> None:
    """The things, which are the workspace's, are in the archive and nowhere else."""
    wanted = [one.hex for one in ids]
    for start in range(0, len(wanted), _AT_ONCE):
        await _put(tx, kind, workspace, wanted[start : start + _AT_ONCE], at=at)


async def _put(tx: Writing, kind: Kind, workspace: UUID, wanted: list[str], *, at: datetime) -> None:
    values: dict[str, Value] = {f"id_{number}": one for number, one in enumerate(wanted)}
    named = ", ".join(f":{name}" for name in values)
    documents: dict[str, dict[str, list[dict[str, Any]]]] = {one: {} for one in wanted}
    for table, column in _TABLES[kind]:
        for row in await tx.all(f"SELECT * FROM {table} WHERE {column} IN ({named})", **values):  # noqa: S608  tables of this module
            documents[row[column]].setdefault(table, []).append(dict(row))
    rows: list[Mapping[str, Value]] = [
        {
            "id": one,
            "workspace": workspace.hex,
            "kind": kind.value,
            "document": packed(document),
            "at": instant(at),
        }
        for one, document in documents.items()
    ]
    await tx.run_many(
        "INSERT INTO archive (id, workspace, kind, document, deleted_at)"
        " VALUES (:id, :workspace, :kind, :document, :at)",
        rows,
    )
    table, column = _TABLES[kind][0]
    await tx.run(
        f"DELETE FROM {table} WHERE {column} IN ({named}) AND workspace = :workspace",  # noqa: S608  as above
        **values,
        workspace=workspace.hex,
    )


async def taken(reading: Reading, kind: Kind, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the ids that something has, of the kind or in the archive, in whatever workspace."""
    found: set[UUID] = set()
    wanted = [one.hex for one in ids]
    table, column = _TABLES[kind][0]
    for start in range(0, len(wanted), _AT_ONCE):
        values: dict[str, Value] = {f"id_{n}": one for n, one in enumerate(wanted[start : start + _AT_ONCE])}
        named = ", ".join(f":{name}" for name in values)
        rows = await reading.all(
            f"SELECT {column} AS id FROM {table} WHERE {column} IN ({named})"  # noqa: S608  as above
            f" UNION SELECT id FROM archive WHERE id IN ({named})",
            **values,
        )
        found |= {UUID(hex=row["id"]) for row in rows}
    return found


async def restore(tx: Writing, workspace: UUID, thing: UUID) -> None:
    """The thing is back with its prices and links, and no longer in the archive.

    A provider that is gone meanwhile is no longer a model's, nor such a model an agent's; where another model of the
    provider has its upstream name by now, it comes back as a twin. Raises: NotFound.
    """
    row = await tx.first(
        "SELECT kind, document FROM archive WHERE id = :id AND workspace = :workspace",
        id=thing.hex,
        workspace=workspace.hex,
    )
    if row is None:
        raise NotFound("archived", thing)
    document = unpacked(row["document"])
    if row["kind"] == Kind.MODEL:
        document["models"] = [await _fitting(tx, one) for one in document["models"]]
    if row["kind"] == Kind.AGENT:
        document["agents"] = [await _without_gone(tx, one) for one in document["agents"]]
    for table, _ in _TABLES[Kind(row["kind"])]:
        for one in document.get(table, []):
            names = ", ".join(one)
            bound = ", ".join(f":{name}" for name in one)
            await tx.run(f"INSERT INTO {table} ({names}) VALUES ({bound})", **one)  # noqa: S608  columns of our own tables
    await tx.run("DELETE FROM archive WHERE id = :id", id=thing.hex)


async def _fitting(tx: Reading, model: dict[str, Any]) -> dict[str, Any]:
    provider = await tx.first("SELECT id FROM providers WHERE id = :id", id=model["provider"])
    other = await tx.first(
        "SELECT 1 AS one FROM models WHERE provider = :provider AND upstream_name = :name AND twin = 0",
        provider=model["provider"],
        name=model["upstream_name"],
    )
    return {**model, "provider": provider and provider["id"], "twin": int(bool(other)) or model["twin"]}


async def _without_gone(tx: Reading, agent: dict[str, Any]) -> dict[str, Any]:
    model = await tx.first("SELECT id FROM models WHERE id = :id", id=agent["model"])
    return {**agent, "model": model and model["id"]}
