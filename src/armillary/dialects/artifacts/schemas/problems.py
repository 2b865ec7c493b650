"""What a refusal looks like. Source: contracts/artifacts.md, 1.5."""

from __future__ import annotations

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
    """A refusal: a sentence, or what is wrong one by one."""

    detail: str | list[Detail]
