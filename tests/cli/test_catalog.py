from __future__ import annotations

import json
import os
import pty
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.commands import PATIENCE_S, armillary, environment, refused, told
from tests.servers import Server, running
from tests.wire import answered

pytestmark = pytest.mark.xdist_group("catalog")  # one worker, so that one server serves them all

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
MODELS_DEV = {
    "acme": {
        "id": "acme",
        "name": "Acme",
        "env": ["ACME_API_KEY"],
        "npm": "@ai-sdk/openai-compatible",
        "api": "https://api.acme.example/v1",
        "doc": "https://acme.example/docs",
        "models": {
            "acme-large": {
                "id": "acme-large",
                "name": "Acme Large",
                "family": "acme",
                "attachment": True,
                "reasoning": False,
                "tool_call": True,
                "release_date": "2026-05-01",
                "modalities": {"input": ["text", "image"], "output": ["text"]},
                "limit": {"context": 200000, "output": 32000},
                "cost": {"input": 1.25, "output": 10, "cache_read": 0.125},
            },
            "acme-small": {"id": "acme-small", "name": "Acme Small", "cost": {"input": 0.000001, "output": 0.4}},
        },
    }
}
LITELLM = {
    "sample_spec": {"litellm_provider": "one of …", "mode": "one of …"},
    "bolt-1": {
        "litellm_provider": "bolt",
        "mode": "chat",
        "max_input_tokens": 128000,
        "max_output_tokens": 16384,
        "input_cost_per_token": 2.5e-06,
        "output_cost_per_token": 1e-05,
        "supports_function_calling": True,
    },
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server that the imports of these tests go into, each of a file of its own."""
    with running(tmp_path_factory.mktemp("server"), "") as started:
        yield started


def imported(server: Server, file: Path, *options: str) -> str:
    return told(armillary("catalog", "import", file, *options, "--data", server.data))


def written(file: Path, document: object) -> Path:
    file.write_text(json.dumps(document))
    return file


def named(server: Server, name: str) -> list[dict[str, Any]]:
    """The models of this name, as Everruns tells of them."""
    with server.client() as client:
        found: list[dict[str, Any]] = answered(client.get("/api/v1/models"))["data"]
    return [model for model in found if model["display_name"] == name]


def every_row(server: Server) -> list[str]:
    """Everything in the database but when keys were used."""
    with closing(sqlite3.connect(server.data / "armillary.db")) as database:
        return [line for line in database.iterdump() if 'INTO "api_keys"' not in line]


# Import


def test_a_dry_run_shows_what_would_be_and_changes_nothing(server: Server, tmp_path: Path) -> None:
    file = written(tmp_path / "dry.json", {"dry": {**MODELS_DEV["acme"], "id": "dry"}})
    before = every_row(server)
    output = imported(server, file, "--dry-run")
    assert "1 providers (1 new); models: 2 to create, 0 to change, 0 unchanged." in output
    assert output.endswith("Dry run: nothing was changed.\n")
    assert every_row(server) == before


def test_what_the_preview_showed_is_imported_and_a_running_server_shows_it_at_once(
    server: Server, tmp_path: Path
) -> None:
    file = written(tmp_path / "models.json", MODELS_DEV)
    assert named(server, "Acme Large") == []
    output = imported(server, file)
    (model,) = named(server, "Acme Large")
    assert output.endswith("Imported: 1 providers and 2 models created, 0 models changed, 0 unchanged.\n")
    assert (model["model_id"], model["enabled"], model["source"]) == ("acme-large", False, "discovered")
    assert (model["profile"]["cost"]["input"], model["profile"]["cost"]["output"]) == (1.25, 10)
    assert model["profile"]["limits"]["context"] == 200000


def test_each_field_of_the_file_is_accounted_for(server: Server, tmp_path: Path) -> None:
    output = imported(server, written(tmp_path / "models.json", MODELS_DEV), "--dry-run")
    fates = {cells[-1]: cells[0] for line in output.splitlines() if len(cells := line.replace("│", " ").split()) > 2}
    assert fates["*.models.*.limit.context"] == "kept"
    assert fates["*.npm"] == "mapped"
    assert fates["*.env[]"] == "dropped"
    assert len([path for path in fates if path.startswith("*.")]) >= 18


def test_a_second_run_changes_nothing_and_a_changed_file_changes_what_it_says(server: Server, tmp_path: Path) -> None:
    document = {"twice": {**MODELS_DEV["acme"], "id": "twice"}}
    imported(server, written(tmp_path / "models.json", document))
    before = every_row(server)
    again = imported(server, tmp_path / "models.json")
    assert again.endswith("Imported: 0 providers and 0 models created, 0 models changed, 2 unchanged.\n")
    assert every_row(server) == before
    dearer = json.loads(json.dumps(document))
    dearer["twice"]["models"]["acme-large"]["cost"]["output"] = 12.5
    output = imported(server, written(tmp_path / "models.json", dearer))
    assert "  twice/acme-large: " in output
    assert output.endswith("Imported: 0 providers and 0 models created, 1 models changed, 1 unchanged.\n")


@pytest.mark.parametrize("options", [(), ("--format", "litellm")], ids=["told-by-the-file", "said"])
def test_a_file_of_litellms_is_imported(server: Server, tmp_path: Path, options: tuple[str, ...]) -> None:
    name = f"bolt-{len(options)}"
    file = written(tmp_path / "prices.json", {"sample_spec": LITELLM["sample_spec"], name: LITELLM["bolt-1"]})
    imported(server, file, *options)
    with server.client() as client:
        models = answered(client.get("/api/v1/models"))["data"]
    (model,) = [model for model in models if model["model_id"] == name]
    assert (model["profile"]["cost"]["input"], model["profile"]["cost"]["output"]) == (2.5, 10)


@pytest.mark.parametrize(
    ("content", "options", "sentence"),
    [
        pytest.param("{", (), "the file is not JSON: Input data was truncated", id="not-json"),
        pytest.param(
            '{"a": 1}',
            (),
            "format: the file is none of models.dev, litellm, models.csv: say which it is, or send another",
            id="neither",
        ),
        pytest.param("{}", ("--format", "yaml"), "format: is one of models.dev, litellm, models.csv", id="format"),
        pytest.param("{}", ("--workspace", "x"), "workspace: there is no 'x'; there are: default", id="workspace"),
    ],
)
def test_a_wrong_file_is_told_in_one_sentence(
    server: Server, tmp_path: Path, content: str, options: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "file.json").write_text(content)
    ended = armillary("catalog", "import", tmp_path / "file.json", *options, "--data", server.data)
    assert refused(ended) == sentence


def test_a_file_that_is_not_there_is_told_in_one_sentence(server: Server, tmp_path: Path) -> None:
    ended = armillary("catalog", "import", tmp_path / "none.json", "--data", server.data)
    assert refused(ended) == f"file: {tmp_path}/none.json cannot be read (No such file or directory)"


# The real catalogue, and what a terminal shows


def on_a_terminal(*arguments: str) -> str:
    """What a command shows on a terminal of its own, colours left out, once it has ended well."""
    ours, its = pty.openpty()
    settings = environment(TERM="xterm-256color", COLUMNS="200", LINES="50")
    command = [sys.executable, "-m", "armillary", *arguments]
    shown = bytearray()
    with subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=settings) as process:
        os.close(its)
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:
            pass  # on Linux the other end of a terminal that closed is an error, not an end
        finally:
            os.close(ours)
        assert process.wait(PATIENCE_S) == 0
    return ESCAPES.sub("", shown.decode())


def test_a_bar_is_drawn_on_a_terminal_and_none_elsewhere(server: Server, tmp_path: Path) -> None:
    document = {"bar": {**MODELS_DEV["acme"], "id": "bar"}}
    file = written(tmp_path / "bar.json", document)
    shown = on_a_terminal("catalog", "import", str(file), "--data", str(server.data))
    assert "Importing bar.json" in shown
    assert "2/2" in shown
    assert "━" in shown
    plain = armillary("catalog", "import", file, "--data", server.data)
    assert plain.stderr == ""
    assert "Importing" not in plain.stdout
    assert "\x1b" not in plain.stdout


def test_the_published_catalogue_is_imported_whole_and_a_second_run_changes_nothing(
    tmp_path: Path, published_catalogue: Path
) -> None:
    with running(tmp_path, "") as server:
        shown = on_a_terminal("catalog", "import", str(published_catalogue), "--data", str(tmp_path))
        with server.client() as client:
            page = answered(client.get("/api/v1/models?source=discovered&limit=1"))
        again = imported(server, published_catalogue)
    assert "Imported: 147 providers and 5276 models created, 0 models changed, 0 unchanged." in shown
    assert "5276/5276" in shown
    assert len(set(re.findall(r"(\d+)/5276", shown))) > 3  # it moves while the import does
    assert page["total"] == 5276
    assert again.endswith("Imported: 0 providers and 0 models created, 0 models changed, 5276 unchanged.\n")


# Upgrade


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(server: Server) -> None:
    before = every_row(server)
    output = told(armillary("catalog", "upgrade", "--data", server.data))
    assert output.startswith("Default: catalogue as of 2026-")
    assert output.endswith(": 0 added, 0 changed, 0 no longer in it\n")
    assert every_row(server) == before


def test_an_upgrade_says_what_it_adds_changes_and_leaves_alone_before_it_does(tmp_path: Path) -> None:
    with running(tmp_path, "") as server, server.client() as client:
        models = {model["model_id"]: model for model in answered(client.get("/api/v1/models"))["data"]}
        edited = models["llmsim-think"]
        answered(client.patch(f"/api/v1/models/{edited['id']}", json={"display_name": "Mine"}))
    with closing(sqlite3.connect(tmp_path / "armillary.db")) as database, database:
        database.execute("UPDATE models SET name = 'Old name' WHERE upstream_name = 'llmsim-echo'")
        database.execute("UPDATE models SET upstream_name = 'gone', external_id = 'gone' WHERE name = 'GPT-5.2'")
    before = every_row(server)
    preview = told(armillary("catalog", "upgrade", "--dry-run", "--data", tmp_path))
    assert every_row(server) == before
    done = told(armillary("catalog", "upgrade", "--data", tmp_path))
    again = told(armillary("catalog", "upgrade", "--data", tmp_path))
    assert '  ~ llmsim-llmsim-echo: name "Old name" → "Simulated echo"\n' in preview
    assert '  = llmsim-llmsim-think: edited by hand, kept: name "Mine" → "Simulated thinker"\n' in preview
    assert preview == done + "Dry run: nothing was changed.\n"
    assert "0 added, 0 changed" in again


def test_an_import_begins_an_installation_and_shows_its_key_once(tmp_path: Path) -> None:
    file = written(tmp_path / "catalogue.json", MODELS_DEV)
    first = told(armillary("catalog", "import", file, "--data", tmp_path / "data"))
    assert re.search(r"Admin key, shown this once:  arm_\w+", first)
    assert "2 models created" in first
    assert "Admin key" not in told(armillary("catalog", "import", file, "--data", tmp_path / "data"))
