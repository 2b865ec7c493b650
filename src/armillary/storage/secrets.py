"""Secrets at rest: each sealed with a data key of its own, which a key-encryption key wraps.

A sealed secret is the text ``arms1.<key id>.<base64url>``; the last part holds, one after the other, the nonce
(12 bytes) and the wrapped data key (48), then the nonce (12) and the encrypted secret. Both encryptions are
AES-256-GCM and authenticate the purpose and the row, so that a sealed secret opens nowhere but in its own row.
The key id stands in clear, so that SQL can tell what a rotation has still to re-wrap::

    WHERE sealed NOT LIKE :ours         -- Keyring.ours

A rotation under load, in this order (each step may be repeated after a crash):

1. ``Keyring.rotate()`` unless ``Keyring.rotating``: other processes meet the new key and read the file again.
2. ``Keyring.rewrap`` for each row that another key sealed.
3. ``Keyring.retire(still_used=…)``, the ids read in a writing transaction that keeps other writers out.

Whoever stores a sealed secret seals it within its writing transaction: then it is sealed with the new key, or
committed before step 3 looks.

Source: NIST SP 800-38D (GCM); a random 96-bit nonce is safe for 2^32 wraps by one key-encryption key.
"""

from __future__ import annotations

import base64
import os
import re
import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from armillary.domain.errors import ArmillaryError, Conflict, Unavailable
from armillary.storage.keyfile import (
    KEY_BYTES,
    BadKey,
    Kek,
    Ring,
    load_file,
    load_or_create_file,
    read_ring,
    retire_file,
    rotate_file,
)

VERSION = "arms1"
_SEALED = re.compile(rf"{VERSION}\.([0-9a-f]{{12}})\.([A-Za-z0-9_-]+)")
_NONCE_BYTES = 12
_TAG_BYTES = 16
_WRAPPED_BYTES = _NONCE_BYTES + KEY_BYTES + _TAG_BYTES
#: Keys that a process remembers after they were retired; at one rotation an hour, half a day of caches.
_MOST_PAST = 16
#: What a file looked like when it was read: any change by rename shows in one of these.
_Signature = tuple[int, int, int]


class SecretDamaged(ArmillaryError):
    """A sealed secret was altered, or stands in a row that is not its own."""

    def __init__(self) -> None:
        super().__init__("a stored secret is damaged: set it again")


@dataclass(frozen=True, slots=True)
class _Envelope:
    """A sealed secret, taken apart."""

    kek_id: str
    wrapped: bytes
    encrypted: bytes

    def text(self) -> str:
        body = base64.urlsafe_b64encode(self.wrapped + self.encrypted).decode().rstrip("=")
        return f"{VERSION}.{self.kek_id}.{body}"


