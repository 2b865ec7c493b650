"""Capabilities: seven typed knobs on the wire, among the tags and details of a model in the domain.

A write replaces these seven alone; a model's other tags, which Cadenya has no word for, stay.

Source: contracts/cadenya.md, 3.2, "Capability union".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import UNSET

from armillary.dialects.cadenya.schemas.base import Empty
from armillary.dialects.cadenya.schemas.models import (
    Capability,
    CapabilityType,
    Reasoning,
    ReasoningCapability,
    ReasoningMode,
    StopSequences,
)
from armillary.dialects.cadenya.spellings import snake
from armillary.domain.changes import Document
from armillary.domain.errors import InvalidRequest
from armillary.domain.models import Model

#: Our tag -> the capability's type; the payload's member has the tag's name.
TYPES: dict[str, CapabilityType] = {snake(kind.value): kind for kind in CapabilityType}
_MODES = {"adaptive": ReasoningMode.ADAPTIVE, "budget": ReasoningMode.BUDGET}
_WORDS = {mode: word for word, mode in _MODES.items()}
_REASONING = {"adaptive": Reasoning.ADAPTIVE, "budget": Reasoning.BUDGET}
_FIELD = "spec.capabilities"


def capabilities(model: Model) -> list[Capability]:
    """The model's knobs, in the order of its tags."""
    return [_capability(tag, model.details.get(tag, {})) for tag in model.tags if tag in TYPES]


def reasoning(model: Model) -> Reasoning:
    """How the model reasons, in one word."""
    if "reasoning" not in model.tags:
        return Reasoning.NONE
    return _REASONING.get(_mode(model.details.get("reasoning", {})), Reasoning.UNSPECIFIED)


def _mode(detail: Document) -> str:
    mode = detail.get("mode", "")
    return mode if isinstance(mode, str) else ""


def _capability(tag: str, detail: Document) -> Capability:
    payload: Any = Empty()
    if tag == "stop_sequences":
        payload = StopSequences(limit=_limit(detail.get("limit")))
    if tag == "reasoning":
        payload = ReasoningCapability(mode=_MODES.get(_mode(detail), ReasoningMode.UNSPECIFIED))
    return Capability(type=TYPES[tag], **{tag: payload})


def _limit(value: object) -> int:
    # other dialects may have written any scalar here; True is an int, too
    if not isinstance(value, int) or isinstance(value, bool):
        return 0
    return value if 0 <= value < 2**31 else 0


def tags_and_details(
    knobs: Sequence[Capability], tags: Iterable[str] = (), details: Mapping[str, Document] | None = None
) -> tuple[tuple[str, ...], dict[str, Document]]:
    """A model's tags and details with these knobs in place of those it had.

    Raises: InvalidRequest for a knob that is there twice, or lacks its payload.
    """
    kept = tuple(tag for tag in tags if tag not in TYPES)
    kept_details = {tag: detail for tag, detail in (details or {}).items() if tag not in TYPES}
    named = [snake(knob.type.value) for knob in knobs]
    if len(set(named)) < len(named):
        raise InvalidRequest(_FIELD, "must name each capability once")
    return (*kept, *named), {**kept_details, **_details(zip(named, knobs, strict=True))}


def _details(knobs: Iterable[tuple[str, Capability]]) -> dict[str, Document]:
    details: dict[str, Document] = {}
    for tag, knob in knobs:
        payload = getattr(knob, tag)
        if payload is UNSET:
            raise InvalidRequest(_FIELD, "must have each capability's settings under its type's name, be they empty")
        if isinstance(payload, StopSequences):
            details[tag] = {"limit": payload.limit}
        if isinstance(payload, ReasoningCapability):
            details[tag] = {"mode": _WORDS.get(payload.mode, "")}
    return details
