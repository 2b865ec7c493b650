from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import pytest

from armillary.domain.access import EVERYTHING, Principal, Role
from armillary.domain.accounts import (
    DEFAULT_WORKSPACE,
    NewWorkspace,
    WorkspaceChanges,
    WorkspaceQuery,
    WorkspaceStatus,
)
from armillary.domain.changes import Action, ChangeQuery
from armillary.domain.errors import AlreadyExists, Conflict, InvalidRequest, NotFound, PermissionDenied
from armillary.services import changes, workspaces
from tests.tenancy import Tenancy

ABSENT = UUID(int=404)


async def read(tenancy: Tenancy, caller: Principal, workspace: UUID) -> object:
    return await workspaces.read(tenancy.db, caller, workspace)


async def rename(tenancy: Tenancy, caller: Principal, workspace: UUID) -> object:
    renamed = WorkspaceChanges(name="renamed")
    return await workspaces.update(tenancy.db, caller, workspace, renamed, at=tenancy.tick())


async def archive(tenancy: Tenancy, caller: Principal, workspace: UUID) -> object:
    return await workspaces.archive(tenancy.db, caller, workspace, at=tenancy.tick())


async def create(tenancy: Tenancy, caller: Principal, _: UUID) -> object:
    return await workspaces.create(tenancy.db, caller, NewWorkspace(name="new"), at=tenancy.tick())


async def page(tenancy: Tenancy, caller: Principal, _: UUID) -> object:
    return await workspaces.page(tenancy.db, caller, WorkspaceQuery())


Ask = Callable[[Tenancy, Principal, UUID], Awaitable[object]]


def each(*asks: Ask) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("ask", asks, ids=lambda ask: ask.__name__)


async def listed(tenancy: Tenancy, **stated: object) -> list[str]:
    query = WorkspaceQuery(**stated)  # type: ignore[arg-type]  # any member
    return [workspace.name for workspace in await workspaces.page(tenancy.db, tenancy.owner, query)]


@each(read, rename, archive, create, page)
async def test_administering_needs_an_owner(tenancy: Tenancy, ask: Ask) -> None:
    admin = await tenancy.a_caller(scopes=(EVERYTHING,), role=Role.ADMIN)
    with pytest.raises(PermissionDenied) as refusal:
        await ask(tenancy, admin, DEFAULT_WORKSPACE)
    assert refusal.value.scope == "workspaces:manage"


@each(read, rename, archive)
async def test_absent_and_foreign_workspaces_answer_alike(tenancy: Tenancy, ask: Ask) -> None:
    foreign = await tenancy.a_foreign_workspace()
    for workspace in (ABSENT, foreign.id):
        with pytest.raises(NotFound, match=r"^workspace not found$"):
            await ask(tenancy, tenancy.owner, workspace)


async def test_a_new_workspace_is_kept_as_it_was_asked_for(tenancy: Tenancy) -> None:
    made = await tenancy.a_workspace(name=" Dev ", description="d", labels={"b": "1", "a": "2"}, external_id="dev")
    assert (made.name, made.number, made.status) == ("Dev", 2, WorkspaceStatus.ENABLED)
    kept = await workspaces.read(tenancy.db, tenancy.owner, made.id)
    # seeding writes to its registry, whose revision rises
    assert kept == replace(made, revision=kept.revision, default_model=kept.default_model,
                           default_chosen=kept.default_chosen)  # fmt: skip


async def test_a_new_workspace_can_be_entered_at_once(tenancy: Tenancy) -> None:
    made = await tenancy.a_workspace()
    caller = await tenancy.enter(tenancy.token, made.id)
    assert (await workspaces.entered(tenancy.db, caller)).id == made.id


async def test_the_key_that_makes_a_workspace_reaches_it(tenancy: Tenancy) -> None:
    key, token = await tenancy.a_key(scopes=(EVERYTHING,), assigned=(DEFAULT_WORKSPACE,))
    made = await workspaces.create(tenancy.db, await tenancy.enter(token), NewWorkspace(name="new"), at=tenancy.tick())
    assert set((await tenancy.gate.admit(token)).reachable()) == {DEFAULT_WORKSPACE, made.id}
    assert len(await changes.page(tenancy.db, tenancy.owner, ChangeQuery(entity=key.id))) == 2


async def test_racing_creations_number_each_workspace_once(tenancy: Tenancy) -> None:
    made = await asyncio.gather(*(tenancy.a_workspace(name=str(number)) for number in range(5)))
    assert sorted(workspace.number for workspace in made) == [2, 3, 4, 5, 6]


async def test_an_external_id_is_taken_once(tenancy: Tenancy) -> None:
    made = await tenancy.a_workspace(external_id="dev")
    with pytest.raises(AlreadyExists, match="external id"):
        await tenancy.a_workspace(external_id="dev")
    with pytest.raises(AlreadyExists, match="external id"):
        await workspaces.update(
            tenancy.db, tenancy.owner, made.id, WorkspaceChanges(external_id="default"), at=tenancy.tick()
        )
    assert await listed(tenancy) == ["workspace", "Default"]


