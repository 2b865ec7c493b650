"""Which engine a database URL asks for."""

from __future__ import annotations

from pathlib import Path

from armillary.domain.errors import InvalidRequest
from armillary.storage import migrations
from armillary.storage.database import Database
from armillary.storage.sqlite import open_sqlite

_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql://", "postgres://")


async def open_database(url: str, *, migrate: bool = True, folder: Path = migrations.FOLDER) -> Database:
    """The database at a URL, its schema this program's.

    Args:
        url: ``sqlite:///relative/path.db``, ``sqlite:////absolute/path.db`` or ``postgresql://…``, which may hold
            everything that libpq takes in a URL.
        migrate: False leaves a schema that is behind as it is; a newer one is refused all the same.
        folder: where the migrations lie, in a folder for each kind of database.

    Raises: InvalidRequest (``database_url``), SchemaNewer, MigrationEdited, Unavailable.
    """
    if url.startswith(_SQLITE) and (path := url.removeprefix(_SQLITE)) not in {"", ":memory:"}:
        return await open_sqlite(path, folder=folder / "sqlite", migrate=migrate)
    if url.startswith(_POSTGRESQL):
        # Most installations never need psycopg, whose import costs a tenth of a second and 20 MB.
        from armillary.storage.postgres import open_postgres  # noqa: PLC0415

        return await open_postgres(url, folder=folder / "postgresql", migrate=migrate)
    # The URL itself stays out of the sentence: it may hold a password.
    raise InvalidRequest("database_url", "must be sqlite:///path/to/file.db or postgresql://user@host/database")
