"""Resources between the wire and the domain: what is sent to make one, and what is asked of a kind.

The members on the wire are those of the domain's contents; null reads as absent. Rows are in ``mapping/rows.py``.
Source: contracts/artifacts.md, 3.2.
"""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Any

from armillary.dialects.artifacts.mapping.rows import resource_row
from armillary.dialects.artifacts.schemas import resources as wire
from armillary.dialects.artifacts.schemas.base import Body
from armillary.domain.assemblies import Slot
from armillary.domain.linkable import LinkableQuery
from armillary.domain.resources import CONTENTS, Content, Resource, ResourceKind, ResourceQuery

_ROWS = 20
#: Kind -> the member that repeats the id of what was made.
_KEYS = {
    ResourceKind.NAMES: "name_id",
    ResourceKind.DESCRIPTIONS: "description_id",
    ResourceKind.VALUES: "values_id",
    ResourceKind.VOICES: "voices_id",
    ResourceKind.PRICING: "pricing_id",
}
#: Member of a search -> the content's member that it names.
_MEMBERS = {
    "pricing_type": "pricing_type",
    "unit_names": "unit_name",
    "modality": "modality",
    "is_input": "is_input",
    "flag_type": "type",
}


def content(kind: ResourceKind, body: Body) -> Content:
    """What the body says is to be made; what it leaves out is as the kind has it."""
    members = {one.name: getattr(body, one.name) for one in fields(CONTENTS[kind])}
    made: Content = CONTENTS[kind](**{name: _exact(value) for name, value in members.items() if value is not None})
    return made


def _exact(value: Any) -> Any:  # noqa: ANN401  a member of any kind
    """A number as the shortest decimal that reads back as the same number."""
    return Decimal(repr(abs(value))) if isinstance(value, float) else value  # none is negative but -0.0


def created(kind: ResourceKind, reply: type[wire.Created], made: Resource) -> wire.Created:
    """The row that there is now, and its id under the kind's key."""
    members: dict[str, Any] = {"id": made.id, "item": resource_row(made)}
    return reply(**members, **({_KEYS[kind]: made.id} if kind in _KEYS else {}))


def resource_query(kind: ResourceKind, body: wire.SearchRequest) -> ResourceQuery:
    """Which of the kind's resources are asked for."""
    stated = {name: getattr(body, name, None) for name in _MEMBERS}
    return ResourceQuery(
        kind=kind,
        text=body.search or "",
        limit=_ROWS if body.limit_count is None else body.limit_count,
        offset=body.offset_count or 0,
        exclude=frozenset(body.exclude_ids or ()),
        members={
            _MEMBERS[name]: value if isinstance(value, list) else [value]
            for name, value in stated.items()
            if value is not None and value != []
        },
        of_models=bool(body.model),
        of_providers=bool(getattr(body, "provider", None)),
    )


def linkable_query(slot: Slot, body: wire.SearchRequest) -> LinkableQuery:
    """Which providers or departments are asked for; none where they are to have settings, which there are none of."""
    limit = _ROWS if body.limit_count is None else body.limit_count
    return LinkableQuery(
        slot=slot,
        text=body.search or "",
        limit=0 if getattr(body, "setting_ids", None) else limit,
        offset=body.offset_count or 0,
        exclude=frozenset(body.exclude_ids or ()),
        departments=frozenset(getattr(body, "department_ids", None) or ()),
        of_models=bool(body.model),
    )
