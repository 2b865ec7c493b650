"""Workspaces and their members. Source: contracts/cadenya.md, 3.8."""

from __future__ import annotations

from enum import StrEnum

from msgspec import UNSET, UnsetType

from armillary.dialects.cadenya.schemas.base import Body, Instant, Reply, Text
from armillary.dialects.cadenya.schemas.lists import ListQuery, Pagination, SortedQuery
from armillary.dialects.cadenya.schemas.metadata import AccountResourceMetadata, ChangedMetadata, NewMetadata


class WorkspaceStatus(StrEnum):
    """Whether a workspace may be entered."""

    ENABLED = "STATUS_ENABLED"
    DISABLED = "STATUS_DISABLED"
    ARCHIVED = "STATUS_ARCHIVED"


class WorkspaceQuery(SortedQuery):
    """Which of the caller's workspaces to show."""

    labels: str = ""
    include_info: bool = False


class AccountWorkspaceQuery(SortedQuery):
    """Which of the account's workspaces to show."""

    labels: str = ""
    include_archived: bool = False


class WorkspaceSpecBody(Body):
    """What a caller says of a workspace."""

    description: Text | UnsetType = UNSET


class CreateWorkspace(Body):
    """Body of ``POST /account/workspaces``."""

    metadata: NewMetadata
    spec: WorkspaceSpecBody | UnsetType = UNSET


class UpdateWorkspace(Body):
    """Body of ``PATCH /account/workspaces/{id}``."""

    metadata: ChangedMetadata | UnsetType = UNSET
    spec: WorkspaceSpecBody | UnsetType = UNSET
    update_mask: Text | UnsetType = UNSET


class WorkspaceSpec(Reply):
    """What was said of a workspace."""

    description: str


class WorkspaceInfo(Reply):
    """What a workspace holds."""

    total_available_tools: int
    total_memory_entries: int
    total_agents: int
    total_agent_variations: int


class Workspace(Reply):
    """A workspace; ``metadata.id`` is the id that paths take."""

    metadata: AccountResourceMetadata
    spec: WorkspaceSpec
    status: WorkspaceStatus
    info: WorkspaceInfo | UnsetType = UNSET


class WorkspaceList(Reply):
    """A page of workspaces."""

    items: list[Workspace]
    pagination: Pagination


class MemberQuery(ListQuery):
    """Which members to show."""


class AddMember(Body):
    """Body of ``POST …/members``: exactly one of the two."""

    profile_id: Text | UnsetType = UNSET
    email: Text | UnsetType = UNSET


class WorkspaceMember(Reply):
    """A profile's place in a workspace."""

    profile_id: str
    actor_id: str
    name: str
    email: str
    added_at: Instant


class WorkspaceMemberList(Reply):
    """A page of members."""

    items: list[WorkspaceMember]
    pagination: Pagination
