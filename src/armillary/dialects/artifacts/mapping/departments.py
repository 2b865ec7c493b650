"""Departments between the wire and the domain. Source: contracts/artifacts.md, 3.4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from armillary.dialects.artifacts.mapping.filters import page_size
from armillary.dialects.artifacts.mapping.forms import form_members
from armillary.dialects.artifacts.mapping.items import item
from armillary.dialects.artifacts.mapping.sections import empty_section
from armillary.dialects.artifacts.schemas import departments as wire
from armillary.domain.assemblies import Item, Kind, Slot
from armillary.domain.departments import DepartmentQuery, DepartmentSlice, ListedDepartment
from armillary.services.assemblies import Form


def form_reply(form: Form) -> wire.GetDepartmentResponse:
    """A department's form."""
    return wire.GetDepartmentResponse(**form_members(Kind.DEPARTMENT, form), settings=empty_section())


def new_items(bodies: Sequence[wire.CreateDepartmentItem]) -> list[Item]:
    """What to make: active, where an item does not speak of it."""
    items = [item(Kind.DEPARTMENT, one, one.id) for one in bodies]
    return [replace(one, active=True) if one.active is None and Slot.FLAGS not in one.links else one for one in items]


def changed_items(bodies: Sequence[wire.UpdateDepartmentItem]) -> list[Item]:
    """What to change."""
    return [item(Kind.DEPARTMENT, one, one.department_id) for one in bodies]


def department_query(body: wire.SearchDepartmentsRequest) -> DepartmentQuery:
    """What a listing is asked for."""
    return DepartmentQuery(text=body.search or "", offset=body.page_offset or 0, limit=page_size(body.page_size))


def search_reply(found: DepartmentSlice) -> wire.SearchDepartmentsResponse:
    """One page of departments."""
    return wire.SearchDepartmentsResponse(
        actor_name=found.actor.name, departments=[_listed(one) for one in found.items], total_count=found.total
    )


def _listed(one: ListedDepartment) -> wire.ListDepartment:
    department = one.department
    return wire.ListDepartment(
        department_id=department.id,
        name=department.name,
        description=department.description or None,
        staff_count=one.staff,
        is_inactive=not department.active,
        can_edit=one.may_edit,
        can_duplicate=one.may_duplicate,
        can_delete=one.may_delete,
        updated_at=department.updated_at,
    )
