"""What every object on the wire has in common. Source: contracts/artifacts.md, 1.1, 1.4 and 1.7."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

#: Items of one bulk call. The contract states no bound; ours is far over what a page of a client shows.
MOST_ITEMS = 5_000
#: Links in one list of one item.
MOST_LINKS = 1_000
#: What one bulk call may weigh: the most items that it takes, at some kilobytes each.
BULK_BYTES = 16 * 1024 * 1024
_LONGEST_TEXT = 20_000
_MOST_ROWS = 1_000
_MOST_SKIPPED = 2**31 - 1

#: A text; the domain decides how long one may be, and answers in its own place (contracts/artifacts.md, 2.3).
Text = Annotated[str, Meta(max_length=_LONGEST_TEXT)]
Ids = Annotated[list[UUID], Meta(max_length=MOST_LINKS)]
Texts = Annotated[list[Text], Meta(max_length=MOST_LINKS)]
#: Rows to skip: not a page's number.
Offset = Annotated[int, Meta(ge=0, le=_MOST_SKIPPED)]
#: Rows of one page: 0 stands for the default, and a negative page is empty.
PageSize = Annotated[int, Meta(ge=-_MOST_SKIPPED, le=_MOST_ROWS)]


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What a client sends: members that are not named are ignored, null reads as absent, nothing is coerced."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a client is sent: every member is always there, and null where it has no value."""
