"""Workspaces, and who the caller is in them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, field

from armillary.dialects.native.schemas.base import (
    AccountId,
    Body,
    Cursor,
    ExternalId,
    KeyId,
    LabelFilter,
    Labels,
    Limit,
    ModelId,
    Name,
    ProfileId,
    Query,
    Reply,
    WorkspaceId,
)

RoleName = Literal["owner", "admin", "member", "viewer"]


class Workspace(Reply):
    """The unit of isolation: every model and provider belongs to exactly one."""

    id: WorkspaceId
    name: str
    description: str
    status: Literal["enabled", "archived"]
    default_model_id: ModelId | None
    labels: dict[str, str]
    external_id: str | None
    created_at: datetime
    updated_at: datetime
    revision: int


class Workspaces(Reply):
    """A page of workspaces that the key may enter; `next_cursor` is null on the last one."""

    data: list[Workspace]
    next_cursor: str | None


class WorkspacesQuery(Query):
    """Which workspaces to show; conditions add up."""

    label: LabelFilter = field(default_factory=list)
    order: Literal["newest", "oldest"] = "newest"
    limit: Limit = 50
    cursor: Cursor = ""


class NewWorkspace(Body):
    """A workspace to be; it is seeded with the catalogue."""

    name: Name
    description: Annotated[str, Meta(max_length=10_000)] = ""
    labels: Labels = field(default_factory=dict)
    external_id: ExternalId = ""


class EnteredWorkspace(Reply):
    """The workspace that a request speaks of."""

    id: WorkspaceId
    name: str
    external_id: str | None


class Whoami(Reply):
    """Who calls, where, and what it may do there.

    `workspace` is null where the key reaches none, `key_id` and `key_name` where a signed token was sent in its place.
    """

    account_id: AccountId
    profile_id: ProfileId
    key_id: KeyId | None
    key_name: str | None
    workspace: EnteredWorkspace | None
    role: RoleName
    scopes: list[str]
