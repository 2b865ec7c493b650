"""What a new database begins with: an account, its first workspace, and the key that opens everything."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from armillary.domain.access import EVERYTHING, SCOPES, Principal, Role
from armillary.domain.accounts import (
    DEFAULT_WORKSPACE,
    Account,
    ApiKey,
    Profile,
    ProfileKind,
    Workspace,
    api_key_document,
    workspace_document,
)
from armillary.domain.errors import AlreadyExists, InvalidRequest
from armillary.services import accounts, catalogue, records, seeds
from armillary.services.ids import new_id
from armillary.storage import accounts as account_store
from armillary.storage import api_keys, profiles, settings, workspaces
from armillary.storage.database import Database, Reading, Writing
from armillary.storage.digests import digest, mint_token, new_pepper
from armillary.storage.revisions import account_raised
from armillary.storage.secrets import Keyring

#: The settings that are kept here, by name; the pepper is sealed for its own name.
PEPPER = "digest_pepper"
ACCOUNT = "account"
SYSTEM = "system_profile"
ADMIN_KEY = "admin_key_given"

#: A person may choose a word to remember on a laptop; what is made here has 256 bits.
_SHORTEST_KEY = 8
_LONGEST_KEY = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A database that is ready to serve.

    ``admin_token`` is the new admin key's, to be shown once; None where none was made, or where it was given.
    """

    pepper: bytes = field(repr=False)
    admin_token: str | None = field(default=None, repr=False)
    is_new: bool = False


async def prepare(db: Database, keyring: Keyring, *, admin_key: str | None, at: datetime) -> Prepared:
    """Make a new database ready, and take an admin key that was not given before; else nothing is written.

    A database of an earlier release has afterwards what this one begins with.

    Raises: InvalidRequest (``admin_key``) where the key is too weak, or is another key's token.
    """
    prepared = await _prepared(db, keyring, admin_key, at=at)
    await seeds.begin(db, at=at)
    return prepared


async def _prepared(db: Database, keyring: Keyring, admin_key: str | None, *, at: datetime) -> Prepared:
    given = _checked(admin_key) if admin_key else None
    async with db.reading() as tx:
        pepper = await _pepper(tx, keyring)
        if pepper is not None and (given is None or await _is_known(tx, digest(given, pepper))):
            return Prepared(pepper=pepper)
    async with db.writing() as tx:
        # whoever comes second waits here, and then finds what the first one made
        await settings.begin(tx, PEPPER)
        pepper = await _pepper(tx, keyring)
        if pepper is None:
            return await _begin(tx, keyring, given, at=at)
        if given is not None and not await _is_known(tx, digest(given, pepper)):
            await _take(tx, digest(given, pepper), at=at)
    return Prepared(pepper=pepper)


async def has_begun(db: Database) -> bool:
    """Whether the database holds an account already."""
    async with db.reading() as tx:
        return bool(await settings.read(tx, PEPPER))


async def system(db: Database) -> Principal:
    """The principal of what the installation itself does, in the default workspace."""
    async with db.reading() as tx:
        return await _system(tx)


def _checked(admin_key: str) -> str:
    well_formed = admin_key.isascii() and admin_key.isprintable() and " " not in admin_key
    if not well_formed or not _SHORTEST_KEY <= len(admin_key) <= _LONGEST_KEY:
        raise InvalidRequest(
            "admin_key",
            f"ARMILLARY_ADMIN_KEY has at least {_SHORTEST_KEY} printable ASCII characters without spaces; "
            "leave it unset to have one made",
        )
    return admin_key


async def _pepper(tx: Reading, keyring: Keyring) -> bytes | None:
    sealed = await settings.read(tx, PEPPER)
    return keyring.unseal_bytes("settings", PEPPER, sealed) if sealed else None


async def _is_known(tx: Reading, given: str) -> bool:
    """Whether this admin key was the last one given: then a rotation since then holds, and no restart undoes it."""
    return hmac.compare_digest(await settings.read(tx, ADMIN_KEY), given)


