"""Links as rows: what an owner's own columns cannot say of it. Source: contracts/artifacts.md, 2.0.

Each kind of owner has its table, so that links go with what they belong to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from armillary.domain.assemblies import Kind, Slot
from armillary.storage.columns import identity
from armillary.storage.database import Reading, Value, Writing

TABLES: dict[Kind, str] = {kind: f"{kind.value}_links" for kind in Kind}
_AT_ONCE = 500

Links = dict[Slot, list[UUID]]


async def of_owners(
    reading: Reading, kind: Kind, workspace: UUID, owners: Iterable[UUID], slots: Iterable[Slot] = Slot
) -> dict[UUID, Links]:
    """The stored links of each owner that has any, in order, of the slots named."""
    found: dict[UUID, Links] = {}
    wanted, named = list(dict.fromkeys(owners)), {f"slot_{n}": slot.value for n, slot in enumerate(slots)}
    if not named:
        return found
    for start in range(0, len(wanted), _AT_ONCE):
        values: dict[str, Value] = {f"id_{n}": one.hex for n, one in enumerate(wanted[start : start + _AT_ONCE])}
        sql = f"""SELECT owner, slot, target FROM {TABLES[kind]}
            WHERE owner IN ({_bound(values)}) AND workspace = :workspace AND slot IN ({_bound(named)})
            ORDER BY owner, slot, place"""  # noqa: S608  tables of this module; values are bound
        for row in await reading.all(sql, **values, **named, workspace=workspace.hex):
            links = found.setdefault(identity(row["owner"]), {})
            links.setdefault(Slot(row["slot"]), []).append(identity(row["target"]))
    return found


async def replace(
    tx: Writing, kind: Kind, workspace: UUID, changes: Sequence[tuple[UUID, Mapping[Slot, Sequence[UUID]]]]
) -> None:
    """Each owner links in the slots named exactly these, in order; its other slots stay as they are."""
    table = TABLES[kind]
    slots: list[Mapping[str, Value]] = [
        {"workspace": workspace.hex, "owner": owner.hex, "slot": slot.value}
        for owner, links in changes
        for slot in links
    ]
    if slots:
        await tx.run_many(
            f"DELETE FROM {table} WHERE workspace = :workspace AND owner = :owner AND slot = :slot",  # noqa: S608  as above
            slots,
        )
    await insert(tx, kind, workspace, changes)


async def insert(
    tx: Writing, kind: Kind, workspace: UUID, made: Sequence[tuple[UUID, Mapping[Slot, Sequence[UUID]]]]
) -> None:
    """New owners link these, in order."""
    rows: list[Mapping[str, Value]] = [
        {"workspace": workspace.hex, "owner": owner.hex, "slot": slot.value, "place": place, "target": target.hex}
        for owner, links in made
        for slot, targets in links.items()
        for place, target in enumerate(targets)
    ]
    if rows:
        await tx.run_many(
            f"""INSERT INTO {TABLES[kind]} (workspace, owner, slot, place, target)
            VALUES (:workspace, :owner, :slot, :place, :target)""",  # noqa: S608  as above
            rows,
        )


async def counts(reading: Reading, kind: Kind, workspace: UUID, slot: Slot, targets: Iterable[UUID]) -> dict[UUID, int]:
    """How many owners of the kind link each of the targets."""
    values: dict[str, Value] = {f"id_{n}": one.hex for n, one in enumerate(dict.fromkeys(targets))}
    if not values:
        return {}
    rows = await reading.all(
        f"""SELECT target, count(DISTINCT owner) AS total FROM {TABLES[kind]}
        WHERE workspace = :workspace AND slot = :slot AND target IN ({_bound(values)}) GROUP BY target""",  # noqa: S608  as above
        workspace=workspace.hex,
        slot=slot.value,
        **values,
    )
    return {identity(row["target"]): row["total"] for row in rows}


def _bound(values: Iterable[str]) -> str:
    return ", ".join(f":{name}" for name in values)
