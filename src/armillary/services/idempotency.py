"""Requests that are safe to repeat: the first answer again, and never a second effect.

The key is claimed in the transaction that creates (``services.records``); the answer is remembered once it is known.
Between the two, and for ever where the server died there, a repetition is told that the first one is still pending.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from armillary.domain.access import Idempotency, Principal
from armillary.domain.errors import Conflict
from armillary.storage import idempotency as store
from armillary.storage.database import Database
from armillary.storage.idempotency import Answer

__all__ = ["Answer", "find", "remember"]


async def find(db: Database, caller: Principal, asked: Idempotency, *, at: datetime) -> Answer | None:
    """What the same request was answered before; None where the key is new, or older than 24 hours.

    Raises: Conflict, ``idempotency_mismatch`` where the key went with another request, ``idempotency_pending`` where
        the first request has no answer that could be given again.
    """
    async with db.reading() as tx:
        claim = await store.find(tx, caller.profile, asked.key, at)
    if claim is None:
        return None
    if claim.digest != asked.digest:
        raise Conflict("idempotency_mismatch", "this Idempotency-Key went with another request: use a new one")
    if claim.answer is None:
        raise Conflict(
            "idempotency_pending",
            "the request with this Idempotency-Key was carried out, but its answer cannot be given again: read what it "
            "created, or use a new key",
        )
    return claim.answer


async def remember(  # noqa: PLR0913  an answer's three parts are told one by one
    db: Database,
    caller: Principal,
    asked: Idempotency,
    *,
    status: int,
    body: bytes,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Keep the answer of a request whose key was claimed, and forget some claims that expired.

    Nothing is kept where no key was claimed: a request that was refused, or that created nothing, may be repeated.
    """
    answer = Answer(status=status, headers=headers or {}, body=body)
    async with db.writing() as tx:
        claimed_at = await store.remember(tx, caller.profile, asked.key, answer)
        if claimed_at is not None:
            await store.purge(tx, claimed_at)
