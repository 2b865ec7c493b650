"""Departments, listed and exported. All that writes is in ``services.assemblies``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.departments import (
    SHEET,
    Department,
    DepartmentQuery,
    DepartmentRules,
    DepartmentSlice,
    ListedDepartment,
    cells,
)
from armillary.domain.editing import Actor, Subject
from armillary.domain.uploads import UploadTerms
from armillary.services import exports
from armillary.services.actors import actor
from armillary.services.exports import Batches, Export
from armillary.services.exports import Source as RowSource
from armillary.storage import departments as store
from armillary.storage.database import Database, Reading

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
        found = _by_name(one for one in every if _fits(one, query.text))
        shown = found[query.offset : query.offset + query.limit]
        staff = await store.staff(reading, caller.workspace, [one.id for one in shown])
        uses = await store.uses(reading, caller.workspace, [one.id for one in shown])
    return DepartmentSlice(actor=who, items=tuple(_listed(who, one, staff, uses) for one in shown), total=len(found))


def _by_name(departments: Iterable[Department]) -> list[Department]:
    return sorted(departments, key=lambda one: (one.name, one.id))


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


async def export(  # noqa: PLR0913  what an upload is made of
    db: Database, caller: Principal, department_id: UUID | None, *, terms: UploadTerms, mcp: bool, at: datetime
) -> Export:
    """Write the departments, or the one named, to an upload; to a guest, none. Raises: PermissionDenied."""
    caller.require("models:read")
    source = _source(caller, department_id)
    return await exports.export(
        db, caller, SHEET, source, is_one=department_id is not None, terms=terms, mcp=mcp, at=at
    )


def _source(caller: Principal, department_id: UUID | None) -> RowSource:
    async def rows(reading: Reading) -> Batches:
        who = await actor(reading, caller)
        every = _by_name(await store.of_workspace(reading, caller.workspace))
        shown = [one for one in every if department_id in {None, one.id} and _RULES.may_view(who, Subject(id=one.id))]
        staff = await store.staff(reading, caller.workspace, [one.id for one in shown])
        yield [cells(one, staff.get(one.id, 0)) for one in shown]

    return rows
