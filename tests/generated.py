"""Hypothesis strategies: records as callers may write them, whole and within their bounds."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from armillary.domain.models import MODALITIES, Effort, Facts, Source
from armillary.domain.prices import Price, Tier

_ALNUM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#: Every character that a text may hold: no NUL, no lone surrogates.
characters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])


def texts(longest: int) -> st.SearchStrategy[str]:
    """Texts as they are kept: without space around."""
    return st.text(characters, max_size=longest).map(str.strip)


names = texts(60).filter(bool)
label_values = st.from_regex(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?", fullmatch=True)
label_names = st.from_regex(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", fullmatch=True)
label_domains = st.from_regex(
    r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?){0,3}", fullmatch=True
)
label_keys = st.one_of(label_names, st.builds("{}/{}".format, label_domains, label_names))
labels = st.dictionaries(label_keys, label_values, max_size=4).map(lambda found: dict(sorted(found.items())))
external_ids = st.from_regex(r"[a-z0-9][-a-z0-9_.:\"'%\\u00e9]{0,30}[a-z0-9]", fullmatch=True).filter(
    lambda s: "\\" not in s
)
amounts = st.integers(0, 10**12).map(lambda units: Decimal(units).scaleb(-8))
instants = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  made aware
tiers = st.builds(
    Tier, above_tokens=st.integers(1, 10**7), input=amounts, output=amounts, cached_input=st.none() | amounts
)
prices = st.builds(
    Price,
    input=st.none() | amounts,
    output=st.none() | amounts,
    cached_input=st.none() | amounts,
    tiers=st.lists(tiers, max_size=2).map(tuple),
)
tags = st.lists(
    st.text(characters, min_size=1, max_size=20).map(str.strip).filter(lambda tag: bool(tag) and tag.isprintable()),
    max_size=4,
    unique=True,
).map(tuple)
modalities = st.lists(st.sampled_from(MODALITIES), max_size=3, unique=True).map(tuple)
tokens = st.none() | st.integers(1, 2**31 - 1)
_FLAGS = ("attachment", "reasoning", "temperature", "tool_call", "structured_output", "open_weights", "tool_search")


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Facts of which any may be unknown."""
    stated, true = draw(st.integers(0, 127)), draw(st.integers(0, 127))
    flags: dict[str, Any] = {name: bool(true >> bit & 1) for bit, name in enumerate(_FLAGS) if stated >> bit & 1}
    return Facts(
        **flags,
        knowledge=draw(st.sampled_from([None, "2025-04", "é"])),
        status=draw(st.sampled_from([None, "active", "preview", "deprecated"])),
        max_media=draw(st.none() | st.integers(1, 100)),
        reasoning_efforts=draw(
            st.sampled_from(
                [
                    (),
                    (Effort(value="low", name="Low"), Effort(value="high", name="")),
                ]
            )
        ),
        supported_parameters=draw(st.sampled_from([(), ("temperature", "top_p")])),
    )


#: A few labels, quick to draw; ``labels`` has every form that a label may have.
some_labels = st.dictionaries(
    st.sampled_from(["a", "tier", "example.com/x_1"]), st.sampled_from(["", "gold", "a.B-c_d"]), max_size=3
).map(lambda found: dict(sorted(found.items())))


@st.composite
def model_members(draw: st.DrawFn) -> dict[str, Any]:
    """What may be said of a model, all but who it is and whose."""
    tagged = draw(tags)
    return {
        "name": draw(names),
        "description": draw(texts(100)),
        "vendor": draw(texts(20)),
        "family": draw(texts(20)),
        "enabled": draw(st.booleans()),
        "favourite": draw(st.booleans()),
        "source": draw(st.sampled_from(Source)),
        "tags": tagged,
        "details": {tag: {"limit": draw(st.integers(0, 9))} for tag in tagged[:1]},
        "input_modalities": draw(modalities),
        "output_modalities": draw(modalities),
        "context_tokens": draw(tokens),
        "input_tokens": draw(tokens),
        "output_tokens": draw(tokens),
        "facts": draw(facts()),
        "base": draw(prices),
        "override": Price(input=draw(st.none() | amounts), output=draw(st.none() | amounts)),
        "labels": draw(some_labels),
        "bundle": draw(texts(20)),
    }
