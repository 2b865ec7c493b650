"""Who calls, and in which workspace. Source: contracts/artifacts.md, 1.2.

The key arrives as ``X-Api-Key``, as ``Authorization: Bearer``, or both; a bearer may be a signed token as well. Where
both are sent, both have to open something, the key is looked at first, and the bearer says who calls.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from armillary.dialects._kit.dialects import Headers
from armillary.domain.errors import Unauthenticated
from armillary.services.access import Grant

WORKSPACE_HEADER = "x-workspace-id"
_BEARER = re.compile(r"bearer ([^ ]+)", re.IGNORECASE)


def token(headers: Headers) -> str | None:
    """Who calls: the bearer, else the API key. Raises: Unauthenticated for any other form of ``Authorization``."""
    authorization = headers.get("authorization", "")
    if not authorization:
        return _api_key(headers)
    bearer = _BEARER.fullmatch(authorization)
    if bearer is None:
        raise Unauthenticated("Authorization is Bearer, one space, and a token or an API key")
    return bearer[1]


def further(headers: Headers) -> str | None:
    """The API key that was sent besides a bearer."""
    return _api_key(headers) if headers.get("authorization") else None


def workspace(grant: Grant, headers: Headers, _path: Mapping[str, str]) -> UUID | None:
    """The workspace that ``X-Workspace-Id`` names, else the token's, else the one that the key enters by itself.

    The contract knows one workspace alone; the header, by its id or its external id, is for keys that reach several.
    Raises: NotFound for a workspace that the account has not.
    """
    named = headers.get(WORKSPACE_HEADER, "").strip()
    return grant.find(_reference(named)) if named else grant.default()


def _reference(named: str) -> UUID | str:
    try:
        return UUID(named.removeprefix("workspace_"))
    except ValueError:
        return named


def _api_key(headers: Headers) -> str | None:
    return headers.get("x-api-key", "").strip() or None
