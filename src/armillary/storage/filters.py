"""Conditions that several listings share, as fragments of SQL over bound values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from armillary.storage.columns import packed
from armillary.storage.database import Value


def with_labels(labels: Mapping[str, str], values: dict[str, Value]) -> list[str]:
    """Conditions that hold where a row has all the labels; what they compare with goes into ``values``.

    Exact, since labels are stored as compact JSON and hold nothing that JSON would escape.
    """
    conditions = []
    for number, (key, value) in enumerate(labels.items()):
        values[f"label_{number}"] = packed({key: value})[1:-1]
        conditions.append(f"instr(labels, :label_{number}) > 0")
    return conditions


def containing(columns: Sequence[str], text: str, values: dict[str, Value]) -> str:
    """A condition that holds where one of the columns has the text in it, whatever the case of its letters."""
    # SQLite lowers ASCII alone: other letters match as they are given, or in lower case
    values |= {"part": text.lower(), "given": text}
    parts = (f"instr(lower({column}), :part) > 0 OR instr({column}, :given) > 0" for column in columns)
    return f"({' OR '.join(parts)})"


def one_of(column: str, wanted: Sequence[str], values: dict[str, Value]) -> str:
    """A condition that holds where the column has one of the values, of which there is at least one."""
    names = [f"{column}_{number}" for number in range(len(wanted))]
    values.update(zip(names, wanted, strict=True))
    return f"{column} IN ({', '.join(f':{name}' for name in names)})"
