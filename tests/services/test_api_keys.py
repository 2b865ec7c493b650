from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import pytest

from armillary.domain.access import EVERYTHING, Idempotency, Principal, Role
from armillary.domain.accounts import DEFAULT_WORKSPACE, ApiKey, ApiKeyChanges, ApiKeyQuery, NewApiKey, ProfileKind
from armillary.domain.changes import Action, ChangeQuery
from armillary.domain.errors import (
    AlreadyExists,
    ArmillaryError,
    Conflict,
    InvalidRequest,
    NotFound,
    PermissionDenied,
    Unauthenticated,
)
from armillary.services import api_keys, changes, profiles
from tests.tenancy import Tenancy

ABSENT = UUID(int=404)
MANAGER = ("api_keys:manage", "models:manage")


async def change(tenancy: Tenancy, caller: Principal, key: UUID, **stated: object) -> ApiKey:
    changes_ = ApiKeyChanges(**stated)  # type: ignore[arg-type]  # any member
    return await api_keys.update(tenancy.db, caller, key, changes_, at=tenancy.tick())


async def enable(tenancy: Tenancy, caller: Principal, key: UUID) -> object:
    return await api_keys.enable(tenancy.db, caller, key, at=tenancy.tick())


async def disable(tenancy: Tenancy, caller: Principal, key: UUID) -> object:
    return await api_keys.disable(tenancy.db, caller, key, at=tenancy.tick())


async def rotate(tenancy: Tenancy, caller: Principal, key: UUID) -> object:
    return await api_keys.rotate(tenancy.db, tenancy.gate, caller, key, at=tenancy.tick())


async def delete(tenancy: Tenancy, caller: Principal, key: UUID) -> None:
    await api_keys.delete(tenancy.db, caller, key, at=tenancy.tick())


async def rename(tenancy: Tenancy, caller: Principal, key: UUID) -> object:
    return await change(tenancy, caller, key, name="renamed")


async def add(tenancy: Tenancy, caller: Principal, key: UUID) -> object:
    return await api_keys.add_workspace(tenancy.db, caller, key, DEFAULT_WORKSPACE, at=tenancy.tick())


async def remove(tenancy: Tenancy, caller: Principal, key: UUID) -> object:
    return await api_keys.remove_workspace(tenancy.db, caller, key, DEFAULT_WORKSPACE, at=tenancy.tick())


async def reveal(tenancy: Tenancy, caller: Principal, key: UUID) -> object:
    return await api_keys.reveal(tenancy.db, caller, key)


async def read(tenancy: Tenancy, caller: Principal, key: UUID) -> object:
    return await api_keys.read(tenancy.db, caller, key)


Ask = Callable[[Tenancy, Principal, UUID], Awaitable[object]]
WRITES = [enable, disable, rotate, delete, rename, add, remove]
every_write = pytest.mark.parametrize("ask", WRITES, ids=lambda ask: ask.__name__)
every_question = pytest.mark.parametrize("ask", [*WRITES, read, reveal], ids=lambda ask: ask.__name__)


async def records_of(tenancy: Tenancy, key: ApiKey) -> list[Action]:
    found = await changes.page(tenancy.db, tenancy.owner, ChangeQuery(entity=key.id))
    return [change.action for change in found]


async def test_a_new_key_opens_what_was_asked_for(tenancy: Tenancy) -> None:
    key, token = await tenancy.a_key(
        name=" ci ", description="d", scopes=("models:manage", "models:read"), role=Role.MEMBER,
        assigned=(DEFAULT_WORKSPACE,), labels={"team": "a"}, external_id="ci",
    )  # fmt: skip
    assert (key.name, key.scopes, key.role, key.labels) == ("ci", ("models:manage",), Role.MEMBER, {"team": "a"})
    caller = await tenancy.enter(token)
    assert caller.scopes == {"models:read"}  # a member manages no models
    assert await api_keys.read(tenancy.db, tenancy.owner, "ci") == replace(key, last_used_at=None)
    profile = await profiles.whoami(tenancy.db, caller)
    assert (profile.id, profile.kind, profile.name) == (key.profile, ProfileKind.API_KEY, "ci")


