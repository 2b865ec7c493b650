from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from armillary.dialects._kit.refusals import (
    BodyTooLarge,
    BodyTooSlow,
    Malformed,
    MethodNotAllowed,
    Misplaced,
    NotServed,
    RouteNotFound,
)
from armillary.dialects.artifacts.bodies import Misfit, Mismatched
from armillary.dialects.artifacts.errors import REFUSALS, refuse
from armillary.domain import errors as domain
from armillary.domain.errors import (
    AlreadyExists,
    ArmillaryError,
    Conflict,
    InvalidMembers,
    InvalidRequest,
    LimitExceeded,
    NotFound,
    PermissionDenied,
    Stale,
    StaleDraft,
    Unauthenticated,
    Unavailable,
    UpstreamError,
    UpstreamTimeout,
)

ROW = UUID(int=7)


def body(error: ArmillaryError) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(refuse(error).body))
    return decoded


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (InvalidRequest("departments", "there is none"), 400, "departments: there is none"),
        (Unauthenticated(), 401, "no valid API key was sent"),
        (PermissionDenied("models:manage"), 403, "this needs the scope models:manage"),
        (PermissionDenied("", "not yours"), 403, "not yours"),
        (NotFound("model", ROW), 404, "model not found"),
        (RouteNotFound(), 404, "there is nothing at this path"),
        (NotServed(), 404, "this server does not offer this operation"),
        (MethodNotAllowed(("POST",)), 405, "this path takes POST"),
        (BodyTooSlow(30), 408, "the body did not arrive within 30 seconds"),
        (AlreadyExists("model", "this name"), 409, "another model already has this name"),
        (Conflict("managed", "it is managed"), 409, "it is managed"),
        (Stale("model"), 409, "the model was changed since you read it: read it again and repeat"),
        (BodyTooLarge(9), 413, "the body is larger than 9 bytes"),
        (LimitExceeded("too many"), 429, "too many"),
        (UpstreamError("openai", "it failed"), 502, "openai: it failed"),
        (UpstreamTimeout("openai", "it is silent"), 504, "openai: it is silent"),
        (Unavailable("the database"), 503, "the database is unavailable; try again"),
        (ArmillaryError("select secret from rows"), 500, "something went wrong inside the server"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, ArmillaryError) else "",
)
def test_an_error_has_a_status_and_a_sentence(error: ArmillaryError, status: int, detail: str) -> None:
    assert (refuse(error).status, body(error)) == (status, {"detail": detail})


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        pytest.param(
            Mismatched([Misfit(("body", "models", 0, "id"), "Invalid UUID", "uuid_parsing")]),
            {"loc": ["body", "models", 0, "id"], "msg": "Invalid UUID", "type": "uuid_parsing"},
            id="member",
        ),
        pytest.param(
            Malformed("it is no JSON"), {"loc": ["body"], "msg": "it is no JSON", "type": "json_invalid"}, id="body"
        ),
        pytest.param(
            Misplaced("subfolder", "is too long"),
            {"loc": ["query", "subfolder"], "msg": "is too long", "type": "value_error"},
            id="query",
        ),
    ],
)
def test_what_does_not_match_its_schema_is_told_place_by_place(error: ArmillaryError, detail: dict[str, Any]) -> None:
    assert (refuse(error).status, body(error)) == (422, {"detail": [detail]})


def test_values_that_name_nothing_are_told_by_their_members() -> None:
    error = InvalidMembers("model", [("values", "there is none"), ("name", "is too long")])
    assert (refuse(error).status, body(error)["detail"]) == (
        400,
        [{"field": "value_ids", "message": "there is none"}, {"field": "name", "message": "is too long"}],
    )


@pytest.mark.parametrize("error", [NotFound("model", ROW), PermissionDenied("", "not yours")])
def test_an_item_at_fault_is_told_by_its_place_in_the_batch(error: ArmillaryError) -> None:
    error.index = 3
    assert body(error) == {"detail": f"Item 3: {error}"}


def test_a_draft_that_moved_on_tells_its_version_and_what_to_merge() -> None:
    told = body(StaleDraft("model", version=4, expected=2, differing={"names": (ROW,), "voices": ()}))
    assert told["version"] == 4
    assert told["differing"] == {"name_id": [str(ROW)], "voice_ids": []}
    assert all(word in told["detail"] for word in ("version 4", "name_id", "voice_ids"))


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (Unauthenticated(), {"www-authenticate": "Bearer"}),
        (MethodNotAllowed(("GET", "POST")), {"allow": "GET, POST"}),
        (LimitExceeded("slow down", retry_after_s=1.2), {"retry-after": "2"}),
        (Unavailable("the database"), {"retry-after": "1"}),
        (NotFound("model"), {}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, ArmillaryError) else "",
)
def test_a_refusal_has_the_headers_of_its_status(error: ArmillaryError, headers: dict[str, str]) -> None:
    assert refuse(error).headers == headers


def test_every_error_of_the_domain_has_a_status() -> None:
    kinds = [one for one in vars(domain).values() if isinstance(one, type) and issubclass(one, ArmillaryError)]
    assert all(any(base in REFUSALS for base in kind.__mro__) for kind in kinds)
