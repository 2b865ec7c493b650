"""Accounts, workspaces, profiles and API keys: who owns what, and who may enter where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import UNSET, UnsetType

from armillary.domain.access import Role
from armillary.domain.changes import Document


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
class Member:
    """A profile's place in one workspace."""

    workspace: UUID
    profile: Profile
    role: Role
    added_at: datetime


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
    """What a caller says of a key to be."""

    name: str
    description: str = ""
    scopes: tuple[str, ...] = ()
    role: Role = Role.OWNER
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
