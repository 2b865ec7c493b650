"""The form of the public models.dev catalogue: provider id -> provider, whose ``models`` are model id -> model.

Source: https://models.dev, its ``api.json`` as of July 2026.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from armillary.domain.catalogue import effort, evident_vendor, usual_effort
from armillary.domain.errors import InvalidRequest
from armillary.domain.imports.accounts import Account, Fate, Record, is_tokens, usd
from armillary.domain.imports.models import ImportedModel, ImportedProvider, ImportFile
from armillary.domain.models import MODALITIES, Effort, Facts
from armillary.domain.prices import Price, Tier

_NAME = "models.dev"
#: The adapter that a provider is called through there -> our driver; for another one the provider's id stands.
_DRIVERS = {
    "@ai-sdk/amazon-bedrock": "bedrock",
    "@ai-sdk/anthropic": "anthropic",
    "@ai-sdk/azure": "azure_openai",
    "@ai-sdk/google": "gemini",
    "@ai-sdk/google-vertex": "vertex",
    "@ai-sdk/google-vertex/anthropic": "vertex",
    "@ai-sdk/openai": "openai",
    "@ai-sdk/openai-compatible": "openai_completions",
    "@openrouter/ai-sdk-provider": "openrouter",
}
_PROVIDER_DROPPED = {
    "api": "a placeholder, no address",
    "doc": "where to read about a provider is not kept",
    "env": "credentials are never read from the environment",
}
_NO_RATE = "there are rates for input, output and cached input only"
_MODEL_DROPPED = {
    "benchmarks": "what others measured is not kept",
    "cost": _NO_RATE,
    "cost.tiers[].tier": "rates are tiered by the input's length only",
    "experimental": "other terms of service of the same model are not kept",
    "interleaved": "how thoughts are sent back is the driver's business",
    "links": "links are not kept",
    "modalities": f"the modalities are {', '.join(MODALITIES)}",
    "provider": "a model is called as its provider is",
    "reasoning_options": "levels of effort are kept, and whether there is a budget; not its bounds, nor a switch",
    "weights": "links are not kept",
}
_STATUS = {"alpha": "preview", "beta": "preview"}
#: What a name gives away of a model that does not chat. Source: contracts/everruns.md, 3.1, "Sync".
_BY_NAME = {"embed": "embeddings", "rerank": "rerank", "realtime": "realtime"}
_MOST_LEVELS, _LONGEST_LEVEL = 16, 32
_BY_OUTPUT = {"image": "images", "audio": "audio", "video": "video"}


def is_models_dev(document: Mapping[str, Any]) -> bool:
    """Whether the first entry is a provider with models."""
    first = next(iter(document.values()))
    return isinstance(first, dict) and isinstance(first.get("models"), dict)


def read_models_dev(document: Mapping[str, Any]) -> ImportFile:
    """The providers of a models.dev document. Raises: InvalidRequest, naming the place."""
    account = Account()
    providers = tuple(_provider(key, raw, account) for key, raw in document.items())
    return ImportFile(format=_NAME, providers=providers, fields=account.fields())


def _provider(key: str, raw: object, account: Account) -> ImportedProvider:
    whole = raw if isinstance(raw, dict) else {}
    models = whole.get("models")
    if not isinstance(models, dict):
        raise InvalidRequest(f"{key}.models", "is an object")
    alone = {name: value for name, value in whole.items() if name != "models"}
    record = Record(alone, place=key, prefix="*", account=account)
    told = record.text("id") or key
    imported = ImportedProvider(
        key=told,
        name=record.text("name") or told,
        driver=_DRIVERS.get(record.text("npm", mapped="driver"), told.lower()),
        base_url=_base_url(record),
        models=tuple(_model(told, name, model, account) for name, model in models.items()),
    )
    record.close(_PROVIDER_DROPPED)
    return imported


def _base_url(record: Record) -> str:
    address = record.value("api")
    if isinstance(address, str) and "$" in address:
        return ""
    return record.text("api", mapped="base URL")


def _model(provider: str, name: str, raw: object, account: Account) -> ImportedModel:
    record = Record(raw, place=f"{provider}.models.{name}", prefix="*.models.*", account=account)
    upstream = record.text("id") or name
    inputs, outputs = _modalities(record, "input"), _modalities(record, "output")
    facts = _facts(record, inputs)
    base = _price(record)
    mode = _reasoning_mode(record)
    imported = ImportedModel(
        upstream_name=upstream,
        name=record.text("name") or upstream,
        vendor=evident_vendor(provider, upstream),
        family=record.text("family"),
        tags=tuple(_tags(upstream, facts, inputs, outputs, base)),
        details={"reasoning": {"mode": mode}} if mode and facts.reasoning else {},
        input_modalities=inputs,
        output_modalities=outputs,
        context_tokens=record.tokens("limit.context"),
        input_tokens=record.tokens("limit.input"),
        output_tokens=record.tokens("limit.output"),
        facts=facts,
        base=base,
        place=f"{provider}.models.{name}",
    )
    record.close(_MODEL_DROPPED)
    return imported


def _modalities(record: Record, direction: str) -> tuple[str, ...]:
    path = f"modalities.{direction}"
    found = record.value(path) or []
    if not isinstance(found, list):
        raise InvalidRequest(record.at(path), "is an array")
    known = [name for name in found if name in MODALITIES]
    if known:
        record.tell(f"{path}[]", Fate.KEPT, count=len(known))
    return tuple(dict.fromkeys(known))


def _facts(record: Record, inputs: tuple[str, ...]) -> Facts:
    efforts = _efforts(record)
    attachment = record.flag("attachment")
    return Facts(
        attachment=any(name != "text" for name in inputs) if attachment is None else attachment,
        reasoning=record.flag("reasoning"),
        temperature=record.flag("temperature"),
        tool_call=record.flag("tool_call"),
        structured_output=record.flag("structured_output"),
        open_weights=record.flag("open_weights"),
        knowledge=record.text("knowledge") or None,
        release_date=record.text("release_date") or None,
        last_updated=record.text("last_updated") or None,
        status=_status(record),
        reasoning_default=usual_effort([one.value for one in efforts]),
        reasoning_efforts=efforts,
    )


def _status(record: Record) -> str | None:
    preview = _STATUS.get(str(record.value("status")), "")
    told = record.text("status", mapped=preview)
    return preview or told or None


def _options(record: Record) -> Iterator[Mapping[str, Any]]:
    options = record.value("reasoning_options") or []
    if not isinstance(options, list) or not all(isinstance(option, dict) for option in options):
        raise InvalidRequest(record.at("reasoning_options"), "is an array of objects")
    yield from options


def _efforts(record: Record) -> tuple[Effort, ...]:
    values: list[str] = []
    for option in _options(record):
        levels = option.get("values")
        if option.get("type") == "effort" and isinstance(levels, list):
            values.extend(level for level in levels if isinstance(level, str) and 0 < len(level) <= _LONGEST_LEVEL)
    del values[_MOST_LEVELS:]
    if values:
        record.tell("reasoning_options[].values[]", Fate.KEPT, count=len(values))
    return tuple(effort(value) for value in dict.fromkeys(values))


def _reasoning_mode(record: Record) -> str | None:
    """A model that takes levels of effort decides itself how long to think; else it may take a budget."""
    kinds = [kind for option in _options(record) if (kind := option.get("type")) in ("effort", "budget_tokens")]
    if not kinds:
        return None
    record.tell("reasoning_options[].type", Fate.MAPPED, "reasoning mode", len(kinds))
    return "adaptive" if "effort" in kinds else "budget"


def _tags(upstream: str, facts: Facts, inputs: tuple[str, ...], outputs: tuple[str, ...], base: Price) -> Iterator[str]:
    other = next((tag for part, tag in _BY_NAME.items() if part in upstream.lower()), None)
    if other is None and outputs and "text" not in outputs:
        other = _BY_OUTPUT.get(outputs[0])
    if other is not None:
        yield other
        return
    yield "chat"
    stated = {
        "tools": facts.tool_call,
        "vision": "image" in inputs,
        "structured_output": facts.structured_output,
        "temperature": facts.temperature,
        "caching": base.cached_input is not None,
        "reasoning": facts.reasoning,
    }
    yield from (tag for tag, holds in stated.items() if holds)


def _price(record: Record) -> Price:
    cached = record.amount("cost.cache_read")
    for other in ("cost.cache_input", "cost.cached_input"):
        cached = record.amount(other, mapped="cached input") if cached is None else cached
    return Price(
        input=(given := record.amount("cost.input")),
        output=(made := record.amount("cost.output")),
        cached_input=cached,
        tiers=tuple(sorted(_tiers(record, given, made), key=lambda tier: tier.above_tokens)),
    )


def _tiers(record: Record, given: Decimal | None, made: Decimal | None) -> Iterator[Tier]:
    tiers = record.value("cost.tiers") or []
    if not isinstance(tiers, list):
        raise InvalidRequest(record.at("cost.tiers"), "is an array")
    for number, tier in enumerate(tiers):
        place = f"cost.tiers[{number}]"
        if not isinstance(tier, dict) or not isinstance(tier.get("tier"), dict):
            raise InvalidRequest(record.at(place), "is an object with a tier")
        read = _tier(record, tier, place, given, made)
        if read is not None:
            yield read


def _tier(
    record: Record, tier: Mapping[str, Any], place: str, given: Decimal | None, made: Decimal | None
) -> Tier | None:
    """The tier; None where it is of another kind than the input's length, and so is dropped."""
    size, kind = tier["tier"].get("size"), tier["tier"].get("type")
    if not (kind is None or kind == "context") or not is_tokens(size):
        return None
    rates: dict[str, Decimal] = {}
    for name in ("input", "output", "cache_read"):
        if tier.get(name) is not None:
            exact, rates[name] = usd(tier[name], record.at(f"{place}.{name}"))
            record.tell(f"cost.tiers[].{name}", *((Fate.KEPT, "") if exact else (Fate.MAPPED, "rounded")))
    if kind is not None:
        record.tell("cost.tiers[].tier.type", Fate.KEPT)
    record.tell("cost.tiers[].tier.size", Fate.MAPPED, "above so many input tokens")
    into, out = rates.get("input", given), rates.get("output", made)
    if into is None or out is None:
        raise InvalidRequest(record.at(place), "has rates for input and output")
    return Tier(above_tokens=size, input=into, output=out, cached_input=rates.get("cache_read"))
