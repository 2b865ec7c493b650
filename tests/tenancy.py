"""A prepared database: its account, its workspaces, and callers with the keys that tests make."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.accounts import DEFAULT_WORKSPACE, Account, ApiKey, NewApiKey, NewWorkspace, Workspace
from armillary.services import accounts, api_keys, bootstrap, workspaces
from armillary.services.access import Gate, Grant
from armillary.services.ids import new_id
from armillary.storage import accounts as account_store
from armillary.storage import workspaces as workspace_store
from armillary.storage.database import Database
from armillary.storage.secrets import Keyring

ADMIN_KEY = "a-key-for-tests-0123456789"
#: When a test begins; ``Tenancy.tick`` tells later instants.
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def a_keyring() -> Keyring:
    """A ring with one key, the same in every test."""
    return Keyring.from_text(base64.b64encode(bytes(range(32))).decode())


@dataclass(slots=True, kw_only=True)
class Tenancy:
    """A database that was prepared, and the admin key's principal in its default workspace."""

    db: Database
    keyring: Keyring
    gate: Gate
    owner: Principal
    token: str
    _now: datetime = field(default=START)

    def tick(self) -> datetime:
        """A later instant than all before."""
        self._now += timedelta(seconds=1)
        return self._now

    async def enter(self, token: str, workspace: UUID | None = DEFAULT_WORKSPACE) -> Principal:
        """The principal that a token is in a workspace."""
        return (await self.gate.admit(token)).enter(workspace, dialect="native")

    async def a_key(self, caller: Principal | None = None, **stated: Any) -> tuple[ApiKey, str]:
        """A key and its token."""
        new = NewApiKey(**{"name": "key", **stated})
        return await api_keys.create(self.db, self.gate, caller or self.owner, new, at=self.tick())

    async def a_caller(self, workspace: UUID | None = DEFAULT_WORKSPACE, **stated: Any) -> Principal:
        """The principal of a new key that reaches every workspace unless it is stated otherwise."""
        _, token = await self.a_key(**{"all_workspaces": "assigned" not in stated, **stated})
        return await self.enter(token, workspace)

    async def a_workspace(self, **stated: Any) -> Workspace:
        """A workspace besides the default one."""
        new = NewWorkspace(**{"name": "workspace", **stated})
        return await workspaces.create(self.db, self.owner, new, at=self.tick())

    async def a_foreign_workspace(self) -> Workspace:
        """Another account's workspace, which nobody here may tell from an absent one."""
        at, account, by = self.tick(), new_id(self._now), new_id(self._now)
        async with self.db.writing() as tx:
            await account_store.insert(
                tx,
                Account(
                    id=account,
                    name="Foreign",
                    webhook_secret=self.keyring.seal(accounts.WEBHOOK_SECRET, account, "secret"),
                    challenge_token=self.keyring.seal(accounts.CHALLENGE_TOKEN, account, "token"),
                    created_by=by,
                    created_at=at,
                ),
            )
            workspace = Workspace(
                id=new_id(at),
                number=await workspace_store.next_number(tx),
                account=account,
                name="Foreign",
                external_id="foreign",
                created_by=by,
                created_at=at,
                updated_at=at,
            )
            await workspace_store.insert(tx, workspace)
        return workspace


def key_of(grant: Grant) -> ApiKey:
    """The API key of a grant that has one."""
    assert grant.key is not None
    return grant.key


async def a_tenancy(db: Database) -> Tenancy:
    """Prepare a database and enter it."""
    keyring = a_keyring()
    prepared = await bootstrap.prepare(db, keyring, admin_key=ADMIN_KEY, at=START)
    gate = Gate(db, prepared.pepper, keyring)
    owner = (await gate.admit(ADMIN_KEY)).enter(DEFAULT_WORKSPACE, dialect="native", request_id="req_1")
    return Tenancy(db=db, keyring=keyring, gate=gate, owner=owner, token=ADMIN_KEY)
