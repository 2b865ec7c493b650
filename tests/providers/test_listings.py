"""One page of a listing, in each vendor's words, and in nobody's."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.discovery import DiscoveredModel, DiscoveredPrices
from armillary.providers.endpoints import Dialect
from armillary.providers.listings import MAX_ENTRIES, NotAListing, Page, read_entry, read_page

_DIALECTS: list[Dialect] = ["openai", "anthropic", "gemini"]


def _read(entry: object, dialect: Dialect = "openai") -> DiscoveredModel | None:
    return read_entry(msgspec.Raw(json.dumps(entry).encode()), dialect)


def _model(entry: dict[str, Any], dialect: Dialect = "openai") -> DiscoveredModel:
    model = _read(entry, dialect)
    assert model is not None
    return model


# Vendors


_OPENROUTER = {
    "id": "acme/talker-2",
    "name": "Acme: Talker 2",
    "created": 1746316800,
    "description": "Talks.\nAt length.",
    "context_length": 200000,
    "architecture": {
        "modality": "text+image->text",
        "input_modalities": ["text", "image", "file"],
        "output_modalities": ["text"],
        "tokenizer": "Acme",
    },
    "pricing": {
        "prompt": "0.0000025",
        "completion": "0.00001",
        "request": "0",
        "input_cache_read": "0.00000125",
    },
    "top_provider": {"context_length": 128000, "max_completion_tokens": 16384, "is_moderated": True},
    "supported_parameters": ["tools", "tool_choice", "include_reasoning", "structured_outputs", "seed"],
}

_VENDORS: list[Any] = [
    pytest.param(
        "openai",
        {"id": "talker-2", "object": "model", "created": 1715367049, "owned_by": "system"},
        DiscoveredModel(upstream_name="talker-2", released_on=date(2024, 5, 10)),
        id="openai",
    ),
    pytest.param(
        "openai",
        {"id": "text-embedding-3", "object": "model", "owned_by": "system"},
        DiscoveredModel(upstream_name="text-embedding-3", capabilities=("embeddings",)),
        id="openai-embedding-told-by-its-name",
    ),
    pytest.param(
        "openai",
        _OPENROUTER,
        DiscoveredModel(
            upstream_name="acme/talker-2",
            name="Acme: Talker 2",
            description="Talks.\nAt length.",
            context_tokens=200000,
            output_tokens=16384,
            input_modalities=("text", "image", "pdf"),
            output_modalities=("text",),
            capabilities=("chat", "reasoning", "structured_output", "tools", "vision"),
            prices=DiscoveredPrices(
                input_usd_per_mtok=Decimal("2.5"),
                output_usd_per_mtok=Decimal(10),
                cached_input_usd_per_mtok=Decimal("1.25"),
            ),
            released_on=date(2025, 5, 4),
        ),
        id="openrouter",
    ),
    pytest.param(
        "openai",
        {
            "id": "acme/paint",
            "architecture": {"modality": "text->image"},
            "pricing": {"prompt": "-1", "completion": "-1"},
        },
        DiscoveredModel(
            upstream_name="acme/paint",
            input_modalities=("text",),
            output_modalities=("image",),
            capabilities=("images",),
        ),
        id="openrouter-arrow-and-no-fixed-price",
    ),
    pytest.param(
        "openai",
        {
            "id": "talker-large",
            "object": "model",
            "created": 1753777793,
            "owned_by": "mistralai",
            "capabilities": {
                "completion_chat": True,
                "completion_fim": False,
                "function_calling": True,
                "fine_tuning": False,
                "vision": True,
                "classification": False,
            },
            "name": "talker-large",
            "max_context_length": 131072,
            "type": "base",
        },
        DiscoveredModel(
            upstream_name="talker-large",
            context_tokens=131072,
            input_modalities=("text", "image"),
            capabilities=("chat", "tools", "vision"),
            released_on=date(2025, 7, 29),
        ),
        id="mistral",
    ),
    pytest.param(
        "openai",
        {
            "id": "accounts/fireworks/models/talker",
            "owned_by": "fireworks",
            "kind": "HF_BASE_MODEL",
            "supports_chat": True,
            "supports_image_input": False,
            "supports_tools": True,
            "context_length": 163840,
        },
        DiscoveredModel(
            upstream_name="accounts/fireworks/models/talker",
            context_tokens=163840,
            capabilities=("chat", "tools"),
        ),
        id="fireworks",
    ),
    pytest.param(
        "openai",
        {
            "id": "acme/Talker",
            "type": "chat",
            "display_name": "Talker",
            "organization": "Acme",
            "context_length": 8192,
            "created": 0,
            "pricing": {"input": 0.18, "output": 0.59, "hourly": 0, "base": 0, "finetune": 0},
        },
        DiscoveredModel(
            upstream_name="acme/Talker",
            name="Talker",
            context_tokens=8192,
            capabilities=("chat",),
            prices=DiscoveredPrices(
                input_usd_per_mtok=Decimal("0.18"), output_usd_per_mtok=Decimal("0.59")
            ),
        ),
        id="together",
    ),
    pytest.param(
        "openai",
        {"id": "acme/free", "type": "rerank", "pricing": {"input": 0, "output": 0}},
        DiscoveredModel(upstream_name="acme/free", capabilities=("rerank",)),
        id="together-not-sold-by-token",
    ),
    pytest.param(
        "openai",
        {"id": "seer", "type": "vlm", "max_context_length": 32768, "capabilities": ["tool_use"]},
        DiscoveredModel(
            upstream_name="seer",
            context_tokens=32768,
            input_modalities=("text", "image"),
            capabilities=("chat", "tools", "vision"),
        ),
        id="lm-studio",
    ),
    pytest.param(
        "openai",
        {"id": "acme/talker", "created": 1790000000, "owned_by": "vllm", "root": "/models/x", "max_model_len": 4096},
        DiscoveredModel(upstream_name="acme/talker", context_tokens=4096),
        id="vllm-whose-created-is-a-clock",
    ),
    pytest.param(
        "openai",
        {"id": "talker-70b", "created": 1693721698, "context_window": 8192, "max_completion_tokens": 4096},
        DiscoveredModel(
            upstream_name="talker-70b",
            context_tokens=8192,
            output_tokens=4096,
            released_on=date(2023, 9, 3),
        ),
        id="groq",
    ),
    pytest.param(
        "openai",
        {
            "id": "acme/talker",
            "metadata": {
                "description": "Talks.",
                "context_length": 131072,
                "max_tokens": 4096,
                "pricing": {"input_tokens": 0.03, "output_tokens": 0.05},
                "tags": ["chat", "vision"],
            },
        },
        DiscoveredModel(
            upstream_name="acme/talker",
            description="Talks.",
            context_tokens=131072,
            output_tokens=4096,
            input_modalities=("text", "image"),
            capabilities=("chat", "vision"),
            prices=DiscoveredPrices(
                input_usd_per_mtok=Decimal("0.03"), output_usd_per_mtok=Decimal("0.05")
            ),
        ),
        id="deepinfra",
    ),
    pytest.param(
        "openai",
        {"id": "proxied", "object": "model", "created": 1677610602, "owned_by": "openai"},
        DiscoveredModel(upstream_name="proxied"),
        id="litellm-whose-created-is-a-constant",
    ),
    pytest.param(
        "anthropic",
        {
            "type": "model",
            "id": "talker-4-5",
            "display_name": "Talker 4.5",
            "created_at": "2025-09-29T00:00:00Z",
            "max_input_tokens": 200000,
            "max_tokens": 64000,
            "capabilities": {
                "image_input": {"supported": True},
                "pdf_input": {"supported": True},
                "thinking": {"supported": True, "types": {"enabled": {"supported": True}}},
                "structured_outputs": {"supported": False},
            },
        },
        DiscoveredModel(
            upstream_name="talker-4-5",
            name="Talker 4.5",
            context_tokens=200000,
            output_tokens=64000,
            input_modalities=("text", "image", "pdf"),
            capabilities=("chat", "reasoning", "vision"),
            released_on=date(2025, 9, 29),
        ),
        id="anthropic",
    ),
    pytest.param(
        "anthropic",
        {"type": "model", "id": "talker-4", "display_name": "Talker 4", "created_at": "1970-01-01T00:00:00Z"},
        DiscoveredModel(upstream_name="talker-4", name="Talker 4", capabilities=("chat",)),
        id="anthropic-of-unknown-age",
    ),
    pytest.param(
        "gemini",
        {
            "name": "models/talker-flash",
            "version": "001",
            "displayName": "Talker Flash",
            "description": "Talks fast.",
            "inputTokenLimit": 1048576,
            "outputTokenLimit": 65536,
            "supportedGenerationMethods": ["generateContent", "countTokens"],
            "thinking": True,
            "temperature": 1,
        },
        DiscoveredModel(
            upstream_name="talker-flash",
            name="Talker Flash",
            description="Talks fast.",
            context_tokens=1048576,
            output_tokens=65536,
            capabilities=("chat", "reasoning"),
        ),
        id="gemini",
    ),
    pytest.param(
        "gemini",
        {"name": "models/near-001", "supportedGenerationMethods": ["embedContent"]},
        DiscoveredModel(upstream_name="near-001", capabilities=("embeddings",)),
        id="gemini-embedding",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "entry", "model"), _VENDORS)
def test_what_each_vendor_says_is_heard(dialect: Dialect, entry: dict[str, Any], model: DiscoveredModel) -> None:
    assert _read(entry, dialect) == model


# Members that are not what they should be


@pytest.mark.parametrize(
    "name",
    [None, 7, "", " ", "a" * 256, "a\x00b", "a\nb", " a", "a ", "a\u202eb", ["a"], {"a": 1}, True],
)
def test_an_entry_without_a_usable_name_is_none(name: object) -> None:
    assert _read({"id": name}) is None


def test_the_longest_name_is_kept() -> None:
    assert _model({"id": "a" * 255}).upstream_name == "a" * 255


@pytest.mark.parametrize("entry", [None, 1, "talker", [], ["id"], True])
def test_an_entry_that_is_no_object_is_none(entry: object) -> None:
    assert _read(entry) is None


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b'{"id": "\xff"}', id="not-utf-8"),
        pytest.param(b'{"id": "\\ud800"}', id="half-a-pair"),
        pytest.param(b'{"id": NaN}', id="nan"),
        pytest.param(b'{"id": "a", "x": ' + b"[" * 100_000, id="deep"),
        pytest.param(b'{"id": "a", "context_length": ' + b"9" * 10_000 + b"}", id="huge-integer"),
        pytest.param(b'{"id": "a"', id="cut"),
    ],
)
def test_an_entry_that_cannot_be_decoded_is_none_or_read_without(raw: bytes) -> None:
    found = read_entry(msgspec.Raw(raw), "openai")
    assert found in (None, DiscoveredModel(upstream_name="a"))


@pytest.mark.parametrize(
    "number", ["1e9999999999999999999", "1e400", "-1e-400", "0.5", "-1", "0", "true", "1000000001"]
)
def test_a_number_that_counts_no_tokens_is_not_said(number: str) -> None:
    raw = msgspec.Raw(f'{{"id": "a", "context_length": {number}}}'.encode())
    assert read_entry(raw, "openai") == DiscoveredModel(upstream_name="a")


def test_a_whole_number_written_as_a_fraction_counts() -> None:
    assert _model({"id": "a", "context_length": 131072.0}).context_tokens == 131072


@pytest.mark.parametrize(
    "stated",
    ["NaN", "Infinity", "-0.1", "", "free", "1e99", "1e-99", "0" * 29, "1.5", None, True, [], {}],
)
def test_a_price_that_is_none_is_not_said(stated: object) -> None:
    # 1.5 USD a token is 1.5 million for a million of them: a price by another measure
    assert _model({"id": "a", "pricing": {"prompt": stated, "completion": "0"}}).prices is None


@given(st.decimals(min_value=0, max_value=1, places=12))
def test_a_price_per_token_is_exact_per_million(price: Decimal) -> None:
    entry = {"id": "a", "pricing": {"prompt": f"{price:f}", "completion": "0"}}
    prices = _model(entry).prices
    assert prices is not None
    assert prices.input_usd_per_mtok == price * 1_000_000
    assert "E" not in str(prices.input_usd_per_mtok)


@pytest.mark.parametrize(
    "stated", ["yesterday", -1, 10**18, 1.5e300, "2025-13-01", "9999-12-31T23:59:59-23:59", True, [], 735790403]
)
def test_a_day_that_is_none_is_not_said(stated: object) -> None:
    assert _model({"id": "a", "created": stated}).released_on is None


def test_a_description_is_cleaned_and_cut() -> None:
    assert _model({"id": "a", "description": " a\x00b\n" + "c" * 9000}).description == "ab\n" + "c" * 3997


# Pages


def test_a_page_is_found_where_each_dialect_puts_it() -> None:
    assert len(read_page(b'{"object": "list", "data": [{}, {}]}', "openai").entries) == 2
    assert len(read_page(b"[{}, {}, {}]", "openai").entries) == 3
    assert len(read_page(b'{"models": [{}]}', "gemini").entries) == 1
    assert read_page(b"{}", "gemini") == Page(entries=())


@pytest.mark.parametrize(
    ("dialect", "rest", "cursor"),
    [
        ("anthropic", '"has_more": true, "last_id": "m-20"', "m-20"),
        ("anthropic", '"has_more": false, "last_id": "m-20"', None),
        ("anthropic", '"last_id": "m-20"', None),
        ("gemini", '"nextPageToken": "t"', "t"),
        ("gemini", '"nextPageToken": ""', None),
        ("gemini", '"x": 1', None),
        ("openai", '"has_more": true, "last_id": "m-20"', None),
    ],
)
def test_the_next_page_is_where_the_dialect_says(dialect: Dialect, rest: str, cursor: str | None) -> None:
    body = f'{{"data": [], "models": [], {rest}}}'.encode()
    assert read_page(body, dialect).cursor == cursor


@pytest.mark.parametrize("cursor", ["null", '""', "7", "[]", '"a\\nb"', f'"{"a" * 1025}"'])
def test_a_next_page_nowhere_is_no_listing(cursor: str) -> None:
    with pytest.raises(NotAListing, match="another page"):
        read_page(f'{{"data": [], "has_more": true, "last_id": {cursor}}}'.encode(), "anthropic")


_NOT_LISTINGS = [
    pytest.param(b"", "JSON", id="nothing"),
    pytest.param(b"<!doctype html><p>SECRET</p>", "JSON", id="html"),
    pytest.param(b'{"data": [', "JSON", id="cut"),
    pytest.param(b'{"data": NaN}', "JSON", id="nan"),
    pytest.param(b'{"\xff\xfe": []}', "JSON|no list", id="not-utf-8"),
    pytest.param(b"\xef\xbb\xbf{}", "JSON", id="byte-order-mark"),
    pytest.param(b"[" * 1_000_000, "JSON", id="deep"),
    pytest.param(b'{"data":' * 1_000_000, "JSON", id="deep-objects"),
    pytest.param(b"null", "no list", id="null"),
    pytest.param(b'"SECRET"', "no list", id="text"),
    pytest.param(b"7", "no list", id="number"),
    pytest.param(b"{}", "no list", id="empty-object"),
    pytest.param(b'{"error": {"message": "SECRET"}}', "no list", id="error"),
    pytest.param(b'{"data": {"id": "SECRET"}}', "no list", id="data-is-an-object"),
    pytest.param(b'{"data": null}', "no list", id="data-is-null"),
    pytest.param(b"[" + b"{}," * MAX_ENTRIES + b"{}]", "more than 10000", id="too-many"),
]


@pytest.mark.parametrize(("body", "sentence"), _NOT_LISTINGS)
def test_what_is_no_listing_is_told_without_a_quote(body: bytes, sentence: str) -> None:
    with pytest.raises(NotAListing, match=sentence) as failed:
        read_page(body, "openai")
    assert "SECRET" not in str(failed.value)


# Anything at all


_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["chat", "text", "image", "0.1", "-1", "tools"])
)
_KEYS = st.sampled_from(sorted({*_OPENROUTER, "data", "models", "nextPageToken", "has_more", "last_id",
    "prompt", "input", "modality", "input_modalities", "output_modalities", "capabilities", "type", "metadata",
    "tags", "owned_by", "created_at", "display_name", "pdf_input", "supported", "meta", "n_ctx_train"}))  # fmt: skip
_JSON = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=6), max_leaves=25
)


@given(_JSON, st.sampled_from(_DIALECTS))
def test_any_json_is_a_page_or_none(value: object, dialect: Dialect) -> None:
    try:
        page = read_page(json.dumps(value).encode(), dialect)
    except NotAListing:
        return
    for entry in page.entries:
        read_entry(entry, dialect)


@given(st.dictionaries(_KEYS, _JSON, max_size=8), st.sampled_from(_DIALECTS))
def test_any_entry_with_a_name_is_a_model_within_bounds(entry: dict[str, Any], dialect: Dialect) -> None:
    model = _model({**entry, "id": "talker", "name": "models/talker"}, dialect)
    assert model.upstream_name == "talker"
    assert all(count is None or 0 < count <= 10**9 for count in (model.context_tokens, model.output_tokens))
    assert {*model.input_modalities, *model.output_modalities} <= {"text", "image", "audio", "video", "pdf"}
    assert list(model.capabilities) == sorted(set(model.capabilities))
    assert model.prices is None or model.prices.input_usd_per_mtok >= 0


@given(st.binary(max_size=200), st.sampled_from(_DIALECTS))
def test_any_bytes_are_a_page_or_none(body: bytes, dialect: Dialect) -> None:
    with suppress(NotAListing):
        assert read_page(body, dialect).entries is not None
