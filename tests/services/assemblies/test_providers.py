"""Providers as assemblies: the registry's own, changed by its rules."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from armillary.domain.access import Principal, Role
from armillary.domain.assemblies import Item, Kind, Outcome, Slot
from armillary.domain.changes import Action, ChangeQuery
from armillary.domain.errors import NotFound, PermissionDenied
from armillary.domain.providers import COMPATIBLE, Credential, Provider, ProviderChanges, ProviderStatus
from armillary.domain.resources import Content, Description, Endpoint, Name, Resource, Value
from armillary.domain.seeds import PROVIDER_ACTIVE, default_department
from armillary.domain.switches import position
from armillary.services import assemblies, changes, defaults, models, providers
from armillary.storage import archive, links, workspaces
from armillary.storage import providers as store
from armillary.storage import resources as rows
from tests.builders import NOON, a_kept_model, a_kept_provider, a_new_model, a_new_provider, an_id
from tests.tenancy import Tenancy

ON = position(PROVIDER_ACTIVE, on=True)
URL, ANOTHER_URL = "https://a.example/v1", "https://b.example/v1"


async def a_row(tenancy: Tenancy, content: Content) -> UUID:
    row = rows.fresh(content, tenancy.owner.workspace, at=NOON)
    async with tenancy.db.writing() as tx:
        await rows.insert(tx, [row])
    return row.id


def an_item(name: str = "Acme", **members: Any) -> Item:
    return Item(**{"texts": {Slot.NAMES: (name,)}, "active": True, **members})


async def create(tenancy: Tenancy, *items: Item, caller: Principal | None = None, mcp: bool = False) -> list[Outcome]:
    who = caller or tenancy.owner
    return await assemblies.create(tenancy.db, who, Kind.PROVIDER, items, mcp=mcp, at=tenancy.tick())


async def created(tenancy: Tenancy, item: Item | None = None) -> UUID:
    [outcome] = await create(tenancy, item or an_item())
    assert outcome.id is not None, outcome
    return outcome.id


async def update(tenancy: Tenancy, provider: UUID, *, caller: Principal | None = None, **members: Any) -> list[Outcome]:
    item, who = Item(id=provider, **members), caller or tenancy.owner
    return await assemblies.update(tenancy.db, who, Kind.PROVIDER, [item], mcp=False, at=tenancy.tick())


async def delete(tenancy: Tenancy, *ids: UUID, caller: Principal | None = None) -> list[tuple[UUID, str]]:
    return await assemblies.delete(tenancy.db, caller or tenancy.owner, Kind.PROVIDER, ids, at=tenancy.tick())


async def kept(tenancy: Tenancy, provider: UUID) -> Provider:
    return await providers.read(tenancy.db, tenancy.owner, provider)


async def shown(tenancy: Tenancy, provider: UUID) -> dict[Slot, list[Any]]:
    form = await assemblies.form(tenancy.db, tenancy.owner, Kind.PROVIDER, provider, None, at=tenancy.tick())
    return {
        slot: [one.content if isinstance(one, Resource) else one.id for one in section.selected]
        for slot, section in form.sections.items()
    }


async def in_workspace(tenancy: Tenancy, **members: Any) -> Provider:
    async with tenancy.db.reading() as tx:
        workspace = await workspaces.by_id(tx, tenancy.owner.account, tenancy.owner.workspace)
    return await a_kept_provider(tenancy.db, workspace, **members)


async def an_admin(tenancy: Tenancy, *departments: UUID) -> Principal:
    caller = await tenancy.a_caller(role=Role.ADMIN, scopes=("*",))
    async with tenancy.db.writing() as tx:
        own = [(caller.profile, {Slot.DEPARTMENTS: departments})]
        await links.replace(tx, Kind.PROFILE, tenancy.owner.workspace, own)
    return caller


async def a_department(tenancy: Tenancy) -> UUID:
    [outcome] = await assemblies.create(
        tenancy.db, tenancy.owner, Kind.DEPARTMENT, [an_item("Physics")], mcp=False, at=tenancy.tick()
    )
    assert outcome.id is not None
    return outcome.id


# What it says is the registry's


async def test_a_provider_of_a_name_alone_is_active_and_compatible(tenancy: Tenancy) -> None:
    provider = await kept(tenancy, await created(tenancy))
    assert (provider.name, provider.driver, provider.base_url) == ("Acme", COMPATIBLE, "")
    assert (provider.status, provider.managed, provider.credential) == (ProviderStatus.ACTIVE, False, None)


async def test_what_it_links_the_registry_says(tenancy: Tenancy) -> None:
    value, endpoint = await a_row(tenancy, Value("OpenAI", "provider")), await a_row(tenancy, Endpoint(URL))
    department = default_department(tenancy.owner.workspace)
    made = await created(
        tenancy,
        an_item(
            texts={Slot.NAMES: ("Acme",), Slot.DESCRIPTIONS: ("The house's own",)},
            links={Slot.VALUES: (value,), Slot.ENDPOINTS: (endpoint,), Slot.DEPARTMENTS: (department,)},
        ),
    )
    provider = await kept(tenancy, made)
    assert (provider.name, provider.driver, provider.base_url) == ("Acme", "openai", URL)
    assert await shown(tenancy, made) == {
        Slot.NAMES: [Name("Acme")],
        Slot.DESCRIPTIONS: [Description("The house's own")],
        Slot.FLAGS: [ON],
        Slot.DEPARTMENTS: [department],
        Slot.VALUES: [Value("OpenAI", "provider")],
        Slot.ENDPOINTS: [Endpoint(URL)],
    }


async def test_a_word_of_their_own_is_remembered_as_long_as_the_driver_stays(tenancy: Tenancy) -> None:
    value = await a_row(tenancy, Value("The house's gateway", "provider"))
    made = await created(tenancy, an_item(links={Slot.VALUES: (value,)}))
    assert (await kept(tenancy, made)).driver == COMPATIBLE
    assert (await shown(tenancy, made))[Slot.VALUES] == [Value("The house's gateway", "provider")]
    said = ProviderChanges(driver="anthropic")
    await providers.update(tenancy.db, tenancy.keyring, tenancy.owner, made, said, at=tenancy.tick())
    assert (await shown(tenancy, made))[Slot.VALUES] == [Value("anthropic", "provider")]


async def test_what_others_say_of_it_is_shown(tenancy: Tenancy) -> None:
    new = a_new_provider(name="Ours", driver="a new one", base_url=URL)
    provider = await providers.create(tenancy.db, tenancy.keyring, tenancy.owner, new, at=tenancy.tick())
    found = await shown(tenancy, provider.id)
    assert found[Slot.VALUES] == [Value("a new one", "provider")]
    assert found[Slot.ENDPOINTS] == [Endpoint(URL)]
    assert found[Slot.FLAGS] == [ON]
    said = ProviderChanges(status=ProviderStatus.DISABLED, base_url="", name="Theirs")
    await providers.update(tenancy.db, tenancy.keyring, tenancy.owner, provider.id, said, at=tenancy.tick())
    found = await shown(tenancy, provider.id)
    assert (found[Slot.ENDPOINTS], found[Slot.FLAGS]) == ([], [])
    assert [one.name for one in found[Slot.NAMES]] == ["Theirs"]


async def test_an_update_replaces_only_what_it_speaks_of(tenancy: Tenancy) -> None:
    endpoint, another = await a_row(tenancy, Endpoint(URL)), await a_row(tenancy, Endpoint(ANOTHER_URL))
    text = {Slot.NAMES: ("Acme",), Slot.DESCRIPTIONS: ("about it",)}
    made = await created(tenancy, an_item(texts=text, links={Slot.ENDPOINTS: (endpoint,)}))
    await update(tenancy, made, links={Slot.ENDPOINTS: (another, endpoint)}, active=False)
    provider, found = await kept(tenancy, made), await shown(tenancy, made)
    assert (provider.base_url, provider.status) == (ANOTHER_URL, ProviderStatus.DISABLED)
    assert found[Slot.ENDPOINTS] == [Endpoint(ANOTHER_URL), Endpoint(URL)]
    assert found[Slot.DESCRIPTIONS] == [Description("about it")]
    await update(tenancy, made, links={Slot.ENDPOINTS: ()})
    assert (await kept(tenancy, made)).base_url == ""


# The registry's rules hold


@pytest.mark.parametrize("url", ["no URL", "ftp://a.example", "https://user:word@a.example"])
async def test_an_endpoint_that_is_no_url_is_refused(tenancy: Tenancy, url: str) -> None:
    endpoint = await a_row(tenancy, Endpoint(url))
    outcomes = await create(tenancy, an_item("One"), an_item("Two", links={Slot.ENDPOINTS: (endpoint,)}))
    assert [one.id for one in outcomes] == [None, None]
    assert [[fault.member for fault in one.faults] for one in outcomes] == [[], [Slot.ENDPOINTS]]


async def test_a_managed_provider_takes_no_change(tenancy: Tenancy) -> None:
    managed = await in_workspace(tenancy, managed=True)
    with pytest.raises(PermissionDenied, match="the platform manages"):
        await update(tenancy, managed.id, texts={Slot.NAMES: ("Mine",)})
    with pytest.raises(PermissionDenied, match="the platform manages"):
        await delete(tenancy, managed.id)
    assert await kept(tenancy, managed.id) == managed


async def test_a_copy_of_a_managed_provider_is_ones_own(tenancy: Tenancy) -> None:
    managed = await in_workspace(tenancy, managed=True)
    copy, _ = await duplicate(tenancy, managed.id)
    assert not (await kept(tenancy, copy)).managed


async def duplicate(tenancy: Tenancy, provider: UUID, caller: Principal | None = None) -> tuple[UUID, str]:
    who = caller or tenancy.owner
    return await assemblies.duplicate(tenancy.db, who, Kind.PROVIDER, provider, mcp=False, at=tenancy.tick())


async def test_a_copy_is_switched_off_and_has_no_key(tenancy: Tenancy) -> None:
    new = a_new_provider(name="Ours", driver="anthropic", base_url=URL, credential=_KEY)
    provider = await providers.create(tenancy.db, tenancy.keyring, tenancy.owner, new, at=tenancy.tick())
    copy, name = await duplicate(tenancy, provider.id)
    found = await kept(tenancy, copy)
    assert (name, found.name) == ("Ours", "Ours Copy")
    assert (found.driver, found.base_url, found.status) == ("anthropic", URL, ProviderStatus.DISABLED)
    assert (found.credential, found.sealed) == (None, None)


_KEY = Credential(kind="api_key", members={"api_key": "sk-very-secret"})


async def test_a_switched_off_providers_model_is_no_default(tenancy: Tenancy) -> None:
    made = await created(tenancy)
    model = await models.create(tenancy.db, tenancy.owner, made, a_new_model(enabled=True), at=tenancy.tick())
    await defaults.choose(tenancy.db, tenancy.owner, model.model.id, at=tenancy.tick())
    said = ProviderChanges(status=ProviderStatus.DISABLED)
    before = await defaults.current(tenancy.db, tenancy.owner)
    assert before is not None
    assert before.model.id == model.model.id
    with pytest.raises(PermissionDenied, match="in use"):
        await update(tenancy, made, active=False)
    await providers.update(tenancy.db, tenancy.keyring, tenancy.owner, made, said, at=tenancy.tick())
    after = await defaults.current(tenancy.db, tenancy.owner)
    assert after is None or after.model.id != model.model.id


async def test_a_provider_in_use_takes_no_edit_and_no_deletion(tenancy: Tenancy) -> None:
    made, other = await created(tenancy), await in_workspace(tenancy)
    model = (await a_kept_model(tenancy.db, other)).model
    async with tenancy.db.writing() as tx:
        further = [(model.id, {Slot.PROVIDERS: [other.id, made]})]
        await links.insert(tx, Kind.MODEL, tenancy.owner.workspace, further)
    for provider in (made, other.id):
        with pytest.raises(PermissionDenied, match="in use"):
            await update(tenancy, provider, texts={Slot.NAMES: ("x",)})
        with pytest.raises(PermissionDenied, match="in use"):
            await delete(tenancy, provider)
    await models.delete(tenancy.db, tenancy.owner, model.id, at=tenancy.tick())
    assert await delete(tenancy, made) == [(made, "Acme")]


async def test_a_provider_that_is_gone_comes_back_whole(tenancy: Tenancy) -> None:
    text = {Slot.NAMES: ("Acme",), Slot.DESCRIPTIONS: ("about it",)}
    made = await created(tenancy, an_item(texts=text))
    before, was = await kept(tenancy, made), await shown(tenancy, made)
    await delete(tenancy, made)
    with pytest.raises(NotFound):
        await kept(tenancy, made)
    [outcome] = await create(tenancy, an_item(id=made))
    assert [fault.member for fault in outcome.faults] == ["id"]
    async with tenancy.db.writing() as tx:
        await archive.restore(tx, tenancy.owner.workspace, made)
    assert await kept(tenancy, made) == before
    assert await shown(tenancy, made) == was


async def test_the_key_of_a_provider_that_is_gone_is_kept_nowhere(tenancy: Tenancy) -> None:
    new = a_new_provider(credential=_KEY)
    provider = await providers.create(tenancy.db, tenancy.keyring, tenancy.owner, new, at=tenancy.tick())
    await delete(tenancy, provider.id)
    async with tenancy.db.reading() as reading:
        found = await reading.all("SELECT document FROM archive")
    assert provider.sealed is not None
    assert not [row for row in found if provider.sealed in row["document"]]
    async with tenancy.db.writing() as tx:
        await archive.restore(tx, tenancy.owner.workspace, provider.id)
    back = await kept(tenancy, provider.id)
    assert (back.credential, back.sealed, back.name) == (None, None, provider.name)


async def test_every_write_leaves_a_record(tenancy: Tenancy) -> None:
    made = await created(tenancy)
    endpoint = await a_row(tenancy, Endpoint(URL))
    await update(tenancy, made, links={Slot.ENDPOINTS: (endpoint,)}, texts={Slot.DESCRIPTIONS: ("about it",)})
    await delete(tenancy, made)
    found = await changes.page(tenancy.db, tenancy.owner, ChangeQuery(kind="provider", entity=made))
    assert [one.action for one in found] == [Action.DELETED, Action.UPDATED, Action.CREATED]
    updated = found[1]
    assert updated.before is not None
    assert updated.after is not None
    assert (updated.before["base_url"], updated.after["base_url"]) == ("", URL)
    assert (updated.before["description"], updated.after["description"]) == ("", "about it")


async def test_every_write_raises_the_revision(tenancy: Tenancy) -> None:
    made = await created(tenancy)
    before = await kept(tenancy, made)
    await update(tenancy, made)
    after = await kept(tenancy, made)
    assert after.revision > before.revision
    assert after.updated_at > before.updated_at


async def test_a_tool_clients_provider_says_so(tenancy: Tenancy) -> None:
    [outcome] = await create(tenancy, an_item(), mcp=True)
    assert outcome.id is not None
    assert (await kept(tenancy, outcome.id)).mcp


# Who may


async def test_an_admin_keeps_the_providers_of_its_departments(tenancy: Tenancy) -> None:
    own, foreign = await a_department(tenancy), await a_department(tenancy)
    admin = await an_admin(tenancy, own)
    mine = await created(tenancy, an_item(links={Slot.DEPARTMENTS: (own,)}))
    theirs = await created(tenancy, an_item(links={Slot.DEPARTMENTS: (foreign,)}))
    nobodys = await created(tenancy)
    await update(tenancy, mine, caller=admin, texts={Slot.NAMES: ("Renamed",)})
    for provider in (theirs, nobodys):
        with pytest.raises(PermissionDenied):
            await update(tenancy, provider, caller=admin, texts={Slot.NAMES: ("Renamed",)})
        with pytest.raises(PermissionDenied):
            await delete(tenancy, provider, caller=admin)
    with pytest.raises(PermissionDenied):
        await duplicate(tenancy, theirs, admin)
    assert await delete(tenancy, mine, caller=admin) == [(mine, "Renamed")]


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
async def test_nobody_else_writes(tenancy: Tenancy, role: Role) -> None:
    made, caller = await created(tenancy), await tenancy.a_caller(role=role, scopes=("*",))
    with pytest.raises(PermissionDenied):
        await create(tenancy, an_item(), caller=caller)
    with pytest.raises(PermissionDenied):
        await update(tenancy, made, caller=caller)
    with pytest.raises(PermissionDenied):
        await delete(tenancy, made, caller=caller)
    with pytest.raises(PermissionDenied):
        await duplicate(tenancy, made, caller)


async def test_another_workspaces_provider_is_like_none(tenancy: Tenancy) -> None:
    made = await created(tenancy)
    workspace = await tenancy.a_workspace()
    foreign = await tenancy.a_caller(workspace.id, role=Role.OWNER, scopes=("*",))
    for provider in (made, an_id()):
        with pytest.raises(NotFound):
            await update(tenancy, provider, caller=foreign)
        with pytest.raises(NotFound):
            await delete(tenancy, provider, caller=foreign)
        with pytest.raises(NotFound):
            await duplicate(tenancy, provider, foreign)
    async with tenancy.db.reading() as reading:
        assert await store.by_ids(reading, workspace.id, [made]) == {}


# What forms offer


async def test_a_form_offers_what_providers_say(tenancy: Tenancy) -> None:
    of_model, of_provider = await a_row(tenancy, Value("gpt-x")), await a_row(tenancy, Value("Acme", "provider"))
    form = await assemblies.form(tenancy.db, tenancy.owner, Kind.PROVIDER, None, None, at=tenancy.tick())
    offered = [one.id for one in form.sections[Slot.VALUES].suggested]
    assert of_provider in offered
    assert of_model not in offered
    flags = [one.content for one in form.sections[Slot.FLAGS].suggested if isinstance(one, Resource)]
    assert flags == [ON]
