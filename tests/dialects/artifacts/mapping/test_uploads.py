from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects.artifacts.mapping.uploads import csv_reply, file_reply, media_type
from armillary.domain.tables import Table
from armillary.domain.uploads import Upload
from tests.builders import NOON, an_id

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).filter(str.isprintable)


async def _nothing() -> AsyncIterator[bytes]:
    yield b""


@given(NAMES)
def test_a_files_name_is_told_in_both_forms(name: str) -> None:
    upload = Upload(
        id=an_id(),
        workspace=an_id(),
        profile=an_id(),
        session=an_id(),
        name=name,
        mime_type="text/csv",
        size_bytes=1,
        created_at=NOON,
        expires_at=NOON,
    )
    told = file_reply(upload, _nothing()).headers["content-disposition"]
    both = re.fullmatch(r"inline; filename=\"([ !#-\[\]-~]*)\"; filename\*=UTF-8''([\w%.~-]*)", told, re.ASCII)
    assert both is not None, told
    assert unquote(both[2], errors="strict") == name
    assert len(both[1]) == len(name)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("text/csv", "text/csv"),
        (" text/csv; charset=utf-8 ", "text/csv; charset=utf-8"),
        ("", "application/octet-stream"),
        ("text", "application/octet-stream"),
        ("text/csv\r\nx: y", "application/octet-stream"),
        ("text/é", "application/octet-stream"),
    ],
)
def test_a_media_type_is_repeated_only_where_a_header_can(told: str, kept: str) -> None:
    assert media_type(told) == kept


def test_a_table_is_told_row_by_row() -> None:
    told = csv_reply(Table(headers=("a",), rows=(("1",), ("2",))))
    assert (told.headers, told.rows, told.row_count) == (["a"], [["1"], ["2"]], 2)
