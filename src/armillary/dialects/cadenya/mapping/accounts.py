"""The account. Source: contracts/cadenya.md, 3.9."""

from __future__ import annotations

from collections.abc import Iterable

from armillary.dialects.cadenya.mapping import metadata
from armillary.dialects.cadenya.mapping.workspaces import workspace_reply
from armillary.dialects.cadenya.schemas import accounts as wire
from armillary.domain.accounts import Workspace
from armillary.services.accounts import Opened


def account_reply(opened: Opened, workspaces: Iterable[Workspace]) -> wire.Account:
    """The account, its secrets empty for callers that may not know them."""
    account = opened.account
    return wire.Account(
        metadata=metadata.of_the_account(account),
        spec=wire.AccountSpec(
            description=account.description,
            domain=account.domain,
            billing_email=account.billing_email,
            workspaces=[workspace_reply(one) for one in workspaces],
        ),
        info=wire.AccountInfo(webhook_events_hmac_secret=opened.webhook_secret, challenge_token=opened.challenge_token),
    )
