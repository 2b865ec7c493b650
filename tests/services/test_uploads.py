from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from armillary.domain.access import Principal, Role
from armillary.domain.errors import InvalidRequest, NotFound, PermissionDenied
from armillary.domain.tables import Table
from armillary.domain.uploads import CHUNK_BYTES, GRACE, UNFINISHED, Upload, UploadTerms
from armillary.services import uploads
from armillary.storage.database import Database
from tests.builders import NOON, a_principal, a_workspace, an_id
from tests.tenancy import Tenancy

TERMS = UploadTerms(kept=timedelta(hours=2))
TEXT = b"a,b\r\n1,2\r\n"


@pytest.fixture
async def caller(database: Database) -> Principal:
    return a_principal(await a_workspace(database))


async def kept(db: Database, caller: Principal, content: bytes = TEXT, *, at: datetime = NOON) -> Upload:
    return await uploads.keep(db, caller, content, name="a.csv", mime_type="text/csv", terms=TERMS, mcp=False, at=at)


async def fetched(db: Database, upload: Upload) -> bytes:
    return b"".join([chunk async for chunk in uploads.content(db, upload)])


async def rows(db: Database) -> tuple[int, int]:
    """How many uploads and chunks there are, seen or not."""
    async with db.reading() as reading:
        found = await reading.first(
            "SELECT (SELECT count(*) FROM uploads) AS uploads, (SELECT count(*) FROM upload_chunks) AS chunks"
        )
        assert found is not None
        return found["uploads"], found["chunks"]


