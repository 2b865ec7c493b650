"""A rotation of the secrets key, while the installation serves: every secret stays readable, at every step."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from armillary.domain.access import Principal, Role
from armillary.domain.errors import Conflict, Unavailable
from armillary.domain.providers import Credential, Provider, ProviderChanges
from armillary.services import accounts, bootstrap, providers, secrets
from armillary.storage import accounts as account_store
from armillary.storage.database import Database
from armillary.storage.secrets import Keyring
from tests.builders import NOON, a_kept_provider, a_new_provider, a_principal, a_workspace
from tests.tenancy import ADMIN_KEY


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring.open_file(tmp_path / "secrets.key")


def a_key(text: str) -> Credential:
    return Credential(kind="api_key", members={"api_key": text})


async def some_providers(db: Database, keyring: Keyring, many: int) -> list[tuple[Provider, str]]:
    """Providers of two workspaces, each with a credential of its own."""
    callers = [a_principal(await a_workspace(db)) for _ in range(2)]
    made = []
    for number in range(many):
        new = a_new_provider(credential=a_key(f"secret-{number}"))
        made.append((await providers.create(db, keyring, callers[number % 2], new, at=NOON), f"secret-{number}"))
    return made


async def opened(db: Database, keyring: Keyring, provider: Provider) -> str:
    async with db.reading() as reading:
        row = await reading.first("SELECT * FROM providers WHERE id = :id", id=provider.id.hex)
    assert row is not None
    found = keyring.unseal("provider", provider.id, row["sealed"])
    return found.partition('"api_key":"')[2].partition('"')[0]


async def test_a_rotation_reseals_everything_and_forgets_the_old_key(database: Database, keyring: Keyring) -> None:
    prepared = await bootstrap.prepare(database, keyring, admin_key=ADMIN_KEY, at=NOON)
    made = await some_providers(database, keyring, 60)
    old = keyring.current_id
    told: list[tuple[int, int]] = []
    resealed = await secrets.rotate(database, keyring, progress=lambda done, total: told.append((done, total)))
    assert keyring.current_id != old
    assert not keyring.rotating
    assert told[-1] == (resealed, resealed)
    assert [await opened(database, keyring, provider) for provider, _ in made] == [text for _, text in made]
    again = await bootstrap.prepare(database, keyring, admin_key=ADMIN_KEY, at=NOON)
    assert again.pepper == prepared.pepper
    async with database.reading() as reading:
        row = await reading.first("SELECT id FROM accounts WHERE webhook_secret <> ''")
        assert row is not None
        account = await account_store.by_id(reading, (await bootstrap.system(database)).account)
    assert keyring.unseal(accounts.WEBHOOK_SECRET, account.id, account.webhook_secret)
    assert keyring.unseal(accounts.CHALLENGE_TOKEN, account.id, account.challenge_token)


class Load:
    """Somebody who reads some credentials and replaces others, through a ring of its own, until it is over."""

    def __init__(self, db: Database, keyring: Keyring, made: list[tuple[Provider, str]]) -> None:
        self.db, self.keyring = db, keyring
        self.read, self.replaced = [one for one, _ in made[::2]], [one for one, _ in made[1::2]]
        self.expected = {provider.id: text for provider, text in made}
        self.over = asyncio.Event()
        self.reads = 0

    async def reading(self) -> None:
        while not self.over.is_set():
            for provider in self.read:
                assert await opened(self.db, self.keyring, provider) == self.expected[provider.id]
                self.reads += 1
                await asyncio.sleep(0)

    async def writing(self) -> None:
        for number in count():
            provider = self.replaced[number % len(self.replaced)]
            changes = ProviderChanges(name=f"name-{number}")
            if number % 3:
                self.expected[provider.id] = f"secret-new-{number}"
                changes = ProviderChanges(credential=a_key(self.expected[provider.id]))
            at = NOON + timedelta(seconds=number)
            await providers.update(self.db, self.keyring, _owner_of(provider), provider.id, changes, at=at)
            if self.over.is_set():
                return


def _owner_of(provider: Provider) -> Principal:
    return Principal(
        account=provider.created_by,
        workspace=provider.workspace,
        profile=provider.created_by,
        role=Role.OWNER,
        scopes=frozenset({"models:manage"}),
    )


async def test_a_rotation_under_load_fails_no_read_and_loses_no_write(
    database: Database, keyring: Keyring, tmp_path: Path
) -> None:
    made = await some_providers(database, keyring, 40)
    load = Load(database, Keyring.open_file(tmp_path / "secrets.key"), made)

    async def rotating() -> None:
        try:
            for _ in range(3):
                await secrets.rotate(database, keyring)
        finally:
            load.over.set()

    await asyncio.gather(rotating(), load.reading(), load.writing())
    assert load.reads > 0
    for provider, _ in made:
        assert await opened(database, keyring, provider) == load.expected[provider.id]


async def test_a_rotation_that_was_cut_off_goes_on(database: Database, keyring: Keyring) -> None:
    made = await some_providers(database, keyring, 3)
    keyring.rotate()
    fresh = await some_providers(database, keyring, 1)
    assert await secrets.rotate(database, keyring) == 3
    assert not keyring.rotating
    for provider, text in [*made, *fresh]:
        assert await opened(database, keyring, provider) == text


async def test_given_keys_are_rotated_by_who_gives_them(database: Database) -> None:
    old, new = (base64.b64encode(bytes([number] * 32)).decode() for number in (1, 2))
    made = await some_providers(database, Keyring.from_text(old), 2)
    with pytest.raises(Conflict) as refused:
        await secrets.rotate(database, Keyring.from_text(old))
    assert refused.value.state == "given_key"
    assert await secrets.rotate(database, Keyring.from_text(f"{new},{old}")) == 2
    alone = Keyring.from_text(new)
    assert [await opened(database, alone, provider) for provider, _ in made] == [text for _, text in made]


async def test_a_key_that_is_not_at_hand_leaves_everything_as_it_was(database: Database) -> None:
    one, two, three = (base64.b64encode(bytes([number] * 32)).decode() for number in (1, 2, 3))
    made = await some_providers(database, Keyring.from_text(one), 2)
    with pytest.raises(Unavailable):
        await secrets.rotate(database, Keyring.from_text(f"{three},{two}"))
    for provider, text in made:
        assert await opened(database, Keyring.from_text(one), provider) == text


async def test_nothing_sealed_is_nothing_to_do(database: Database, keyring: Keyring) -> None:
    await a_kept_provider(database, await a_workspace(database))
    assert await secrets.rotate(database, keyring) == 0
