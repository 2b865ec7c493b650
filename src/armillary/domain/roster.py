"""The roster of a workspace: whoever acts in it, people as its members and API keys as themselves.

Roles are four; the contract's words for them are more, and of several that are one role here the row that was chosen
remembers which. Source: design.md, "Tenancy"; contracts/artifacts.md, 3.6 and section 4.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from armillary.domain.access import Role
from armillary.domain.accounts import Member, ProfileKind, checked_email
from armillary.domain.assemblies import Assembly, Claims, Said, Slot
from armillary.domain.editing import Actor, Obstacle, Rules, Subject
from armillary.domain.exports import Sheet, joined, yes_or_no
from armillary.domain.facets import Option
from armillary.domain.resources import Content, Email, Name, Resource, RoleName
from armillary.domain.seeds import PROFILE_ACTIVE, SEEDED
from armillary.domain.switches import is_on, said_of_switch, switch_claims

#: The contract's word for a role -> ours.
ROLES: dict[str, Role] = {
    "superadmin": Role.OWNER,
    "admin": Role.ADMIN,
    "instructional": Role.MEMBER,
    "member": Role.MEMBER,
    "custom": Role.MEMBER,
    "guest": Role.VIEWER,
}
_RANKS = {Role.OWNER: 4, Role.ADMIN: 3, Role.MEMBER: 2, Role.VIEWER: 1}
#: Which of its words stands for a role where no row was chosen.
_STANDING = {Role.OWNER: "superadmin", Role.ADMIN: "admin", Role.MEMBER: "member", Role.VIEWER: "guest"}
#: The rows of roles that every workspace is born with, as people read them: the highest first.
ROLE_ROWS: tuple[Resource, ...] = tuple(row for content, row in SEEDED.items() if isinstance(content, RoleName))


def standing(role: Role) -> Resource:
    """The row that stands for the role where none was chosen."""
    return next(row for row in ROLE_ROWS if word_of(row) == _STANDING[role])


def word_of(row: Resource) -> str:
    """The contract's word for the role of this row; empty for what is no role's."""
    return row.content.role if isinstance(row.content, RoleName) else ""


def role_of(row: Resource) -> Role:
    """Our role of this row; a word that nobody knows is the least."""
    return ROLES.get(word_of(row), Role.VIEWER)


def is_above(role: Role, other: Role) -> bool:
    """Whether the role is of a higher rank."""
    return _RANKS[role] > _RANKS[other]


def grantable(role: Role) -> list[Resource]:
    """The rows of the roles that somebody of this role may give: none of a rank above the own."""
    return [row for row in ROLE_ROWS if not is_above(role_of(row), role)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterQuery:
    """Whom to show, by name, then by id: all conditions hold together, and any of the values of one.

    ``text`` is looked for in names and e-mail addresses; ``words`` are the contract's for roles. ``department_text``
    and ``role_text`` are looked for in the names of what there is to narrow by; ``none`` stands for a condition that
    nobody meets.
    """

    text: str = ""
    departments: tuple[UUID, ...] = ()
    words: tuple[str, ...] = ()
    department_text: str = ""
    role_text: str = ""
    none: bool = False
    offset: int = 0
    limit: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Somebody on the roster, and the row that was chosen for the role; None where none was, or it is out of date."""

    member: Member
    chosen: UUID | None = None

    @property
    def is_key(self) -> bool:
        """Whether it is an API key that acts here, and no person."""
        return self.member.profile.kind is ProfileKind.API_KEY

    @property
    def role_row(self) -> Resource:
        """The row of the role."""
        chosen = next((row for row in ROLE_ROWS if row.id == self.chosen), None)
        return chosen if chosen and role_of(chosen) is self.member.role else standing(self.member.role)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedProfile:
    """Somebody on the roster as a listing shows them; ``is_visible`` where their address may be seen."""

    entry: Entry
    departments: tuple[UUID, ...] = ()
    is_visible: bool
    may_edit: bool
    may_delete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """One page of it, how many there are on all pages, and by what it may be narrowed."""

    actor: Actor
    items: tuple[ListedProfile, ...]
    total: int
    departments: tuple[Option, ...]
    roles: tuple[Option, ...]


#: What an export of profiles holds. Source: contracts/artifacts.md, 2.10 and 3.6.
SHEET = Sheet(of="profiles", columns=("profile_id", "name", "email", "active", "role", "departments"))


