"""What a form links that is no resource: providers and departments, found like resources.

Source: contracts/artifacts.md, 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from armillary.domain.assemblies import Slot

#: The slots that link such a thing.
LINKABLE = (Slot.PROVIDERS, Slot.DEPARTMENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkableQuery:
    """Which of a slot's things to show, by name and then id; conditions add up, and an empty one is none.

    Args:
        slot: one of ``LINKABLE``.
        text: case-insensitive part of the name.
        limit: at most so many; none at all where it is not positive.
        departments: of providers, those that belong to any of these; of departments, any of these.
        of_models: only those that some model links.
    """

    slot: Slot
    text: str = ""
    limit: int = 20
    offset: int = 0
    exclude: frozenset[UUID] = frozenset()
    departments: frozenset[UUID] = frozenset()
    of_models: bool = False
