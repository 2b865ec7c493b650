"""The caller, the account, and the account's two secrets. Source: contracts/cadenya.md, 3.9."""

from __future__ import annotations

from collections.abc import Sequence

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import GET, POST, Router
from armillary.dialects.cadenya.mapping.accounts import account_reply
from armillary.dialects.cadenya.mapping.profiles import whoami_reply
from armillary.dialects.cadenya.schemas import accounts as wire
from armillary.dialects.cadenya.schemas.profiles import Whoami
from armillary.domain.accounts import Workspace, WorkspaceQuery
from armillary.domain.errors import PermissionDenied
from armillary.services import accounts, profiles, workspaces

router = Router()
_MANAGE = "account:manage"
_MOST_WORKSPACES = 1000


@router.operation(GET, "/whoami", entry=False)
async def whoami(call: Call) -> Whoami:
    """Get the caller's profile, and the workspace that it enters where a request names none."""
    entered = None if call.grant.default() is None else await workspaces.entered(call.db, call.caller)
    return whoami_reply(await profiles.whoami(call.db, call.caller), entered)


@router.operation(GET, "/account", entry=False)
async def get_account(call: Call) -> wire.Account:
    """Get the caller's account; its secrets are empty for callers without ``account:manage``."""
    opened = await accounts.read(call.db, call.keyring, call.caller)
    return account_reply(opened, await _reachable(call))


async def _reachable(call: Call) -> Sequence[Workspace]:
    """The caller's workspaces, for callers who may list them."""
    if not call.caller.can("workspaces:read"):
        return ()
    query = WorkspaceQuery(newest_first=False, limit=_MOST_WORKSPACES)
    return await workspaces.mine(call.db, call.grant, query)


@router.operation(
    POST, "/account:rotateChallengeToken", scope=_MANAGE, entry=False, secret=True, raises=(PermissionDenied,)
)
async def rotate_challenge_token(call: Call) -> wire.ChallengeToken:
    """Give the account a new challenge token; the old one counts no longer."""
    token = await accounts.rotate_challenge_token(call.db, call.keyring, call.caller, at=call.now)
    return wire.ChallengeToken(challenge_token=token)


@router.operation(
    POST,
    "/account:rotateWebhookSigningKey",
    scope=_MANAGE,
    entry=False,
    secret=True,
    raises=(PermissionDenied,),
    aliases=("/account/rotate_webhook_signing_key",),
)
async def rotate_webhook_signing_key(call: Call) -> wire.WebhookSigningKey:
    """Give the account a new secret to sign webhooks with; the old one counts no longer."""
    secret = await accounts.rotate_webhook_secret(call.db, call.keyring, call.caller, at=call.now)
    return wire.WebhookSigningKey(webhook_events_hmac_secret=secret)
