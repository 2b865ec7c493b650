"""What a draft would change is told as the update would then record it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from armillary.domain.access import Principal, Role
from armillary.domain.accounts import Workspace
from armillary.domain.assemblies import Item, Kind, Slot
from armillary.domain.changes import Change, ChangeQuery
from armillary.domain.drafts import Diff, Draft, Form, SlotChange
from armillary.domain.errors import NotFound, PermissionDenied
from armillary.domain.models import ModelChanges, managed_rule
from armillary.domain.providers import Provider
from armillary.domain.resources import Content, Flag, Modality, PricePoint, Quality, Resource, Value
from armillary.domain.seeds import MODEL_ACTIVE, SEEDED, default_department
from armillary.services import assemblies, changes, draft_diffs, drafts, models
from armillary.storage import resources as rows
from armillary.storage import workspaces
from tests.builders import NOON, a_kept_model, a_kept_provider
from tests.tenancy import Tenancy

ON = next(row for flag, row in SEEDED.items() if isinstance(flag, Flag) and flag.type == MODEL_ACTIVE and flag.value)
SPOKEN = SEEDED[Modality("audio", is_input=True)]
HIGH = SEEDED[Quality("high")]
INPUT = PricePoint("input", Decimal("2.5"), "million_text", "tokens", 1_000_000)


@pytest.fixture
async def provider(tenancy: Tenancy) -> Provider:
    return await a_kept_provider(tenancy.db, await _workspace(tenancy), name="Ours", driver="openai")


async def _workspace(tenancy: Tenancy) -> Workspace:
    async with tenancy.db.reading() as tx:
        return await workspaces.by_id(tx, tenancy.owner.account, tenancy.owner.workspace)


@pytest.fixture
async def model(tenancy: Tenancy) -> UUID:
    return await a_record(tenancy, texts={Slot.NAMES: ("alpha",), Slot.DESCRIPTIONS: ("The first.",)})


async def a_record(tenancy: Tenancy, kind: Kind = Kind.MODEL, **said: Any) -> UUID:
    items = [Item(**said)]
    [outcome] = await assemblies.create(tenancy.db, tenancy.owner, kind, items, mcp=False, at=tenancy.tick())
    assert outcome.id is not None, outcome
    return outcome.id


async def a_row(tenancy: Tenancy, content: Content) -> Resource:
    row = rows.fresh(content, tenancy.owner.workspace, at=NOON)
    async with tenancy.db.writing() as tx:
        await rows.insert(tx, [row])
    return row


async def a_draft(tenancy: Tenancy, caller: Principal | None = None, kind: Kind = Kind.MODEL, **form: Any) -> Draft:
    return await drafts.save(tenancy.db, caller or tenancy.owner, kind, Form(**form), at=tenancy.tick())


async def diff(tenancy: Tenancy, draft: Draft, against: UUID, caller: Principal | None = None) -> Diff:
    return await draft_diffs.diff(tenancy.db, caller or tenancy.owner, draft.id, against, at=tenancy.tick())


async def published(tenancy: Tenancy, draft: Draft, model: UUID) -> Change:
    """What the trail says once a client sends the draft's content as an update."""
    items = [Item(id=model, links=draft.links)]
    [outcome] = await assemblies.update(tenancy.db, tenancy.owner, Kind.MODEL, items, mcp=False, at=tenancy.tick())
    assert outcome.id == model, outcome
    return (await changes.page(tenancy.db, tenancy.owner, ChangeQuery(entity=model, limit=1)))[0]


async def test_an_empty_draft_changes_nothing(tenancy: Tenancy, model: UUID) -> None:
    told = await diff(tenancy, await a_draft(tenancy), model)
    assert (told.changes, told.was, told.becomes, told.refusal) == ((), {}, {}, None)
    assert (told.against.id, told.against.name) == (model, "alpha")


async def test_what_it_leaves_empty_and_what_it_repeats_is_no_change(tenancy: Tenancy, model: UUID) -> None:
    draft = await a_draft(tenancy, texts={Slot.NAMES: "alpha"}, links={Slot.QUALITIES: (HIGH.id,)})
    told = await diff(tenancy, draft, model)
    assert told.changes == (SlotChange(slot=Slot.QUALITIES, before=(), after=(HIGH.id,)),)
    assert told.rows[HIGH.id] == HIGH
    assert (told.was, told.becomes) == ({}, {})


async def test_it_is_told_as_the_update_is_recorded(tenancy: Tenancy, model: UUID, provider: Provider) -> None:
    value, price = await a_row(tenancy, Value("gpt-4o")), await a_row(tenancy, INPUT)
    draft = await a_draft(
        tenancy,
        texts={Slot.NAMES: "beta"},
        links={
            Slot.VALUES: (value.id,),
            Slot.PROVIDERS: (provider.id,),
            Slot.PRICING: (price.id,),
            Slot.FLAGS: (ON.id,),
            Slot.MODALITIES: (SPOKEN.id,),
        },
    )
    told = await diff(tenancy, draft, model)
    assert [one.slot for one in told.changes] == [
        Slot.NAMES,
        Slot.VALUES,
        Slot.PROVIDERS,
        Slot.FLAGS,
        Slot.MODALITIES,
        Slot.PRICING,
    ]
    assert {one for change in told.changes for one in (*change.before, *change.after)} <= told.rows.keys()
    assert (told.was["name"], told.becomes["name"]) == ("alpha", "beta")
    record = await published(tenancy, draft, model)
    assert record.before is not None
    assert record.after is not None
    # the record also tells the links that the registry has no member for, and the key that the model then gets
    assert told.was == {name: record.before[name] for name in told.was}
    assert told.becomes == {name: record.after[name] for name in told.becomes}
    assert record.after.keys() - told.becomes.keys() <= {"external_id", *(slot.value for slot in Slot)}
    assert (await diff(tenancy, draft, model)).changes == ()


