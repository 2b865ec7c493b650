"""Refusals: RFC 9457 problems with a stable ``code``, the ``field`` at fault, and a sentence on how to mend it."""

from __future__ import annotations

import math
import re
from http import HTTPStatus
from typing import Any

from armillary.dialects._kit.refusals import (
    BodyTooLarge,
    BodyTooSlow,
    Malformed,
    MethodNotAllowed,
    NotServed,
    Refusal,
    RouteNotFound,
)
from armillary.dialects.native.mapping import ids
from armillary.dialects.native.schemas.problems import Problem
from armillary.domain.errors import (
    AlreadyExists,
    ArmillaryError,
    Conflict,
    InvalidRequest,
    LimitExceeded,
    NotFound,
    PermissionDenied,
    Stale,
    Unauthenticated,
    Unavailable,
    UpstreamError,
    UpstreamTimeout,
)

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = 1
_LONGEST_NAME = 64
_MEMBER = re.compile(r"object (contains unknown|missing required) field `(.*)`", re.DOTALL | re.IGNORECASE)

#: error -> HTTP status, code, and what to do about it (empty where ``detail`` says it); the nearest base class wins.
REFUSALS: dict[type[ArmillaryError], tuple[int, str, str]] = {
    InvalidRequest: (400, "invalid_request", "Correct what `detail` names and send the request again."),
    Malformed: (400, "malformed_body", "Send a JSON document in UTF-8."),
    Unauthenticated: (
        401,
        "unauthenticated",
        "Send an enabled API key as `Authorization: Bearer <key>` or `X-Api-Key: <key>`.",
    ),
    PermissionDenied: (403, "permission_denied", "Use a key that may do this, or ask an owner for one."),
    NotFound: (404, "not_found", "Check the id, and that the key and `X-Workspace-Id` mean the workspace it is in."),
    RouteNotFound: (404, "route_not_found", "The operations are listed at /openapi/native.json."),
    NotServed: (501, "not_served", "The operations are listed at /openapi/native.json."),
    MethodNotAllowed: (405, "method_not_allowed", "Use a method that the header `Allow` names."),
    BodyTooSlow: (408, "body_too_slow", "Send the request again."),
    BodyTooLarge: (413, "body_too_large", "Send it in parts."),
    AlreadyExists: (409, "already_exists", "Use what is there, or choose another."),
    Conflict: (409, "conflict", ""),
    Stale: (412, "stale", "Read it again and repeat the request with the new `ETag` or revision."),
    LimitExceeded: (429, "limit_exceeded", "Wait for as long as `Retry-After` says."),
    UpstreamError: (502, "upstream_failed", "The provider is at fault: look at its own status, then try again."),
    Unavailable: (503, "unavailable", "Try again in a moment."),
    UpstreamTimeout: (504, "upstream_timeout", "The provider is at fault: look at its own status, then try again."),
    ArmillaryError: (500, "internal_error", "Try again; if it stays, look for the request's id in the server's log."),
}

#: The domain's word for a member -> this API's.
FIELDS: dict[str, str] = {
    "tags": "capabilities",
    "details": "capability_details",
    "input_modalities": "modalities.input",
    "output_modalities": "modalities.output",
    "context_tokens": "limits.context_tokens",
    "input_tokens": "limits.input_tokens",
    "output_tokens": "limits.output_tokens",
    "metadata.labels": "labels",
    "metadata.external_id": "external_id",
    "provider_type": "driver",
    "permissions": "scopes",
    "workspace_assignments": "workspaces",
    "credentials": "members",
}
_PRICES = {"base": "base_price", "override": "override_price"}
_AMOUNTS = frozenset({"input", "output", "cached_input"})


def refuse(error: ArmillaryError) -> Refusal:
    """The error as a problem."""
    status, code, mend = next(REFUSALS[kind] for kind in type(error).__mro__ if kind in REFUSALS)
    members: dict[str, Any] = {"detail": _detail(error, status), **_facts(error)}
    if mend:
        members["mend"] = mend
    problem = Problem(type="about:blank", title=HTTPStatus(status).phrase, status=status, code=code, **members)
    return Refusal(status, problem, _headers(error), MEDIA_TYPE)


def field(name: str) -> str:
    """The member as this API calls it."""
    first, dot, rest = name.partition(".")
    if dot and first in _PRICES:
        return f"{_PRICES[first]}.{rest}_usd_per_mtok" if rest in _AMOUNTS else f"{_PRICES[first]}.{rest}"
    return FIELDS.get(name, name)


def _detail(error: ArmillaryError, status: int) -> str:
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return "something went wrong inside the server"
    if isinstance(error, InvalidRequest):
        name, sentence = _placed(error)
        return f"{name}: {sentence}" if name else sentence
    return str(error)


def _placed(error: InvalidRequest) -> tuple[str, str]:
    """The member at fault and what is wrong with it; of an object with one member too many or too few, that one."""
    found = _MEMBER.fullmatch(error.sentence)
    if found is None:
        return field(error.field), error.sentence
    name = ".".join(part for part in (error.field, found.group(2)[:_LONGEST_NAME]) if part)
    return name, "is not known here" if found.group(1) == "contains unknown" else "is missing"


def _facts(error: ArmillaryError) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if isinstance(error, InvalidRequest) and _placed(error)[0]:
        facts["field"] = _placed(error)[0]
    if isinstance(error, Conflict):
        facts["state"] = error.state
    if isinstance(error, PermissionDenied) and error.scope:
        facts["scope"] = error.scope
    if isinstance(error, AlreadyExists) and error.existing:
        facts["existing"] = ids.entity(error.kind, error.existing)
    if isinstance(error, LimitExceeded) and error.retry_after_s:
        facts["retry_after_s"] = math.ceil(error.retry_after_s)
    return facts


def _headers(error: ArmillaryError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"www-authenticate": "Bearer"}
    if isinstance(error, MethodNotAllowed):
        return {"allow": ", ".join(error.allowed)}
    if isinstance(error, LimitExceeded) and error.retry_after_s:
        return {"retry-after": str(math.ceil(error.retry_after_s))}
    return {"retry-after": str(_RETRY_AFTER_S)} if isinstance(error, Unavailable) else {}