async def test_without_a_role_a_key_has_its_makers(tenancy: Tenancy) -> None:
    admin = await tenancy.a_caller(role=Role.ADMIN, scopes=(EVERYTHING,))
    key, _ = await tenancy.a_key(admin, scopes=(EVERYTHING,))
    assert key.role is Role.ADMIN


async def test_a_key_may_reach_no_workspace(tenancy: Tenancy) -> None:
    key, token = await tenancy.a_key()
    assert key.assigned == ()
    assert (await tenancy.enter(token, None)).key == key.id


@every_question
async def test_every_question_needs_its_scope(tenancy: Tenancy, ask: Ask) -> None:
    key, _ = await tenancy.a_key()
    caller = await tenancy.a_caller(scopes=("models:read",))
    with pytest.raises(PermissionDenied) as refusal:
        await ask(tenancy, caller, key.id)
    assert refusal.value.scope == ("api_keys:read" if ask is read else "api_keys:manage")


@every_question
async def test_absent_and_invisible_keys_answer_alike(tenancy: Tenancy, ask: Ask) -> None:
    elsewhere = await tenancy.a_workspace()
    invisible, _ = await tenancy.a_key(assigned=(elsewhere.id,))
    caller = await tenancy.a_caller(scopes=(EVERYTHING,), assigned=(DEFAULT_WORKSPACE,))
    for key in (ABSENT, invisible.id):
        with pytest.raises(NotFound, match=r"^api_key not found$"):
            await ask(tenancy, caller, key)


@every_write
async def test_nobody_touches_a_key_that_may_do_more(tenancy: Tenancy, ask: Ask) -> None:
    caller = await tenancy.a_caller(scopes=MANAGER, role=Role.ADMIN)
    assert tenancy.owner.key is not None
    with pytest.raises(PermissionDenied):
        await ask(tenancy, caller, tenancy.owner.key)
    assert await tenancy.gate.admit(tenancy.token)


@pytest.mark.parametrize(
    ("stated", "lacking"),
    [
        ({"scopes": ("secrets:manage",)}, "secrets:manage"),
        ({"scopes": (EVERYTHING,)}, EVERYTHING),
        ({"role": Role.OWNER}, ""),
        ({"all_workspaces": True}, ""),
    ],
    ids=["scope", "everything", "role", "reach"],
)
async def test_nobody_hands_out_more_than_they_hold(tenancy: Tenancy, stated: dict[str, object], lacking: str) -> None:
    caller = await tenancy.a_caller(scopes=MANAGER, role=Role.ADMIN, assigned=(DEFAULT_WORKSPACE,))
    with pytest.raises(PermissionDenied) as refusal:
        await tenancy.a_key(caller, **stated)
    assert refusal.value.scope == lacking


@pytest.mark.parametrize("stated", [{"scopes": (EVERYTHING,)}, {"all_workspaces": True}], ids=["scopes", "reach"])
async def test_nobody_widens_their_own_key(tenancy: Tenancy, stated: dict[str, object]) -> None:
    caller = await tenancy.a_caller(scopes=MANAGER, role=Role.ADMIN, assigned=(DEFAULT_WORKSPACE,))
    assert caller.key is not None
    with pytest.raises(PermissionDenied):
        await change(tenancy, caller, caller.key, **stated)


async def test_a_workspace_beyond_reach_is_not_handed_out(tenancy: Tenancy) -> None:
    elsewhere, foreign = await tenancy.a_workspace(), await tenancy.a_foreign_workspace()
    caller = await tenancy.a_caller(scopes=MANAGER, assigned=(DEFAULT_WORKSPACE,))
    with pytest.raises(PermissionDenied):
        await tenancy.a_key(caller, assigned=(elsewhere.id,))
    for workspace in (foreign.id, ABSENT):
        with pytest.raises(NotFound, match=r"^workspace not found$"):
            await tenancy.a_key(caller, assigned=(workspace,))


