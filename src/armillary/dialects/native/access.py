"""Who calls, and in which workspace: the credential's forms, and how a request names a workspace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote
from uuid import UUID

from armillary.dialects._kit.dialects import Headers
from armillary.dialects.native.mapping import ids
from armillary.domain.errors import InvalidRequest, Unauthenticated
from armillary.services.access import Grant

WORKSPACE_HEADER = "x-workspace-id"
_SCHEMES = frozenset({"bearer", "apikey"})
REASON_HEADER = "x-change-reason"
_EXTERNAL = "external_id:"
_LONGEST_REASON = 1000
_CREDENTIAL = re.compile(r"(?:arm_|evr_pat_|evr_ak_|sk-|whsec_)[A-Za-z0-9_\-]{12,}")


def token(headers: Headers) -> str | None:
    """The key of ``Authorization`` (``Bearer``, ``ApiKey`` or raw), else of ``X-Api-Key``; None where neither is.

    Raises: Unauthenticated for a scheme that is neither.
    """
    stated = headers.get("authorization", "").strip()
    if not stated:
        return headers.get("x-api-key", "").strip() or None
    scheme, space, rest = stated.partition(" ")
    if not space:
        return stated
    if scheme.lower() not in _SCHEMES:
        raise Unauthenticated("this scheme of Authorization is not understood")
    return rest.strip()


def workspace(grant: Grant, headers: Headers, _path: Mapping[str, str]) -> UUID | None:
    """The workspace that ``X-Workspace-Id`` names by any spelling of its id or its external id, else the key's own.

    Raises: NotFound for a workspace that the account has not.
    """
    named = headers.get(WORKSPACE_HEADER, "").strip()
    if not named:
        return grant.only() or grant.default()
    prefix, _, digits = named.rpartition("_")
    value = ids.bare(digits) if prefix in {"", *ids.PREFIXES["workspace"]} else None
    return grant.find(named.removeprefix(_EXTERNAL) if value is None else value)


def reason(headers: Headers) -> str | None:
    """Why the caller changes something, in ``X-Change-Reason``: percent-encoded UTF-8; None where it does not say.

    Raises: InvalidRequest where it is too long, not text, or looks like a credential: it would stand in the trail.
    """
    stated = headers.get(REASON_HEADER, "").strip()
    try:
        text = unquote(stated, errors="strict").strip()
    except UnicodeDecodeError as exc:
        raise InvalidRequest("X-Change-Reason", "is percent-encoded UTF-8") from exc
    if len(text) > _LONGEST_REASON or not text.isprintable():
        raise InvalidRequest("X-Change-Reason", f"has at most {_LONGEST_REASON} printable characters")
    if _CREDENTIAL.search(text):
        raise InvalidRequest("X-Change-Reason", "looks like it holds a credential: leave that out")
    return text or None
