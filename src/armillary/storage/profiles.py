"""Profiles, as rows; every statement is bounded by an account."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from armillary.domain.accounts import Profile, ProfileKind, ProfileQuery
from armillary.domain.errors import NotFound
from armillary.storage.columns import identity, instant, moment, packed, unpacked
from armillary.storage.database import Reading, Row, Value, Writing
from armillary.storage.filters import containing, one_of, with_labels


async def insert(tx: Writing, profile: Profile) -> None:
    """Add a profile."""
    await tx.run(
        "INSERT INTO profiles (id, account, kind, name, email, external_id, labels, created_at)"
        " VALUES (:id, :account, :kind, :name, :email, :external_id, :labels, :created_at)",
        id=profile.id.hex,
        account=profile.account.hex,
        kind=profile.kind.value,
        name=profile.name,
        email=profile.email,
        external_id=profile.external_id or None,
        labels=packed(dict(profile.labels)),
        created_at=instant(profile.created_at),
    )


async def rename(tx: Writing, profile: UUID, name: str) -> None:
    """The profile has this name."""
    await tx.run("UPDATE profiles SET name = :name WHERE id = :id", name=name, id=profile.hex)


async def by_id(reading: Reading, account: UUID, profile: UUID) -> Profile:
    """One profile. Raises: NotFound, for another account's as for none at all."""
    row = await reading.first(
        "SELECT * FROM profiles WHERE id = :id AND account = :account", id=profile.hex, account=account.hex
    )
    if row is None:
        raise NotFound("profile", profile)
    return read_profile(row)


async def by_ids(reading: Reading, account: UUID, profiles: Collection[UUID]) -> dict[UUID, Profile]:
    """Those of the profiles that the account has."""
    if not profiles:
        return {}
    values: dict[str, Value] = {"account": account.hex}
    chosen = one_of("id", sorted({profile.hex for profile in profiles}), values)
    rows = await reading.all(f"SELECT * FROM profiles WHERE account = :account AND {chosen}", **values)  # noqa: S608  fragments of ours; values are bound
    return {profile.id: profile for profile in map(read_profile, rows)}


async def by_email(reading: Reading, account: UUID, email: str) -> Profile | None:
    """The person with this address, which is in lower case."""
    row = await reading.first(
        "SELECT * FROM profiles WHERE account = :account AND kind = 'user' AND email = :email ORDER BY id LIMIT 1",
        account=account.hex,
        email=email,
    )
    return read_profile(row) if row else None


async def page(reading: Reading, account: UUID, query: ProfileQuery) -> list[Profile]:
    """The account's profiles that the query asks for."""
    values: dict[str, Value] = {"account": account.hex, "limit": query.limit}
    conditions = ["account = :account", *with_labels(query.labels, values)]
    if query.text:
        conditions.append(containing(("name", "email"), query.text, values))
    if query.after is not None:
        conditions.append("id < :after" if query.newest_first else "id > :after")
        values["after"] = query.after.hex
    order = "DESC" if query.newest_first else "ASC"
    sql = f"SELECT * FROM profiles WHERE {' AND '.join(conditions)} ORDER BY id {order} LIMIT :limit"  # noqa: S608  as above
    return [read_profile(row) for row in await reading.all(sql, **values)]


def read_profile(row: Row) -> Profile:
    """The profile of a row."""
    return Profile(
        id=identity(row["id"]),
        account=identity(row["account"]),
        kind=ProfileKind(row["kind"]),
        name=row["name"],
        email=row["email"],
        external_id=row["external_id"] or "",
        labels=unpacked(row["labels"]),
        created_at=moment(row["created_at"]),
    )
