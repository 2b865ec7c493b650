"""Departments: groups of a workspace's profiles, to which what they keep belongs.

Source: contracts/artifacts.md, 3.4.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Role
from armillary.domain.assemblies import Claims, Said, Slot
from armillary.domain.changes import Document
from armillary.domain.editing import Actor, Obstacle, Rules, Subject
from armillary.domain.errors import InvalidRequest
from armillary.domain.exports import Sheet, yes_or_no
from armillary.domain.resources import LONGEST_DESCRIPTION, LONGEST_NAME, Content, Description, Name, Resource
from armillary.domain.seeds import DEPARTMENT_ACTIVE
from armillary.domain.switches import is_on, said_of_switch, switch_claims


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A group of profiles of one workspace; ``mcp`` tells that a tool-protocol client wrote it."""

    id: UUID
    workspace: UUID
    name: str
    description: str = ""
    active: bool = True
    mcp: bool = False
    created_by: UUID
    created_at: datetime
    updated_at: datetime
    revision: int = 0


class DepartmentRules(Rules):
    """Who may do what with departments: superadmins make and change them, whoever uses them.

    Source: contracts/artifacts.md, section 4; all but guests see them.
    """

    def may_view(self, actor: Actor, of: Subject) -> bool:  # noqa: ARG002  all are alike
        """Whether the actor may see it."""
        return actor.role is not Role.VIEWER

    def may_create(self, actor: Actor) -> bool:
        """Whether the actor may make one."""
        return actor.is_superadmin

    def obstacle(self, actor: Actor, of: Subject) -> Obstacle | None:  # noqa: ARG002  use hinders no edit
        """Why the actor may not edit it; None where it may."""
        return None if actor.is_superadmin else Obstacle.ROLE

    def may_delete(self, actor: Actor, of: Subject) -> bool:
        """Whether the actor may delete it: only while nothing belongs to it."""
        return actor.is_superadmin and not of.uses

    def may_duplicate(self, actor: Actor, of: Subject) -> bool:  # noqa: ARG002  as above
        """Whether the actor may make a copy of it."""
        return actor.is_superadmin

    def may_assign(self, actor: Actor, departments: Collection[UUID]) -> bool:  # noqa: ARG002  a department is in none
        """Whether the actor may leave it to departments: it belongs to none."""
        return actor.is_superadmin


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentQuery:
    """Which departments to show, by name and then id; ``text`` is looked for in names and descriptions."""

    text: str = ""
    offset: int = 0
    limit: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDepartment:
    """A department as a listing shows it: how many profiles belong to it, and what the actor may do with it."""

    department: Department
    staff: int
    may_edit: bool
    may_duplicate: bool
    may_delete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentSlice:
    """Departments from an offset on, how many there are in all, and who asks."""

    actor: Actor
    items: tuple[ListedDepartment, ...]
    total: int


#: What an export of departments holds. Source: contracts/artifacts.md, 2.10 and 3.4.
SHEET = Sheet(of="departments", columns=("department_id", "name", "description", "active", "staff_count"))


def cells(department: Department, staff: int) -> Sequence[str]:
    """A department's row of ``SHEET``."""
    return (
        str(department.id),
        department.name,
        department.description,
        yes_or_no(department.active),
        str(staff),
    )


def checked(department: Department) -> Department:
    """The department with its texts trimmed. Raises: InvalidRequest, naming the member that breaks its bound."""
    name, description = department.name.strip(), department.description.strip()
    if not 1 <= len(name) <= LONGEST_NAME or "\0" in name:
        raise InvalidRequest("name", f"has 1 to {LONGEST_NAME} characters")
    if len(description) > LONGEST_DESCRIPTION or "\0" in description:
        raise InvalidRequest("description", f"has at most {LONGEST_DESCRIPTION} characters")
    return replace(department, name=name, description=description)


def document(department: Department) -> Document:
    """The department as its change record shows it."""
    return {"name": department.name, "description": department.description, "active": department.active}


def contents(department: Department) -> tuple[Content, ...]:
    """What the department says that a resource stands for."""
    texts = (Description(department.description),) if department.description else ()
    return (Name(department.name), *texts)


def claims(department: Department, slot: Slot) -> Claims:
    """What the registry says of a department in this slot."""
    if slot is Slot.NAMES:
        return Claims(required=(Name(department.name),))
    if slot is Slot.DESCRIPTIONS:
        return Claims(required=(Description(department.description),) if department.description else ())
    return switch_claims(DEPARTMENT_ACTIVE, on=department.active) if slot is Slot.FLAGS else Claims()


def said(slot: Slot, linked: Sequence[Resource | UUID]) -> list[Said | None]:
    """What each link of the slot says of a department in the registry's terms."""
    if slot is Slot.FLAGS:
        return said_of_switch(DEPARTMENT_ACTIVE, linked)
    told = slot in {Slot.NAMES, Slot.DESCRIPTIONS}
    return [one.content if told and isinstance(one, Resource) else None for one in linked]


def assembled(department: Department, links: Mapping[Slot, Sequence[Resource | UUID]]) -> Department:
    """The department once its slots link these; a slot that is missing stays as it is, and a name cannot be cleared.

    Raises: InvalidRequest.
    """
    names = [one.name for one in _contents(links, Slot.NAMES) if isinstance(one, Name)]
    texts = [one.description for one in _contents(links, Slot.DESCRIPTIONS) if isinstance(one, Description)]
    kept = Slot.DESCRIPTIONS not in links
    return checked(
        replace(
            department,
            name=names[0] if names else department.name,
            description=department.description if kept else next(iter(texts), ""),
            active=is_on(DEPARTMENT_ACTIVE, links[Slot.FLAGS]) if Slot.FLAGS in links else department.active,
        )
    )


def _contents(links: Mapping[Slot, Sequence[Resource | UUID]], slot: Slot) -> list[Content]:
    return [one.content for one in links.get(slot, ()) if isinstance(one, Resource)]
