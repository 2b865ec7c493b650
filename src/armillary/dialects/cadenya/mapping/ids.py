"""Ids as Cadenya spells them: a prefix and the 26 upper-case Crockford digits of the same 128 bits.

Source: contracts/cadenya.md, 1.3. An id that is not spelled so is simply not found.
"""

from __future__ import annotations

from uuid import UUID

from armillary.domain.errors import InvalidRequest, NotFound
from armillary.domain.ids import from_ulid, ulid

#: The domain's word for a thing -> its prefix.
PREFIXES = {
    "account": "account_",
    "actor": "actor_",
    "api_key": "apikey_",
    "model": "model_",
    "profile": "profile_",
    "provider": "aipk_",
    "workspace": "workspace_",
}
EXTERNAL = "external_id:"
_DIGITS = 26
#: A range that no id lies in.
NOTHING = (UUID(int=2**128 - 1), UUID(int=0))


def spelled(kind: str, value: UUID) -> str:
    """The id of a thing of this kind."""
    return PREFIXES[kind] + ulid(value)


def read(kind: str, text: str) -> UUID | None:
    """The UUID that an id of this kind spells, or None where it spells none."""
    prefix = PREFIXES[kind]
    return from_ulid(text.removeprefix(prefix)) if text.startswith(prefix) else None


def reference(kind: str, text: str) -> UUID | str:
    """The UUID of an id, or the external id that ``external_id:`` announces. Raises: NotFound for neither."""
    if text.startswith(EXTERNAL):
        return _external(kind, text)
    value = read(kind, text)
    if value is None:
        raise NotFound(kind, text)
    return value


def _external(kind: str, text: str) -> str:
    value = text.removeprefix(EXTERNAL)
    if not value:
        raise NotFound(kind, text)
    return value


def workspace_reference(text: str) -> UUID | str:
    """Likewise for a workspace, which a bare slug may name as well. Raises: NotFound."""
    if text.startswith(EXTERNAL):
        return _external("workspace", text)
    return read("workspace", text) or text


def identity(kind: str, text: str, field: str) -> UUID:
    """The UUID of an id that a body names. Raises: NotFound; InvalidRequest (``field``) where it names none."""
    if not text:
        raise InvalidRequest(field, "is required")
    value = read(kind, text)
    if value is None:
        raise NotFound(kind, text)
    return value


def span(kind: str, beginning: str) -> tuple[UUID, UUID] | None:
    """First and last of the ids that begin so, in either case of letters; None where none can."""
    prefix, wanted = PREFIXES[kind], beginning.lower()
    if prefix.startswith(wanted):
        return UUID(int=0), UUID(int=2**128 - 1)
    if not wanted.startswith(prefix):
        return None
    digits = wanted.removeprefix(prefix).upper()
    low, high = (from_ulid(digits.ljust(_DIGITS, filler)) for filler in "0Z")
    return None if low is None or high is None else (low, high)
