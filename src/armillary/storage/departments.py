"""Departments as rows, bounded by a workspace. Whoever writes has called ``revisions.raised`` first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from armillary.domain.assemblies import Kind, Slot
from armillary.domain.departments import Department, contents
from armillary.storage import links, resources
from armillary.storage.columns import identity, instant, moment
from armillary.storage.database import Reading, Row, Value, Writing
from armillary.storage.filters import one_of

COLUMNS = (
    "id",
    "workspace",
    "name",
    "description",
    "active",
    "mcp",
    "created_by",
    "created_at",
    "updated_at",
    "revision",
)
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM departments WHERE workspace = :workspace"  # noqa: S608  constants of this module; values are bound
_INSERT = f"INSERT INTO departments ({', '.join(COLUMNS)}) VALUES ({', '.join(f':{name}' for name in COLUMNS)})"  # noqa: S608  as above
_GIVEN_ONCE = frozenset(("created_by", "created_at"))
_UPDATE = (
    f"UPDATE departments SET {', '.join(f'{name} = :{name}' for name in COLUMNS[2:] if name not in _GIVEN_ONCE)}"  # noqa: S608  as above
    " WHERE id = :id AND workspace = :workspace"
)
#: How many ids one statement names.
_AT_ONCE = 500
#: What may belong to a department.
_LINKING = (Kind.MODEL, Kind.PROVIDER, Kind.AGENT, Kind.PROFILE)


async def by_ids(reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, Department]:
    """Those of the departments that the workspace has."""
    found: dict[UUID, Department] = {}
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), _AT_ONCE):
        values: dict[str, Value] = {"workspace": workspace.hex}
        chosen = one_of("id", [one.hex for one in wanted[start : start + _AT_ONCE]], values)
        found |= {one.id: one for one in map(_department, await reading.all(f"{_SELECT} AND {chosen}", **values))}
    return found


async def of_workspace(reading: Reading, workspace: UUID) -> list[Department]:
    """Every department, the oldest first."""
    return [_department(row) for row in await reading.all(f"{_SELECT} ORDER BY id", workspace=workspace.hex)]


async def uses(reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many models, providers, agents and profiles belong to each; departments that none does are missing."""
    wanted = list(ids)
    totals: dict[UUID, int] = {}
    for kind in _LINKING:
        counted = await links.counts(reading, kind, workspace, Slot.DEPARTMENTS, wanted)
        for department, total in counted.items():
            totals[department] = totals.get(department, 0) + total
    return totals


async def staff(reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many profiles belong to each; departments that none does are missing."""
    return await links.counts(reading, Kind.PROFILE, workspace, Slot.DEPARTMENTS, ids)


async def insert_many(tx: Writing, departments: Sequence[Department]) -> None:
    """Keep new departments."""
    await tx.run_many(_INSERT, [_values(one) for one in departments])
    await _keep_said(tx, departments)


async def save_many(tx: Writing, departments: Sequence[Department]) -> None:
    """Keep the departments as they are now."""
    values: list[Mapping[str, Value]] = [
        {name: value for name, value in _values(one).items() if name not in _GIVEN_ONCE} for one in departments
    ]
    await tx.run_many(_UPDATE, values)
    await _keep_said(tx, departments)


async def _keep_said(tx: Writing, departments: Sequence[Department]) -> None:
    """Whatever they say has a canonical row, so that it can be told by an id."""
    for one in departments[:1]:
        said = {content for each in departments for content in contents(each)}
        await resources.keep(tx, one.workspace, said, at=one.updated_at)


def _values(of: Department) -> dict[str, Value]:
    return {
        "id": of.id.hex,
        "workspace": of.workspace.hex,
        "name": of.name,
        "description": of.description,
        "active": int(of.active),
        "mcp": int(of.mcp),
        "created_by": of.created_by.hex,
        "created_at": instant(of.created_at),
        "updated_at": instant(of.updated_at),
        "revision": of.revision,
    }


def _department(row: Row) -> Department:
    return Department(
        id=identity(row["id"]),
        workspace=identity(row["workspace"]),
        name=row["name"],
        description=row["description"],
        active=row["active"] == 1,
        mcp=row["mcp"] == 1,
        created_by=identity(row["created_by"]),
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
        revision=row["revision"],
    )
