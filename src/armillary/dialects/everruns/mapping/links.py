"""Where things are: the hypermedia members of single resources. Source: contracts/everruns.md, 1.11.

Links always use ``/api/v1``, whichever prefix a request came by.
"""

from __future__ import annotations

from uuid import UUID

from armillary.dialects.everruns.mapping import ids
from armillary.dialects.everruns.schemas.base import Action

ROOT = "/api/v1"
_COLLECTIONS = {ids.MODEL: "models", ids.PROVIDER: "providers"}


def resource_path(kind: str, value: UUID) -> str:
    """Where a resource is, below the API's root and below the user interface's alike."""
    return f"/{_COLLECTIONS[kind]}/{ids.wire_id(kind, value)}"


def self_url(origin: str, kind: str, value: UUID) -> str:
    """Where the API has the resource."""
    return origin + ROOT + resource_path(kind, value)


def view_url(origin: str, kind: str, value: UUID) -> str:
    """Where people see the resource."""
    return origin + resource_path(kind, value)


def actions(href: str, kind: str, *, update: bool, delete: bool) -> list[Action]:
    """What may be done with a model or a provider, in the contract's order."""
    offered = [Action(rel="self", method="GET", href=href, operation_id=f"get_{kind}")]
    if update:
        schema = f"#/components/schemas/Update{kind.capitalize()}Request"
        offered.append(
            Action(rel="update", method="PATCH", href=href, operation_id=f"update_{kind}", schema_ref=schema)
        )
    if delete:
        offered.append(Action(rel="delete", method="DELETE", href=href, operation_id=f"delete_{kind}"))
    return offered
