"""Models as assemblies: one batch, one truth, and nothing of it left where it cannot be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from armillary.domain.access import Principal, Role
from armillary.domain.assemblies import Fault, Item, Kind, Outcome, Record, Slot
from armillary.domain.changes import Action, ChangeQuery
from armillary.domain.errors import NotFound, PermissionDenied
from armillary.domain.ids import uuid7
from armillary.domain.models import ModelChanges, managed_rule
from armillary.domain.prices import Price
from armillary.domain.providers import Provider
from armillary.domain.resources import Content, Description, Flag, Modality, PricePoint, Resource, Value, Voice
from armillary.domain.seeds import MODEL_ACTIVE, SEEDED, default_department
from armillary.services import assemblies, changes, models
from armillary.storage import archive, revisions, workspaces
from armillary.storage import models as store
from armillary.storage import resources as rows
from tests.builders import NOON, a_kept_provider, an_id
from tests.tenancy import Tenancy

ON = next(row for flag, row in SEEDED.items() if isinstance(flag, Flag) and flag.type == MODEL_ACTIVE and flag.value)
INPUT = PricePoint("input", Decimal("2.5"), "million_text", "tokens", 1_000_000)


@pytest.fixture
async def provider(tenancy: Tenancy) -> Provider:
    async with tenancy.db.reading() as tx:
        workspace = await workspaces.by_id(tx, tenancy.owner.account, tenancy.owner.workspace)
    return await a_kept_provider(tenancy.db, workspace, name="Ours", driver="openai")


async def a_row(tenancy: Tenancy, content: Content) -> Resource:
    row = rows.fresh(content, tenancy.owner.workspace, at=NOON)
    async with tenancy.db.writing() as tx:
        await rows.insert(tx, [row])
    return row


async def create(tenancy: Tenancy, *items: Item, caller: Principal | None = None, mcp: bool = False) -> list[Outcome]:
    return await assemblies.create(tenancy.db, caller or tenancy.owner, Kind.MODEL, items, mcp=mcp, at=tenancy.tick())


async def created(tenancy: Tenancy, name: str = "alpha", **links: Any) -> UUID:
    item = Item(texts={Slot.NAMES: (name,)}, links={Slot(slot): tuple(ids) for slot, ids in links.items()})
    [outcome] = await create(tenancy, item)
    assert outcome.id is not None, outcome
    return outcome.id


async def update(tenancy: Tenancy, *items: Item, caller: Principal | None = None) -> list[Outcome]:
    return await assemblies.update(tenancy.db, caller or tenancy.owner, Kind.MODEL, items, mcp=False, at=tenancy.tick())


async def links(tenancy: Tenancy, model: UUID) -> Mapping[Slot, tuple[UUID, ...]]:
    form = await assemblies.form(tenancy.db, tenancy.owner, Kind.MODEL, model, None, at=tenancy.tick())
    return {slot: tuple(row.id for row in section.selected) for slot, section in form.sections.items()}


async def kept(tenancy: Tenancy, model: UUID) -> Record:
    async with tenancy.db.reading() as tx:
        return (await store.records(tx, tenancy.owner.workspace, [model]))[model]


# Creating


async def test_a_model_of_a_name_alone_links_nothing_else_and_is_nobody_elses(tenancy: Tenancy) -> None:
    model = await created(tenancy)
    found = await links(tenancy, model)
    assert {slot for slot, ids in found.items() if ids} == {Slot.NAMES}
    with pytest.raises(NotFound):
        await models.read(tenancy.db, tenancy.owner, model)


async def test_a_model_with_provider_and_value_is_everybodys(tenancy: Tenancy, provider: Provider) -> None:
    value, price = await a_row(tenancy, Value("gpt-x")), await a_row(tenancy, INPUT)
    modality = SEEDED[Modality("text", is_input=True)]
    model = await created(
        tenancy,
        values=[value.id],
        providers=[provider.id],
        pricing=[price.id],
        modalities=[modality.id],
        flags=[ON.id],
    )
    found = (await models.read(tenancy.db, tenancy.owner, model)).model
    assert (found.upstream_name, found.provider, found.enabled) == ("gpt-x", provider.id, True)
    assert (found.price, found.input_modalities) == (Price(input=Decimal("2.5")), ("text",))
    assert (await links(tenancy, model))[Slot.PRICING] == (price.id,)


async def test_of_a_batch_with_a_fault_nothing_is_stored(tenancy: Tenancy) -> None:
    item = Item(departments=("Nowhere",))
    outcomes = await create(tenancy, Item(texts={Slot.NAMES: ("a good one",)}), item)
    assert [one.id for one in outcomes] == [None, None]
    assert [fault.member for fault in outcomes[1].faults] == ["departments", "name"]
    async with tenancy.db.reading() as tx:
        assert await tx.first("SELECT 1 AS one FROM models WHERE name = 'a good one'") is None
        assert await tx.first("SELECT 1 AS one FROM resources WHERE text = 'a good one'") is None


@pytest.mark.parametrize("slot", [Slot.VOICES, Slot.PROVIDERS, Slot.DEPARTMENTS, Slot.NAMES, Slot.PRICING])
async def test_an_id_that_nothing_has_is_told_by_its_slot(tenancy: Tenancy, slot: Slot) -> None:
    [outcome] = await create(tenancy, Item(texts={Slot.NAMES: ("x",)}, links={slot: (an_id(),)}))
    assert [fault.member for fault in outcome.faults][:1] == [slot]


async def test_a_row_of_another_kind_is_none_of_the_slot(tenancy: Tenancy) -> None:
    row = await a_row(tenancy, Voice("low"))
    [outcome] = await create(tenancy, Item(texts={Slot.NAMES: ("x",)}, links={Slot.QUALITIES: (row.id,)}))
    assert [fault.member for fault in outcome.faults] == [Slot.QUALITIES]


@pytest.mark.parametrize(("text", "member"), [("", "name"), ("   ", "name"), ("x" * 256, "name"), ("a\0b", "name")])
async def test_a_name_that_is_none_is_a_fault(tenancy: Tenancy, text: str, member: str) -> None:
    [outcome] = await create(tenancy, Item(texts={Slot.NAMES: (text,)}))
    assert [fault.member for fault in outcome.faults] == [member]


async def test_an_id_may_be_chosen_and_stays_taken_even_when_its_model_is_gone(tenancy: Tenancy) -> None:
    chosen = uuid7(NOON, bytes(10))
    item = Item(id=chosen, texts={Slot.NAMES: ("mine",)})
    assert (await create(tenancy, item))[0].id == chosen
    taken = Fault(member="id", sentence=f"the id {chosen} is taken: choose another, or leave it out")
    assert (await create(tenancy, item))[0].faults == (taken,)
    await assemblies.delete(tenancy.db, tenancy.owner, Kind.MODEL, [chosen], at=tenancy.tick())
    assert (await create(tenancy, item))[0].faults == (taken,)


async def test_an_upstream_name_that_the_provider_has_makes_a_twin_that_others_see_too(
    tenancy: Tenancy, provider: Provider
) -> None:
    value = await a_row(tenancy, Value("gpt-x"))
    first = await created(tenancy, values=[value.id], providers=[provider.id])
    second, _ = await assemblies.duplicate(tenancy.db, tenancy.owner, Kind.MODEL, first, mcp=False, at=tenancy.tick())
    assert [(await kept(tenancy, one)).model.twin for one in (first, second)] == [False, True]
    assert (await models.read(tenancy.db, tenancy.owner, second)).model.upstream_name == "gpt-x"


async def test_a_thousand_models_in_one_batch_are_there_with_their_records(
    tenancy: Tenancy, provider: Provider
) -> None:
    value = await a_row(tenancy, Value("gpt-x"))
    items = [
        Item(
            texts={Slot.NAMES: (f"model {number}",), Slot.DESCRIPTIONS: ("of many",)},
            links={Slot.PROVIDERS: (provider.id,), Slot.VALUES: (value.id,)},
        )
        for number in range(1000)
    ]
    outcomes = await create(tenancy, *items)
    assert [one.name for one in outcomes] == [f"model {number}" for number in range(1000)]
    async with tenancy.db.reading() as tx:
        found = await store.records(tx, tenancy.owner.workspace, [one.id for one in outcomes if one.id])
    assert sum(one.model.twin for one in found.values()) == 999


# Changing


async def test_what_is_not_spoken_of_stays(tenancy: Tenancy) -> None:
    voice = await a_row(tenancy, Voice("deep"))
    model = await created(tenancy, voices=[voice.id], departments=[default_department(tenancy.owner.workspace)])
    before = await links(tenancy, model)
    await update(tenancy, Item(id=model, texts={Slot.DESCRIPTIONS: ("told",)}))
    after = await links(tenancy, model)
    assert {slot for slot in after if after[slot] != before[slot]} == {Slot.DESCRIPTIONS}


async def test_an_empty_list_clears_and_another_replaces(tenancy: Tenancy) -> None:
    first, second = await a_row(tenancy, Voice("first")), await a_row(tenancy, Voice("second"))
    model = await created(tenancy, voices=[first.id])
    await update(tenancy, Item(id=model, links={Slot.VOICES: (second.id, first.id)}))
    assert (await links(tenancy, model))[Slot.VOICES] == (second.id, first.id)
    await update(tenancy, Item(id=model, links={Slot.VOICES: ()}))
    assert (await links(tenancy, model))[Slot.VOICES] == ()


async def test_a_model_named_twice_is_changed_twice_in_order(tenancy: Tenancy) -> None:
    model = await created(tenancy)
    outcomes = await update(
        tenancy,
        Item(id=model, texts={Slot.NAMES: ("second",)}),
        Item(id=model, texts={Slot.NAMES: ("third",)}),
    )
    assert [one.id for one in outcomes] == [model, model]
    assert (await kept(tenancy, model)).model.name == "third"


async def test_an_item_that_says_nothing_is_an_update_nevertheless(tenancy: Tenancy) -> None:
    model = await created(tenancy)
    before = (await kept(tenancy, model)).model.updated_at
    await update(tenancy, Item(id=model))
    assert (await kept(tenancy, model)).model.updated_at > before


async def test_what_another_dialect_says_stands_in_the_place_of_the_link(tenancy: Tenancy, provider: Provider) -> None:
    price = await a_row(tenancy, INPUT)
    value = await a_row(tenancy, Value("gpt-x"))
    description = await a_row(tenancy, Description("first words"))
    model = await created(
        tenancy,
        values=[value.id],
        providers=[provider.id],
        pricing=[price.id],
        descriptions=[description.id],
    )
    changes_ = ModelChanges(override_input=Decimal(7), description="other words", enabled=True)
    await models.update(tenancy.db, tenancy.owner, model, changes_, guard=managed_rule, at=tenancy.tick())
    form = await assemblies.form(tenancy.db, tenancy.owner, Kind.MODEL, model, None, at=tenancy.tick())
    shown = {slot: [row for row in form.sections[slot].selected if isinstance(row, Resource)] for slot in form.sections}
    assert [row.content for row in shown[Slot.PRICING]] == [replace(INPUT, price=Decimal(7))]
    assert [row.content for row in shown[Slot.DESCRIPTIONS]] == [Description("other words")]
    assert shown[Slot.FLAGS] == [ON]
    assert [row.id for row in shown[Slot.VALUES]] == [value.id]


async def test_a_change_record_tells_what_the_registry_has_no_word_for(tenancy: Tenancy) -> None:
    voice = await a_row(tenancy, Voice("deep"))
    model = await created(tenancy)
    await update(tenancy, Item(id=model, links={Slot.VOICES: (voice.id,)}))
    latest = (await changes.page(tenancy.db, tenancy.owner, ChangeQuery(entity=model)))[0]
    assert latest.action is Action.UPDATED
    assert (latest.before, latest.after) == ({"voices": []}, {"voices": [str(voice.id)]})


# Who may


async def test_an_unknown_model_aborts_the_batch_and_is_told_by_its_place(tenancy: Tenancy) -> None:
    model = await created(tenancy)
    with pytest.raises(NotFound) as refusal:
        await update(tenancy, Item(id=model, texts={Slot.NAMES: ("changed",)}), Item(id=an_id()))
    assert refusal.value.index == 1
    assert (await kept(tenancy, model)).model.name == "alpha"


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
async def test_only_authors_create(tenancy: Tenancy, role: Role) -> None:
    caller = await tenancy.a_caller(role=role)
    with pytest.raises(PermissionDenied):
        await create(tenancy, Item(texts={Slot.NAMES: ("x",)}), caller=caller)


# Deleting


async def test_what_was_deleted_comes_back_whole(tenancy: Tenancy, provider: Provider) -> None:
    value, voice = await a_row(tenancy, Value("gpt-x")), await a_row(tenancy, Voice("deep"))
    price = await a_row(tenancy, INPUT)
    model = await created(tenancy, values=[value.id], providers=[provider.id], voices=[voice.id], pricing=[price.id])
    before, record = await links(tenancy, model), await kept(tenancy, model)
    deleted = await assemblies.delete(tenancy.db, tenancy.owner, Kind.MODEL, [model, model], at=tenancy.tick())
    assert deleted == [(model, "alpha")]
    with pytest.raises(NotFound):
        await links(tenancy, model)
    async with tenancy.db.writing() as tx:
        await revisions.raised(tx, tenancy.owner.workspace)
        await archive.restore(tx, tenancy.owner.workspace, model)
    assert (await kept(tenancy, model), await links(tenancy, model)) == (record, before)


async def test_a_deletion_with_an_unknown_id_deletes_nothing(tenancy: Tenancy) -> None:
    model = await created(tenancy)
    with pytest.raises(NotFound) as refusal:
        await assemblies.delete(tenancy.db, tenancy.owner, Kind.MODEL, [model, an_id()], at=tenancy.tick())
    assert refusal.value.index == 1
    assert (await kept(tenancy, model)).model.id == model


async def test_names_are_shared_and_made_once_however_many_ask_at_once(tenancy: Tenancy) -> None:
    item = Item(texts={Slot.NAMES: ("the same",)})
    made = await asyncio.gather(*(create(tenancy, item) for _ in range(8)))
    ids = [outcome.id for [outcome] in made if outcome.id]
    assert len({(await links(tenancy, one))[Slot.NAMES] for one in ids}) == 1


async def test_of_a_managed_model_only_the_switch_and_what_is_ours_alone_may_change(tenancy: Tenancy) -> None:
    async with tenancy.db.reading() as tx:
        row = await tx.first(
            "SELECT m.id FROM models m JOIN providers p ON p.id = m.provider WHERE p.managed = 1 LIMIT 1"
        )
    model = UUID(hex=row["id"]) if row else an_id()
    [refused] = await update(tenancy, Item(id=model, texts={Slot.NAMES: ("Mine",)}))
    assert [fault.member for fault in refused.faults] == [Slot.PROVIDERS]
    [switched] = await update(
        tenancy,
        Item(id=model, links={Slot.FLAGS: (), Slot.DEPARTMENTS: (default_department(tenancy.owner.workspace),)}),
    )
    assert (switched.id, (await kept(tenancy, model)).model.enabled) == (model, False)
    with pytest.raises(PermissionDenied, match="the platform manages"):
        await assemblies.delete(tenancy.db, tenancy.owner, Kind.MODEL, [model], at=tenancy.tick())
    with pytest.raises(PermissionDenied, match="the platform manages"):
        await assemblies.duplicate(tenancy.db, tenancy.owner, Kind.MODEL, model, mcp=False, at=tenancy.tick())
