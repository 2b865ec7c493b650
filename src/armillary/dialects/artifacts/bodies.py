"""Bodies, and what is wrong with one that does not match its schema: each fault at its place.

Source: contracts/artifacts.md, 1.1 and 1.5. The fast path decodes at once; only a body that fails is looked through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from armillary.dialects._kit.refusals import Misplaced

#: Faults told of one body; who mends these and sends it again is told the next.
_MOST_TOLD = 50
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Misfit:
    """One fault: where, what, and of which type."""

    place: Place
    sentence: str
    type: str


class Mismatched(Misplaced):
    """The request does not match its schema, in one place or several."""

    def __init__(self, misfits: Sequence[Misfit]) -> None:
        first = misfits[0]
        super().__init__(".".join(map(str, first.place)), first.sentence)
        self.misfits = tuple(misfits)


def decode(body: bytes, kind: type[Any]) -> Any:  # noqa: ANN401  whatever ``kind`` is
    """The body as an object of ``kind``. Raises: Mismatched; msgspec.DecodeError where it is no JSON."""
    if not body:
        raise Mismatched([Misfit(("body",), "a body is needed here, at least {}", "missing")])
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as exc:
        found = list(islice(_misfits(msgspec.json.decode(body), kind, ("body",)), _MOST_TOLD))
        raise Mismatched(found or [_misfit(("body",), str(exc))]) from exc


def read_id(text: str, name: str) -> UUID:
    """The id in a path or a query. Raises: Mismatched."""
    try:
        return UUID(text)
    except ValueError as exc:
        raise Mismatched([Misfit(("path", name), "is a UUID", "uuid_parsing")]) from exc


def _misfits(value: Any, kind: Any, place: Place) -> Iterator[Misfit]:  # noqa: ANN401  any JSON, any type
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as exc:
        within = iter(_within(value, kind, place))
        first = next(within, None)
        if first is None:
            yield _misfit(place, str(exc))
            return
        yield first
        yield from within


def _within(value: Any, kind: Any, place: Place) -> Iterator[Misfit]:  # noqa: ANN401  as above
    plain = _plain(kind)
    if isinstance(plain, type) and issubclass(plain, msgspec.Struct) and isinstance(value, dict):
        hints = get_type_hints(plain, include_extras=True)
        for member in msgspec.structs.fields(plain):
            name = member.encode_name
            if name in value:
                yield from _misfits(value[name], hints[member.name], (*place, name))
            elif member.required:
                yield Misfit((*place, name), "is missing", "missing")
    elif get_origin(plain) is list and isinstance(value, list):
        for number, one in enumerate(value):
            yield from _misfits(one, get_args(plain)[0], (*place, number))


def _plain(kind: Any) -> Any:  # noqa: ANN401  a type
    """The type without what is said about it, and without the null that most members may be."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        others = [one for one in get_args(kind) if one is not type(None)]
        return _plain(others[0]) if len(others) == 1 else kind
    return kind


_TYPES = (
    (re.compile(r"Invalid UUID"), "uuid_parsing"),
    (re.compile(r"of length <="), "too_long"),
    (re.compile(r"of length >="), "too_short"),
    (re.compile(r">="), "greater_than_equal"),
    (re.compile(r"<="), "less_than_equal"),
    (re.compile(r"Invalid enum value"), "enum"),
)
_GOT = re.compile(r"Expected `(\w+)[^`]*`, got")


def _misfit(place: Place, told: str) -> Misfit:
    sentence = re.sub(r" - at `.*`$", "", told)
    named = next((name for pattern, name in _TYPES if pattern.search(sentence)), "")
    got = _GOT.search(sentence)
    if named == "enum":
        sentence = "is not one of the allowed values"  # msgspec's own repeats the value that was sent
    return Misfit(place, sentence, named or (f"{got.group(1)}_type" if got else "value_error"))
