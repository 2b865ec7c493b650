"""Every refusal is a problem with a status, a stable code, and what to do about it."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

import msgspec
import pytest

from armillary.dialects._kit import refusals
from armillary.dialects._kit.bodies import decoded
from armillary.dialects._kit.dialects import decode_json
from armillary.dialects.native.errors import MEDIA_TYPE, REFUSALS, field, refuse
from armillary.dialects.native.schemas.models import UpdateModel
from armillary.dialects.native.schemas.problems import Problem
from armillary.domain import errors

SAMPLE = UUID(int=7)
CASES: list[tuple[errors.ArmillaryError, int, str, dict[str, object]]] = [
    (errors.InvalidRequest("tags", "is wrong"), 400, "invalid_request", {"field": "capabilities"}),
    (refusals.Misplaced("limit", "is wrong"), 400, "invalid_request", {"field": "limit"}),
    (refusals.Malformed("the body is not valid JSON"), 400, "malformed_body", {}),
    (errors.Unauthenticated(), 401, "unauthenticated", {}),
    (errors.PermissionDenied("models:manage"), 403, "permission_denied", {"scope": "models:manage"}),
    (errors.NotFound("model", SAMPLE), 404, "not_found", {}),
    (refusals.RouteNotFound(), 404, "route_not_found", {}),
    (refusals.MethodNotAllowed(("GET", "PATCH")), 405, "method_not_allowed", {}),
    (refusals.BodyTooSlow(30), 408, "body_too_slow", {}),
    (
        errors.AlreadyExists("model", "this name", existing=SAMPLE),
        409,
        "already_exists",
        {"existing": f"model_{SAMPLE.hex}"},
    ),
    (errors.Conflict("managed", "cannot be"), 409, "conflict", {"state": "managed"}),
    (errors.Stale("model"), 412, "stale", {"state": "stale"}),
    (refusals.BodyTooLarge(10), 413, "body_too_large", {}),
    (errors.LimitExceeded("too many", retry_after_s=1.5), 429, "limit_exceeded", {"retry_after_s": 2}),
    (errors.ArmillaryError("a secret detail"), 500, "internal_error", {}),
    (refusals.NotServed(), 501, "not_served", {}),
    (errors.UpstreamError("openai", "failed"), 502, "upstream_failed", {}),
    (errors.Unavailable("the database"), 503, "unavailable", {}),
    (errors.UpstreamTimeout("openai", "was silent"), 504, "upstream_timeout", {}),
]


@pytest.mark.parametrize(("error", "status", "code", "facts"), CASES, ids=lambda case: type(case).__name__)
def test_a_refusal_is_a_problem(error: errors.ArmillaryError, status: int, code: str, facts: dict[str, object]) -> None:
    refusal = refuse(error)
    body = msgspec.to_builtins(refusal.body)
    told = {name: body.pop(name) for name in ("detail", "mend") if name in body}
    assert (refusal.status, refusal.media_type) == (status, MEDIA_TYPE)
    title = HTTPStatus(status).phrase
    assert body == {"type": "about:blank", "title": title, "status": status, "code": code, **facts}
    assert told["detail"]


def test_every_refusal_has_a_case() -> None:
    assert {type(error) for error, *_ in CASES} >= set(REFUSALS)


def test_codes_are_stable_words() -> None:
    codes = [code for _, code, _ in REFUSALS.values()]
    assert len(codes) == len(set(codes))
    assert all(code.replace("_", "").isalpha() for code in codes)


def test_what_went_wrong_inside_stays_inside() -> None:
    assert b"secret" not in msgspec.json.encode(refuse(errors.ArmillaryError("a secret detail")).body)


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        pytest.param(errors.Unauthenticated(), "www-authenticate", "Bearer", id="a-challenge"),
        pytest.param(refusals.MethodNotAllowed(("GET", "PUT")), "allow", "GET, PUT", id="the-methods"),
        pytest.param(errors.LimitExceeded("", retry_after_s=0.2), "retry-after", "1", id="when-to-retry"),
        pytest.param(errors.Unavailable("it"), "retry-after", "1", id="that-it-may-be-retried"),
    ],
)
def test_headers_tell(error: errors.ArmillaryError, header: str, value: str) -> None:
    assert refuse(error).headers == {header: value}


@pytest.mark.parametrize(
    ("domains", "ours"),
    [
        ("base.input", "base_price.input_usd_per_mtok"),
        ("override.cached_input", "override_price.cached_input_usd_per_mtok"),
        ("base.tiers", "base_price.tiers"),
        ("output_tokens", "limits.output_tokens"),
        ("metadata.labels", "labels"),
        ("name", "name"),
    ],
)
def test_a_member_is_named_as_this_api_names_it(domains: str, ours: str) -> None:
    assert field(domains) == ours


def test_a_problem_refuses_to_be_half_told() -> None:
    with pytest.raises(TypeError):
        Problem(type="about:blank", title="Bad Request", status=400, detail="x")  # type: ignore[call-arg]  # the point


@pytest.mark.parametrize(
    ("body", "member", "detail"),
    [
        pytest.param(b'{"nam": "x"}', "nam", "nam: is not known here", id="one-too-many"),
        pytest.param(b'{"facts": {"x": 1}}', "facts.x", "facts.x: is not known here", id="one-too-many-within"),
        pytest.param(
            b'{"base_price": {"tiers": [{"above_tokens": 1}]}}',
            "base_price.tiers[0].input_usd_per_mtok",
            "base_price.tiers[0].input_usd_per_mtok: is missing",
            id="one-too-few",
        ),
        pytest.param(b'{"limits": {"input_tokens": -1}}', "limits.input_tokens", None, id="out-of-bounds"),
        pytest.param(b"[]", None, "expected `object`, got `array`", id="no-object"),
    ],
)
def test_the_member_at_fault_is_named(body: bytes, member: str | None, detail: str | None) -> None:
    with pytest.raises(refusals.Misplaced) as refused:
        decoded(body, UpdateModel, decode_json)
    told = msgspec.to_builtins(refuse(refused.value).body)
    assert told.get("field") == member
    assert detail in {None, told["detail"]}
