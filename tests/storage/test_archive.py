"""What was deleted comes back as it was, as far as what it hung on is still there."""

from __future__ import annotations

from uuid import UUID

import pytest

from armillary.domain.accounts import Workspace
from armillary.domain.assemblies import Kind
from armillary.domain.errors import NotFound
from armillary.domain.models import Model
from armillary.storage import agents, archive, models, providers, revisions
from armillary.storage.database import Database
from tests.builders import NOON, a_kept_agent, a_kept_model, a_kept_provider, a_workspace, an_id


async def put(db: Database, workspace: Workspace, kind: Kind, thing: UUID) -> None:
    async with db.writing() as tx:
        await revisions.raised(tx, workspace.id)
        await archive.put(tx, kind, workspace.id, [thing], at=NOON)


async def restored(db: Database, workspace: Workspace, thing: UUID) -> None:
    async with db.writing() as tx:
        await revisions.raised(tx, workspace.id)
        await archive.restore(tx, workspace.id, thing)


async def kept(db: Database, model: Model) -> Model:
    async with db.reading() as reading:
        return (await models.records(reading, model.workspace, [model.id]))[model.id].model


async def test_a_model_whose_provider_is_gone_comes_back_without_it(database: Database) -> None:
    workspace = await a_workspace(database)
    provider = await a_kept_provider(database, workspace)
    model = (await a_kept_model(database, provider)).model
    await put(database, workspace, Kind.MODEL, model.id)
    async with database.writing() as tx:
        await providers.delete(tx, workspace.id, provider.id)
    await restored(database, workspace, model.id)
    assert (await kept(database, model)).provider is None


async def test_a_model_whose_upstream_name_another_has_by_now_comes_back_as_its_twin(database: Database) -> None:
    workspace = await a_workspace(database)
    provider = await a_kept_provider(database, workspace)
    model = (await a_kept_model(database, provider, upstream_name="same")).model
    await put(database, workspace, Kind.MODEL, model.id)
    await a_kept_model(database, provider, upstream_name="same")
    await restored(database, workspace, model.id)
    assert (await kept(database, model)).twin


async def test_an_agent_whose_model_is_gone_comes_back_without_it(database: Database) -> None:
    workspace = await a_workspace(database)
    model = (await a_kept_model(database, await a_kept_provider(database, workspace))).model
    agent = await a_kept_agent(database, workspace, model=model.id)
    await put(database, workspace, Kind.AGENT, agent.id)
    await put(database, workspace, Kind.MODEL, model.id)
    await restored(database, workspace, agent.id)
    async with database.reading() as reading:
        assert (await agents.by_ids(reading, workspace.id, [agent.id]))[agent.id].model is None


async def test_what_is_archived_is_another_workspaces_as_little_as_anything(database: Database) -> None:
    workspace, other = await a_workspace(database), await a_workspace(database)
    model = (await a_kept_model(database, await a_kept_provider(database, workspace))).model
    await put(database, workspace, Kind.MODEL, model.id)
    for thing in (model.id, an_id()):
        with pytest.raises(NotFound):
            await restored(database, other, thing)
    async with database.reading() as reading:
        assert await archive.taken(reading, Kind.MODEL, [model.id, an_id()]) == {model.id}
