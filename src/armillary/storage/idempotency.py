"""Claims of Idempotency-Keys, and the answers they led to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from armillary.domain.errors import AlreadyExists
from armillary.storage.columns import instant, moment, packed, unpacked
from armillary.storage.database import Reading, UniqueViolated, Writing

#: How long a key guards its request.
LIFETIME = timedelta(hours=24)
#: How many expired claims one purge removes at most, so that no request pays for a day's worth.
_PURGED_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A key that was used: the digest of the request, and its answer once there is one."""

    digest: str
    answer: Answer | None


async def claim(tx: Writing, profile: UUID, key: str, digest: str, at: datetime) -> None:
    """Take the key for this transaction's request; a racing request waits here for the first to end.

    Raises: AlreadyExists where it is taken.
    """
    await tx.run(
        "DELETE FROM idempotency WHERE profile = :profile AND key = :key AND at <= :expired",
        profile=profile.hex,
        key=key,
        expired=instant(at - LIFETIME),
    )
    try:
        await tx.run(
            "INSERT INTO idempotency (profile, key, digest, at) VALUES (:profile, :key, :digest, :at)",
            profile=profile.hex,
            key=key,
            digest=digest,
            at=instant(at),
        )
    except UniqueViolated as taken:
        raise AlreadyExists("request", "this Idempotency-Key") from taken


async def find(reading: Reading, profile: UUID, key: str, at: datetime) -> Claim | None:
    """The claim of a key, unless it expired."""
    row = await reading.first(
        "SELECT digest, status, headers, body FROM idempotency"
        " WHERE profile = :profile AND key = :key AND at > :expired",
        profile=profile.hex,
        key=key,
        expired=instant(at - LIFETIME),
    )
    if row is None:
        return None
    if row["status"] is None:
        return Claim(digest=row["digest"], answer=None)
    answer = Answer(status=row["status"], headers=unpacked(row["headers"]), body=bytes(row["body"]))
    return Claim(digest=row["digest"], answer=answer)


async def remember(tx: Writing, profile: UUID, key: str, answer: Answer) -> datetime | None:
    """Keep the answer that the claimed request led to; when it was claimed, or None where it was not.

    An answer once kept stays.
    """
    row = await tx.first(
        "UPDATE idempotency SET status = :status, headers = :headers, body = :body"
        " WHERE profile = :profile AND key = :key AND status IS NULL RETURNING at",
        profile=profile.hex,
        key=key,
        status=answer.status,
        headers=packed(dict(answer.headers)),
        body=answer.body,
    )
    return moment(row["at"]) if row else None


async def purge(tx: Writing, at: datetime) -> int:
    """Forget some of the expired claims; how many."""
    # locked in the order of one index: two purges at once wait for each other and never deadlock
    return await tx.run(
        "DELETE FROM idempotency WHERE (profile, key) IN (SELECT profile, key FROM idempotency"
        " WHERE at <= :expired ORDER BY at, profile, key LIMIT :most {for_update})",
        expired=instant(at - LIFETIME),
        most=_PURGED_AT_ONCE,
    )
