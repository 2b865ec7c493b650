"""Tokens: whom they open the API for, and what opens nothing."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest

from armillary.domain.access import CEILING, Role
from armillary.domain.accounts import DEFAULT_WORKSPACE, NOWHERE, Member
from armillary.domain.changes import ChangeQuery
from armillary.domain.errors import InvalidRequest, PermissionDenied, Unauthenticated
from armillary.domain.tokens import ISSUER, SigningKey
from armillary.services import bootstrap, changes, members, secrets, tokens, workspaces
from armillary.services.access import Gate
from armillary.services.members import NewMember
from armillary.storage import seals
from armillary.storage import settings as settings_store
from armillary.storage import tokens as store
from armillary.storage.database import Database
from armillary.storage.engine import open_database
from armillary.storage.revisions import account_raised
from armillary.storage.secrets import Keyring
from tests.tenancy import ADMIN_KEY, START, Tenancy, a_tenancy

HOUR = timedelta(hours=1)


def now() -> datetime:
    """Tokens are minted and verified by the clock that everybody has."""
    return datetime.now(UTC)


@pytest.fixture
async def system(tenancy: Tenancy) -> Any:
    return await bootstrap.system(tenancy.db)


async def a_member(
    tenancy: Tenancy, email: str = "ada@example.com", role: Role = Role.MEMBER, workspace: UUID = DEFAULT_WORKSPACE
) -> Member:
    new = NewMember(email=email, role=role)
    return await members.add(tenancy.db, tenancy.owner, workspace, new, at=tenancy.tick())


async def minted(
    tenancy: Tenancy, profile: str | UUID = "ada@example.com", life: timedelta = HOUR, at: datetime | None = None
) -> str:
    caller = await bootstrap.system(tenancy.db)
    told = await tokens.mint(tenancy.db, tenancy.keyring, caller, str(profile), life=life, at=at or now())
    return told.token


async def signing_key(tenancy: Tenancy) -> SigningKey:
    async with tenancy.db.reading() as tx:
        return (await store.keys(tx, tenancy.keyring)).keys[0]


async def forged(tenancy: Tenancy, **stated: Any) -> str:
    """A token that the installation's own key signed, of claims that it never says."""
    key = await signing_key(tenancy)
    times = {"iss": ISSUER, "iat": int(now().timestamp()), "exp": int((now() + HOUR).timestamp())}
    claims = {name: value for name, value in (times | stated).items() if value is not None}
    return jwt.encode(claims, key.secret, algorithm="HS256", headers={"kid": key.kid})


async def is_open(gate: Gate, token: str) -> bool:
    try:
        await gate.admit(token)
    except Unauthenticated:
        return False
    return True


async def sql(tenancy: Tenancy, statement: str, **values: Any) -> None:
    """A write that raises the account's revision, as every service's does."""
    async with tenancy.db.writing() as tx:
        await tx.run(statement, **values)
        await account_raised(tx, tenancy.owner.account)


@pytest.mark.parametrize("role", list(Role))
async def test_a_token_opens_what_its_member_may_do_in_the_workspace(tenancy: Tenancy, role: Role) -> None:
    member = await a_member(tenancy, role=role)
    grant = await tenancy.gate.admit(await minted(tenancy))
    caller = grant.enter(grant.default(), dialect="artifacts")
    assert (caller.profile, caller.role, caller.workspace, caller.key) == (
        member.profile.id,
        role,
        DEFAULT_WORKSPACE,
        None,
    )
    assert caller.scopes <= CEILING[role]
    assert {"models:read", "agents:read"} <= caller.scopes
    assert caller.can("models:manage") is (role in {Role.OWNER, Role.ADMIN})


async def test_nothing_beyond_its_workspace_is_open_to_a_token(tenancy: Tenancy) -> None:
    second = await tenancy.a_workspace()
    await a_member(tenancy, role=Role.OWNER)
    grant = await tenancy.gate.admit(await minted(tenancy))
    assert (grant.reachable(), grant.only()) == ((DEFAULT_WORKSPACE,), DEFAULT_WORKSPACE)
    assert not any(scope.startswith(("account:", "api_keys:", "changes:")) for scope in grant.scopes)
    assert "workspaces:manage" not in grant.scopes
    with pytest.raises(PermissionDenied, match="this token is not assigned"):
        grant.enter(second.id, dialect="native")


async def test_a_token_says_whom_it_stands_for(tenancy: Tenancy) -> None:
    member = await a_member(tenancy, role=Role.ADMIN)
    at = now().replace(microsecond=0)
    token = await minted(tenancy, at=at)
    key = await signing_key(tenancy)
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT", "kid": key.kid}
    assert jwt.decode(token, key.secret, algorithms=["HS256"]) == {
        "iss": "armillary",
        "sub": str(member.profile.id),
        "email": "ada@example.com",
        "name": "ada",
        "profile_id": str(member.profile.id),
        "workspace_id": str(DEFAULT_WORKSPACE),
        "role": "admin",
        "iat": int(at.timestamp()),
        "exp": int((at + HOUR).timestamp()),
    }


