"""The spellings that a request may use, read into the one that the schemas have.

Protobuf's JSON is lenient: members in lowerCamelCase or snake_case, null for absent, whole numbers as digits in a
string, an enum by its number. All of it is settled here, by the schema that the request is read as; keys of maps are
data and stay as they are. What breaks a schema is refused with the member's path in snake_case.

Source: contracts/cadenya.md, 1.2 and 1.4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from armillary.dialects._kit.bodies import misplaced, query_pairs
from armillary.dialects._kit.refusals import Misplaced

#: Reads a value at a path as a schema has it. Raises: Misplaced.
Read = Callable[[Any, str], Any]

_DIGITS = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"-?[0-9]{1,32}(?:\.[0-9]{1,32})?")
_MOST_DIGITS = 32
#: The numbers that protobuf gives these enums' values. Source: contracts/cadenya.md, 1.2.
NUMBERS = {
    "MODEL_STATUS_UNSPECIFIED": 0,
    "MODEL_STATUS_ENABLED": 1,
    "MODEL_STATUS_DISABLED": 2,
    "STATE_UNSPECIFIED": 0,
    "STATE_ENABLED": 1,
    "STATE_DISABLED": 2,
}


def _exact(text: str) -> Decimal | float:
    """The number as it is written; infinity, which no reader takes, for one that would cost time to hold."""
    if len(text) > 2 * _MOST_DIGITS:
        return float("inf")
    exponent = text.lower().partition("e")[2]
    return Decimal(text) if not exponent or abs(int(exponent)) <= _MOST_DIGITS else float("inf")


_DECODER = msgspec.json.Decoder(float_hook=_exact)


def decode(body: bytes, kind: Any) -> Any:  # noqa: ANN401  a type, and an object of it
    """The body as an object of ``kind``. Raises: Misplaced, and what msgspec raises for what is not JSON."""
    return _converted(_reader(kind)(_DECODER.decode(body), ""), kind)


def query(query_string: str, kind: Any) -> Any:  # noqa: ANN401  as above
    """The query as an object of ``kind``; an empty member is an absent one, the last of several counts.

    Raises: Misplaced.
    """
    members: dict[str, Any] = {name: value or None for name, value in query_pairs(query_string)}
    return _converted(_reader(kind, flags=True)(members, ""), kind)


def _converted(members: Any, kind: Any) -> Any:  # noqa: ANN401  as above
    try:
        return msgspec.convert(members, kind)
    except msgspec.ValidationError as exc:
        wrong = misplaced(exc)
        raise Misplaced(snake(wrong.field), wrong.sentence) from exc


def snake(path: str) -> str:
    """A path in snake_case: ``spec.maxInputTokens`` is ``spec.max_input_tokens``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda capital: f"_{capital.group(1).lower()}", path)


@cache
def _reader(kind: Any, *, flags: bool = False) -> Read:  # noqa: ANN401  as above
    return _of_type(inspect.type_info(kind), flags=flags)


def _of_type(node: inspect.Type, *, flags: bool) -> Read:
    """What reads a value of the type; ``flags``: whether booleans come as texts."""
    read: Read
    match node:
        case inspect.Metadata():
            read = _of_type(node.type, flags=flags)
        case inspect.StructType():
            read = _object(node, flags=flags)
        case inspect.ListType():
            read = _list(_of_type(node.item_type, flags=flags))
        case inspect.EnumType():
            read = _word(node.cls)
        case inspect.BoolType():
            read = _flag if flags else _boolean
        case _:
            read = _PLAIN[type(node)]
    return read


def _object(node: inspect.StructType, *, flags: bool) -> Read:
    readers = {field.encode_name: (field.name, _of_type(field.type, flags=flags)) for field in node.fields}
    spelled = {field.name: field.encode_name for field in node.fields} | {name: name for name in readers}
    required = {field.encode_name: field for field in node.fields if field.required}

    def read(value: Any, path: str) -> dict[str, Any]:  # noqa: ANN401  any JSON
        if not isinstance(value, Mapping):
            raise Misplaced(path, "must be an object")
        members: dict[str, Any] = {}
        for key, member in value.items():
            name = spelled.get(key)
            if name is None or member is None:
                continue
            own, read_member = readers[name]
            if name in members:
                raise Misplaced(_joined(path, own), "is there in two spellings")
            members[name] = read_member(member, _joined(path, own))
        for name, field in required.items():
            if name not in members:
                raise Misplaced(_joined(path, field.name), _needed(field.type))
        return members

    return read


def _needed(node: inspect.Type) -> str:
    return _choice(node.cls) if isinstance(node, inspect.EnumType) else "is required"


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _list(read_item: Read) -> Read:
    def read(value: Any, path: str) -> list[Any]:  # noqa: ANN401  any JSON
        if not isinstance(value, list):
            raise Misplaced(path, "must be a list")
        return [read_item(item, f"{path}[{place}]") for place, item in enumerate(value)]

    return read


def _map(value: Any, path: str) -> dict[str, str]:  # noqa: ANN401  any JSON
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise Misplaced(path, "must be an object whose values are strings")
    return value


def _word(kind: type[Enum]) -> Read:
    words = {word.value for word in kind}
    numbered = {NUMBERS[word]: word for word in words if word in NUMBERS}

    def read(value: Any, path: str) -> str:  # noqa: ANN401  any JSON
        word = numbered.get(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(word, str) or word not in words:
            raise Misplaced(path, _choice(kind))
        return word

    return read


def _choice(kind: type[Enum]) -> str:
    *others, last = (str(word.value) for word in kind)
    return f"must be {', '.join(others)} or {last}" if others else f"must be {last}"


def _flag(value: Any, path: str) -> bool:  # noqa: ANN401  any JSON
    if value not in {"true", "false"}:
        raise Misplaced(path, "must be true or false")
    return bool(value == "true")


def _boolean(value: Any, path: str) -> bool:  # noqa: ANN401  any JSON
    if not isinstance(value, bool):
        raise Misplaced(path, "must be true or false")
    return value


def _whole(value: Any, path: str) -> int:  # noqa: ANN401  any JSON
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    raise Misplaced(path, "must be a whole number")


def _decimal(value: Any, path: str) -> Decimal:  # noqa: ANN401  any JSON
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value
    raise Misplaced(path, 'must be a decimal number, as a string such as "7.5"')


def _text(value: Any, path: str) -> str:  # noqa: ANN401  any JSON
    if not isinstance(value, str):
        raise Misplaced(path, "must be a string")
    return value


_PLAIN: dict[type[inspect.Type], Read] = {
    inspect.DictType: _map,
    inspect.IntType: _whole,
    inspect.DecimalType: _decimal,
    inspect.StrType: _text,
}
