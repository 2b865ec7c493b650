from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from armillary.dialects.artifacts.bodies import Mismatched, decode, read_id
from armillary.dialects.artifacts.schemas.base import Body


class Item(Body, frozen=True, kw_only=True):
    id: UUID
    name: str | None = None
    links: Annotated[list[UUID], Meta(max_length=2)] | None = None


class Batch(Body, frozen=True, kw_only=True):
    items: Annotated[list[Item], Meta(max_length=3)]
    offset: Annotated[int, Meta(ge=0, le=9)] | None = 0


ID = "01a20519-5738-71ce-819b-ed09fb677864"


def faults(body: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Mismatched) as caught:
        decode(body, Batch)
    return [(".".join(map(str, one.place)), one.type) for one in caught.value.misfits]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b"", [("body", "missing")], id="no-body"),
        pytest.param(b"{}", [("body.items", "missing")], id="missing"),
        pytest.param(b"[]", [("body", "object_type")], id="array"),
        pytest.param(b"null", [("body", "object_type")], id="null"),
        pytest.param(b'{"items": null}', [("body.items", "array_type")], id="null-where-a-list-is-needed"),
        pytest.param(b'{"items": [{}]}', [("body.items.0.id", "missing")], id="missing-inside"),
        pytest.param(b'{"items": [{"id": "x"}]}', [("body.items.0.id", "uuid_parsing")], id="no-uuid"),
        pytest.param(b'{"items": [], "offset": -1}', [("body.offset", "greater_than_equal")], id="too-small"),
        pytest.param(b'{"items": [], "offset": 10}', [("body.offset", "less_than_equal")], id="too-large"),
        pytest.param(b'{"items": [], "offset": "1"}', [("body.offset", "int_type")], id="text-for-a-number"),
        pytest.param(b'{"items": [1]}', [("body.items.0", "object_type")], id="number-for-an-object"),
    ],
)
def test_a_fault_is_told_at_its_place(body: bytes, expected: list[tuple[str, str]]) -> None:
    assert faults(body) == expected


def test_every_fault_of_a_body_is_told() -> None:
    body = {"items": [{"id": ID}, {"name": 1}, {"id": ID, "links": [ID, "x"]}], "offset": -1}
    assert faults(msgspec.json.encode(body)) == [
        ("body.items.1.id", "missing"),
        ("body.items.1.name", "str_type"),
        ("body.items.2.links.1", "uuid_parsing"),
        ("body.offset", "greater_than_equal"),
    ]


def test_a_list_that_is_too_long_is_told_once() -> None:
    assert faults(msgspec.json.encode({"items": [{"id": ID}] * 4})) == [("body.items", "too_long")]


def test_a_refusal_tells_a_bounded_number_of_faults() -> None:
    class Many(Body, frozen=True, kw_only=True):
        ids: list[UUID]

    with pytest.raises(Mismatched) as caught:
        decode(msgspec.json.encode({"ids": ["x"] * 1000}), Many)
    assert len(caught.value.misfits) == 50


def test_no_fault_repeats_what_was_sent() -> None:
    with pytest.raises(Mismatched) as caught:
        decode(b'{"items": [{"id": "hunter2"}], "offset": "hunter2"}', Batch)
    assert "hunter2" not in str([caught.value, *caught.value.misfits])


def test_members_that_are_not_known_are_ignored() -> None:
    assert decode(b'{"items": [], "all": true, "idempotency_key": {}}', Batch) == Batch(items=[])


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one, max_size=3)))
def test_whatever_is_no_object_is_refused(value: object) -> None:
    assert faults(msgspec.json.encode(value)) == [("body", "object_type")]


def test_an_id_in_a_path_is_a_uuid() -> None:
    assert read_id(ID.upper(), "upload_id") == UUID(ID)
    with pytest.raises(Mismatched) as caught:
        read_id("x", "upload_id")
    assert [(one.place, one.type) for one in caught.value.misfits] == [(("path", "upload_id"), "uuid_parsing")]
