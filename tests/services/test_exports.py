from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from armillary.domain.access import Principal, Role
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.departments import Department
from armillary.domain.errors import PermissionDenied
from armillary.domain.exports import MODELS, Sheet
from armillary.domain.models import Model
from armillary.domain.resources import Content, Quality, Voice
from armillary.domain.uploads import NO_UPLOAD, UploadTerms
from armillary.services import exports, uploads
from armillary.storage import departments, links, models, resources, revisions
from armillary.storage.database import Database, Reading
from tests.builders import NOON, a_kept_provider, a_model, a_principal, a_workspace, an_id

TERMS = UploadTerms()
LIST = Sheet(of="numbers", columns=("id", "text"))


@pytest.fixture
async def caller(database: Database) -> Principal:
    return a_principal(await a_workspace(database))


async def kept(db: Database, caller: Principal, *each: dict[str, Any]) -> list[Model]:
    """Records as the Artifacts dialect has them: without a provider unless one is stated."""
    async with db.writing() as tx:
        revision = await revisions.raised(tx, caller.workspace)
        seqs = await models.next_seqs(tx, caller.workspace, len(each))
        bare = {"provider": None, "upstream_name": None, "workspace": caller.workspace, "created_by": caller.profile}
        made = [
            a_model(**{**bare, "seq": seq, "revision": revision, **one}) for seq, one in zip(seqs, each, strict=True)
        ]
        await models.insert_many(tx, made, by=caller.profile)
    return made


async def linked(db: Database, caller: Principal, model: Model, slot: Slot, *targets: UUID) -> None:
    async with db.writing() as tx:
        await links.replace(tx, Kind.MODEL, caller.workspace, [(model.id, {slot: targets})])


async def a_row(db: Database, caller: Principal, content: Content) -> UUID:
    row = resources.fresh(content, caller.workspace, at=NOON)
    async with db.writing() as tx:
        await resources.insert(tx, [row])
    return row.id


async def a_department(db: Database, caller: Principal, name: str) -> UUID:
    made = Department(
        id=an_id(),
        workspace=caller.workspace,
        name=name,
        created_by=caller.profile,
        created_at=NOON,
        updated_at=NOON,
    )
    async with db.writing() as tx:
        await departments.insert_many(tx, [made])
    return made.id


async def exported(
    db: Database, caller: Principal, model_id: UUID | None = None
) -> tuple[exports.Export, list[list[str]]]:
    """The export, and its file's rows but the header."""
    done = await exports.models(db, caller, model_id, terms=TERMS, mcp=False, at=NOON)
    whole = await content(db, caller, done.upload)
    return done, list(csv.reader(io.StringIO(whole.decode(), newline="")))[1:]


async def content(db: Database, caller: Principal, upload: UUID) -> bytes:
    held = await uploads.read(db, caller, upload, at=NOON)
    return b"".join([chunk async for chunk in uploads.content(db, held)])


async def test_every_model_is_a_row_by_name_in_code_point_order(database: Database, caller: Principal) -> None:
    names = ["b", "B", "a", "é", "Z", "_", "\U0001f600", "\uffee"]
    await kept(database, caller, *({"name": name} for name in names))
    done, rows = await exported(database, caller)
    assert [row[1] for row in rows] == sorted(names)
    assert (done.row_count, done.file_name) == (len(names), MODELS.file_name(NOON))


async def test_models_of_one_name_stand_by_id(database: Database, caller: Principal) -> None:
    made = await kept(database, caller, *[{"name": "same"}] * 5)
    _, rows = await exported(database, caller)
    assert [row[0] for row in rows] == sorted(str(model.id) for model in made)


async def test_a_row_tells_what_the_model_links(database: Database, caller: Principal) -> None:
    provider = await a_kept_provider(database, _place(caller), name="=openai")
    (model,) = await kept(
        database,
        caller,
        {
            "name": 'one, "two"\n+three',
            "description": "-x",
            "provider": provider.id,
            "upstream_name": "gpt|x",
            "input_modalities": ("text", "pdf"),
            "output_modalities": ("text",),
        },
    )
    await linked(database, caller, model, Slot.DEPARTMENTS, await a_department(database, caller, "@Research"))
    voices = [await a_row(database, caller, Voice(word)) for word in ("echo", "=ash")]
    await linked(database, caller, model, Slot.VOICES, *voices)
    await linked(database, caller, model, Slot.QUALITIES, await a_row(database, caller, Quality("low")))
    _, rows = await exported(database, caller)
    assert rows == [
        [
            str(model.id),
            'one, "two"\n+three',
            "'-x",
            "Yes",
            "'@Research",
            "gpt|x",
            "'=openai",
            "text|file|text",
            "",
            "",
            "low",
            "echo|=ash",
        ]
    ]


async def test_nothing_at_all_makes_no_file(database: Database, caller: Principal) -> None:
    done = await exports.models(database, caller, None, terms=TERMS, mcp=False, at=NOON)
    assert done == exports.Export(upload=NO_UPLOAD, file_name="", row_count=0)
    async with database.reading() as reading:
        assert await reading.all("SELECT id FROM uploads") == []


