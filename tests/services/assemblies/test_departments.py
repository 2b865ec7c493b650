"""Departments as assemblies: superadmins' own, and not to be deleted while anything belongs to them."""

from __future__ import annotations

import asyncio
from typing import Any, cast
from uuid import UUID

import pytest

from armillary.domain.access import Principal, Role
from armillary.domain.assemblies import Item, Kind, Outcome, Slot
from armillary.domain.changes import Action, ChangeQuery
from armillary.domain.departments import Department
from armillary.domain.errors import NotFound, PermissionDenied
from armillary.domain.resources import Description, Resource
from armillary.domain.seeds import DEPARTMENT_ACTIVE
from armillary.domain.switches import position
from armillary.services import assemblies, changes
from armillary.storage import archive, links, revisions
from armillary.storage import departments as store
from armillary.storage import resources as rows
from tests.builders import NOON, an_id
from tests.tenancy import Tenancy

ON = position(DEPARTMENT_ACTIVE, on=True)


def an_item(name: str = "Physics", **members: Any) -> Item:
    return Item(**{"texts": {Slot.NAMES: (name,), Slot.DESCRIPTIONS: ("What it is for",)}, "active": True, **members})


async def create(tenancy: Tenancy, *items: Item, caller: Principal | None = None, mcp: bool = False) -> list[Outcome]:
    who = caller or tenancy.owner
    return await assemblies.create(tenancy.db, who, Kind.DEPARTMENT, items, mcp=mcp, at=tenancy.tick())


async def created(tenancy: Tenancy, *items: Item) -> list[UUID]:
    outcomes = await create(tenancy, *(items or (an_item(),)))
    return [one.id for one in outcomes if one.id is not None]


async def update(tenancy: Tenancy, item: Item, *, caller: Principal | None = None, mcp: bool = False) -> list[Outcome]:
    who = caller or tenancy.owner
    return await assemblies.update(tenancy.db, who, Kind.DEPARTMENT, [item], mcp=mcp, at=tenancy.tick())


async def delete(tenancy: Tenancy, *ids: UUID, caller: Principal | None = None) -> list[tuple[UUID, str]]:
    return await assemblies.delete(tenancy.db, caller or tenancy.owner, Kind.DEPARTMENT, ids, at=tenancy.tick())


async def kept(tenancy: Tenancy, department: UUID) -> Department | None:
    async with tenancy.db.reading() as reading:
        return (await store.by_ids(reading, tenancy.owner.workspace, [department])).get(department)


async def selected(tenancy: Tenancy, department: UUID, slot: Slot) -> list[Any]:
    form = await assemblies.form(tenancy.db, tenancy.owner, Kind.DEPARTMENT, department, None, at=tenancy.tick())
    return [one.content if isinstance(one, Resource) else one for one in form.sections[slot].selected]


async def trail(tenancy: Tenancy, department: UUID) -> list[tuple[Action, Any, Any]]:
    query = ChangeQuery(kind="department", entity=department)
    found = await changes.page(tenancy.db, tenancy.owner, query)
    return [(one.action, one.before, one.after) for one in found]


async def test_a_department_is_as_its_item_says(tenancy: Tenancy) -> None:
    [department] = await created(tenancy, an_item(id=an_id()))
    found = await kept(tenancy, department)
    assert found is not None
    assert (found.name, found.description, found.active, found.mcp) == ("Physics", "What it is for", True, False)
    assert (found.workspace, found.created_by) == (tenancy.owner.workspace, tenancy.owner.profile)
    assert await selected(tenancy, department, Slot.FLAGS) == [ON]
    assert await selected(tenancy, department, Slot.DESCRIPTIONS) == [Description("What it is for")]


async def test_a_department_without_a_name_is_none(tenancy: Tenancy) -> None:
    outcomes = await create(tenancy, an_item(), Item(active=True))
    assert [one.id for one in outcomes] == [None, None]
    assert [fault.member for fault in outcomes[1].faults] == ["name"]


async def test_many_are_made_at_once_or_none(tenancy: Tenancy) -> None:
    taken = (await created(tenancy))[0]
    outcomes = await create(tenancy, an_item("One"), an_item("Two", id=taken))
    assert [[fault.member for fault in one.faults] for one in outcomes] == [[], ["id"]]
    async with tenancy.db.reading() as reading:
        names = {one.name for one in await store.of_workspace(reading, tenancy.owner.workspace)}
    assert "One" not in names


