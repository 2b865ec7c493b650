"""Departments, listed: by name, with who belongs to them and what may be done with them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from armillary.domain.access import Principal, Role
from armillary.domain.assemblies import Item, Kind, Slot
from armillary.domain.departments import DepartmentQuery, DepartmentSlice, ListedDepartment
from armillary.domain.errors import PermissionDenied
from armillary.services import assemblies, departments
from armillary.storage import links
from tests.counting import Counting
from tests.tenancy import Tenancy


async def created(tenancy: Tenancy, *names: str, description: str = "", active: bool = True) -> list[UUID]:
    items = [Item(texts={Slot.NAMES: (name,), Slot.DESCRIPTIONS: (description,)}, active=active) for name in names]
    outcomes = await assemblies.create(tenancy.db, tenancy.owner, Kind.DEPARTMENT, items, mcp=False, at=tenancy.tick())
    return [one.id for one in outcomes if one.id is not None]


async def search(tenancy: Tenancy, text: str = "", *, caller: Principal | None = None, **page: Any) -> DepartmentSlice:
    query = DepartmentQuery(text=text, **{"limit": 100, **page})
    return await departments.search(tenancy.db, caller or tenancy.owner, query)


async def names(tenancy: Tenancy, text: str = "", **page: Any) -> list[str]:
    return [one.department.name for one in (await search(tenancy, text, **page)).items]


def entry(found: DepartmentSlice, department: UUID) -> ListedDepartment:
    return next(one for one in found.items if one.department.id == department)


async def test_they_come_by_name_in_pages_without_repeats(tenancy: Tenancy) -> None:
    await created(tenancy, "tag b", "tag C", "tag a", "tag a", "tag d")
    every = ["tag C", "tag a", "tag a", "tag b", "tag d"]
    assert await names(tenancy, "tag") == every
    pages = [await search(tenancy, "tag", limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert [one.department.name for page in pages for one in page.items] == every
    assert len({one.department.id for page in pages for one in page.items}) == 5
    assert [page.total for page in pages] == [5] * 4
    assert await names(tenancy, "tag", limit=0) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("PHYSICS", ["Physics 100%"], id="whatever-its-case"),
        pytest.param("what it is", ["Physics 100%"], id="in-the-description"),
        pytest.param("100%", ["Physics 100%"], id="literally"),
        pytest.param("1_0%", [], id="no-wildcard"),
    ],
)
async def test_a_text_is_looked_for(tenancy: Tenancy, text: str, found: list[str]) -> None:
    await created(tenancy, "Physics 100%", description="What it is for")
    await created(tenancy, "Chemistry")
    assert await names(tenancy, text) == found


async def test_switched_off_ones_are_listed_too(tenancy: Tenancy) -> None:
    [department] = await created(tenancy, "Physics", active=False)
    assert not entry(await search(tenancy), department).department.active


async def test_staff_is_counted_and_use_keeps_from_deletion(tenancy: Tenancy) -> None:
    used, unused = await created(tenancy, "used", "unused")
    async with tenancy.db.writing() as tx:
        own = [(tenancy.owner.profile, {Slot.DEPARTMENTS: [used]})]
        await links.replace(tx, Kind.PROFILE, tenancy.owner.workspace, own)
    found = await search(tenancy)
    assert (entry(found, used).staff, entry(found, used).may_edit, entry(found, used).may_delete) == (1, True, False)
    assert (entry(found, unused).staff, entry(found, unused).may_delete) == (0, True)
    assert entry(found, unused).may_duplicate
    assert found.actor.profile == tenancy.owner.profile


async def test_everybody_sees_the_list_and_superadmins_may_more(tenancy: Tenancy) -> None:
    [department] = await created(tenancy, "Physics")
    guest = await tenancy.a_caller(role=Role.VIEWER, scopes=("*",))
    one = entry(await search(tenancy, caller=guest), department)
    assert (one.may_edit, one.may_duplicate, one.may_delete) == (False, False, False)


async def test_the_scope_is_needed(tenancy: Tenancy) -> None:
    with pytest.raises(PermissionDenied):
        await search(tenancy, caller=await tenancy.a_caller(scopes=("agents:read",)))


async def test_other_workspaces_departments_are_not_listed(tenancy: Tenancy) -> None:
    await created(tenancy, "Physics")
    workspace = await tenancy.a_workspace()
    foreign = await tenancy.a_caller(workspace.id, role=Role.OWNER, scopes=("*",))
    assert (await search(tenancy, "Physics", caller=foreign)).total == 0


async def test_a_page_of_a_hundred_costs_what_a_page_of_ten_does(tenancy: Tenancy) -> None:
    await created(tenancy, *(f"department {number}" for number in range(120)))

    async def cost(limit: int) -> tuple[int, int]:
        counting: Any = Counting(tenancy.db)
        found = await departments.search(counting, tenancy.owner, DepartmentQuery(limit=limit))
        return counting.statements, len(found.items)

    (few, ten), (many, hundred) = await cost(10), await cost(100)
    assert (few, ten, hundred) == (many, 10, 100)
