"""What a look into an installation finds: whether its secrets open, and whether a call would find a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from armillary.domain.accounts import Workspace, WorkspaceStatus
from armillary.domain.errors import ArmillaryError
from armillary.domain.models import Registered
from armillary.domain.providers import Provider
from armillary.services import bootstrap, credentials, defaults, secrets
from armillary.storage import providers, schemas, seals, settings, workspaces
from armillary.storage.database import Database
from armillary.storage.secrets import Keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; ``fine`` is None for what is worth knowing and stops nothing."""

    what: str
    fine: bool | None
    found: str


async def schema(db: Database) -> Finding:
    """Whether the database has this program's tables; not fine where it has not, but nothing to mend."""
    applied, known = await schemas.applied(db), schemas.known(db)
    if applied == known:
        return Finding(what="schema", fine=True, found=f"up to date ({applied} of {known} migrations)")
    if applied:
        behind = f"{applied} of {known} migrations: `armillary serve` applies the rest; take a backup first"
        return Finding(what="schema", fine=None, found=behind)
    return Finding(what="schema", fine=None, found="it holds no tables yet: `armillary serve` makes them")


async def inspect(db: Database, keyring: Keyring) -> list[Finding]:
    """Every finding on a database that has a schema; nothing is changed."""
    async with db.reading() as tx:
        sealed = await settings.read(tx, bootstrap.PEPPER)
    if not sealed:
        return [Finding(what="account", fine=None, found="there is none yet: `armillary serve` makes it")]
    findings = [_opens(keyring, sealed), *await _account_secrets(db, keyring)]
    caller = await bootstrap.system(db)
    async with db.reading() as tx:
        found = await workspaces.of_account(tx, caller.account)
    for workspace in found:
        if workspace.status is WorkspaceStatus.ENABLED:
            async with db.reading() as tx:
                owned = await providers.of_workspace(tx, workspace.id)
            default = await defaults.current(db, replace(caller, workspace=workspace.id))
            findings += [*_credentials(keyring, workspace, owned), _default(workspace, default)]
    return findings


async def opens(db: Database, keyring: Keyring) -> bool:
    """Whether the keys open this database."""
    async with db.reading() as tx:
        return _opens(keyring, await settings.read(tx, bootstrap.PEPPER)).fine is not False


def _opens(keyring: Keyring, sealed: str) -> Finding:
    try:
        keyring.unseal_bytes("settings", bootstrap.PEPPER, sealed)
    except ArmillaryError:
        mend = "it does not open this database: put back the key that sealed it, or no API key opens anything"
        return Finding(what="keyring", fine=False, found=mend)
    rotating = ", a rotation is not finished: run `armillary secrets rotate`" if keyring.rotating else ""
    return Finding(what="keyring", fine=None if rotating else True, found=f"opens this database{rotating}")


async def _account_secrets(db: Database, keyring: Keyring) -> list[Finding]:
    findings = []
    async with db.reading() as tx:
        for place in secrets.PLACES:
            if place.table != "accounts":
                continue
            async for one in seals.held(tx, place):
                try:
                    keyring.unseal_bytes(place.purpose, one.row, one.text)
                except ArmillaryError:
                    mend = "it opens no more: rotate it through the API"
                    findings.append(Finding(what=place.purpose, fine=False, found=mend))
    return findings


def _credentials(keyring: Keyring, workspace: Workspace, owned: Sequence[Provider]) -> Iterator[Finding]:
    what = f"providers of {workspace.name}"
    for provider in owned:
        try:
            credentials.opened(keyring, provider)
        except ArmillaryError:
            yield Finding(what=what, fine=False, found=f"the key of {provider.name} opens no more: set it again")
    healthy = sum(provider.healthy for provider in owned)
    yield Finding(what=what, fine=True, found=f"{healthy} of {len(owned)} have a key and are active")


def _default(workspace: Workspace, default: Registered | None) -> Finding:
    what = f"default of {workspace.name}"
    if default is None:
        return Finding(what=what, fine=None, found="no default model: a call that names none will fail")
    fine = default.model.enabled and default.provider.healthy
    mend = "" if fine else ": its provider has no key or is disabled, or it is disabled itself"
    return Finding(what=what, fine=True if fine else None, found=f"{default.model.name}{mend}")
