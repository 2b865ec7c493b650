"""Who calls, and in which workspace.

The account comes from the token and the workspace from the path; only the oldest clients name none, and mean the
token's only one. Source: contracts/cadenya.md, 1.1 and 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from armillary.dialects._kit.dialects import Headers
from armillary.dialects.cadenya.mapping import ids
from armillary.domain.errors import InvalidRequest, Unauthenticated
from armillary.services.access import Grant


def token(headers: Headers) -> str | None:
    """The token of ``Authorization: Bearer``; None where the header is missing or blank.

    Raises: Unauthenticated for another scheme.
    """
    scheme, _, rest = headers.get("authorization", "").strip().partition(" ")
    if not scheme:
        return None
    if scheme.lower() != "bearer":
        raise Unauthenticated("send the API key as Authorization: Bearer <key>")
    return rest.strip() or None


def workspace(grant: Grant, _headers: Headers, path: Mapping[str, str]) -> UUID:
    """The workspace that the path names, else the token's only one.

    Raises: NotFound; InvalidRequest (``workspace_id``) where the path names none and the token opens none or several.
    """
    named = path.get("workspace_id")
    if named is not None:
        return grant.find(ids.workspace_reference(named))
    only = grant.only()
    if only is None:
        raise InvalidRequest("workspace_id", "must be in the path: this token does not open exactly one workspace")
    return only