@pytest.mark.parametrize("spelled", ["ADA@Example.com", " ada@example.com "])
async def test_a_member_is_found_by_its_address_in_any_case(tenancy: Tenancy, spelled: str) -> None:
    await a_member(tenancy)
    assert await is_open(tenancy.gate, await minted(tenancy, spelled))


async def test_a_member_is_found_by_its_id_in_either_spelling(tenancy: Tenancy) -> None:
    member = await a_member(tenancy)
    for spelled in (str(member.profile.id), member.profile.id.hex):
        assert await is_open(tenancy.gate, await minted(tenancy, spelled))


@pytest.mark.parametrize("profile", ["nobody@example.com", "not an address", str(UUID(int=404))])
async def test_no_token_is_minted_for_nobody(tenancy: Tenancy, profile: str) -> None:
    with pytest.raises(InvalidRequest):
        await minted(tenancy, profile)


async def test_no_token_is_minted_for_who_is_no_active_member(tenancy: Tenancy) -> None:
    second = await tenancy.a_workspace()
    elsewhere = await a_member(tenancy, "bob@example.com", workspace=second.id)
    idle = await a_member(tenancy)
    await sql(tenancy, "UPDATE members SET active = 0 WHERE profile = :id", id=idle.profile.id.hex)
    for member in (elsewhere, idle):
        with pytest.raises(InvalidRequest, match="no active member of this workspace"):
            await minted(tenancy, member.profile.id)


async def test_only_who_manages_the_account_mints_and_rotates(tenancy: Tenancy) -> None:
    await a_member(tenancy)
    caller = await tenancy.a_caller(role=Role.ADMIN)
    with pytest.raises(PermissionDenied):
        await tokens.mint(tenancy.db, tenancy.keyring, caller, "ada@example.com", life=HOUR, at=now())
    for change in (tokens.rotate, tokens.revoke):
        with pytest.raises(PermissionDenied):
            await change(tenancy.db, tenancy.keyring, caller, at=now())


async def unsigned(tenancy: Tenancy, token: str) -> str:
    return jwt.encode(jwt.decode(token, options={"verify_signature": False}), "", algorithm="none")


async def unsigned_with_kid(tenancy: Tenancy, token: str) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, "", algorithm="none", headers={"kid": (await signing_key(tenancy)).kid})


async def of_another_secret(tenancy: Tenancy, token: str) -> str:
    claims, headers = jwt.decode(token, options={"verify_signature": False}), jwt.get_unverified_header(token)
    return jwt.encode(claims, b"x" * 32, algorithm="HS256", headers=headers)


async def of_an_unknown_key(tenancy: Tenancy, token: str) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, (await signing_key(tenancy)).secret, algorithm="HS256", headers={"kid": "unknown"})


async def of_no_key(tenancy: Tenancy, token: str) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, (await signing_key(tenancy)).secret, algorithm="HS256")


async def of_another_algorithm(tenancy: Tenancy, token: str) -> str:
    key, claims = await signing_key(tenancy), jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, key.secret * 2, algorithm="HS512", headers={"kid": key.kid})


async def with_other_claims(_tenancy: Tenancy, token: str) -> str:
    head, _, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False}) | {"exp": 2**40}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{head}.{body}.{signature}"


async def without_signature(_tenancy: Tenancy, token: str) -> str:
    return token.rpartition(".")[0] + "."


async def with_a_deep_header(tenancy: Tenancy, token: str) -> str:
    head = f'{{"alg":"HS256","kid":"{(await signing_key(tenancy)).kid}","x":' + "[" * 2500
    return base64.urlsafe_b64encode(head.encode()).decode().rstrip("=") + "." + token.split(".", 1)[1]


FORGERIES = (
    unsigned,
    unsigned_with_kid,
    of_another_secret,
    of_an_unknown_key,
    of_no_key,
    of_another_algorithm,
    with_other_claims,
    without_signature,
    with_a_deep_header,
)


@pytest.mark.parametrize("forge", FORGERIES, ids=[forge.__name__ for forge in FORGERIES])
async def test_what_the_current_keys_did_not_sign_opens_nothing(
    tenancy: Tenancy, forge: Callable[[Tenancy, str], Awaitable[str]]
) -> None:
    await a_member(tenancy)
    token = await minted(tenancy)
    assert await is_open(tenancy.gate, token)
    assert not await is_open(tenancy.gate, await forge(tenancy, token))


