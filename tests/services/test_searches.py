"""Searches through models as assemblies: pages that neither repeat nor skip, totals and facets that are true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from armillary.domain.access import Principal, Role
from armillary.domain.assembly_listings import AssemblyQuery, FacetQuery, Found, Option, SearchPage
from armillary.domain.errors import InvalidRequest, PermissionDenied
from armillary.domain.models import Registered
from armillary.domain.providers import Provider
from armillary.providers.addresses import Policy
from armillary.providers.guard import Outbound
from armillary.services import searches
from armillary.services.search_memory import PATIENCE
from armillary.services.wiring import Revisions, Wiring
from armillary.storage import models as store
from armillary.storage import revisions
from armillary.storage.database import Database
from armillary.storage.engine import open_database
from tests.builders import NOON, a_kept_provider, a_principal, a_workspace, an_id, some_kept_models
from tests.counting import Counting
from tests.storage.registries import kept
from tests.tenancy import Tenancy


@pytest.fixture
async def wiring(tenancy: Tenancy) -> AsyncIterator[Wiring]:
    outbound = Outbound(Policy())
    yield Wiring(
        db=tenancy.db,
        gate=tenancy.gate,
        keyring=tenancy.keyring,
        outbound=outbound,
        revisions=Revisions(tenancy.db),
    )
    await outbound.close()


@pytest.fixture
async def provider(database: Database) -> Provider:
    return await a_kept_provider(database, await a_workspace(database))


@pytest.fixture
def caller(provider: Provider) -> Principal:
    return Principal(
        account=an_id(),
        workspace=provider.workspace,
        profile=an_id(),
        role=Role.VIEWER,
        scopes=frozenset({"models:read"}),
    )


async def search(
    wiring: Wiring, caller: Principal, *, narrowed: FacetQuery | None = None, at: datetime = NOON, **asked: Any
) -> SearchPage:
    return await searches.models(wiring, caller, AssemblyQuery(**asked), narrowed or FacetQuery(), at=at)


def names(page: SearchPage) -> list[str]:
    return [one.record.model.name for one in page.items]


async def named(db: Database, provider: Provider, *several: str) -> list[Registered]:
    return await some_kept_models(db, provider, [{"name": name} for name in several])


async def removed(db: Database, several: Sequence[Registered]) -> None:
    async with db.writing() as tx:
        await revisions.raised(tx, several[0].model.workspace)
        await store.delete_many(tx, [one.model for one in several])


async def test_a_page_shows_models_with_their_departments_and_users(wiring: Wiring) -> None:
    said = {"description": "", "providers": [], "departments": [1, 0], "agents": [0, 2]}
    registry = await kept(wiring.db, [{"name": "b", **said}, {"name": "a", **said, "departments": [], "agents": []}])
    caller = a_principal(registry.workspace)
    page = await search(wiring, caller)
    first, second = page.items
    assert (first.record.model.name, first.record.provider) == ("a", None)
    places = tuple(registry.departments[place].id for place in (1, 0))
    assert second == Found(record=second.record, departments=places, uses=1)  # the other agent is not active
    assert page.facets.agents[0] == Option(registry.agents[0].id, "One", 1)
    assert page.total == 2


@pytest.mark.parametrize(("offset", "limit"), [(5, 12), (0, 0), (0, -3), (2**40, 12)])
async def test_past_the_end_the_total_and_the_facets_are_there(
    wiring: Wiring, caller: Principal, provider: Provider, offset: int, limit: int
) -> None:
    await named(wiring.db, provider, "a", "b")
    page = await search(wiring, caller, offset=offset, limit=limit)
    assert (page.items, page.total) == ((), 2)
    assert page.facets.providers == (Option(provider.id, provider.name, 2),)


async def test_facets_know_nothing_of_the_filters(wiring: Wiring, caller: Principal, provider: Provider) -> None:
    await named(wiring.db, provider, "a", "b")
    everything = await search(wiring, caller)
    filtered = await search(wiring, caller, text="no such", providers=(an_id(),), departments=(an_id(),))
    assert (filtered.facets, filtered.total) == (everything.facets, 0)


async def test_pages_follow_each_other_without_writes(wiring: Wiring, caller: Principal, provider: Provider) -> None:
    await named(wiring.db, provider, "c 1", "a 1", "e 1", "b 1", "d 1", "none")
    pages = [await search(wiring, caller, text=" 1", limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert [names(page) for page in pages] == [["a 1", "b 1"], ["c 1", "d 1"], ["e 1"], []]
    assert {page.total for page in pages} == {5}


async def test_what_was_written_before_a_page_moves_no_later_one(
    wiring: Wiring, caller: Principal, provider: Provider
) -> None:
    first, *_ = await named(wiring.db, provider, "b", "c", "d", "e")
    assert names(await search(wiring, caller, limit=2)) == ["b", "c"]
    await named(wiring.db, provider, "a 1", "a 2", "a 3")
    assert names(await search(wiring, caller, limit=1, offset=2)) == ["d"]
    await removed(wiring.db, [first])
    last = await search(wiring, caller, limit=2, offset=3)
    assert (names(last), last.total) == (["e"], 6)


async def test_a_page_goes_on_even_past_the_total(wiring: Wiring, caller: Principal, provider: Provider) -> None:
    several = await named(wiring.db, provider, "a", "b", "c", "d")
    await search(wiring, caller, limit=3)
    await removed(wiring.db, several[:3])
    assert names(await search(wiring, caller, limit=3, offset=3)) == ["d"]


async def test_the_first_page_begins_anew(wiring: Wiring, caller: Principal, provider: Provider) -> None:
    await named(wiring.db, provider, "b", "c", "d")
    await search(wiring, caller, limit=1)
    await search(wiring, caller, limit=1, offset=1)
    await named(wiring.db, provider, "a")
    assert names(await search(wiring, caller, limit=1)) == ["a"]
    # where the walk before ended is no end of this one's
    assert names(await search(wiring, caller, limit=1, offset=2)) == ["c"]


@pytest.mark.parametrize("change", ["reader", "question", "late"])
async def test_another_reader_another_question_and_another_day_count_rows(
    wiring: Wiring, caller: Principal, provider: Provider, change: str
) -> None:
    await named(wiring.db, provider, "b 1", "c 1", "d 1")
    await search(wiring, caller, text="1", limit=1)
    await named(wiring.db, provider, "a 1")
    other = replace(caller, profile=an_id()) if change == "reader" else caller
    text = " 1" if change == "question" else "1"
    at = NOON + (PATIENCE * 2 if change == "late" else timedelta())
    assert names(await search(wiring, other, text=text, limit=1, offset=1, at=at)) == ["b 1"]


async def test_a_walk_under_writes_shows_what_stays_once_and_in_order(
    wiring: Wiring, caller: Principal, provider: Provider
) -> None:
    stays = [f"model {number:03} stays" for number in range(0, 120, 2)]
    await named(wiring.db, provider, *stays)
    walking = True

    async def write() -> None:
        number = 0
        while walking:
            passing = [f"model {(number * step) % 119:03} passes" for step in (1, 7, 31)]
            made = await named(wiring.db, provider, *passing)
            await removed(wiring.db, made[number % 2 :])  # every other round leaves one behind
            number += 1

    writing = asyncio.create_task(write())
    shown: list[str] = []
    while page := names(await search(wiring, caller, text="model", limit=7, offset=len(shown))):
        shown += page
        await asyncio.sleep(0)
    walking = False
    await writing
    assert [name for name in shown if name.endswith("stays")] == stays
    assert shown == sorted(shown)


async def test_totals_and_facets_follow_every_write(wiring: Wiring, caller: Principal, provider: Provider) -> None:
    async def told(text: str) -> tuple[int, tuple[Option, ...]]:
        page = await search(wiring, caller, text=text)
        return page.total, page.facets.providers

    assert (await told("a"), await told("")) == ((0, ()), (0, ()))
    several = await named(wiring.db, provider, "a", "b")
    assert (await told("a"), (await told(""))[0]) == ((1, (Option(provider.id, provider.name, 2),)), 2)
    await removed(wiring.db, several[:1])
    assert (await told("a"), (await told(""))[0]) == ((0, (Option(provider.id, provider.name, 1),)), 1)


async def test_what_another_process_wrote_is_told_at_once(
    wiring: Wiring, caller: Principal, provider: Provider, database_url: str
) -> None:
    assert (await search(wiring, caller)).total == 0
    other = await open_database(database_url)
    try:
        await named(other, provider, "a")
    finally:
        await other.close()
    page = await search(wiring, caller)
    assert (page.total, names(page), len(page.facets.providers)) == (1, ["a"], 1)


async def test_a_page_of_a_hundred_costs_what_a_page_of_ten_does(
    wiring: Wiring, caller: Principal, provider: Provider
) -> None:
    await named(wiring.db, provider, *(f"model {number}" for number in range(120)))

    async def cost(limit: int) -> tuple[int, int]:
        counting: Any = Counting(wiring.db)
        page = await search(replace(wiring, db=counting), caller, text=f"model{' ' * (limit // 100)}", limit=limit)
        return counting.statements, len(page.items)

    await search(wiring, caller)
    (few, ten), (many, hundred) = await cost(10), await cost(100)
    assert (few, ten, hundred) == (many, 10, 100)


async def test_a_search_needs_its_scope_and_bounds_what_it_is_asked(wiring: Wiring, caller: Principal) -> None:
    with pytest.raises(PermissionDenied):
        await search(wiring, replace(caller, scopes=frozenset()))
    refused_values: dict[str, Any] = {"providers": [an_id()] * 1001, "agents": [an_id()] * 1001, "offset": -1}
    for member, value in refused_values.items():
        with pytest.raises(InvalidRequest) as refused:
            await search(wiring, caller, **{member: value})
        assert refused.value.field == member
