"""Encoded replies, kept until the registry they tell of, or who may see it, changes.

A reply is found by everything that can make it differ (path, query, credential, host) and holds only while both
revisions that it was made under are the current ones, so that every reader agrees with the database.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import armillary

#: Everything in a request that a reply can depend on.
ReplyKey = tuple[Any, ...]
#: Headers that choose the workspace, the caller or the links of a reply.
_KEYED = frozenset(
    (
        b"authorization",
        b"x-api-key",
        b"cookie",
        b"x-org-id",
        b"x-workspace-id",
        b"host",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"accept",
    )
)
_MOST_BYTES = 24 * 1024 * 1024
_LARGEST = 2 * 1024 * 1024
_OVERHEAD = 1200


def reply_key(scope: Mapping[str, Any]) -> ReplyKey:
    """What tells this request's reply from every other's."""
    headers = tuple(pair for pair in scope["headers"] if pair[0] in _KEYED)
    return scope["raw_path"], scope["query_string"], headers


def etag(workspace: UUID, revisions: tuple[int, int]) -> str:
    """The entity tag of everything in a workspace at its revision and its account's.

    The account's is in it because a reply also tells what its caller may do.
    """
    return f'"{revisions[0]}.{revisions[1]}.{_tail(workspace)}"'


def revision_of(tags: str, workspace: UUID) -> int | None:
    """The newest revision that an ``If-Match`` of this workspace names; None where it names none."""
    tail = f".{_tail(workspace)}"
    texts = [tag.strip().removeprefix("W/").strip('"') for tag in tags.split(",")]
    numbers = [text.partition(".")[0] for text in texts if text.endswith(tail)]
    return max(
        (int(number) for number in numbers if number.isdecimal() and number.isascii() and len(number) < 19),
        default=None,
    )


@lru_cache(maxsize=4096)
def _tail(workspace: UUID) -> str:
    seed = workspace.bytes + armillary.__version__.encode()
    return hashlib.blake2b(seed, digest_size=4).hexdigest()


@dataclass(frozen=True, slots=True)
class Reply:
    """An encoded reply and the revisions (workspace's, account's) that it was made under.

    One that is not ``whole`` has no body: it is known only that nothing changed for whoever names its tag.
    """

    workspace: UUID
    revisions: tuple[int, int]
    key: UUID
    etag: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    dialect: str
    operation: str
    whole: bool = True

    def unchanged(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether a request with these headers has this very reply already."""
        return any(name == b"if-none-match" and self.etag in value for name, value in headers)


class Replies:
    """The kept replies, the least recently used going first once they outgrow their bound."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._kept: OrderedDict[ReplyKey, Reply] = OrderedDict()
        self._bytes = 0
        self._most_bytes = most_bytes

    def find(self, key: ReplyKey) -> Reply | None:
        """The reply under this key, whether or not it still holds."""
        reply = self._kept.get(key)
        if reply is not None:
            self._kept.move_to_end(key)
        return reply

    def keep(self, key: ReplyKey, reply: Reply) -> None:
        """Keep a reply, in place of an older one."""
        if len(reply.body) > _LARGEST:
            return
        self.drop(key)
        self._kept[key] = reply
        self._bytes += len(reply.body) + _OVERHEAD
        while self._bytes > self._most_bytes:
            self._bytes -= len(self._kept.popitem(last=False)[1].body) + _OVERHEAD

    def drop(self, key: ReplyKey) -> None:
        """Forget the reply under this key."""
        old = self._kept.pop(key, None)
        if old is not None:
            self._bytes -= len(old.body) + _OVERHEAD
