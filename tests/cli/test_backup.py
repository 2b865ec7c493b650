from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.commands import armillary, refused, told
from tests.servers import Server, running
from tests.wire import a_model, a_provider

pytestmark = pytest.mark.xdist_group("backup")  # one worker, so that one server serves them all

RECORDED = """SELECT count(*) FROM changes
    WHERE kind = 'model' AND action = 'created' AND after LIKE '%"name":"made-%'"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server that these tests copy from."""
    with running(tmp_path_factory.mktemp("server"), "") as started:
        yield started


@contextmanager
def being_written(server: Server) -> Iterator[list[str]]:
    """One model after another is made meanwhile; their names, each noted once it was acknowledged."""
    names: list[str] = []
    ended = threading.Event()

    def write() -> None:
        with server.client() as client:
            provider = a_provider(client)
            while not ended.is_set():
                names.append(a_model(client, provider, f"made-{len(names)}")["display_name"])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield names
    finally:
        ended.set()
        writer.join()


def rows(file: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as opened:
        return opened.execute(sql).fetchall()


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_is_of_one_instant_while_writes_go_on(
    tmp_path: Path, kind: str, a_database: Callable[[str], str]
) -> None:
    file, data, url = tmp_path / "backup.db", tmp_path / "data", a_database(kind)
    with running(data, url) as server, being_written(server) as names:
        before = len(names)
        output = told(armillary("backup", file, "--data", data, "--database-url", url))
        after = len(names) + 1  # one more may have been durable and not yet noted
    made = {name for (name,) in rows(file, "SELECT name FROM models WHERE name LIKE 'made-%'")}
    recorded = rows(file, RECORDED)
    assert made == {f"made-{number}" for number in range(len(made))}
    assert before <= len(made) <= after
    assert recorded == [(len(made),)]
    assert f"Wrote {file} (" in output
    assert rows(file, "PRAGMA integrity_check") == [("ok",)]


def test_both_files_are_for_their_owner_alone_and_nothing_else_is_left(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    output = told(armillary("backup", folder / "one.db", "--data", server.data))
    assert {file.name: mode(file) for file in folder.iterdir()} == {"one.db": 0o600, "one.db.keys": 0o600}
    assert (folder / "one.db.keys").read_bytes() == (server.data / "secrets.key").read_bytes()
    assert "whoever has both files has every secret in them" in output


def test_the_keys_can_be_left_out(server: Server, tmp_path: Path) -> None:
    output = told(armillary("backup", tmp_path / "one.db", "--without-keys", "--data", server.data))
    assert not (tmp_path / "one.db.keys").exists()
    assert "The key-encryption keys are not in it" in output


def test_keys_of_the_environment_are_not_written(tmp_path: Path) -> None:
    key = "ab" * 32
    with running(tmp_path / "data", "", ARMILLARY_SECRETS_KEY=key):
        told(armillary("backup", tmp_path / "one.db", "--data", tmp_path / "data", ARMILLARY_SECRETS_KEY=key))
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["one.db"]


def test_a_backup_holds_no_secret_in_clear(server: Server, tmp_path: Path) -> None:
    with server.client() as client:
        a_provider(client, api_key="sk-hunter2hunter2hunter2")
    told(armillary("backup", tmp_path / "one.db", "--data", server.data))
    content = (tmp_path / "one.db").read_bytes()
    assert b"hunter2" not in content
    assert server.key.encode() not in content


@pytest.mark.parametrize("taken", ["one.db", "one.db.keys"])
def test_nothing_is_overwritten(server: Server, tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("precious")
    sentence = refused(armillary("backup", tmp_path / "one.db", "--data", server.data))
    assert sentence == f"file: {tmp_path / taken} exists already: name a new file"
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == [taken]
    assert (tmp_path / taken).read_text() == "precious"


def test_where_nothing_is_nothing_is_begun(tmp_path: Path) -> None:
    sentence = refused(armillary("backup", tmp_path / "one.db", "--data", tmp_path / "data"))
    assert sentence == (
        f"the SQLite file {tmp_path}/data/armillary.db holds nothing yet: "
        "`armillary serve` begins it, and shows its key"
    )
    assert list(tmp_path.iterdir()) == []


def test_another_admin_key_in_the_environment_changes_nothing(server: Server, tmp_path: Path) -> None:
    another = "another-admin-key-0123456789"
    with server.client() as client:
        told(armillary("backup", tmp_path / "one.db", "--data", server.data, ARMILLARY_ADMIN_KEY=another))
        assert client.get("/armillary/v1/models").status_code == 200


def test_a_file_that_cannot_be_written_is_told(server: Server) -> None:
    sentence = refused(armillary("backup", "/dev/null/x/one.db", "--data", server.data))
    assert sentence == "file: /dev/null/x/one.db cannot be written (Not a directory): name another"


def test_what_was_written_counts_each_table(server: Server, tmp_path: Path) -> None:
    output = told(armillary("backup", tmp_path / "one.db", "--data", server.data))
    counted = rows(tmp_path / "one.db", "SELECT count(*) FROM models")[0][0]
    assert f" {counted} models, " in output
