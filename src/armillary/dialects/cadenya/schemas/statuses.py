"""``google.rpc.Status``: the one envelope of everything that is refused. Source: contracts/cadenya.md, 1.7."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from armillary.dialects.cadenya.schemas.base import Reply

BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"


class FieldViolation(Reply):
    """A member at fault: its path in snake_case, dotted."""

    field: str
    description: str


class Detail(Reply):
    """What is wrong with which member (a BadRequest), or why in a word that programs can tell (an ErrorInfo)."""

    type: str = msgspec.field(name="@type")
    field_violations: list[FieldViolation] | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    domain: str | UnsetType = UNSET
    metadata: dict[str, str] | UnsetType = UNSET


class Status(Reply):
    """A refusal; ``details`` is empty where there are none."""

    code: int
    message: str
    details: list[Detail]
