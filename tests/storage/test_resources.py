"""Listings of resources on both databases: what is found, in which order, and what counts as linked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from armillary.domain.accounts import Workspace
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.models import Effort, Facts, Model
from armillary.domain.prices import Price
from armillary.domain.resources import (
    Content,
    Description,
    Flag,
    Modality,
    Name,
    PricePoint,
    ReasoningLevel,
    Resource,
    ResourceKind,
    ResourceQuery,
    TemperatureLevel,
    Value,
    Voice,
)
from armillary.domain.seeds import MODEL_ACTIVE, MODEL_FLAGS, SEEDED, SEEDS
from armillary.storage import links, models, resources, revisions
from armillary.storage.database import Database
from tests.builders import NOON, a_kept_model, a_kept_provider, a_workspace, some_kept_models


@pytest.fixture
async def workspace(database: Database) -> Workspace:
    async with database.writing() as tx:
        await resources.seed(tx)
    return await a_workspace(database)


async def kept(database: Database, workspace: Workspace, *contents: Content) -> list[Resource]:
    rows = [resources.fresh(content, workspace.id, at=NOON) for content in contents]
    async with database.writing() as tx:
        await resources.insert(tx, rows)
    return rows


async def found(database: Database, workspace: Workspace, kind: ResourceKind, **members: Any) -> list[str]:
    query = ResourceQuery(kind=kind, **members)
    async with database.reading() as reading:
        return [one.text for one in await resources.page(reading, workspace.id, query)]


async def suggested(
    database: Database, workspace: Workspace, kind: ResourceKind, *, exclude: Sequence[UUID] = (), **members: Any
) -> list[Resource]:
    async with database.reading() as reading:
        return await resources.suggested(reading, workspace.id, kind, exclude=exclude, **members)


async def linking(database: Database, model: Model, slot: Slot, *rows: Resource) -> None:
    async with database.writing() as tx:
        changed = [(model.id, {slot: [row.id for row in rows]})]
        await links.replace(tx, Kind.MODEL, model.workspace, changed)


async def saying(database: Database, model: Model, **members: Any) -> Model:
    after = replace(model, **members)
    async with database.writing() as tx:
        await revisions.raised(tx, model.workspace)
        await models.save(tx, model, after, by=model.created_by, at=NOON)
    return after


async def a_said(database: Database, workspace: Workspace, **members: Any) -> Model:
    provider = await a_kept_provider(database, workspace)
    return (await a_kept_model(database, provider, **members)).model


async def test_a_search_finds_parts_whatever_their_case_and_takes_wildcards_as_they_stand(
    database: Database, workspace: Workspace
) -> None:
    await kept(database, workspace, *map(Voice, ("Ärger 100%", "ärmer", "calm")))
    assert await found(database, workspace, ResourceKind.VOICES, text="äR") == ["Ärger 100%", "ärmer"]
    assert await found(database, workspace, ResourceKind.VOICES, text="0%") == ["Ärger 100%"]
    assert await found(database, workspace, ResourceKind.VOICES, text="%a_") == []


async def test_texts_are_sorted_by_code_point_however_long(database: Database, workspace: Workspace) -> None:
    texts = ["x" * 200 + "b", "x" * 200 + "B", "a", "Z", "é", "\U0001f600"]
    await kept(database, workspace, *map(Value, texts))
    assert await found(database, workspace, ResourceKind.VALUES) == sorted(texts)


async def test_temperatures_are_sorted_by_number(database: Database, workspace: Workspace) -> None:
    await kept(database, workspace, *(TemperatureLevel(Decimal(text)) for text in ("100", "20", "3", "1.205")))
    shown = await found(database, workspace, ResourceKind.TEMPERATURE_LEVELS, offset=119)
    assert shown == ["1.19", "1.2", "1.205", "3", "20", "100"]


async def test_prices_are_sorted_by_id(database: Database, workspace: Workspace) -> None:
    async with database.reading() as reading:
        query = ResourceQuery(kind=ResourceKind.PRICING, limit=1000)
        shown = [one.id for one in await resources.page(reading, workspace.id, query)]
    assert shown == sorted(one.id for one in SEEDS if one.kind is ResourceKind.PRICING)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param({"limit": 2}, ["alloy", "ash"], id="limit"),
        pytest.param({"limit": 2, "offset": 1}, ["ash", "ballad"], id="offset"),
        pytest.param({"limit": 2, "offset": 100}, [], id="past-the-end"),
        pytest.param({"limit": 0}, [], id="zero"),
        pytest.param({"limit": -1}, [], id="negative"),
        pytest.param({"text": "\0"}, [], id="what-no-row-holds"),
        pytest.param({"text": "no such voice"}, [], id="no-match"),
        pytest.param({"exclude": frozenset({SEEDED[Voice("alloy")].id}), "limit": 1}, ["ash"], id="excluded"),
    ],
)
async def test_a_page_of_what_every_workspace_has(
    database: Database, workspace: Workspace, members: dict[str, Any], expected: list[str]
) -> None:
    assert await found(database, workspace, ResourceKind.VOICES, **members) == expected


async def test_pages_follow_each_other_through_own_rows_and_born_ones(database: Database, workspace: Workspace) -> None:
    await kept(database, workspace, *map(Voice, ("aaa", "bbb", "zzz")))
    shown = [await found(database, workspace, ResourceKind.VOICES, limit=3, offset=start) for start in range(0, 15, 3)]
    told = " ".join(text for page in shown for text in page)
    assert told == "aaa alloy ash ballad bbb coral echo sage shimmer verse zzz"


async def test_rows_without_text_and_inactive_ones_are_not_found(database: Database, workspace: Workspace) -> None:
    empty, off, on = await kept(database, workspace, Description(""), Description("off"), Description("on"))
    async with database.writing() as tx:
        await tx.run("UPDATE resources SET active = 0 WHERE id = :id", id=off.id.hex)
    assert await found(database, workspace, ResourceKind.DESCRIPTIONS) == ["on"]
    async with database.reading() as reading:
        shown = await resources.by_ids(reading, workspace.id, [empty.id, off.id, on.id, uuid4()])
    assert set(shown) == {empty.id, on.id}


async def test_another_workspace_sees_nothing_of_it(database: Database, workspace: Workspace) -> None:
    await kept(database, workspace, Voice("mine"))
    other = await a_workspace(database)
    assert "mine" not in await found(database, other, ResourceKind.VOICES, limit=100)


@pytest.mark.parametrize(
    ("kind", "members", "count"),
    [
        pytest.param(ResourceKind.MODALITIES, {"is_input": [True]}, 5, id="inputs"),
        pytest.param(ResourceKind.MODALITIES, {"modality": ["text", "image"], "is_input": [False]}, 2, id="modality"),
        pytest.param(ResourceKind.PRICING, {"pricing_type": ["cached"], "unit_name": ["million_audio"]}, 2, id="price"),
        pytest.param(ResourceKind.PRICING, {"unit_name": ["second", "image", "none"]}, 2, id="units"),
        pytest.param(ResourceKind.FLAGS, {"type": [MODEL_ACTIVE]}, 2, id="flags"),
        pytest.param(ResourceKind.FLAGS, {"type": []}, 0, id="none-of-nothing"),
    ],
)
async def test_members_of_the_content_are_told_exactly(
    database: Database, workspace: Workspace, kind: ResourceKind, members: dict[str, Any], count: int
) -> None:
    assert len(await found(database, workspace, kind, members=members, limit=100)) == count


async def test_a_text_that_looks_like_a_member_is_none(database: Database, workspace: Workspace) -> None:
    await kept(database, workspace, Flag('a","type":"sly', 'says "type":"sly"', "Power", "honest"))
    assert await found(database, workspace, ResourceKind.FLAGS, members={"type": ["sly"]}) == []
    assert await found(database, workspace, ResourceKind.FLAGS, members={"type": ["honest"]}) == ['a","type":"sly']


# What counts as linked


async def test_a_name_is_linked_as_long_as_some_model_has_it(database: Database, workspace: Workspace) -> None:
    await kept(database, workspace, Name("Unused"))
    model = await a_said(database, workspace, name="First")
    assert await found(database, workspace, ResourceKind.NAMES, of_models=True) == ["First"]
    await saying(database, model, name="Second")
    assert await found(database, workspace, ResourceKind.NAMES, of_models=True) == ["Second"]
    assert await found(database, workspace, ResourceKind.NAMES, text="s") == ["First", "Second", "Unused"]


@pytest.mark.parametrize(
    ("slot", "content", "members"),
    [
        pytest.param(Slot.DESCRIPTIONS, Description("d" * 300), {"description": "d" * 300}, id="description"),
        pytest.param(Slot.VALUES, Value("gpt-x"), {"upstream_name": "gpt-x"}, id="value"),
    ],
)
async def test_of_equal_rows_the_chosen_one_is_linked(
    database: Database, workspace: Workspace, slot: Slot, content: Content, members: dict[str, Any]
) -> None:
    model = await a_said(database, workspace, **members)
    (chosen,) = await kept(database, workspace, content)
    kind, query = ResourceKind(slot.value), {"of_models": True, "exclude": frozenset({chosen.id})}
    assert len(await found(database, workspace, kind, **query)) == 1
    await linking(database, model, slot, chosen)
    assert await found(database, workspace, kind, **query) == []
    assert len(await found(database, workspace, kind, of_models=True)) == 1
    await saying(database, model, **dict.fromkeys(members, "something else"))
    assert await found(database, workspace, kind, of_models=True) == ["something else"]


async def test_further_values_are_linked_whatever_the_model_says(database: Database, workspace: Workspace) -> None:
    model = await a_said(database, workspace, upstream_name="first")
    rows = await kept(database, workspace, Value("first"), Value("second"), Value("openai", "provider"))
    await linking(database, model, Slot.VALUES, *rows)
    assert await found(database, workspace, ResourceKind.VALUES, of_models=True) == ["first", "openai", "second"]


async def test_a_model_without_a_provider_says_its_value(database: Database, workspace: Workspace) -> None:
    model = await a_said(database, workspace, upstream_name="orphan")
    await saying(database, model, provider=None)
    assert await found(database, workspace, ResourceKind.VALUES, of_models=True) == ["orphan"]


async def test_modalities_are_linked_by_what_models_take_and_make(database: Database, workspace: Workspace) -> None:
    await kept(database, workspace, Modality("file", is_input=True), Modality("file", is_input=False))
    model = await a_said(database, workspace, input_modalities=("text", "pdf"), output_modalities=("audio",))
    await linking(database, model, Slot.MODALITIES, SEEDED[Modality("call")], SEEDED[Modality("video")])
    shown = [
        await found(database, workspace, ResourceKind.MODALITIES, of_models=True, members={"is_input": [place]})
        for place in (True, False)
    ]
    assert shown == [["file", "text"], ["audio", "call"]]


async def test_levels_are_linked_by_what_models_tell_of_themselves(database: Database, workspace: Workspace) -> None:
    efforts = (Effort(value="low", name="Low"), Effort(value='wild"er', name="Wilder"))
    await a_said(database, workspace, facts=Facts(reasoning_efforts=efforts))
    await kept(database, workspace, ReasoningLevel("lo"))
    assert await found(database, workspace, ResourceKind.REASONING_LEVELS, of_models=True) == ["low", 'wild"er']


async def test_prices_are_linked_by_what_models_cost(database: Database, workspace: Workspace) -> None:
    model = await a_said(
        database,
        workspace,
        base=Price(input=Decimal("0.5"), output=Decimal(2), cached_input=Decimal("7.77")),
        override=Price(output=Decimal("2.5")),
    )
    second = SEEDED[PricePoint("output", Decimal("0.1"), "second", "seconds", 1)]
    stale = SEEDED[PricePoint("input", Decimal(5), "million_text", "tokens", 1_000_000)]
    await linking(database, model, Slot.PRICING, second, stale)
    async with database.reading() as reading:
        query = ResourceQuery(kind=ResourceKind.PRICING, of_models=True)
        shown = await resources.page(reading, workspace.id, query)
    amounts = sorted(
        (one.content.pricing_type, one.content.price) for one in shown if isinstance(one.content, PricePoint)
    )
    assert amounts == [
        ("cached", Decimal("7.77")),
        ("input", Decimal("0.5")),
        ("output", Decimal("0.1")),
        ("output", Decimal("2.5")),
    ]


async def test_the_switch_is_linked_in_the_position_that_models_have(database: Database, workspace: Workspace) -> None:
    model = await a_said(database, workspace, enabled=False)
    assert await found(database, workspace, ResourceKind.FLAGS, of_models=True) == []
    await saying(database, model, enabled=True)
    on = SEEDED[next(one for one in SEEDED if isinstance(one, Flag) and one.type == MODEL_ACTIVE and one.value)]
    async with database.reading() as reading:
        query = ResourceQuery(kind=ResourceKind.FLAGS, of_models=True)
        assert await resources.page(reading, workspace.id, query) == [on]


async def test_values_of_providers_are_those_that_providers_link(database: Database, workspace: Workspace) -> None:
    provider = await a_kept_provider(database, workspace)
    linked, _ = await kept(database, workspace, Value("azure", "provider"), Value("unused", "provider"))
    async with database.writing() as tx:
        await links.insert(tx, Kind.PROVIDER, workspace.id, [(provider.id, {Slot.VALUES: [linked.id]})])
    assert await found(database, workspace, ResourceKind.VALUES, of_providers=True) == ["azure", "openai"]


@pytest.mark.parametrize("of", [Kind.PROVIDER, Kind.DEPARTMENT, Kind.AGENT, Kind.PROFILE])
async def test_every_kind_of_form_is_offered_something(database: Database, workspace: Workspace, of: Kind) -> None:
    await a_kept_provider(database, workspace, name="Known")
    names = await suggested(database, workspace, ResourceKind.NAMES, of=of)
    assert [one.text for one in names] == (["Known"] if of is Kind.PROVIDER else [])
    (flag,) = await suggested(database, workspace, ResourceKind.FLAGS, of=of, limit=50)
    assert flag.text == f"{of.value}_active"


# What a form of a model offers


async def test_names_and_descriptions_are_offered_once_linked_and_not_selected(
    database: Database, workspace: Workspace
) -> None:
    await kept(database, workspace, Name("Unused"), Description("Unused"))
    await a_said(database, workspace, name="Used", description="Said")
    (name,) = await suggested(database, workspace, ResourceKind.NAMES)
    (description,) = await suggested(database, workspace, ResourceKind.DESCRIPTIONS)
    assert (name.text, description.text) == ("Used", "Said")
    assert await suggested(database, workspace, ResourceKind.NAMES, exclude=[name.id]) == []


async def test_twenty_rows_are_offered_at_most_and_values_of_models_alone(
    database: Database, workspace: Workspace
) -> None:
    await kept(database, workspace, *(Value(f"v{n:02}", "provider" if n % 2 else "model") for n in range(50)))
    offered = await suggested(database, workspace, ResourceKind.VALUES)
    assert [one.text for one in offered] == [f"v{n:02}" for n in range(0, 40, 2)]


async def test_the_seven_flags_are_offered_before_any_model_uses_them(database: Database, workspace: Workspace) -> None:
    await kept(database, workspace, Flag(MODEL_ACTIVE, "another", "Power", MODEL_ACTIVE), Flag("other", "", "", ""))
    offered = await suggested(database, workspace, ResourceKind.FLAGS, limit=50)
    assert [one.text for one in offered] == sorted(MODEL_FLAGS)
    assert all(isinstance(one.content, Flag) and one.content.value for one in offered)


async def test_a_flag_of_ones_own_is_offered_once_a_model_links_it(database: Database, workspace: Workspace) -> None:
    name = "model_voices_enabled"
    (mine,) = await kept(database, workspace, Flag(name, "mine", "Mic", name))
    model = await a_said(database, workspace)
    await linking(database, model, Slot.FLAGS, mine)
    offered = await suggested(database, workspace, ResourceKind.FLAGS, limit=50)
    assert [one.text for one in offered].count(name) == 2


async def test_what_is_offered_does_not_depend_on_how_many_rows_nothing_links(
    database: Database, workspace: Workspace
) -> None:
    await kept(database, workspace, *(Name(f"a {n:03}") for n in range(300)), *map(Description, ("x", "y")))
    provider = await a_kept_provider(database, workspace)
    told = [{"name": f"b {n:02}", "description": f"{'d' * 255}{n:02}"} for n in range(60)]
    await some_kept_models(database, provider, told)
    names = await suggested(database, workspace, ResourceKind.NAMES)
    assert [one.text for one in names] == [f"b {n:02}" for n in range(20)]
    after = await suggested(database, workspace, ResourceKind.NAMES, exclude=[one.id for one in names], limit=50)
    assert [one.text for one in after] == [f"b {n:02}" for n in range(20, 60)]
    descriptions = await suggested(database, workspace, ResourceKind.DESCRIPTIONS, limit=100)
    assert {one.text for one in descriptions} == {one["description"] for one in told}


async def test_names_are_offered_by_code_point(database: Database, workspace: Workspace) -> None:
    provider = await a_kept_provider(database, workspace)
    names = ["b", "B", "a", "é", "_", "Z", "\U0001f600", "a b", "aB"]
    await some_kept_models(database, provider, [{"name": name} for name in names * 2])
    assert [one.text for one in await suggested(database, workspace, ResourceKind.NAMES)] == sorted(names)
    assert [one.text for one in await suggested(database, workspace, ResourceKind.NAMES, limit=3)] == sorted(names)[:3]


async def test_a_form_of_a_provider_is_offered_what_providers_link(database: Database, workspace: Workspace) -> None:
    provider = await a_kept_provider(database, workspace)
    rows = await kept(database, workspace, *map(Description, ("b", "a", "", "unused")), Value("v"))
    async with database.writing() as tx:
        linked = {Slot.DESCRIPTIONS: [row.id for row in rows[:3]]}
        await links.insert(tx, Kind.PROVIDER, workspace.id, [(provider.id, linked)])
    offered = await suggested(database, workspace, ResourceKind.DESCRIPTIONS, of=Kind.PROVIDER)
    assert [one.text for one in offered] == ["a", "b"]
    offered = await suggested(
        database, workspace, ResourceKind.DESCRIPTIONS, of=Kind.PROVIDER, exclude=[rows[1].id], limit=1
    )
    assert [one.text for one in offered] == ["b"]
    values = await suggested(database, workspace, ResourceKind.VALUES, of=Kind.PROVIDER)
    assert [one.text for one in values] == ["openai"]
