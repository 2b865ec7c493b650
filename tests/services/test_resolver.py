"""The resolver over what is really kept."""

from __future__ import annotations

from typing import Any

import pytest

from armillary.domain.access import Principal
from armillary.domain.errors import PermissionDenied
from armillary.domain.models import Registered
from armillary.domain.providers import CredentialShape, ProviderStatus
from armillary.domain.resolver import Failure, Level, Outcome, Reference, Why
from armillary.services import models, resolver
from armillary.storage.database import Database
from tests.builders import NOON, a_kept_model, a_kept_provider, a_principal, a_workspace, an_id

_KEY = CredentialShape(kind="api_key", members=("api_key",))


@pytest.fixture
async def workspace(database: Database) -> Any:
    return await a_workspace(database)


@pytest.fixture
def caller(workspace: Any) -> Principal:
    return a_principal(workspace)


async def a_usable_model(db: Database, workspace: Any, **members: Any) -> Registered:
    provider = await a_kept_provider(db, workspace, credential=_KEY, name="Usable")
    return await a_kept_model(db, provider, **{"enabled": True, **members})


async def test_each_level_is_explained(database: Database, caller: Principal, workspace: Any) -> None:
    off = await a_kept_model(database, await a_kept_provider(database, workspace))
    closed = await a_kept_provider(database, workspace, status=ProviderStatus.DISABLED)
    shut = await a_kept_model(database, closed, enabled=True)
    default = await a_usable_model(database, workspace, name="The default")
    await models.set_default(database, caller, default.model.id, at=NOON)
    gone = an_id()
    named = [
        Reference(level=Level.MESSAGE, model=off.model.id),
        Reference(level=Level.SESSION, model=shut.model.id),
        Reference(level=Level.AGENT, model=gone),
        Reference(level=Level.HARNESS, model=None),
    ]
    told = await resolver.resolve(database, caller, named)
    assert [step.why for step in told.resolution.steps] == [
        Why.DISABLED,
        Why.PROVIDER_DISABLED,
        Why.UNKNOWN,
        Why.NOT_SET,
        Why.RESOLVES,
        Why.DECIDED,
    ]
    assert (told.resolution.model, told.resolution.level) == (default.model.id, Level.DEFAULT)
    assert told.resolution.failure is None
    assert (told.models[default.model.id].name, told.models[default.model.id].provider_name) == (
        "The default",
        "Usable",
    )
    assert gone not in told.models


async def test_a_foreign_model_is_unknown(database: Database, caller: Principal) -> None:
    foreign = await a_usable_model(database, await a_workspace(database))
    told = await resolver.resolve(database, caller, [Reference(level=Level.SESSION, model=foreign.model.id)])
    assert told.resolution.steps[0].why is Why.UNKNOWN
    assert (told.resolution.failure, told.models) == (Failure.UNAVAILABLE, {})


async def test_the_fallback_serves_while_no_default_was_chosen(
    database: Database, caller: Principal, workspace: Any
) -> None:
    usable = await a_usable_model(database, workspace)
    told = await resolver.resolve(database, caller, [])
    assert (told.resolution.model, told.resolution.level) == (usable.model.id, Level.FALLBACK)
    assert usable.model.id in told.models
    await models.set_default(database, caller, None, at=NOON)
    told = await resolver.resolve(database, caller, [])
    assert told.resolution.steps[-1].why is Why.DEFAULT_CHOSEN
    assert told.resolution.failure is Failure.UNAVAILABLE


async def test_a_model_without_a_key_is_taken_and_fails_in_the_open(
    database: Database, caller: Principal, workspace: Any
) -> None:
    keyless = await a_kept_model(database, await a_kept_provider(database, workspace), enabled=True)
    told = await resolver.resolve(database, caller, [Reference(level=Level.SESSION, model=keyless.model.id)])
    assert told.resolution.steps[0].outcome is Outcome.TAKEN
    assert told.resolution.failure is Failure.MISCONFIGURED


async def test_a_switch_is_resolved_at_once(database: Database, caller: Principal, workspace: Any) -> None:
    one, other = await a_usable_model(database, workspace), await a_usable_model(database, workspace)
    session = [Reference(level=Level.SESSION, model=one.model.id)]
    await models.set_default(database, caller, other.model.id, at=NOON)
    for enabled, expected in ((False, other), (True, one)):
        await models.switch(database, caller, one.model.id, enabled, at=NOON)
        told = await resolver.resolve(database, caller, session)
        assert told.resolution.model == expected.model.id


async def test_resolving_needs_its_scope(database: Database, caller: Principal) -> None:
    nobody = Principal(
        account=caller.account,
        workspace=caller.workspace,
        profile=caller.profile,
        role=caller.role,
        scopes=frozenset(),
    )
    with pytest.raises(PermissionDenied):
        await resolver.resolve(database, nobody, [])
