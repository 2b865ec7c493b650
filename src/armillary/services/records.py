"""Change records, left in the transaction that writes what they tell of.

A creating request claims its Idempotency-Key here, with its first record, so that the key and what it created commit
together. A transaction therefore calls ``created`` once, for what the request asked for; what comes into being
besides goes through ``many``.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.changes import ACCOUNT_KINDS, Action, Change, Document, difference
from armillary.domain.ids import uuid7
from armillary.storage import changes as store
from armillary.storage import idempotency
from armillary.storage.database import Writing

#: Counts this process's records, so that those of one instant, as a transaction leaves them, keep their order.
_drawn = itertools.count()


async def created(  # noqa: PLR0913  who, what and when belong together
    tx: Writing, caller: Principal, kind: str, entity: UUID, after: Document, *, at: datetime
) -> None:
    """Record that the entity came into being, and claim the caller's Idempotency-Key where it sent one.

    Raises: AlreadyExists (``request``) where the key is taken.
    """
    await claimed(tx, caller, at=at)
    await store.insert(tx, creation(caller, kind, entity, after, at=at))


async def updated(  # noqa: PLR0913, PLR0917  as above
    tx: Writing, caller: Principal, kind: str, entity: UUID, before: Document, after: Document, *, at: datetime
) -> None:
    """Record how the entity changed: of ``before`` and ``after``, only the members that differ are kept."""
    await store.insert(tx, alteration(caller, kind, entity, before, after, at=at))


async def deleted(  # noqa: PLR0913  as above
    tx: Writing, caller: Principal, kind: str, entity: UUID, before: Document, *, at: datetime
) -> None:
    """Record that the entity is gone, and what it was."""
    await store.insert(tx, deletion(caller, kind, entity, before, at=at))


async def many(tx: Writing, changes: Sequence[Change]) -> None:
    """Record changes that were drawn up by ``creation``, ``alteration`` and ``deletion``."""
    await store.insert_many(tx, changes)


async def claimed(tx: Writing, caller: Principal, *, at: datetime) -> None:
    """Claim the Idempotency-Key that the caller sent, if any; once a transaction.

    Raises: AlreadyExists (``request``) where it is taken.
    """
    if caller.idempotency is not None:
        await idempotency.claim(tx, caller.profile, caller.idempotency.key, caller.idempotency.digest, at)


def creation(caller: Principal, kind: str, entity: UUID, after: Document, *, at: datetime) -> Change:
    """The record of a creation, for ``many``."""
    return _change(caller, kind, entity, Action.CREATED, None, after, at=at)


def alteration(  # noqa: PLR0913  as above
    caller: Principal, kind: str, entity: UUID, before: Document, after: Document, *, at: datetime
) -> Change:
    """The record of an update, for ``many``."""
    was, became = difference(before, after)
    return _change(caller, kind, entity, Action.UPDATED, was, became, at=at)


def deletion(caller: Principal, kind: str, entity: UUID, before: Document, *, at: datetime) -> Change:
    """The record of a deletion, for ``many``."""
    return _change(caller, kind, entity, Action.DELETED, before, None, at=at)


def _change(  # noqa: PLR0913, PLR0917  as above
    caller: Principal,
    kind: str,
    entity: UUID,
    action: Action,
    before: Document | None,
    after: Document | None,
    *,
    at: datetime,
) -> Change:
    return Change(
        id=_next_id(at),
        account=caller.account,
        # what is said of the very workspace that the caller is in is that workspace's business as well
        workspace=None if kind in ACCOUNT_KINDS and entity != caller.workspace else caller.workspace,
        kind=kind,
        entity=entity,
        action=action,
        actor=caller.profile,
        dialect=caller.dialect,
        reason=caller.reason,
        request_id=caller.request_id,
        before=before,
        after=after,
        at=at,
    )


def _next_id(at: datetime) -> UUID:
    # of the 62 bits beneath the instant the count takes 30, and wraps; 32 are random
    return uuid7(at, (next(_drawn) % 2**30).to_bytes(4, "big") + secrets.token_bytes(4))
