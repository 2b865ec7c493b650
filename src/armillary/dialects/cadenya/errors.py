"""Refusals: everything that is not 2xx answers with a ``google.rpc.Status``. Source: contracts/cadenya.md, 1.7."""

from __future__ import annotations

import math

from armillary.dialects._kit.refusals import (
    BodyTooLarge,
    BodyTooSlow,
    Malformed,
    MethodNotAllowed,
    NotServed,
    Refusal,
    RouteNotFound,
)
from armillary.dialects.cadenya.schemas.statuses import BAD_REQUEST, ERROR_INFO, Detail, FieldViolation, Status
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

DOMAIN = "api.cadenya.com"
_RETRY_AFTER_S = 1

#: error -> HTTP status and rpc code; the nearest base class wins. A failed precondition is 400: clients repeat a 409.
REFUSALS: dict[type[ArmillaryError], tuple[int, int]] = {
    InvalidRequest: (400, 3),
    Unauthenticated: (401, 16),
    PermissionDenied: (403, 7),
    NotFound: (404, 5),
    RouteNotFound: (404, 5),
    MethodNotAllowed: (405, 12),
    BodyTooSlow: (408, 4),
    AlreadyExists: (409, 6),
    Conflict: (400, 9),
    Stale: (409, 10),
    BodyTooLarge: (413, 11),
    LimitExceeded: (429, 8),
    NotServed: (501, 12),
    UpstreamError: (503, 14),
    UpstreamTimeout: (504, 4),
    Unavailable: (503, 14),
    ArmillaryError: (500, 13),
}
#: A conflict's state -> status and rpc code, where it is no failed precondition: a race, or what repeats a request
#: (design.md, "What holds for everything": 409).
STATES: dict[str, tuple[int, int]] = dict.fromkeys(("busy", "idempotency_mismatch", "idempotency_pending"), (409, 10))

#: The domain's word for a thing -> Cadenya's.
KINDS = {"provider": "AI provider key", "api_key": "API key", "request": "request"}

#: The domain's word for a member -> its path on this wire.
FIELDS: dict[str, str] = {
    "name": "metadata.name",
    "description": "spec.description",
    "upstream_name": "spec.provider_model_id",
    "vendor": "spec.provider",
    "family": "spec.family",
    "tags": "spec.capabilities",
    "details": "spec.capabilities",
    "context_tokens": "spec.max_input_tokens",
    "input_tokens": "spec.max_input_tokens",
    "output_tokens": "spec.max_output_tokens",
    "base.input": "spec.input_price_per_million_tokens",
    "base.output": "spec.output_price_per_million_tokens",
    "base.cached_input": "spec.cached_input_price_per_million_tokens",
    "override.input": "pricing_override.input_price_per_million_tokens",
    "override.output": "pricing_override.output_price_per_million_tokens",
    "override.cached_input": "pricing_override.cached_input_price_per_million_tokens",
    "provider_type": "spec.provider",
    "base_url": "spec.config.openai_compatible.base_url",
    "config": "spec.config",
    "credentials": "spec.credentials",
    "credential": "spec.credentials",
    "api_key": "spec.credentials.api_key.api_key",
    "permissions": "spec.permissions",
    "workspace_assignments": "spec.workspace_assignments",
}


def refuse(error: ArmillaryError) -> Refusal:
    """The error as a Status."""
    status, code = _verdict(error)
    body = Status(code=code, message=_message(error, status), details=_details(error))
    return Refusal(status, body, _headers(error))


def _verdict(error: ArmillaryError) -> tuple[int, int]:
    if isinstance(error, Conflict) and error.state in STATES:
        return STATES[error.state]
    return next(REFUSALS[kind] for kind in type(error).__mro__ if kind in REFUSALS)


def _message(error: ArmillaryError, status: int) -> str:
    if status == 500:
        return "internal error"
    if isinstance(error, Malformed):
        return error.sentence
    if isinstance(error, InvalidRequest):
        return "validation failed"
    if isinstance(error, NotFound):
        return f"{_kind(error.kind)} not found"
    if isinstance(error, AlreadyExists):
        return f"another {_kind(error.kind)} already has {error.key}"
    return str(error)


def _kind(kind: str) -> str:
    return KINDS.get(kind, kind)


def _details(error: ArmillaryError) -> list[Detail]:
    if isinstance(error, InvalidRequest) and not isinstance(error, Malformed):
        violation = FieldViolation(field=FIELDS.get(error.field, error.field), description=error.sentence)
        return [Detail(type=BAD_REQUEST, field_violations=[violation])]
    if isinstance(error, PermissionDenied) and error.scope:
        scopes = {"required_scope": error.scope, "granted_scopes": ",".join(error.granted)}
        return [Detail(type=ERROR_INFO, reason="SCOPE_MISSING", domain=DOMAIN, metadata=scopes)]
    return []


def _headers(error: ArmillaryError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"www-authenticate": "Bearer"}
    if isinstance(error, MethodNotAllowed):
        return {"allow": ", ".join(error.allowed)}
    if isinstance(error, LimitExceeded):
        return {"retry-after": str(math.ceil(error.retry_after_s or _RETRY_AFTER_S))}
    return {"retry-after": str(_RETRY_AFTER_S)} if isinstance(error, Unavailable) else {}
