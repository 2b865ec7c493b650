"""The form of LiteLLM's ``model_prices_and_context_window.json``: model name -> its terms, all providers mixed.

Prices are USD per token there. A name may begin with its provider's (``gemini/gemini-2.5-pro``), which is no part of
what the provider itself calls the model. The row ``sample_spec`` explains the others, and is no model.

Source: LiteLLM's documentation, "Model prices and context window", as of July 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from armillary.domain.catalogue import effort, evident_vendor, usual_effort
from armillary.domain.errors import InvalidRequest
from armillary.domain.imports.accounts import Account, Fate, Record, usd
from armillary.domain.imports.models import ImportedModel, ImportedProvider, ImportFile
from armillary.domain.models import MODALITIES, Effort, Facts
from armillary.domain.prices import Price, Tier

_NAME = "litellm"
_SAMPLE = "sample_spec"
_PER_MTOK = "USD per million tokens"
_PER_TOKEN = 1_000_000
#: Its providers -> our drivers; those that begin so count as well; for another one its own name stands.
_DRIVERS = {
    "anthropic": "anthropic",
    "azure": "azure_openai",
    "bedrock": "bedrock",
    "fireworks_ai": "fireworks",
    "gemini": "gemini",
    "meta_llama": "meta",
    "openai": "openai",
    "openrouter": "openrouter",
    "text-completion-openai": "openai_completions",
    "vertex_ai": "vertex",
}
#: What a mode makes of a model: its tag, and what goes in and out.
_MODES = {
    "audio_speech": ("audio", ("text",), ("audio",)),
    "audio_transcription": ("audio", ("audio",), ("text",)),
    "chat": ("chat", ("text",), ("text",)),
    "completion": ("completion", ("text",), ("text",)),
    "embedding": ("embeddings", ("text",), ("text",)),
    "image_edit": ("images", ("text", "image"), ("image",)),
    "image_generation": ("images", ("text",), ("image",)),
    "moderation": ("moderation", ("text",), ("text",)),
    "realtime": ("realtime", ("text", "audio"), ("text", "audio")),
    "rerank": ("rerank", ("text",), ("text",)),
    "responses": ("chat", ("text",), ("text",)),
    "video_generation": ("video", ("text",), ("video",)),
}
_NOT_CHAT_MODE = ("embedding", "rerank", "moderation")
#: Flags that say what goes in or out.
_INPUTS = {
    "supports_vision": "image",
    "supports_pdf_input": "pdf",
    "supports_audio_input": "audio",
    "supports_video_input": "video",
}
_OUTPUTS = {"supports_audio_output": "audio"}
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_TIERED = re.compile(
    r"(input|output)_cost_per_token_above_(\d+)k_tokens|cache_read_input_token_cost_above_(\d+)k_tokens"
)
_DROPPED = {
    "deprecation_date": "a day of retirement is not kept",
    "max_tokens": "max_input_tokens and max_output_tokens say it",
    "metadata": "remarks are not kept",
    "mode": "not known to this version",
    "output_vector_size": "the length of vectors is not kept",
    "rpm": "a provider's rate limits are not kept",
    "source": "links are not kept",
    "supported_endpoints": "a driver knows its endpoints",
    "supported_modalities": f"the modalities are {', '.join(MODALITIES)}",
    "supported_output_modalities": f"the modalities are {', '.join(MODALITIES)}",
    "supported_regions": "regions are not kept",
    "tiered_pricing": "rates by a range of input are not kept",
    "tool_use_system_prompt_tokens": "not part of a price",
    "tpm": "a provider's rate limits are not kept",
}
_RATE = "there are rates for input, output and cached input tokens only"
_ABILITY = "no capability of ours"


def is_litellm(document: Mapping[str, Any]) -> bool:
    """Whether there is an entry that names its provider as LiteLLM does."""
    return any(isinstance(row, dict) and "litellm_provider" in row for row in document.values())


def read_litellm(document: Mapping[str, Any]) -> ImportFile:
    """The models of a LiteLLM document, by provider. Raises: InvalidRequest, naming the place."""
    account = Account()
    found: dict[str, dict[str, ImportedModel]] = {}
    for name, raw in document.items():
        if name != _SAMPLE:
            record = Record(raw, place=name, prefix="*", account=account)
            key = record.text("litellm_provider", mapped="provider")
            if not key:
                raise InvalidRequest(record.at("litellm_provider"), "names the model's provider")
            _add(found.setdefault(key, {}), key, name, record)
            record.close(_DROPPED | _reasons(record))
    providers = tuple(_provider(key, tuple(models.values())) for key, models in found.items())
    return ImportFile(format=_NAME, providers=providers, fields=account.fields())


def _provider(key: str, models: tuple[ImportedModel, ...]) -> ImportedProvider:
    driver = next((ours for theirs, ours in _DRIVERS.items() if key == theirs or key.startswith(f"{theirs}_")), None)
    if driver is None and key.startswith("vertex_ai-"):
        driver = "vertex"
    name = key.replace("_", " ").replace("-", " ").title()
    return ImportedProvider(key=key, name=name, driver=driver or key.lower(), models=models)


def _add(siblings: dict[str, ImportedModel], key: str, name: str, record: Record) -> None:
    """Two names of one model may differ by the provider before it alone: the second keeps it."""
    short = name.removeprefix(f"{key}/")
    upstream = name if short in siblings else short
    siblings[upstream] = _model(key, upstream, name, record)


def _model(key: str, upstream: str, place: str, record: Record) -> ImportedModel:
    mode = str(record.value("mode") or "")
    tag, given, made = _MODES.get(mode, ("", ("text",), ("text",)))
    if mode in _MODES:
        record.tell("mode", Fate.MAPPED, "capability and modalities")
    inputs = _modalities(record, "supported_modalities", _INPUTS, given)
    outputs = _modalities(record, "supported_output_modalities", _OUTPUTS, made)
    facts = _facts(record, inputs)
    base = _price(record)
    return ImportedModel(
        upstream_name=upstream,
        name=upstream.rpartition("/")[2] or upstream,
        vendor=evident_vendor(key, upstream),
        tags=tuple(_tags(record, tag, facts, inputs)),
        input_modalities=inputs,
        output_modalities=outputs,
        context_tokens=_context(record, mode),
        output_tokens=_output(record, mode),
        facts=facts,
        base=base,
        place=place,
    )


def _context(record: Record, mode: str) -> int | None:
    context = record.tokens("max_input_tokens", mapped="context")
    if context is None and mode in _NOT_CHAT_MODE:
        return record.tokens("max_tokens", mapped="context")
    return context


def _output(record: Record, mode: str) -> int | None:
    output = record.tokens("max_output_tokens")
    if output is None and mode not in _NOT_CHAT_MODE:
        return record.tokens("max_tokens", mapped="most output tokens")
    return output


def _modalities(record: Record, path: str, flags: Mapping[str, str], usual: tuple[str, ...]) -> tuple[str, ...]:
    found = record.value(path) or []
    if not isinstance(found, list):
        raise InvalidRequest(record.at(path), "is an array")
    known = [name for name in found if name in MODALITIES]
    if known:
        record.tell(f"{path}[]", Fate.KEPT, count=len(known))
    flagged = [modality for flag, modality in flags.items() if record.flag(flag, mapped="modality")]
    return tuple(name for name in MODALITIES if name in {*(known or usual), *flagged})


def _facts(record: Record, inputs: tuple[str, ...]) -> Facts:
    efforts = tuple(_efforts(record))
    return Facts(
        attachment=any(name != "text" for name in inputs),
        reasoning=record.flag("supports_reasoning", mapped="capability"),
        tool_call=record.flag("supports_function_calling", mapped="capability"),
        structured_output=record.flag("supports_response_schema", mapped="capability"),
        reasoning_default=usual_effort([one.value for one in efforts]),
        reasoning_efforts=efforts,
    )


def _efforts(record: Record) -> Iterator[Effort]:
    for value in _EFFORTS:
        if record.flag(f"supports_{value}_reasoning_effort", mapped="level of effort"):
            yield effort(value)


def _tags(record: Record, tag: str, facts: Facts, inputs: tuple[str, ...]) -> Iterator[str]:
    caching = record.flag("supports_prompt_caching", mapped="capability")
    if tag:
        yield tag
    if tag == "chat":
        stated = {
            "tools": facts.tool_call,
            "vision": "image" in inputs,
            "structured_output": facts.structured_output,
            "caching": caching,
            "reasoning": facts.reasoning,
        }
        yield from (name for name, holds in stated.items() if holds)


def _price(record: Record) -> Price:
    return Price(
        input=record.amount("input_cost_per_token", _PER_MTOK, times=_PER_TOKEN),
        output=record.amount("output_cost_per_token", _PER_MTOK, times=_PER_TOKEN),
        cached_input=record.amount("cache_read_input_token_cost", _PER_MTOK, times=_PER_TOKEN),
        tiers=tuple(_tiers(record)),
    )


def _tiers(record: Record) -> Iterator[Tier]:
    """A rate that holds above so many tokens; a tier lacks nothing that the base price has."""
    rates: dict[int, dict[str, Decimal]] = {}
    for name, value in record.raw.items():
        match = _TIERED.fullmatch(name)
        if match and value is not None:
            kind = match[1] or "cached_input"
            _, amount = usd(value, record.at(name), times=_PER_TOKEN)
            rates.setdefault(int(match[2] or match[3]) * 1000, {})[kind] = amount
            record.tell(name, Fate.MAPPED, "tier")
    for above, told in sorted(rates.items()):
        into = told.get("input", _million(record, "input_cost_per_token"))
        out = told.get("output", _million(record, "output_cost_per_token"))
        if into is None or out is None:
            raise InvalidRequest(record.at("input_cost_per_token"), "is told where a tier is")
        yield Tier(above_tokens=above, input=into, output=out, cached_input=told.get("cached_input"))


def _million(record: Record, path: str) -> Decimal | None:
    value = record.value(path)
    return None if value is None else usd(value, record.at(path), times=_PER_TOKEN)[1]


def _reasons(record: Record) -> dict[str, str]:
    """Why a member of no known name is dropped, as far as its name tells."""
    reasons: dict[str, str] = {}
    for name in record.raw:
        if "cost" in name:
            reasons[name] = _RATE
        elif name.startswith("supports_"):
            reasons[name] = _ABILITY
    return reasons