async def test_an_unknown_scope_is_refused(tenancy: Tenancy) -> None:
    with pytest.raises(InvalidRequest, match="no such scope"):
        await tenancy.a_key(scopes=("models:write",))


async def test_an_external_id_is_taken_once(tenancy: Tenancy) -> None:
    await tenancy.a_key(external_id="ci")
    other, _ = await tenancy.a_key()
    with pytest.raises(AlreadyExists, match="external id"):
        await tenancy.a_key(external_id="ci")
    with pytest.raises(AlreadyExists, match="external id"):
        await change(tenancy, tenancy.owner, other.id, external_id="ci")


async def test_what_is_said_of_a_key_can_be_changed(tenancy: Tenancy) -> None:
    key, token = await tenancy.a_key()
    stated = {"name": "n", "description": "d", "scopes": ("models:read",), "labels": {"a": "b"}, "external_id": "x",
              "assigned": (DEFAULT_WORKSPACE,)}  # fmt: skip
    after = await change(tenancy, tenancy.owner, key.id, **stated)
    assert after == replace(key, **stated, updated_at=after.updated_at)  # type: ignore[arg-type]  # any member
    assert await api_keys.read(tenancy.db, tenancy.owner, key.id) == after
    assert (await tenancy.enter(token)).scopes == {"models:read"}
    assert (await profiles.whoami(tenancy.db, await tenancy.enter(token))).name == "n"


async def test_what_changes_nothing_leaves_no_trace(tenancy: Tenancy) -> None:
    key, _ = await tenancy.a_key(name="same")
    assert await change(tenancy, tenancy.owner, key.id, name="same", enabled=True) == key
    assert await enable(tenancy, tenancy.owner, key.id) == key
    assert await records_of(tenancy, key) == [Action.CREATED]


async def test_disabling_twice_is_disabling_once(tenancy: Tenancy) -> None:
    key, _ = await tenancy.a_key()
    once = await disable(tenancy, tenancy.owner, key.id)
    assert await disable(tenancy, tenancy.owner, key.id) == once
    assert await records_of(tenancy, key) == [Action.UPDATED, Action.CREATED]


async def test_a_workspace_is_added_and_removed_once(tenancy: Tenancy) -> None:
    key, token = await tenancy.a_key()
    assert await add(tenancy, tenancy.owner, key.id) == await add(tenancy, tenancy.owner, key.id)
    assert (await tenancy.gate.admit(token)).reachable() == (DEFAULT_WORKSPACE,)
    await remove(tenancy, tenancy.owner, key.id)
    assert (await tenancy.gate.admit(token)).reachable() == ()


async def test_a_foreign_workspace_is_neither_added_nor_removed(tenancy: Tenancy) -> None:
    key, _ = await tenancy.a_key()
    foreign = await tenancy.a_foreign_workspace()
    for ask in (api_keys.add_workspace, api_keys.remove_workspace):
        for workspace in (foreign.id, ABSENT):
            with pytest.raises(NotFound, match=r"^workspace not found$"):
                await ask(tenancy.db, tenancy.owner, key.id, workspace, at=tenancy.tick())


async def test_the_accounts_own_key_is_found_and_never_deleted(tenancy: Tenancy) -> None:
    own = await api_keys.default(tenancy.db, tenancy.owner)
    assert (own.id, own.is_default) == (tenancy.owner.key, True)
    with pytest.raises(Conflict) as refusal:
        await delete(tenancy, tenancy.owner, own.id)
    assert refusal.value.state == "default_key"


async def test_a_token_is_never_told_again(tenancy: Tenancy) -> None:
    key, _ = await tenancy.a_key()
    with pytest.raises(Conflict) as refusal:
        await reveal(tenancy, tenancy.owner, key.id)
    assert refusal.value.state == "not_recoverable"


