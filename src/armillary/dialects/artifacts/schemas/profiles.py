"""Profiles. Source: contracts/artifacts.md, 3.6, with its decision 28."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from armillary.dialects.artifacts.schemas.base import MOST_ITEMS, Body, Ids, Offset, PageSize, Reply, Text, Texts
from armillary.dialects.artifacts.schemas.filters import FilterSection, Search
from armillary.dialects.artifacts.schemas.resources import RoleRow
from armillary.dialects.artifacts.schemas.results import Deleted, ProfileResultItem
from armillary.dialects.artifacts.schemas.sections import (
    DepartmentSection,
    EmailSection,
    EmptySection,
    FlagSection,
    NameSection,
    RoleSection,
)

_LONGEST_WORD = 64
_MOST_WORDS = 20

# Get


class GetProfileRequest(Body, frozen=True, kw_only=True):
    """Which profile to show in its form; null for the form of a new one."""

    profile_id: UUID | None = None
    draft_id: UUID | None = None


class GetProfileResponse(Reply, frozen=True, kw_only=True):
    """A profile's form.

    ``role`` is the profile's role in a word, null for a new one; ``role_options`` are the roles that the actor may
    give. ``request_limits`` is always empty.
    """

    actor_name: str | None
    profile_exists: bool | None
    can_edit: bool | None
    disabled_reason: str | None
    draft_version: int | None
    group_id: UUID | None
    basic_show_ai_generate: bool | None = False
    role: str | None
    role_options: list[RoleRow] | None
    names: NameSection | None
    emails: EmailSection | None
    request_limits: EmptySection | None
    flags: FlagSection | None
    departments: DepartmentSection | None
    roles: RoleSection | None


# Search


class SearchProfilesRequest(Body, frozen=True, kw_only=True):
    """Whom to find: any of each filter, all of the filters and the text. There are no cohorts, so those find nobody."""

    search: Search | None = None
    cohort_ids: Ids | None = None
    filter_department_ids: Ids | None = None
    role_filter: (
        Annotated[list[Annotated[str, Meta(max_length=_LONGEST_WORD)]], Meta(max_length=_MOST_WORDS)] | None
    ) = None
    cohort_search: Search | None = None
    department_search: Search | None = None
    role_search: Search | None = None
    page_size: PageSize | None = 12
    page_offset: Offset | None = 0


class ListProfile(Reply, frozen=True, kw_only=True):
    """Somebody on the workspace's roster, people and API keys alike.

    ``role`` is the word that rules look at, ``role_name`` what people call it. ``email`` is null for those that the
    actor may not view.
    """

    profile_id: UUID | None
    name: str | None
    email: str | None
    role: str | None
    role_name: str | None
    department_ids: list[str] | None
    primary_department_id: UUID | None
    is_inactive: bool | None
    active: bool | None
    can_edit: bool | None
    can_duplicate: bool | None
    can_delete: bool | None
    created_at: datetime | None


class SearchProfilesResponse(Reply, frozen=True, kw_only=True):
    """One page of profiles, and by what they may be narrowed."""

    actor_name: str | None
    profiles: list[ListProfile] | None
    cohort_filter: FilterSection | None
    department_filter: FilterSection | None
    role_filter: FilterSection | None
    total_count: int | None


# Create and update


class ProfileItem(Body, frozen=True, kw_only=True):
    """What a profile is; an id wins over the text of the same meaning.

    Of ``emails`` and ``role_ids`` the first counts, and the first of the departments is the primary one.
    ``request_limit_id`` is ignored. ``active_flag`` is ``flag_id`` as a word: false keeps the profile from entering.
    """

    name_id: UUID | None = None
    name: Text | None = None
    request_limit_id: UUID | None = None
    flag_id: UUID | None = None
    active_flag: bool | None = None
    department_ids: Ids | None = None
    departments: Texts | None = None
    email_ids: Ids | None = None
    emails: Texts | None = None
    role_ids: Ids | None = None


class CreateProfileItem(ProfileItem, frozen=True, kw_only=True):
    """A profile to make, a guest unless it states a role."""

    id: UUID | None = None


class UpdateProfileItem(ProfileItem, frozen=True, kw_only=True):
    """What to change of a profile: null keeps, ``[]`` removes, a list replaces."""

    profile_id: UUID


class CreateProfilesRequest(Body, frozen=True, kw_only=True):
    """Profiles to make, all or none."""

    profiles: Annotated[list[CreateProfileItem], Meta(max_length=MOST_ITEMS)]


class UpdateProfilesRequest(Body, frozen=True, kw_only=True):
    """Profiles to change, all or none."""

    profiles: Annotated[list[UpdateProfileItem], Meta(max_length=MOST_ITEMS)]


class ProfileResults(Reply, frozen=True, kw_only=True):
    """What became of each item, in their order."""

    results: list[ProfileResultItem]


# Delete


class DeleteProfilesRequest(Body, frozen=True, kw_only=True):
    """Which profiles to delete, all or none."""

    profile_ids: Annotated[list[UUID], Meta(max_length=MOST_ITEMS)]


class DeleteProfileResult(Deleted, frozen=True, kw_only=True):
    """One profile that is gone from the workspace."""

    profile_id: UUID


class DeletedProfiles(Reply, frozen=True, kw_only=True):
    """The profiles that are gone, in the order of the request."""

    results: list[DeleteProfileResult]


# Export


class ExportProfilesRequest(Body, frozen=True, kw_only=True):
    """Which profile to export; null: all that the caller may see."""

    profile_id: UUID | None = None
