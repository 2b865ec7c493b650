"""Who calls, and in which workspace. Source: contracts/artifacts.md, 1.2."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from armillary.dialects._kit.dialects import Headers
from armillary.domain.errors import Unauthenticated
from armillary.services.access import Grant


def token(headers: Headers) -> str | None:
    """The key of ``X-Api-Key``, else of ``Authorization: Bearer``. Raises: Unauthenticated for any other scheme."""
    key = headers.get("x-api-key", "").strip()
    if key:
        return key
    scheme, _, rest = headers.get("authorization", "").strip().partition(" ")
    if not scheme:
        return None
    if scheme.lower() != "bearer" or not rest.strip():
        raise Unauthenticated("send the API key as X-Api-Key, or after Bearer")
    return rest.strip()


def workspace(grant: Grant, _headers: Headers, _path: Mapping[str, str]) -> UUID | None:
    """The workspace that the key enters by itself: this dialect names none."""
    return grant.default()
