"""Drafts as rows. A draft is found in its workspace and as a draft of its kind, or not at all."""

from __future__ import annotations

from uuid import UUID

import msgspec

from armillary.domain.assemblies import Kind, Slot
from armillary.domain.drafts import Draft
from armillary.storage.columns import identity, instant, moment, packed
from armillary.storage.database import Reading, Row, Value, Writing

_CONTENT = msgspec.json.Decoder(dict[Slot, tuple[UUID, ...]])


async def by_id(reading: Reading, workspace: UUID, kind: Kind, draft_id: UUID) -> Draft | None:
    """The draft, whoever owns it; None where the workspace has none of this id and kind."""
    row = await reading.first(
        "SELECT * FROM drafts WHERE id = :id AND workspace = :workspace AND kind = :kind",
        id=draft_id.hex,
        workspace=workspace.hex,
        kind=kind.value,
    )
    return None if row is None else _draft(row)


async def of_profile(reading: Reading, workspace: UUID, kind: Kind, profile: UUID, *, limit: int) -> list[Draft]:
    """The profile's own drafts, those begun last first."""
    rows = await reading.all(
        "SELECT * FROM drafts WHERE workspace = :workspace AND profile = :profile AND kind = :kind"
        " ORDER BY created_at DESC, id DESC LIMIT :limit",
        workspace=workspace.hex,
        profile=profile.hex,
        kind=kind.value,
        limit=limit,
    )
    return [_draft(row) for row in rows]


async def insert(tx: Writing, draft: Draft) -> None:
    """Keep a new draft."""
    await tx.run(
        "INSERT INTO drafts (id, workspace, kind, profile, group_id, session, version, content, mcp, created_at,"
        " updated_at) VALUES (:id, :workspace, :kind, :profile, :group_id, :session, :version, :content, :mcp,"
        " :created_at, :updated_at)",
        id=draft.id.hex,
        workspace=draft.workspace.hex,
        kind=draft.kind.value,
        profile=draft.profile.hex,
        group_id=draft.group.hex,
        session=draft.session.hex,
        created_at=instant(draft.created_at),
        **_saved(draft),
    )


async def replaced(tx: Writing, draft: Draft, *, version: int) -> bool:
    """Whether the draft was kept in the place of its version ``version``; False, and nothing kept, where that is gone.

    One statement compares and sets, so of several at once exactly one finds the version that all of them expect.
    """
    touched = await tx.run(
        "UPDATE drafts SET version = :version, content = :content, mcp = :mcp, updated_at = :updated_at"
        " WHERE id = :id AND workspace = :workspace AND kind = :kind AND version = :expected",
        id=draft.id.hex,
        workspace=draft.workspace.hex,
        kind=draft.kind.value,
        expected=version,
        **_saved(draft),
    )
    return touched == 1


def _saved(draft: Draft) -> dict[str, Value]:
    return {
        "version": draft.version,
        "content": packed({slot.value: targets for slot, targets in draft.links.items()}),
        "mcp": int(draft.mcp),
        "updated_at": instant(draft.updated_at),
    }


def _draft(row: Row) -> Draft:
    return Draft(
        id=identity(row["id"]),
        workspace=identity(row["workspace"]),
        kind=Kind(row["kind"]),
        profile=identity(row["profile"]),
        group=identity(row["group_id"]),
        session=identity(row["session"]),
        version=row["version"],
        links=_CONTENT.decode(row["content"]),
        mcp=row["mcp"] == 1,
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
    )
