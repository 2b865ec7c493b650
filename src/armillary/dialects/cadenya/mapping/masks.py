"""Update masks: which of the body's members a PATCH changes.

Masked and present replaces whole, masked and absent clears, not masked is ignored. Without a mask, every member that
may be written and is there changes.

Source: contracts/cadenya.md, 1.6.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from armillary.dialects.cadenya.spellings import snake
from armillary.domain.errors import InvalidRequest

Cleared = TypeVar("Cleared")
#: Objects that must be there where a path lies under them.
_NEEDED = frozenset({"metadata", "spec"})


def masked(mask: str | UnsetType, body: msgspec.Struct, writable: Collection[str]) -> frozenset[str]:
    """The paths that change, in snake_case.

    Args:
        mask: as it came: comma-separated, each segment of a path in camelCase or snake_case.
        body: what it is a mask of.
        writable: the paths that a mask may name.

    Raises: InvalidRequest (``update_mask``, or the object that is missing).
    """
    asked = {snake(path.strip()) for path in mask.split(",")} - {""} if isinstance(mask, str) else set()
    if not asked:
        return frozenset(path for path in writable if found(body, path) is not UNSET)
    if not asked <= set(writable):
        raise InvalidRequest("update_mask", f"must name only {', '.join(sorted(writable))}")
    for path in sorted(asked):
        head = path.partition(".")[0]
        if head in _NEEDED and getattr(body, head) is UNSET:
            raise InvalidRequest(head, "is required, since the update mask names a member of it")
    return frozenset(asked)


def found(body: Any, path: str) -> Any:  # noqa: ANN401  any member
    """The member at the path, UNSET where it is absent."""
    value = body
    for name in path.split("."):
        if value is UNSET:
            return UNSET
        value = getattr(value, name)
    return value


def clearable(body: msgspec.Struct, path: str, mask: Collection[str], cleared: Cleared) -> Any:  # noqa: ANN401  as above
    """UNSET where the mask does not name the path, ``cleared`` where it does and the member is absent."""
    if path not in mask:
        return UNSET
    value = found(body, path)
    return cleared if value is UNSET else value


def mandatory(body: msgspec.Struct, path: str, mask: Collection[str]) -> Any:  # noqa: ANN401  as above
    """Likewise, for what cannot be cleared. Raises: InvalidRequest (the path)."""
    value = clearable(body, path, mask, None)
    if value is None:
        raise InvalidRequest(path, "cannot be cleared")
    return value
