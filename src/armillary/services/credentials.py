"""Providers' credentials, sealed for the row they stand in and opened again."""

from __future__ import annotations

from uuid import UUID

import msgspec

from armillary.domain.providers import Credential, Provider, checked_credential
from armillary.storage.secrets import Keyring

#: What a provider's sealed credential is sealed for.
PURPOSE = "provider"


def sealed(keyring: Keyring, provider: UUID, credential: Credential) -> str:
    """The credential's envelope. It is called in the transaction that keeps it: see ``storage.secrets``.

    Raises: InvalidRequest (``credentials``), Unavailable.
    """
    checked_credential(credential)
    content = {"kind": credential.kind, "members": dict(credential.members)}
    return keyring.seal(PURPOSE, provider, msgspec.json.encode(content))


def opened(keyring: Keyring, provider: Provider) -> Credential | None:
    """The provider's credential in clear, where it has one. Raises: Unavailable, SecretDamaged."""
    if provider.sealed is None:
        return None
    content = msgspec.json.decode(keyring.unseal_bytes(PURPOSE, provider.id, provider.sealed))
    return Credential(kind=content["kind"], members=content["members"])
