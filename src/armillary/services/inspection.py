"""What a look into an installation finds: whether its secrets open, and whether a call would find a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from armillary.domain.accounts import Workspace, WorkspaceStatus
from armillary.domain.errors import ArmillaryError
from armillary.domain.models import Registered
from armillary.domain.providers import Provider
from armillary.services import bootstrap, credentials, defaults
from armillary.storage import providers, settings, workspaces
from armillary.storage.database import Database
from armillary.storage.secrets import Keyring


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at; ``fine`` is None for what is worth knowing and stops nothing."""

    what: str
    fine: bool | None
    found: str


async def inspect(db: Database, keyring: Keyring) -> list[Finding]:
    """Every finding on a database that has a schema; nothing is changed."""
    async with db.reading() as tx:
        sealed = await settings.read(tx, bootstrap.PEPPER)
    if not sealed:
        return [Finding(what="account", fine=None, found="there is none yet: `armillary serve` makes it")]
    findings = [_opens(keyring, sealed)]
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


def _opens(keyring: Keyring, sealed: str) -> Finding:
    try:
        keyring.unseal_bytes("settings", bootstrap.PEPPER, sealed)
    except ArmillaryError as exc:
        mend = f"{exc}: put back the key that this database was made with, or no API key opens anything"
        return Finding(what="keyring", fine=False, found=mend)
    rotating = ", a rotation is not finished: run `armillary secrets rotate`" if keyring.rotating else ""
    return Finding(what="keyring", fine=None if rotating else True, found=f"opens this database{rotating}")


def _credentials(keyring: Keyring, workspace: Workspace, owned: Sequence[Provider]) -> Iterator[Finding]:
    what = f"providers of {workspace.name}"
    for provider in owned:
        try:
            credentials.opened(keyring, provider)
        except ArmillaryError as exc:
            yield Finding(what=what, fine=False, found=f"{provider.name}: {exc}; set its key again")
    healthy = sum(provider.healthy for provider in owned)
    yield Finding(what=what, fine=True, found=f"{healthy} of {len(owned)} have a key and are active")


def _default(workspace: Workspace, default: Registered | None) -> Finding:
    what = f"default of {workspace.name}"
    if default is None:
        return Finding(what=what, fine=None, found="no default model: a call that names none will fail")
    fine = default.model.enabled and default.provider.healthy
    mend = "" if fine else ": its provider has no key or is disabled, or it is disabled itself"
    return Finding(what=what, fine=True if fine else None, found=f"{default.model.name}{mend}")
