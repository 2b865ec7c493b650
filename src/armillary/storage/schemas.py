"""How far a database's schema is, asked without changing it."""

from __future__ import annotations

from armillary.storage import migrations
from armillary.storage.database import Database

_BOOK = {
    "sqlite": "SELECT 1 AS found FROM sqlite_master WHERE name = 'armillary_migrations'",
    "postgresql": "SELECT 1 AS found FROM pg_class WHERE oid = to_regclass('armillary_migrations')",
}


async def applied(db: Database) -> int:
    """How many migrations the database has; 0 for one that is empty, or somebody else's."""
    async with db.reading() as tx:
        if await tx.first(_BOOK[db.kind]) is None:
            return 0
        row = await tx.first("SELECT count(*) AS n FROM armillary_migrations")
        return int(row["n"]) if row else 0


def known(db: Database) -> int:
    """How many migrations this program has for this kind of database."""
    return len(migrations.read(migrations.FOLDER / db.kind))
