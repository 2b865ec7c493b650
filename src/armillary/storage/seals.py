"""Every sealed secret of this installation, wherever it stands: for a rotation of the key that seals them.

A sealed text is replaced only where it is still what was read, so that a secret set meanwhile stays. Providers besides
are re-wrapped under the lock of their workspace, which their other writers hold from before they read: none can write
back an envelope that it read before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal

from armillary.storage.database import Reading, Writing
from armillary.storage.filters import one_of
from armillary.storage.secrets import sealed_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A column that holds sealed texts, the one that identifies their rows, and the purpose they are sealed for."""

    table: str
    column: str
    key: str
    purpose: str
    only: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed text, and the row in which it stands."""

    row: str
    text: str


async def count_pending(reading: Reading, place: Place, ours: str) -> int:
    """How many were sealed by another key than the one whose texts are LIKE ``ours``."""
    sql = f"SELECT count(*) AS pending FROM {place.table} WHERE {_pending(place)}"  # noqa: S608  constants of ours; values are bound
    row = await reading.first(sql, ours=ours)
    return 0 if row is None else row["pending"]


async def pending(reading: Reading, place: Place, ours: str, *, limit: int) -> list[Sealed]:
    """Some of those that another key sealed."""
    sql = f"""SELECT {place.key} AS place, {place.column} AS sealed FROM {place.table} WHERE {_pending(place)}
        ORDER BY {place.key} LIMIT :limit"""  # noqa: S608  as above
    found = await reading.all(sql, ours=ours, limit=limit)
    return [Sealed(row=row["place"], text=row["sealed"]) for row in found]


async def held(reading: Reading, place: Place) -> AsyncIterator[Sealed]:
    """Every sealed text of a place."""
    sql = f"SELECT {place.key} AS place, {place.column} AS sealed FROM {place.table} WHERE {_sealed(place)}"  # noqa: S608  as above
    async for chunk in reading.stream(sql):
        for row in chunk:
            yield Sealed(row=row["place"], text=row["sealed"])


async def lock_workspaces(tx: Writing, providers: Sequence[str]) -> None:
    """No other writer of these providers' workspaces has read them and not yet ended."""
    if not providers:
        return
    values: dict[str, str | int | float | bytes | None] = {}
    chosen = one_of("id", providers, values)
    await tx.all(
        f"""SELECT id FROM workspaces WHERE id IN (SELECT workspace FROM providers WHERE {chosen})
        ORDER BY id {{for_update}}""",  # noqa: S608  as above
        **values,
    )


async def replace(tx: Writing, place: Place, before: Sealed, text: str) -> int:
    """The row holds this text, if it held the one before; how many rows that were."""
    return await tx.run(
        f"UPDATE {place.table} SET {place.column} = :text WHERE {place.key} = :row AND {place.column} = :before",  # noqa: S608  as above
        text=text,
        row=before.row,
        before=before.text,
    )


async def shut(tx: Writing, kind: Literal["sqlite", "postgresql"], places: Sequence[Place]) -> None:
    """Whoever wrote to these tables has committed, and nobody writes to them until the transaction ends."""
    if kind == "postgresql":
        tables = ", ".join(sorted({place.table for place in places}))
        await tx.run(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")


async def keys_used(reading: Reading, places: Sequence[Place]) -> set[str]:
    """The ids of the keys that sealed what is kept. Raises: SecretDamaged."""
    used: set[str] = set()
    for place in places:
        sql = f"SELECT {place.column} AS sealed FROM {place.table} WHERE {_sealed(place)}"  # noqa: S608  as above
        async for chunk in reading.stream(sql):
            used |= {sealed_by(row["sealed"]) for row in chunk}
    return used


def _sealed(place: Place) -> str:
    given = f"{place.column} IS NOT NULL AND {place.column} <> ''"
    return given if place.only is None else f"{given} AND {place.key} = '{place.only}'"


def _pending(place: Place) -> str:
    return f"{_sealed(place)} AND {place.column} NOT LIKE :ours"
