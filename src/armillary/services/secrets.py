"""Rotation of the key that seals the installation's secrets, while it serves.

A new key seals from the first step on; every secret is re-wrapped for it in small transactions; and the old key goes
only once nothing names it. Whatever cuts it off leaves every secret readable, and a repetition goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable

from armillary.domain.errors import Conflict
from armillary.services import accounts, bootstrap, credentials, tokens
from armillary.storage import seals
from armillary.storage.database import Database
from armillary.storage.seals import Place
from armillary.storage.secrets import Keyring

_PROVIDERS = Place(table="providers", column="sealed", key="id", purpose=credentials.PURPOSE)
#: Wherever a secret is sealed.
PLACES = (
    _PROVIDERS,
    Place(table="accounts", column="webhook_secret", key="id", purpose=accounts.WEBHOOK_SECRET),
    Place(table="accounts", column="challenge_token", key="id", purpose=accounts.CHALLENGE_TOKEN),
    Place(table="settings", column="value", key="name", purpose="settings", only=bootstrap.PEPPER),
    Place(table="settings", column="value", key="name", purpose="settings", only=tokens.KEYS),
)
#: How many secrets a transaction re-wraps: a few milliseconds for which other writers wait.
_AT_ONCE = 50
#: A secret that was sealed just before the new key came may commit after the last look; it is met in the next round.
_ROUNDS = 5

Step = Callable[[int, int], None]


def _unwatched(done: int, total: int) -> None:
    """Nobody watches."""


async def rotate(db: Database, keyring: Keyring, *, progress: Step = _unwatched) -> int:
    """Seal everything with a new key, and forget the old one; how many secrets were re-wrapped.

    Args:
        db: where they are.
        keyring: the keys. Where they were given as text, both have to be in it, and both stay.
        progress: is called with how many are done, and of how many.

    Raises: Conflict (``given_key``) where no new key can be made here, Conflict (``in_use``), Unavailable.
    """
    if not keyring.rotating:
        keyring.rotate()
    count = 0
    for _ in range(_ROUNDS):
        count += await rewrap_all(db, keyring, progress=progress)
        if await _retired(db, keyring):
            return count
    raise Conflict("in_use", "secrets are still being sealed with the old key: rotate again once servers restarted")


async def rewrap_all(db: Database, keyring: Keyring, *, progress: Step = _unwatched) -> int:
    """Every secret is sealed with the current key; how many were not. Raises: Unavailable, SecretDamaged."""
    ours, done = keyring.ours, 0
    async with db.reading() as reading:
        total = sum([await seals.count_pending(reading, place, ours) for place in PLACES])
    for place in PLACES:
        while batch := await _rewrap_some(db, keyring, place, ours):
            done += batch
            progress(done, max(done, total))
    return done


async def _rewrap_some(db: Database, keyring: Keyring, place: Place, ours: str) -> int:
    async with db.reading() as reading:
        if not await seals.pending(reading, place, ours, limit=1):
            return 0
    async with db.writing() as tx:
        if place is _PROVIDERS:
            await seals.lock_workspaces(tx, [one.row for one in await seals.pending(tx, place, ours, limit=_AT_ONCE)])
        found = await seals.pending(tx, place, ours, limit=_AT_ONCE)
        for one in found:
            await seals.replace(tx, place, one, keyring.rewrap(place.purpose, one.row, one.text))
    return len(found)


async def _retired(db: Database, keyring: Keyring) -> bool:
    """Whether the old key is gone: it is, unless something still names it."""
    async with db.writing() as tx:
        await seals.shut(tx, db.kind, PLACES)
        used = await seals.keys_used(tx, PLACES)
        if used - {keyring.current_id}:
            return False
        keyring.retire(still_used=used)
    return True
