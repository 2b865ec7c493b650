"""Providers, listed as assemblies: filters, facets with true counts, and the models that use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from armillary.domain.access import Principal, Role
from armillary.domain.assembled_providers import ListedProvider, ProviderListing, ProviderSearch
from armillary.domain.assemblies import Item, Kind, Slot
from armillary.domain.errors import PermissionDenied
from armillary.domain.facets import Option
from armillary.domain.providers import Provider, ProviderStatus
from armillary.services import assembled_providers, assemblies
from armillary.storage import links, workspaces
from tests.builders import a_kept_provider, an_id, some_kept_models
from tests.counting import Counting
from tests.tenancy import Tenancy

EVERY = frozenset(ProviderStatus)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Three providers: ``alpha`` in physics with two models, ``beta`` with one of these, ``gamma`` switched off."""

    caller: Principal
    physics: UUID
    alpha: Provider
    beta: Provider
    gamma: Provider
    models: list[UUID]


@pytest.fixture
async def scene(tenancy: Tenancy) -> Scene:
    workspace = await tenancy.a_workspace()
    async with tenancy.db.writing() as tx:
        # what a new workspace is born with stands in no test's way
        await tx.run("DELETE FROM models WHERE workspace = :id", id=workspace.id.hex)
        await tx.run("DELETE FROM providers WHERE workspace = :id", id=workspace.id.hex)
        workspace = await workspaces.by_id(tx, workspace.account, workspace.id)
    caller = await tenancy.a_caller(workspace.id, role=Role.OWNER, scopes=("*",))
    alpha, beta, gamma = [
        await a_kept_provider(tenancy.db, workspace, name=name, status=status)
        for name, status in (
            ("alpha 100%", ProviderStatus.ACTIVE),
            ("beta", ProviderStatus.ACTIVE),
            ("gamma", ProviderStatus.DISABLED),
        )
    ]
    item = Item(texts={Slot.NAMES: ("Physics",)}, active=True)
    [made] = await assemblies.create(tenancy.db, caller, Kind.DEPARTMENT, [item], mcp=False, at=tenancy.tick())
    assert made.id is not None
    said = Item(id=alpha.id, texts={Slot.DESCRIPTIONS: ("About it",)}, links={Slot.DEPARTMENTS: (made.id,)})
    await assemblies.update(tenancy.db, caller, Kind.PROVIDER, [said], mcp=False, at=tenancy.tick())
    members = [{"name": "model one"}, {"name": "model two"}]
    models = [one.model.id for one in await some_kept_models(tenancy.db, alpha, members)]
    async with tenancy.db.writing() as tx:
        further = [(models[1], {Slot.PROVIDERS: [alpha.id, beta.id]})]
        await links.insert(tx, Kind.MODEL, workspace.id, further)
    return Scene(caller=caller, physics=made.id, alpha=alpha, beta=beta, gamma=gamma, models=models)


async def search(tenancy: Tenancy, scene: Scene, **members: Any) -> ProviderListing:
    query = ProviderSearch(**{"limit": 100, **members})
    return await assembled_providers.search(tenancy.db, scene.caller, query)


async def found(tenancy: Tenancy, scene: Scene, **members: Any) -> list[UUID]:
    return [one.provider.id for one in (await search(tenancy, scene, **members)).items]


def entry(listing: ProviderListing, provider: Provider) -> ListedProvider:
    return next(one for one in listing.items if one.provider.id == provider.id)


async def test_active_ones_come_by_name(tenancy: Tenancy, scene: Scene) -> None:
    assert await found(tenancy, scene) == [scene.alpha.id, scene.beta.id]
    assert await found(tenancy, scene, statuses=EVERY) == [scene.alpha.id, scene.beta.id, scene.gamma.id]
    assert await found(tenancy, scene, statuses={ProviderStatus.DISABLED}) == [scene.gamma.id]
    assert await found(tenancy, scene, statuses=frozenset()) == []


async def test_pages_tell_the_total(tenancy: Tenancy, scene: Scene) -> None:
    pages = [await search(tenancy, scene, statuses=EVERY, limit=2, offset=offset) for offset in (0, 2, 4)]
    assert [len(page.items) for page in pages] == [2, 1, 0]
    assert [page.total for page in pages] == [3, 3, 3]
    assert all(page.statuses == pages[0].statuses for page in pages)


