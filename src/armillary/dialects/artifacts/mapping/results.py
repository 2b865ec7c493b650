"""From what became of a bulk call's items to the wire. Source: contracts/artifacts.md, 2.3 to 2.6 and 2.11."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from armillary.dialects.artifacts.mapping.items import field
from armillary.dialects.artifacts.schemas import results as wire
from armillary.domain.assemblies import Fault, Item, Kind, Outcome

_R = TypeVar("_R")
_UNNAMED = "Unknown"


def results(
    reply: type[_R],
    kind: Kind,
    bodies: Sequence[Any],
    items: Sequence[Item],
    outcomes: Sequence[Outcome],
    *,
    done: str,
) -> list[_R]:
    """One result for each item, in their order; ``done`` is what was done to them, as people say it."""
    return [
        reply(**_members(kind, number, body, item, outcome, done))
        for number, (body, item, outcome) in enumerate(zip(bodies, items, outcomes, strict=True))
    ]


def duplicated(reply: type[_R], kind: Kind, copied: UUID, name: str) -> _R:
    """A copy was made of what has this name."""
    return reply(success=True, message=_told(kind, name, "duplicated"), **{f"{kind}_id": copied})


def deleted(reply: type[_R], kind: Kind, gone: Sequence[tuple[UUID, str]]) -> list[_R]:
    """These were deleted."""
    return [reply(success=True, message=_told(kind, name, "deleted"), **{f"{kind}_id": one}) for one, name in gone]


def refreshed(plural: str, kind: Kind) -> wire.Refreshed:
    """The drafts of the kind are read anew: here they always are, so that there is nothing left to do."""
    return wire.Refreshed(success=True, refreshed_views=[f"{kind}_drafts_mv"], invalidated_tags=[plural, "artifacts"])


def _members(kind: Kind, number: int, body: Any, item: Item, outcome: Outcome, done: str) -> dict[str, Any]:  # noqa: ANN401
    of = f"{kind}_id"
    if outcome.faults:
        errors = [_error(kind, fault, item, body) for fault in outcome.faults]
        message = f"Item {number}: {errors[0].field}: {errors[0].message}"
        return {"success": False, of: None, "message": message, "errors": errors}
    if outcome.id is None:
        return {"success": True, of: None, "message": "Validated", "errors": None}
    return {"success": True, of: outcome.id, "message": _told(kind, outcome.name, done), "errors": None}


def _error(kind: Kind, fault: Fault, item: Item, body: Any) -> wire.FieldError:  # noqa: ANN401  the item of any kind
    return wire.FieldError(field=field(kind, fault.member, item, body), message=fault.sentence)


def _told(kind: Kind, name: str, done: str) -> str:
    return f'{kind.capitalize()} "{name or _UNNAMED}" {done} successfully'
