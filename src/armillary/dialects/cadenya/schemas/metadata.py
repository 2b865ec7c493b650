"""What every resource bears: who owns it, what it is called, and what its callers hang on it.

Source: contracts/cadenya.md, 2.1 (resources of a workspace) and 3.8 (resources of the account).
"""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from armillary.dialects.cadenya.schemas.base import Body, Instant, Labels, Reply, Text


class ResourceMetadata(Reply):
    """Of a resource of a workspace."""

    id: str
    account_id: str
    workspace_id: str
    name: str
    profile_id: str
    created_at: Instant
    external_id: str
    labels: Labels
    updated_at: Instant
    bundle_key: str


class AccountResourceMetadata(Reply):
    """Of a resource of the account: it has no workspace."""

    id: str
    account_id: str
    name: str
    profile_id: str
    external_id: str
    labels: Labels
    created_at: Instant


class NewMetadata(Body):
    """Of a resource to be; ``bundleKey`` was sent from May to June 2026 only."""

    name: Text
    external_id: Text | UnsetType = UNSET
    labels: Labels | UnsetType = UNSET
    bundle_key: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET


class ChangedMetadata(Body):
    """Of a resource that changes; what the mask does not name is ignored."""

    name: Text | UnsetType = UNSET
    external_id: Text | UnsetType = UNSET
    labels: Labels | UnsetType = UNSET
