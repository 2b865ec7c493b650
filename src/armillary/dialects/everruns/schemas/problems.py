"""The one body of every refusal: an RFC 9457 problem document and the older ``error`` object at once.

Source: contracts/everruns.md, 1.9.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from armillary.dialects.everruns.schemas.base import Action, Reply


class ErrorObject(Reply, frozen=True, kw_only=True):
    """What clients read: ``message`` equals the problem's ``detail``."""

    code: str
    message: str


class FieldError(Reply, frozen=True, kw_only=True):
    """A member of the body or the query, and what is wrong with it."""

    field: str
    message: str


class Problem(Reply, frozen=True, kw_only=True):
    """A refusal."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    error: ErrorObject
    errors: list[FieldError] | UnsetType = UNSET
    allowed_actions: list[Action] | UnsetType = UNSET
    retry_after_seconds: int | UnsetType = UNSET
