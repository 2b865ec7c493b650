"""Tokens: minted for a member of a workspace, verified when they come back, and the keys that sign them.

Each key signs until the next one is made; a key that signed verifies for as long as a token of its could live.
Source: contracts/artifacts.md, 1.2, 1.3 and section 6, 2; RFC 7519.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.accounts import Member, Profile, checked_email
from armillary.domain.errors import InvalidRequest, NotFound, Unauthenticated
from armillary.domain.tokens import (
    ISSUER,
    SECRET_BYTES,
    Claims,
    Membership,
    SigningKey,
    SigningKeys,
    kids,
    read_claims,
)
from armillary.services import records
from armillary.storage import accounts, members, profiles
from armillary.storage import tokens as store
from armillary.storage.database import Database, Reading, Writing
from armillary.storage.revisions import account_raised
from armillary.storage.secrets import Keyring

#: The setting in which the keys stand.
KEYS = store.KEYS
_ALGORITHM = "HS256"
_REQUIRED = ["exp", "iat", "iss"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted:
    """A token, and whom it stands for."""

    token: str = field(repr=False)
    member: Member
    expires_at: datetime


async def mint(  # noqa: PLR0913  where and who, for whom, how long and when
    db: Database, keyring: Keyring, caller: Principal, profile: str, *, life: timedelta, at: datetime
) -> Minted:
    """A token for a member of the caller's workspace, found by its e-mail address or its id.

    Raises: PermissionDenied, InvalidRequest (``profile``) where no active member of the workspace is so named.
    """
    caller.require("account:manage")
    at = at.replace(microsecond=0)
    async with db.writing() as tx:
        keys = await _signing(tx, keyring, at=at)
        member = await _member(tx, caller, profile)
        kept = keys.signed(at + life)
        await store.save_keys(tx, keyring, kept)
        token = _signed(kept.keys[0], _claims(member, at=at, until=at + life))
        told = {"workspace": caller.workspace.hex, "kid": kept.keys[0].kid, "expires_at": (at + life).isoformat()}
        await records.created(tx, caller, "token", member.profile.id, told, at=at)
    return Minted(token=token, member=member, expires_at=at + life)


async def rotate(db: Database, keyring: Keyring, caller: Principal, *, at: datetime) -> int:
    """A new key signs from now on; how many former ones still verify. Raises: PermissionDenied."""
    caller.require("account:manage")
    async with db.writing() as tx:
        before = await store.locked_keys(tx, keyring)
        after = before.rotated(_new_key(at), at=at)
        await _replaced(tx, keyring, caller, before, after, at=at)
    return len(after.keys) - 1


async def revoke(db: Database, keyring: Keyring, caller: Principal, *, at: datetime) -> None:
    """A new key signs from now on, and no token from before opens anything any more. Raises: PermissionDenied."""
    caller.require("account:manage")
    async with db.writing() as tx:
        await accounts.locked(tx, caller.account)
        before = await store.locked_keys(tx, keyring)
        await _replaced(tx, keyring, caller, before, SigningKeys((_new_key(at),)), at=at)
        await account_raised(tx, caller.account)  # servers forget what tokens opened, and verify again


async def holder(reading: Reading, keyring: Keyring, token: str) -> tuple[Membership, int, float] | None:
    """Whom the token stands for, its account's revision, and when the token expires; None for what is no token.

    Raises: Unauthenticated where it is one that opens nothing; Unavailable where its key cannot be opened.
    """
    if not _is_formed(token):
        return None
    claims = _verified(token, await store.keys(reading, keyring))
    found = await store.membership(reading, claims)
    if found is None:
        raise Unauthenticated("the token's profile is no active member of its workspace")
    return *found, claims.expires_at


def _is_formed(token: str) -> bool:
    """Whether it has the three parts of a signed token, of which the first begins an object."""
    return token.isascii() and token.startswith("eyJ") and token.count(".") == 2


def _verified(token: str, keys: SigningKeys) -> Claims:
    import jwt  # noqa: PLC0415  0.06 s and 2 MB that only whoever is sent a token should pay

    try:
        key = keys.find(str(jwt.get_unverified_header(token).get("kid")))
        if key is None:
            raise Unauthenticated
        stated = jwt.decode(
            token,
            key.secret,
            algorithms=[_ALGORITHM],  # never the one that the token names: RFC 8725, 2.1
            issuer=ISSUER,
            options={"require": _REQUIRED, "verify_aud": False},  # contracts/artifacts.md, 1.2: not checked
        )
    except jwt.ExpiredSignatureError:
        raise Unauthenticated("the token has expired: ask for a new one") from None
    except (jwt.PyJWTError, RecursionError):
        raise Unauthenticated from None  # the cause would carry the token
    return read_claims(stated)


def _signed(key: SigningKey, claims: dict[str, Any]) -> str:
    import jwt  # noqa: PLC0415  as above

    return jwt.encode(claims, key.secret, algorithm=_ALGORITHM, headers={"kid": key.kid})


def _claims(member: Member, *, at: datetime, until: datetime) -> dict[str, Any]:
    profile = str(member.profile.id)
    return {
        "iss": ISSUER,
        "sub": profile,
        "email": member.profile.email,
        "name": member.profile.name,
        "profile_id": profile,
        "workspace_id": str(member.workspace),
        "role": member.role.value,
        "iat": int(at.timestamp()),
        "exp": int(until.timestamp()),
    }


async def _signing(tx: Writing, keyring: Keyring, *, at: datetime) -> SigningKeys:
    keys = await store.locked_keys(tx, keyring)
    return keys if keys.current is not None else SigningKeys((_new_key(at),))


def _new_key(at: datetime) -> SigningKey:
    return SigningKey(kid=secrets.token_hex(8), secret=secrets.token_bytes(SECRET_BYTES), until=at)


async def _replaced(  # noqa: PLR0913  who, what and when belong together
    tx: Writing, keyring: Keyring, caller: Principal, before: SigningKeys, after: SigningKeys, *, at: datetime
) -> None:
    await store.save_keys(tx, keyring, after)
    documents = {"kids": kids(before.keys)}, {"kids": kids(after.keys)}
    await records.updated(tx, caller, "account", caller.account, *documents, at=at)


async def _member(tx: Reading, caller: Principal, wanted: str) -> Member:
    profile = await _profile(tx, caller, wanted)
    named = Claims(profile=profile.id, email="", workspace=caller.workspace, expires_at=0)
    member = await members.find(tx, caller.workspace, profile.id)
    if member is None or await store.membership(tx, named) is None:
        raise InvalidRequest("profile", f"{profile.name} is no active member of this workspace: make it one first")
    return member


async def _profile(tx: Reading, caller: Principal, wanted: str) -> Profile:
    nobody = InvalidRequest("profile", "nobody has this e-mail address or id")
    try:
        return await profiles.by_id(tx, caller.account, UUID(wanted))
    except ValueError:
        found = await profiles.by_email(tx, caller.account, checked_email(wanted))
    except NotFound:
        raise nobody from None
    if found is None:
        raise nobody
    return found