async def test_two_rotations_at_once_leave_one_token_that_works(tenancy: Tenancy) -> None:
    key, first = await tenancy.a_key()
    rotations = (api_keys.rotate(tenancy.db, tenancy.gate, tenancy.owner, key.id, at=tenancy.tick()) for _ in range(5))
    tokens = [token for _, token in await asyncio.gather(*rotations)]
    opening = [await opens(tenancy, token) for token in (first, *tokens)]
    assert opening.count(True) == 1
    assert not opening[0]


async def opens(tenancy: Tenancy, token: str) -> bool:
    try:
        await tenancy.gate.admit(token)
    except Unauthenticated:
        return False
    return True


async def test_a_key_that_was_disabled_while_it_asked_writes_nothing(tenancy: Tenancy) -> None:
    caller = await tenancy.a_caller(scopes=(EVERYTHING,))
    assert caller.key is not None
    await disable(tenancy, tenancy.owner, caller.key)
    with pytest.raises(Unauthenticated):
        await tenancy.a_key(caller)
    await delete(tenancy, tenancy.owner, caller.key)
    with pytest.raises(Unauthenticated):
        await tenancy.a_key(caller)


async def test_racing_updates_of_different_members_all_hold(tenancy: Tenancy) -> None:
    key, _ = await tenancy.a_key()
    stated: list[dict[str, object]] = [{"name": "n"}, {"description": "d"}, {"labels": {"a": "b"}}, {"enabled": False}]
    await asyncio.gather(*(change(tenancy, tenancy.owner, key.id, **each) for each in stated))
    after = await api_keys.read(tenancy.db, tenancy.owner, key.id)
    assert (after.name, after.description, after.labels, after.enabled) == ("n", "d", {"a": "b"}, False)


async def test_a_repeated_request_makes_no_second_key(tenancy: Tenancy) -> None:
    caller = replace(tenancy.owner, idempotency=Idempotency(key="k", digest="d"))
    await tenancy.a_key(caller, name="once")
    with pytest.raises(AlreadyExists, match="Idempotency-Key"):
        await tenancy.a_key(caller, name="once")
    assert len(await api_keys.page(tenancy.db, tenancy.owner, ApiKeyQuery(text="once"))) == 1


async def test_what_is_refused_leaves_nothing(tenancy: Tenancy) -> None:
    asked: list[dict[str, object]] = [{"assigned": (ABSENT,)}, {"name": ""}, {"scopes": ("no",)}]
    for stated in asked:
        with pytest.raises(ArmillaryError):
            await tenancy.a_key(None, **stated)
    assert len(await api_keys.page(tenancy.db, tenancy.owner, ApiKeyQuery())) == 1
    assert await changes.page(tenancy.db, tenancy.owner, ChangeQuery(kind="profile")) == []


async def test_the_trail_tells_what_changed_and_never_the_token(tenancy: Tenancy) -> None:
    key, token = await tenancy.a_key(name="before")
    await change(tenancy, tenancy.owner, key.id, name="after")
    await rotate(tenancy, tenancy.owner, key.id)
    await delete(tenancy, tenancy.owner, key.id)
    deleted, rotated, changed, created = await changes.page(tenancy.db, tenancy.owner, ChangeQuery(entity=key.id))
    assert (changed.before, changed.after) == ({"name": "before"}, {"name": "after"})
    assert (rotated.action, rotated.after) == (Action.UPDATED, {"token": "rotated"})
    assert (created.before, deleted.after) == (None, None)
    assert (created.actor, created.dialect, created.workspace) == (tenancy.owner.profile, "native", None)
    assert token not in repr([deleted, rotated, changed, created])


# --- listings


async def names(tenancy: Tenancy, caller: Principal | None = None, **stated: object) -> list[str]:
    query = ApiKeyQuery(**stated)  # type: ignore[arg-type]  # any member
    return [key.name for key in await api_keys.page(tenancy.db, caller or tenancy.owner, query)]


