from __future__ import annotations

from uuid import UUID

import pytest

from armillary.domain.errors import InvalidRequest
from armillary.domain.exports import MODELS
from armillary.domain.imports import Fate, is_sheet, read_sheet

ONE, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("content", "holds"),
    [
        (MODELS.header, True),
        (b"\xef\xbb\xbf" + MODELS.header, True),
        (b"name,model_id\n", True),
        (b'"model_id","name"\r\n', True),
        (b"", False),
        (b"\n", False),
        (b'{"model_id": 1}', False),
        (b"  [1]", False),
        (b"id,name\n", False),
        (b"\xff\xfe", False),
        (b'"model_id', True),  # told as what it means to be, and then refused
    ],
)
def test_a_sheet_is_known_by_its_header(content: bytes, holds: bool) -> None:
    assert is_sheet(content) is holds


def test_of_an_export_every_column_is_accounted_for() -> None:
    file = read_sheet(MODELS.header + f"{ONE},a,b,Yes,d,v,p,text|text,0.1,low,high,echo\r\n".encode())
    fates = {one.path: (one.fate, one.count) for one in file.fields}
    taken = {"model_id": Fate.KEPT, "name": Fate.KEPT, "description": Fate.KEPT, "value": Fate.MAPPED}
    taken["provider"] = Fate.MAPPED
    assert fates == {column: (taken.get(column, Fate.DROPPED), 1) for column in MODELS.columns}
    assert all(one.note.startswith("not imported") for one in file.fields if one.fate is Fate.DROPPED)
    (row,) = file.rows
    assert (row.place, row.model) == ("row 2", ONE)
    assert row.cells == {"name": "a", "description": "b", "value": "v", "provider": "p"}


def test_columns_may_be_left_out_moved_and_strange() -> None:
    file = read_sheet(f"remark,name,model_id\nx,a,{ONE}\n\ny,b,{OTHER}\n".encode())
    assert [(row.model, row.cells) for row in file.rows] == [(ONE, {"name": "a"}), (OTHER, {"name": "b"})]
    assert {one.path: (one.fate, one.note) for one in file.fields}["remark"] == (
        Fate.DROPPED,
        "not a column of an export",
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name\na\n", "row 1"),
        ("model_id,model_id\n", "row 1"),
        ("model_id,name,name\n", "row 1"),
        (f"model_id,name\n{ONE},a\n{OTHER}\n", "row 3"),
        (f"model_id,name\n{ONE},a,b\n", "row 2"),
        ("model_id,name\nx,a\n", "row 2.model_id"),
        (f"model_id,name\n{ONE},a\n{str(ONE).upper()},b\n", "row 3.model_id"),
        ('model_id,name\n"x', ""),
    ],
)
def test_a_refusal_names_the_row(text: str, place: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_sheet(text.encode())
    assert refused.value.field == place
