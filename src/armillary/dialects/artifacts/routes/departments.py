"""Departments. Source: contracts/artifacts.md, 3.4."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import POST, Router
from armillary.dialects.artifacts import tags
from armillary.dialects.artifacts.mapping.departments import (
    changed_items,
    department_query,
    form_reply,
    new_items,
    search_reply,
)
from armillary.dialects.artifacts.mapping.exports import exported
from armillary.dialects.artifacts.mapping.provenance import mcp
from armillary.dialects.artifacts.mapping.results import deleted, duplicated, refreshed, results
from armillary.dialects.artifacts.schemas import departments as wire
from armillary.dialects.artifacts.schemas.base import BULK_BYTES
from armillary.dialects.artifacts.schemas.exports import Exported
from armillary.dialects.artifacts.schemas.results import Refreshed
from armillary.domain.assemblies import Kind
from armillary.domain.errors import NotFound, PermissionDenied
from armillary.services import assemblies, departments

router = Router()

_READ, _MANAGE = "models:read", "models:manage"
_TAG = "departments"
_KIND = Kind.DEPARTMENT


@router.operation(POST, "/artifacts/departments/get", scope=_READ, raises=(NotFound, PermissionDenied))
async def get_department(call: Call, body: wire.GetDepartmentRequest) -> wire.GetDepartmentResponse:
    """Read a department for its editor, or the form of a new one, with a draft laid over it. Guests may not."""
    form = await assemblies.form(call.db, call.caller, _KIND, body.department_id, body.draft_id, at=call.now)
    tags.cached(call, _TAG)
    tags.missed(call)
    return form_reply(form)


@router.operation(POST, "/artifacts/departments/search", scope=_READ, raises=(PermissionDenied,))
async def search_department(call: Call, body: wire.SearchDepartmentsRequest) -> wire.SearchDepartmentsResponse:
    """List departments by name, with how many profiles belong to each; inactive ones too."""
    found = await departments.search(call.db, call.caller, department_query(body))
    tags.invalidates(call, _TAG)
    return search_reply(found)


@router.operation(
    POST,
    "/artifacts/departments/create",
    scope=_MANAGE,
    raises=(PermissionDenied,),
    creates=True,
    body_bytes=BULK_BYTES,
)
async def create_department(call: Call, body: wire.CreateDepartmentsRequest) -> wire.DepartmentResults:
    """Make departments, all or none: only when every result has a `department_id` was anything stored.

    Superadmins alone.
    """
    items = new_items(body.departments)
    outcomes = await assemblies.create(call.db, call.caller, _KIND, items, mcp=mcp(call), at=call.now)
    tags.invalidates(call, _TAG)
    return wire.DepartmentResults(results=results(_KIND, body.departments, outcomes, done="created"))


@router.operation(
    POST,
    "/artifacts/departments/update",
    scope=_MANAGE,
    raises=(NotFound, PermissionDenied),
    body_bytes=BULK_BYTES,
)
async def update_department(call: Call, body: wire.UpdateDepartmentsRequest) -> wire.DepartmentResults:
    """Change departments, all or none: null keeps. Superadmins alone."""
    items = changed_items(body.departments)
    outcomes = await assemblies.update(call.db, call.caller, _KIND, items, mcp=mcp(call), at=call.now)
    tags.invalidates(call, _TAG)
    return wire.DepartmentResults(results=results(_KIND, body.departments, outcomes, done="updated"))


@router.operation(
    POST, "/artifacts/departments/duplicate", scope=_MANAGE, raises=(NotFound, PermissionDenied), creates=True
)
async def duplicate_department(call: Call, body: wire.DuplicateDepartmentRequest) -> wire.DuplicatedDepartment:
    """Make a copy of a department, switched off and named after it. Superadmins alone."""
    copy, name = await assemblies.duplicate(call.db, call.caller, _KIND, body.department_id, mcp=mcp(call), at=call.now)
    tags.invalidates(call, _TAG)
    return wire.DuplicatedDepartment(**duplicated(_KIND, copy, name))


@router.operation(
    POST,
    "/artifacts/departments/delete",
    scope=_MANAGE,
    raises=(NotFound, PermissionDenied),
    body_bytes=BULK_BYTES,
)
async def delete_department(call: Call, body: wire.DeleteDepartmentsRequest) -> wire.DeletedDepartments:
    """Delete departments, all or none; one to which anything belongs stays. Superadmins alone."""
    gone = await assemblies.delete(call.db, call.caller, _KIND, body.department_ids, at=call.now)
    tags.invalidates(call, _TAG)
    return wire.DeletedDepartments(results=[wire.DeleteDepartmentResult(**one) for one in deleted(_KIND, gone)])


@router.operation(POST, "/artifacts/departments/refresh", scope=_READ)
async def department_refresh(call: Call) -> Refreshed:
    """Tell what to read anew: nothing here is read from a view that could be behind."""
    call.caller.require(_READ)
    tags.invalidates(call, _TAG, "artifacts")
    return refreshed(_TAG, _KIND)


@router.operation(POST, "/artifacts/departments/export", scope=_READ, raises=(PermissionDenied,), creates=True)
async def export_departments(call: Call, body: wire.ExportDepartmentsRequest) -> Exported:
    """Export departments as CSV to an upload, to be fetched from `/uploads/{upload_id}/download`.

    Only departments that the caller may view are rows, by name.
    """
    # one at a time: each holds a view of the database for as long as it is written
    async with call.wiring.exports:
        done = await departments.export(
            call.db, call.caller, body.department_id, terms=call.wiring.uploads, mcp=mcp(call), at=call.now
        )
    return exported(done)