async def test_one_model_is_a_file_of_one_row(database: Database, caller: Principal) -> None:
    model, _ = await kept(database, caller, {"name": "a"}, {"name": "b"})
    done, rows = await exported(database, caller, model.id)
    assert (done.row_count, [row[1] for row in rows]) == (1, ["a"])


async def test_an_unknown_or_foreign_model_makes_a_file_of_a_header(database: Database, caller: Principal) -> None:
    stranger = a_principal(await a_workspace(database))
    (foreign,) = await kept(database, stranger, {"name": "theirs"})
    for model in (an_id(), foreign.id):
        done, rows = await exported(database, caller, model)
        assert (done.row_count, rows) == (0, [])
        assert await content(database, caller, done.upload) == MODELS.header


async def test_only_what_the_caller_may_see_is_exported(database: Database, caller: Principal) -> None:
    ours, theirs = [await a_department(database, caller, name) for name in ("Ours", "Theirs")]
    free, seen, both, hidden = await kept(database, caller, *({"name": name} for name in ("a", "b", "c", "d")))
    await linked(database, caller, seen, Slot.DEPARTMENTS, ours)
    await linked(database, caller, both, Slot.DEPARTMENTS, theirs, ours)
    await linked(database, caller, hidden, Slot.DEPARTMENTS, theirs)
    async with database.writing() as tx:
        await links.replace(tx, Kind.PROFILE, caller.workspace, [(caller.profile, {Slot.DEPARTMENTS: [ours]})])
    admin = replace(caller, role=Role.ADMIN)
    done, rows = await exported(database, admin)
    assert (done.row_count, [row[0] for row in rows]) == (3, [str(one.id) for one in (free, seen, both)])
    assert (await exported(database, admin, hidden.id))[1] == []
    assert (await exported(database, caller))[0].row_count == 4


async def test_an_export_needs_the_scope_to_read_models(database: Database, caller: Principal) -> None:
    nobody = replace(caller, scopes=frozenset())
    with pytest.raises(PermissionDenied):
        await exports.models(database, nobody, None, terms=TERMS, mcp=False, at=NOON)


async def test_what_is_written_meanwhile_shows_in_none_of_the_file(database: Database, caller: Principal) -> None:
    await kept(database, caller, *({"name": f"m{number:04}"} for number in range(1200)))
    pieces = exports.model_lines(database, caller, None, _unheard)
    whole = await anext(pieces) + await anext(pieces)
    await kept(database, caller, {"name": "m9999"}, {"name": "a0000"})
    whole += b"".join([piece async for piece in pieces])
    names = [row[1] for row in csv.reader(io.StringIO(whole.decode(), newline=""))][1:]
    assert names == [f"m{number:04}" for number in range(1200)]


async def test_the_lines_are_the_uploads_bytes_and_progress_is_told(database: Database, caller: Principal) -> None:
    await kept(database, caller, *({"name": f"=m{number:04}"} for number in range(600)))
    done, _ = await exported(database, caller)
    told: list[tuple[int, int]] = []

    def hear(rows: int, total: int) -> None:
        told.append((rows, total))

    lines = [piece async for piece in exports.model_lines(database, caller, None, hear)]
    assert b"".join(lines) == await content(database, caller, done.upload)
    assert (told[0], told[-1]) == ((0, 600), (600, 600))


async def test_ten_times_the_rows_take_no_more_memory(database: Database, caller: Principal) -> None:
    async def peak(batches: int) -> int:
        async def rows(_: Reading) -> AsyncIterator[Sequence[Sequence[str]]]:
            for number in range(batches):
                yield [(f"{number}-{row}", "some text of a cell, " * 4) for row in range(500)]

        tracemalloc.start()
        done = await exports.export(database, caller, LIST, rows, is_one=False, terms=TERMS, mcp=False, at=NOON)
        held = await uploads.read(database, caller, done.upload, at=NOON)
        size = 0
        async for chunk in uploads.content(database, held):
            size += len(chunk)
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (done.row_count, size) == (batches * 500, held.size_bytes)
        return highest

    await peak(2)  # whatever is made once
    few, many = await peak(20), await peak(200)
    assert many < few + 2**20, (few, many)  # the larger file has 9 MB


async def test_an_export_that_fails_leaves_nothing(database: Database, caller: Principal) -> None:
    async def rows(_: Reading) -> AsyncIterator[Sequence[Sequence[str]]]:
        yield [("1", "x" * 600_000)]
        raise EOFError

    with pytest.raises(EOFError):
        await exports.export(database, caller, LIST, rows, is_one=False, terms=TERMS, mcp=False, at=NOON)
    async with database.reading() as reading:
        assert await reading.all("SELECT id FROM uploads") == []


def _unheard(_done: int, _total: int) -> None:
    """Nobody asks how far it is."""


def _place(caller: Principal) -> Any:
    class Place:
        id, created_by, account = caller.workspace, caller.profile, caller.account

    return Place
