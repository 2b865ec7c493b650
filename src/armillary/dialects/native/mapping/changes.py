"""Change records on the wire: the domain's documents, in the words and ids of this API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from armillary.dialects.native.mapping import ids
from armillary.dialects.native.mapping.queries import after_id, next_of
from armillary.dialects.native.schemas import changes as wire
from armillary.domain.accounts import Profile
from armillary.domain.changes import Action, Change, ChangeQuery, Document

#: The domain's word for a kind -> this API's.
_KINDS = {"api_key": "key"}
#: A member of a recorded document -> this API's word for it.
_MEMBERS = {
    "provider": "provider_id",
    "tags": "capabilities",
    "details": "capability_details",
    "price": "base_price",
    "price_override": "override_price",
    "default_model": "default_model_id",
    "workspace": "workspace_id",
    "assigned": "workspaces",
}
#: Members that hold ids, and of what.
_IDS: dict[str, ids.Kind] = {
    "provider": "provider",
    "default_model": "model",
    "workspace": "workspace",
    "assigned": "workspace",
}


def change_query(query: wire.ChangesQuery) -> ChangeQuery:
    """What is asked for, one record more than is shown. Raises: Misplaced, InvalidRequest (``cursor``)."""
    kinds = {ours: theirs for theirs, ours in _KINDS.items()}
    return ChangeQuery(
        kind=kinds.get(query.kind, query.kind),
        entity=None if query.entity is None else ids.read_any(query.entity, "entity"),
        actor=None if query.actor is None else ids.read("profile", query.actor, "actor"),
        action=None if query.action is None else Action(query.action),
        dialect=query.dialect,
        since=query.since,
        until=query.until,
        limit=query.limit + 1,
        before=after_id(query),
    )


def page_reply(found: Sequence[Change], actors: Mapping[UUID, Profile], query: wire.ChangesQuery) -> wire.Changes:
    """A page of records, of which one more was asked than is shown."""
    return wire.Changes(
        data=[change_reply(change, actors.get(change.actor)) for change in found[: query.limit]],
        next_cursor=next_of(found, query),
    )


def change_reply(change: Change, actor: Profile | None) -> wire.Change:
    """The record as this API shows it."""
    return wire.Change(
        id=ids.spelled("change", change.id),
        at=change.at,
        kind=_KINDS.get(change.kind, change.kind),
        entity_id=ids.entity(change.kind, change.entity),
        action=change.action.value,
        actor=wire.Actor(profile_id=ids.spelled("profile", change.actor), name=actor.name if actor else None),
        dialect=change.dialect,
        reason=change.reason,
        request_id=change.request_id or None,
        workspace_id=ids.optional("workspace", change.workspace),
        before=None if change.before is None else worded(change.before),
        after=None if change.after is None else worded(change.after),
    )


def worded(document: Document) -> dict[str, Any]:
    """A recorded document in this API's words, its ids spelled as everywhere else."""
    return {_MEMBERS.get(name, name): _spelled(name, value) for name, value in document.items()}


def _spelled(name: str, value: Any) -> Any:  # noqa: ANN401  any JSON
    if name not in _IDS:
        return value
    if isinstance(value, list):
        return [_spelled(name, one) for one in value]
    known = ids.bare(value) if isinstance(value, str) else None
    return value if known is None else ids.spelled(_IDS[name], known)
