"""Profiles, and who the caller is. Source: contracts/cadenya.md, 3.8 and 3.9."""

from __future__ import annotations

from enum import StrEnum

from msgspec import UNSET, UnsetType

from armillary.dialects.cadenya.schemas.base import Reply
from armillary.dialects.cadenya.schemas.lists import ListQuery, Pagination
from armillary.dialects.cadenya.schemas.metadata import AccountResourceMetadata


class ProfileType(StrEnum):
    """What stands behind a profile."""

    UNSPECIFIED = "PROFILE_TYPE_UNSPECIFIED"
    USER = "PROFILE_TYPE_USER"
    API_KEY = "PROFILE_TYPE_API_KEY"
    SYSTEM = "PROFILE_TYPE_SYSTEM"


class ProfileQuery(ListQuery):
    """Which profiles to show; ``query`` is part of a name or an e-mail address."""

    query: str = ""
    labels: str = ""


class ProfileSpec(Reply):
    """Who it is."""

    email: str
    name: str
    type: ProfileType


class Profile(Reply):
    """Somebody or something that acts."""

    metadata: AccountResourceMetadata
    spec: ProfileSpec


class ProfileList(Reply):
    """A page of profiles."""

    items: list[Profile]
    pagination: Pagination


class Whoami(Reply):
    """The caller's profile as clients until 1.5 read it, and wrapped, as 1.8 does."""

    metadata: AccountResourceMetadata
    spec: ProfileSpec
    profile: Profile
    default_workspace: AccountResourceMetadata | UnsetType = UNSET
