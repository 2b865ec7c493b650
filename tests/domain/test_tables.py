from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.errors import InvalidRequest
from armillary.domain.exports import guarded, lines
from armillary.domain.tables import Table, parsed

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=4), min_size=1, max_size=5))
def test_what_was_written_is_read(rows: list[list[str]]) -> None:
    table = parsed(lines(rows), "file")
    assert [table.headers, *table.rows] == [tuple(guarded(cell) for cell in row) for row in rows]


@pytest.mark.parametrize(
    ("content", "table"),
    [
        (b"", Table()),
        (b"\xef\xbb\xbf", Table()),
        (b"\r\n\r\n", Table()),
        (b"\xef\xbb\xbfa,b\n1,2", Table(headers=("a", "b"), rows=(("1", "2"),))),
        (b'a\r\n"x\r\ny"\r\n', Table(headers=("a",), rows=(("x\r\ny",),))),
        (b"a\n" + b"x" * 200_000, Table(headers=("a",), rows=(("x" * 200_000,),))),
    ],
    ids=["empty", "mark", "blank", "other-ends", "break-in-cell", "long"],
)
def test_forms_of_a_file(content: bytes, table: Table) -> None:
    assert parsed(content, "file") == table


@pytest.mark.parametrize("content", [b"\xff", b'"a', b'"a"b'])
def test_what_is_no_csv_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidRequest):
        parsed(content, "file")
