"""Whether what the server stands on still answers."""

from __future__ import annotations

import asyncio

from armillary.domain.errors import Unavailable
from armillary.storage import health
from armillary.storage.database import Database

_PATIENCE_S = 2.0


async def database_answers(db: Database) -> bool:
    """Whether the database answers within two seconds."""
    try:
        async with asyncio.timeout(_PATIENCE_S), db.reading() as tx:
            return await health.answers(tx)
    except (Unavailable, TimeoutError):
        return False
