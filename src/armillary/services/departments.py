"""Departments, listed. They are made, changed and deleted as all assemblies are: see ``services.assemblies``."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.departments import (
    Department,
    DepartmentQuery,
    DepartmentRules,
    DepartmentSlice,
    ListedDepartment,
)
from armillary.domain.editing import Actor, Subject
from armillary.services.actors import actor
from armillary.storage import departments as store
from armillary.storage.database import Database

_RULES = DepartmentRules()


async def search(db: Database, caller: Principal, query: DepartmentQuery) -> DepartmentSlice:
    """The departments that the query asks for, by name in code-point order; switched off ones too.

    A workspace has few, so that texts are compared here, by the same rules on either database.
    Raises: PermissionDenied.
    """
    caller.require("models:read")
    async with db.reading() as reading:
        who = await actor(reading, caller)
        every = await store.of_workspace(reading, caller.workspace)
        found = sorted((one for one in every if _fits(one, query.text)), key=lambda one: (one.name, one.id))
        shown = found[query.offset : query.offset + query.limit]
        staff = await store.staff(reading, caller.workspace, [one.id for one in shown])
        uses = await store.uses(reading, caller.workspace, [one.id for one in shown])
    return DepartmentSlice(actor=who, items=tuple(_listed(who, one, staff, uses) for one in shown), total=len(found))


def _fits(department: Department, text: str) -> bool:
    part = text.casefold()
    return part in department.name.casefold() or part in department.description.casefold()


def _listed(
    who: Actor, department: Department, staff: Mapping[UUID, int], uses: Mapping[UUID, int]
) -> ListedDepartment:
    subject = Subject(id=department.id, uses=uses.get(department.id, 0))
    return ListedDepartment(
        department=department,
        staff=staff.get(department.id, 0),
        may_edit=_RULES.obstacle(who, subject) is None,
        may_duplicate=_RULES.may_duplicate(who, subject),
        may_delete=_RULES.may_delete(who, subject),
    )
