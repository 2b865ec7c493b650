"""Two servers on one database, as two machines on one PostgreSQL or two processes on one SQLite file are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import Server, running


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """Two servers that share a database and its keys."""
    one, two = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    if request.param == "sqlite":
        with running(one, "") as first, running(two, "", ARMILLARY_DATA=str(one)) as second:
            yield first, second
        return
    with (
        request.getfixturevalue("new_postgres_database")() as url,
        running(one, url) as first,
        running(two, url, ARMILLARY_DATA=str(one)) as second,
    ):
        yield first, second
