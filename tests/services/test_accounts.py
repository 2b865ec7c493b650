from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from armillary.domain.access import EVERYTHING, Role
from armillary.domain.changes import Action, ChangeQuery
from armillary.domain.errors import PermissionDenied
from armillary.services import accounts, changes
from tests.tenancy import Tenancy

Rotate = Callable[..., Awaitable[str]]
ROTATIONS = pytest.mark.parametrize(
    ("rotate", "member"),
    [(accounts.rotate_webhook_secret, "webhook_secret"), (accounts.rotate_challenge_token, "challenge_token")],
    ids=["webhook-secret", "challenge-token"],
)


async def test_owners_read_the_accounts_secrets(tenancy: Tenancy) -> None:
    opened = await accounts.read(tenancy.db, tenancy.keyring, tenancy.owner)
    assert opened.account.id == tenancy.owner.account
    assert opened.webhook_secret.startswith("whsec_")
    assert opened.challenge_token.startswith("challenge_")


async def test_others_read_the_account_without_them(tenancy: Tenancy) -> None:
    admin = await tenancy.a_caller(scopes=(EVERYTHING,), role=Role.ADMIN)
    opened = await accounts.read(tenancy.db, tenancy.keyring, admin)
    assert (opened.account.name, opened.webhook_secret, opened.challenge_token) == ("Default", "", "")


@ROTATIONS
async def test_a_rotated_secret_is_the_one_that_is_read(tenancy: Tenancy, rotate: Rotate, member: str) -> None:
    before = await accounts.read(tenancy.db, tenancy.keyring, tenancy.owner)
    new = await rotate(tenancy.db, tenancy.keyring, tenancy.owner, at=tenancy.tick())
    after = await accounts.read(tenancy.db, tenancy.keyring, tenancy.owner)
    assert getattr(after, member) == new != getattr(before, member)
    other = ({"webhook_secret", "challenge_token"} - {member}).pop()
    assert getattr(after, other) == getattr(before, other)


@ROTATIONS
async def test_rotating_needs_an_owner(tenancy: Tenancy, rotate: Rotate, member: str) -> None:
    admin = await tenancy.a_caller(scopes=(EVERYTHING,), role=Role.ADMIN)
    with pytest.raises(PermissionDenied):
        await rotate(tenancy.db, tenancy.keyring, admin, at=tenancy.tick())
    assert await changes.page(tenancy.db, tenancy.owner, ChangeQuery(kind="account", action=Action.UPDATED)) == []


async def test_neither_the_trail_nor_a_repr_holds_a_secret(tenancy: Tenancy) -> None:
    secret = await accounts.rotate_webhook_secret(tenancy.db, tenancy.keyring, tenancy.owner, at=tenancy.tick())
    token = await accounts.rotate_challenge_token(tenancy.db, tenancy.keyring, tenancy.owner, at=tenancy.tick())
    trail = await changes.page(tenancy.db, tenancy.owner, ChangeQuery(kind="account", action=Action.UPDATED))
    opened = await accounts.read(tenancy.db, tenancy.keyring, tenancy.owner)
    assert len(trail) == 2
    assert not any(each in repr((trail, opened)) for each in (secret, token, opened.account.webhook_secret))
