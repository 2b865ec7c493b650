"""API keys: their tokens are told once, when they are made or rotated."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from armillary.dialects.native.schemas.base import (
    AnyId,
    Body,
    Cursor,
    ExternalId,
    KeyId,
    LabelFilter,
    Labels,
    Limit,
    Name,
    ProfileId,
    Query,
    Reply,
    WorkspaceId,
)
from armillary.dialects.native.schemas.workspaces import RoleName
from armillary.domain.access import EVERYTHING, SCOPES


class Key(Reply):
    """An API key: what it may do (`role`, narrowed by `scopes`), and where."""

    id: KeyId
    profile_id: ProfileId
    name: str
    description: str
    role: RoleName
    scopes: list[str]
    all_workspaces: bool
    workspaces: list[WorkspaceId]
    enabled: bool
    is_default: bool
    labels: dict[str, str]
    external_id: str | None
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None


class Keys(Reply):
    """A page of keys; `next_cursor` is null on the last one."""

    data: list[Key]
    next_cursor: str | None


class KeysQuery(Query):
    """Which keys to show; conditions add up."""

    q: Annotated[str, Meta(max_length=255, description="Part of the name.")] = ""
    workspace_id: Annotated[AnyId, Meta(description="Keys that reach this workspace.")] | None = None
    label: LabelFilter = field(default_factory=list)
    order: Literal["newest", "oldest"] = "newest"
    limit: Limit = 50
    cursor: Cursor = ""


class NewKey(Body, kw_only=True):
    """A key to be.

    It may do no more than the key that makes it. Without `role` it has the maker's; without `workspaces` and
    `all_workspaces` it reaches the workspace of the request.
    """

    name: Name
    description: Annotated[str, Meta(max_length=10_000)] = ""
    role: RoleName | None = None
    scopes: Annotated[
        list[Annotated[str, Meta(max_length=64, extra_json_schema={"enum": [EVERYTHING, *sorted(SCOPES)]})]],
        Meta(max_length=64, examples=[["models:read"], ["*"]], description="What it may do; `*` for everything."),
    ]
    all_workspaces: bool = False
    workspaces: Annotated[list[AnyId], Meta(max_length=1000)] | UnsetType = UNSET
    labels: Labels = field(default_factory=dict)
    external_id: ExternalId = ""


class KeyToken(Reply):
    """A key and its token, which is never told again."""

    key: Key
    token: str
