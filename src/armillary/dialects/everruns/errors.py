"""Everruns' envelope, and how it refuses what. Source: contracts/everruns.md, 1.8 and 1.9.

The body is the union of what clients of every age read: a problem document, and inside it the ``error`` object.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from armillary.dialects._kit.refusals import (
    BodyTooLarge,
    BodyTooSlow,
    Malformed,
    MethodNotAllowed,
    NotServed,
    Refusal,
    RouteNotFound,
)
from armillary.dialects.everruns.mapping.ids import InvalidId
from armillary.dialects.everruns.mapping.links import ROOT, resource_path
from armillary.dialects.everruns.reasons import InvalidChangeReason
from armillary.dialects.everruns.schemas.base import Action
from armillary.dialects.everruns.schemas.problems import ErrorObject, FieldError, Problem
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
)

MEDIA_TYPE = "application/problem+json"

#: error -> HTTP status and Everruns' code; the nearest base class wins.
REFUSALS: dict[type[ArmillaryError], tuple[int, str]] = {
    InvalidRequest: (400, "validation_error"),
    Malformed: (400, "bad_request"),
    InvalidId: (400, "bad_request"),
    InvalidChangeReason: (400, "invalid_change_reason"),
    BodyTooLarge: (400, "bad_request"),
    Unauthenticated: (401, "unauthorized"),
    PermissionDenied: (403, "forbidden"),
    NotFound: (404, "not_found"),
    RouteNotFound: (404, "not_found"),
    NotServed: (404, "feature_not_enabled"),
    MethodNotAllowed: (405, "method_not_allowed"),
    BodyTooSlow: (408, "request_timeout"),
    AlreadyExists: (409, "conflict"),
    Conflict: (409, "conflict"),
    Stale: (412, "precondition_failed"),
    LimitExceeded: (429, "rate_limited"),
    UpstreamError: (502, "bad_gateway"),
    Unavailable: (503, "unavailable"),
    ArmillaryError: (500, "internal_error"),
}
#: A conflict's state -> status and code, where it has its own.
STATES: dict[str, tuple[int, str]] = {"managed": (403, "provider_managed")}
#: The domain's members that have another name on the wire.
_WIRE_NAMES = {
    "tags": "capabilities",
    "upstream_name": "model_id",
    "provider": "provider_id",
    "driver": "provider_type",
    "favourite": "is_favorite",
}
#: Statuses after which the very same request may succeed: at once, or later.
_RETRY = frozenset({408, 500, 502})
_RETRY_LATER = frozenset({429, 503})
#: contracts/everruns.md, 1.9: the hint of a rate limit that states none.
_RETRY_AFTER_S = 60
_UNAVAILABLE_S = 5
_TOO_LARGE = "the request exceeds allowed limits"
_UNEXPECTED = "the server met something unexpected; the request id tells the operator more"


def refuse(error: ArmillaryError) -> Refusal:
    """The error in Everruns' envelope; hrefs begin at the origin, which ``linked`` puts before them."""
    status, code = _verdict(error)
    detail = _detail(error, status)
    wait = _wait(error, status)
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        error=ErrorObject(code=code, message=detail),
        errors=_field_errors(error),
        allowed_actions=_actions(error, status),
        retry_after_seconds=UNSET if wait is None else wait,
    )
    return Refusal(status, body, _headers(error, status, wait), MEDIA_TYPE)


def linked(refusal: Refusal, origin: str) -> Refusal:
    """The refusal with absolute hrefs."""
    body = refusal.body
    if not isinstance(body, Problem) or not body.allowed_actions:
        return refusal
    actions = [
        msgspec.structs.replace(action, href=origin + action.href) if action.href else action
        for action in body.allowed_actions
    ]
    whole = msgspec.structs.replace(body, allowed_actions=actions)
    return Refusal(refusal.status, whole, refusal.headers, refusal.media_type)


def _verdict(error: ArmillaryError) -> tuple[int, str]:
    if isinstance(error, Conflict) and error.state in STATES:
        return STATES[error.state]
    return next(REFUSALS[kind] for kind in type(error).__mro__ if kind in REFUSALS)


def _detail(error: ArmillaryError, status: int) -> str:
    if isinstance(error, BodyTooLarge):
        return _TOO_LARGE
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return _UNEXPECTED
    if isinstance(error, NotFound):
        return f"{error.kind.capitalize()} not found"
    if isinstance(error, InvalidRequest) and error.field:
        return f"{_wire_name(error.field)}: {error.sentence}"
    return str(error)


def _wire_name(field: str) -> str:
    first, dot, rest = field.partition(".")
    return _WIRE_NAMES.get(first, first) + dot + rest


def _field_errors(error: ArmillaryError) -> list[FieldError] | UnsetType:
    if not isinstance(error, InvalidRequest) or not error.field:
        return UNSET
    return [FieldError(field=_wire_name(error.field), message=error.sentence)]


def _actions(error: ArmillaryError, status: int) -> list[Action] | UnsetType:
    if isinstance(error, AlreadyExists) and error.existing is not None:
        return [Action(rel="get-existing", method="GET", href=_existing(error.kind, error.existing))]
    if status in _RETRY:
        return [Action(rel="retry")]
    return [Action(rel="retry-later")] if status in _RETRY_LATER else UNSET


def _existing(kind: str, existing: UUID) -> str:
    return ROOT + resource_path(kind, existing)


def _wait(error: ArmillaryError, status: int) -> int | None:
    if isinstance(error, LimitExceeded):
        return _RETRY_AFTER_S if error.retry_after_s is None else max(1, math.ceil(error.retry_after_s))
    return _UNAVAILABLE_S if status == HTTPStatus.SERVICE_UNAVAILABLE else None


def _headers(error: ArmillaryError, status: int, wait: int | None) -> Mapping[str, str]:
    if wait is not None:
        return {"retry-after": str(wait)}
    if isinstance(error, MethodNotAllowed):
        return {"allow": ", ".join(error.allowed)}
    # RFC 9110, 11.6.1: a 401 names a scheme that would do.
    return {"www-authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
