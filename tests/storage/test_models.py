"""Models as rows, on both databases: what goes in comes out, and nobody sees another workspace's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armillary.domain.errors import AlreadyExists, NotFound
from armillary.domain.ids import ulid
from armillary.domain.listings import ModelCounts, ModelQuery
from armillary.domain.models import Model, Registered, Source
from armillary.domain.prices import UNPRICED, Period, Price, PriceKind, price_at
from armillary.domain.providers import CredentialShape, ProviderStatus
from armillary.domain.resolver import elect
from armillary.storage import listings, models, revisions, rows
from armillary.storage.database import Database
from tests import generated
from tests.builders import NOON, a_kept_model, a_kept_provider, a_workspace, an_id, some_kept_models

#: A private database serves all examples of one test: each makes models of its own.
shared = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def read(db: Database, held: Registered) -> Registered:
    async with db.reading() as reading:
        return await models.registered(reading, held.model.workspace, held.model.id)


async def save(db: Database, before: Model, after: Model, *, minutes: int = 1) -> None:
    async with db.writing() as tx:
        await revisions.raised(tx, before.workspace)
        await models.save(tx, before, after, by=before.created_by, at=NOON + timedelta(minutes=minutes))


async def found(db: Database, workspace: UUID, **asked: Any) -> list[str]:
    async with db.reading() as reading:
        shown = await listings.page(reading, db.kind, workspace, ModelQuery(**asked))
    return [one.model.name for one in shown]


@shared
@given(members=generated.model_members())
async def test_a_model_is_read_as_it_was_written(database: Database, members: dict[str, Any]) -> None:
    provider = await a_kept_provider(database, await a_workspace(database))
    kept = await a_kept_model(database, provider, **members)
    assert await read(database, kept) == kept


@shared
@given(before=generated.model_members(), after=generated.model_members())
async def test_a_model_is_read_as_it_was_saved(
    database: Database, before: dict[str, Any], after: dict[str, Any]
) -> None:
    provider = await a_kept_provider(database, await a_workspace(database))
    kept = await a_kept_model(database, provider, **before)
    becomes = replace(kept.model, **after, edited=frozenset(["name"]), last_seen_at=NOON)
    await save(database, kept.model, becomes)
    assert (await read(database, kept)).model == becomes


async def test_a_foreign_model_is_like_none(database: Database) -> None:
    kept = await a_kept_model(database, await a_kept_provider(database, await a_workspace(database)))
    other = await a_workspace(database)
    async with database.reading() as reading:
        for workspace, model in ((other.id, kept.model.id), (kept.model.workspace, an_id())):
            with pytest.raises(NotFound) as refused:
                await models.registered(reading, workspace, model)
            assert refused.value.kind == "model"


async def test_places_in_the_order_are_never_given_twice(database: Database) -> None:
    workspace = await a_workspace(database)
    async with database.writing() as tx:
        first, second = await models.next_seqs(tx, workspace.id, 3), await models.next_seqs(tx, workspace.id, 2)
    base = workspace.number * models.SEQ_SPAN
    assert [*first, *second] == [base + 1, base + 2, base + 3, base + 4, base + 5]


@pytest.mark.parametrize("member", ["upstream_name", "external_id"])
async def test_a_provider_has_a_key_once(database: Database, member: str) -> None:
    provider = await a_kept_provider(database, await a_workspace(database))
    await a_kept_model(database, provider, **{member: "taken"})
    with pytest.raises(AlreadyExists):
        await a_kept_model(database, provider, **{member: "taken"})


async def test_models_without_an_external_id_do_not_collide(database: Database) -> None:
    provider = await a_kept_provider(database, await a_workspace(database))
    assert len(await some_kept_models(database, provider, [{}, {}])) == 2


async def test_a_price_change_closes_a_period_and_opens_the_next(database: Database) -> None:
    provider = await a_kept_provider(database, await a_workspace(database))
    first, second = Price(input=Decimal(1)), Price(input=Decimal(2), output=Decimal("0.00000001"))
    kept = await a_kept_model(database, provider, base=first)
    dearer = replace(kept.model, base=second)
    await save(database, kept.model, dearer)
    await save(database, dearer, replace(dearer, base=UNPRICED), minutes=2)
    async with database.reading() as reading:
        held = await models.periods(reading, provider.workspace, kept.model.id)
    later, latest = NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)
    assert held == [
        Period(kind=PriceKind.BASE, price=first, starts_at=NOON, ends_at=later),
        Period(kind=PriceKind.BASE, price=second, starts_at=later, ends_at=latest),
    ]


async def test_a_late_write_never_overlaps_a_later_price(database: Database) -> None:
    """It began before the write that it waited for, and is kept after it."""
    provider = await a_kept_provider(database, await a_workspace(database))
    kept = await a_kept_model(database, provider, base=Price(input=Decimal(1)))
    overtook = replace(kept.model, base=Price(input=Decimal(2)))
    await save(database, kept.model, overtook, minutes=9)
    await save(database, overtook, replace(overtook, base=Price(input=Decimal(3))), minutes=5)
    async with database.reading() as reading:
        held = await models.periods(reading, provider.workspace, kept.model.id)
    at_nine = NOON + timedelta(minutes=9)
    assert price_at(held, at_nine - timedelta(microseconds=1)) == Price(input=Decimal(1))
    assert price_at(held, at_nine) == Price(input=Decimal(3))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param({}, ["Beta", '50% "off"_', "Großer", "Alpha"], id="newest-first"),
        pytest.param({"newest_first": False, "limit": 2}, ["Alpha", "Großer"], id="oldest-first"),
        pytest.param({"enabled": True}, ["Beta", "Alpha"], id="enabled"),
        pytest.param({"enabled": False}, ['50% "off"_', "Großer"], id="disabled"),
        pytest.param({"source": Source.DISCOVERED}, ["Beta"], id="source"),
        pytest.param({"bundle": "b1"}, ["Beta"], id="bundle"),
        pytest.param({"labels": {"tier": "gold"}}, ["Beta", "Alpha"], id="label"),
        pytest.param({"labels": {"tier": "gold", "x": ""}}, ["Alpha"], id="labels-add-up"),
        pytest.param({"labels": {"tier": 'gold","x":"'}}, [], id="labels-cannot-be-faked"),
        pytest.param({"text": "ALPH"}, ["Alpha"], id="text-any-case"),
        pytest.param({"text": "lp"}, ["Alpha"], id="text-too-short-for-the-index"),  # no ULID has an L
        pytest.param({"text": "%"}, ['50% "off"_'], id="percent-is-literal"),
        pytest.param({"text": "0% "}, ['50% "off"_'], id="percent-is-literal-in-the-index"),
        pytest.param({"text": '"off"_'}, ['50% "off"_'], id="quotes-and-underscores-are-literal"),
        pytest.param({"text": "acme/fam"}, ["Alpha"], id="vendor-and-family"),
        pytest.param({"text": "GROSSER"}, ["Großer"], id="folded-as-unicode-does"),
        pytest.param({"text": "a-alpha"}, ["Alpha"], id="external-id"),
        pytest.param({"text": "alpha\x1ea"}, [], id="not-across-parts"),
        pytest.param({"text": "nul\0"}, [], id="nul"),
        pytest.param({"text": "half\ud800"}, [], id="half-a-character"),
        pytest.param({"bundle": "\0"}, [], id="nul-in-a-bundle"),
        pytest.param({"labels": {"\0": "\ud800"}}, [], id="nul-in-a-label"),
        pytest.param({"text": "al*ha OR beta"}, [], id="no-query-language"),
        pytest.param({"prefix": "aLp"}, ["Alpha"], id="prefix-of-the-name"),
        pytest.param({"prefix": "lpha"}, [], id="no-prefix"),
        pytest.param({"prefix": "a-al"}, ["Alpha"], id="prefix-of-the-external-id"),
        pytest.param({"prefix": "b"}, ["Beta"], id="short-prefix"),
        pytest.param({"prefix": "fam"}, [], id="not-of-the-family"),
        pytest.param({"prefix": "alp", "text": "pha", "enabled": True}, ["Alpha"], id="all-at-once"),
    ],
)
async def test_a_page_shows_what_is_asked_for(database: Database, asked: dict[str, Any], expected: list[str]) -> None:
    workspace = await a_workspace(database)
    provider = await a_kept_provider(database, workspace)
    other = await a_kept_provider(database, await a_workspace(database))
    alpha = {"vendor": "acme", "family": "fam-1", "external_id": "a-alpha", "labels": {"tier": "gold", "x": ""}}
    beta = {"source": Source.DISCOVERED, "bundle": "b1", "labels": {"tier": "gold"}}
    await some_kept_models(
        database,
        provider,
        [
            {"name": "Alpha", "enabled": True, **alpha},
            {"name": "Großer", "labels": {"tier": "golden"}},
            {"name": '50% "off"_'},
            {"name": "Beta", "enabled": True, **beta},
        ],
    )
    await a_kept_model(database, other, name="Alpha of others", **alpha)
    assert await found(database, workspace.id, **asked) == expected


async def test_a_model_is_found_by_the_beginning_of_its_id(database: Database) -> None:
    workspace = await a_workspace(database)
    provider = await a_kept_provider(database, workspace)
    wanted, _ = await some_kept_models(
        database, provider, [{"id": UUID(int=0x019C << 112 | 7)}, {"id": UUID(int=0x029C << 112 | 7)}]
    )
    spelled = f"Model_{ulid(wanted.model.id)[:9]}"
    span = UUID(int=0x019C << 112), UUID(int=(0x019D << 112) - 1)
    assert len(await found(database, workspace.id, prefix=spelled)) == 1
    assert len(await found(database, workspace.id, text=spelled)) == 1
    assert len(await found(database, workspace.id, prefix="model_019c", id_range=span)) == 1


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("text", ["", "model"])
async def test_pages_show_everything_once(database: Database, newest_first: bool, text: str) -> None:
    workspace = await a_workspace(database)
    provider = await a_kept_provider(database, workspace)
    for stranger in range(2):
        await a_kept_model(database, await a_kept_provider(database, await a_workspace(database)), name=f"{stranger}")
    kept = await some_kept_models(database, provider, [{"name": f"Model {n}"} for n in range(7)])
    after, seen = None, []
    async with database.reading() as reading:
        while True:
            query = ModelQuery(text=text, newest_first=newest_first, limit=3, after=after)
            shown = await listings.page(reading, database.kind, workspace.id, query)
            if not shown:
                break
            seen += [one.model.name for one in shown]
            after = shown[-1].model.seq
        total = await listings.count(reading, database.kind, workspace.id, ModelQuery(text=text))
    names = [one.model.name for one in kept]
    assert seen == (names[::-1] if newest_first else names)
    assert total == 7


@pytest.mark.parametrize("after", [-5, 0, 2**60])
@pytest.mark.parametrize("newest_first", [True, False])
async def test_a_forged_place_shows_no_other_workspace(database: Database, after: int, newest_first: bool) -> None:
    mine = await a_workspace(database)
    for workspace in (mine, await a_workspace(database)):
        await a_kept_model(database, await a_kept_provider(database, workspace), name=str(workspace.number))
    names = await found(database, mine.id, after=after, newest_first=newest_first)
    assert set(names) <= {str(mine.number)}


@shared
@given(name=generated.names, others=st.lists(generated.names, max_size=3), data=st.data())
async def test_any_part_of_a_name_finds_it(
    database: Database, name: str, others: list[str], data: st.DataObject
) -> None:
    workspace = await a_workspace(database)
    provider = await a_kept_provider(database, workspace)
    await some_kept_models(database, provider, [{"name": one} for one in (name, *others)])
    start = data.draw(st.integers(0, len(name) - 1))
    part = name[start : data.draw(st.integers(start + 1, len(name)))]
    if rows.SEPARATORS.isdisjoint(name):
        assert name in await found(database, workspace.id, text=part)
        assert (name in await found(database, workspace.id, prefix=part)) or not name.startswith(part)
    for shown in await found(database, workspace.id, text=part):
        assert rows.folded(part) in rows.folded(shown) or len(part) <= 4  # an id may hold so short a text as well


async def test_slices_show_favourites_first_then_by_provider_and_name(database: Database) -> None:
    workspace = await a_workspace(database)
    one = await a_kept_provider(database, workspace, name="Zeta", last_synced_at=NOON)
    two = await a_kept_provider(database, workspace, name="alpha")
    three = await a_kept_provider(database, workspace, name="Alpha")
    stale = {"source": Source.DISCOVERED, "last_seen_at": NOON - timedelta(seconds=1)}
    await some_kept_models(database, one, [{"name": "b"}, {"name": "a"}, {"name": "star", "favourite": True}])
    await some_kept_models(database, two, [{"name": "c"}, {"name": "never seen", "source": Source.DISCOVERED}])
    await some_kept_models(database, three, [{"name": "d"}])
    await some_kept_models(database, one, [{"name": "stale", **stale}])

    async def sliced(**asked: Any) -> tuple[list[str], int]:
        plain = {"source": None, "include_stale": True, "favourites_only": False, "provider": None}
        async with database.reading() as reading:
            shown, total = await listings.sliced(
                reading, database.kind, workspace.id, **{**plain, "offset": 0, "limit": None, **asked}
            )
        return [held.model.name for held in shown], total

    everything = ["star", "d", "a", "b", "stale", "c", "never seen"]
    assert await sliced() == (everything, 7)
    assert await sliced(offset=2, limit=3) == (everything[2:5], 7)
    assert await sliced(include_stale=False) == (["star", "d", "a", "b", "c"], 5)
    assert await sliced(favourites_only=True) == (["star"], 1)
    assert await sliced(provider=two.id, limit=1) == (["c"], 2)
    assert await sliced(source=Source.DISCOVERED) == (["stale", "never seen"], 2)


async def test_models_are_counted_by_provider(database: Database) -> None:
    workspace = await a_workspace(database)
    busy, idle = await a_kept_provider(database, workspace), await a_kept_provider(database, workspace)
    await some_kept_models(database, busy, [{"enabled": True}, {}, {}])
    async with database.reading() as reading:
        counted = await listings.counts(reading, workspace.id, [busy.id, idle.id])
    assert counted == {busy.id: ModelCounts(enabled=1, disabled=2)}


_KEY = CredentialShape(kind="api_key", members=("api_key",))


@shared
@given(
    each=st.lists(
        st.fixed_dictionaries(
            {
                "enabled": st.booleans(),
                "favourite": st.booleans(),
                "tags": st.sampled_from([(), ("chat",), ("embeddings",), ("chat", "images")]),
                "of": st.integers(0, 3),
            }
        ),
        max_size=6,
    )
)
async def test_the_database_elects_whom_the_domain_elects(database: Database, each: list[dict[str, Any]]) -> None:
    workspace = await a_workspace(database)
    offers = [
        await a_kept_provider(database, workspace, **members)
        for members in ({}, {"credential": _KEY}, {"driver": "llmsim"}, {"status": ProviderStatus.DISABLED})
    ]
    kept = []
    for members in each:
        said = {name: value for name, value in members.items() if name != "of"}
        kept.append(await a_kept_model(database, offers[members["of"]], **said))
    async with database.reading() as reading:
        known = await models.candidates(reading, workspace.id, [one.model.id for one in kept])
        chosen = await models.electable(reading, workspace.id)
    assert elect(one.candidate for one in chosen) == elect(one.candidate for one in known.values())


async def test_deleting_a_model_takes_its_prices_and_its_place_in_searches(database: Database) -> None:
    workspace = await a_workspace(database)
    kept = await a_kept_model(database, await a_kept_provider(database, workspace), base=Price(input=Decimal(1)))
    async with database.writing() as tx:
        await revisions.raised(tx, workspace.id)
        await models.delete_many(tx, [kept.model])
    assert await found(database, workspace.id, text="model") == []
    async with database.reading() as reading:
        assert await reading.all("SELECT 1 FROM prices") == []
