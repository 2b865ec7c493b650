"""Prices as rows: a period is closed and the next opened, no price is ever overwritten."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from armillary.domain.ids import uuid7
from armillary.domain.models import Model
from armillary.domain.prices import Period, Price, PriceKind
from armillary.storage import rows
from armillary.storage.columns import instant, moment, optional_moment
from armillary.storage.database import Reading, Value, Writing

_INSERT = """
    INSERT INTO prices (id, model, kind, input, output, cached_input, tiers, starts_at, created_by)
    VALUES (:id, :model, :kind, :input, :output, :cached_input, :tiers, :starts_at, :created_by)
"""


async def open_first(tx: Writing, models: Sequence[Model], *, by: UUID) -> None:
    """The prices of new models hold from their creation on."""
    opened = [
        _values(model.id, kind, price, starts_at=instant(model.created_at), by=by)
        for model in models
        for kind, price in _priced(model)
        if price
    ]
    if opened:
        await tx.run_many(_INSERT, opened)


async def replace(tx: Writing, before: Model, after: Model, *, by: UUID, at: datetime) -> None:
    """Where a price differs, its period has ended and the next has begun, both at one instant.

    That instant is not before the last one known of the price: a request may have begun earlier than the one whose
    write it waited for, and periods never overlap.
    """
    for (kind, was), (_, becomes) in zip(_priced(before), _priced(after), strict=True):
        if was != becomes:
            await _replace(tx, after.id, kind, becomes, by=by, at=at)


async def _replace(  # noqa: PLR0913  a period
    tx: Writing, model: UUID, kind: PriceKind, price: Price, *, by: UUID, at: datetime
) -> None:
    row = await tx.first(
        "SELECT max(coalesce(ends_at, starts_at)) AS latest FROM prices WHERE model = :model AND kind = :kind",
        model=model.hex,
        kind=kind.value,
    )
    latest = row["latest"] if row else None
    turn = max(instant(at), latest or 0)
    await tx.run(
        "UPDATE prices SET ends_at = :turn WHERE model = :model AND kind = :kind AND ends_at IS NULL",
        turn=turn,
        model=model.hex,
        kind=kind.value,
    )
    if price:
        await tx.run(_INSERT, **_values(model, kind, price, starts_at=turn, by=by))


async def periods(reading: Reading, model: UUID) -> list[Period]:
    """Every period of a model's prices, the oldest first."""
    found = await reading.all(
        "SELECT kind, input, output, cached_input, tiers, starts_at, ends_at FROM prices WHERE model = :model"
        " ORDER BY starts_at, coalesce(ends_at, 9223372036854775807), kind",
        model=model.hex,
    )
    return [
        Period(
            kind=PriceKind(row["kind"]),
            price=rows.price(row["input"], row["output"], row["cached_input"], row["tiers"]),
            starts_at=moment(row["starts_at"]),
            ends_at=optional_moment(row["ends_at"]),
        )
        for row in found
    ]


def _priced(model: Model) -> Iterator[tuple[PriceKind, Price]]:
    yield PriceKind.BASE, model.base
    yield PriceKind.OVERRIDE, model.override


def _values(model: UUID, kind: PriceKind, price: Price, *, starts_at: int, by: UUID) -> dict[str, Value]:
    return {
        "id": uuid7(moment(starts_at), secrets.token_bytes(8)).hex,
        "model": model.hex,
        "kind": kind.value,
        **rows.price_values(price),
        "starts_at": starts_at,
        "created_by": by.hex,
    }