async def test_filters_hold_together(tenancy: Tenancy, scene: Scene) -> None:
    assert await found(tenancy, scene, departments=(scene.physics, an_id())) == [scene.alpha.id]
    assert await found(tenancy, scene, departments=(an_id(),)) == []
    assert await found(tenancy, scene, models=(scene.models[1],)) == [scene.alpha.id, scene.beta.id]
    assert await found(tenancy, scene, models=(scene.models[0],)) == [scene.alpha.id]
    assert await found(tenancy, scene, models=(an_id(),)) == []
    assert await found(tenancy, scene, models=(scene.models[1],), departments=(scene.physics,)) == [scene.alpha.id]


@pytest.mark.parametrize("text", ["ALPHA", "about", "100%"])
async def test_a_text_is_looked_for_in_names_and_descriptions(tenancy: Tenancy, scene: Scene, text: str) -> None:
    assert await found(tenancy, scene, text=text) == [scene.alpha.id]


async def test_no_character_is_a_wildcard(tenancy: Tenancy, scene: Scene) -> None:
    assert await found(tenancy, scene, text="al_ha") == []


async def test_entries_tell_what_links_and_uses_them(tenancy: Tenancy, scene: Scene) -> None:
    listing = await search(tenancy, scene)
    alpha, beta = entry(listing, scene.alpha), entry(listing, scene.beta)
    assert (alpha.uses, alpha.models) == (2, tuple(scene.models))
    assert (alpha.row.description, alpha.row.departments, alpha.row.value) == ("About it", (scene.physics,), "openai")
    assert (beta.uses, beta.models) == (1, (scene.models[1],))
    assert (alpha.may_edit, alpha.may_duplicate, alpha.may_delete) == (False, True, False)
    gamma = entry(await search(tenancy, scene, statuses=EVERY), scene.gamma)
    assert (gamma.uses, gamma.models, gamma.may_edit, gamma.may_delete) == (0, (), True, True)


async def test_facets_count_truly_whatever_the_filters(tenancy: Tenancy, scene: Scene) -> None:
    for listing in (await search(tenancy, scene), await search(tenancy, scene, text="nowhere", offset=100)):
        assert listing.departments == (Option(id=str(scene.physics), name="Physics", count=1),)
        assert listing.models == (
            Option(id=str(scene.models[0]), name="model one", count=1),
            Option(id=str(scene.models[1]), name="model two", count=2),
        )
        assert [(one.id, one.count) for one in listing.statuses] == [("active", 2), ("inactive", 1)]


async def test_facets_are_narrowed_by_texts_of_their_own(tenancy: Tenancy, scene: Scene) -> None:
    listing = await search(tenancy, scene, department_text="CHEM", model_text="TWO")
    assert listing.departments == ()
    assert [one.id for one in listing.models] == [str(scene.models[1])]
    assert len(listing.items) == 2


async def test_a_managed_provider_is_not_to_be_edited(tenancy: Tenancy, scene: Scene) -> None:
    async with tenancy.db.writing() as tx:
        await tx.run("UPDATE providers SET managed = 1 WHERE id = :id", id=scene.gamma.id.hex)
    gamma = entry(await search(tenancy, scene, statuses=EVERY), scene.gamma)
    assert (gamma.may_edit, gamma.may_duplicate, gamma.may_delete) == (False, True, False)


async def test_the_scope_is_needed(tenancy: Tenancy) -> None:
    caller = await tenancy.a_caller(scopes=("agents:read",))
    with pytest.raises(PermissionDenied):
        await assembled_providers.search(tenancy.db, caller, ProviderSearch())


async def test_a_page_of_a_hundred_costs_what_a_page_of_ten_does(tenancy: Tenancy, scene: Scene) -> None:
    items = [Item(texts={Slot.NAMES: (f"provider {number}",)}, active=True) for number in range(120)]
    await assemblies.create(tenancy.db, scene.caller, Kind.PROVIDER, items, mcp=False, at=tenancy.tick())

    async def cost(limit: int) -> tuple[int, int]:
        counting: Any = Counting(tenancy.db)
        found = await assembled_providers.search(counting, scene.caller, ProviderSearch(limit=limit))
        return counting.statements, len(found.items)

    (few, ten), (many, hundred) = await cost(10), await cost(100)
    assert (few, ten, hundred) == (many, 10, 100)
