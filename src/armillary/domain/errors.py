"""Everything Armillary refuses or fails at, in its own words; no HTTP here.

ArmillaryError
├── InvalidRequest     contradicts itself or a stated bound      .field
│   └── InvalidMembers several members at once                   .kind .members
├── Unauthenticated    no credential, or one that opens nothing
├── PermissionDenied   the caller lacks a scope                  .scope .granted
├── NotFound           absent, or not visible to this caller     .kind .key
├── AlreadyExists      a unique key is taken                     .kind .key .existing
├── Conflict           the thing's state forbids the request     .state
│   └── Stale          changed since the caller last read it
│       └── StaleDraft a draft has another version                .kind .version .differing
├── LimitExceeded      a budget, quota or rate                   .retry_after_s
├── Unavailable        a dependency of ours is away              .what
└── UpstreamError      a model provider failed                   .provider
    └── UpstreamTimeout
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID


class ArmillaryError(Exception):
    """A failure a caller can act on; the text is a sentence for people, attributes are the facts.

    ``index`` is the place, from 0, of the item at fault where a request holds several.
    """

    index: int | None = None


class InvalidRequest(ArmillaryError):
    """The request contradicts itself or a stated bound.

    Args:
        field: the member at fault, dotted, in the domain's snake_case.
        sentence: how it is wrong and how to mend it; never the rejected value itself.
    """

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}" if field else sentence)
        self.field = field
        self.sentence = sentence


class InvalidMembers(InvalidRequest):
    """Several members of the request are wrong.

    Args:
        kind: of what they are members.
        members: each that is wrong, with its sentence.
    """

    def __init__(self, kind: str, members: Sequence[tuple[str, str]]) -> None:
        super().__init__("", "; ".join(f"{member}: {sentence}" for member, sentence in members))
        self.kind = kind
        self.members = tuple(members)


class Unauthenticated(ArmillaryError):
    """There is no credential, or it opens nothing (unknown, revoked, disabled or expired)."""

    def __init__(self, sentence: str = "no valid API key was sent") -> None:
        super().__init__(sentence)


class PermissionDenied(ArmillaryError):
    """The caller is known and may not do this.

    Args:
        scope: what is lacking, as ``resource:verb``; empty where no scope would help.
        sentence: words for people.
        granted: the scopes the caller has.
    """

    def __init__(self, scope: str = "", sentence: str = "", *, granted: tuple[str, ...] = ()) -> None:
        super().__init__(sentence or f"this needs the scope {scope}")
        self.scope = scope
        self.granted = granted


class NotFound(ArmillaryError):
    """There is no such thing, or none that this caller may see: both answer alike."""

    def __init__(self, kind: str, key: UUID | str = "") -> None:
        super().__init__(f"{kind} not found")
        self.kind = kind
        self.key = key


class AlreadyExists(ArmillaryError):
    """A unique key is taken.

    Args:
        kind: what holds the key.
        key: the taken key, in words.
        existing: the row that holds it, where the caller may see it.
    """

    def __init__(self, kind: str, key: str, *, existing: UUID | None = None) -> None:
        super().__init__(f"another {kind} already has {key}")
        self.kind = kind
        self.key = key
        self.existing = existing


class Conflict(ArmillaryError):
    """The thing's state forbids the request.

    Args:
        state: a stable snake_case word for the state at fault (``managed``, ``promotional``, ``in_use``…).
        sentence: what to do instead.
    """

    def __init__(self, state: str, sentence: str) -> None:
        super().__init__(sentence)
        self.state = state


class Stale(Conflict):
    """The thing was changed since the caller last read it; read it again and repeat."""

    def __init__(self, kind: str, sentence: str = "") -> None:
        super().__init__("stale", sentence or f"the {kind} was changed since you read it: read it again and repeat")


class StaleDraft(Stale):
    """The draft has another version than its editor has seen: merge what differs and repeat.

    Args:
        kind: of what it is a draft.
        version: the stored one.
        expected: the one that the editor has seen.
        differing: the slots in which the editor's form and the draft differ, with what the draft links there.
    """

    def __init__(self, kind: str, *, version: int, expected: int, differing: Mapping[str, tuple[UUID, ...]]) -> None:
        super().__init__(
            "draft",
            f"the draft is at version {version}, and not at {expected}: merge what differs and save again,"
            f" expecting version {version}",
        )
        self.kind = kind
        self.version = version
        self.expected = expected
        self.differing = dict(differing)


class LimitExceeded(ArmillaryError):
    """A budget, quota or rate is used up."""

    def __init__(self, sentence: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s


class Unavailable(ArmillaryError):
    """Something that the server itself needs is away for now; the same request may succeed later."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is unavailable; try again")
        self.what = what


class UpstreamError(ArmillaryError):
    """A model provider failed; the sentence holds no byte of what it answered."""

    def __init__(self, provider: str, sentence: str) -> None:
        super().__init__(f"{provider}: {sentence}")
        self.provider = provider
        self.sentence = sentence


class UpstreamTimeout(UpstreamError):
    """A model provider did not answer in time."""
