"""Who may do what with an assembly: by role, by departments, and by who uses it.

Source: contracts/artifacts.md, section 4, with its decisions 13, 19, 20, 29 and 30.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from armillary.domain.access import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The acting profile: its name, its role in the workspace, and its departments there, the primary one first."""

    profile: UUID
    name: str
    role: Role
    departments: tuple[UUID, ...] = ()

    @property
    def is_superadmin(self) -> bool:
        """Whether departments do not bind it."""
        return self.role is Role.OWNER

    @property
    def is_author(self) -> bool:
        """Whether its role makes and changes anything at all."""
        return self.role in {Role.OWNER, Role.ADMIN}

    @property
    def primary(self) -> UUID | None:
        """Its first department."""
        return self.departments[0] if self.departments else None


class Obstacle(StrEnum):
    """Why something cannot be edited; of several, the first that applies."""

    MANAGED = "managed"  #: the platform supplies it
    DEFAULT = "default"  #: it has no department, and belongs to the superadmins
    IN_USE = "in_use"  #: something active uses it
    ROLE = "role"  #: the actor's role edits nothing
    ELSEWHERE = "elsewhere"  #: it belongs to departments that are not the actor's


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is to be seen or edited: its departments, and how many active things use it.

    ``managed`` tells that the platform supplies it, or its provider; ``role`` is a profile's own, None for anything
    else.
    """

    id: UUID
    departments: Collection[UUID] = ()
    uses: int = 0
    managed: bool = False
    role: Role | None = None


class Rules:
    """Who may do what with models, and with all that has no rules of its own."""

    def may_view(self, actor: Actor, of: Subject) -> bool:
        """Whether the actor may see it."""
        return actor.is_superadmin or not of.departments or not set(of.departments).isdisjoint(actor.departments)

    def may_create(self, actor: Actor) -> bool:
        """Whether the actor may make such a thing."""
        return actor.is_author and (actor.is_superadmin or bool(actor.departments))

    def obstacle(self, actor: Actor, of: Subject) -> Obstacle | None:
        """Why the actor may not edit it; None where it may."""
        if not of.departments and not actor.is_superadmin:
            return Obstacle.DEFAULT
        if of.uses:
            return Obstacle.IN_USE
        if not actor.is_author:
            return Obstacle.ROLE
        if not actor.is_superadmin and not set(of.departments) <= set(actor.departments):
            return Obstacle.ELSEWHERE
        return None

    def may_delete(self, actor: Actor, of: Subject) -> bool:
        """Whether the actor may delete it: one department in common is enough."""
        owned = actor.is_superadmin or bool(of.departments)
        return actor.is_author and not of.managed and not of.uses and owned and self.may_view(actor, of)

    def may_duplicate(self, actor: Actor, of: Subject) -> bool:
        """Whether the actor may make a copy of it; nobody adds a model to a provider that the platform supplies."""
        return actor.is_author and not of.managed and self.may_view(actor, of)

    def may_assign(self, actor: Actor, departments: Collection[UUID]) -> bool:
        """Whether the actor may leave it to these departments: not to others' nor to none."""
        return actor.is_superadmin or (bool(departments) and set(departments) <= set(actor.departments))


#: Why something cannot be edited, in words for people. Source: contracts/artifacts.md, section 4, ``disabled_reason``.
_REASONS = {
    Obstacle.MANAGED: "the platform manages this {kind}: it and its models cannot be changed so",
    Obstacle.DEFAULT: "this is a default {kind}, which belongs to no department: a superadmin may edit it",
    Obstacle.IN_USE: "this {kind} is in use: edit it once nothing uses it any more",
    Obstacle.ROLE: "your role does not edit a {kind}",
    Obstacle.ELSEWHERE: "this {kind} is restricted to departments that are not yours",
}


def told(obstacle: Obstacle, kind: str) -> str:
    """The obstacle in a sentence about a thing of this kind."""
    return f"{_REASONS[obstacle].format(kind=kind)}; you may still view it"
