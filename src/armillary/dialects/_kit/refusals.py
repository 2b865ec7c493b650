"""What HTTP itself refuses, beside the domain's own errors; each dialect words both in its envelope.

ArmillaryError
├── RouteNotFound      no operation has this path
├── MethodNotAllowed   the path has operations, but none by this method   .allowed
├── NotServed          a path the vendor has, and this server has not
├── BodyTooLarge       over the bound                                      .limit_bytes
├── BodyTooSlow        the body did not arrive in time
├── Stopped            the client went away
└── InvalidRequest
    ├── Malformed      the body is not JSON at all
    └── Misplaced      a member of the body or query has the wrong type    .field
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from armillary.domain.errors import ArmillaryError, InvalidRequest


class RouteNotFound(ArmillaryError):
    """No operation has this path."""

    def __init__(self) -> None:
        super().__init__("there is nothing at this path")


class MethodNotAllowed(ArmillaryError):
    """The path has operations, but none by this method."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(f"this path takes {', '.join(allowed)}")
        self.allowed = allowed


class NotServed(ArmillaryError):
    """The vendor has this operation; this server does not offer it."""

    def __init__(self, sentence: str = "this server does not offer this operation") -> None:
        super().__init__(sentence)


class BodyTooLarge(ArmillaryError):
    """The body is over its bound."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"the body is larger than {limit_bytes} bytes")
        self.limit_bytes = limit_bytes


class BodyTooSlow(ArmillaryError):
    """The body did not arrive in time."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"the body did not arrive within {limit_s:g} seconds")


class Malformed(InvalidRequest):
    """The body is not JSON at all, or not UTF-8, or nested too deep."""

    def __init__(self, sentence: str) -> None:
        super().__init__("", sentence)


class Misplaced(InvalidRequest):
    """A member of the body or the query has the wrong type or breaks a stated bound."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as a dialect answers it: status, body (encoded by the dialect), and headers of its own."""

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