async def test_what_another_dialect_wrote_is_what_it_is_held_against(tenancy: Tenancy, provider: Provider) -> None:
    held = await a_kept_model(tenancy.db, provider, name="gamma")
    draft = await a_draft(tenancy, texts={Slot.NAMES: "delta"})
    await models.update(
        tenancy.db, tenancy.owner, held.model.id, ModelChanges(name="epsilon"), guard=managed_rule, at=tenancy.tick()
    )
    told = await diff(tenancy, draft, held.model.id)
    (change,) = told.changes
    names = [told.rows[one] for one in (*change.before, *change.after)]
    assert [one.text for one in names if isinstance(one, Resource)] == ["epsilon", "delta"]
    assert (told.was, told.becomes) == ({"name": "epsilon"}, {"name": "delta"})


# Who may


async def test_somebody_elses_draft_is_none_unless_one_is_a_superadmin(tenancy: Tenancy, model: UUID) -> None:
    editor, other = (
        await tenancy.a_caller(role=Role.ADMIN, scopes=("*",)),
        await tenancy.a_caller(role=Role.ADMIN, scopes=("*",)),
    )
    draft = await a_draft(tenancy, editor, texts={Slot.NAMES: "beta"})
    with pytest.raises(NotFound, match="draft"):
        await diff(tenancy, draft, model, other)
    assert (await diff(tenancy, draft, model, editor)).changes == (await diff(tenancy, draft, model)).changes


async def test_what_is_not_there_is_not_found(tenancy: Tenancy, model: UUID) -> None:
    draft = await a_draft(tenancy)
    elsewhere = await tenancy.enter(tenancy.token, (await tenancy.a_workspace()).id)
    with pytest.raises(NotFound, match="model"):
        await diff(tenancy, draft, draft.id)
    with pytest.raises(NotFound, match="draft"):
        await diff(tenancy, await a_draft(tenancy, kind=Kind.AGENT), model)
    with pytest.raises(NotFound, match="draft"):
        await diff(tenancy, draft, model, elsewhere)
    with pytest.raises(NotFound, match="model"):
        await diff(tenancy, await a_draft(tenancy, elsewhere), model, elsewhere)


async def test_a_model_that_one_may_not_see_is_refused(tenancy: Tenancy) -> None:
    department = default_department(tenancy.owner.workspace)
    hidden = await a_record(tenancy, texts={Slot.NAMES: ("alpha",)}, links={Slot.DEPARTMENTS: (department,)})
    editor = await tenancy.a_caller(role=Role.ADMIN, scopes=("*",))
    stranger = await _without_departments(tenancy, editor)
    with pytest.raises(PermissionDenied):
        await diff(tenancy, await a_draft(tenancy, stranger), hidden, stranger)


async def test_the_scope_is_needed(tenancy: Tenancy, model: UUID) -> None:
    draft = await a_draft(tenancy)
    with pytest.raises(PermissionDenied, match="models:read"):
        await diff(tenancy, draft, model, replace(tenancy.owner, scopes=frozenset()))


# Refusals foretold


async def test_a_model_in_use_is_told_to_be(tenancy: Tenancy, model: UUID) -> None:
    await a_record(tenancy, Kind.AGENT, texts={Slot.NAMES: ("An agent",)}, links={Slot.MODELS: (model,)}, active=True)
    told = await diff(tenancy, await a_draft(tenancy, texts={Slot.NAMES: "beta"}), model)
    assert told.refusal is not None
    assert "in use" in told.refusal
    assert told.becomes == {"name": "beta"}


async def test_what_the_registry_refuses_is_told(tenancy: Tenancy, provider: Provider) -> None:
    managed = await a_kept_provider(tenancy.db, await _workspace(tenancy), name="Theirs", managed=True)
    held = (await a_kept_model(tenancy.db, managed, name="zeta")).model
    draft = await a_draft(tenancy, texts={Slot.NAMES: "eta"}, links={Slot.PROVIDERS: (provider.id,)})
    told = await diff(tenancy, draft, held.id)
    assert [one.slot for one in told.changes] == [Slot.NAMES, Slot.PROVIDERS]
    assert told.refusal is not None
    assert "managed" in told.refusal or "manages" in told.refusal
    assert (told.was, told.becomes) == ({}, {})
    items = [Item(id=held.id, links=draft.links)]
    [outcome] = await assemblies.update(tenancy.db, tenancy.owner, Kind.MODEL, items, mcp=False, at=tenancy.tick())
    assert [fault.sentence for fault in outcome.faults] == [told.refusal.partition(": ")[2]]


async def test_what_is_gone_since_it_was_drafted_is_told(tenancy: Tenancy, model: UUID) -> None:
    department = await a_record(tenancy, Kind.DEPARTMENT, texts={Slot.NAMES: ("Short-lived",)})
    draft = await a_draft(tenancy, links={Slot.DEPARTMENTS: (department,)})
    await assemblies.delete(tenancy.db, tenancy.owner, Kind.DEPARTMENT, [department], at=tenancy.tick())
    told = await diff(tenancy, draft, model)
    assert told.changes == (SlotChange(slot=Slot.DEPARTMENTS, before=(), after=(department,)),)
    assert department not in told.rows
    assert told.refusal is not None
    assert str(department) in told.refusal


async def _without_departments(tenancy: Tenancy, caller: Principal) -> Principal:
    async with tenancy.db.writing() as tx:
        await tx.run("DELETE FROM profile_links WHERE owner = :owner", owner=caller.profile.hex)
    return caller