class Keyring:
    """The keys that seal and open secrets, the current one and the previous one. Safe to use from any thread.

    Made by ``open_file`` or ``from_text``.
    """

    def __init__(self, ring: Ring, *, path: Path | None = None) -> None:
        self._ring = ring
        self._path = path
        self._past: dict[str, Kek] = {}
        self._signature: _Signature | None = None  # so a file is read again before it first seals
        self._reading = threading.Lock()

    @classmethod
    def open_file(cls, path: Path) -> Self:
        """The ring in a file, which is made where there is none. Raises: BadKey."""
        return cls(load_or_create_file(path), path=path)

    @classmethod
    def from_text(cls, text: str, *, source: str = "ARMILLARY_SECRETS_KEY") -> Self:
        """The ring that ``key`` or ``new,old`` spells. Raises: BadKey."""
        return cls(read_ring(text, source=source))

    def __repr__(self) -> str:
        return f"<Keyring current={self._ring.current.id}>"

    @property
    def current_id(self) -> str:
        """The id of the key that seals."""
        return self._fresh().current.id

    @property
    def ours(self) -> str:
        """What SQL's LIKE finds in the secrets that the current key sealed, and in no other."""
        return f"{VERSION}.{self.current_id}.%"

    @property
    def rotating(self) -> bool:
        """Whether a previous key is still kept."""
        return self._fresh().previous is not None

    @property
    def from_file(self) -> bool:
        """Whether ``rotate`` and ``retire`` change the keys; else the person who gave them does."""
        return self._path is not None

    def seal(self, purpose: str, row_id: UUID | str, plaintext: str | bytes) -> str:
        """The secret, sealed for one row.

        Raises: Unavailable, where the key file is gone: what would be sealed now might never open again.
        """
        kek = self._fresh().current
        data_key = AESGCM.generate_key(8 * KEY_BYTES)
        secret = plaintext.encode("utf-8", "surrogatepass") if isinstance(plaintext, str) else plaintext
        return _Envelope(
            kek_id=kek.id,
            wrapped=_encrypt(kek.key, data_key, _bound(purpose, row_id, kek.id)),
            encrypted=_encrypt(data_key, secret, _bound(purpose, row_id)),
        ).text()

    def unseal(self, purpose: str, row_id: UUID | str, sealed: str) -> str:
        """The secret, as text. Raises: Unavailable, where its key is not at hand; SecretDamaged."""
        secret = self.unseal_bytes(purpose, row_id, sealed)
        try:
            return secret.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise SecretDamaged from None  # the error itself would carry the secret

    def unseal_bytes(self, purpose: str, row_id: UUID | str, sealed: str) -> bytes:
        """The secret, as bytes. Raises: Unavailable, where its key is not at hand; SecretDamaged."""
        envelope = _opened(sealed)
        data_key = self._unwrap(envelope, purpose, row_id)
        return _decrypt(data_key, envelope.encrypted, _bound(purpose, row_id))

    def rewrap(self, purpose: str, row_id: UUID | str, sealed: str) -> str:
        """The same secret under the current key; it is not opened, only its data key is.

        Raises: Unavailable, where its key is not at hand; SecretDamaged.
        """
        envelope = _opened(sealed)
        kek = self._fresh().current
        if envelope.kek_id == kek.id:
            return sealed
        data_key = self._unwrap(envelope, purpose, row_id)
        wrapped = _encrypt(kek.key, data_key, _bound(purpose, row_id, kek.id))
        return _Envelope(kek_id=kek.id, wrapped=wrapped, encrypted=envelope.encrypted).text()

    def rotate(self) -> None:
        """A new key seals from now on, and the one before still opens.

        Raises: Conflict, where the keys were given as text, or while an earlier rotation is not finished.
        """
        if self._path is None:
            raise Conflict(
                "given_key",
                "the key comes from ARMILLARY_SECRETS_KEY: make a new one, set ARMILLARY_SECRETS_KEY=new,old, "
                "restart every server, rotate again, and then set the new one alone",
            )
        rotate_file(self._path)
        self._read_again()

    def retire(self, *, still_used: Collection[str]) -> None:
        """The previous key opens nothing any more; keys that were given as text stay as they were given.

        Raises: Conflict (``in_use``) where stored secrets still name it: see ``keyfile.retire_file``.
        """
        if self._path is not None:
            retire_file(self._path, still_used=still_used)
            self._read_again()
        elif self._ring.previous is not None and self._ring.previous.id in still_used:
            raise Conflict("in_use", "secrets are still sealed with the previous key: re-wrap them first")

    def _unwrap(self, envelope: _Envelope, purpose: str, row_id: UUID | str) -> bytes:
        kek = self._find(envelope.kek_id)
        return _decrypt(kek.key, envelope.wrapped, _bound(purpose, row_id, kek.id))

    def _find(self, kek_id: str) -> Kek:
        """The key of this id; a file is read again before it counts as unknown, another process may rotate.

        What this process once held it still opens: a row read before the last step of a rotation, or kept in a
        cache, names a key that has been retired since.
        """
        kek = self._ring.find(kek_id) or self._past.get(kek_id) or self._read_again().find(kek_id)
        if kek is None:
            raise Unavailable(f"the secrets key {kek_id}")
        return kek

    def _fresh(self) -> Ring:
        """The ring, read again where the file has changed since; what is sealed must outlive a retired key."""
        if self._path is not None and _signature(self._path) != self._signature:
            return self._read_again()
        return self._ring

    def _read_again(self) -> Ring:
        if self._path is None:
            return self._ring
        with self._reading:
            try:
                # the signature first: a change between the two is then seen once more, never missed
                signature = _signature(self._path)
                ring = load_file(self._path)
            except (OSError, BadKey):
                raise Unavailable("the secrets key") from None
            # before the ring is replaced, so that no other thread finds a key in neither
            self._past = dict([*self._past.items(), *((kek.id, kek) for kek in self._ring.keks)][-_MOST_PAST:])
            self._ring = ring
            self._signature = signature
            return ring


def sealed_by(sealed: str) -> str:
    """The id of the key that a sealed secret names. Raises: SecretDamaged."""
    return _opened(sealed).kek_id


def _signature(path: Path) -> _Signature:
    try:
        found = path.stat()
    except OSError:
        raise Unavailable("the secrets key") from None
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def _bound(purpose: str, row_id: UUID | str, kek_id: str = "") -> bytes:
    """What an encryption is bound to; lengths stand before the parts, so that no two places spell the same."""
    row = row_id.hex if isinstance(row_id, UUID) else row_id
    parts = [part.encode("utf-8", "surrogatepass") for part in (VERSION, kek_id, purpose, row)]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _encrypt(key: bytes, plaintext: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, bound)


def _decrypt(key: bytes, encrypted: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(encrypted[:_NONCE_BYTES], encrypted[_NONCE_BYTES:], bound)
    except InvalidTag:
        raise SecretDamaged from None


def _opened(sealed: str) -> _Envelope:
    """A sealed secret, taken apart. Raises: SecretDamaged, also for a second spelling of the same bytes."""
    found = _SEALED.fullmatch(sealed)
    if found is None or len(found[2]) % 4 == 1:
        raise SecretDamaged
    body = base64.urlsafe_b64decode(found[2] + "=" * (-len(found[2]) % 4))
    envelope = _Envelope(kek_id=found[1], wrapped=body[:_WRAPPED_BYTES], encrypted=body[_WRAPPED_BYTES:])
    if len(envelope.encrypted) < _NONCE_BYTES + _TAG_BYTES or envelope.text() != sealed:
        raise SecretDamaged
    return envelope
