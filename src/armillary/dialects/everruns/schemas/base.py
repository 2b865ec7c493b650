"""What every object on the wire has in common, and what may be done next with a resource.

Source: contracts/everruns.md, 1.6 (scalars), 1.7 (lists) and 1.11 (hypermedia).
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

_DIGITS = "(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"
#: Ids as they are accepted; ``mapping/ids.py`` reads them. Source: contracts/everruns.md, 1.5.
ModelId = Annotated[str, Meta(description="A model's id.", extra_json_schema={"pattern": f"^(?:model|mod)_{_DIGITS}"})]
ProviderId = Annotated[
    str, Meta(description="A provider's id.", extra_json_schema={"pattern": f"^(?:provider|prov)_{_DIGITS}"})
]


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What a client sends: members that are not named are ignored, JSON types are never coerced."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a client is sent: a member that has no value is left out, never null."""


class Action(Reply, frozen=True, kw_only=True):
    """Something that may be done next. On entities ``href`` and ``method`` are always there."""

    rel: str
    href: str | UnsetType = UNSET
    method: str | UnsetType = UNSET
    operation_id: str | UnsetType = UNSET
    hint: str | UnsetType = UNSET
    schema_ref: str | UnsetType = UNSET
