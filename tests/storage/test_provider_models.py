"""Which models use which providers, on both databases."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest

from armillary.domain.accounts import Workspace
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.providers import Provider
from armillary.storage import links, provider_models
from armillary.storage.database import Database
from tests.builders import a_kept_provider, a_workspace, an_id, some_kept_models


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Two providers: three models of the first, of which one links the second as well; an unused one."""

    workspace: Workspace
    first: Provider
    second: Provider
    unused: Provider
    models: list[UUID]


@pytest.fixture
async def scene(database: Database) -> Scene:
    workspace = await a_workspace(database)
    first, second, unused = [
        await a_kept_provider(database, workspace, name=name) for name in ("first", "second", "unused")
    ]
    members = [{"name": f"model {number}"} for number in range(3)]
    models = [one.model.id for one in await some_kept_models(database, first, members)]
    async with database.writing() as tx:
        # the first place only remembers the model's own provider: a stale one there is nobody's
        linked = [(models[0], [first.id, second.id]), (models[1], [second.id]), (models[2], [first.id, first.id])]
        await links.insert(tx, Kind.MODEL, workspace.id, [(one, {Slot.PROVIDERS: ids}) for one, ids in linked])
    return Scene(workspace=workspace, first=first, second=second, unused=unused, models=models)


async def test_each_model_counts_once(database: Database, scene: Scene) -> None:
    async with database.reading() as reading:
        asked = [scene.first.id, scene.second.id, scene.unused.id]
        counted = await provider_models.counts(reading, scene.workspace.id, asked)
        assert counted == {scene.first.id: 3, scene.second.id: 1}
        assert await provider_models.counts(reading, an_id(), asked) == {}
        assert await provider_models.counts(reading, scene.workspace.id, []) == {}


async def test_the_first_models_are_told(database: Database, scene: Scene) -> None:
    async with database.reading() as reading:
        asked = [scene.first.id, scene.second.id, scene.unused.id]
        assert await provider_models.models(reading, scene.workspace.id, asked, most=2) == {
            scene.first.id: scene.models[:2],
            scene.second.id: scene.models[:1],
        }
        assert await provider_models.models(reading, an_id(), asked, most=2) == {}


async def test_many_providers_are_asked_for_at_once(database: Database, scene: Scene) -> None:
    asked = [*(an_id() for _ in range(250)), scene.first.id]
    async with database.reading() as reading:
        assert list(await provider_models.counts(reading, scene.workspace.id, asked)) == [scene.first.id]
        assert list(await provider_models.models(reading, scene.workspace.id, asked, most=1)) == [scene.first.id]


async def test_providers_are_found_by_the_models_that_use_them(database: Database, scene: Scene) -> None:
    async with database.reading() as reading:
        both = await provider_models.providers(reading, scene.workspace.id, [scene.models[0]])
        assert both == {scene.first.id, scene.second.id}
        assert await provider_models.providers(reading, scene.workspace.id, [scene.models[1]]) == {scene.first.id}
        assert await provider_models.providers(reading, scene.workspace.id, [an_id()]) == set()
        assert await provider_models.providers(reading, an_id(), scene.models) == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", [0, 1, 2], id="none"),
        pytest.param("MODEL 1", [1], id="whatever-its-case"),
        pytest.param("upstream", [], id="in-names-alone"),
        pytest.param("%", [], id="literally"),
        pytest.param("\x1e", [], id="a-separator"),
        pytest.param("\0", [], id="what-no-row-holds"),
    ],
)
async def test_models_are_offered_by_name(database: Database, scene: Scene, text: str, found: list[int]) -> None:
    async with database.reading() as reading:
        options = await provider_models.options(reading, database.kind, scene.workspace.id, text, most=10)
    totals = {0: 2, 1: 1, 2: 1}
    assert options == [(scene.models[one], f"model {one}", totals[one]) for one in found]


async def test_only_so_many_models_are_offered(database: Database, scene: Scene) -> None:
    async with database.reading() as reading:
        options = await provider_models.options(reading, database.kind, scene.workspace.id, "", most=1)
        assert [one for one, _, _ in options] == scene.models[:1]
        assert await provider_models.options(reading, database.kind, an_id(), "", most=1) == []
