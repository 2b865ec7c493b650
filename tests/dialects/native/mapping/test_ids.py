"""Ids: one spelling out, every dialect's spelling in."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects._kit.refusals import Misplaced
from armillary.dialects.native.mapping import ids
from armillary.domain.ids import ulid

KINDS = st.sampled_from(sorted(ids.PREFIXES))
SAMPLE = UUID("0198c5a0-7c1e-7a52-b9d0-4f3e6a817c25")


@given(KINDS, st.uuids())
def test_what_is_spelled_is_read_again(kind: ids.Kind, value: UUID) -> None:
    assert ids.read(kind, ids.spelled(kind, value), "id") == value


@given(KINDS, st.uuids(), st.data())
def test_every_dialects_spelling_is_read(kind: ids.Kind, value: UUID, data: st.DataObject) -> None:
    prefix = data.draw(st.sampled_from([f"{one}_" for one in ids.PREFIXES[kind]] + [""]))
    digits = data.draw(st.sampled_from([value.hex, value.hex.upper(), str(value), ulid(value)]))
    assert ids.read(kind, prefix + digits, "id") == value
    assert ids.read_any(prefix + digits, "id") == value


@given(st.text(max_size=80))
def test_a_text_spells_an_id_or_is_refused(text: str) -> None:
    digits = text.rpartition("_")[2]
    value = ids.bare(digits)
    if value is None:
        with pytest.raises(Misplaced):
            ids.read_any(text, "id")
    else:
        assert digits.lower() in {value.hex, str(value), ulid(value).lower()}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"provider_{SAMPLE.hex}", id="another-kinds-prefix"),
        pytest.param(f"_{SAMPLE.hex}", id="an-empty-prefix"),
        pytest.param(f"model_{SAMPLE.hex[1:]}", id="a-digit-short"),
        pytest.param(f"model_{SAMPLE.hex}0", id="a-digit-long"),
        pytest.param(f"model_{ulid(SAMPLE).lower()}", id="a-ulid-in-lower-case"),
        pytest.param(f"model_{{{SAMPLE}}}", id="braces"),
        pytest.param("", id="nothing"),
    ],
)
def test_refuses(text: str) -> None:
    with pytest.raises(Misplaced, match=r"model_id: is an id: model_ and 32 hex digits"):
        ids.read("model", text, "model_id")


def test_an_entity_is_spelled_by_the_domains_word_for_its_kind() -> None:
    assert ids.entity("api_key", SAMPLE) == f"key_{SAMPLE.hex}"
    assert ids.entity("member", SAMPLE) == f"profile_{SAMPLE.hex}"
    assert ids.entity("model", SAMPLE) == f"model_{SAMPLE.hex}"


def test_no_id_is_none() -> None:
    assert ids.optional("model", None) is None
    assert ids.optional("model", SAMPLE) == f"model_{SAMPLE.hex}"
