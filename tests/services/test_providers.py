"""Providers as a use case: credentials are sealed, managed ones left alone, and models go with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from armillary.domain.access import Principal, Role, entered
from armillary.domain.changes import Action, ChangeQuery
from armillary.domain.errors import AlreadyExists, Conflict, InvalidRequest, NotFound, PermissionDenied, Stale
from armillary.domain.listings import ModelCounts, ProviderQuery
from armillary.domain.providers import Credential, CredentialPatch, Provider, ProviderChanges, ProviderStatus
from armillary.services import credentials, defaults, models, providers
from armillary.storage import changes, revisions
from armillary.storage.database import Database
from tests.builders import (
    NOON,
    a_kept_model,
    a_kept_provider,
    a_new_provider,
    a_principal,
    a_workspace,
    an_id,
    some_kept_models,
)
from tests.tenancy import a_keyring

LATER = NOON + timedelta(hours=1)
SECRET = "sk-very-secret"
KEY = Credential(kind="api_key", members={"api_key": SECRET})
AWS = Credential(kind="aws_access_key", members={"access_key_id": "id", "secret_access_key": SECRET})
KEYRING = a_keyring()


@pytest.fixture
async def caller(database: Database) -> Principal:
    return a_principal(await a_workspace(database))


_ticks = count()


async def created(db: Database, caller: Principal, **members: Any) -> Provider:
    """A provider, made later than those before."""
    at = NOON + timedelta(milliseconds=next(_ticks))
    return await providers.create(db, KEYRING, caller, a_new_provider(**members), at=at)


async def changed(db: Database, caller: Principal, provider: Provider, **members: Any) -> Provider:
    return await providers.update(db, KEYRING, caller, provider.id, ProviderChanges(**members), at=LATER)


async def trail(db: Database, caller: Principal) -> list[tuple[str, Action, Any, Any]]:
    async with db.reading() as reading:
        found = await changes.page(reading, caller.workspace, ChangeQuery(limit=100))
    return [(one.kind, one.action, one.before, one.after) for one in found]


async def everything_kept(db: Database) -> str:
    """Every text in the tables that a secret could have got into."""
    async with db.reading() as reading:
        return repr([await reading.all(f"SELECT * FROM {table}") for table in ("providers", "changes", "models")])


async def test_a_provider_is_read_as_it_was_made(database: Database, caller: Principal) -> None:
    said: dict[str, Any] = {
        "config": {"region": "eu", "nested": {"a": [1, None]}},
        "request_options": {"headers": {"X-A": "b"}},
        "trace": {"on": True},
        "labels": {"a": "b"},
        "external_id": "key-one",
        "base_url": "https://example.com/v1",
    }
    made = await created(database, caller, credential=KEY, **said)
    assert {name: getattr(made, name) for name in said} == said
    assert await providers.read(database, caller, made.id) == made
    assert await providers.find(database, caller, "key-one") == made
    assert made.healthy
    assert (await trail(database, caller))[0][:3] == ("provider", Action.CREATED, None)


async def test_a_credential_is_kept_sealed_and_told_nowhere(database: Database, caller: Principal) -> None:
    made = await created(database, caller, credential=KEY)
    after = await changed(database, caller, made, credential=AWS)
    assert credentials.opened(KEYRING, made) == KEY
    assert credentials.opened(KEYRING, after) == AWS
    assert SECRET not in await everything_kept(database)
    assert (await trail(database, caller))[0] == (
        "provider",
        Action.UPDATED,
        {"credential": "api_key"},
        {"credential": "aws_access_key (replaced)"},
    )


async def test_a_credential_is_patched_and_cleared(database: Database, caller: Principal) -> None:
    made = await created(database, caller, credential=AWS)
    patch = CredentialPatch(members={"session_token": "t"})
    after = await changed(database, caller, made, credential=patch)
    opened = credentials.opened(KEYRING, after)
    assert opened == replace(AWS, members={**AWS.members, "session_token": "t"})
    assert (await changed(database, caller, after, name="x")).sealed == after.sealed
    bare = await changed(database, caller, after, credential=None)
    assert (bare.credential, bare.sealed, bare.healthy) == (None, None, False)


async def test_half_a_credential_is_refused(database: Database, caller: Principal) -> None:
    with pytest.raises(InvalidRequest):
        await created(database, caller, credential=Credential(kind="aws_access_key", members={"access_key_id": "a"}))
    assert await providers.listing(database, caller) == ()


async def test_only_what_was_read_is_changed(database: Database, caller: Principal) -> None:
    made = await created(database, caller)
    await changed(database, caller, made, name="first")
    with pytest.raises(Stale):
        await providers.update(
            database, KEYRING, caller, made.id, ProviderChanges(name="x"), unchanged_since=made.revision, at=LATER
        )


async def test_an_external_id_names_one_provider(database: Database, caller: Principal) -> None:
    held = await created(database, caller, external_id="taken")
    other = await created(database, caller)
    with pytest.raises(AlreadyExists) as refused:
        await created(database, caller, external_id="taken")
    assert refused.value.existing == held.id
    with pytest.raises(AlreadyExists) as refused:
        await changed(database, caller, other, external_id="taken")
    assert refused.value.existing == held.id
    stranger = a_principal(await a_workspace(database))
    assert await created(database, stranger, external_id="taken")


async def test_a_foreign_provider_answers_like_an_absent_one(database: Database, caller: Principal) -> None:
    foreign = await created(database, a_principal(await a_workspace(database)), external_id="foreign")
    for identity in (foreign.id, an_id()):
        for call in (
            providers.read(database, caller, identity),
            providers.delete(database, caller, identity, at=LATER),
            providers.update(database, KEYRING, caller, identity, ProviderChanges(name="x"), at=LATER),
            providers.set_credential(database, KEYRING, caller, identity, KEY, at=LATER),
        ):
            with pytest.raises(NotFound) as refused:
                await call
            assert str(refused.value) == "provider not found"
    for external_id in ("foreign", "absent", "nul\0"):
        with pytest.raises(NotFound):
            await providers.find(database, caller, external_id)
    assert await providers.counts(database, caller, [foreign.id]) == {}


async def test_a_viewer_changes_nothing(database: Database, caller: Principal) -> None:
    made = await created(database, caller)
    viewer = replace(caller, role=Role.VIEWER, scopes=entered(Role.VIEWER, ["*"]))
    for call in (
        created(database, viewer),
        changed(database, viewer, made, name="x"),
        providers.delete(database, viewer, made.id, at=LATER),
        providers.set_credential(database, KEYRING, viewer, made.id, KEY, at=LATER),
    ):
        with pytest.raises(PermissionDenied):
            await call
    assert await providers.read(database, viewer, made.id) == made


async def test_a_managed_provider_is_left_alone(database: Database, caller: Principal) -> None:
    managed = await created(database, caller, managed=True)
    for call in (
        changed(database, caller, managed, name="x"),
        providers.delete(database, caller, managed.id, at=LATER),
    ):
        with pytest.raises(Conflict) as refused:
            await call
        assert refused.value.state == "managed"


async def test_a_managed_providers_credential_is_the_owners(database: Database, caller: Principal) -> None:
    managed = await created(database, caller, managed=True)
    admin = replace(caller, role=Role.ADMIN, scopes=entered(Role.ADMIN, ["*"]))
    with pytest.raises(Conflict):
        await providers.set_credential(database, KEYRING, admin, managed.id, KEY, at=LATER)
    after = await providers.set_credential(database, KEYRING, caller, managed.id, KEY, at=LATER)
    assert credentials.opened(KEYRING, after) == KEY
    own = await created(database, caller)
    assert (await providers.set_credential(database, KEYRING, admin, own.id, KEY, at=LATER)).healthy


async def test_deleting_a_provider_takes_its_models_and_elects_anew(database: Database, caller: Principal) -> None:
    place = await _place(database, caller)
    gone, left = await a_kept_provider(database, place), await a_kept_provider(database, place)
    mine = await some_kept_models(database, gone, [{"enabled": True} for _ in range(3)])
    heir = await a_kept_model(database, left, enabled=True)
    await models.set_default(database, caller, mine[0].model.id, at=NOON)
    await providers.delete(database, caller, gone.id, at=LATER)
    assert (await models.listing(database, caller)).items == (heir,)
    assert await _default(database, caller) == heir.model.id
    told = [(kind, action) for kind, action, _, _ in await trail(database, caller)]
    assert told.count(("model", Action.DELETED)) == 3
    assert told.count(("provider", Action.DELETED)) == 1


async def test_disabling_a_provider_elects_anew(database: Database, caller: Principal) -> None:
    place = await _place(database, caller)
    one, other = await a_kept_provider(database, place), await a_kept_provider(database, place)
    first, second = await a_kept_model(database, one, enabled=True), await a_kept_model(database, other, enabled=True)
    await models.set_default(database, caller, first.model.id, at=NOON)
    await changed(database, caller, one, status=ProviderStatus.DISABLED)
    assert await _default(database, caller) == second.model.id
    await changed(database, caller, other, status=ProviderStatus.DISABLED)
    assert await _default(database, caller) is None
    await changed(database, caller, one, status=ProviderStatus.ACTIVE)
    assert await _default(database, caller) == first.model.id


async def _place(db: Database, caller: Principal) -> Any:
    class Place:
        id, created_by = caller.workspace, caller.profile

    return Place


async def _default(db: Database, caller: Principal) -> UUID | None:
    held = await defaults.current(db, caller)
    return None if held is None else held.model.id


async def test_models_are_counted(database: Database, caller: Principal) -> None:
    provider = await created(database, caller)
    await some_kept_models(database, provider, [{"enabled": True}, {}])
    counted = await providers.counts(database, caller, [provider.id, an_id()])
    assert counted == {provider.id: ModelCounts(enabled=1, disabled=1)}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param({}, ["Straße", "Beta", "Alpha"], id="newest-first"),
        pytest.param({"newest_first": False}, ["Alpha", "Beta", "Straße"], id="oldest-first"),
        pytest.param({"managed": True}, ["Beta"], id="managed"),
        pytest.param({"managed": False}, ["Straße", "Alpha"], id="our-own"),
        pytest.param({"labels": {"a": "b"}}, ["Alpha"], id="labels"),
        pytest.param({"text": "PH"}, ["Alpha"], id="text"),
        pytest.param({"text": "anthro"}, ["Beta"], id="text-of-the-driver"),
        pytest.param({"text": "%"}, [], id="percent-is-literal"),
        pytest.param({"prefix": "KEY-"}, ["Beta", "Alpha"], id="prefix-of-the-external-id"),
        pytest.param({"prefix": "strass"}, ["Straße"], id="folded-as-unicode-does"),
        pytest.param({"prefix": "lph"}, [], id="no-prefix"),
        pytest.param({"text": "\0"}, [], id="nul"),
    ],
)
async def test_a_page_shows_what_is_asked_for(
    database: Database, caller: Principal, asked: dict[str, Any], expected: list[str]
) -> None:
    await created(database, caller, name="Alpha", external_id="key-1", labels={"a": "b"})
    await created(database, caller, name="Beta", external_id="key-2", managed=True, driver="anthropic")
    await created(database, caller, name="Straße")
    await created(database, a_principal(await a_workspace(database)), name="Alpha of others")
    page = await providers.page(database, caller, ProviderQuery(**asked))
    assert [one.name for one in page.items] == expected


@pytest.mark.parametrize("asked", [{}, {"text": "provider"}, {"newest_first": False}])
async def test_pages_show_everything_once(database: Database, caller: Principal, asked: dict[str, Any]) -> None:
    made = [(await created(database, caller)).id for _ in range(5)]
    seen: list[UUID] = []
    after: UUID | None = None
    while True:
        page = await providers.page(database, caller, ProviderQuery(limit=2, after=after, **asked))
        seen += [one.id for one in page.items]
        after = page.next
        if after is None:
            break
    assert sorted(seen) == sorted(made)
    assert len(seen) == 5


async def test_a_write_raises_the_revision_once(database: Database, caller: Principal) -> None:
    made = await created(database, caller)
    after = await changed(database, caller, made, name="x")
    async with database.reading() as reading:
        current, _ = await revisions.current(reading, caller.workspace)
    assert (made.revision + 1, current) == (after.revision, after.revision)