async def test_two_accounts_may_use_one_external_id(tenancy: Tenancy) -> None:
    await tenancy.a_foreign_workspace()
    assert (await tenancy.a_workspace(external_id="foreign")).external_id == "foreign"


async def test_an_update_keeps_what_it_does_not_name(tenancy: Tenancy) -> None:
    made = await tenancy.a_workspace(description="d", labels={"a": "b"}, external_id="dev")
    await workspaces.update(tenancy.db, tenancy.owner, made.id, WorkspaceChanges(external_id=""), at=tenancy.tick())
    after = await workspaces.read(tenancy.db, tenancy.owner, made.id)
    assert (after.description, after.labels, after.external_id) == ("d", {"a": "b"}, "")


async def test_a_refused_update_changes_nothing(tenancy: Tenancy) -> None:
    with pytest.raises(InvalidRequest):
        await workspaces.update(
            tenancy.db, tenancy.owner, DEFAULT_WORKSPACE, WorkspaceChanges(name=" "), at=tenancy.tick()
        )
    assert await listed(tenancy) == ["Default"]


async def test_racing_updates_of_different_members_all_hold(tenancy: Tenancy) -> None:
    stated = (WorkspaceChanges(name="n"), WorkspaceChanges(description="d"), WorkspaceChanges(labels={"a": "b"}))
    await asyncio.gather(
        *(workspaces.update(tenancy.db, tenancy.owner, DEFAULT_WORKSPACE, one, at=tenancy.tick()) for one in stated)
    )
    after = await workspaces.read(tenancy.db, tenancy.owner, DEFAULT_WORKSPACE)
    assert (after.name, after.description, after.labels) == ("n", "d", {"a": "b"})


async def test_the_last_workspace_stays(tenancy: Tenancy) -> None:
    with pytest.raises(Conflict) as refusal:
        await archive(tenancy, tenancy.owner, DEFAULT_WORKSPACE)
    assert refusal.value.state == "last_workspace"


async def test_archiving_the_last_two_at_once_leaves_one(tenancy: Tenancy) -> None:
    second = await tenancy.a_workspace()
    ended = await asyncio.gather(
        *(archive(tenancy, tenancy.owner, each) for each in (DEFAULT_WORKSPACE, second.id)), return_exceptions=True
    )
    assert sum(isinstance(one, Conflict) for one in ended) == 1
    assert len(await listed(tenancy)) == 1


async def test_archiving_twice_is_archiving_once(tenancy: Tenancy) -> None:
    second = await tenancy.a_workspace()
    once = await archive(tenancy, tenancy.owner, second.id)
    assert await archive(tenancy, tenancy.owner, second.id) == once
    found = await changes.page(tenancy.db, tenancy.owner, ChangeQuery(entity=second.id, kind="workspace"))
    assert [change.action for change in found] == [Action.UPDATED, Action.CREATED]
    assert found[0].after == {"status": "archived"}


async def test_workspaces_are_listed_by_pages(tenancy: Tenancy) -> None:
    made = [await tenancy.a_workspace(name=str(number)) for number in range(3)]
    assert await listed(tenancy) == ["2", "1", "0", "Default"]
    assert await listed(tenancy, limit=2, after=made[2].number) == ["1", "0"]
    assert await listed(tenancy, newest_first=False, after=made[0].number) == ["1", "2"]


async def test_workspaces_are_listed_by_label_and_status(tenancy: Tenancy) -> None:
    one = await tenancy.a_workspace(name="one", labels={"env": "dev", "team": "a"})
    await tenancy.a_workspace(name="two", labels={"env": "dev"})
    assert await listed(tenancy, labels={"env": "dev"}) == ["two", "one"]
    assert await listed(tenancy, labels={"env": "dev", "team": "a"}) == ["one"]
    await archive(tenancy, tenancy.owner, one.id)
    assert await listed(tenancy, labels={"env": "dev"}) == ["two"]
    assert await listed(tenancy, labels={"env": "dev"}, include_archived=True) == ["two", "one"]


async def test_everybody_lists_the_workspaces_that_they_reach(tenancy: Tenancy) -> None:
    second = await tenancy.a_workspace(name="second")
    await tenancy.a_workspace(name="third")
    _, token = await tenancy.a_key(scopes=("workspaces:read",), role=Role.VIEWER, assigned=(second.id,))
    found = await workspaces.mine(tenancy.db, await tenancy.gate.admit(token), WorkspaceQuery())
    assert [workspace.name for workspace in found] == ["second"]


async def test_who_reaches_nothing_lists_nothing(tenancy: Tenancy) -> None:
    _, token = await tenancy.a_key(scopes=("workspaces:read",))
    assert await workspaces.mine(tenancy.db, await tenancy.gate.admit(token), WorkspaceQuery()) == []


async def test_listing_ones_own_needs_its_scope(tenancy: Tenancy) -> None:
    _, token = await tenancy.a_key(scopes=("models:read",))
    with pytest.raises(PermissionDenied) as refusal:
        await workspaces.mine(tenancy.db, await tenancy.gate.admit(token), WorkspaceQuery())
    assert refusal.value.scope == "workspaces:read"
