"""Labels, external ids and slugs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.errors import InvalidRequest
from armillary.domain.labels import checked_bundle, checked_external_id, checked_labels, free, slug
from tests import generated


@given(generated.labels)
def test_good_labels_are_kept_in_order(labels: dict[str, str]) -> None:
    shuffled = dict(reversed(labels.items()))
    kept = checked_labels(shuffled)
    assert kept == labels
    assert list(kept) == sorted(labels)


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param({"": "v"}, id="no-key"),
        pytest.param({"/k": "v"}, id="no-domain"),
        pytest.param({"a/b/c": "v"}, id="two-slashes"),
        pytest.param({"EXAMPLE.com/k": "v"}, id="upper-case-domain"),
        pytest.param({"-k": "v"}, id="key-begins-badly"),
        pytest.param({"k.": "v"}, id="key-ends-badly"),
        pytest.param({"k" * 64: "v"}, id="long-key"),
        pytest.param({f"{'a.' * 127}com/k": "v"}, id="long-domain"),
        pytest.param({"k": "v" * 64}, id="long-value"),
        pytest.param({"k": "-v"}, id="value-begins-badly"),
        pytest.param({"k": "a b"}, id="space"),
        pytest.param({"k": 'a"b'}, id="quote"),
        pytest.param({"k": "é"}, id="not-ascii"),
        pytest.param({"k": "v\n"}, id="line-end"),
        pytest.param({f"k{number}": "" for number in range(65)}, id="too-many"),
    ],
)
def test_bad_labels_are_refused(labels: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked_labels(labels, "labels")
    assert refused.value.field == "labels"


@given(generated.external_ids)
def test_external_ids_are_kept_as_they_are(value: str) -> None:
    assert checked_external_id(value) == value


@pytest.mark.parametrize("value", [" ", " a", "a ", "a/b", "a\\b", "a\nb", "a\0b", "a" * 256, "\x7f"])
def test_bad_external_ids_are_refused(value: str) -> None:
    with pytest.raises(InvalidRequest):
        checked_external_id(value)


@given(st.text())
def test_a_slug_is_an_external_id_and_its_own_slug(text: str) -> None:
    made = slug(text)
    assert checked_external_id(made) == made == slug(made)
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("openai gpt-4.1", "openai-gpt-4-1"), ("--A__b  C--", "a-b-c"), ("日本", ""), ("", "")],
)
def test_slugs_are_spelled_as_the_contract_does(text: str, expected: str) -> None:
    assert slug(text) == expected


@given(st.text(max_size=400), st.integers(0, 5))
def test_a_free_slug_is_free_and_short_enough(text: str, taken: int) -> None:
    wanted = slug(text)
    held: set[str] = set()
    for _ in range(taken):
        held.add(free(wanted, held))
    found = free(wanted, held)
    assert found == "" if not wanted else found not in held
    assert checked_external_id(found) == found


@pytest.mark.parametrize("value", ["b" * 256, "a\0b"])
def test_bad_bundles_are_refused(value: str) -> None:
    with pytest.raises(InvalidRequest):
        checked_bundle(value)
