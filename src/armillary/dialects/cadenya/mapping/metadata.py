"""The metadata that every resource bears."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import UNSET

from armillary.dialects.cadenya.mapping import ids
from armillary.dialects.cadenya.mapping.instants import instant
from armillary.dialects.cadenya.mapping.masks import clearable, mandatory
from armillary.dialects.cadenya.schemas.metadata import AccountResourceMetadata, NewMetadata, ResourceMetadata
from armillary.domain.access import Principal
from armillary.domain.accounts import Account, ApiKey, Profile, Workspace
from armillary.domain.models import Model
from armillary.domain.providers import Provider

#: The paths of it that a mask may name.
WRITABLE = ("metadata.name", "metadata.external_id", "metadata.labels")


def of_workspace(caller: Principal, kind: str, resource: Model | Provider) -> ResourceMetadata:
    """Of a resource of the workspace that the caller is in."""
    return ResourceMetadata(
        id=ids.spelled(kind, resource.id),
        account_id=ids.spelled("account", caller.account),
        workspace_id=ids.spelled("workspace", resource.workspace),
        name=resource.name,
        profile_id=ids.spelled("profile", resource.created_by),
        created_at=instant(resource.created_at),
        external_id=resource.external_id,
        labels=dict(resource.labels),
        updated_at=instant(resource.updated_at),
        bundle_key=resource.bundle,
    )


def of_account(kind: str, resource: Workspace | ApiKey) -> AccountResourceMetadata:
    """Of a resource of the account."""
    return AccountResourceMetadata(
        id=ids.spelled(kind, resource.id),
        account_id=ids.spelled("account", resource.account),
        name=resource.name,
        profile_id=ids.spelled("profile", resource.created_by),
        external_id=resource.external_id,
        labels=dict(resource.labels),
        created_at=instant(resource.created_at),
    )


def of_the_account(account: Account) -> AccountResourceMetadata:
    """Of the account itself."""
    return AccountResourceMetadata(
        id=ids.spelled("account", account.id),
        account_id=ids.spelled("account", account.id),
        name=account.name,
        profile_id=ids.spelled("profile", account.created_by),
        external_id="",
        labels={},
        created_at=instant(account.created_at),
    )


def of_profile(profile: Profile) -> AccountResourceMetadata:
    """Of a profile, which made itself."""
    return AccountResourceMetadata(
        id=ids.spelled("profile", profile.id),
        account_id=ids.spelled("account", profile.account),
        name=profile.name,
        profile_id=ids.spelled("profile", profile.id),
        external_id=profile.external_id,
        labels=dict(profile.labels),
        created_at=instant(profile.created_at),
    )


def stated(metadata: NewMetadata) -> dict[str, Any]:
    """What a caller says of a resource to be, as the domain's members; those it leaves out are absent."""
    members = {"external_id": metadata.external_id, "labels": metadata.labels, "bundle": metadata.bundle_key}
    return {"name": metadata.name} | {name: value for name, value in members.items() if value is not UNSET}


def changes(body: msgspec.Struct, mask: Collection[str]) -> dict[str, Any]:
    """What the mask changes of it, as members of the domain's changes. Raises: InvalidRequest."""
    return {
        "name": mandatory(body, "metadata.name", mask),
        "external_id": clearable(body, "metadata.external_id", mask, ""),
        "labels": clearable(body, "metadata.labels", mask, {}),
    }
