"""How long a page may be."""

from __future__ import annotations

#: One more than the most that any dialect shows at once: the one too many tells that another page follows.
LONGEST = 1001


def bounded(limit: int) -> int:
    """The limit within what a page may hold."""
    return max(1, min(limit, LONGEST))
