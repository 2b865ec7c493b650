"""The key-encryption keys: two at a time, as text or in a file that only its owner may read.

The file is changed by writing a new one beside it and renaming, under a lock on its folder: a crash at any point
leaves the old file or the new one, and of two processes that change it at once one sees the other's work.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import os
import secrets
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from armillary.domain.errors import ArmillaryError, Conflict

KEY_BYTES = 32
_HEADER = (
    "# Armillary's key-encryption keys: the current one, then the previous one while a rotation is under way.\n"
    "# Keep a copy apart from the database: without it no stored credential can be read again.\n"
)


class BadKey(ArmillaryError):
    """The key-encryption keys cannot be used as they are given; the sentence says how to mend that."""


@dataclass(frozen=True, slots=True)
class Kek:
    """A key-encryption key, and the short digest that names it in what it sealed."""

    key: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits; of a random key they tell nothing that helps to guess it."""
        return hashlib.blake2b(self.key, digest_size=6, person=b"armillary-kek").hexdigest()


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys in force: what is sealed is sealed by the current one, the previous one still opens."""

    current: Kek
    previous: Kek | None = None

    @property
    def keks(self) -> tuple[Kek, ...]:
        """The one key, or the two."""
        return (self.current,) if self.previous is None else (self.current, self.previous)

    def find(self, kek_id: str) -> Kek | None:
        """The key of this id, if it is one of the two."""
        return next((kek for kek in self.keks if kek.id == kek_id), None)


def read_ring(text: str, *, source: str) -> Ring:
    """The ring that ``key`` or ``new,old`` spells. Raises: BadKey; it names ``source``, never a key."""
    parts = [part.strip() for part in text.strip().split(",")]
    if len(parts) > 2:
        raise BadKey(f"{source} holds more than two keys: give one, or new,old while they rotate")
    keks = [Kek(_key(part, source)) for part in parts]
    if len(keks) == 2 and keks[0] == keks[1]:
        raise BadKey(f"{source} holds the same key twice: give it once")
    return Ring(*keks)


def load_file(path: Path) -> Ring:
    """The ring in a file. Raises: BadKey; FileNotFoundError."""
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode) or mode & 0o077:
            raise BadKey(f"others may read the key file {path}: run chmod 600 on it, and rotate its key")
        content = file.read(4096)
    lines = content.decode("ascii", "replace").splitlines()
    return read_ring("".join(line for line in lines if not line.startswith("#")), source=f"the file {path}")


def load_or_create_file(path: Path) -> Ring:
    """The ring in a file, which is made with one new key where there is none. Raises: BadKey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path.parent):
        try:
            return load_file(path)
        except FileNotFoundError:
            return _write(path, Ring(_new()))


def rotate_file(path: Path) -> Ring:
    """A new key is the current one, and the one before it is kept as the previous.

    Raises: Conflict (``rotating``) while an earlier rotation still keeps a previous key: what is sealed with that
    one would be lost. BadKey; FileNotFoundError.
    """
    with _locked(path.parent):
        ring = load_file(path)
        if ring.previous is not None:
            raise Conflict("rotating", "an earlier rotation is not finished: re-wrap its secrets first")
        return _write(path, Ring(_new(), ring.current))


def retire_file(path: Path, *, still_used: Collection[str]) -> Ring:
    """The previous key is gone; nothing happens where there is none.

    ``still_used`` are the ids of the keys that stored secrets name, read in the transaction that keeps others from
    sealing meanwhile.

    Raises: Conflict (``in_use``) where the previous key is among them. BadKey; FileNotFoundError.
    """
    with _locked(path.parent):
        ring = load_file(path)
        if ring.previous is None:
            return ring
        if ring.previous.id in still_used:
            raise Conflict("in_use", "secrets are still sealed with the previous key: re-wrap them first")
        return _write(path, Ring(ring.current))


def _key(text: str, source: str) -> bytes:
    """The 32 bytes that a text spells, in hexadecimal or base64 of either alphabet."""
    try:
        if len(text) == 2 * KEY_BYTES:
            return binascii.unhexlify(text)
        key = base64.b64decode(text.translate(_STANDARD).rstrip("=") + "=", validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadKey(
            f"{source} must hold a key of {KEY_BYTES} random bytes as 64 hexadecimal digits or base64url: "
            'make one with python3 -c "import secrets; print(secrets.token_hex(32))"'
        )
    return key


_STANDARD = str.maketrans("-_", "+/")


def _new() -> Kek:
    return Kek(secrets.token_bytes(KEY_BYTES))


def _text(ring: Ring) -> str:
    return _HEADER + ",".join(base64.urlsafe_b64encode(kek.key).decode().rstrip("=") for kek in ring.keks) + "\n"


def _write(path: Path, ring: Ring) -> Ring:
    """The ring is in the file, durably, or the file is as it was."""
    draft = _draft(path)
    draft.unlink(missing_ok=True)  # of a process that died here; the lock says that nobody is at it now
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(_text(ring))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)
    return ring


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _sync_folder(folder: Path) -> None:
    """The rename itself is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Nobody else changes key files in this folder meanwhile; a process that dies lets go of the lock."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
