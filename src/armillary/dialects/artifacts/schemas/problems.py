"""What a refusal looks like. Source: contracts/artifacts.md, 1.5."""

from __future__ import annotations

from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong: with the form of the body (``loc``, ``msg``, ``type``), or with a value (the others)."""

    loc: list[str | int] | UnsetType = UNSET
    msg: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    field: str | UnsetType = UNSET
    message: str | UnsetType = UNSET


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal: a sentence, or what is wrong one by one.

    Of a draft that has moved on, ``version`` is the stored one, and ``differing`` what it links in each member in which
    it differs from what was sent, so that a client can merge. Both are ours: the contract has ``detail`` alone.
    """

    detail: str | list[Detail]
    version: int | UnsetType = UNSET
    differing: dict[str, list[UUID]] | UnsetType = UNSET
