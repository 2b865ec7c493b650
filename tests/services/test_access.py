from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from armillary.domain.access import Role
from armillary.domain.accounts import DEFAULT_WORKSPACE, NOWHERE, ApiKey
from armillary.domain.errors import NotFound, PermissionDenied, Unauthenticated
from armillary.services import api_keys, bootstrap, workspaces
from armillary.services.access import Gate
from armillary.storage import workspaces as workspace_store
from armillary.storage.database import Database, Reading
from armillary.storage.digests import digest, mint_token
from armillary.storage.engine import open_database
from tests.tenancy import START, Tenancy, key_of

ABSENT = UUID(int=404)


async def shut(tenancy: Tenancy, key: ApiKey) -> None:
    await api_keys.disable(tenancy.db, tenancy.owner, key.id, at=tenancy.tick())


async def rotate(tenancy: Tenancy, key: ApiKey) -> None:
    await api_keys.rotate(tenancy.db, tenancy.gate, tenancy.owner, key.id, at=tenancy.tick())


async def delete(tenancy: Tenancy, key: ApiKey) -> None:
    await api_keys.delete(tenancy.db, tenancy.owner, key.id, at=tenancy.tick())


ENDINGS = pytest.mark.parametrize("end", [shut, rotate, delete], ids=["disabled", "rotated", "deleted"])
End = Callable[[Tenancy, ApiKey], Awaitable[None]]


async def is_open(gate: Gate, token: str) -> bool:
    try:
        await gate.admit(token)
    except Unauthenticated:
        return False
    return True


async def until_shut(gate: Gate, token: str) -> None:
    async with asyncio.timeout(10):
        while await is_open(gate, token):  # noqa: ASYNC110  another process tells nobody here
            await asyncio.sleep(0.001)


@asynccontextmanager
async def another_process(tenancy: Tenancy, url: str) -> AsyncIterator[Gate]:
    """Another database object on the same database, as another process has one, and its gate."""
    db = await open_database(url)
    prepared = await bootstrap.prepare(db, tenancy.keyring, admin_key=None, at=START)
    yield Gate(db, prepared.pepper, tenancy.keyring)
    await db.close()


@pytest.mark.parametrize("token", ["", "unknown", "é", "\udc80", "x" * 5000, mint_token()], ids=str.__len__)
async def test_an_unknown_token_opens_nothing(tenancy: Tenancy, token: str) -> None:
    with pytest.raises(Unauthenticated, match="no valid API key was sent"):
        await tenancy.gate.admit(token)


async def test_a_key_is_admitted_with_what_it_may_do(tenancy: Tenancy) -> None:
    key, token = await tenancy.a_key(scopes=("models:manage",), role=Role.ADMIN, all_workspaces=True)
    grant = await tenancy.gate.admit(token)
    assert (grant.key, grant.account, grant.scopes) == (
        key,
        key.account,
        frozenset({"models:manage", "models:read"}),
    )


@ENDINGS
async def test_the_next_request_of_a_key_that_ended_is_refused(tenancy: Tenancy, end: End) -> None:
    key, token = await tenancy.a_key()
    await tenancy.gate.admit(token)
    await end(tenancy, key)
    assert not await is_open(tenancy.gate, token)


@ENDINGS
async def test_other_processes_refuse_a_key_that_ended(tenancy: Tenancy, database_url: str, end: End) -> None:
    key, token = await tenancy.a_key()
    async with another_process(tenancy, database_url) as gate:
        await gate.admit(token)
        await end(tenancy, key)
        await until_shut(gate, token)


async def test_a_key_that_is_enabled_again_opens_again(tenancy: Tenancy) -> None:
    key, token = await tenancy.a_key()
    await shut(tenancy, key)
    assert not await is_open(tenancy.gate, token)
    await api_keys.enable(tenancy.db, tenancy.owner, key.id, at=tenancy.tick())
    assert await is_open(tenancy.gate, token)


