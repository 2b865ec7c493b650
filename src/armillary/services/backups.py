"""Backups: everything in one file, with the keys that open it unless they are left out."""

from __future__ import annotations

import os
from pathlib import Path

from armillary.domain.errors import InvalidRequest
from armillary.storage import backup as store
from armillary.storage.backup import Progress
from armillary.storage.database import Database

__all__ = ["Progress", "read", "write"]

#: Beside the backup stands the key file under this ending: apart, so that the two can be kept apart.
KEYS_SUFFIX = ".keys"


async def write(db: Database, file: Path, *, key_file: Path | None, progress: Progress) -> Path | None:
    """Copy every row to ``file``, and the key-encryption keys to a file beside it.

    Args:
        db: what to copy; it may be in use.
        file: must not exist yet.
        key_file: the ring to copy; None where the keys come from the environment, or are to be left out.
        progress: called as rows are copied.

    Returns: the copy of the keys, or None.

    Raises: InvalidRequest where either file exists already.
    """
    keys = file.with_name(file.name + KEYS_SUFFIX)
    if key_file is not None and keys.exists():
        raise InvalidRequest("file", f"{keys} exists already: name a new file")
    await store.write(db, file, progress)
    if key_file is None:
        return None
    _copy_private(key_file, keys)
    return keys


async def read(db: Database, file: Path, *, progress: Progress) -> None:
    """Fill a new, empty database. Raises: InvalidRequest, Conflict (``not_empty``), SchemaNewer."""
    await store.read(db, file, progress)


def place_keys(file: Path, key_file: Path) -> bool:
    """Whether the keys beside a backup were put in their place; a ring that is there already is left alone."""
    keys = file.with_name(file.name + KEYS_SUFFIX)
    if not keys.exists() or key_file.exists():
        return False
    key_file.parent.mkdir(parents=True, exist_ok=True)
    _copy_private(keys, key_file)
    return True


def _copy_private(source: Path, target: Path) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(source.read_bytes())
        stream.flush()
        os.fsync(stream.fileno())
