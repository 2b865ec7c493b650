"""From what became of a bulk call's items to the wire. Source: contracts/artifacts.md, 2.3 to 2.6 and 2.11."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from armillary.dialects.artifacts.mapping.items import field
from armillary.dialects.artifacts.schemas import results as wire
from armillary.domain.assemblies import Fault, Kind, Outcome

_UNNAMED = "Unknown"
_RESULTS: dict[Kind, type[Any]] = {
    Kind.MODEL: wire.ModelResultItem,
    Kind.PROVIDER: wire.ProviderResultItem,
    Kind.DEPARTMENT: wire.DepartmentResultItem,
    Kind.AGENT: wire.AgentResultItem,
    Kind.PROFILE: wire.ProfileResultItem,
}


def results(kind: Kind, bodies: Sequence[Any], outcomes: Sequence[Outcome], *, done: str) -> list[Any]:
    """One result of the kind for each item, in their order; ``done`` is what was done, as people say it."""
    return [
        _RESULTS[kind](**_result(kind, body, outcome, number, done))
        for number, (body, outcome) in enumerate(zip(bodies, outcomes, strict=True))
    ]


def duplicated(kind: Kind, copy: UUID, name: str) -> dict[str, Any]:
    """The members that tell of a copy of what has this name."""
    return {"success": True, "message": _told(kind, name, "duplicated"), f"{kind}_id": copy}


def deleted(kind: Kind, gone: Sequence[tuple[UUID, str]]) -> list[dict[str, Any]]:
    """For each thing that is gone the members that tell so."""
    return [{"success": True, "message": _told(kind, name, "deleted"), f"{kind}_id": one} for one, name in gone]


def refreshed(plural: str, kind: Kind) -> wire.Refreshed:
    """The drafts of the kind are read anew: here they always are, so that there is nothing left to do."""
    return wire.Refreshed(success=True, refreshed_views=[f"{kind}_drafts_mv"], invalidated_tags=[plural, "artifacts"])


def _result(kind: Kind, body: Any, outcome: Outcome, number: int, done: str) -> dict[str, Any]:  # noqa: ANN401  any kind's
    if outcome.faults:
        errors = [_error(kind, fault, body) for fault in outcome.faults]
        message = f"Item {number}: {errors[0].field}: {errors[0].message}"
        return {"success": False, f"{kind}_id": None, "message": message, "errors": errors}
    # of a batch that was refused for another item: no id is what tells that nothing was stored
    message = "Validated" if outcome.id is None else _told(kind, outcome.name, done)
    return {"success": True, f"{kind}_id": outcome.id, "message": message, "errors": None}


def _error(kind: Kind, fault: Fault, body: Any) -> wire.FieldError:  # noqa: ANN401  as above
    return wire.FieldError(field=field(kind, fault.member, body), message=fault.sentence)


def _told(kind: Kind, name: str, done: str) -> str:
    return f'{kind.capitalize()} "{name or _UNNAMED}" {done} successfully'
