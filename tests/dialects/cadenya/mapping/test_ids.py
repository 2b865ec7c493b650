"""The same 128 bits under every prefix."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects.cadenya.mapping import ids
from armillary.domain.errors import InvalidRequest, NotFound

KINDS = st.sampled_from(sorted(ids.PREFIXES))


@given(KINDS, st.uuids())
def test_what_is_spelled_is_read_again(kind: str, value: UUID) -> None:
    text = ids.spelled(kind, value)
    assert ids.read(kind, text) == ids.reference(kind, text) == ids.identity(kind, text, "id") == value
    assert len(text) == len(ids.PREFIXES[kind]) + 26
    assert text.endswith(text[-26:].upper())


@given(KINDS, KINDS, st.uuids())
def test_another_prefix_is_not_found(kind: str, other: str, value: UUID) -> None:
    text = ids.spelled(kind, value)
    assert (ids.read(other, text) is None) is (kind != other)
    assert ids.read(kind, text.lower()) is None or text.lower() == text


def test_the_default_workspace() -> None:
    assert ids.spelled("workspace", UUID(int=1)) == "workspace_00000000000000000000000001"


@pytest.mark.parametrize(
    "text", ["", "model_", "model_01ARZ3NDEKTSV4RRFFQ69G5FAU", "external_id:", "01ARZ3NDEKTSV4RRFFQ69G5FAV"]
)
def test_no_reference(text: str) -> None:
    with pytest.raises(NotFound) as refused:
        ids.reference("model", text)
    assert str(refused.value) == "model not found"


def test_an_external_id_may_look_like_anything() -> None:
    assert ids.reference("model", "external_id:x:enable") == "x:enable"
    assert ids.reference("model", "external_id:key.slug") == "key.slug"


def test_a_workspace_may_be_named_by_its_bare_slug() -> None:
    assert ids.workspace_reference("development") == "development"
    assert ids.workspace_reference("external_id:development") == "development"
    assert ids.workspace_reference("workspace_00000000000000000000000001") == UUID(int=1)


def test_an_identity_of_a_body_is_required() -> None:
    with pytest.raises(InvalidRequest):
        ids.identity("profile", "", "profile_id")


@given(KINDS, st.uuids(), st.data())
def test_a_span_holds_every_id_that_begins_so_and_no_other(kind: str, value: UUID, data: st.DataObject) -> None:
    text = ids.spelled(kind, value)
    beginning = text[: data.draw(st.integers(1, len(text)))]
    low, high = ids.span(kind, data.draw(st.sampled_from([beginning, beginning.lower(), beginning.upper()]))) or (
        value,
        UUID(int=0),
    )
    assert low <= value <= high
    other = data.draw(st.uuids())
    assert (low <= other <= high) is ids.spelled(kind, other).startswith(beginning)


@pytest.mark.parametrize("beginning", ["x", "model", "aipk_8", "aipk_01U", "aipk_01ARZ3NDEKTSV4RRFFQ69G5FAV0", "aipkx"])
def test_no_span(beginning: str) -> None:
    assert ids.span("provider", beginning) is None
