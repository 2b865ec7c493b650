"""Who hears of what was committed, in this process; how word comes from other processes is the engines' business."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

Listener = Callable[[str | None], None]

#: PostgreSQL carries at most 7,999 bytes in one notification; the rest is room for who sent it.
#: Source: PostgreSQL's documentation, "NOTIFY".
LONGEST_TOPIC_BYTES = 7900


def checked(topic: str) -> str:
    """The topic itself. Raises: ValueError where some engine could not carry it."""
    if not topic or len(topic.encode()) > LONGEST_TOPIC_BYTES:
        raise ValueError(f"a topic has 1 to {LONGEST_TOPIC_BYTES} bytes")
    return topic


class Listeners:
    """The listeners of one database, each told in turn and none hurt by another's failure."""

    __slots__ = ("_listeners",)

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def add(self, listener: Listener) -> None:
        """Tell ``listener`` from now on."""
        self._listeners.append(listener)

    def tell(self, topics: Iterable[str | None]) -> None:
        """Each listener hears each topic once, before any task that is woken after this call goes on.

        The loop calls them: what one raises is the loop's to report, and neither the transaction that has
        committed nor the other listeners feel it.
        """
        loop = asyncio.get_running_loop()
        for topic in dict.fromkeys(topics):
            for listener in self._listeners:
                loop.call_soon(listener, topic)
