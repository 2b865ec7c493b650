"""Resources as a service: what is found or made, by whom, and what happens where several do so at once."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from armillary.domain.access import Role
from armillary.domain.accounts import DEFAULT_WORKSPACE
from armillary.domain.changes import ChangeQuery
from armillary.domain.errors import InvalidRequest, PermissionDenied
from armillary.domain.resources import (
    Content,
    Description,
    Email,
    Endpoint,
    Flag,
    Modality,
    Name,
    PricePoint,
    Quality,
    ReasoningLevel,
    Resource,
    ResourceKind,
    ResourceQuery,
    TemperatureLevel,
    Value,
    Voice,
)
from armillary.domain.seeds import SEEDED
from armillary.services import changes, resources
from armillary.storage import resources as store
from armillary.storage.database import Database
from armillary.storage.engine import open_database
from tests.tenancy import START, Tenancy

CONTENTS: list[Content] = [
    Name("n"),
    Description("d"),
    Value("v"),
    Voice("w"),
    PricePoint("input", Decimal("0.5"), "million_text", "tokens", 1_000_000),
    Modality("text", is_input=True),
    Quality("low"),
    ReasoningLevel("low"),
    TemperatureLevel(Decimal("0.5")),
    Flag("f", "", "", ""),
    Endpoint("https://example.com"),
    Email("ada@example.com"),
]


async def made(tenancy: Tenancy, content: Content, *, mcp: bool = False) -> Resource:
    return await resources.create(tenancy.db, tenancy.owner, content, mcp=mcp, at=tenancy.tick())


async def rows(tenancy: Tenancy, kind: ResourceKind, text: str) -> list[Resource]:
    return await resources.page(tenancy.db, tenancy.owner, ResourceQuery(kind=kind, text=text))


async def test_a_name_is_one_row_whoever_makes_it(tenancy: Tenancy) -> None:
    first = await made(tenancy, Name("  Nova "))
    assert await made(tenancy, Name("Nova"), mcp=True) == first
    assert (first.content, first.mcp, first.generated) == (Name("Nova"), False, False)
    assert await made(tenancy, Name("nova")) != first


async def test_a_name_that_several_ask_for_at_once_is_one_row(
    database: Database, database_url: str, tenancy: Tenancy
) -> None:
    other = await open_database(database_url)
    texts = [f"name {number}" for number in range(10)]

    async def ask(db: Database, asked: list[str]) -> dict[str, Resource]:
        async with db.writing() as tx:
            return await resources.named(tx, DEFAULT_WORKSPACE, asked, mcp=False, at=START)

    found = await asyncio.gather(
        *(ask(db, asked) for db in (database, other) for asked in (texts, texts[::-1], texts[5:], texts[:5]))
    )
    await other.close()
    kept = {row.text: row.id for row in await rows(tenancy, ResourceKind.NAMES, "name ")}
    assert {text: {one[text].id for one in found if text in one} for text in texts} == {
        text: {kept[text]} for text in texts
    }
    assert len(kept) == len(texts)


async def test_rows_that_several_make_at_once_are_all_there(
    database: Database, database_url: str, tenancy: Tenancy
) -> None:
    other = await open_database(database_url)

    async def make(db: Database) -> Resource:
        return await resources.create(db, tenancy.owner, Voice("Viola"), mcp=False, at=START)

    found = await asyncio.gather(*(make(db) for db in (database, other) * 5))
    await other.close()
    kept = await rows(tenancy, ResourceKind.VOICES, "viola")
    assert {one.id for one in kept} == {one.id for one in found}
    assert [one.canonical for one in kept].count(True) == 1


@pytest.mark.parametrize("content", CONTENTS[1:], ids=lambda content: type(content).__name__)
async def test_anything_else_is_a_new_row_each_time(tenancy: Tenancy, content: Content) -> None:
    first, second = await made(tenancy, content), await made(tenancy, content, mcp=True)
    assert (first.id != second.id, first.content == second.content) == (True, True)
    assert (second.mcp, second.generated, second.canonical) == (True, True, False)
    assert first.canonical is (content not in SEEDED)
    read = await resources.read(tenancy.db, tenancy.owner, first.kind, [second.id, first.id])
    assert read == [second, first]


async def test_what_was_made_stands_for_what_the_registry_says(tenancy: Tenancy) -> None:
    one = await made(tenancy, Value("gpt-x"))
    async with tenancy.db.writing() as tx:
        await store.keep(tx, DEFAULT_WORKSPACE, [Value("gpt-x")], at=START)
        assert await store.canonical(tx, DEFAULT_WORKSPACE, [Value("gpt-x")]) == {Value("gpt-x"): one}
    assert await rows(tenancy, ResourceKind.VALUES, "gpt-x") == [one]


async def test_texts_are_made_into_rows_in_their_order(tenancy: Tenancy) -> None:
    async with tenancy.db.writing() as tx:
        described = await resources.described(tx, DEFAULT_WORKSPACE, ["b", "a", "b"], mcp=True, at=START)
        addressed = await resources.addressed(tx, DEFAULT_WORKSPACE, ["b@x.org", "a@x.org"], mcp=False, at=START)
        named = await resources.named(tx, DEFAULT_WORKSPACE, ["b", " a"], mcp=False, at=START)
    assert [one.text for one in described] == ["b", "a", "b"]
    assert len({one.id for one in described}) == 3
    assert [one.text for one in addressed] == ["b@x.org", "a@x.org"]
    assert {text: one.text for text, one in named.items()} == {"b": "b", " a": "a"}


@pytest.mark.parametrize("text", ["", "  ", "x" * 256, "a\0b"])
async def test_a_name_that_cannot_be_is_refused_and_nothing_is_kept(tenancy: Tenancy, text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await made(tenancy, Name(text))
    assert refused.value.field == "name"
    async with tenancy.db.reading() as reading:
        row = await reading.first("SELECT count(*) AS n FROM resources WHERE text = :text", text=text.replace("\0", ""))
    assert row == {"n": 0}


@pytest.mark.parametrize(
    ("role", "scopes", "count"),
    [
        pytest.param(Role.ADMIN, ("*",), 12, id="admin"),
        pytest.param(Role.MEMBER, ("*",), 2, id="member"),
        pytest.param(Role.VIEWER, ("*",), 2, id="viewer"),
        pytest.param(Role.OWNER, ("models:read",), 2, id="read-only"),
        pytest.param(Role.OWNER, ("tools:read",), 0, id="elsewhere"),
    ],
)
async def test_roles_and_scopes_decide_who_makes_what(
    tenancy: Tenancy, role: Role, scopes: tuple[str, ...], count: int
) -> None:
    caller, allowed = await tenancy.a_caller(role=role, scopes=scopes), 0
    for content in CONTENTS:
        try:
            await resources.create(tenancy.db, caller, content, mcp=False, at=tenancy.tick())
            allowed += 1
        except PermissionDenied:
            continue
    assert allowed == count


async def test_addresses_are_for_those_who_keep_the_roster(tenancy: Tenancy) -> None:
    one = await made(tenancy, Email("ada@example.com"))
    viewer = await tenancy.a_caller(role=Role.VIEWER)
    with pytest.raises(PermissionDenied):
        await resources.page(tenancy.db, viewer, ResourceQuery(kind=ResourceKind.EMAILS))
    with pytest.raises(PermissionDenied):
        await resources.read(tenancy.db, viewer, ResourceKind.EMAILS, [one.id])
    assert await rows(tenancy, ResourceKind.EMAILS, "ADA") == [one]


async def test_what_is_made_leaves_a_record_and_what_is_found_leaves_none(tenancy: Tenancy) -> None:
    one = await made(tenancy, PricePoint("input", Decimal("0.50"), "hour", "seconds", 3600))
    name = await made(tenancy, Name("Nova"))
    await made(tenancy, Name("Nova"))
    found = await changes.page(tenancy.db, tenancy.owner, ChangeQuery(kind="resource", limit=10))
    price = {"pricing_type": "input", "price": "0.5", "unit_name": "hour", "unit_category": "seconds"}
    assert [(change.entity, change.after) for change in found] == [
        (name.id, {"kind": "names", "name": "Nova"}),
        (one.id, {"kind": "pricing", **price, "unit_value": 3600}),
    ]


async def test_a_page_is_bounded_and_may_be_empty(tenancy: Tenancy) -> None:
    query = ResourceQuery(kind=ResourceKind.TEMPERATURE_LEVELS, limit=10**9)
    assert len(await resources.page(tenancy.db, tenancy.owner, query)) == 121
    assert await resources.page(tenancy.db, tenancy.owner, ResourceQuery(kind=ResourceKind.NAMES, limit=0)) == []
    assert await resources.read(tenancy.db, tenancy.owner, ResourceKind.NAMES, []) == []
