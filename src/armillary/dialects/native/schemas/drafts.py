"""What publishing a draft would change."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from armillary.dialects.native.schemas.base import AnyId, DraftId, ModelId, ProfileId, Query, Reply


class DiffQuery(Query):
    """What the draft is held against."""

    against: Annotated[AnyId, Meta(description="The id of the model that the draft is held against.")]


class DraftName(Reply):
    """A draft, and whose it is."""

    id: DraftId
    version: int
    profile_id: ProfileId
    updated_at: datetime


class AgainstName(Reply):
    """The model that the draft is held against."""

    id: ModelId
    name: str


class LinkedRow(Reply):
    """Something that is linked; `text` says it for people, and is null where it is gone."""

    id: Annotated[str, Meta(pattern="^[a-z]+_[0-9a-f]{32}$")]
    text: str | None


class FieldChange(Reply):
    """One field that publishing would change: what it links now, and what it would."""

    field: Annotated[str, Meta(examples=["names", "values", "providers", "flags", "pricing"])]
    before: list[LinkedRow]
    after: list[LinkedRow]


class DraftDiff(Reply):
    """What publishing a draft over a model would change.

    `changes` are told by the fields of the form, of which those that the draft leaves empty stay as they are. `before`
    and `after` tell the same of the model's own members, as its change record would. `refusal` says why the update
    would be refused; null where it would not.
    """

    draft: DraftName
    against: AgainstName
    changes: list[FieldChange]
    before: dict[str, Any]
    after: dict[str, Any]
    refusal: str | None
