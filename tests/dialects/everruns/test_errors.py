"""Every refusal, byte by byte: the union of what clients of every age read."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest

from armillary.dialects._kit import refusals as kit
from armillary.dialects.everruns import dialect, errors
from armillary.dialects.everruns.mapping.ids import InvalidId
from armillary.dialects.everruns.reasons import InvalidChangeReason
from armillary.domain import errors as domain

ID = UUID("019df670b5af7db7a5685a4ad18a5001")


def _body(title: str, status: int, code: str, detail: str, more: str = "") -> str:
    return (
        f'{{"type":"about:blank","title":"{title}","status":{status},"detail":"{detail}","code":"{code}",'
        f'"error":{{"code":"{code}","message":"{detail}"}}{more}}}'
    )


FROZEN = [
    pytest.param(
        domain.InvalidRequest("tags", "holds more than 250 capabilities"),
        _body(
            "Bad Request",
            400,
            "validation_error",
            "capabilities: holds more than 250 capabilities",
            ',"errors":[{"field":"capabilities","message":"holds more than 250 capabilities"}]',
        ),
        id="invalid-member",
    ),
    pytest.param(
        domain.InvalidRequest("", "the parts contradict each other"),
        _body("Bad Request", 400, "validation_error", "the parts contradict each other"),
        id="invalid",
    ),
    pytest.param(
        kit.Misplaced("request_options.headers", "expected `str`, got `int`"),
        _body(
            "Bad Request",
            400,
            "validation_error",
            "request_options.headers: expected `str`, got `int`",
            ',"errors":[{"field":"request_options.headers","message":"expected `str`, got `int`"}]',
        ),
        id="wrong-type",
    ),
    pytest.param(
        kit.Malformed("the body is not valid JSON"),
        _body("Bad Request", 400, "bad_request", "the body is not valid JSON"),
        id="malformed",
    ),
    pytest.param(
        InvalidId("", "Invalid model ID"), _body("Bad Request", 400, "bad_request", "Invalid model ID"), id="invalid-id"
    ),
    pytest.param(
        InvalidChangeReason("has more than 1000 characters"),
        _body("Bad Request", 400, "invalid_change_reason", "the change reason has more than 1000 characters"),
        id="change-reason",
    ),
    pytest.param(
        kit.BodyTooLarge(1048576),
        _body("Bad Request", 400, "bad_request", "the request exceeds allowed limits"),
        id="too-large",
    ),
    pytest.param(
        domain.Unauthenticated(),
        _body("Unauthorized", 401, "unauthorized", "no valid API key was sent"),
        id="unauthenticated",
    ),
    pytest.param(
        domain.PermissionDenied("models:manage", granted=("models:read",)),
        _body("Forbidden", 403, "forbidden", "this needs the scope models:manage"),
        id="denied",
    ),
    pytest.param(
        domain.Conflict("managed", "the platform manages this provider"),
        _body("Forbidden", 403, "provider_managed", "the platform manages this provider"),
        id="managed",
    ),
    pytest.param(
        domain.NotFound("model", ID), _body("Not Found", 404, "not_found", "Model not found"), id="model-not-found"
    ),
    pytest.param(
        domain.NotFound("provider", ID),
        _body("Not Found", 404, "not_found", "Provider not found"),
        id="provider-not-found",
    ),
    pytest.param(
        kit.RouteNotFound(), _body("Not Found", 404, "not_found", "there is nothing at this path"), id="no-route"
    ),
    pytest.param(
        kit.NotServed(),
        _body("Not Found", 404, "feature_not_enabled", "this server does not offer this operation"),
        id="not-served",
    ),
    pytest.param(
        kit.MethodNotAllowed(("GET", "PATCH")),
        _body("Method Not Allowed", 405, "method_not_allowed", "this path takes GET, PATCH"),
        id="method",
    ),
    pytest.param(
        kit.BodyTooSlow(30.0),
        _body(
            "Request Timeout",
            408,
            "request_timeout",
            "the body did not arrive within 30 seconds",
            ',"allowed_actions":[{"rel":"retry"}]',
        ),
        id="too-slow",
    ),
    pytest.param(
        domain.AlreadyExists("model", "this upstream name", existing=ID),
        _body(
            "Conflict",
            409,
            "conflict",
            "another model already has this upstream name",
            ',"allowed_actions":[{"rel":"get-existing",'
            f'"href":"https://host/api/v1/models/model_{ID.hex}","method":"GET"}}]',
        ),
        id="exists",
    ),
    pytest.param(
        domain.AlreadyExists("request", "this Idempotency-Key"),
        _body("Conflict", 409, "conflict", "another request already has this Idempotency-Key"),
        id="exists-somewhere",
    ),
    pytest.param(
        domain.Conflict("synced", "synced from its provider"),
        _body("Conflict", 409, "conflict", "synced from its provider"),
        id="conflict",
    ),
    pytest.param(
        domain.Stale("model"),
        _body(
            "Precondition Failed",
            412,
            "precondition_failed",
            "the model was changed since you read it: read it again and repeat",
        ),
        id="stale",
    ),
    pytest.param(
        domain.LimitExceeded("too many requests", retry_after_s=2.5),
        _body(
            "Too Many Requests",
            429,
            "rate_limited",
            "too many requests",
            ',"allowed_actions":[{"rel":"retry-later"}],"retry_after_seconds":3',
        ),
        id="limit",
    ),
    pytest.param(
        domain.UpstreamTimeout("OpenAI", "did not answer"),
        _body("Bad Gateway", 502, "bad_gateway", "OpenAI: did not answer", ',"allowed_actions":[{"rel":"retry"}]'),
        id="upstream",
    ),
    pytest.param(
        domain.Unavailable("the database"),
        _body(
            "Service Unavailable",
            503,
            "unavailable",
            "the database is unavailable; try again",
            ',"allowed_actions":[{"rel":"retry-later"}],"retry_after_seconds":5',
        ),
        id="unavailable",
    ),
    pytest.param(
        domain.ArmillaryError("a secret of the inside"),
        _body(
            "Internal Server Error",
            500,
            "internal_error",
            "the server met something unexpected; the request id tells the operator more",
            ',"allowed_actions":[{"rel":"retry"}]',
        ),
        id="unexpected",
    ),
]


@pytest.mark.parametrize(("error", "body"), FROZEN)
def test_the_body_is(error: domain.ArmillaryError, body: str) -> None:
    refusal = errors.linked(errors.refuse(error), "https://host")
    assert dialect.encoder.encode(refusal.body).decode() == body
    assert refusal.media_type == "application/problem+json"
    assert refusal.status == msgspec.json.decode(body)["status"]


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        pytest.param(domain.Unauthenticated(), {"www-authenticate": "Bearer"}, id="unauthenticated"),
        pytest.param(domain.LimitExceeded("full"), {"retry-after": "60"}, id="limit-without-a-hint"),
        pytest.param(domain.Unavailable("x"), {"retry-after": "5"}, id="unavailable"),
        pytest.param(kit.MethodNotAllowed(("GET",)), {"allow": "GET"}, id="method"),
        pytest.param(domain.NotFound("model"), {}, id="others"),
    ],
)
def test_the_headers_are(error: domain.ArmillaryError, headers: dict[str, str]) -> None:
    assert dict(errors.refuse(error).headers) == headers


def test_every_error_has_a_verdict_of_its_own() -> None:
    def kinds(kind: type[domain.ArmillaryError]) -> list[type[domain.ArmillaryError]]:
        return [kind, *(each for direct in kind.__subclasses__() for each in kinds(direct))]

    inside = {"armillary.domain.errors", "armillary.dialects._kit.refusals"}
    covered = [kind for kind in kinds(domain.ArmillaryError) if kind.__module__ in inside]
    unexpected = errors.REFUSALS[domain.ArmillaryError]
    unmapped = [
        kind.__name__
        for kind in covered
        if next(errors.REFUSALS[base] for base in kind.__mro__ if base in errors.REFUSALS) == unexpected
    ]
    assert unmapped == ["ArmillaryError"]


def test_codes_are_snake_case() -> None:
    codes = [code for _, code in (*errors.REFUSALS.values(), *errors.STATES.values())]
    assert all(code == code.lower() and code.replace("_", "").isalpha() for code in codes)
