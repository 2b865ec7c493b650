from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.commands import armillary
from tests.servers import free_port, running


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of an installation that has begun and was stopped."""
    with running(tmp_path / "data", ""):
        pass
    return tmp_path / "data"


def examined(data: Path, **settings: str) -> CompletedProcess[str]:
    return armillary("doctor", "--data", data, **{"ARMILLARY_PORT": str(free_port()), **settings})


def to_mend(ended: CompletedProcess[str]) -> list[str]:
    """The lines of what has to be mended, once exit code and standard error agree with them."""
    lines = [line for line in ended.stdout.splitlines() if line.startswith("mend")]
    assert (ended.returncode, ended.stderr) == (1 if lines else 0, "")
    return [" ".join(line.split()[1:]) for line in lines]


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {file.name: (file.stat().st_mode, file.read_bytes()) for file in folder.iterdir()}


def altered(data: Path, sql: str) -> None:
    with closing(sqlite3.connect(data / "armillary.db")) as database, database:
        database.execute(sql)


def test_a_fine_installation_is_fine_and_stays_as_it_is(data: Path) -> None:
    before = contents(data)
    ended = examined(data)
    assert to_mend(ended) == []
    assert contents(data) == before
    assert "the SQLite file" in ended.stdout
    assert "opens this database" in ended.stdout
    assert "Simulated echo" in ended.stdout


def test_it_is_fine_while_a_server_runs(tmp_path: Path) -> None:
    with running(tmp_path, "") as server:
        ended = examined(tmp_path, ARMILLARY_PORT=server.url.rpartition(":")[2])
    assert to_mend(ended) == []
    assert "something listens there" in ended.stdout


def test_where_nothing_is_nothing_is_made(tmp_path: Path) -> None:
    ended = examined(tmp_path / "data")
    assert to_mend(ended) == []
    assert "there is none yet: `armillary serve` makes it" in ended.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_sqlite_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    ended = examined(tmp_path, ARMILLARY_DATABASE_URL=f"sqlite:///{tmp_path}/other.db")
    assert to_mend(ended) == []
    assert list(tmp_path.iterdir()) == []


def test_a_key_file_that_others_may_read(data: Path) -> None:
    key = data / "secrets.key"
    key.chmod(0o644)
    before = contents(data)
    assert to_mend(examined(data)) == [
        f"key file others may read the key file {key}: run chmod 600 on it, and rotate its key"
    ]
    assert contents(data) == before


def test_a_missing_key_file(data: Path) -> None:
    (data / "secrets.key").unlink()
    before = contents(data)
    assert to_mend(examined(data)) == [
        f"key file {data}/secrets.key is missing: put it back from a backup, or no key and no secret opens"
    ]
    assert contents(data) == before


def test_a_key_that_opens_nothing(data: Path) -> None:
    found = to_mend(examined(data, ARMILLARY_SECRETS_KEY="ab" * 32))
    assert found[0] == (
        "keyring it does not open this database: put back the key that sealed it, or no API key opens anything"
    )


def test_a_key_that_is_none(data: Path) -> None:
    ended = examined(data, ARMILLARY_SECRETS_KEY="hunter2")
    assert to_mend(ended)[0].startswith("key file ARMILLARY_SECRETS_KEY must hold a key of 32 random bytes")
    assert "hunter2" not in ended.stdout


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        pytest.param(
            "UPDATE settings SET value = replace(value, substr(value, 30, 4), 'AAAA') WHERE name = 'digest_pepper'",
            "keyring it does not open this database: put back the key that sealed it, or no API key opens anything",
            id="pepper",
        ),
        pytest.param(
            "UPDATE accounts SET webhook_secret = challenge_token",
            "account.webhook_secret it opens no more: rotate it through the API",
            id="account",
        ),
        pytest.param(
            "UPDATE providers SET sealed = (SELECT webhook_secret FROM accounts) WHERE driver = 'llmsim'",
            "providers of Default the key of LLM simulator opens no more: set it again",
            id="provider",
        ),
    ],
)
def test_a_secret_that_no_longer_opens(data: Path, sql: str, what: str) -> None:
    altered(data, sql)
    before = contents(data)
    assert to_mend(examined(data)) == [what]
    assert contents(data) == before


def test_a_database_of_a_newer_armillary(data: Path) -> None:
    altered(data, "INSERT INTO armillary_migrations VALUES (9999, 'later', '', 0)")
    before = contents(data)
    assert to_mend(examined(data))[0].startswith(
        "database this database was written by a newer Armillary, which applied 9999 (later): start that version"
    )
    assert contents(data) == before


def test_a_database_without_tables_is_worth_a_note(tmp_path: Path) -> None:
    (tmp_path / "armillary.db").touch(0o600)
    ended = examined(tmp_path)
    assert to_mend(ended) == []
    assert "it holds no tables yet: `armillary serve` makes them" in ended.stdout


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "armillary.db").write_bytes(b"SQLite format 3\0 no more")
    before = contents(tmp_path)
    assert to_mend(examined(tmp_path)) == [
        "database the database file is damaged, or is none of SQLite's: restore a backup into a new one"
    ]
    assert contents(tmp_path) == before


def test_a_postgresql_that_does_not_answer(tmp_path: Path) -> None:
    ended = examined(tmp_path, ARMILLARY_DATABASE_URL="postgresql://someone:hunter2@127.0.0.1:1/x")
    assert to_mend(ended) == [
        (
            "database the PostgreSQL server at 127.0.0.1:1 cannot be opened: is it running, "
            "and is ARMILLARY_DATABASE_URL right?"
        )
    ]
    assert "hunter2" not in ended.stdout


def test_an_address_that_this_machine_has_not(data: Path) -> None:
    found = to_mend(examined(data, ARMILLARY_HOST="192.0.2.1"))
    assert found[0].startswith("address 192.0.2.1:")
    assert found[0].endswith("choose another with --host or --port")


def test_a_fine_installation_on_postgresql(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with request.getfixturevalue("new_postgres_database")() as url:
        with running(tmp_path, url):
            pass
        before = contents(tmp_path)
        ended = examined(tmp_path, ARMILLARY_DATABASE_URL=url)
    assert to_mend(ended) == []
    assert "up to date" in ended.stdout
    assert contents(tmp_path) == before
