"""Accounts, as rows."""

from __future__ import annotations

from uuid import UUID

from armillary.domain.accounts import Account
from armillary.domain.errors import NotFound
from armillary.storage.columns import identity, instant, moment
from armillary.storage.database import Reading, Row, Writing


async def insert(tx: Writing, account: Account) -> None:
    """Add an account."""
    await tx.run(
        "INSERT INTO accounts (id, name, description, domain, billing_email, webhook_secret, challenge_token,"
        " created_by, created_at) VALUES (:id, :name, :description, :domain, :billing_email, :webhook_secret,"
        " :challenge_token, :created_by, :created_at)",
        id=account.id.hex,
        name=account.name,
        description=account.description,
        domain=account.domain,
        billing_email=account.billing_email,
        webhook_secret=account.webhook_secret,
        challenge_token=account.challenge_token,
        created_by=account.created_by.hex,
        created_at=instant(account.created_at),
    )


async def by_id(reading: Reading, account: UUID) -> Account:
    """One account. Raises: NotFound."""
    return _account(await reading.first("SELECT * FROM accounts WHERE id = :id", id=account.hex), account)


async def locked(tx: Writing, account: UUID) -> Account:
    """Read one account, and keep others from writing its keys, profiles, members and workspaces meanwhile.

    Comes before every other lock, so that no two transactions wait for each other. Raises: NotFound.
    """
    return _account(await tx.first("SELECT * FROM accounts WHERE id = :id {for_update}", id=account.hex), account)


async def save_secrets(tx: Writing, account: Account) -> None:
    """Keep the account's two sealed secrets."""
    await tx.run(
        "UPDATE accounts SET webhook_secret = :webhook_secret, challenge_token = :challenge_token WHERE id = :id",
        webhook_secret=account.webhook_secret,
        challenge_token=account.challenge_token,
        id=account.id.hex,
    )


async def revision(reading: Reading, account: UUID) -> int | None:
    """The account's revision; None where there is no such account."""
    row = await reading.first("SELECT revision FROM accounts WHERE id = :id", id=account.hex)
    return int(row["revision"]) if row else None


def _account(row: Row | None, account: UUID) -> Account:
    if row is None:
        raise NotFound("account", account)
    return Account(
        id=identity(row["id"]),
        name=row["name"],
        description=row["description"],
        domain=row["domain"],
        billing_email=row["billing_email"],
        webhook_secret=row["webhook_secret"],
        challenge_token=row["challenge_token"],
        created_by=identity(row["created_by"]),
        created_at=moment(row["created_at"]),
        revision=row["revision"],
    )
