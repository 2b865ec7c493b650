"""Every block of the README runs, in the README's own order, against a server that ``make serve`` started."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.commands import PATIENCE_S, ROOT, environment
from tests.servers import free_port

pytestmark = pytest.mark.xdist_group("readme")  # one worker, so that one server serves them all

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = _BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
#: The releases that README's examples were written for.
SDKS = ("everruns-sdk==0.3.1", "cadenya==1.8.0")


@dataclass(frozen=True, kw_only=True)
class Started:
    """The server that ``make serve`` started, and the key that it printed."""

    address: str
    key: str
    settings: dict[str, str]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """The README's first block, on a port and a data folder of the test's own."""
    data, port = tmp_path_factory.mktemp("readme"), free_port()
    settings = {"ARMILLARY_DATA": str(data / "var"), "ARMILLARY_PORT": str(port)}
    command = next(block for language, block in BLOCKS if block.startswith("make serve"))
    with (data / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            ["sh", "-c", command],  # noqa: S607  as a person has it
            cwd=ROOT,
            env=environment(**settings, PYTHONUNBUFFERED="1"),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    address = f"127.0.0.1:{port}"
    try:
        _await(address, process, data / "output.txt")
        key = re.search(r"Admin key, shown this once:  (arm_\w+)", (data / "output.txt").read_text())
        assert key is not None
        yield Started(address=address, key=key[1], settings=settings)
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # as Ctrl-C reaches make and the server alike
        process.wait(PATIENCE_S)


def _await(address: str, process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"http://{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)  # asked again, within the deadline
    raise AssertionError(output.read_text())


def run(started: Started, *command: str, **settings: str) -> str:
    """What a block prints, once it has ended well."""
    given = environment(**started.settings, ARMILLARY_KEY=started.key, **settings)
    ended = subprocess.run(
        command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def placed(block: str, started: Started) -> str:
    """The block with this server's address and key in place of the README's, and this environment's command."""
    here = block.replace("127.0.0.1:8321", started.address).replace("arm_…", started.key)
    return here.replace(".venv/bin/armillary", str(Path(sys.executable).with_name("armillary")))


def blocks(language: str, containing: str = "") -> list[str]:
    found = [block for spoken, block in BLOCKS if spoken == language and containing in block]
    assert found
    return found


def test_every_block_is_of_a_kind_that_is_run_here() -> None:
    kinds = ("make serve\n", "make test\n", "export ARMILLARY_KEY=", "curl -s ", ".venv/bin/armillary ")
    assert {language for language, _ in BLOCKS} == {"sh", "python"}
    assert [block for language, block in BLOCKS if language == "sh" and not block.startswith(kinds)] == []


def test_make_serve_serves_on_the_address_that_the_readme_names() -> None:
    assert "http://127.0.0.1:8321" in (ROOT / "README.md").read_text(encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "armillary", "serve", "--help"],
        env=environment(COLUMNS="200"),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    assert "[default: 127.0.0.1]" in ended.stdout
    assert "[default: 8321]" in ended.stdout


def test_make_test_runs_the_whole_suite() -> None:
    (block,) = blocks("sh", "make test")
    command = block.strip().replace("make ", "make -n ")  # the suite cannot run itself
    ended = subprocess.run(
        ["sh", "-c", command],  # noqa: S607  as above
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    # make itself speaks too where this suite is run by it
    lines = [line for line in ended.stdout.splitlines() if line.startswith(".venv/")]
    assert [line.split()[0] for line in lines[-5:]] == [
        ".venv/bin/ruff",
        ".venv/bin/ruff",
        ".venv/bin/mypy",
        ".venv/bin/lint-imports",
        ".venv/bin/python",
    ]
    assert lines[-1].startswith(".venv/bin/python -m pytest ")


def test_the_key_is_put_where_the_examples_look_for_it(started: Started) -> None:
    (block,) = blocks("sh", "export ARMILLARY_KEY")
    assert run(started, "sh", "-c", placed(block, started) + 'printf %s "$ARMILLARY_KEY"') == started.key


@pytest.mark.parametrize("block", blocks("sh", "curl -s"), ids=lambda block: block.split()[2][-30:])
def test_an_example_of_curl_answers_json(started: Started, block: str) -> None:
    told = json.loads(run(started, "sh", "-c", placed(block, started)))
    assert "status" not in told, told
    assert told


@pytest.mark.parametrize("block", blocks("sh", ".venv/bin/armillary"), ids=str.strip)
def test_an_example_of_a_command_ends_well(started: Started, block: str) -> None:
    assert run(started, "sh", "-c", placed(block, started)).strip()


@pytest.mark.parametrize("block", blocks("python"), ids=["everruns", "cadenya"])
def test_a_vendors_own_client_prints_models(started: Started, block: str) -> None:
    folders = os.pathsep.join(str(ROOT / ".sdks" / name) for name in SDKS)
    lines = run(started, sys.executable, "-c", placed(block, started), PYTHONPATH=folders).splitlines()
    assert len(lines) == 3
    assert all(len(line.split()) >= 2 for line in lines)


def test_the_versions_that_are_named_are_pinned_for_the_suite() -> None:
    pins = (ROOT / "tests/sdks.txt").read_text(encoding="utf-8").splitlines()
    assert set(SDKS) <= set(pins)
