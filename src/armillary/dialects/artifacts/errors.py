"""Artifacts' envelope, and how it refuses what. Source: contracts/artifacts.md, 1.5."""

from __future__ import annotations

import math
from http import HTTPStatus

from armillary.dialects._kit.refusals import (
    BodyTooLarge,
    BodyTooSlow,
    Malformed,
    MethodNotAllowed,
    Misplaced,
    NotServed,
    Refusal,
    RouteNotFound,
)
from armillary.dialects.artifacts.bodies import Misfit, Mismatched
from armillary.dialects.artifacts.mapping.drafts import member
from armillary.dialects.artifacts.schemas.problems import Detail, Problem
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.errors import (
    AlreadyExists,
    ArmillaryError,
    Conflict,
    InvalidMembers,
    InvalidRequest,
    LimitExceeded,
    NotFound,
    PermissionDenied,
    StaleDraft,
    Unauthenticated,
    Unavailable,
    UpstreamError,
    UpstreamTimeout,
)

#: error -> HTTP status; the nearest base class wins.
REFUSALS: dict[type[ArmillaryError], int] = {
    InvalidRequest: 400,
    Unauthenticated: 401,
    PermissionDenied: 403,
    NotFound: 404,
    RouteNotFound: 404,
    NotServed: 404,
    MethodNotAllowed: 405,
    BodyTooSlow: 408,
    AlreadyExists: 409,
    Conflict: 409,
    BodyTooLarge: 413,
    Malformed: 422,
    Misplaced: 422,
    LimitExceeded: 429,
    UpstreamError: 502,
    Unavailable: 503,
    UpstreamTimeout: 504,
    ArmillaryError: 500,
}
_UNEXPECTED = "something went wrong inside the server"
_RETRY_AFTER_S = 1


def refuse(error: ArmillaryError) -> Refusal:
    """The error in Artifacts' envelope."""
    status = next(REFUSALS[kind] for kind in type(error).__mro__ if kind in REFUSALS)
    problem = Problem(detail=_detail(error, status))
    if isinstance(error, StaleDraft):
        differing = {_member(error.kind, slot): list(ids) for slot, ids in error.differing.items()}
        detail = f"{error}; what differs: {', '.join(sorted(differing)) or 'nothing'}"
        problem = Problem(detail=detail, version=error.version, differing=differing)
    return Refusal(status, problem, _headers(error))


def _detail(error: ArmillaryError, status: int) -> str | list[Detail]:
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return _UNEXPECTED
    if isinstance(error, Mismatched):
        return [_placed(misfit) for misfit in error.misfits]
    if isinstance(error, Malformed):
        return [_placed(Misfit(("body",), error.sentence, "json_invalid"))]
    if isinstance(error, Misplaced):
        return [_placed(Misfit(("query", error.field), error.sentence, "value_error"))]
    if isinstance(error, InvalidMembers):
        return [Detail(field=_member(error.kind, name), message=sentence) for name, sentence in error.members]
    return str(error) if error.index is None else f"Item {error.index}: {error}"


def _member(kind: str, name: str) -> str:
    """The member of a form of the kind for a slot; what is none is the wire's own word."""
    return member(Kind(kind), Slot(name)) if name in set(Slot) else name


def _placed(misfit: Misfit) -> Detail:
    return Detail(loc=list(misfit.place), msg=misfit.sentence, type=misfit.type)


def _headers(error: ArmillaryError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"www-authenticate": "Bearer"}  # RFC 9110, 11.6.1
    if isinstance(error, MethodNotAllowed):
        return {"allow": ", ".join(error.allowed)}
    if isinstance(error, LimitExceeded) and error.retry_after_s:
        return {"retry-after": str(math.ceil(error.retry_after_s))}
    return {"retry-after": str(_RETRY_AFTER_S)} if isinstance(error, Unavailable) else {}
