"""Errors. Source: RFC 9457, with the extension members that its section 3.2 allows."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType


class Problem(Struct, kw_only=True):
    """Why a request was refused: `code` is for programs and stays, `detail` and `mend` are for people and may change.

    `field` names the member at fault, `state` the state that forbids the request, `scope` the scope that is missing,
    `existing` what already holds a unique key.
    """

    type: Annotated[str, Meta(description="`about:blank`: the status and the code say it all.")]
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str
    code: Annotated[str, Meta(pattern="^[a-z_]+$", examples=["invalid_request", "not_found", "stale"])]
    mend: Annotated[str | UnsetType, Meta(description="What to do about it.")] = UNSET
    field: str | UnsetType = UNSET
    state: str | UnsetType = UNSET
    scope: str | UnsetType = UNSET
    existing: str | UnsetType = UNSET
    retry_after_s: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
