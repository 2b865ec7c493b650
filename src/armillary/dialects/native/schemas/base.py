"""What all schemas of this API share: how strict they are, how ids and money are spelled, what a page is.

A member that is not known is refused, in bodies and in queries alike: a filter with a slip in its name would else
answer with everything.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

_HEX = "[0-9a-f]{32}"
_HEX_OF_ANY_CASE = "[0-9a-fA-F]{32}"
_DASHED = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_SAMPLE = "0198c5a07c1e7a52b9d04f3e6a817c25"

ModelId = Annotated[str, Meta(pattern=f"^model_{_HEX}$", examples=[f"model_{_SAMPLE}"])]
ProviderId = Annotated[str, Meta(pattern=f"^provider_{_HEX}$", examples=[f"provider_{_SAMPLE}"])]
WorkspaceId = Annotated[str, Meta(pattern=f"^workspace_{_HEX}$", examples=[f"workspace_{_SAMPLE}"])]
KeyId = Annotated[str, Meta(pattern=f"^key_{_HEX}$", examples=[f"key_{_SAMPLE}"])]
ProfileId = Annotated[str, Meta(pattern=f"^profile_{_HEX}$", examples=[f"profile_{_SAMPLE}"])]
AccountId = Annotated[str, Meta(pattern=f"^account_{_HEX}$", examples=[f"account_{_SAMPLE}"])]
DraftId = Annotated[str, Meta(pattern=f"^draft_{_HEX}$", examples=[f"draft_{_SAMPLE}"])]
ChangeId = Annotated[str, Meta(pattern=f"^change_{_HEX}$", examples=[f"change_{_SAMPLE}"])]

#: An id as a caller may spell it; see ``mapping.ids``.
AnyId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        extra_json_schema={"pattern": f"^([a-z]+_)?({_HEX_OF_ANY_CASE}|{_DASHED}|[0-7][0-9A-HJKMNP-TV-Z]{{25}})$"},
        description="An id: its prefix and 32 hex digits, a hyphenated UUID, or a ULID; the prefix may be left out.",
    ),
]

#: US dollars per million tokens, exact: text, never a JSON number, which a client would round.
Amount = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,8})?$",
        max_length=20,
        description="US dollars per million tokens, as decimal text: at most eight fraction digits.",
        examples=["2.5", "0.075", "0"],
    ),
]

#: What the domain refuses in its own, better words is told by the document alone.
_NOT_BLANK = {"pattern": r"\S"}
_LABEL = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"

Name = Annotated[str, Meta(min_length=1, max_length=255, extra_json_schema=_NOT_BLANK)]
Text = Annotated[str, Meta(max_length=10_240)]
ExternalId = Annotated[
    str, Meta(max_length=255, extra_json_schema={"pattern": r"^([^\s/\\]([^/\\\t-\r]*[^\s/\\])?)?$"})
]
Tag = Annotated[str, Meta(min_length=1, max_length=64, extra_json_schema={"pattern": r"^[^\s](.*[^\s])?$"})]
Tokens = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Limit = Annotated[int, Meta(ge=1, le=200, description="How many to show at most.")]
Cursor = Annotated[
    str,
    Meta(max_length=512, description="Where the page before ended: its `next_cursor`. Empty for the first page."),
]
Labels = Annotated[
    dict[str, Annotated[str, Meta(extra_json_schema={"pattern": f"^({_LABEL})?$"})]],
    Meta(
        max_length=64,
        description="Names and values to find it by; keys and values are plain words.",
        extra_json_schema={
            "propertyNames": {"pattern": f"^([a-z0-9]([-a-z0-9.]{{0,61}}[a-z0-9])?/)?{_LABEL}$"},
        },
    ),
]
LabelFilter = Annotated[
    list[str],
    Meta(max_length=64, description="`key:value`, repeated for several; all must match."),
]


class Body(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What a request carries."""


class Query(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A request's query."""


class Reply(msgspec.Struct, kw_only=True):
    """What an answer carries. Every member is always there; null says that nothing is known or set."""
