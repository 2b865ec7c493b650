"""Who belongs to a workspace, as rows."""

from __future__ import annotations

from uuid import UUID

from armillary.domain.access import Role
from armillary.domain.accounts import Member
from armillary.storage.columns import identity, instant, moment
from armillary.storage.database import Reading, Row, Value, Writing
from armillary.storage.profiles import read_profile

_SELECT = "SELECT p.*, m.workspace, m.role, m.added_at, m.active FROM members m JOIN profiles p ON p.id = m.profile"


async def insert(tx: Writing, member: Member) -> None:
    """Add a member."""
    await tx.run(
        "INSERT INTO members (workspace, profile, role, added_at, active)"
        " VALUES (:workspace, :profile, :role, :added_at, :active)",
        workspace=member.workspace.hex,
        profile=member.profile.id.hex,
        role=member.role.value,
        added_at=instant(member.added_at),
        active=int(member.active),
    )


async def save(tx: Writing, member: Member) -> None:
    """Keep the member's role, and whether it may enter."""
    await tx.run(
        "UPDATE members SET role = :role, active = :active WHERE workspace = :workspace AND profile = :profile",
        workspace=member.workspace.hex,
        profile=member.profile.id.hex,
        role=member.role.value,
        active=int(member.active),
    )


async def find(reading: Reading, workspace: UUID, profile: UUID) -> Member | None:
    """The profile's membership of the workspace."""
    row = await reading.first(
        f"{_SELECT} WHERE m.workspace = :workspace AND m.profile = :profile",
        workspace=workspace.hex,
        profile=profile.hex,
    )
    return _member(row) if row else None


async def page(reading: Reading, workspace: UUID, *, limit: int, after: UUID | None) -> list[Member]:
    """The workspace's members by profile, those after ``after``."""
    values: dict[str, Value] = {"workspace": workspace.hex, "limit": limit, "after": after.hex if after else ""}
    rows = await reading.all(
        f"{_SELECT} WHERE m.workspace = :workspace AND m.profile > :after ORDER BY m.profile LIMIT :limit", **values
    )
    return [_member(row) for row in rows]


async def delete(tx: Writing, workspace: UUID, profile: UUID) -> None:
    """The profile is no member any more, nor in any of the workspace's departments."""
    await tx.run(
        "DELETE FROM profile_links WHERE workspace = :workspace AND owner = :profile",
        workspace=workspace.hex,
        profile=profile.hex,
    )
    await tx.run(
        "DELETE FROM members WHERE workspace = :workspace AND profile = :profile",
        workspace=workspace.hex,
        profile=profile.hex,
    )


def _member(row: Row) -> Member:
    return Member(
        workspace=identity(row["workspace"]),
        profile=read_profile(row),
        role=Role(row["role"]),
        added_at=moment(row["added_at"]),
        active=row["active"] == 1,
    )
