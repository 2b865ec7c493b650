"""What a process remembers of searches: what holds as long as nothing is written, and how far each reader has come.

Totals, facets and short pages are kept under the catalogue revision that their own view of the database told, so they
are right across processes. A bookmark is where a page ended that was handed out. The wire knows only how many rows to
skip, which are others once rows were written before them; so whoever asks on from there goes on behind the last row
that it saw.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from armillary.domain.assembly_listings import Facets, Found
from armillary.storage.assembly_listings import Key, Place

#: How long a reader may take from one page to the next.
PATIENCE = timedelta(minutes=15)
#: A longer page is not kept.
LONGEST_KEPT = 100
_MOST_TOTALS, _MOST_FACETS, _MOST_PAGES, _MOST_READERS, _MOST_ENDS = 4096, 128, 256, 4096, 64
_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class Recent(Generic[_K, _V]):
    """At most so many values by key: the one not used for the longest time gives way."""

    def __init__(self, most: int) -> None:
        self._kept: OrderedDict[_K, _V] = OrderedDict()
        self._most = most

    def find(self, key: _K) -> _V | None:
        """The value under the key, if it is still there."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: _K, value: _V) -> None:
        """Keep the value, in place of an older one."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def drop(self, key: _K) -> None:
        """Forget what is under the key."""
        self._kept.pop(key, None)


class Bookmarks:
    """Where the pages of each reader ended; a reader is somebody who walks through one question's answers."""

    def __init__(self) -> None:
        self._readers: Recent[Hashable, Recent[int, tuple[Key, datetime]]] = Recent(_MOST_READERS)

    def after(self, reader: Hashable, offset: int, *, at: datetime) -> Key | None:
        """The last row of the page that ended there, if it was not too long ago; the first page begins anew."""
        if offset <= 0:
            self._readers.drop(reader)
            return None
        found = (self._readers.find(reader) or Recent(0)).find(offset)
        return None if found is None or at - found[1] > PATIENCE else found[0]

    def keep(self, reader: Hashable, offset: int, last: Key, *, at: datetime) -> None:
        """A page ended there, with this row."""
        pages = self._readers.find(reader) or Recent(_MOST_ENDS)
        pages.keep(offset, (last, at))
        self._readers.keep(reader, pages)


class Held(Generic[_V]):
    """Values by workspace and question, each as long as the workspace's revision is the one at which it was read."""

    def __init__(self, most: int) -> None:
        self._kept: Recent[tuple[UUID, Hashable], tuple[int, _V]] = Recent(most)

    def find(self, place: Place, question: Hashable) -> _V | None:
        """The value, if it still holds."""
        found = self._kept.find((place.workspace, question))
        return None if found is None or found[0] != place.revision else found[1]

    def keep(self, place: Place, question: Hashable, value: _V) -> _V:
        """Keep the value as one of this revision, and give it back."""
        self._kept.keep((place.workspace, question), (place.revision, value))
        return value


class SearchMemory:
    """All of it, for one process."""

    def __init__(self) -> None:
        self.totals: Held[int] = Held(_MOST_TOTALS)
        self.facets: Held[Facets] = Held(_MOST_FACETS)
        self.pages: Held[tuple[Found, ...]] = Held(_MOST_PAGES)
        self.bookmarks = Bookmarks()
