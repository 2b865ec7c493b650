"""What a request may be spelled as, and what is refused."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from armillary.dialects._kit.refusals import Misplaced
from armillary.dialects.cadenya import spellings
from armillary.dialects.cadenya.schemas import models as wire
from armillary.dialects.cadenya.schemas.provider_keys import CreateAIProviderKey
from armillary.dialects.cadenya.schemas.workspaces import CreateWorkspace


def _read(body: Any, kind: Any = wire.UpdateModel) -> Any:
    return spellings.decode(json.dumps(body).encode(), kind)


def test_snake_case_is_camel_case() -> None:
    snake = {"spec": {"max_input_tokens": 1}, "pricing_override": {}, "update_mask": "x", "unknown_member": 1}
    camel = {"spec": {"maxInputTokens": 1}, "pricingOverride": {}, "updateMask": "x"}
    assert _read(snake) == _read(camel)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"updateMask": "a", "update_mask": "a"}, "update_mask"),
        ({"spec": {"maxInputTokens": 1, "max_input_tokens": 1}}, "spec.max_input_tokens"),
    ],
)
def test_two_spellings_of_one_member_are_refused(body: Any, field: str) -> None:
    with pytest.raises(Misplaced) as refused:
        _read(body)
    assert refused.value.field == field


def test_keys_of_maps_stay_as_they_are() -> None:
    body = {"metadata": {"name": "w", "labels": {"a_b": "1", "aB": "2", "external_id": "3"}}}
    assert _read(body, CreateWorkspace).metadata.labels == {"a_b": "1", "aB": "2", "external_id": "3"}
    headers = {"type": "headers", "headers": {"headers": {"X-Some_Key": "v"}}}
    made = _read({"metadata": {"name": "k"}, "spec": {"credentials": headers}}, CreateAIProviderKey)
    assert made.spec.credentials.headers.headers == {"X-Some_Key": "v"}


def test_null_is_absent() -> None:
    assert _read({"metadata": None, "spec": {"maxInputTokens": None}, "updateMask": None}) == _read({"spec": {}})


@pytest.mark.parametrize("count", [7, "7", 7.0])
def test_whole_numbers(count: Any) -> None:
    assert _read({"spec": {"maxInputTokens": count}}).spec.max_input_tokens == 7


@pytest.mark.parametrize("count", [True, 7.5, "7.5", "", " 7", "x", "1e3", [], {}, -1, 2**31, "2147483648", 10**30])
def test_no_whole_number(count: Any) -> None:
    with pytest.raises(Misplaced) as refused:
        _read({"spec": {"maxInputTokens": count}})
    assert refused.value.field == "spec.max_input_tokens"


@pytest.mark.parametrize("number", ["1e99999999999999999999", "1e-33", "1e33", "1." + "0" * 99])
def test_numbers_that_cost_time_are_refused_where_they_are_read_and_ignored_elsewhere(number: str) -> None:
    with pytest.raises(Misplaced):
        spellings.decode(b'{"spec": {"maxInputTokens": %s}}' % number.encode(), wire.UpdateModel)
    assert spellings.decode(b'{"elsewhere": %s}' % number.encode(), wire.UpdateModel) == _read({})


@given(st.decimals(min_value=0, max_value=10**9, places=6))
def test_prices_are_exact_as_text_and_as_number(amount: Decimal) -> None:
    text = b'{"pricingOverride": {"inputPricePerMillionTokens": "%s"}}' % str(amount).encode()
    number = text.replace(b'"%s"' % str(amount).encode(), str(amount).encode())
    for body in (text, number):
        assert spellings.decode(body, wire.UpdateModel).pricing_override.input_price_per_million_tokens == amount


@pytest.mark.parametrize("amount", [True, "NaN", "Infinity", "", "1e3", "x", [], {"a": 1}])
def test_no_price(amount: Any) -> None:
    with pytest.raises(Misplaced) as refused:
        _read({"pricingOverride": {"inputPricePerMillionTokens": amount}})
    assert refused.value.field == "pricing_override.input_price_per_million_tokens"


@pytest.mark.parametrize(
    ("status", "read"), [(1, wire.SettableStatus.ENABLED), ("MODEL_STATUS_DISABLED", wire.SettableStatus.DISABLED)]
)
def test_an_enum_by_word_or_number(status: Any, read: wire.SettableStatus) -> None:
    assert _read({"status": status}, wire.SetStatus).status is read


@pytest.mark.parametrize("status", [None, 0, 3, True, "", "model_status_enabled", "STATE_ENABLED", [], {}, 1.5])
def test_no_status(status: Any) -> None:
    with pytest.raises(Misplaced) as refused:
        _read({"status": status}, wire.SetStatus)
    assert refused.value.field == "status"
    assert refused.value.sentence == "must be MODEL_STATUS_ENABLED or MODEL_STATUS_DISABLED"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "metadata"),
        ({"metadata": {}}, "metadata.name"),
        ({"metadata": {"name": 7}}, "metadata.name"),
        ({"metadata": {"name": "m"}}, "spec"),
        ({"metadata": {"name": "m"}, "spec": {}}, "spec.provider_model_id"),
        ({"metadata": {"name": "m", "labels": {"a": 1}}}, "metadata.labels"),
        ({"metadata": {"name": "m"}, "spec": {"providerModelId": "m", "capabilities": {}}}, "spec.capabilities"),
        (
            {"metadata": {"name": "m"}, "spec": {"providerModelId": "m", "capabilities": [{"type": "vision"}]}},
            "spec.capabilities[0].type",
        ),
        ({"metadata": {"name": "m" * 10_241}, "spec": {"providerModelId": "m"}}, "metadata.name"),
    ],
)
def test_a_refusal_names_the_member_in_snake_case(body: Any, field: str) -> None:
    with pytest.raises(Misplaced) as refused:
        _read(body, wire.CreateModel)
    assert refused.value.field == field


def test_a_query_reads_either_spelling_and_empty_as_absent() -> None:
    asked = spellings.query("include_info=true&limit=5&state=&cursor=&isAssigned=false&x=1&limit=6", wire.ModelQuery)
    assert (asked.include_info, asked.limit, asked.state, asked.cursor, asked.is_assigned) == (
        True,
        6,
        UNSET,
        "",
        False,
    )


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("includeInfo=true&include_info=true", "include_info"),
        ("includeInfo=yes", "include_info"),
        ("limit=ten", "limit"),
        ("limit=1.5", "limit"),
        ("state=ENABLED", "state"),
    ],
)
def test_a_query_that_is_refused(text: str, field: str) -> None:
    with pytest.raises(Misplaced) as refused:
        spellings.query(text, wire.ModelQuery)
    assert refused.value.field == field
