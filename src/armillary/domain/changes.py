"""What a write leaves behind: the change record, and how a request states what it changes.

A changes object holds a member for everything that may change: ``UNSET`` keeps it, None clears it. Which words a
dialect has for either ends in its mapping.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import UNSET

#: A JSON object, as it is stored in a change record.
Document = Mapping[str, Any]


class Action(StrEnum):
    """What a write did to an entity."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changed what, when, through which dialect, and why.

    ``before`` and ``after`` hold only the members that differ where the entity was updated, all of them where it
    was created (``before`` is None) or deleted (``after`` is None). Secrets and scored text never stand in them.
    """

    id: UUID
    account: UUID
    workspace: UUID | None
    kind: str
    entity: UUID
    action: Action
    actor: UUID
    dialect: str
    reason: str | None
    request_id: str
    before: Document | None
    after: Document | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeQuery:
    """Which change records to show, newest first: all conditions hold together.

    ``since`` is inclusive, ``until`` is not; ``before`` is the id of the last record of the page before.
    """

    kind: str = ""
    entity: UUID | None = None
    actor: UUID | None = None
    action: Action | None = None
    dialect: str = ""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50
    before: UUID | None = None


_LEAST = timedelta(microseconds=1)


def following(at: datetime, last: datetime) -> datetime:
    """The instant of a write to what was last written at ``last``: ``at``, but always after that.

    A request may have begun before the one whose lock it waited for. The trail of a thing is in the order of its
    writes nevertheless, and its ``updated_at`` never goes back.
    """
    return max(at, last + _LEAST)


#: Kinds of entity that belong to the account, not to one of its workspaces; owners read of them.
ACCOUNT_KINDS: frozenset[str] = frozenset({"account", "api_key", "member", "profile", "workspace"})


def stated(changes: Any) -> dict[str, Any]:  # noqa: ANN401  any changes object
    """Every member of a changes object but the UNSET ones."""
    members = ((field.name, getattr(changes, field.name)) for field in fields(changes))
    return {name: value for name, value in members if value is not UNSET}


def difference(before: Document, after: Document) -> tuple[dict[str, Any], dict[str, Any]]:
    """The members that differ, as they were and as they are."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChange:
    """A member as it is, and as it would become; both as change records show them."""

    old: Any
    new: Any


def member_changes(before: Document, after: Document) -> dict[str, MemberChange]:
    """As ``difference``, member by member."""
    was, becomes = difference(before, after)
    return {name: MemberChange(old=was[name], new=becomes[name]) for name in was}
