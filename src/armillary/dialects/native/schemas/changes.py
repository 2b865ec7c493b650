"""Change records: who changed what, when, through which dialect, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from armillary.dialects.native.schemas.base import AnyId, ChangeId, Cursor, Limit, ProfileId, Query, Reply, WorkspaceId

Action = Literal["created", "updated", "deleted"]
Instant = Annotated[datetime, Meta(tz=True, description="An instant with an offset, such as 2026-01-31T12:00:00Z.")]


class Actor(Reply):
    """Who acted; `name` is null where the profile is gone."""

    profile_id: ProfileId
    name: str | None


class Change(Reply):
    """One write, recorded in the transaction that wrote.

    `before` and `after` hold the members that differ; a creation has no `before` and a deletion no `after`, and the
    other then holds all members. `workspace_id` is null for what belongs to the account. Secrets are never in it.
    """

    id: ChangeId
    at: datetime
    kind: str
    entity_id: Annotated[str, Meta(pattern="^[a-z_]+_[0-9a-f]{32}$")]
    action: Action
    actor: Actor
    dialect: str
    reason: str | None
    request_id: str | None
    workspace_id: WorkspaceId | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Changes(Reply):
    """A page of change records, newest first; `next_cursor` is null on the last one."""

    data: list[Change]
    next_cursor: str | None


class ChangesQuery(Query):
    """Which change records to show; conditions add up."""

    entity: AnyId | None = None
    kind: Annotated[str, Meta(max_length=64, examples=["model", "provider", "workspace", "key", "member"])] = ""
    actor: Annotated[AnyId, Meta(description="The id of the profile that acted.")] | None = None
    action: Action | None = None
    dialect: Annotated[str, Meta(max_length=64, examples=["everruns", "cadenya", "native"])] = ""
    since: Annotated[Instant, Meta(description="From this instant on.")] | None = None
    until: Annotated[Instant, Meta(description="Before this instant.")] | None = None
    limit: Limit = 50
    cursor: Cursor = ""
