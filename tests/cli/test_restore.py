from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands import armillary, refused, told
from tests.servers import Server, running
from tests.wire import a_model, a_provider, answered

pytestmark = pytest.mark.xdist_group("restore")  # one worker, so that one server serves them all

#: Reads whose whole bodies must be the same after a restore, links included.
READS = (
    "/api/v1/models",
    "/api/v1/providers",
    "/v1/workspaces/default/models?limit=100",
    "/v1/workspaces/default/ai_provider_keys",
    "/v1/account",
    "/armillary/v1/models?limit=200",
    "/armillary/v1/models/resolve",
)
HOST = "registry.example"


def bodies(server: Server, key: str) -> dict[str, bytes]:
    """What each read answers; the same Host is named, since links begin with it."""
    with server.client(key, Host=HOST) as client:
        replies = {path: client.get(path) for path in READS}
    assert {reply.status_code for reply in replies.values()} == {200}
    return {path: reply.content for path, reply in replies.items()}


def filled(server: Server) -> str:
    """The token of a new key, after some work that a restore has to bring back."""
    with server.client() as client:
        provider = a_provider(client, api_key="sk-kept-kept-kept-kept", base_url="https://models.example.org/v1")
        model = a_model(client, provider, "kept", is_favorite=True)
        answered(client.patch(f"/api/v1/models/{model['id']}", json={"enabled": True}))
        new = {"name": "restored", "scopes": ["*"], "all_workspaces": True}
        token: str = answered(client.post("/armillary/v1/keys", json=new), 201)["token"]
        return token


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of an installation that has begun, its keys beside it."""
    folder = tmp_path_factory.mktemp("backup")
    with running(folder / "data", ""):
        told(armillary("backup", folder / "one.db", "--data", folder / "data"))
    return folder / "one.db"


@pytest.mark.parametrize(
    ("source", "target"),
    [("sqlite", "sqlite"), ("sqlite", "postgresql"), ("postgresql", "sqlite"), ("postgresql", "postgresql")],
)
def test_a_restored_server_answers_the_same_bytes_to_the_same_keys(
    tmp_path: Path, source: str, target: str, a_database: Callable[[str], str]
) -> None:
    one, two, file = a_database(source), a_database(target), tmp_path / "backup.db"
    with running(tmp_path / "one", one) as server:
        keys = server.key, filled(server)
        before = [bodies(server, key) for key in keys]
        told(armillary("backup", file, "--data", tmp_path / "one", "--database-url", one))
    output = told(armillary("restore", file, "--data", tmp_path / "two", "--database-url", two))
    assert f"The key in {tmp_path}/two/secrets.key opens it" in output
    with running(tmp_path / "two", two, ARMILLARY_ADMIN_KEY="") as server:
        after = [bodies(server, key) for key in keys]
        with server.client(keys[0]) as client:
            a_model(client, a_provider(client), "made after it")  # counters came along
        assert "Admin key" not in server.output.read_text()
    assert after == before


def test_every_secret_opens_in_the_restored_database(backup: Path, tmp_path: Path) -> None:
    told(armillary("restore", backup, "--data", tmp_path))
    assert "opens this database" in told(armillary("doctor", "--data", tmp_path))


def test_a_database_that_holds_rows_is_left_alone(backup: Path, tmp_path: Path) -> None:
    with running(tmp_path, "") as server:
        before = bodies(server, server.key)
        sentence = refused(armillary("restore", backup, "--data", tmp_path))
        after = bodies(server, server.key)
    assert sentence == "the database holds rows already: restore into a new, empty one"
    assert after == before


def test_restoring_twice_is_refused(backup: Path, tmp_path: Path) -> None:
    told(armillary("restore", backup, "--data", tmp_path))
    assert "holds rows already" in refused(armillary("restore", backup, "--data", tmp_path))


def test_the_backup_is_left_as_it_is(backup: Path, tmp_path: Path) -> None:
    before = {file.name: file.read_bytes() for file in backup.parent.iterdir() if file.is_file()}
    told(armillary("restore", backup, "--data", tmp_path))
    assert {file.name: file.read_bytes() for file in backup.parent.iterdir() if file.is_file()} == before


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"not a database, but some text", id="text"),
        pytest.param(b"SQLite format 3\0 and no more of it", id="cut-off"),
    ],
)
def test_a_file_that_is_no_backup_is_refused_and_nothing_is_restored(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    sentence = refused(armillary("restore", tmp_path / "file", "--data", tmp_path / "data"))
    assert sentence == f"file: {tmp_path}/file is no backup of Armillary's, or a damaged one"
    assert not (tmp_path / "data/secrets.key").exists()


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "file")) as other, other:
        other.execute("CREATE TABLE models (name TEXT)")
    sentence = refused(armillary("restore", tmp_path / "file", "--data", tmp_path / "data"))
    assert sentence == f"file: {tmp_path}/file is no backup of Armillary's, or a damaged one"


def test_the_file_of_a_running_server_is_refused_since_its_last_writes_stand_beside_it(tmp_path: Path) -> None:
    with running(tmp_path / "one", ""):
        sentence = refused(armillary("restore", tmp_path / "one/armillary.db", "--data", tmp_path / "two"))
    assert sentence == (
        f"file: {tmp_path}/one/armillary.db is a database in use, not a backup: make one with `armillary backup`"
    )


def test_a_backup_of_a_newer_armillary_is_refused(backup: Path, tmp_path: Path) -> None:
    shutil.copy(backup, tmp_path / "newer.db")
    with closing(sqlite3.connect(tmp_path / "newer.db")) as newer, newer:
        newer.execute("INSERT INTO armillary_migrations VALUES (9999, 'later', '', 0)")
    sentence = refused(armillary("restore", tmp_path / "newer.db", "--data", tmp_path / "data"))
    assert sentence.startswith("this database was written by a newer Armillary, which applied 9999 (later)")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    sentence = refused(armillary("restore", tmp_path / "file", "--data", tmp_path / "data"))
    assert sentence == f"file: {tmp_path}/file is not there"
    assert list(tmp_path.iterdir()) == []


def test_without_keys_it_says_where_they_belong(backup: Path, tmp_path: Path) -> None:
    shutil.copy(backup, tmp_path / "alone.db")
    output = told(armillary("restore", tmp_path / "alone.db", "--data", tmp_path / "data"))
    assert output.endswith(
        f"Now copy the key file that belongs to it to {tmp_path}/data/secrets.key (there is no alone.db.keys).\n"
    )


def test_a_key_file_that_is_there_already_is_kept_and_said_not_to_fit(backup: Path, tmp_path: Path) -> None:
    (tmp_path / "secrets.key").write_text("ab" * 32)
    (tmp_path / "secrets.key").chmod(0o600)
    output = told(armillary("restore", backup, "--data", tmp_path))
    assert output.endswith(
        f"The key in {tmp_path}/secrets.key does not open it: put the one there that the backup was made under.\n"
    )
    assert (tmp_path / "secrets.key").read_text() == "ab" * 32
