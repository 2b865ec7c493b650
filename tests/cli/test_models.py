from __future__ import annotations

import csv
import io
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.commands import PATIENCE_S, armillary, environment, refused, told
from tests.servers import Server, running
from tests.wire import answered

pytestmark = pytest.mark.xdist_group("models-export")  # one worker, so that one server serves them all


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with a model whose texts need care."""
    data = tmp_path_factory.mktemp("server")
    if request.param == "sqlite":
        with running(data, "") as started:
            yield _filled(started)
        return
    with request.getfixturevalue("new_postgres_database")() as url, running(data, url) as started:
        yield _filled(started)


def _filled(server: Server) -> Server:
    with server.client() as api:
        models = [{"name": name, "description": 'a "quoted",\r\nlong one'} for name in ("=1+1", "é|ö")]
        answered(api.post("/api/v5/artifacts/models/create", json={"models": models}))
    return server


def command(server: Server, *options: str | Path) -> list[str | Path]:
    database: list[str | Path] = ["--database-url", server.database_url] if server.database_url else []
    return ["models", "export", *options, "--data", server.data, *database]


def exported(server: Server, **body: str) -> bytes:
    """What the API makes of it."""
    with server.client() as api:
        upload = answered(api.post("/api/v5/artifacts/models/export", json=body))["upload_id"]
        return api.get(f"/uploads/{upload}/download").content


def printed(server: Server, *options: str) -> bytes:
    ended = subprocess.run(
        [sys.executable, "-m", "armillary", *map(str, command(server, *options))],
        env=environment(),
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b""), ended.stderr
    return ended.stdout


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))[1:]


def test_the_command_writes_the_bytes_of_the_apis_export(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "models.csv"
    said = told(armillary(*command(server, "--output", file)))
    assert file.read_bytes() == exported(server) == printed(server)
    count = len(rows(file.read_bytes()))
    assert said == f"Wrote {count:,} models to {file}.\n"
    assert list(tmp_path.iterdir()) == [file]


def test_one_model_or_one_that_is_not_there(server: Server) -> None:
    model = next(row[0] for row in rows(exported(server)) if row[1] == "'=1+1")
    assert printed(server, "--model", model) == exported(server, model_id=model)
    assert rows(printed(server, "--model", str(uuid4()))) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--model", "x"), "model: is a model's id: a UUID"),
        (("--workspace", "nowhere"), "workspace: there is no 'nowhere'"),
        (("--output", "/nowhere/models.csv"), "output: /nowhere/models.csv cannot be written"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(server: Server, options: tuple[str, ...], sentence: str) -> None:
    assert refused(armillary(*command(server, *options))).startswith(sentence)


def test_a_terminal_shows_how_far_it_is_apart_from_the_bytes(server: Server) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "armillary", *map(str, command(server))],
        env=environment(TERM="xterm"),
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    content, _ = process.communicate(timeout=PATIENCE_S)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert content == exported(server)
    assert "Exporting models" in shown


def test_what_was_edited_in_the_file_is_imported_and_an_unchanged_file_changes_nothing(
    server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "models.csv"
    told(armillary(*command(server, "--output", file)))
    database = command(server)[2:]
    said = told(armillary("catalog", "import", file, *database))
    assert "Imported: 0 providers and 0 models created, 0 models changed" in said
    with server.client() as api:
        models = {"models": [{"name": "edited"}]}
        made = answered(api.post("/api/v5/artifacts/models/create", json=models))["results"][0]["model_id"]
        sheet = f"model_id,name,description\r\n{made},edited,'=SUM(1)\r\n"
        (tmp_path / "edited.csv").write_text(sheet, newline="")
        said = told(armillary("catalog", "import", tmp_path / "edited.csv", *database))
        assert "description" in said
        assert "1 models changed" in said
        found = answered(api.post("/api/v5/artifacts/models/get", json={"model_id": made}))
        assert found["descriptions"]["resource"]["description"] == "=SUM(1)"