async def test_what_is_remembered_costs_no_statement(tenancy: Tenancy, monkeypatch: pytest.MonkeyPatch) -> None:
    await tenancy.gate.admit(tenancy.token)

    def opened(*_: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(type(tenancy.db), "reading", opened)
    assert key_of(await tenancy.gate.admit(tenancy.token)).is_default


async def test_a_read_that_a_commit_overtakes_is_not_remembered(
    tenancy: Tenancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, token = await tenancy.a_key()
    read = workspace_store.of_account
    overtaken = False

    async def slow(tx: Reading, account: UUID) -> list[object]:
        nonlocal overtaken
        if not overtaken:
            overtaken = True
            await shut(tenancy, key)
        return list(await read(tx, account))

    monkeypatch.setattr("armillary.storage.workspaces.of_account", slow)
    await tenancy.gate.admit(token)  # began before the key was shut
    assert overtaken
    assert not await is_open(tenancy.gate, token)


async def test_a_lost_announcement_forgets_everything(tenancy: Tenancy) -> None:
    grant = await tenancy.gate.admit(tenancy.token)
    tenancy.gate._hear(None)  # noqa: SLF001  what the engine tells where a connection was lost
    again = await tenancy.gate.admit(tenancy.token)
    assert again is not grant
    assert again == grant


async def test_neither_wrong_tokens_nor_many_keys_fill_the_memory(tenancy: Tenancy, database: Database) -> None:
    prepared = await bootstrap.prepare(database, tenancy.keyring, admin_key=None, at=START)
    gate = Gate(database, prepared.pepper, tenancy.keyring, capacity=2)
    for number in range(5):
        assert not await is_open(gate, f"wrong {number}")
        assert await is_open(gate, (await tenancy.a_key())[1])
    assert len(gate._grants) == 2  # noqa: SLF001  memory cannot be seen from outside


async def test_the_same_workspaces_are_kept_once_for_all_keys(tenancy: Tenancy) -> None:
    _, token = await tenancy.a_key()
    grants = [await tenancy.gate.admit(each) for each in (token, tenancy.token)]
    assert grants[0].places is grants[1].places


async def test_uses_are_written_together_and_raise_no_revision(tenancy: Tenancy) -> None:
    key, token = await tenancy.a_key()
    grant = await tenancy.gate.admit(token)
    await tenancy.gate.flush()
    used = await api_keys.read(tenancy.db, tenancy.owner, key.id)
    assert used.last_used_at is not None
    assert used.last_used_at > START
    assert tenancy.gate.used == {}
    assert await tenancy.gate.admit(token) is grant


async def test_an_earlier_use_never_replaces_a_later_one(tenancy: Tenancy) -> None:
    await tenancy.gate.admit(tenancy.token)
    ((key, at),) = tenancy.gate.used.items()
    await tenancy.gate.flush()
    tenancy.gate.used = {key: at - 1}
    await tenancy.gate.flush()
    used = (await api_keys.read(tenancy.db, tenancy.owner, key)).last_used_at
    assert used is not None
    assert used.timestamp() == pytest.approx(at / 1e6, abs=1e-6)


async def test_uses_that_cannot_be_written_are_kept(tenancy: Tenancy, monkeypatch: pytest.MonkeyPatch) -> None:
    await tenancy.gate.admit(tenancy.token)

    async def fail(*_: object) -> None:
        raise NotFound("database")

    with monkeypatch.context() as patch:
        patch.setattr("armillary.storage.api_keys.save_uses", fail)
        with pytest.raises(NotFound):
            await tenancy.gate.flush()
    assert len(tenancy.gate.used) == 1


async def test_a_key_enters_the_workspaces_that_it_reaches(tenancy: Tenancy) -> None:
    second = await tenancy.a_workspace(external_id="second")
    key, token = await tenancy.a_key(assigned=(second.id,), role=Role.MEMBER)
    grant = await tenancy.gate.admit(token)
    caller = grant.enter(second.id, dialect="everruns", reason="why", request_id="r")
    assert (caller.workspace, caller.profile, caller.role, caller.key) == (second.id, key.profile, Role.MEMBER, key.id)
    assert (caller.dialect, caller.reason, caller.request_id) == ("everruns", "why", "r")
    assert (grant.reachable(), grant.only(), grant.default()) == ((second.id,), second.id, second.id)


async def test_absent_and_foreign_workspaces_answer_alike(tenancy: Tenancy) -> None:
    foreign = await tenancy.a_foreign_workspace()
    grant = await tenancy.gate.admit(tenancy.token)
    for workspace in (ABSENT, foreign.id):
        with pytest.raises(NotFound, match=r"^workspace not found$"):
            grant.enter(workspace, dialect="native")
    for reference in ("absent", "foreign", foreign.id, ABSENT):
        with pytest.raises(NotFound, match=r"^workspace not found$"):
            grant.find(reference)


async def test_a_workspace_beyond_the_keys_reach_is_denied(tenancy: Tenancy) -> None:
    _, token = await tenancy.a_key()
    grant = await tenancy.gate.admit(token)
    with pytest.raises(PermissionDenied, match="not assigned"):
        grant.enter(DEFAULT_WORKSPACE, dialect="native")
    assert (grant.reachable(), grant.only(), grant.default()) == ((), None, None)


async def test_an_archived_workspace_is_denied_to_all(tenancy: Tenancy) -> None:
    second = await tenancy.a_workspace()
    await workspaces.archive(tenancy.db, tenancy.owner, DEFAULT_WORKSPACE, at=tenancy.tick())
    grant = await tenancy.gate.admit(tenancy.token)
    with pytest.raises(PermissionDenied, match="archived"):
        grant.enter(DEFAULT_WORKSPACE, dialect="native")
    assert (grant.reachable(), grant.default()) == ((second.id,), second.id)


async def test_workspaces_are_found_by_either_id(tenancy: Tenancy) -> None:
    second = await tenancy.a_workspace(external_id="second")
    grant = await tenancy.gate.admit(tenancy.token)
    assert (grant.find("second"), grant.find(second.id)) == (second.id, second.id)
    assert (grant.find("default"), grant.only(), grant.default()) == (DEFAULT_WORKSPACE, None, DEFAULT_WORKSPACE)


async def test_who_enters_no_workspace_stands_where_nothing_is(tenancy: Tenancy) -> None:
    grant = await tenancy.gate.admit(tenancy.token)
    assert grant.enter(None, dialect="native").workspace == NOWHERE


async def test_neither_tokens_nor_digests_are_shown(tenancy: Tenancy, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key, token = await tenancy.a_key()
    prepared = await bootstrap.prepare(tenancy.db, tenancy.keyring, admin_key=None, at=START)
    grant = await tenancy.gate.admit(token)
    shown = " ".join(map(repr, [key, grant, tenancy.gate, prepared, grant.enter(None, dialect="x")])) + caplog.text
    for secret in (token, digest(token, prepared.pepper), repr(prepared.pepper)):
        assert secret not in shown
