"""The list of models as assemblies, on both databases: it shows what the contract says, in its order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armillary.domain.assembly_listings import AssemblyQuery
from armillary.domain.errors import NotFound
from armillary.storage import assembly_listings as listings
from armillary.storage import models, revisions
from armillary.storage.assembly_listings import Key
from armillary.storage.database import Database
from tests.builders import NOON, a_kept_provider, a_workspace, some_kept_models
from tests.storage.registries import Registry, asked, kept, plans, queries

#: A private database serves all examples of one test: each has a workspace of its own.
shared = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def total(db: Database, registry: Registry, query: AssemblyQuery) -> int:
    async with db.reading() as reading:
        place = await listings.place(reading, registry.workspace.id)
        return await listings.count(reading, db.kind, place, query)


async def shown(db: Database, registry: Registry, query: AssemblyQuery, after: Key | None = None) -> list[UUID]:
    async with db.reading() as reading:
        place = await listings.place(reading, registry.workspace.id)
        there = await listings.count(reading, db.kind, place, query)
        found = await listings.page(reading, db.kind, place, query, total=there, after=after)
    return [one.model.id for one in found]


@pytest.fixture(params=["collected", "walked", "walked near"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Pages are found in each way, however few models there are."""
    if request.param != "collected":
        monkeypatch.setattr(listings, "_FEW", -1)
        monkeypatch.setattr(listings, "_REACH", 3)
    if request.param == "walked":
        monkeypatch.setattr(listings, "_MANY", -1)
    return str(request.param)


@pytest.mark.usefixtures("way")
@shared
@given(data=st.data(), plan=plans())
async def test_a_page_shows_what_the_contract_says(database: Database, data: st.DataObject, plan: list[Any]) -> None:
    registry = await kept(database, plan)
    question = data.draw(queries(plan))
    offset, limit = data.draw(st.integers(0, 5)), data.draw(st.integers(-1, 5))
    query = asked(registry, question, offset=offset, limit=limit)
    expected = [one.id for one in registry.found(query)]
    assert await total(database, registry, query) == len(expected)
    assert await shown(database, registry, query) == expected[offset : offset + max(limit, 0)]


@pytest.mark.usefixtures("way")
@shared
@given(data=st.data(), plan=plans())
async def test_a_page_goes_on_behind_a_key(database: Database, data: st.DataObject, plan: list[Any]) -> None:
    registry = await kept(database, plan)
    query = asked(registry, data.draw(queries(plan)), limit=3, offset=99)
    keys = st.sampled_from([(one.name, one.id) for one in registry.models] or [("", UUID(int=0))])
    key = data.draw(keys)
    expected = [one.id for one in registry.found(query) if (one.name, one.id) > key]
    assert await shown(database, registry, query, Key(*key)) == expected[:3]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("%", ["100%"], id="percent-is-literal"),
        pytest.param("a_c", ["a_c"], id="underscore-is-literal"),
        pytest.param('"quoted"', ['say "Quoted" twice'], id="quotes"),
        pytest.param("STRASSE", ["straße"], id="folds-to-several"),
        pytest.param("éCOLE", ["École"], id="beyond-ascii"),
        pytest.param("字", ["字"], id="one-character"),
        pytest.param("ab", ["abc"], id="two-characters"),
        pytest.param("described so", ["plain"], id="description"),
        pytest.param("upstream", [], id="upstream-name-is-not-searched"),
        pytest.param("model_", [], id="id-is-not-searched"),
        pytest.param("plainde", [], id="not-across-name-and-description"),
        pytest.param("a\0b", [], id="nul"),
        pytest.param("\ud800", [], id="half-a-character"),
        pytest.param("x" * 20_000, [], id="longer-than-any"),
        pytest.param("long " * 60, ["of length"], id="longer-than-a-phrase"),
        pytest.param("long " * 60 + "!", [], id="differs-behind-the-phrase"),
    ],
)
@pytest.mark.usefixtures("way")
async def test_a_text_is_found_literally(database: Database, text: str, names: list[str]) -> None:
    workspace = await a_workspace(database)
    provider = await a_kept_provider(database, workspace)
    there = ["100%", "axc", "a_c", 'say "Quoted" twice', "straße", "École", "字", "abc"]
    plain = {"name": "plain", "description": "Described so"}
    long = {"name": "of length", "description": "Long " * 80}
    await some_kept_models(database, provider, [*({"name": name} for name in there), plain, long])
    async with database.reading() as reading:
        place = await listings.place(reading, workspace.id)
        query = AssemblyQuery(text=text)
        counted = await listings.count(reading, database.kind, place, query)
        found = await listings.page(reading, database.kind, place, query, total=counted)
    assert ([one.model.name for one in found], counted) == (names, len(names))


@shared
@given(data=st.data(), plan=plans(most=6))
async def test_an_export_shows_what_its_viewer_may_see(
    database: Database, data: st.DataObject, plan: list[Any]
) -> None:
    registry = await kept(database, plan)
    mine = data.draw(st.none() | st.sets(st.integers(0, 2)))
    departments = None if mine is None else [registry.departments[place].id for place in mine]
    async with database.reading() as reading:
        place = await listings.place(reading, registry.workspace.id)
        batches = [batch async for batch in listings.stream(reading, place, departments=departments)]
    visible = [
        one.id
        for one in registry.found(AssemblyQuery())
        if departments is None or not one.departments or set(departments) & set(one.departments)
    ]
    assert [one.model.id for batch in batches for one in batch] == visible


async def test_a_foreign_workspace_sees_none_of_it(database: Database) -> None:
    said = {"description": "", "providers": [0, 1], "departments": [0], "agents": [0]}
    registry = await kept(database, [{"name": "Here", **said}])
    other = await kept(database, [])
    everything = {"text": "her", "providers": [0, 1], "departments": [0], "agents": [0]}
    for member, value in everything.items():
        question = {"text": "", "providers": [], "departments": [], "agents": [], member: value}
        foreign = asked(registry, question)
        assert await shown(database, registry, foreign) == [registry.models[0].id]
        assert (await total(database, other, foreign), await shown(database, other, foreign)) == (0, [])


async def test_there_is_no_place_for_what_is_no_workspace(database: Database) -> None:
    async with database.reading() as reading:
        with pytest.raises(NotFound):
            await listings.place(reading, UUID(int=77))


async def test_a_renamed_a_redescribed_and_a_deleted_model_are_found_as_they_are(database: Database) -> None:
    provider = await a_kept_provider(database, await a_workspace(database))
    first, second, third = await some_kept_models(
        database, provider, [{"name": name, "description": "old words"} for name in ("Alpha", "Beta", "Gamma")]
    )
    async with database.writing() as tx:
        await revisions.raised(tx, provider.workspace)
        renamed, redescribed = replace(first.model, name="Omega"), replace(second.model, description="New Words")
        pairs = [(first.model, renamed), (second.model, redescribed)]
        await models.save_many(tx, pairs, by=provider.created_by, at=NOON)
        await models.delete_many(tx, [third.model])
    found = {}
    async with database.reading() as reading:
        place = await listings.place(reading, provider.workspace)
        for text in ("", "alpha", "omega", "old w", "new w", "gamma"):
            query = AssemblyQuery(text=text)
            counted = await listings.count(reading, database.kind, place, query)
            page = await listings.page(reading, database.kind, place, query, total=counted)
            found[text] = [one.model.name for one in page]
    assert found == {
        "": ["Beta", "Omega"],
        "alpha": [],
        "omega": ["Omega"],
        "old w": ["Omega"],
        "new w": ["Beta"],
        "gamma": [],
    }
