"""Generated registry records, in the normal form that the domain keeps them in."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from armillary.domain.models import MODALITIES, Effort, Facts, Model, Registered, Source
from armillary.domain.prices import Price, Tier
from armillary.domain.providers import CredentialShape, Provider, ProviderStatus

#: No control characters and no lone surrogates: neither comes through a JSON body into the registry.
_CHARACTERS = st.characters(blacklist_categories=("Cs", "Cc"))
labels = st.text(_CHARACTERS, min_size=1, max_size=40).map(str.strip).filter(bool)
texts = st.text(_CHARACTERS, max_size=60).map(str.strip)
uuids = st.uuids(version=4) | st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number))
instants = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  made aware
tags = st.lists(
    st.sampled_from(
        ["chat", "tools", "vision", "reasoning", "embeddings", "temperature", "structured_output", "ünïc☃de"]
    ),
    unique=True,
    max_size=6,
).map(tuple)
modalities = st.lists(st.sampled_from(MODALITIES), unique=True, max_size=5).map(tuple)
vendors = st.sampled_from(["", "openai", "google", "qwen", "alibaba", "xai", "mistral", "deepseek", "llmsim", "nobody"])
tokens = st.none() | st.integers(1, 2**31 - 1)
amounts = (
    st.decimals(0, 10**6, places=8)
    | st.integers(0, 10**9).map(Decimal)
    | st.sampled_from([Decimal(0), Decimal("0E-8"), Decimal("3E+2"), Decimal("0.00000001"), Decimal("7.50")])
)
tiers = st.builds(
    Tier, above_tokens=st.integers(1, 2**31 - 1), input=amounts, output=amounts, cached_input=st.none() | amounts
)
prices = st.builds(
    Price,
    input=st.none() | amounts,
    output=st.none() | amounts,
    cached_input=st.none() | amounts,
    tiers=st.lists(tiers, max_size=2).map(tuple),
)
_LEVELS = ["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"]
efforts = st.lists(st.builds(Effort, value=st.sampled_from(_LEVELS), name=labels), max_size=4).map(tuple)
_flags = st.none() | st.booleans()
facts = st.builds(
    Facts,
    attachment=_flags,
    reasoning=_flags,
    temperature=_flags,
    tool_call=_flags,
    structured_output=_flags,
    open_weights=_flags,
    supports_phases=_flags,
    tool_search=_flags,
    knowledge=st.none() | st.just("2025-03"),
    release_date=st.none() | st.just("2025-11-01"),
    last_updated=st.none() | st.just("2025-12-01"),
    max_media=st.none() | st.integers(0, 1000),
    reasoning_default=st.none() | st.sampled_from(_LEVELS),
    reasoning_efforts=efforts,
    supported_parameters=st.lists(labels, max_size=3).map(tuple),
)
#: What a provider's JSON options may hold.
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
header_names = st.sampled_from(["x-team", "X-Title", "http_referer", "x.trace"])
options = st.dictionaries(texts.filter(lambda name: name != "headers"), _json, max_size=3) | st.builds(
    lambda headers: {"headers": headers}, st.dictionaries(header_names, st.just("value"), max_size=3)
)
credentials = st.none() | st.sampled_from(
    [CredentialShape(kind="api_key", members=("api_key",)), CredentialShape(kind="parts", members=("id", "secret"))]
)
providers = st.builds(
    Provider,
    id=uuids,
    workspace=uuids,
    name=labels,
    driver=st.sampled_from(["openai", "llmsim", "anthropic", "somebody-new"]),
    base_url=st.sampled_from(["", "https://models.example/v1", "http://127.0.0.1:8000"]),
    status=st.sampled_from(ProviderStatus),
    managed=st.booleans(),
    credential=credentials,
    request_options=options,
    trace=st.none() | st.booleans() | st.just({"sampling": 0.5}),
    created_by=uuids,
    created_at=instants,
    updated_at=instants,
    last_synced_at=st.none() | instants,
)


@st.composite
def models(draw: st.DrawFn, /, **members: Any) -> Model:
    """A model; ``members`` are strategies or values for what the test is about."""
    given: dict[str, Any] = {
        "id": uuids,
        "seq": 1,
        "workspace": uuids,
        "provider": uuids,
        "upstream_name": labels,
        "name": labels,
        "description": texts,
        "vendor": vendors,
        "family": texts,
        "enabled": st.booleans(),
        "favourite": st.booleans(),
        "source": st.sampled_from(Source),
        "tags": tags,
        "input_modalities": modalities,
        "output_modalities": modalities,
        "context_tokens": tokens,
        "input_tokens": tokens,
        "output_tokens": tokens,
        "facts": facts,
        "base": prices,
        "override": st.just(Price()) | prices,
        "created_by": uuids,
        "created_at": instants,
        "updated_at": instants,
        "last_seen_at": st.none() | instants,
        **members,
    }
    drawn = {name: draw(value) if isinstance(value, st.SearchStrategy) else value for name, value in given.items()}
    return Model(**drawn)


@st.composite
def registered(draw: st.DrawFn) -> Registered:
    """A model beside its provider."""
    provider = draw(providers)
    return Registered(model=draw(models(provider=provider.id)), provider=provider)


@st.composite
def bare_models(draw: st.DrawFn) -> Model:
    """A model of which nothing is known but how it is called."""
    return draw(
        models(
            description="",
            family="",
            input_modalities=(),
            output_modalities=(),
            context_tokens=None,
            input_tokens=None,
            output_tokens=None,
            facts=Facts(),
            base=Price(),
            override=Price(),
        )
    )
