"""Profiles as assemblies: what a change of the roster needs, leaves behind, and never does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from armillary.domain.access import Principal, Role, entered
from armillary.domain.accounts import Member
from armillary.domain.assemblies import Item, Kind, Outcome, Slot
from armillary.domain.changes import Action, ChangeQuery
from armillary.domain.errors import NotFound, PermissionDenied
from armillary.domain.roster import ROLE_ROWS, Entry, contents, word_of
from armillary.domain.tokens import Membership
from armillary.services import assemblies, changes, roster
from armillary.services import members as member_service
from armillary.services.members import NewMember
from armillary.storage import accounts, resources
from armillary.storage import roster as store
from tests.tenancy import Tenancy

WORDS = {word_of(row): row.id for row in ROLE_ROWS}


def a_role(word: str) -> dict[Slot, tuple[UUID, ...]]:
    return {Slot.ROLES: (WORDS[word],)}


def an_item(name: str = "Ada", word: str = "guest", **members: Any) -> Item:
    return Item(**{"texts": {Slot.NAMES: (name,)}, "links": a_role(word), "active": True, **members})


async def create(tenancy: Tenancy, *items: Item, caller: Principal | None = None) -> list[Outcome]:
    who = caller or tenancy.owner
    return await assemblies.create(tenancy.db, who, Kind.PROFILE, items, mcp=False, at=tenancy.tick())


async def created(tenancy: Tenancy, *items: Item) -> list[UUID]:
    outcomes = await create(tenancy, *(items or (an_item(),)))
    return [one.id for one in outcomes if one.id is not None]


async def update(tenancy: Tenancy, *items: Item, caller: Principal | None = None) -> list[Outcome]:
    who = caller or tenancy.owner
    return await assemblies.update(tenancy.db, who, Kind.PROFILE, items, mcp=False, at=tenancy.tick())


async def delete(tenancy: Tenancy, *ids: UUID, caller: Principal | None = None) -> list[tuple[UUID, str]]:
    return await assemblies.delete(tenancy.db, caller or tenancy.owner, Kind.PROFILE, ids, at=tenancy.tick())


def as_member(tenancy: Tenancy, profile: UUID, role: Role) -> Principal:
    """The principal that a token of the profile is."""
    held = Membership(account=tenancy.owner.account, profile=profile, role=role, workspace=tenancy.owner.workspace)
    return replace(tenancy.owner, profile=profile, role=role, scopes=held.opens(), key=None)


async def entry(tenancy: Tenancy, profile: UUID) -> Entry | None:
    async with tenancy.db.reading() as reading:
        return (await store.by_ids(reading, tenancy.owner.workspace, [profile])).get(profile)


async def member(tenancy: Tenancy, profile: UUID) -> Member:
    held = await entry(tenancy, profile)
    assert held is not None
    return held.member


async def account_revision(tenancy: Tenancy) -> int:
    async with tenancy.db.reading() as reading:
        found = await accounts.revision(reading, tenancy.owner.account)
    assert found is not None
    return found


async def trail(tenancy: Tenancy, kind: str, profile: UUID) -> list[tuple[Action, Any, Any]]:
    query = ChangeQuery(kind=kind, entity=profile)
    return [(one.action, one.before, one.after) for one in await changes.page(tenancy.db, tenancy.owner, query)]


async def test_every_write_raises_the_accounts_revision(tenancy: Tenancy) -> None:
    seen = [await account_revision(tenancy)]
    [profile] = await created(tenancy)
    seen.append(await account_revision(tenancy))
    await update(tenancy, Item(id=profile, links=a_role("admin")))
    seen.append(await account_revision(tenancy))
    await delete(tenancy, profile)
    seen.append(await account_revision(tenancy))
    assert seen == sorted(set(seen))


async def test_every_write_leaves_its_records(tenancy: Tenancy) -> None:
    item = an_item(texts={Slot.NAMES: ("Ada",), Slot.EMAILS: ("Ada@example.com",)})
    [profile] = await created(tenancy, item)
    await update(tenancy, Item(id=profile, texts={Slot.NAMES: ("Grace",)}, links=a_role("admin")))
    await delete(tenancy, profile)
    assert await trail(tenancy, "profile", profile) == [
        (Action.UPDATED, {"name": "Ada"}, {"name": "Grace"}),
        (Action.CREATED, None, {"kind": "user", "name": "Ada", "email": "ada@example.com"}),
    ]
    (gone, changed, _) = await trail(tenancy, "member", profile)
    assert (gone[0], gone[1]["role"]) == (Action.DELETED, "admin")
    assert (changed[1]["role"], changed[2]["role"]) == ("viewer", "admin")


async def test_of_several_words_for_one_role_the_chosen_one_is_remembered(tenancy: Tenancy) -> None:
    [profile] = await created(tenancy, an_item(word="custom"))
    shown = await roster.form(tenancy.db, tenancy.owner, profile, None, at=tenancy.tick())
    assert shown.role is not None
    assert (word_of(shown.role), (await member(tenancy, profile)).role) == ("custom", Role.MEMBER)
    assert [one.id for one in shown.form.sections[Slot.ROLES].selected] == [WORDS["custom"]]


async def test_who_became_a_member_elsewhere_has_rows_once_looked_at(tenancy: Tenancy) -> None:
    new = NewMember(email="grace@example.com", role=Role.ADMIN)
    added = await member_service.add(tenancy.db, tenancy.owner, tenancy.owner.workspace, new, at=tenancy.tick())
    shown = await roster.form(tenancy.db, tenancy.owner, added.profile.id, None, at=tenancy.tick())
    sections = shown.form.sections
    told = {slot: [getattr(one, "text", "") for one in sections[slot].selected] for slot in (Slot.NAMES, Slot.EMAILS)}
    assert told == {Slot.NAMES: ["grace"], Slot.EMAILS: ["grace@example.com"]}
    assert [one.id for one in sections[Slot.ROLES].selected] == [WORDS["admin"]]


async def test_a_batch_is_made_whole_or_not_at_all(tenancy: Tenancy) -> None:
    same = {Slot.NAMES: ("x",), Slot.EMAILS: ("same@example.com",)}
    outcomes = await create(tenancy, an_item(texts=same), an_item(texts=same))
    assert [[fault.member for fault in one.faults] for one in outcomes] == [[], [Slot.EMAILS]]
    async with tenancy.db.reading() as reading:
        assert await store.holders(reading, tenancy.owner.account, ["same@example.com"]) == {}


async def test_a_thousand_are_made_at_once(tenancy: Tenancy) -> None:
    items = [
        an_item(texts={Slot.NAMES: (f"n{number}",), Slot.EMAILS: (f"n{number}@example.com",)}) for number in range(1000)
    ]
    assert len(set(await created(tenancy, *items))) == 1000


# The last superadmin, and oneself


async def test_the_last_superadmin_stays_one(tenancy: Tenancy) -> None:
    [first, second] = await created(tenancy, an_item("1", "superadmin"), an_item("2", "superadmin"))
    async with tenancy.db.writing() as tx:
        await tx.run("UPDATE api_keys SET enabled = 0")
    actor = as_member(tenancy, first, Role.OWNER)
    await update(tenancy, Item(id=second, links=a_role("guest")), caller=actor)
    with pytest.raises(PermissionDenied, match="last superadmin"):
        await update(tenancy, Item(id=first, links=a_role("admin")), caller=actor)
    assert (await member(tenancy, first)).role is Role.OWNER


async def test_of_two_superadmins_who_demote_each_other_one_stays(tenancy: Tenancy) -> None:
    pair = await created(tenancy, an_item("1", "superadmin"), an_item("2", "superadmin"))
    async with tenancy.db.writing() as tx:
        await tx.run("UPDATE api_keys SET enabled = 0")
    demotions = [
        update(tenancy, Item(id=other, links=a_role("guest")), caller=as_member(tenancy, one, Role.OWNER))
        for one, other in (pair, reversed(pair))
    ]
    done = await asyncio.gather(*demotions, return_exceptions=True)
    assert sum(isinstance(one, PermissionDenied) for one in done) == 1
    async with tenancy.db.reading() as reading:
        assert len(await store.owners(reading, tenancy.owner.workspace)) == 1


async def test_nobody_switches_themselves_off(tenancy: Tenancy) -> None:
    [profile] = await created(tenancy, an_item(word="superadmin"))
    with pytest.raises(PermissionDenied, match="switches off"):
        await update(tenancy, Item(id=profile, active=False), caller=as_member(tenancy, profile, Role.OWNER))


async def test_a_key_for_reading_changes_nobody(tenancy: Tenancy) -> None:
    [profile] = await created(tenancy)
    reader = await tenancy.a_caller(scopes=("models:read",))
    for attempt in (
        create(tenancy, an_item(), caller=reader),
        update(tenancy, Item(id=profile, links=a_role("superadmin")), caller=reader),
        delete(tenancy, profile, caller=reader),
    ):
        with pytest.raises(PermissionDenied):
            await attempt
    nobody = replace(tenancy.owner, scopes=entered(Role.OWNER, ("agents:read",)))
    with pytest.raises(PermissionDenied):
        await roster.form(tenancy.db, nobody, profile, None, at=tenancy.tick())


async def test_a_person_of_other_workspaces_is_renamed_by_those_who_manage_the_account(tenancy: Tenancy) -> None:
    [profile, actor] = await created(tenancy, an_item(), an_item(word="superadmin"))
    other = await tenancy.a_workspace()
    await member_service.add(tenancy.db, tenancy.owner, other.id, NewMember(profile=profile), at=tenancy.tick())
    renamed = Item(id=profile, texts={Slot.EMAILS: ("mine@example.com",)})
    with pytest.raises(PermissionDenied, match="other workspaces"):
        await update(tenancy, renamed, caller=as_member(tenancy, actor, Role.OWNER))
    await update(tenancy, renamed)
    assert (await member(tenancy, profile)).profile.email == "mine@example.com"


async def test_who_leaves_keeps_the_address_as_long_as_they_are_anywhere(tenancy: Tenancy) -> None:
    addressed = {Slot.NAMES: ("x",), Slot.EMAILS: ("x@example.com",)}
    [profile] = await created(tenancy, an_item(texts=addressed))
    other = await tenancy.a_workspace()
    await member_service.add(tenancy.db, tenancy.owner, other.id, NewMember(profile=profile), at=tenancy.tick())
    await delete(tenancy, profile)
    assert await entry(tenancy, profile) is None
    [outcome] = await create(tenancy, an_item(texts=addressed))
    assert [fault.member for fault in outcome.faults] == [Slot.EMAILS]


async def test_another_workspaces_profile_is_none(tenancy: Tenancy) -> None:
    other = await tenancy.a_workspace()
    new = NewMember(email="there@example.com")
    there = await member_service.add(tenancy.db, tenancy.owner, other.id, new, at=tenancy.tick())
    with pytest.raises(NotFound):
        await update(tenancy, Item(id=there.profile.id, texts={Slot.NAMES: ("mine",)}))
    with pytest.raises(NotFound):
        await delete(tenancy, there.profile.id)


async def test_what_is_said_of_a_profile_has_a_canonical_row(tenancy: Tenancy) -> None:
    [profile] = await created(tenancy, an_item(texts={Slot.NAMES: ("Ada",), Slot.EMAILS: ("ADA@example.com",)}))
    held = await member(tenancy, profile)
    async with tenancy.db.reading() as reading:
        said = set(contents(held))
        assert set(await resources.canonical(reading, tenancy.owner.workspace, said)) == said
