"""What a provider's own list of models changes in the registry."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.discovery import DiscoveredModel, DiscoveredPrices
from armillary.domain.models import Facts, Source
from armillary.domain.prices import Price, checked_amount
from armillary.domain.syncs import MOST_ENABLED, MOST_FAVOURITES, bootstrapped, discovered, heard, unseen
from tests.builders import NOON, a_model, a_provider

_SAID = DiscoveredModel(
    upstream_name="acme/m-1",
    name="M One",
    description="Theirs.",
    context_tokens=1000,
    capabilities=("chat", "tools"),
    prices=DiscoveredPrices(input_usd_per_mtok=Decimal(1), output_usd_per_mtok=Decimal(2)),
    released_on=date(2026, 1, 1),
)


def test_the_curated_word_wins_and_the_providers_fills_the_gaps() -> None:
    curated = {"name": "Curated", "family": "m", "context_tokens": None, "facts": Facts(reasoning=True)}
    known = heard(_SAID, curated)
    assert (known["name"], known["family"]) == ("Curated", "m")
    assert (known["context_tokens"], known["description"]) == (1000, "Theirs.")
    assert known["facts"] == Facts(reasoning=True, tool_call=True, release_date="2026-01-01")
    assert known["base"] == Price(input=Decimal(1), output=Decimal(2))


@pytest.mark.parametrize(
    ("found", "curated", "name"),
    [
        pytest.param(_SAID, {"name": "Curated"}, "Curated", id="curated"),
        pytest.param(_SAID, {}, "M One", id="the-providers"),
        pytest.param(DiscoveredModel(upstream_name="bare"), {}, "bare", id="upstream-name"),
    ],
)
def test_a_model_is_named(found: DiscoveredModel, curated: dict[str, Any], name: str) -> None:
    assert heard(found, curated)["name"] == name


def test_what_nobody_says_takes_nothing_away() -> None:
    assert set(heard(DiscoveredModel(upstream_name="bare"), {})) == {"name", "facts"}


@given(st.decimals(0, 10**6, allow_nan=False, places=12))
def test_every_stated_price_can_be_kept(amount: Decimal) -> None:
    found = DiscoveredModel(
        upstream_name="m", prices=DiscoveredPrices(input_usd_per_mtok=amount, output_usd_per_mtok=amount)
    )
    base = heard(found, {}).get("base", Price(input=Decimal(0)))
    assert base.input is not None
    assert abs(checked_amount(base.input, "base") - amount) <= Decimal("0.5E-8")


def test_a_discovered_model_begins_disabled() -> None:
    provider = a_provider(driver="openrouter")
    model = discovered(_SAID, heard(_SAID, {}), identity=UUID(int=5), seq=7, provider=provider, by=UUID(int=9), at=NOON)
    assert (model.enabled, model.favourite, model.source) == (False, False, Source.DISCOVERED)
    assert (model.external_id, model.last_seen_at, model.edited) == ("openrouter-acme-m-1", NOON, frozenset())


def test_the_newest_tool_calling_chat_models_are_enabled() -> None:
    def found(number: int, **members: Any) -> Any:
        facts = Facts(tool_call=True, release_date=f"2026-01-{number:02}", status=members.pop("status", None))
        return a_model(**{"seq": number, "source": Source.DISCOVERED, "tags": ("chat",), "facts": facts, **members})

    fit = [found(number) for number in range(1, 13)]
    unfit = [
        found(20, tags=("embeddings",)),
        found(21, facts=Facts(release_date="2026-02-01")),
        found(22, source=Source.MANUAL),
        found(23, status="deprecated"),
    ]
    chosen = bootstrapped([*unfit, *fit])
    assert [model.seq for model in chosen] == list(range(12, 12 - MOST_ENABLED, -1))
    assert all(model.enabled for model in chosen)
    assert [model.favourite for model in chosen].count(True) == MOST_FAVOURITES
    assert chosen[0].favourite


@given(st.lists(st.tuples(st.sampled_from(Source), st.booleans())))
def test_only_discovered_models_go_stale(found: list[tuple[Source, bool]]) -> None:
    held = [a_model(source=source, upstream_name=str(number)) for number, (source, _) in enumerate(found)]
    listed = [str(number) for number, (_, seen) in enumerate(found) if seen]
    assert unseen(held, listed) == sum(source is Source.DISCOVERED and not seen for source, seen in found)
