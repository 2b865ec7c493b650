"""API keys, as the two families of clients read them. Source: contracts/cadenya.md, 3.10."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from armillary.dialects.cadenya.schemas.base import Body, Reply, Text
from armillary.dialects.cadenya.schemas.lists import FilteredQuery, Pagination
from armillary.dialects.cadenya.schemas.metadata import AccountResourceMetadata, ChangedMetadata, NewMetadata
from armillary.dialects.cadenya.schemas.models import State
from armillary.dialects.cadenya.schemas.profiles import Profile


class APIKeyQuery(FilteredQuery):
    """Which keys to show; ``workspaceId`` is one that they reach, ``prefix`` begins their ids."""

    workspace_id: str = ""
    bundle_key: str = ""


class WorkspaceAssignment(Body):
    """A workspace that a key reaches, in any spelling of its id."""

    workspace_id: Text


class APIKeySpecBody(Body):
    """What a caller says of a key; ``token``, ``default`` and ``system`` are read only, and ignored."""

    description: Text | UnsetType = UNSET
    permissions: list[Text] | UnsetType = UNSET
    all_workspaces: bool | UnsetType = UNSET
    workspace_assignments: list[WorkspaceAssignment] | UnsetType = UNSET


class CreateAPIKey(Body):
    """Body of ``POST …/api_keys``."""

    metadata: NewMetadata
    spec: APIKeySpecBody | UnsetType = UNSET


class UpdateAPIKey(Body):
    """Body of ``PATCH …/api_keys/{id}``."""

    metadata: ChangedMetadata | UnsetType = UNSET
    spec: APIKeySpecBody | UnsetType = UNSET
    update_mask: Text | UnsetType = UNSET


class Assignment(Reply):
    """A workspace that a key reaches."""

    workspace_id: str


class APIKeySpec(Reply):
    """A key; ``token`` is empty but in the reply that made it."""

    token: str
    description: str
    permissions: list[str]
    system: bool
    all_workspaces: bool
    workspace_assignments: list[Assignment]
    default: bool


class APIKeyInfo(Reply):
    """Who made a key, and which workspaces it reaches."""

    created_by: Profile | UnsetType = UNSET
    workspaces: list[AccountResourceMetadata] | UnsetType = UNSET


class APIKey(Reply):
    """A key of either family."""

    metadata: AccountResourceMetadata
    spec: APIKeySpec
    state: State
    info: APIKeyInfo | UnsetType = UNSET


class APIKeyList(Reply):
    """A page of keys."""

    items: list[APIKey]
    pagination: Pagination
