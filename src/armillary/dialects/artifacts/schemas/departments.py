"""Departments. Source: contracts/artifacts.md, 3.4."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from armillary.dialects.artifacts.schemas.base import MOST_ITEMS, Body, Ids, Offset, PageSize, Reply, Text
from armillary.dialects.artifacts.schemas.filters import Search
from armillary.dialects.artifacts.schemas.results import Deleted, DepartmentResultItem, Duplicated
from armillary.dialects.artifacts.schemas.sections import DescriptionSection, EmptySection, FlagSection, NameSection

# Get


class GetDepartmentRequest(Body, frozen=True, kw_only=True):
    """Which department to show in its form; null for the form of a new one."""

    department_id: UUID | None = None
    draft_id: UUID | None = None


class GetDepartmentResponse(Reply, frozen=True, kw_only=True):
    """A department's form. ``settings`` is always empty: a department has none here."""

    actor_name: str | None
    department_exists: bool | None
    can_edit: bool | None
    disabled_reason: str | None
    draft_version: int | None
    group_id: UUID | None
    basic_show_ai_generate: bool | None = False
    names: NameSection | None
    descriptions: DescriptionSection | None
    flags: FlagSection | None
    settings: EmptySection | None


# Search


class SearchDepartmentsRequest(Body, frozen=True, kw_only=True):
    """What to find, in names and descriptions."""

    search: Search | None = None
    page_size: PageSize | None = 12
    page_offset: Offset | None = 0


class ListDepartment(Reply, frozen=True, kw_only=True):
    """A department as a listing shows it; ``staff_count`` is how many profiles belong to it."""

    department_id: UUID | None
    name: str | None
    description: str | None
    staff_count: int | None
    is_inactive: bool | None
    can_edit: bool | None
    can_duplicate: bool | None
    can_delete: bool | None
    updated_at: datetime | None


class SearchDepartmentsResponse(Reply, frozen=True, kw_only=True):
    """One page of departments."""

    actor_name: str | None
    departments: list[ListDepartment] | None
    total_count: int | None


# Create and update


class DepartmentItem(Body, frozen=True, kw_only=True):
    """What a department links. ``settings_ids`` and ``department_ids`` are ignored."""

    name_id: UUID | None = None
    name: Text | None = None
    description_id: UUID | None = None
    description: Text | None = None
    active_flag_id: UUID | None = None
    active_flag: bool | None = None
    settings_ids: Ids | None = None
    department_ids: Ids | None = None


class CreateDepartmentItem(DepartmentItem, frozen=True, kw_only=True):
    """A department to make, active unless it says otherwise."""

    id: UUID | None = None


class UpdateDepartmentItem(DepartmentItem, frozen=True, kw_only=True):
    """What to change of a department: null keeps."""

    department_id: UUID


class CreateDepartmentsRequest(Body, frozen=True, kw_only=True):
    """Departments to make, all or none."""

    departments: Annotated[list[CreateDepartmentItem], Meta(max_length=MOST_ITEMS)]


class UpdateDepartmentsRequest(Body, frozen=True, kw_only=True):
    """Departments to change, all or none."""

    departments: Annotated[list[UpdateDepartmentItem], Meta(max_length=MOST_ITEMS)]


class DepartmentResults(Reply, frozen=True, kw_only=True):
    """What became of each item, in their order."""

    results: list[DepartmentResultItem]


# Duplicate and delete


class DuplicateDepartmentRequest(Body, frozen=True, kw_only=True):
    """Which department to copy."""

    department_id: UUID


class DuplicatedDepartment(Duplicated, frozen=True, kw_only=True):
    """The copy's id."""

    department_id: UUID


class DeleteDepartmentsRequest(Body, frozen=True, kw_only=True):
    """Which departments to delete, all or none."""

    department_ids: Annotated[list[UUID], Meta(max_length=MOST_ITEMS)]


class DeleteDepartmentResult(Deleted, frozen=True, kw_only=True):
    """One department that is gone."""

    department_id: UUID


class DeletedDepartments(Reply, frozen=True, kw_only=True):
    """The departments that are gone, in the order of the request."""

    results: list[DeleteDepartmentResult]


class ExportDepartmentsRequest(Body, frozen=True, kw_only=True):
    """Which department to export; null: all that the caller may see."""

    department_id: UUID | None = None
