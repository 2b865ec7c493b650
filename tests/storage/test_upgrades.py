"""Databases of released schemas, filled, and brought to the present one: value for value, and nothing to be rebuilt."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from armillary.domain.assembly_listings import AssemblyQuery
from armillary.domain.ids import ulid
from armillary.domain.listings import ModelQuery
from armillary.storage import assembly_listings, listings, migrations
from armillary.storage.database import Database
from armillary.storage.engine import open_database
from armillary.storage.rows import folded

WORKSPACE, PROVIDER = UUID(int=11), UUID(int=12)
#: name, description; more than one chunk of those that are folded at a time.
MODELS = (
    ("Straße", "Für GROẞE Aufgaben"),
    ("Plain", ""),
    ('say "cheese"', "100% İstanbul"),
    *((f"Filler {number}", f"Words {number}") for number in range(1100)),
)


@pytest.fixture
def first_release(tmp_path: Path) -> Path:
    """The migrations of the first release alone."""
    for kind in ("sqlite", "postgresql"):
        (tmp_path / "first" / kind).mkdir(parents=True)
        shutil.copy(migrations.FOLDER / kind / "0001_registry.sql", tmp_path / "first" / kind)
    return tmp_path / "first"


def a_row(number: int, name: str, description: str) -> dict[str, Any]:
    identity = UUID(int=1000 + number)
    return {
        "seq": 3 * 2**32 + number + 1,
        "id": identity.hex,
        "workspace": WORKSPACE.hex,
        "provider": PROVIDER.hex,
        "upstream_name": f"upstream-{number}",
        "name": name,
        "description": description,
        "vendor": "Maker",
        "enabled": 1,
        "source": "manual",
        "external_id": f"Ext-{number}",
        "search": f"{folded(name)}\x1eext-{number}\x1dmodel_{ulid(identity).casefold()}\x1fmaker",
        "created_by": UUID(int=1).hex,
        "created_at": 5,
        "updated_at": 6,
        "revision": 7,
    }


def rows() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every row by its table, as the first release wrote it."""
    made = {"created_by": UUID(int=1).hex, "created_at": 1}
    account = UUID(int=10).hex
    yield "accounts", [{"id": account, "name": "A", "webhook_secret": "", "challenge_token": "", **made}]
    yield "workspaces", [{"id": WORKSPACE.hex, "number": 3, "account": account, "name": "W", "updated_at": 1, **made}]
    provider = {"id": PROVIDER.hex, "workspace": WORKSPACE.hex, "name": "P", "driver": "openai"}
    yield "providers", [{**provider, "management": "manual", "updated_at": 1, **made}]
    yield "models", [a_row(number, *said) for number, said in enumerate(MODELS)]


def insert(table: str, columns: Iterable[str]) -> str:
    columns = tuple(columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(f':{name}' for name in columns)})"


async def fill(db: Database) -> None:
    async with db.writing() as tx:
        for table, several in rows():
            await tx.run_many(insert(table, several[0]), several)


def fill_file(file: str) -> None:
    """As ``fill``; the program that commits is the first release, whose index is another."""
    with sqlite3.connect(file) as connection:
        for table, several in rows():
            connection.executemany(insert(table, several[0]), several)
        connection.execute("INSERT INTO models_search (rowid, search) SELECT seq, search FROM models")
        connection.execute("DELETE FROM models_search_stale")
    connection.close()


async def everything(db: Database) -> list[dict[str, Any]]:
    columns = ", ".join(a_row(0, "", ""))
    async with db.reading() as reading:
        return [dict(row) for row in await reading.all(f"SELECT {columns} FROM models ORDER BY seq")]


@pytest.fixture
async def upgraded(empty_database_url: str, first_release: Path) -> Any:
    """A database that the first release filled, opened by this one."""
    first = await open_database(empty_database_url, folder=first_release)
    if first.kind == "sqlite":
        fill_file(empty_database_url.removeprefix("sqlite:///"))
    else:
        await fill(first)
    before = await everything(first)
    await first.close()
    db = await open_database(empty_database_url)
    yield db, before
    await db.close()


async def test_models_are_as_they_were(upgraded: tuple[Database, list[dict[str, Any]]]) -> None:
    db, before = upgraded
    assert await everything(db) == before == [a_row(number, *said) for number, said in enumerate(MODELS)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("STRASSE", ["Straße"]),
        ("grosse auf", ["Straße"]),
        ("0% i\u0307stan", ['say "cheese"']),
        ("words 1099", ["Filler 1099"]),
        ("ext-1", []),
        ("ay", ['say "cheese"']),
    ],
)
async def test_old_models_are_found_by_name_and_description(
    upgraded: tuple[Database, list[dict[str, Any]]], text: str, names: list[str]
) -> None:
    db, _ = upgraded
    async with db.reading() as reading:
        place = await assembly_listings.place(reading, WORKSPACE)
        query = AssemblyQuery(text=text)
        total = await assembly_listings.count(reading, db.kind, place, query)
        found = await assembly_listings.page(reading, db.kind, place, query, total=total)
    assert ([one.model.name for one in found], total) == (names, len(names))


async def test_old_models_are_found_as_they_were(upgraded: tuple[Database, list[dict[str, Any]]]) -> None:
    db, _ = upgraded
    found = {}
    async with db.reading() as reading:
        for text in ("strasse", "ext-2", "maker", "grosse auf"):
            page = await listings.page(reading, db.kind, WORKSPACE, ModelQuery(text=text, newest_first=False, limit=3))
            found[text] = [one.model.name for one in page]
    assert found == {
        "strasse": ["Straße"],
        "ext-2": ['say "cheese"', "Filler 17", "Filler 18"],
        "maker": ["Straße", "Plain", 'say "cheese"'],
        "grosse auf": [],
    }


async def test_the_next_write_finds_the_index_in_order(upgraded: tuple[Database, list[dict[str, Any]]]) -> None:
    db, _ = upgraded
    async with db.writing() as tx:
        await tx.run("UPDATE models SET name = 'Gone', search = 'gone' WHERE upstream_name = 'upstream-0'")
        if db.kind == "sqlite":
            await tx.run("INSERT INTO models_search (models_search, rank) VALUES ('integrity-check', 0)")
    async with db.reading() as reading:
        place = await assembly_listings.place(reading, WORKSPACE)
        assert await assembly_listings.count(reading, db.kind, place, AssemblyQuery(text="strasse")) == 0
