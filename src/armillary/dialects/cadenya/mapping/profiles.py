"""Profiles, whoami and the account. Source: contracts/cadenya.md, 3.8 and 3.9."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from armillary.dialects.cadenya.mapping import metadata, pages
from armillary.dialects.cadenya.schemas import profiles as wire
from armillary.domain.accounts import Profile, ProfileKind, ProfileQuery, Workspace

_TYPES = {
    ProfileKind.USER: wire.ProfileType.USER,
    ProfileKind.API_KEY: wire.ProfileType.API_KEY,
    ProfileKind.SYSTEM: wire.ProfileType.SYSTEM,
}


def profile_query(query: wire.ProfileQuery, bound: pages.Filters) -> ProfileQuery:
    """The domain's query, for one more than the page shows. Raises: InvalidRequest."""
    return ProfileQuery(
        text=query.query,
        labels=pages.labels(query.labels),
        limit=pages.limit(query.limit) + 1,
        after=pages.id_after(query, bound),
    )


def profile_reply(profile: Profile) -> wire.Profile:
    """The profile."""
    return wire.Profile(
        metadata=metadata.of_profile(profile),
        spec=wire.ProfileSpec(email=profile.email, name=profile.name, type=_TYPES[profile.kind]),
    )


def profiles_reply(found: Sequence[Profile], query: wire.ProfileQuery, bound: pages.Filters) -> wire.ProfileList:
    """A page of profiles; the one too many tells that another follows."""
    shown = found[: pages.limit(query.limit)]
    last = shown[-1].id if len(shown) < len(found) else None
    return wire.ProfileList(items=[profile_reply(one) for one in shown], pagination=pages.pagination(last, bound))


def whoami_reply(profile: Profile, workspace: Workspace | None) -> wire.Whoami:
    """The caller as either generation reads it."""
    own = profile_reply(profile)
    return wire.Whoami(
        metadata=own.metadata,
        spec=own.spec,
        profile=own,
        default_workspace=UNSET if workspace is None else metadata.of_account("workspace", workspace),
    )