async def test_keys_are_listed_newest_first_and_by_pages(tenancy: Tenancy) -> None:
    made = [(await tenancy.a_key(name=str(number)))[0] for number in range(4)]
    assert await names(tenancy) == ["3", "2", "1", "0", "Admin key"]
    assert await names(tenancy, limit=2, after=made[2].id) == ["1", "0"]
    assert await names(tenancy, newest_first=False, limit=2, after=made[0].id) == ["1", "2"]


async def test_keys_are_found_by_what_is_said_of_them(tenancy: Tenancy) -> None:
    one, _ = await tenancy.a_key(name="Nightly build", labels={"team": "a", "env": "x"})
    two, _ = await tenancy.a_key(name="other", labels={"team": "ab"})
    assert await names(tenancy, text="LY B") == ["Nightly build"]
    assert await names(tenancy, text="%") == []
    assert await names(tenancy, labels={"team": "a"}) == ["Nightly build"]
    assert await names(tenancy, labels={"team": "a", "env": "y"}) == []
    assert await names(tenancy, ids=(one.id, one.id)) == ["Nightly build"]
    assert await names(tenancy, ids=(one.id, two.id), newest_first=False) == ["Nightly build", "other"]


async def test_letters_beyond_ascii_are_found_as_they_are_written(tenancy: Tenancy) -> None:
    await tenancy.a_key(name="Élan vital")
    assert await names(tenancy, text="Élan VITAL"[:4]) == ["Élan vital"]


async def test_keys_are_listed_by_the_workspace_that_they_reach(tenancy: Tenancy) -> None:
    second = await tenancy.a_workspace()
    await tenancy.a_key(name="here", assigned=(DEFAULT_WORKSPACE,))
    await tenancy.a_key(name="there", assigned=(second.id,))
    await tenancy.a_key(name="nowhere")
    assert await names(tenancy, workspace=second.id) == ["there", "Admin key"]


async def test_a_listing_shows_what_a_single_read_does(tenancy: Tenancy) -> None:
    second = await tenancy.a_workspace()
    caller = await tenancy.a_caller(name="mine", scopes=("api_keys:manage",), assigned=(DEFAULT_WORKSPACE,))
    await tenancy.a_key(caller, name="made by me")
    for name, assigned in (("shared", (DEFAULT_WORKSPACE, second.id)), ("there", (second.id,)), ("nowhere", ())):
        await tenancy.a_key(name=name, assigned=assigned)
    listed = await names(tenancy, caller)
    assert listed == ["shared", "made by me", "mine", "Admin key"]
    readable = []
    for key in await api_keys.page(tenancy.db, tenancy.owner, ApiKeyQuery()):
        try:
            readable.append((await api_keys.read(tenancy.db, caller, key.id)).name)
        except NotFound:
            continue
    assert readable == listed


async def test_a_key_is_read_within_a_workspace_that_it_reaches(tenancy: Tenancy) -> None:
    second = await tenancy.a_workspace()
    key, _ = await tenancy.a_key(assigned=(second.id,))
    assert await api_keys.read(tenancy.db, tenancy.owner, key.id, within=second.id) == key
    with pytest.raises(NotFound):
        await api_keys.read(tenancy.db, tenancy.owner, key.id, within=DEFAULT_WORKSPACE)


async def test_a_long_page_costs_no_more_statements(tenancy: Tenancy, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(12):
        await tenancy.a_key(assigned=(DEFAULT_WORKSPACE,))
    counted = 0
    async with tenancy.db.reading() as tx:
        kind = type(tx)
    ask = kind.all

    async def counting(*arguments: object, **values: object) -> object:
        nonlocal counted
        counted += 1
        return await ask(*arguments, **values)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(kind, "all", counting)
    costs = []
    for limit in (1, 10):
        counted = 0
        await api_keys.page(tenancy.db, tenancy.owner, ApiKeyQuery(limit=limit))
        costs.append(counted)
    assert costs[0] == costs[1]


def test_a_new_key_states_no_role_of_its_own() -> None:
    assert NewApiKey(name="key").role is None
