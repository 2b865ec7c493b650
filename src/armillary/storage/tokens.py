"""Whom tokens name, as rows, and the sealed keys that sign them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from armillary.domain.access import Role
from armillary.domain.tokens import Claims, Membership, SigningKey, SigningKeys
from armillary.storage import settings
from armillary.storage.columns import identity
from armillary.storage.database import Reading, Writing
from armillary.storage.secrets import Keyring

#: The setting that holds the keys; it is sealed for its own name.
KEYS = "token_keys"
_PURPOSE = "settings"
_MEMBERSHIP = """SELECT m.profile, m.role, m.workspace, a.id AS account, a.revision AS account_revision
    FROM members m JOIN profiles p ON p.id = m.profile JOIN workspaces w ON w.id = m.workspace
    JOIN accounts a ON a.id = w.account AND a.id = p.account
    WHERE m.workspace = :workspace AND m.active = 1 AND w.status = 'enabled' AND """


class _Key(msgspec.Struct):
    kid: str
    secret: bytes
    until: datetime


async def membership(reading: Reading, claims: Claims) -> tuple[Membership, int] | None:
    """What the named profile is in the named workspace now, and its account's revision.

    None where it is no member, is switched off, or the workspace is archived.
    """
    if claims.profile is not None:
        row = await reading.first(
            _MEMBERSHIP + "m.profile = :profile", workspace=claims.workspace.hex, profile=claims.profile.hex
        )
    else:
        row = await reading.first(
            _MEMBERSHIP + "p.kind = 'user' AND p.email = :email ORDER BY p.id LIMIT 1",
            workspace=claims.workspace.hex,
            email=claims.email,
        )
    if row is None:
        return None
    held = Membership(
        account=identity(row["account"]),
        profile=identity(row["profile"]),
        role=Role(row["role"]),
        workspace=identity(row["workspace"]),
    )
    return held, row["account_revision"]


async def keys(reading: Reading, keyring: Keyring) -> SigningKeys:
    """The keys that verify tokens, the one that signs first. Raises: Unavailable, SecretDamaged."""
    sealed = await settings.read(reading, KEYS)
    if not sealed:
        return SigningKeys()
    found = msgspec.json.decode(keyring.unseal_bytes(_PURPOSE, KEYS, sealed), type=list[_Key])
    return SigningKeys(tuple(SigningKey(kid=key.kid, secret=key.secret, until=key.until) for key in found))


async def locked_keys(tx: Writing, keyring: Keyring) -> SigningKeys:
    """As ``keys``; nobody else changes them until the transaction ends."""
    await settings.begin(tx, KEYS)
    return await keys(tx, keyring)


async def save_keys(tx: Writing, keyring: Keyring, keys: SigningKeys) -> None:
    """Keep the keys, sealed."""
    stated = [_Key(kid=key.kid, secret=key.secret, until=key.until) for key in keys.keys]
    await settings.write(tx, KEYS, keyring.seal(_PURPOSE, KEYS, msgspec.json.encode(stated)))
