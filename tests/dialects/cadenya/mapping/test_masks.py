"""Update masks, against a model of what they mean."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from armillary.dialects.cadenya.mapping import masks
from armillary.dialects.cadenya.schemas import models as wire
from armillary.dialects.cadenya.schemas.metadata import ChangedMetadata
from armillary.domain.errors import InvalidRequest

WRITABLE = ("metadata.name", "metadata.external_id", "spec.max_input_tokens", "pricing_override.input_price")
PATHS = st.sampled_from(WRITABLE)


class _Pricing(msgspec.Struct):
    input_price: Any = UNSET


class _Body(msgspec.Struct):
    metadata: Any = UNSET
    spec: Any = UNSET
    pricing_override: Any = UNSET


def _full() -> _Body:
    return _Body(metadata=ChangedMetadata(), spec=wire.ChangedModelSpec(), pricing_override=_Pricing())


def _camel(path: str) -> str:
    first, *others = path.split("_")
    return first + "".join(word.capitalize() for word in others)


def _spelled(path: str) -> st.SearchStrategy[str]:
    """The path with each of its segments in either case, and space around."""
    segments = st.tuples(*(st.sampled_from([one, _camel(one)]) for one in path.split(".")))
    return st.tuples(st.sampled_from(["", " "]), segments).map(lambda parts: parts[0] + ".".join(parts[1]) + parts[0])


@given(st.data(), st.lists(PATHS, min_size=1))
def test_every_spelling_of_a_mask_means_the_same(data: st.DataObject, paths: list[str]) -> None:
    text = ",".join(data.draw(_spelled(path)) for path in paths)
    assert masks.masked(text, _full(), WRITABLE) == frozenset(paths)


@given(st.sets(PATHS))
def test_without_a_mask_what_is_there_changes(present: set[str]) -> None:
    body = _full()
    for path in present:
        head, name = path.split(".")
        setattr(getattr(body, head), name, 1)
    for mask in (UNSET, "", " ", ",", " , "):
        assert masks.masked(mask, body, WRITABLE) == present


@pytest.mark.parametrize(
    "mask",
    [
        "*",
        "metadata",
        "spec",
        "spec.input_price_per_million_tokens",
        "state",
        "metadata.labels.a",
        "metadata.name,nothing",
        "Metadata.Name",
        "metadata..name",
        "metadata.name.",
        "info.agent_variation_count",
    ],
)
def test_a_mask_that_names_what_may_not_be_written(mask: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        masks.masked(mask, _full(), WRITABLE)
    assert refused.value.field == "update_mask"
    assert mask not in refused.value.sentence or mask in {"metadata", "spec"}


@pytest.mark.parametrize(("mask", "missing"), [("metadata.name", "metadata"), ("spec.maxInputTokens", "spec")])
def test_the_object_of_a_path_must_be_there(mask: str, missing: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        masks.masked(mask, _Body(), WRITABLE)
    assert refused.value.field == missing


def test_a_price_may_be_cleared_without_its_object() -> None:
    mask = masks.masked("pricingOverride.inputPrice", _Body(), WRITABLE)
    assert masks.clearable(_Body(), "pricing_override.input_price", mask, None) is None


@given(st.booleans(), st.booleans())
def test_masked_and_absent_clears_and_not_masked_is_ignored(named: bool, present: bool) -> None:
    body = _full()
    if present:
        body.metadata.external_id = "x"
    mask = frozenset({"metadata.external_id"} if named else set())
    expected = UNSET if not named else "x" if present else ""
    assert masks.clearable(body, "metadata.external_id", mask, "") == expected


def test_what_cannot_be_cleared() -> None:
    with pytest.raises(InvalidRequest) as refused:
        masks.mandatory(_full(), "metadata.name", {"metadata.name"})
    assert refused.value.field == "metadata.name"