async def test_an_update_says_what_is_to_be_said_anew(tenancy: Tenancy) -> None:
    [department] = await created(tenancy)
    before = await kept(tenancy, department)
    await update(tenancy, Item(id=department, texts={Slot.DESCRIPTIONS: ("",)}, active=False), mcp=True)
    after = await kept(tenancy, department)
    assert before is not None
    assert after is not None
    assert (after.name, after.description, after.active, after.mcp) == ("Physics", "", False, True)
    assert after.updated_at > before.updated_at
    assert after.revision > before.revision
    assert await selected(tenancy, department, Slot.FLAGS) == []


async def test_an_update_of_nothing_is_one_nevertheless(tenancy: Tenancy) -> None:
    [department] = await created(tenancy)
    before = await kept(tenancy, department)
    [outcome] = await update(tenancy, Item(id=department))
    after = await kept(tenancy, department)
    assert (outcome.id, outcome.name) == (department, "Physics")
    assert before is not None
    assert after is not None
    assert after.updated_at > before.updated_at


async def test_every_write_leaves_a_record(tenancy: Tenancy) -> None:
    [department] = await created(tenancy)
    await update(tenancy, Item(id=department, texts={Slot.NAMES: ("Chemistry",)}))
    await delete(tenancy, department)
    document = {"name": "Physics", "description": "What it is for", "active": True}
    deleted, updated, made = await trail(tenancy, department)
    assert deleted == (Action.DELETED, document | {"name": "Chemistry"}, None)
    assert updated == (Action.UPDATED, {"name": "Physics"}, {"name": "Chemistry"})
    assert made[0] is Action.CREATED
    assert made[2].items() >= document.items()


@pytest.mark.parametrize("kind", [Kind.MODEL, Kind.PROVIDER, Kind.AGENT, Kind.PROFILE])
async def test_what_belongs_to_a_department_keeps_it(tenancy: Tenancy, kind: Kind) -> None:
    [department] = await created(tenancy)
    owner = tenancy.owner.profile
    if kind is not Kind.PROFILE:
        [outcome] = await assemblies.create(
            tenancy.db,
            tenancy.owner,
            kind,
            [Item(texts={Slot.NAMES: ("a thing",)}, links={Slot.DEPARTMENTS: (department,)})],
            mcp=False,
            at=tenancy.tick(),
        )
        assert outcome.id is not None
        owner = outcome.id
    else:
        async with tenancy.db.writing() as tx:
            await links.replace(tx, kind, tenancy.owner.workspace, [(owner, {Slot.DEPARTMENTS: [department]})])
    with pytest.raises(PermissionDenied, match="in use"):
        await delete(tenancy, department)
    await update(tenancy, Item(id=department, texts={Slot.NAMES: ("Chemistry",)}))
    async with tenancy.db.writing() as tx:
        await revisions.raised(tx, tenancy.owner.workspace)
        await links.replace(tx, kind, tenancy.owner.workspace, [(owner, {Slot.DEPARTMENTS: []})])
    assert await delete(tenancy, department) == [(department, "Chemistry")]


async def test_a_department_that_is_gone_is_nobodys(tenancy: Tenancy) -> None:
    [department] = await created(tenancy)
    await delete(tenancy, department)
    assert await kept(tenancy, department) is None
    with pytest.raises(NotFound):
        await delete(tenancy, department)
    outcome = (await create(tenancy, an_item(id=department)))[0]
    assert [fault.member for fault in outcome.faults] == ["id"]
    async with tenancy.db.writing() as tx:
        await archive.restore(tx, tenancy.owner.workspace, department)
    assert await kept(tenancy, department) is not None
    assert await selected(tenancy, department, Slot.DESCRIPTIONS) == [Description("What it is for")]


async def test_a_copy_is_switched_off(tenancy: Tenancy) -> None:
    [department] = await created(tenancy)
    copy, name = await assemblies.duplicate(
        tenancy.db, tenancy.owner, Kind.DEPARTMENT, department, mcp=True, at=tenancy.tick()
    )
    found = await kept(tenancy, copy)
    assert name == "Physics"
    assert found is not None
    assert (found.name, found.description, found.active, found.mcp) == ("Physics Copy", "What it is for", False, True)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MEMBER, Role.VIEWER])
