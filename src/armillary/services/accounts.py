"""The account, and the two secrets by which others know that a message is ours."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime

from armillary.domain.access import Principal
from armillary.domain.accounts import Account
from armillary.services import records
from armillary.storage import accounts as store
from armillary.storage.database import Database
from armillary.storage.revisions import account_raised
from armillary.storage.secrets import Keyring

#: What the two secrets are sealed for, each with the account's id as its row.
WEBHOOK_SECRET = "account.webhook_secret"  # noqa: S105  a purpose
CHALLENGE_TOKEN = "account.challenge_token"  # noqa: S105  as above


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An account and its secrets in clear; both are empty for callers that may not manage the account."""

    account: Account
    webhook_secret: str = field(default="", repr=False)
    challenge_token: str = field(default="", repr=False)


def new_webhook_secret() -> str:
    """A secret that signs webhooks, as Standard Webhooks spells one (contracts/cadenya.md, 1.10)."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def new_challenge_token() -> str:
    """A token that proves who answers a challenge."""
    return f"challenge_{secrets.token_urlsafe(32)}"


async def read(db: Database, keyring: Keyring, caller: Principal) -> Opened:
    """The caller's account; no scope is needed for it, ``account:manage`` for its secrets."""
    async with db.reading() as tx:
        account = await store.by_id(tx, caller.account)
    if not caller.can("account:manage"):
        return Opened(account=account)
    return Opened(
        account=account,
        webhook_secret=keyring.unseal(WEBHOOK_SECRET, account.id, account.webhook_secret),
        challenge_token=keyring.unseal(CHALLENGE_TOKEN, account.id, account.challenge_token),
    )


async def rotate_webhook_secret(db: Database, keyring: Keyring, caller: Principal, *, at: datetime) -> str:
    """A new secret signs webhooks from now on. Raises: PermissionDenied."""
    caller.require("account:manage")
    secret = new_webhook_secret()
    async with db.writing() as tx:
        account = await store.locked(tx, caller.account)
        sealed = keyring.seal(WEBHOOK_SECRET, account.id, secret)
        await store.save_secrets(tx, replace(account, webhook_secret=sealed))
        await records.updated(tx, caller, "account", account.id, {}, {"webhook_secret": "rotated"}, at=at)
        await account_raised(tx, account.id)
    return secret


async def rotate_challenge_token(db: Database, keyring: Keyring, caller: Principal, *, at: datetime) -> str:
    """A new token answers challenges from now on. Raises: PermissionDenied."""
    caller.require("account:manage")
    token = new_challenge_token()
    async with db.writing() as tx:
        account = await store.locked(tx, caller.account)
        sealed = keyring.seal(CHALLENGE_TOKEN, account.id, token)
        await store.save_secrets(tx, replace(account, challenge_token=sealed))
        await records.updated(tx, caller, "account", account.id, {}, {"challenge_token": "rotated"}, at=at)
        await account_raised(tx, account.id)
    return token