async def _begin(tx: Writing, keyring: Keyring, given: str | None, *, at: datetime) -> Prepared:
    pepper, token = new_pepper(), given or mint_token()
    await settings.write(tx, PEPPER, keyring.seal("settings", PEPPER, pepper))
    caller = await _insert_account(tx, keyring, at=at)
    workspace = await _insert_workspace(tx, caller, at=at)
    key = await _insert_key(tx, caller, digest(token, pepper), at=at)
    if given is not None:
        await settings.write(tx, ADMIN_KEY, digest(given, pepper))
    await records.many(
        tx,
        [
            records.creation(caller, "account", caller.account, {"name": "Default"}, at=at),
            records.creation(caller, "workspace", workspace.id, workspace_document(workspace), at=at),
            records.creation(caller, "api_key", key.id, api_key_document(key), at=at),
        ],
    )
    await catalogue.seed(tx, workspace, caller.profile, at=at)
    await account_raised(tx, caller.account)
    return Prepared(pepper=pepper, admin_token=None if given else token, is_new=True)


async def _insert_account(tx: Writing, keyring: Keyring, *, at: datetime) -> Principal:
    account, profile = new_id(at), new_id(at)
    await account_store.insert(
        tx,
        Account(
            id=account,
            name="Default",
            webhook_secret=keyring.seal(accounts.WEBHOOK_SECRET, account, accounts.new_webhook_secret()),
            challenge_token=keyring.seal(accounts.CHALLENGE_TOKEN, account, accounts.new_challenge_token()),
            created_by=profile,
            created_at=at,
        ),
    )
    await profiles.insert(
        tx, Profile(id=profile, account=account, kind=ProfileKind.SYSTEM, name="Armillary", created_at=at)
    )
    await settings.write(tx, ACCOUNT, account.hex)
    await settings.write(tx, SYSTEM, profile.hex)
    return await _system(tx)


async def _system(tx: Reading) -> Principal:
    return Principal(
        account=UUID(hex=await settings.read(tx, ACCOUNT)),
        workspace=DEFAULT_WORKSPACE,
        profile=UUID(hex=await settings.read(tx, SYSTEM)),
        role=Role.OWNER,
        scopes=SCOPES,
    )


async def _insert_workspace(tx: Writing, caller: Principal, *, at: datetime) -> Workspace:
    workspace = Workspace(
        id=DEFAULT_WORKSPACE,
        number=await workspaces.next_number(tx),
        account=caller.account,
        name="Default",
        external_id="default",
        created_by=caller.profile,
        created_at=at,
        updated_at=at,
    )
    await workspaces.insert(tx, workspace)
    return workspace


async def _insert_key(tx: Writing, caller: Principal, fingerprint: str, *, at: datetime) -> ApiKey:
    key = ApiKey(
        id=new_id(at),
        account=caller.account,
        profile=new_id(at),
        name="Admin key",
        description="The account's own key: it may do everything, everywhere.",
        scopes=(EVERYTHING,),
        role=Role.OWNER,
        all_workspaces=True,
        is_default=True,
        created_by=caller.profile,
        created_at=at,
        updated_at=at,
    )
    profile = Profile(id=key.profile, account=key.account, kind=ProfileKind.API_KEY, name=key.name, created_at=at)
    await profiles.insert(tx, profile)
    await api_keys.insert(tx, key, fingerprint)
    return key


async def _take(tx: Writing, fingerprint: str, *, at: datetime) -> None:
    """The account's own key has the token that was given, and opens again where it was disabled."""
    caller = await _system(tx)
    await account_store.locked(tx, caller.account)
    before = await api_keys.default(tx, caller.account)
    after = replace(before, enabled=True, updated_at=at)
    await settings.write(tx, ADMIN_KEY, fingerprint)
    if await api_keys.digest_of(tx, before.id) == fingerprint and before.enabled:
        return
    try:
        await api_keys.save_digest(tx, after, fingerprint)
    except AlreadyExists as taken:
        raise InvalidRequest(
            "admin_key", "ARMILLARY_ADMIN_KEY is another API key's token: give one of its own"
        ) from taken
    await api_keys.save(tx, before, after)
    documents = api_key_document(before), {**api_key_document(after), "token": "given"}
    await records.updated(tx, caller, "api_key", after.id, *documents, at=at)
    await account_raised(tx, caller.account)
