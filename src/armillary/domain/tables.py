"""Tables: what a CSV file holds. Source: RFC 4180; a byte order mark and other line ends are taken as well."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from armillary.domain.errors import InvalidRequest

_LONGEST_CELL = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file's first row, and the others."""

    headers: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def parsed(content: bytes, field: str) -> Table:
    """The rows of a CSV file; lines without any cell are left out. Raises: InvalidRequest (``field``)."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InvalidRequest(field, "is not UTF-8") from exc
    csv.field_size_limit(_LONGEST_CELL)  # whoever calls bounds the file: a cell may be as long
    try:
        rows = [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as exc:
        raise InvalidRequest(field, "is not CSV") from exc
    return Table(headers=rows[0], rows=tuple(rows[1:])) if rows else Table()
