"""Who calls, and of which organisation they speak. Source: contracts/everruns.md, 1.2 and 1.3.

An organisation is a workspace.
"""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from uuid import UUID

from armillary.dialects._kit.dialects import Headers
from armillary.dialects.everruns.mapping import ids
from armillary.domain.errors import PermissionDenied, Unauthenticated
from armillary.services.access import Grant

ORGANIZATION_HEADER = "x-org-id"
ORGANIZATION_COOKIE = "everruns_org"
_SCHEMES = frozenset({"bearer", "apikey"})


def token(headers: Headers) -> str | None:
    """The token that the request carries: raw, or after ``Bearer`` or ``ApiKey`` in any case.

    Raises: Unauthenticated, for any other scheme.
    """
    words = headers.get("authorization", "").split()
    if not words:
        return None
    if len(words) == 1 and words[0].lower() not in _SCHEMES:
        return words[0]
    if len(words) != 2 or words[0].lower() not in _SCHEMES:
        raise Unauthenticated("send the API key alone, or after Bearer or ApiKey")
    return words[1]


def organization(grant: Grant, headers: Headers, _path: Mapping[str, str]) -> UUID | None:
    """The workspace that the request speaks of: of the header, else the cookie, else the caller's own.

    Raises: InvalidId for a malformed one, PermissionDenied where the caller is no member of it.
    """
    named = headers.get(ORGANIZATION_HEADER)
    if named is None:
        named = _cookie(headers)
    if named is None:
        return grant.default()
    wanted = ids.read(ids.ORGANIZATION, named.strip())
    # one that is there, and out of the caller's reach, is told like one that is not
    if wanted not in grant.workspaces or not grant.holder.reaches(wanted):
        raise PermissionDenied("", "you are not a member of this organization")
    return wanted


def _cookie(headers: Headers) -> str | None:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(ORGANIZATION_COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel is not None and morsel.value else None
