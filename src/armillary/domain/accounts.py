"""Accounts, workspaces, profiles and API keys: who owns what, and who may enter where."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import UNSET, UnsetType

from armillary.domain.access import CEILING, EVERYTHING, Principal, Role, expanded, normalised
from armillary.domain.changes import Document, stated
from armillary.domain.errors import Conflict, InvalidRequest, NotFound, PermissionDenied
from armillary.domain.labels import checked_external_id, checked_labels

#: The workspace that an installation begins with. Source: contracts/everruns.md, 1.3, "Default org".
DEFAULT_WORKSPACE = UUID(int=1)
#: Where a caller stands that no workspace is open to: no row ever belongs to it.
NOWHERE = UUID(int=0)

_LONGEST_NAME = 255
_LONGEST_DESCRIPTION = 10_000
_LONGEST_EMAIL = 254
_MOST_ASSIGNMENTS = 1000


class WorkspaceStatus(StrEnum):
    """Whether a workspace may be entered."""

    ENABLED = "enabled"
    ARCHIVED = "archived"


class ProfileKind(StrEnum):
    """What stands behind a profile."""

    USER = "user"
    API_KEY = "api_key"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who pays: the owner of workspaces, profiles and keys. The two secrets are sealed at rest."""

    id: UUID
    name: str
    description: str = ""
    domain: str = ""
    billing_email: str = ""
    webhook_secret: str = field(default="", repr=False)
    challenge_token: str = field(default="", repr=False)
    created_by: UUID
    created_at: datetime
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The unit of isolation: every model, provider and price belongs to exactly one.

    ``number`` is the workspace's ordinal in this installation, ``revision`` counts its registry writes,
    ``default_chosen`` tells whether a default model was ever chosen or elected.
    """

    id: UUID
    number: int
    account: UUID
    name: str
    description: str = ""
    status: WorkspaceStatus = WorkspaceStatus.ENABLED
    labels: Mapping[str, str] = field(default_factory=dict)
    external_id: str = ""
    default_model: UUID | None = None
    default_chosen: bool = False
    created_by: UUID
    created_at: datetime
    updated_at: datetime
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWorkspace:
    """What a caller says of a workspace to be."""

    name: str
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    external_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceQuery:
    """Which workspaces to show, in the order of their creation: all conditions hold together.

    ``only`` are the ids to choose from, None for all of the account's; ``after`` is the ``number`` of the last one
    of the page before.
    """

    only: tuple[UUID, ...] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    include_archived: bool = False
    newest_first: bool = True
    limit: int = 50
    after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceChanges:
    """What to change: UNSET keeps."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    labels: Mapping[str, str] | UnsetType = UNSET
    external_id: str | UnsetType = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Somebody or something that acts: a person, a key, or the system itself."""

    id: UUID
    account: UUID
    kind: ProfileKind
    name: str
    email: str = ""
    external_id: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileQuery:
    """Which profiles to show, in the order of their creation; ``text`` is looked for in names and e-mail addresses.

    ``after`` is the id of the last one of the page before.
    """

    text: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    newest_first: bool = True
    limit: int = 50
    after: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A profile's place in one workspace; one that is not ``active`` may not enter it."""

    workspace: UUID
    profile: Profile
    role: Role
    added_at: datetime
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key that opens the API; its token is kept as a keyed digest only.

    ``profile`` is the key's own profile, ``scopes`` are normalised, ``role`` is what the key is in each workspace it
    reaches: all of the account's, or those ``assigned``. ``is_default`` marks the account's own key.
    """

    id: UUID
    account: UUID
    profile: UUID
    name: str
    description: str = ""
    scopes: tuple[str, ...] = ()
    role: Role = Role.OWNER
    all_workspaces: bool = False
    assigned: tuple[UUID, ...] = ()
    is_default: bool = False
    enabled: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    external_id: str = ""
    created_by: UUID
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None = None

    def reaches(self, workspace: UUID) -> bool:
        """Whether the key may enter the workspace."""
        return self.all_workspaces or workspace in self.assigned


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """What a caller says of a key to be; without a ``role`` it has the caller's own."""

    name: str
    description: str = ""
    scopes: tuple[str, ...] = ()
    role: Role | None = None
    all_workspaces: bool = False
    assigned: tuple[UUID, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    external_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyChanges:
    """What to change: UNSET keeps."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    scopes: tuple[str, ...] | UnsetType = UNSET
    all_workspaces: bool | UnsetType = UNSET
    assigned: tuple[UUID, ...] | UnsetType = UNSET
    labels: Mapping[str, str] | UnsetType = UNSET
    external_id: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyQuery:
    """Which keys to show, in the order of their creation: all conditions hold together.

    ``workspace`` is one that they reach, ``ids`` the first and the last id of a range, both within it; ``text`` is
    looked for in names, ``after`` is the id of the last one of the page before.
    """

    workspace: UUID | None = None
    ids: tuple[UUID, UUID] | None = None
    text: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    newest_first: bool = True
    limit: int = 50
    after: UUID | None = None


def checked_workspace(workspace: Workspace) -> Workspace:
    """The workspace with its texts trimmed. Raises: InvalidRequest, naming the member that breaks its bound."""
    return replace(
        workspace,
        name=_name(workspace.name),
        description=_description(workspace.description),
        labels=checked_labels(workspace.labels),
        external_id=checked_external_id(workspace.external_id),
    )


def changed_workspace(workspace: Workspace, changes: WorkspaceChanges, *, at: datetime) -> Workspace:
    """The workspace as the changes leave it. Raises: InvalidRequest."""
    return checked_workspace(replace(workspace, **stated(changes), updated_at=at))


def archived(workspace: Workspace, *, enabled: int, at: datetime) -> Workspace:
    """The workspace, closed for good; ``enabled`` counts the account's enabled workspaces, this one included.

    Raises: Conflict (``last_workspace``) where no other would be left. Source: contracts/cadenya.md, 3.8.
    """
    if enabled <= 1:
        raise Conflict("last_workspace", "this is the account's last workspace: create another before archiving it")
    return replace(workspace, status=WorkspaceStatus.ARCHIVED, updated_at=at)


def checked_email(email: str) -> str:
    """The address in lower case. Raises: InvalidRequest (``email``)."""
    address = email.strip().lower()
    local, at_sign, domain = address.rpartition("@")
    if not (local and at_sign and domain) or len(address) > _LONGEST_EMAIL or not address.isprintable():
        raise InvalidRequest("email", "is an e-mail address")
    if " " in address:
        raise InvalidRequest("email", "is an e-mail address")
    return address


def checked_api_key(key: ApiKey) -> ApiKey:
    """The key with its texts trimmed and its scopes in their shortest form. Raises: InvalidRequest."""
    if len(key.assigned) > _MOST_ASSIGNMENTS:
        raise InvalidRequest("workspace_assignments", f"holds more than {_MOST_ASSIGNMENTS} workspaces")
    return replace(
        key,
        name=_name(key.name),
        description=_description(key.description),
        scopes=normalised(key.scopes),
        assigned=tuple(sorted(set(key.assigned))),
        labels=checked_labels(key.labels),
        external_id=checked_external_id(key.external_id),
    )


def changed_api_key(key: ApiKey, changes: ApiKeyChanges, *, at: datetime) -> ApiKey:
    """The key as the changes leave it; itself where they change nothing. Raises: InvalidRequest."""
    after = checked_api_key(replace(key, **stated(changes)))
    return key if after == key else replace(after, updated_at=at)


def visible(key: ApiKey, caller: Principal, own: ApiKey | None) -> bool:
    """Whether the caller may know of the key: they share a workspace, or the caller made it.

    ``own`` is the caller's key; None for callers without one, who see all of their account's.
    """
    if key.account != caller.account:
        return False
    if own is None or own.all_workspaces or key.all_workspaces:
        return True
    return key.id == own.id or key.created_by == caller.profile or not set(key.assigned).isdisjoint(own.assigned)


def require_covered(key: ApiKey, caller: Principal, own: ApiKey | None) -> None:
    """Pass where the caller has all that the key has, and may thus hand it out, or change who holds it.

    Without it, whoever manages keys could rotate a stronger one and be given its token.

    Raises: PermissionDenied, for what the caller lacks. Source: contracts/cadenya.md, 3.10, "Granting scopes".
    """
    if not key.role.within(caller.role):
        raise PermissionDenied("", f"the key is {key.role.value}, and you are {caller.role.value}")
    _require_scopes(key, caller, own)
    if own is None or own.all_workspaces:
        return
    if key.all_workspaces:
        raise PermissionDenied("", "the key reaches every workspace, and yours does not")
    if not set(key.assigned) <= set(own.assigned):
        raise PermissionDenied("", "the key reaches a workspace that yours does not")


def _require_scopes(key: ApiKey, caller: Principal, own: ApiKey | None) -> None:
    if EVERYTHING in key.scopes:
        # a key with * will have the scopes of versions to come as well: only a key with * may hand that on
        holds_all = EVERYTHING in own.scopes if own else CEILING[caller.role] <= caller.scopes
        lacking = frozenset() if holds_all else frozenset({EVERYTHING})
    else:
        lacking = expanded(key.scopes) - caller.scopes
    if lacking:
        raise PermissionDenied(min(lacking), granted=tuple(sorted(caller.scopes)))


def require_existing(named: Collection[UUID], existing: Collection[UUID]) -> None:
    """Pass where every workspace that is named exists in the account. Raises: NotFound (``workspace``)."""
    for workspace in named:
        if workspace not in existing:
            raise NotFound("workspace", workspace)


def _name(value: str) -> str:
    text = value.strip()
    if not 1 <= len(text) <= _LONGEST_NAME or "\0" in text:
        raise InvalidRequest("name", f"has 1 to {_LONGEST_NAME} characters")
    return text


def _description(value: str) -> str:
    text = value.strip()
    if len(text) > _LONGEST_DESCRIPTION or "\0" in text:
        raise InvalidRequest("description", f"has at most {_LONGEST_DESCRIPTION} characters")
    return text


def workspace_document(workspace: Workspace) -> Document:
    """The workspace as its change record shows it."""
    return {
        "name": workspace.name,
        "description": workspace.description,
        "status": workspace.status.value,
        "labels": dict(workspace.labels),
        "external_id": workspace.external_id,
        "default_model": None if workspace.default_model is None else workspace.default_model.hex,
    }


def profile_document(profile: Profile) -> Document:
    """The profile as its change record shows it."""
    return {"kind": profile.kind.value, "name": profile.name, "email": profile.email}


def member_document(member: Member) -> Document:
    """The membership as its change record shows it; the record's entity is the profile."""
    return {"workspace": member.workspace.hex, "role": member.role.value, "active": member.active}


def api_key_document(key: ApiKey) -> Document:
    """The key as its change record shows it: never its token nor its digest."""
    return {
        "name": key.name,
        "description": key.description,
        "scopes": list(key.scopes),
        "role": key.role.value,
        "all_workspaces": key.all_workspaces,
        "assigned": [workspace.hex for workspace in key.assigned],
        "enabled": key.enabled,
        "labels": dict(key.labels),
        "external_id": key.external_id,
    }