@pytest.mark.parametrize("size", [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
async def test_what_was_kept_is_fetched_byte_for_byte(database: Database, caller: Principal, size: int) -> None:
    content = bytes(number * 7 % 251 for number in range(size))
    upload = await kept(database, caller, content)
    assert await uploads.read(database, caller, upload.id, at=NOON) == upload
    assert (upload.size_bytes, upload.complete, upload.expires_at) == (size, True, NOON + TERMS.kept)
    assert await fetched(database, upload) == content


async def test_an_empty_file_is_refused(database: Database, caller: Principal) -> None:
    with pytest.raises(InvalidRequest):
        await kept(database, caller, b"")
    assert await rows(database) == (0, 0)


async def test_an_upload_is_seen_only_once_it_is_complete(database: Database, caller: Principal) -> None:
    seen: list[int] = []

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * CHUNK_BYTES
            async with database.reading() as reading:
                found = await reading.first("SELECT count(*) AS n FROM uploads WHERE complete = 1")
                assert found is not None
                seen.append(found["n"])

    written = await uploads.write(
        database, caller, pieces(), name="a", mime_type="text/csv", terms=TERMS, mcp=True, at=NOON
    )
    assert (seen, written.mcp, written.chunk_count) == ([0, 0, 0], True, 3)
    assert await rows(database) == (1, 3)


async def test_a_writer_that_fails_leaves_nothing(database: Database, caller: Principal) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"x" * CHUNK_BYTES * 40
        raise InvalidRequest("row", "is not there")

    with pytest.raises(InvalidRequest):
        await uploads.write(database, caller, pieces(), name="a", mime_type="b", terms=TERMS, mcp=False, at=NOON)
    assert await rows(database) == (0, 0)


async def test_a_writer_that_is_cancelled_leaves_nothing(database: Database, caller: Principal) -> None:
    reached = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"x" * CHUNK_BYTES
        reached.set()
        await asyncio.Event().wait()

    writing = asyncio.create_task(
        uploads.write(database, caller, pieces(), name="a", mime_type="b", terms=TERMS, mcp=False, at=NOON)
    )
    await reached.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await rows(database) == (0, 0)


async def test_a_foreign_upload_answers_like_an_absent_one(database: Database, caller: Principal) -> None:
    stranger = a_principal(await a_workspace(database))
    foreign = await kept(database, stranger)
    for upload in (foreign.id, an_id()):
        with pytest.raises(NotFound) as refused:
            await uploads.read(database, caller, upload, at=NOON)
        assert str(refused.value) == "upload not found"


async def test_another_profiles_upload_is_for_administrators_alone(tenancy: Tenancy) -> None:
    upload = await kept(tenancy.db, tenancy.owner)
    other = replace(tenancy.owner, profile=an_id())
    for role in (Role.OWNER, Role.ADMIN):
        assert await uploads.read(tenancy.db, replace(other, role=role), upload.id, at=NOON) == upload
    for role in (Role.MEMBER, Role.VIEWER):
        with pytest.raises(NotFound):
            await uploads.read(tenancy.db, replace(other, role=role), upload.id, at=NOON)


async def test_uploads_need_the_scope_to_read_models(database: Database, caller: Principal) -> None:
    nobody = replace(caller, scopes=frozenset())
    for call in (kept(database, nobody), uploads.read(database, nobody, an_id(), at=NOON)):
        with pytest.raises(PermissionDenied):
            await call


async def test_an_expired_upload_is_seen_no_more_and_swept_an_hour_later(database: Database, caller: Principal) -> None:
    old = await kept(database, caller, b"x" * CHUNK_BYTES * 70)
    young = await kept(database, caller, at=NOON + timedelta(hours=2))
    end = old.expires_at
    with pytest.raises(NotFound):
        await uploads.read(database, caller, old.id, at=end)
    assert await uploads.sweep(database, at=end) == 0
    assert len(await fetched(database, old)) == old.size_bytes  # a download that began in time ends well
    assert await uploads.sweep(database, at=end + GRACE) == 1
    assert await rows(database) == (1, 1)
    assert await uploads.read(database, caller, young.id, at=end) == young


async def test_what_a_dead_writer_left_is_swept(database: Database, caller: Principal) -> None:
    pieces = _two_chunks()
    with pytest.MonkeyPatch.context() as patch:
        # the process dies: nothing that would tidy up runs
        patch.setattr(uploads, "_erase", _nothing)
        with pytest.raises(EOFError):
            await uploads.write(database, caller, pieces, name="a", mime_type="b", terms=TERMS, mcp=False, at=NOON)
    assert await rows(database) == (1, 2)
    assert await uploads.sweep(database, at=NOON + UNFINISHED) == 0
    assert await uploads.sweep(database, at=NOON + UNFINISHED + GRACE) == 1
    assert await rows(database) == (0, 0)


async def test_two_sweeps_at_once_get_on_with_each_other(database: Database, caller: Principal) -> None:
    for _ in range(5):
        await kept(database, caller, b"x" * CHUNK_BYTES * 2)
    late = NOON + TERMS.kept + GRACE
    await asyncio.gather(*(uploads.sweep(database, at=late) for _ in range(3)))
    assert await rows(database) == (0, 0)


async def test_an_upload_that_was_swept_while_it_was_written_is_not_found(
    database: Database, caller: Principal
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"x" * CHUNK_BYTES
        await uploads.sweep(database, at=NOON + UNFINISHED + GRACE)
        yield b"x" * CHUNK_BYTES

    with pytest.raises(NotFound):
        await uploads.write(database, caller, pieces(), name="a", mime_type="b", terms=TERMS, mcp=False, at=NOON)
    assert await rows(database) == (0, 0)


@pytest.mark.parametrize(
    ("content", "table"),
    [
        (b'a,b\r\n1,"x,\ny"\r\n', Table(headers=("a", "b"), rows=(("1", "x,\ny"),))),
        (b"\xef\xbb\xbfa\n\n1\n", Table(headers=("a",), rows=(("1",),))),
        (b"\xef\xbb\xbf", Table()),
        (b"a\r\n" + b"x" * 300_000, Table(headers=("a",), rows=(("x" * 300_000,),))),
    ],
    ids=["quoted", "bom", "empty", "long-cell"],
)
async def test_an_upload_is_read_as_csv(database: Database, caller: Principal, content: bytes, table: Table) -> None:
    upload = await kept(database, caller, content)
    assert await uploads.table(database, caller, upload.id, at=NOON) == table


@pytest.mark.parametrize("content", [b"\xff\xfe", b'a,"b'], ids=["not-utf-8", "unended"])
async def test_what_is_no_csv_is_refused(database: Database, caller: Principal, content: bytes) -> None:
    upload = await kept(database, caller, content)
    with pytest.raises(InvalidRequest):
        await uploads.table(database, caller, upload.id, at=NOON)


async def _two_chunks() -> AsyncIterator[bytes]:
    yield b"x" * CHUNK_BYTES * 2
    raise EOFError


async def _nothing(*_: object) -> None:
    """What a dead process does."""
