"""The one resolver: which model a call will use, and why.

Pure: it decides over a snapshot, and explains each step taken or skipped. Sessions, the gateway and the explain
view all call it; none has rules of its own. Source: contracts/everruns.md, 4.1 and 2.1.3 (6, 8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Level(StrEnum):
    """Where a reference to a model was found, the first being the strongest."""

    MESSAGE = "message"
    SESSION = "session"
    AGENT = "agent"
    HARNESS = "harness"
    DEFAULT = "workspace_default"
    FALLBACK = "fallback"


class Outcome(StrEnum):
    """What became of one step."""

    TAKEN = "taken"
    SKIPPED = "skipped"
    NOT_REACHED = "not_reached"


class Why(StrEnum):
    """The reason of an outcome."""

    RESOLVES = "resolves"
    NOT_SET = "not_set"
    UNKNOWN = "unknown_model"
    NO_PROVIDER = "no_provider"
    DISABLED = "model_disabled"
    PROVIDER_DISABLED = "provider_disabled"
    DECIDED = "decided_above"
    DEFAULT_CHOSEN = "default_was_chosen"
    NO_CANDIDATE = "no_candidate"


class Failure(StrEnum):
    """Why a call cannot be made at all."""

    UNAVAILABLE = "model_unavailable"
    MISCONFIGURED = "provider_misconfigured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What the resolver needs to know of a model: ``created`` orders by age, ``healthy`` speaks of its provider."""

    id: UUID
    enabled: bool
    routable: bool
    provider_active: bool
    healthy: bool
    chat: bool
    favourite: bool
    created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A candidate in words, for people; names are empty where it has none."""

    candidate: Candidate
    name: str
    upstream_name: str
    provider: UUID | None
    provider_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The state that a resolution is decided over.

    Args:
        models: every model that a reference may name.
        default: the workspace's default model.
        default_chosen: whether one was ever chosen; the fallback holds only where none was.
        fallbacks: enabled models, of which the best is elected.
    """

    models: Mapping[UUID, Candidate]
    default: UUID | None = None
    default_chosen: bool = False
    fallbacks: Sequence[Candidate] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A level that may name a model; ``model`` is None where it names none."""

    level: Level
    model: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One level, the model it named, and why it was taken or skipped."""

    level: Level
    model: UUID | None
    outcome: Outcome
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The model a call will use (None: it fails), how that came about, and what stands in its way."""

    model: UUID | None
    level: Level | None
    steps: tuple[Step, ...]
    failure: Failure | None = None


def obstacle(candidate: Candidate | None) -> Why | None:
    """What keeps a reference from resolving, or None. A missing key keeps none: the call then fails in the open."""
    if candidate is None:
        return Why.UNKNOWN
    if not candidate.routable:
        return Why.NO_PROVIDER
    if not candidate.enabled:
        return Why.DISABLED
    return None if candidate.provider_active else Why.PROVIDER_DISABLED


def elect(candidates: Iterable[Candidate]) -> UUID | None:
    """The best default among the chat models that resolve: healthy ones first, then favourites, then the oldest.

    Health comes first because a default without a key would fail each call that nobody chose a model for.
    """
    fit = [one for one in candidates if one.chat and obstacle(one) is None]
    best = min(fit, key=lambda one: (not one.healthy, not one.favourite, one.created), default=None)
    return None if best is None else best.id


def resolve(snapshot: Snapshot, references: Sequence[Reference]) -> Resolution:
    """Take the first reference that resolves, then the workspace's default, then the fallback.

    Args:
        snapshot: what the references may name.
        references: message, session, agent and harness (nearest first), strongest first.
    """
    steps: list[Step] = []
    taken: Step | None = None
    for reference in (*references, Reference(level=Level.DEFAULT, model=snapshot.default)):
        step = _step(snapshot, reference, decided=taken is not None)
        taken = step if step.outcome is Outcome.TAKEN else taken
        steps.append(step)
    last = _fallback(snapshot, decided=taken is not None)
    taken = last if last.outcome is Outcome.TAKEN else taken
    return _resolution(snapshot, taken, (*steps, last))


def _step(snapshot: Snapshot, reference: Reference, *, decided: bool) -> Step:
    if decided:
        outcome, why = Outcome.NOT_REACHED, Why.DECIDED
    elif reference.model is None:
        outcome, why = Outcome.SKIPPED, Why.NOT_SET
    else:
        hindrance = obstacle(snapshot.models.get(reference.model))
        outcome = Outcome.TAKEN if hindrance is None else Outcome.SKIPPED
        why = hindrance or Why.RESOLVES
    return Step(level=reference.level, model=reference.model, outcome=outcome, why=why)


def _fallback(snapshot: Snapshot, *, decided: bool) -> Step:
    if decided:
        return Step(level=Level.FALLBACK, model=None, outcome=Outcome.NOT_REACHED, why=Why.DECIDED)
    if snapshot.default_chosen:
        return Step(level=Level.FALLBACK, model=None, outcome=Outcome.SKIPPED, why=Why.DEFAULT_CHOSEN)
    best = elect(one for one in snapshot.fallbacks if one.healthy)
    if best is None:
        return Step(level=Level.FALLBACK, model=None, outcome=Outcome.SKIPPED, why=Why.NO_CANDIDATE)
    return Step(level=Level.FALLBACK, model=best, outcome=Outcome.TAKEN, why=Why.RESOLVES)


def _resolution(snapshot: Snapshot, taken: Step | None, steps: tuple[Step, ...]) -> Resolution:
    if taken is None or taken.model is None:
        return Resolution(model=None, level=None, steps=steps, failure=Failure.UNAVAILABLE)
    known = snapshot.models.get(taken.model) or next(f for f in snapshot.fallbacks if f.id == taken.model)
    failure = None if known.healthy else Failure.MISCONFIGURED
    return Resolution(model=taken.model, level=taken.level, steps=steps, failure=failure)
