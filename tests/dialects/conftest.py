"""Running servers for the dialects' tests: one on each database for a whole run of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import Server, running


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the tests of this worker share: each makes what it needs, and touches nothing else."""
    data = tmp_path_factory.mktemp("server")
    if request.param == "sqlite":
        url = f"sqlite:///{data / 'armillary.db'}"
        with running(data, url) as started:
            yield started
        return
    with request.getfixturevalue("new_postgres_database")() as url, running(data, url) as started:
        yield started
