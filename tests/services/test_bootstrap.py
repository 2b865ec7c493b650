from __future__ import annotations

import asyncio

import pytest

from armillary.domain.access import EVERYTHING, Role
from armillary.domain.accounts import DEFAULT_WORKSPACE, ProfileKind
from armillary.domain.changes import ChangeQuery
from armillary.domain.errors import InvalidRequest, Unauthenticated
from armillary.services import api_keys, bootstrap, changes, profiles, workspaces
from armillary.services.access import Gate
from armillary.storage.database import Database
from armillary.storage.engine import open_database
from tests.tenancy import START, Tenancy, a_keyring, a_tenancy, key_of

OTHER_KEY = "another-admin-key-for-tests"


async def prepared_again(tenancy: Tenancy, admin_key: str | None) -> bootstrap.Prepared:
    return await bootstrap.prepare(tenancy.db, tenancy.keyring, admin_key=admin_key, at=tenancy.tick())


async def trail(tenancy: Tenancy) -> list[tuple[str, str]]:
    found = await changes.page(tenancy.db, tenancy.owner, ChangeQuery(limit=1000))
    return sorted((change.kind, change.action.value) for change in found if change.kind in {"account", "api_key"})


async def test_a_new_database_has_a_workspace_and_a_key_that_opens_everything(database: Database) -> None:
    prepared = await bootstrap.prepare(database, a_keyring(), admin_key=None, at=START)
    assert prepared.is_new
    assert prepared.admin_token is not None
    grant = await Gate(database, prepared.pepper, a_keyring()).admit(prepared.admin_token)
    assert (key_of(grant).scopes, key_of(grant).role, key_of(grant).all_workspaces) == ((EVERYTHING,), Role.OWNER, True)
    caller = grant.enter(grant.default(), dialect="native")
    workspace = await workspaces.entered(database, caller)
    assert (workspace.id, workspace.number, workspace.external_id) == (DEFAULT_WORKSPACE, 1, "default")
    assert (await profiles.whoami(database, caller)).kind is ProfileKind.API_KEY


async def test_the_token_is_told_once(database: Database) -> None:
    first = await bootstrap.prepare(database, a_keyring(), admin_key=None, at=START)
    again = await bootstrap.prepare(database, a_keyring(), admin_key=None, at=START)
    assert again == bootstrap.Prepared(pepper=first.pepper)


async def test_a_token_that_was_given_is_not_told(database: Database) -> None:
    prepared = await bootstrap.prepare(database, a_keyring(), admin_key=OTHER_KEY, at=START)
    assert (prepared.admin_token, prepared.is_new) == (None, True)
    assert key_of(await Gate(database, prepared.pepper, a_keyring()).admit(OTHER_KEY)).is_default


@pytest.mark.parametrize("key", ["short", "x" * 7, "x" * 1025, "characters but spaces", "é" * 20], ids=len)
async def test_a_weak_admin_key_is_refused_and_nothing_is_written(database: Database, key: str) -> None:
    with pytest.raises(InvalidRequest, match="at least 8"):
        await bootstrap.prepare(database, a_keyring(), admin_key=key, at=START)
    assert (await bootstrap.prepare(database, a_keyring(), admin_key=None, at=START)).is_new


async def test_two_processes_at_once_make_one_account(database: Database, database_url: str) -> None:
    other = await open_database(database_url)
    keyring = a_keyring()
    both = await asyncio.gather(
        *(bootstrap.prepare(db, keyring, admin_key=None, at=START) for db in (database, other, database, other))
    )
    await other.close()
    assert sum(prepared.is_new for prepared in both) == 1
    assert len({prepared.pepper for prepared in both}) == 1
    async with database.reading() as tx:
        for table in ("accounts", "workspaces", "api_keys"):
            assert await tx.first(f"SELECT count(*) AS n FROM {table}") == {"n": 1}


async def test_another_admin_key_replaces_the_first(database: Database) -> None:
    tenancy = await a_tenancy(database)
    await prepared_again(tenancy, OTHER_KEY)
    assert key_of(await tenancy.gate.admit(OTHER_KEY)).is_default
    with pytest.raises(Unauthenticated):
        await tenancy.gate.admit(tenancy.token)
    assert await trail(tenancy) == [("account", "created"), ("api_key", "created"), ("api_key", "updated")]


async def test_the_same_admin_key_changes_nothing(database: Database) -> None:
    tenancy = await a_tenancy(database)
    await prepared_again(tenancy, tenancy.token)
    assert await trail(tenancy) == [("account", "created"), ("api_key", "created")]


async def test_a_restart_does_not_bring_a_rotated_admin_key_back(database: Database) -> None:
    tenancy = await a_tenancy(database)
    assert tenancy.owner.key is not None
    _, token = await api_keys.rotate(database, tenancy.gate, tenancy.owner, tenancy.owner.key, at=tenancy.tick())
    await prepared_again(tenancy, tenancy.token)
    assert key_of(await tenancy.gate.admit(token)).is_default
    with pytest.raises(Unauthenticated):
        await tenancy.gate.admit(tenancy.token)


async def test_a_new_admin_key_opens_where_the_old_one_was_disabled(database: Database) -> None:
    tenancy = await a_tenancy(database)
    assert tenancy.owner.key is not None
    await api_keys.disable(database, tenancy.owner, tenancy.owner.key, at=tenancy.tick())
    await prepared_again(tenancy, OTHER_KEY)
    assert key_of(await tenancy.gate.admit(OTHER_KEY)).enabled


async def test_an_admin_key_that_opens_something_else_is_refused(database: Database) -> None:
    tenancy = await a_tenancy(database)
    _, token = await tenancy.a_key()
    with pytest.raises(InvalidRequest, match="another API key"):
        await prepared_again(tenancy, token)
    assert not key_of(await tenancy.gate.admit(token)).is_default


async def test_the_system_is_a_principal_of_its_own(database: Database) -> None:
    tenancy = await a_tenancy(database)
    caller = await bootstrap.system(database)
    assert (await profiles.whoami(database, caller)).kind is ProfileKind.SYSTEM
    assert caller.account == tenancy.owner.account
