"""Everything that is refused is a google.rpc.Status."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from armillary.dialects._kit import refusals as kit
from armillary.dialects.cadenya import dialect
from armillary.dialects.cadenya.errors import REFUSALS, refuse
from armillary.domain import errors


def _told(error: errors.ArmillaryError) -> tuple[int, Any]:
    refusal = refuse(error)
    return refusal.status, msgspec.json.decode(dialect.encoder.encode(refusal.body))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.InvalidRequest("limit", "no"), 400, 3),
        (kit.Malformed("no JSON"), 400, 3),
        (kit.Misplaced("a", "no"), 400, 3),
        (errors.Unauthenticated(), 401, 16),
        (errors.PermissionDenied("models:read"), 403, 7),
        (errors.NotFound("model"), 404, 5),
        (kit.RouteNotFound(), 404, 5),
        (kit.MethodNotAllowed(("PUT",)), 405, 12),
        (kit.BodyTooSlow(30), 408, 4),
        (errors.AlreadyExists("model", "this name"), 409, 6),
        (errors.Conflict("managed", "no"), 400, 9),
        (errors.Stale("model"), 409, 10),
        (kit.BodyTooLarge(7), 413, 11),
        (errors.LimitExceeded("slow down"), 429, 8),
        (errors.ArmillaryError("boom: secret"), 500, 13),
        (kit.NotServed(), 501, 12),
        (errors.Unavailable("the database"), 503, 14),
        (errors.UpstreamError("acme", "failed"), 503, 14),
        (errors.UpstreamTimeout("acme", "slow"), 504, 4),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_each_error_has_its_status_and_code(error: errors.ArmillaryError, status: int, code: int) -> None:
    told, body = _told(error)
    assert (told, body["code"]) == (status, code)
    assert isinstance(body["message"], str)
    assert isinstance(body["details"], list)
    assert type(error) in REFUSALS or type(error) in {kit.Malformed, kit.Misplaced}


def test_not_found_is_told_exactly_so() -> None:
    assert _told(errors.NotFound("model", "anything")) == (
        404,
        {"code": 5, "message": "model not found", "details": []},
    )


def test_a_violation_names_the_member_as_this_api_does() -> None:
    assert _told(errors.InvalidRequest("upstream_name", "has 1 to 255 characters"))[1] == {
        "code": 3,
        "message": "validation failed",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [{"field": "spec.provider_model_id", "description": "has 1 to 255 characters"}],
            }
        ],
    }


def test_a_missing_scope_is_told_to_programs() -> None:
    denied = errors.PermissionDenied("models:manage", granted=("api_keys:read", "models:read"))
    assert _told(denied)[1]["details"] == [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "SCOPE_MISSING",
            "domain": "api.cadenya.com",
            "metadata": {"required_scope": "models:manage", "granted_scopes": "api_keys:read,models:read"},
        }
    ]


def test_an_internal_error_tells_nothing() -> None:
    assert _told(errors.ArmillaryError("boom: secret"))[1]["message"] == "internal error"


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (errors.Unauthenticated(), {"www-authenticate": "Bearer"}),
        (kit.MethodNotAllowed(("GET", "PUT")), {"allow": "GET, PUT"}),
        (errors.LimitExceeded("slow down", retry_after_s=1.2), {"retry-after": "2"}),
        (errors.Unavailable("the database"), {"retry-after": "1"}),
        (errors.NotFound("model"), {}),
    ],
)
def test_headers(error: errors.ArmillaryError, headers: dict[str, str]) -> None:
    assert refuse(error).headers == headers
