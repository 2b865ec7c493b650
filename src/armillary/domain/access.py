"""Who may do what: roles, scopes, and the principal on whose behalf a service acts.

A role says what a profile may do in one workspace; a key's scopes narrow that further. Scopes are
``resource:verb`` with the verbs ``read`` and ``manage`` (``manage`` implies ``read``), and ``*`` for everything.
Source: design.md, "Roles are four"; contracts/cadenya.md, 1.9.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from armillary.domain.errors import InvalidRequest, PermissionDenied

EVERYTHING = "*"


class Role(StrEnum):
    """What a profile is in one workspace."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"

    def within(self, limit: Role) -> bool:
        """Whether the role may do no more than ``limit`` may."""
        return CEILING[self] <= CEILING[limit]


#: resource -> the verbs that exist for it. Source: contracts/cadenya.md, 1.9; ``models``, ``changes`` and
#: ``catalogue`` are ours.
RESOURCES: dict[str, tuple[str, ...]] = {
    "account": ("manage",),
    "agents": ("read", "manage"),
    "api_keys": ("read", "manage"),
    "catalogue": ("manage",),
    "changes": ("read",),
    "memory": ("read", "manage"),
    "models": ("read", "manage"),
    "objectives": ("read", "manage"),
    "secrets": ("manage",),
    "tools": ("read", "manage"),
    "widget_sessions": ("read", "manage"),
    "widgets": ("read", "manage"),
    "workspaces": ("read", "manage"),
}
SCOPES: frozenset[str] = frozenset(f"{name}:{verb}" for name, verbs in RESOURCES.items() for verb in verbs)

_READS = frozenset(scope for scope in SCOPES if scope.endswith(":read"))
_RUNS = frozenset(f"{name}:manage" for name in ("agents", "memory", "objectives", "tools"))
_TENANCY = frozenset({"account:manage", "workspaces:manage"})
#: What a membership of one workspace can open: nothing that reaches, or shows, what is beyond that workspace.
MEMBERSHIP: frozenset[str] = SCOPES - _TENANCY - {"api_keys:read", "api_keys:manage", "changes:read"}
#: role -> the most that its holder may do, whatever a key's scopes say.
CEILING: dict[Role, frozenset[str]] = {
    Role.VIEWER: _READS - {"changes:read", "api_keys:read"},
    Role.MEMBER: (_READS | _RUNS) - {"api_keys:read"},
    Role.ADMIN: SCOPES - _TENANCY,
    Role.OWNER: SCOPES,
}


def expanded(scopes: Iterable[str]) -> frozenset[str]:
    """Every scope that these grant, with ``*`` and the ``read`` in each ``manage`` spelled out."""
    given = frozenset(scopes)
    if EVERYTHING in given:
        return SCOPES
    reads = {scope.replace(":manage", ":read") for scope in given if scope.endswith(":manage")}
    return given | (reads & SCOPES)


def normalised(scopes: Iterable[str]) -> tuple[str, ...]:
    """The fewest scopes that grant the same, in order.

    Raises: InvalidRequest (``permissions``) for a scope that does not exist.
    """
    given = frozenset(scope.strip() for scope in scopes)
    unknown = given - SCOPES - {EVERYTHING}
    if unknown:
        raise InvalidRequest("permissions", f"no such scope; the scopes are *, {', '.join(sorted(SCOPES))}")
    if EVERYTHING in given:
        return (EVERYTHING,)
    return tuple(sorted(given - {s.replace(":manage", ":read") for s in given if s.endswith(":manage")}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """On whose behalf a service acts, and in which workspace.

    ``scopes`` are expanded and already cut to the role's ceiling. ``workspace`` is the one entered; operations on
    the account itself look at ``account`` alone. ``dialect``, ``reason`` and ``request_id`` go into the change
    record of whatever the principal writes; ``idempotency`` is claimed by the transaction that writes.
    """

    account: UUID
    workspace: UUID
    profile: UUID
    role: Role
    scopes: frozenset[str]
    key: UUID | None = None
    dialect: str = "internal"
    reason: str | None = None
    request_id: str = ""
    idempotency: Idempotency | None = None

    def can(self, scope: str) -> bool:
        """Whether the principal holds the scope."""
        return scope in self.scopes

    def require(self, scope: str) -> None:
        """Pass where the principal holds the scope. Raises: PermissionDenied."""
        if scope not in self.scopes:
            raise PermissionDenied(scope, granted=tuple(sorted(self.scopes)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """What a caller sent to make a creating request safe to repeat: its key, and a digest of what it asked."""

    key: str
    digest: str


def entered(role: Role, scopes: Iterable[str]) -> frozenset[str]:
    """What a key with these scopes may do in a workspace where its profile has this role."""
    return expanded(scopes) & CEILING[role]
