from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.errors import InvalidRequest
from armillary.domain.imports import FORMATS, detected, read

_MODELS_DEV: dict[str, Any] = {"acme": {"models": {"m": {}}}}
_LITELLM = {"sample_spec": {}, "m": {"litellm_provider": "acme"}}


@pytest.mark.parametrize(("document", "name"), [(_MODELS_DEV, "models.dev"), (_LITELLM, "litellm")], ids=FORMATS[:2])
def test_a_format_is_told_by_the_document(document: dict[str, Any], name: str) -> None:
    assert detected(document) == name
    assert read(document).format == name
    assert read(document, name) == read(document)


@pytest.mark.parametrize("document", [{}, [], None, 1, "x", {"a": 1}, {"a": {}}])
def test_other_documents_are_refused(document: object) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read(document)
    assert refusal.value.field == "format"


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"models\.dev, litellm"):
        read(_LITELLM, "csv")


def test_a_known_format_needs_an_object() -> None:
    with pytest.raises(InvalidRequest, match="JSON object"):
        read([], "litellm")


def test_nothing_is_named_twice() -> None:
    with pytest.raises(InvalidRequest, match="b: is in the file twice"):
        read({"a": {"id": "b", "models": {}}, "b": {"models": {}}})
    with pytest.raises(InvalidRequest, match=r"a\.models\.y: is in the file twice"):
        read({"a": {"models": {"x": {}, "y": {"id": "x"}}}})


_ROW = {
    "id": "m",
    "name": "M",
    "family": "f",
    "status": "beta",
    "tool_call": True,
    "modalities": {"input": ["text"], "output": ["text"]},
    "limit": {"context": 1},
    "reasoning_options": [{"type": "effort", "values": ["low"]}],
    "cost": {"input": 1, "output": 1, "tiers": [{"input": 1, "output": 1, "tier": {"type": "context", "size": 1}}]},
    "litellm_provider": "acme",
    "mode": "chat",
    "max_tokens": 1,
    "input_cost_per_token": 1,
    "output_cost_per_token": 1,
    "input_cost_per_token_above_1k_tokens": 1,
    "supports_vision": True,
    "supported_modalities": ["text"],
}
_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return (
        [path, *(place for key in keys for place in _places(value[key], (*path, key)))]
        if path
        else [place for key in keys for place in _places(value[key], (key,))]
    )


@pytest.mark.parametrize(
    ("name", "document"),
    [("models.dev", {"acme": {"id": "acme", "npm": "x", "models": {"m": _ROW}}}), ("litellm", {"m": _ROW})],
    ids=FORMATS[:2],
)
@given(data=st.data())
def test_whatever_stands_anywhere_is_read_or_refused(name: str, document: dict[str, Any], data: st.DataObject) -> None:
    spoilt: Any = deepcopy(document)
    *way, last = data.draw(st.sampled_from(_places(document)))
    parent = spoilt
    for key in way:
        parent = parent[key]
    parent[last] = data.draw(_JUNK)
    try:
        file = read(spoilt, name)
    except InvalidRequest as refusal:
        assert refusal.field  # noqa: PT017  either outcome is fine, any other exception is not
        return
    assert all(field.count > 0 for field in file.fields)
