"""Providers as rows, on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armillary.domain.errors import AlreadyExists, NotFound
from armillary.domain.providers import CredentialShape, Management, Provider, ProviderStatus
from armillary.storage import providers, revisions
from armillary.storage.database import Database
from tests import generated
from tests.builders import NOON, a_kept_provider, a_workspace, an_id

shared = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | generated.texts(10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(generated.names, inner, max_size=3),
    max_leaves=5,
)
members = st.fixed_dictionaries(
    {
        "name": generated.names,
        "driver": st.sampled_from(["openai", "llmsim", "anything else"]),
        "base_url": st.sampled_from(["", "https://example.com/v1"]),
        "status": st.sampled_from(ProviderStatus),
        "managed": st.booleans(),
        "management": st.sampled_from(Management),
        "credential": st.none() | st.just(CredentialShape(kind="parts", members=("a", "b"))),
        "sealed": st.none() | st.just("arms1.x.y"),
        "config": st.dictionaries(generated.names, _json, max_size=3),
        "request_options": st.dictionaries(generated.names, _json, max_size=3),
        "trace": _json,
        "labels": generated.some_labels,
        "bundle": generated.texts(20),
        "last_synced_at": st.none() | generated.instants,
    }
)


async def read(db: Database, held: Provider) -> Provider:
    async with db.reading() as reading:
        return await providers.by_id(reading, held.workspace, held.id)


@shared
@given(said=members, then=members)
async def test_a_provider_is_read_as_it_was_written_and_saved(
    database: Database, said: dict[str, Any], then: dict[str, Any]
) -> None:
    kept = await a_kept_provider(database, await a_workspace(database), **said)
    assert await read(database, kept) == kept
    after = replace(kept, **then, updated_at=NOON)
    async with database.writing() as tx:
        await revisions.raised(tx, kept.workspace)
        await providers.save(tx, after)
    assert await read(database, kept) == after


async def test_a_foreign_provider_is_like_none(database: Database) -> None:
    kept = await a_kept_provider(database, await a_workspace(database), external_id="known")
    other = await a_workspace(database)
    async with database.reading() as reading:
        for provider in (kept.id, an_id()):
            with pytest.raises(NotFound):
                await providers.by_id(reading, other.id, provider)
        with pytest.raises(NotFound):
            await providers.by_external_id(reading, other.id, "known")
        assert await providers.of_workspace(reading, other.id) == []


async def test_nobody_deletes_a_foreign_provider(database: Database) -> None:
    kept = await a_kept_provider(database, await a_workspace(database))
    with pytest.raises(NotFound):
        async with database.writing() as tx:
            await providers.delete(tx, an_id(), kept.id)
    assert await read(database, kept) == kept


async def test_an_external_id_is_unique_in_its_workspace(database: Database) -> None:
    workspace = await a_workspace(database)
    await a_kept_provider(database, workspace, external_id="taken")
    with pytest.raises(AlreadyExists):
        await a_kept_provider(database, workspace, external_id="taken")
    await a_kept_provider(database, await a_workspace(database), external_id="taken")


async def test_providers_without_an_external_id_do_not_collide(database: Database) -> None:
    workspace = await a_workspace(database)
    first, second = await a_kept_provider(database, workspace), await a_kept_provider(database, workspace)
    async with database.reading() as reading:
        assert {one.id for one in await providers.of_workspace(reading, workspace.id)} == {first.id, second.id}
