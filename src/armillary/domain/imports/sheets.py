"""The form of our own exports of models: a CSV file whose rows name models by id, to be changed where cells differ.

Only what a cell says without doubt is taken: name, description, upstream name, and the provider by its name. The other
columns join several texts, or show part of what there is, so that no cell of theirs tells what to link.
Source: contracts/artifacts.md, 2.10, for the columns; ``domain.exports`` writes them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from armillary.domain.errors import InvalidRequest
from armillary.domain.exports import MODELS
from armillary.domain.imports.accounts import Fate, FieldAccount
from armillary.domain.imports.models import ImportFile, SheetRow
from armillary.domain.tables import parsed

SHEET = "models.csv"
#: What other formats begin with; no header of ours does.
_JSON_BEGINS = b"{["
_BOM = b"\xef\xbb\xbf"
_LONGEST_HEADER = 4096
_ID = "model_id"
#: Column -> what becomes of its cells.
_TAKEN = {
    _ID: (Fate.KEPT, ""),
    "name": (Fate.KEPT, ""),
    "description": (Fate.KEPT, ""),
    "value": (Fate.MAPPED, "upstream name"),
    "provider": (Fate.MAPPED, "the provider of this name"),
}
_JOINED = "not imported: several texts in one cell cannot be told apart for certain"
_NOT_TAKEN = {
    "active": "not imported: an export has active models only",
    "modalities": "not imported: the cell does not tell what goes in from what comes out",
}


def is_sheet(content: bytes) -> bool:
    """Whether the file begins with a header of ours."""
    head = content.removeprefix(_BOM)[:_LONGEST_HEADER]
    if not head or head.lstrip()[:1] in {bytes([first]) for first in _JSON_BEGINS}:
        return False
    line = head.decode("utf-8", errors="replace").splitlines()[0]
    try:
        return _ID in next(csv.reader([line]), ())
    except csv.Error:
        return False


def read_sheet(content: bytes) -> ImportFile:
    """The file's rows, and what becomes of its columns. Raises: InvalidRequest, naming the row."""
    table = parsed(content, "")
    headers = tuple(header.strip() for header in table.headers)
    if headers.count(_ID) != 1 or len(set(headers)) < len(headers):
        raise InvalidRequest("row 1", f"names each column once, {_ID} among them")
    rows = tuple(_rows(headers, table.rows))
    return ImportFile(format=SHEET, providers=(), rows=rows, fields=tuple(_fields(headers, len(rows))))


def _rows(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[SheetRow]:
    seen: set[UUID] = set()
    for number, row in enumerate(rows, start=2):
        place = f"row {number}"
        if len(row) != len(headers):
            raise InvalidRequest(place, f"has {len(headers)} cells, as the header has")
        cells = dict(zip(headers, row, strict=True))
        model = _identity(cells[_ID], place)
        if model in seen:
            raise InvalidRequest(f"{place}.{_ID}", "is in the file twice")
        seen.add(model)
        yield SheetRow(place=place, model=model, cells=_taken(cells))


def _identity(text: str, place: str) -> UUID:
    try:
        return UUID(text.strip())
    except ValueError as exc:
        raise InvalidRequest(f"{place}.{_ID}", "is a UUID") from exc


def _taken(cells: Mapping[str, str]) -> dict[str, str]:
    return {column: cell for column, cell in cells.items() if column in _TAKEN and column != _ID}


def _fields(headers: Sequence[str], count: int) -> Iterator[FieldAccount]:
    for column in headers:
        fate, note = _TAKEN.get(column, (Fate.DROPPED, _NOT_TAKEN.get(column, _JOINED)))
        if column not in MODELS.columns:
            note = "not a column of an export"
        yield FieldAccount(path=column[:_LONGEST_HEADER], fate=fate, note=note, count=count)
