"""Casing, strictness and bounds of everything on this wire.

Members are lowerCamelCase. A request's absent members are UNSET, and its nulls were dropped before (``spellings``).
A reply always has every scalar, map and list; messages that are not set are UNSET and left out.

Source: contracts/cadenya.md, 1.2 and 1.4.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta


class Body(msgspec.Struct, rename="camel", kw_only=True):
    """A request's object; members that it does not have are ignored."""


class Query(msgspec.Struct, rename="camel", kw_only=True):
    """A request's query; members that it does not have are ignored."""


class Reply(msgspec.Struct, rename="camel", kw_only=True):
    """A reply's object."""


class Empty(Reply):
    """``{}``: the reply of calls that return nothing, and the payload of what has no settings."""


#: An int32; zero is "unknown" for token limits.
Int32 = Annotated[int, Meta(ge=0, le=2**31 - 1)]
#: Texts of a request, bounded before anything looks at them; the domain's bounds are narrower.
Text = Annotated[str, Meta(max_length=10_240)]
#: A member of a credential.
Secret = Annotated[str, Meta(max_length=65_536)]
Labels = dict[str, str]
#: A request's price: cents per million tokens, as a JSON string or number (contracts/cadenya.md, 1.4).
CentsIn = Annotated[
    Decimal,
    Meta(
        description="Cents per million tokens, zero or more, with at most six fraction digits.",
        extra_json_schema={"pattern": r"^[0-9]{1,11}(\.[0-9]{1,6})?$"},
    ),
]
#: A reply's price: the same in plain notation.
CentsOut = Annotated[str, Meta(description="Cents per million tokens, as a decimal in plain notation.")]
#: RFC 3339 in UTC, ending in Z, with 3 or 6 fraction digits.
Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
