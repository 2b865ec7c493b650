"""Bodies and queries: bytes in, typed objects out, and every way that this can fail worded once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from armillary.dialects._kit.refusals import Malformed, Misplaced
from armillary.domain.errors import InvalidRequest

_MOST_QUERY_MEMBERS = 100
_LONGEST_QUERY_VALUE = 4096
_PLACE = re.compile(r" - at `\$?\.?(.*)`$")


def decoded(
    body: bytes,
    kind: Any,  # noqa: ANN401  whatever a handler asks for
    decode: Callable[[bytes, Any], Any],
    *,
    empty: bytes = b"{}",
) -> Any:  # noqa: ANN401  whatever ``kind`` is
    """The body as an object of ``kind``; an empty body reads as ``empty``, by default an empty object.

    Raises: Malformed, Misplaced.
    """
    if b"\\u0000" in body:
        raise Malformed("the body holds U+0000, which no text here may hold")
    try:
        return decode(body or empty, kind)
    except msgspec.ValidationError as exc:
        raise misplaced(exc) from exc
    except RecursionError as exc:
        raise Malformed("the body is nested too deep") from exc
    except UnicodeDecodeError as exc:
        raise Malformed("the body is not UTF-8") from exc
    except msgspec.DecodeError as exc:
        raise Malformed("the body is not valid JSON") from exc


def queried(query_string: str, kind: Any, *, renamed: Callable[[str], str] | None = None) -> Any:  # noqa: ANN401
    """The query as an object of ``kind``: a member that is a list takes every repeat, any other the last.

    Args:
        query_string: as it came, still encoded.
        kind: a struct; members it does not have are ignored.
        renamed: the member's name for a name on the wire, where a dialect has aliases.

    Raises: Misplaced.
    """
    pairs = query_pairs(query_string)
    lists = {field.encode_name for field in msgspec.structs.fields(kind) if "list" in str(field.type)}
    members: dict[str, Any] = {}
    for wire_name, value in pairs:
        name = renamed(wire_name) if renamed else wire_name
        if name in lists:
            members.setdefault(name, []).append(value)
        else:
            members[name] = value
    try:
        return msgspec.convert(members, kind, strict=False)
    except msgspec.ValidationError as exc:
        raise misplaced(exc) from exc


def query_pairs(query_string: str) -> list[tuple[str, str]]:
    """The query's members in order, decoded. Raises: Misplaced for a query that no client sends."""
    try:
        pairs = parse_qsl(query_string, keep_blank_values=True, errors="strict", max_num_fields=_MOST_QUERY_MEMBERS)
    except ValueError as exc:
        raise Misplaced("query", f"is UTF-8 and has at most {_MOST_QUERY_MEMBERS} members") from exc
    for name, value in pairs:
        if "\0" in value or len(value) > _LONGEST_QUERY_VALUE:
            raise Misplaced(name[:64], f"has at most {_LONGEST_QUERY_VALUE} characters and no U+0000")
    return pairs


def segment(raw: str) -> str:
    """A raw path segment, percent-decoded once. Raises: InvalidRequest where it is no text."""
    try:
        text = unquote(raw, errors="strict")
    except UnicodeDecodeError as exc:
        raise InvalidRequest("path", "is percent-encoded UTF-8") from exc
    if "\0" in text:
        raise InvalidRequest("path", "holds no U+0000")
    return text


def misplaced(error: msgspec.ValidationError) -> Misplaced:
    """What msgspec says, with the member's path told apart from the sentence."""
    text = str(error)
    place = _PLACE.search(text)
    field = place.group(1).replace("[...]", "") if place else ""
    return Misplaced(field, _sentence(text[: place.start()] if place else text))


def _sentence(text: str) -> str:
    # msgspec quotes the rejected value in some sentences ("Invalid enum value 'x'"): a refusal does not repeat it.
    plain = re.sub(r"Invalid enum value .*", "is not one of the allowed values", text, flags=re.DOTALL)
    return plain[:1].lower() + plain[1:] if plain.startswith(("Expected", "Object")) else plain
