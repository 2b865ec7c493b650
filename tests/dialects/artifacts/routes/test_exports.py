from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from armillary.storage.engine import open_database
from tests.dialects.artifacts.places import Place, a_place
from tests.servers import Server
from tests.wire import answered

EXPORT = "/api/v5/artifacts/models/export"
CREATE = "/api/v5/artifacts/models/create"
HEADER = [
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
]


@pytest.fixture(scope="module")
def place(server: Server) -> Iterator[Place]:
    with a_place(server) as made:
        yield made


@pytest.fixture(scope="module")
def api(place: Place) -> httpx.Client:
    return place.client()


def fetched(api: httpx.Client, done: dict[str, Any]) -> httpx.Response:
    reply = api.get(f"/uploads/{done['upload_id']}/download")
    assert reply.status_code == 200, reply.text
    return reply


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def test_all_models_are_exported_in_order_and_fetched_byte_for_byte(api: httpx.Client) -> None:
    texts = ["=1+1", 'quote " and, comma', "line\r\nbreak", "a|b", "'=kept"]
    made = answered(api.post(CREATE, json={"models": [{"name": text, "description": text} for text in texts]}))
    ids = {one["model_id"]: text for one, text in zip(made["results"], texts, strict=True)}
    reply = api.post(EXPORT, json={})
    done = answered(reply)
    assert not {"x-invalidate-tags", "x-cache-tags", "x-cache-hit"} & reply.headers.keys()
    assert re.fullmatch(r"models_export_\d{4}-\d\d-\d\d_\d{6}\.csv", done["file_name"])
    header, *found = rows(fetched(api, done).content)
    assert (header, len(found)) == (HEADER, done["row_count"])
    names = [ids.get(row[0], row[1]) for row in found]
    assert names == sorted(names)
    told = {row[0]: tuple(row[1:4]) for row in found if row[0] in ids}
    assert told == {one: (*[f"'{text}" if text == "=1+1" else text] * 2, "Yes") for one, text in ids.items()}


def test_the_download_says_what_it_is(api: httpx.Client) -> None:
    done = answered(api.post(EXPORT, json={"model_id": None}))
    reply = fetched(api, done)
    name = done["file_name"]
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert reply.headers["content-disposition"] == f"inline; filename=\"{name}\"; filename*=UTF-8''{name}"
    assert reply.headers["cache-control"] == "private, max-age=0, must-revalidate"
    assert int(reply.headers["content-length"]) == len(reply.content)
    head = api.head(f"/uploads/{done['upload_id']}/download")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(reply.content)), b"")


def test_one_model_is_one_row_and_an_unknown_one_a_header(api: httpx.Client) -> None:
    made = answered(api.post(CREATE, json={"models": [{"name": "one"}]}))["results"][0]["model_id"]
    done = answered(api.post(EXPORT, json={"model_id": made}))
    assert (done["row_count"], [row[0] for row in rows(fetched(api, done).content)]) == (1, ["model_id", made])
    done = answered(api.post(EXPORT, json={"model_id": str(uuid4())}))
    assert (done["row_count"], rows(fetched(api, done).content)) == (0, [HEADER])


def test_a_deleted_model_is_exported_no_more(api: httpx.Client) -> None:
    made = answered(api.post(CREATE, json={"models": [{"name": "gone"}]}))["results"][0]["model_id"]
    answered(api.post("/api/v5/artifacts/models/delete", json={"model_ids": [made]}))
    assert answered(api.post(EXPORT, json={"model_id": made}))["row_count"] == 0


def test_without_any_model_there_is_no_file(server: Server) -> None:
    with a_place(server) as empty:
        # the catalogue's models are managed: no API deletes them
        asyncio.run(_without_models(server, empty))
        done = answered(empty.client().post(EXPORT, json={}))
        assert done == {"upload_id": "00000000-0000-0000-0000-000000000000", "file_name": "", "row_count": 0}


async def _without_models(server: Server, place: Place) -> None:
    db = await open_database(server.database_url)
    async with db.writing() as tx:
        await tx.run(
            "DELETE FROM models WHERE workspace = (SELECT id FROM workspaces WHERE external_id = :name)",
            name=place.external_id,
        )
    await db.close()


def test_a_repeated_request_makes_one_upload(api: httpx.Client) -> None:
    headers = {"Idempotency-Key": uuid4().hex}
    first = api.post(EXPORT, json={}, headers=headers)
    again = api.post(EXPORT, json={}, headers=headers)
    assert answered(first) == answered(again)
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 422), (b"[]", 422), (b'{"model_id": "x"}', 422), (b'{"all": true}', 200)]
)
def test_bodies(api: httpx.Client, body: bytes, status: int) -> None:
    reply = api.post(EXPORT, content=body)
    assert reply.status_code == status, reply.text
    if status == 422:
        assert {"loc", "msg", "type"} == reply.json()["detail"][0].keys()


def test_who_may_not_read_models_exports_none(place: Place, server: Server) -> None:
    assert httpx.post(server.url + EXPORT, json={}).status_code == 401
    assert place.client("agents:read").post(EXPORT, json={}).status_code == 403
    assert place.client(role="viewer").post(EXPORT, json={}).status_code == 200