async def test_superadmins_alone_write(tenancy: Tenancy, role: Role) -> None:
    [department] = await created(tenancy)
    caller = await tenancy.a_caller(role=role, scopes=("*",))
    with pytest.raises(PermissionDenied):
        await create(tenancy, an_item(), caller=caller)
    with pytest.raises(PermissionDenied):
        await update(tenancy, Item(id=department), caller=caller)
    with pytest.raises(PermissionDenied):
        await delete(tenancy, department, caller=caller)
    with pytest.raises(PermissionDenied):
        await assemblies.duplicate(tenancy.db, caller, Kind.DEPARTMENT, department, mcp=False, at=tenancy.tick())


async def test_all_but_guests_see_departments(tenancy: Tenancy) -> None:
    [department] = await created(tenancy)
    member, guest = [await tenancy.a_caller(role=role, scopes=("*",)) for role in (Role.MEMBER, Role.VIEWER)]
    form = await assemblies.form(tenancy.db, member, Kind.DEPARTMENT, department, None, at=tenancy.tick())
    assert form.obstacle is not None
    with pytest.raises(PermissionDenied):
        await assemblies.form(tenancy.db, guest, Kind.DEPARTMENT, department, None, at=tenancy.tick())


async def test_another_workspaces_department_is_like_none(tenancy: Tenancy) -> None:
    [department] = await created(tenancy)
    workspace = await tenancy.a_workspace()
    foreign = await tenancy.a_caller(workspace.id, role=Role.OWNER, scopes=("*",))
    with pytest.raises(NotFound):
        await assemblies.form(tenancy.db, foreign, Kind.DEPARTMENT, department, None, at=tenancy.tick())
    with pytest.raises(NotFound):
        await delete(tenancy, department, caller=foreign)
    item = Item(texts={Slot.NAMES: ("x",)}, links={Slot.DEPARTMENTS: (department,)})
    [outcome] = await assemblies.create(tenancy.db, foreign, Kind.MODEL, [item], mcp=False, at=tenancy.tick())
    assert [fault.member for fault in outcome.faults] == [Slot.DEPARTMENTS]


async def test_the_forms_of_others_offer_ones_own_departments_or_else_all(tenancy: Tenancy) -> None:
    several = await created(tenancy, an_item("B"), an_item("A"), an_item("C", active=False))
    nobodys = await tenancy.a_caller(role=Role.MEMBER, scopes=("*",))
    assert [one for one in await offered(tenancy, nobodys) if one in several] == [several[1], several[0]]
    async with tenancy.db.writing() as tx:
        own = [(nobodys.profile, {Slot.DEPARTMENTS: [several[0], several[2]]})]
        await links.replace(tx, Kind.PROFILE, tenancy.owner.workspace, own)
    assert await offered(tenancy, nobodys) == [several[0]]


async def offered(tenancy: Tenancy, caller: Principal) -> list[UUID]:
    form = await assemblies.form(tenancy.db, caller, Kind.MODEL, None, None, at=tenancy.tick())
    return [one.id for one in form.sections[Slot.DEPARTMENTS].suggested if not isinstance(one, Resource)]


async def test_a_chosen_row_is_remembered_as_long_as_it_holds(tenancy: Tenancy) -> None:
    [department] = await created(tenancy)
    chosen = rows.fresh(Description("What it is for"), tenancy.owner.workspace, at=NOON)
    async with tenancy.db.writing() as tx:
        await rows.insert(tx, [chosen])
    await update(tenancy, Item(id=department, links={Slot.DESCRIPTIONS: (chosen.id,)}))
    form = await assemblies.form(tenancy.db, tenancy.owner, Kind.DEPARTMENT, department, None, at=tenancy.tick())
    assert [one.id for one in form.sections[Slot.DESCRIPTIONS].selected] == [chosen.id]


@pytest.mark.parametrize("deletes_first", [True, False])
async def test_nothing_gets_into_a_department_that_is_going(tenancy: Tenancy, *, deletes_first: bool) -> None:
    [department] = await created(tenancy)
    item = Item(texts={Slot.NAMES: ("a model",)}, links={Slot.DEPARTMENTS: (department,)})
    making = assemblies.create(tenancy.db, tenancy.owner, Kind.MODEL, [item], mcp=False, at=tenancy.tick())
    deleting = delete(tenancy, department)
    first, second = (deleting, making) if deletes_first else (making, deleting)
    found = await asyncio.gather(first, second, return_exceptions=True)
    gone, made = found if deletes_first else reversed(found)
    if isinstance(gone, PermissionDenied):
        assert [one.id is not None for one in cast("list[Outcome]", made)] == [True]
    else:
        assert [fault.member for one in cast("list[Outcome]", made) for fault in one.faults] == [Slot.DEPARTMENTS]
        assert await kept(tenancy, department) is None
