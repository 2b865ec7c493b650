"""The account and its two secrets. Source: contracts/cadenya.md, 3.9."""

from __future__ import annotations

from armillary.dialects.cadenya.schemas.base import Reply
from armillary.dialects.cadenya.schemas.metadata import AccountResourceMetadata
from armillary.dialects.cadenya.schemas.workspaces import Workspace


class AccountSpec(Reply):
    """What was said of the account, and the workspaces that the caller may enter."""

    description: str
    domain: str
    billing_email: str
    workspaces: list[Workspace]


class AccountInfo(Reply):
    """Its secrets, for callers with ``account:manage``; empty for others."""

    webhook_events_hmac_secret: str
    challenge_token: str


class Account(Reply):
    """The caller's account."""

    metadata: AccountResourceMetadata
    spec: AccountSpec
    info: AccountInfo


class ChallengeToken(Reply):
    """A new one."""

    challenge_token: str


class WebhookSigningKey(Reply):
    """A new one."""

    webhook_events_hmac_secret: str
