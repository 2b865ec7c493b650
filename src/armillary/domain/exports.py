"""Exports: what there is as a CSV file that spreadsheets open, formulas in it kept from running.

A cell that a spreadsheet would take for a formula is led by a single quote, whatever column it stands in; whoever
reads the file back compares a cell with the current text, led so in the same way.
Source: contracts/artifacts.md, 2.10, with its decisions 15, 22 and 23; RFC 4180 for the form.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from armillary.domain.assemblies import Assembly, Record, Slot
from armillary.domain.resources import text_of

QUOTE = "'"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BETWEEN = "|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What an export is of, in the plural, and its columns."""

    of: str
    columns: tuple[str, ...]

    def file_name(self, at: datetime) -> str:
        """What the file is called, in the server's local time."""
        return f"{self.of}_export_{at.astimezone():%Y-%m-%d_%H%M%S}.csv"

    @property
    def header(self) -> bytes:
        """The file's first line."""
        return lines([self.columns])


MODELS = Sheet(
    of="models",
    columns=(
        "model_id",
        "name",
        "description",
        "active",
        "departments",
        "value",
        "provider",
        "modalities",
        "temperature_levels",
        "reasoning_levels",
        "qualities",
        "voices",
    ),
)


def model_cells(record: Record, assembly: Assembly, departments: Mapping[UUID, str]) -> tuple[str, ...]:
    """A model's row of ``MODELS``; ``departments`` holds their names."""
    model = record.model
    return (
        str(model.id),
        model.name,
        model.description,
        yes_or_no(True),
        joined(departments[one] for one in assembly.linked(Slot.DEPARTMENTS) if one in departments),
        model.upstream_name or "",
        "" if record.provider is None else record.provider.name,
        *(texts(assembly, slot) for slot in _LISTED),
    )


_LISTED = (Slot.MODALITIES, Slot.TEMPERATURE_LEVELS, Slot.REASONING_LEVELS, Slot.QUALITIES, Slot.VOICES)


def texts(assembly: Assembly, slot: Slot) -> str:
    """What the slot's rows say, in one cell."""
    return joined(text_of(assembly.rows[one].content) for one in assembly.linked(slot))


def joined(several: Iterable[str]) -> str:
    """Several texts in one cell; one that holds the bar itself cannot be told apart any more."""
    return _BETWEEN.join(several)


def yes_or_no(holds: bool) -> str:
    """A switch's cell."""
    return "Yes" if holds else "No"


def guarded(text: str) -> str:
    """The text as a cell holds it: never a formula."""
    return QUOTE + text if text.startswith(_FORMULA) else text


def unguarded(cell: str) -> str:
    """The text of a cell that somebody wrote."""
    return cell[1:] if cell.startswith(QUOTE) and cell[1:].startswith(_FORMULA) else cell


def lines(rows: Iterable[Sequence[str]]) -> bytes:
    """The rows as lines of the file, in UTF-8."""
    sink = io.StringIO(newline="")
    csv.writer(sink, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL).writerows(
        [guarded(cell) for cell in row] for row in rows
    )
    return sink.getvalue().encode()
