from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.access import Role
from armillary.domain.errors import InvalidRequest
from armillary.domain.uploads import CHUNK_BYTES, MOST_BYTES, Chunker, Upload, checked_name, checked_size
from tests.builders import NOON, an_id


def an_upload(size_bytes: int = 0) -> Upload:
    return Upload(
        id=an_id(),
        workspace=an_id(),
        profile=an_id(),
        session=an_id(),
        name="a.csv",
        mime_type="text/csv",
        size_bytes=size_bytes,
        created_at=NOON,
        expires_at=NOON,
    )


@given(st.lists(st.integers(0, 3 * CHUNK_BYTES), max_size=5))
def test_chunks_hold_every_byte_in_order_and_all_but_the_last_are_full(sizes: list[int]) -> None:
    pieces = [bytes([place + 1]) * size for place, size in enumerate(sizes)]
    chunker = Chunker()
    chunks = [chunk for piece in pieces for chunk in chunker.add(piece)]
    chunks += chunker.end()
    assert b"".join(chunks) == b"".join(pieces)
    assert {len(chunk) for chunk in chunks[:-1]} <= {CHUNK_BYTES}
    assert an_upload(sum(sizes)).chunk_count == len(chunks)


@pytest.mark.parametrize(
    ("role", "own", "readable"),
    [
        (Role.VIEWER, True, True),
        (Role.MEMBER, False, False),
        (Role.VIEWER, False, False),
        (Role.ADMIN, False, True),
        (Role.OWNER, False, True),
    ],
)
def test_an_upload_is_its_profiles_and_an_administrators(role: Role, own: bool, readable: bool) -> None:
    upload = an_upload()
    assert upload.is_readable_by(upload.profile if own else an_id(), role) is readable


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("a.csv", "a.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\files\\b.csv", "b.csv"),
        (" prices é.csv ", "prices é.csv"),
    ],
)
def test_of_a_name_its_last_part_is_kept(given_name: str, kept: str) -> None:
    assert checked_name(given_name) == kept


@pytest.mark.parametrize("name", ["", " ", "folder/", "a\r\nb", "x" * 256, "\0"])
def test_a_name_that_cannot_be_told_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest):
        checked_name(name)


def test_a_file_is_neither_empty_nor_too_large() -> None:
    with pytest.raises(InvalidRequest):
        checked_size(0)
    with pytest.raises(InvalidRequest):
        checked_size(MOST_BYTES + 1)
    assert checked_size(MOST_BYTES) == MOST_BYTES