@pytest.mark.parametrize("token", ["eyJ..", "eyJhbGciOiJIUzI1NiJ9.e30.", "eyJ.é.\udc80", "eyJ" + "x" * 4000 + ".."])
async def test_what_only_looks_like_a_token_opens_nothing(tenancy: Tenancy, token: str) -> None:
    assert not await is_open(tenancy.gate, token)


@pytest.mark.parametrize(
    "stated",
    [
        {"iss": "somebody else"},
        {"iss": None},
        {"iat": None},
        {"exp": None},
        {"exp": 1},
        {"exp": "soon"},
        {"workspace_id": None},
        {"workspace_id": "default"},
        {"workspace_id": str(UUID(int=404))},
        {"profile_id": str(UUID(int=404))},
        {"profile_id": None, "email": None},
        {"profile_id": None, "email": "nobody@example.com"},
        {"profile_id": None, "email": ["ada@example.com"]},
    ],
    ids=str,
)
async def test_a_signed_token_must_say_who_where_when_and_by_whom(tenancy: Tenancy, stated: dict[str, Any]) -> None:
    member = await a_member(tenancy)
    await minted(tenancy)  # so that there is a key
    claims = {"workspace_id": str(DEFAULT_WORKSPACE), "profile_id": str(member.profile.id), "email": "ada@example.com"}
    assert await is_open(tenancy.gate, await forged(tenancy, **claims))
    assert not await is_open(tenancy.gate, await forged(tenancy, **(claims | stated)))


@pytest.mark.parametrize("profile", [None, "not a UUID"])
async def test_without_a_profile_id_the_address_decides_in_any_case(tenancy: Tenancy, profile: str | None) -> None:
    member = await a_member(tenancy)
    await minted(tenancy)
    token = await forged(
        tenancy, workspace_id=str(DEFAULT_WORKSPACE), profile_id=profile, email="ADA@Example.COM", aud="anybody"
    )
    assert (await tenancy.enter(token)).profile == member.profile.id


async def test_an_expired_token_opens_nothing_and_says_so(tenancy: Tenancy) -> None:
    await a_member(tenancy)
    with pytest.raises(Unauthenticated, match="expired"):
        await tenancy.gate.admit(await minted(tenancy, at=now() - HOUR))


async def test_a_token_that_is_remembered_ends_with_its_time(tenancy: Tenancy, database: Database) -> None:
    await a_member(tenancy)
    token = await minted(tenancy)
    prepared = await bootstrap.prepare(database, tenancy.keyring, admin_key=None, at=START)
    clock = [now().timestamp()]
    gate = Gate(database, prepared.pepper, tenancy.keyring, clock=lambda: clock[0])
    grant = await gate.admit(token)
    assert await gate.admit(token) is grant
    clock[0] += HOUR.total_seconds()
    assert await gate.admit(token) is not grant  # it was verified once more, by the clock that verifies


