"""What a disable or a delete would touch, told before it happens and true afterwards."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from armillary.domain.errors import NotFound, PermissionDenied
from armillary.domain.listings import ModelCounts
from armillary.domain.models import ModelChanges
from armillary.domain.prices import UNPRICED, Price
from armillary.services import defaults, impact, models
from armillary.storage.database import Database
from tests.builders import (
    NOON,
    a_kept_agent,
    a_kept_model,
    a_kept_provider,
    a_principal,
    a_workspace,
    an_id,
    some_kept_models,
)


async def test_the_next_default_is_told_and_comes_true(database: Database) -> None:
    workspace = await a_workspace(database)
    caller = a_principal(workspace)
    provider = await a_kept_provider(database, workspace)
    first, *_ = await some_kept_models(
        database, provider, [{"enabled": True}, {"enabled": True}, {"enabled": True, "favourite": True}, {}]
    )
    await models.set_default(database, caller, first.model.id, at=NOON)
    told = await impact.of_model(database, caller, first.model.id)
    assert told.is_default
    assert told.provider_models == ModelCounts(enabled=3, disabled=1)
    await models.delete(database, caller, first.model.id, at=NOON)
    held = await defaults.current(database, caller)
    assert held is not None
    assert told.next_default is not None
    assert told.next_default.candidate.id == held.model.id


async def test_who_is_no_default_has_no_heir(database: Database) -> None:
    workspace = await a_workspace(database)
    provider = await a_kept_provider(database, workspace)
    held, _ = await some_kept_models(database, provider, [{"enabled": True}, {"enabled": True}])
    told = await impact.of_model(database, a_principal(workspace), held.model.id)
    assert (told.is_default, told.next_default) == (False, None)
    assert (told.lost_override, told.lost_periods, told.deletable) == (UNPRICED, 0, True)


async def test_a_lost_price_is_told(database: Database) -> None:
    workspace = await a_workspace(database)
    caller = a_principal(workspace)
    provider = await a_kept_provider(database, workspace, managed=True)
    held = await a_kept_model(database, provider, base=Price(input=Decimal(1)), labels={"a": "b"})
    changes = ModelChanges(override_output=Decimal(2))
    await models.update(database, caller, held.model.id, changes, guard=lambda *_: None, at=NOON)
    told = await impact.of_model(database, caller, held.model.id)
    assert (told.lost_override, told.lost_periods, told.deletable) == (Price(output=Decimal(2)), 2, False)
    assert told.registered.model.labels == {"a": "b"}


async def test_the_active_agents_that_use_the_model_are_counted(database: Database) -> None:
    workspace = await a_workspace(database)
    used = await a_kept_model(database, await a_kept_provider(database, workspace))
    for active in (True, True, False):
        await a_kept_agent(database, workspace, model=used.model.id, active=active)
    told = await impact.of_model(database, a_principal(workspace), used.model.id)
    assert told.active_agents == 2


async def test_a_foreign_model_has_no_impact(database: Database) -> None:
    caller = a_principal(await a_workspace(database))
    foreign = await a_kept_model(database, await a_kept_provider(database, await a_workspace(database)))
    for model in (foreign.model.id, an_id()):
        with pytest.raises(NotFound):
            await impact.of_model(database, caller, model)
    with pytest.raises(PermissionDenied):
        await impact.of_model(database, replace(caller, scopes=frozenset()), foreign.model.id)
