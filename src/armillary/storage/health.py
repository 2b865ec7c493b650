"""Whether the database answers at all."""

from __future__ import annotations

from armillary.storage.database import Reading


async def answers(reading: Reading) -> bool:
    """Whether a statement that needs no table comes back."""
    return await reading.first("SELECT 1 AS one") is not None
