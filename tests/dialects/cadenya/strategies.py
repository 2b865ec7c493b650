"""Generated models as any dialect may leave them, and what a Cadenya client may write of one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from armillary.dialects.cadenya.schemas.models import CapabilityType
from armillary.domain.models import Model, Registered, Source
from armillary.domain.prices import Price
from armillary.domain.providers import CredentialShape, Management, Provider
from tests.builders import a_model, a_provider

texts = st.text(st.characters(exclude_categories=["C"]), max_size=20).map(str.strip)
names = texts.filter(bool)
tokens = st.none() | st.integers(1, 2**31 - 1)
amounts = st.none() | st.decimals(0, 10**6, places=8)
prices = st.builds(Price, input=amounts, output=amounts, cached_input=amounts)
external_ids = st.from_regex(r"([a-z0-9][A-Za-z0-9._:-]{0,9})?", fullmatch=True)
labels = st.dictionaries(st.from_regex(r"[a-z]{1,5}(_[a-z]{1,3})?", fullmatch=True), st.just("v"), max_size=3)
#: Tags of ours: the seven knobs, and others that Cadenya has no word for.
KNOBS = ("temperature", "top_p", "top_k", "stop_sequences", "max_output_tokens", "caching", "reasoning")
OTHERS = ("chat", "tools", "vision", "embeddings", "max_output", "Reasoning", "stopSequences")
tags = st.lists(st.sampled_from(KNOBS + OTHERS), unique=True).map(tuple)
details = st.fixed_dictionaries(
    {},
    optional={
        "stop_sequences": st.sampled_from([{"limit": limit} for limit in (4, 0, "four", -1, True)] + [{}]),
        "reasoning": st.sampled_from([{"mode": mode} for mode in ("adaptive", "budget", "", "odd", 7)] + [{}]),
        "vision": st.just({"max_media": 3}),
    },
)
drivers = st.sampled_from(
    ["openai", "openrouter", "anthropic", "gemini", "openai_completions", "vertex", "bedrock", "groq", "llmsim", "Ü"]
)
settings = st.dictionaries(
    st.sampled_from(["region", "organization_id", "project_id", "location", "other"]),
    texts | st.integers() | st.none(),
    max_size=4,
)
shapes = st.none() | st.sampled_from(
    [
        CredentialShape(kind="api_key", members=("api_key",)),
        CredentialShape(kind="headers", members=("X-Key", "X-Other")),
        CredentialShape(kind="aws_access_key", members=("access_key_id", "secret_access_key")),
        CredentialShape(kind="google_service_account", members=("json",)),
        CredentialShape(kind="parts", members=("id", "secret")),
    ]
)


@st.composite
def providers(draw: st.DrawFn) -> Provider:
    return a_provider(
        name=draw(names),
        driver=draw(drivers),
        base_url=draw(st.sampled_from(["", "https://models.example/v1"])),
        managed=draw(st.booleans()),
        management=draw(st.sampled_from(Management)),
        credential=draw(shapes),
        config=draw(settings),
        labels=draw(labels),
        external_id=draw(external_ids),
    )


@st.composite
def models(draw: st.DrawFn) -> Model:
    return a_model(
        name=draw(names),
        upstream_name=draw(names),
        vendor=draw(texts),
        family=draw(texts),
        enabled=draw(st.booleans()),
        source=draw(st.sampled_from(Source)),
        tags=draw(tags),
        details=draw(details),
        context_tokens=draw(tokens),
        input_tokens=draw(tokens),
        output_tokens=draw(tokens),
        base=draw(prices),
        override=draw(st.just(Price()) | prices),
        labels=draw(labels),
        external_id=draw(external_ids),
    )


registered = st.builds(Registered, model=models(), provider=providers())

_payloads: dict[CapabilityType, st.SearchStrategy[Any]] = {
    CapabilityType.STOP_SEQUENCES: st.fixed_dictionaries({"limit": st.integers(0, 2**31 - 1)}),
    CapabilityType.REASONING: st.fixed_dictionaries(
        {"mode": st.sampled_from(["MODE_ADAPTIVE", "MODE_BUDGET", "MODE_UNSPECIFIED"])}
    ),
}


def _capability(kind: CapabilityType) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(kind.value), kind.value: _payloads.get(kind, st.just({}))})


def _plain(amount: Decimal) -> str:
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


capabilities = st.lists(st.sampled_from(CapabilityType), unique=True).flatmap(
    lambda kinds: st.tuples(*map(_capability, kinds)).map(list)
)
#: A price on the wire, in the spelling that replies have.
cents = st.decimals(0, 10**8, places=6).map(_plain)
counts = st.integers(0, 2**31 - 1)


specs = st.fixed_dictionaries(
    {
        "provider": names,
        "family": texts,
        "providerModelId": names,
        "maxInputTokens": counts,
        "maxOutputTokens": counts,
        "inputPricePerMillionTokens": cents,
        "outputPricePerMillionTokens": cents,
        "cachedInputPricePerMillionTokens": cents,
        "capabilities": capabilities,
    }
)
