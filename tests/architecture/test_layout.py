"""What no type checker tells: where things stand, and that everything a person may set or hold is written down."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from armillary.domain.access import EVERYTHING, SCOPES
from armillary.server.settings import Settings, read

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/armillary"
MODULES = sorted(path for folder in ("src", "tests", "bench") for path in (ROOT / folder).rglob("*.py"))
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
_VARIABLE = re.compile(r"\bARMILLARY_[A-Z_]+\b")
_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
#: Not of the server: what README's examples read, and what the tests and the fuzzer pass on to themselves.
ELSEWHERE = {"ARMILLARY_KEY", "ARMILLARY_FUZZ", "ARMILLARY_TEST_POSTGRES"}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def documented(page: str) -> str:
    return (ROOT / "docs" / page).read_text(encoding="utf-8")


# Layers


def test_imports_flow_one_way() -> None:
    ended = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_no_module_outgrows_six_hundred_lines(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 600


def test_no_module_is_named_for_what_it_is_not() -> None:
    vague = {"utils", "util", "common", "core", "manager", "helpers", "misc"}
    assert [relative(path) for path in MODULES if vague & {path.stem, *relative(path).split("/")}] == []


@pytest.mark.parametrize("word", ["os.environ", "os.getenv"])
def test_the_environment_is_read_in_one_place(word: str) -> None:
    found = {relative(path) for path in SOURCE.rglob("*.py") if word in path.read_text(encoding="utf-8")}
    assert found <= {"src/armillary/cli/app.py", "src/armillary/server/serve.py"}


def test_statements_stand_in_storage_alone() -> None:
    spoken = re.compile(r"\"(SELECT|INSERT INTO|UPDATE|DELETE FROM) ")
    found = [path for path in SOURCE.rglob("*.py") if spoken.search(path.read_text(encoding="utf-8"))]
    assert [relative(path) for path in found if "storage" not in path.parts] == []


def test_falcons_and_http_clients_stand_where_they_may() -> None:
    imported = re.compile(r"^\s*(?:from|import) (falcon|aiohttp|httpx)\b", re.MULTILINE)
    places = {
        relative(path).split("/")[2]: None
        for path in SOURCE.rglob("*.py")
        if imported.search(path.read_text(encoding="utf-8"))
    }
    assert set(places) <= {"dialects", "server", "providers"}


def test_a_broad_except_stands_in_two_places() -> None:
    found = [
        relative(path)
        for path in SOURCE.rglob("*.py")
        for _ in re.findall(r"except Exception\b", path.read_text(encoding="utf-8"))
    ]
    assert sorted(found) == ["src/armillary/server/app.py", "src/armillary/server/mount.py"]


@pytest.mark.parametrize("module", MODULES, ids=relative)
def test_nothing_is_left_for_later(module: Path) -> None:
    # the words that are looked for, which is why this module alone is left out below
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError|mark\.xfail|type: ignore(?!\[)")
    text = module.read_text(encoding="utf-8")
    found = [] if module == Path(__file__) else unfinished.findall(text)
    assert found == []


# Migrations


def test_every_migration_has_its_pair() -> None:
    sqlite, postgresql = (
        sorted(path.name for path in (SOURCE / "storage/migrations" / kind).glob("*.sql"))
        for kind in ("sqlite", "postgresql")
    )
    assert sqlite == postgresql
    assert sqlite[0] == "0001_registry.sql"


# Words


def variables() -> list[str]:
    """Every variable that settings are read from, told by reading them."""
    asked: list[str] = []

    class Listening(dict[str, str]):
        def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]  # of text alone
            asked.append(key)
            return default

    read(Listening())
    return sorted(set(asked))


def test_each_member_of_settings_has_a_variable_of_its_own() -> None:
    assert len(variables()) == len(fields(Settings))


@pytest.mark.parametrize("variable", variables())
def test_every_setting_is_documented(variable: str) -> None:
    assert f"`{variable}`" in documented("operations.md")


def test_no_setting_is_documented_that_is_none() -> None:
    told = {name for page in PAGES for name in _VARIABLE.findall(page.read_text(encoding="utf-8"))}
    assert told <= {*variables(), *ELSEWHERE}


@pytest.mark.parametrize("option", ["--data", "--database-url", "--host", "--port", "--workers"])
def test_every_option_of_the_server_is_documented(option: str) -> None:
    assert f"`{option}`" in documented("operations.md")


@pytest.mark.parametrize("scope", [EVERYTHING, *sorted(SCOPES)])
def test_every_scope_is_documented(scope: str) -> None:
    assert f"`{scope}`" in documented("operations.md")


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith(("http:", "https:"))]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("dialect", ["everruns", "cadenya", "artifacts", "native"])
def test_every_dialect_has_its_page(dialect: str) -> None:
    assert (ROOT / f"docs/dialects/{dialect}.md").stat().st_size > 500


def test_constraints_hold_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    pin = re.compile(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.!+-]+( ; [^:/@]+)?")  # after the semicolon: on which platforms
    assert [line for line in pins if not pin.fullmatch(line)] == []