async def test_a_remembered_token_costs_no_statement(tenancy: Tenancy, monkeypatch: pytest.MonkeyPatch) -> None:
    await a_member(tenancy)
    token = await minted(tenancy)
    await tenancy.gate.admit(token)

    def opened(*_: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(type(tenancy.db), "reading", opened)
    assert (await tenancy.gate.admit(token)).key is None


async def test_tokens_count_as_nobodys_key(tenancy: Tenancy) -> None:
    await a_member(tenancy)
    used = dict(tenancy.gate.used)
    await tenancy.gate.admit(await minted(tenancy))
    assert tenancy.gate.used == used
    assert (await tenancy.gate.admit(await minted(tenancy))).enter(None, dialect="native").workspace == NOWHERE


async def removed(tenancy: Tenancy, member: Member) -> None:
    await members.remove(tenancy.db, tenancy.owner, DEFAULT_WORKSPACE, member.profile.id, at=tenancy.tick())


async def switched_off(tenancy: Tenancy, member: Member) -> None:
    await sql(tenancy, "UPDATE members SET active = 0 WHERE profile = :id", id=member.profile.id.hex)


async def archived(tenancy: Tenancy, _member: Member) -> None:
    await tenancy.a_workspace()
    await workspaces.archive(tenancy.db, tenancy.owner, DEFAULT_WORKSPACE, at=tenancy.tick())


async def revoked(tenancy: Tenancy, _member: Member) -> None:
    await tokens.revoke(tenancy.db, tenancy.keyring, await bootstrap.system(tenancy.db), at=now())


ENDINGS = pytest.mark.parametrize(
    "end", [removed, switched_off, archived, revoked], ids=["removed", "off", "archived", "revoked"]
)


@ENDINGS
async def test_the_next_request_of_a_token_that_ended_is_refused(
    tenancy: Tenancy, database_url: str, end: Callable[[Tenancy, Member], Awaitable[None]]
) -> None:
    member = await a_member(tenancy)
    token = await minted(tenancy)
    other_db = await open_database(database_url)
    prepared = await bootstrap.prepare(other_db, tenancy.keyring, admin_key=None, at=START)
    other = Gate(other_db, prepared.pepper, tenancy.keyring)
    await tenancy.gate.admit(token)
    await other.admit(token)
    await end(tenancy, member)
    assert not await is_open(tenancy.gate, token)
    async with asyncio.timeout(10):
        while await is_open(other, token):  # noqa: ASYNC110  another process tells nobody here
            await asyncio.sleep(0.001)
    await other_db.close()


async def test_a_role_holds_as_it_is_now(tenancy: Tenancy) -> None:
    member = await a_member(tenancy, role=Role.ADMIN)
    token = await minted(tenancy)
    assert (await tenancy.enter(token)).role is Role.ADMIN
    await sql(tenancy, "UPDATE members SET role = 'viewer' WHERE profile = :id", id=member.profile.id.hex)
    assert (await tenancy.enter(token)).role is Role.VIEWER


async def test_after_a_rotation_former_tokens_open_until_they_expire(tenancy: Tenancy) -> None:
    await a_member(tenancy)
    system = await bootstrap.system(tenancy.db)
    before = now()
    former = await minted(tenancy, life=HOUR, at=before)
    assert await tokens.rotate(tenancy.db, tenancy.keyring, system, at=before) == 1
    latter = await minted(tenancy, life=timedelta(days=1), at=before)
    assert jwt.get_unverified_header(former)["kid"] != jwt.get_unverified_header(latter)["kid"]
    assert await is_open(tenancy.gate, former)
    assert await tokens.rotate(tenancy.db, tenancy.keyring, system, at=before + 2 * HOUR) == 1
    async with tenancy.db.reading() as tx:
        kept = await store.keys(tx, tenancy.keyring)
    assert kept.find(jwt.get_unverified_header(former)["kid"]) is None
    assert await is_open(tenancy.gate, latter)


async def test_two_that_mint_at_once_share_the_first_key(tenancy: Tenancy) -> None:
    await a_member(tenancy)
    both = await asyncio.gather(minted(tenancy), minted(tenancy, life=2 * HOUR))
    assert len({jwt.get_unverified_header(token)["kid"] for token in both}) == 1
    assert all([await is_open(tenancy.gate, token) for token in both])


async def test_the_signing_keys_are_sealed_and_sealed_again_by_a_rotation_of_secrets(
    tenancy: Tenancy, database: Database
) -> None:
    await a_member(tenancy)
    token = await minted(tenancy)
    async with database.reading() as tx:
        sealed = await settings_store.read(tx, tokens.KEYS)
        secret = (await store.keys(tx, tenancy.keyring)).keys[0].secret
    assert base64.b64encode(secret).decode() not in sealed
    assert any(place.only == tokens.KEYS for place in secrets.PLACES)
    new = Keyring.from_text(f"{'ab' * 32},{base64.b64encode(bytes(range(32))).decode()}")
    assert await secrets.rotate(database, new) > 0
    async with database.reading() as tx:
        assert await seals.keys_used(tx, secrets.PLACES) == {new.current_id}
    prepared = await bootstrap.prepare(database, new, admin_key=None, at=START)
    assert await is_open(Gate(database, prepared.pepper, new), token)


async def test_minting_and_rotating_leave_records_without_secrets(tenancy: Tenancy) -> None:
    member = await a_member(tenancy)
    system = await bootstrap.system(tenancy.db)
    token = await minted(tenancy)
    await tokens.rotate(tenancy.db, tenancy.keyring, system, at=now())
    found = await changes.page(tenancy.db, system, ChangeQuery(limit=2))
    assert [(change.kind, change.action.value) for change in found] == [("account", "updated"), ("token", "created")]
    assert found[1].entity == member.profile.id
    shown = repr(found)
    assert token not in shown
    assert token.rpartition(".")[2] not in shown


async def test_no_secret_is_shown(tenancy: Tenancy) -> None:
    await a_member(tenancy)
    caller = await bootstrap.system(tenancy.db)
    told = await tokens.mint(tenancy.db, tenancy.keyring, caller, "ada@example.com", life=HOUR, at=now())
    key = await signing_key(tenancy)
    shown = repr([told, key, await tenancy.gate.admit(told.token)])
    assert told.token not in shown
    assert repr(key.secret) not in shown


async def test_the_admin_key_still_opens_everything(database: Database) -> None:
    tenancy = await a_tenancy(database)
    assert (await tenancy.gate.admit(ADMIN_KEY)).key is not None