def cells(entry: Entry, shown: Assembly, departments: Mapping[UUID, str]) -> Sequence[str]:
    """Somebody's row of ``SHEET``; ``departments`` holds their names."""
    member = entry.member
    return (
        str(member.profile.id),
        member.profile.name,
        member.profile.email,
        yes_or_no(member.active),
        entry.role_row.text,
        joined(departments[one] for one in shown.linked(Slot.DEPARTMENTS) if one in departments),
    )


class RosterRules(Rules):
    """Who may do what with profiles. Source: contracts/artifacts.md, section 4, "profile"."""

    def may_view(self, actor: Actor, of: Subject) -> bool:
        """Whether the actor may see it: as a model, and oneself."""
        return of.id == actor.profile or super().may_view(actor, of)

    def may_create(self, actor: Actor) -> bool:
        """Whether the actor may make one."""
        return actor.is_author

    def obstacle(self, actor: Actor, of: Subject) -> Obstacle | None:
        """Why the actor may not edit it: an admin edits those of lower rank, all of whose departments are its own."""
        if actor.is_superadmin or of.id == actor.profile:
            return None
        if not _outranks(actor, of):
            return Obstacle.ROLE
        if not of.departments or not set(of.departments) <= set(actor.departments):
            return Obstacle.ELSEWHERE
        return None

    def may_delete(self, actor: Actor, of: Subject) -> bool:
        """Whether the actor may take it off the roster: never oneself, nor who is of the same rank."""
        return of.id != actor.profile and _outranks(actor, of) and self.may_view(actor, of)

    def may_duplicate(self, actor: Actor, of: Subject) -> bool:  # noqa: ARG002  nobody is twice
        """Whether the actor may make a copy of it."""
        return False

    def may_assign(self, actor: Actor, departments: Collection[UUID]) -> bool:
        """Whether the actor may leave somebody to these departments: not to others', and to none if it is in none."""
        own = set(departments) <= set(actor.departments)
        return actor.is_superadmin or (own and bool(departments or not actor.departments))


def _outranks(actor: Actor, of: Subject) -> bool:
    return actor.is_author and of.role is not None and is_above(actor.role, of.role)


def contents(member: Member) -> tuple[Content, ...]:
    """What the member says that a resource stands for."""
    slots = (Slot.NAMES, Slot.EMAILS)
    return tuple(one for slot in slots for one in claims(member, slot).required if not isinstance(one, UUID))


def claims(member: Member, slot: Slot) -> Claims:
    """What the registry says of a member in this slot."""
    if slot is Slot.FLAGS:
        return switch_claims(PROFILE_ACTIVE, on=member.active)
    if slot is Slot.NAMES:
        return Claims(required=(Name(member.profile.name),))
    if slot is Slot.EMAILS:
        return Claims(required=(Email(member.profile.email),) if member.profile.email else ())
    return Claims(required=(standing(member.role).content,)) if slot is Slot.ROLES else Claims()


def said(slot: Slot, linked: Sequence[Resource | UUID]) -> list[Said | None]:
    """What each link of the slot says of a member in the registry's terms: of addresses and roles the first alone."""
    if slot is Slot.FLAGS:
        return said_of_switch(PROFILE_ACTIVE, linked)
    rows = [one if isinstance(one, Resource) else None for one in linked]
    if slot is Slot.NAMES:
        return [one.content if one else None for one in rows]
    first = next(iter(rows), None)
    rest: list[Said | None] = [None] * (len(rows) - 1)
    if slot is Slot.ROLES and first:
        return [standing(role_of(first)).content, *rest]
    if slot is Slot.EMAILS and first and isinstance(first.content, Email):
        return [Email(first.content.email.lower()), *rest]
    return [None] * len(rows)


def assembled(member: Member, links: Mapping[Slot, Sequence[Resource | UUID]]) -> Member:
    """The member once the slots link these; a slot that is missing stays as it is, and a name cannot be cleared.

    Raises: InvalidRequest (``email``).
    """
    rows = {slot: [one for one in linked if isinstance(one, Resource)] for slot, linked in links.items()}
    profile = member.profile
    if names := [row.content.name for row in rows.get(Slot.NAMES, ()) if isinstance(row.content, Name)]:
        profile = replace(profile, name=names[0])
    if Slot.EMAILS in rows:
        emails = [row.content.email for row in rows[Slot.EMAILS] if isinstance(row.content, Email)]
        profile = replace(profile, email=checked_email(emails[0]) if emails else "")
    if Slot.ROLES in rows:
        member = replace(member, role=role_of(rows[Slot.ROLES][0]) if rows[Slot.ROLES] else Role.VIEWER)
    if Slot.FLAGS in rows:
        member = replace(member, active=is_on(PROFILE_ACTIVE, rows[Slot.FLAGS]))
    return replace(member, profile=profile)
