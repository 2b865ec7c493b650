"""What a provider's own list of models changes in the registry. Source: contracts/everruns.md, 3.1, "Sync".

Curated facts win member by member, what the provider says fills the gaps, what was edited by hand stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from armillary.domain.discovery import DiscoveredModel, DiscoveredPrices
from armillary.domain.labels import slug
from armillary.domain.models import DERIVED, NO_FACTS, Facts, Model, Source, checked
from armillary.domain.prices import FRACTION_DIGITS, UNPRICED, Price
from armillary.domain.providers import Provider

#: How many models a workspace's first sync enables, and how many of those it makes favourites.
MOST_ENABLED, MOST_FAVOURITES = 8, 3
_FINEST = Decimal(1).scaleb(-FRACTION_DIGITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """What became of a sync; nothing where the provider has no list to ask for."""

    supported: bool = True
    created: int = 0
    updated: int = 0
    stale: int = 0


def heard(found: DiscoveredModel, curated: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a listed model: member -> value, of those in ``domain.models.DERIVED``.

    Args:
        found: what the provider says.
        curated: what the catalogue says, likewise by member.
    """
    told = {
        "name": found.name,
        "description": found.description,
        "tags": found.capabilities,
        "input_modalities": found.input_modalities,
        "output_modalities": found.output_modalities,
        "context_tokens": found.context_tokens,
        "output_tokens": found.output_tokens,
        "base": _price(found.prices) if found.prices else UNPRICED,
    }
    known: dict[str, Any] = {name: value for name, value in told.items() if value}
    known |= {name: value for name, value in curated.items() if name in DERIVED and value}
    known["facts"] = _facts(found, curated.get("facts", NO_FACTS))
    return {"name": found.upstream_name, **known}


def _facts(found: DiscoveredModel, curated: Facts) -> Facts:
    told = Facts(
        reasoning="reasoning" in found.capabilities or None,
        tool_call="tools" in found.capabilities or None,
        structured_output="structured_output" in found.capabilities or None,
        release_date=found.released_on.isoformat() if found.released_on else None,
    )
    gaps = [one.name for one in fields(Facts) if getattr(curated, one.name) in {None, ()}]
    return replace(curated, **{name: getattr(told, name) for name in gaps})


def _price(prices: DiscoveredPrices) -> Price:
    return Price(
        input=_amount(prices.input_usd_per_mtok),
        output=_amount(prices.output_usd_per_mtok),
        cached_input=_amount(prices.cached_input_usd_per_mtok),
    )


def _amount(amount: Decimal | None) -> Decimal | None:
    """The amount as fine as prices are kept: providers state some to a digit more."""
    if amount is None or amount == amount.quantize(_FINEST):
        return amount
    return amount.quantize(_FINEST).normalize()


def discovered(  # noqa: PLR0913  what a model is made of
    found: DiscoveredModel,
    known: Mapping[str, Any],
    *,
    identity: UUID,
    seq: int,
    provider: Provider,
    by: UUID,
    at: datetime,
) -> Model:
    """The model that a provider lists for the first time: disabled, until somebody wants it.

    Raises: InvalidRequest, naming the member that breaks its bound.
    """
    vendor = known.get("vendor", "") or provider.driver
    return checked(
        Model(
            id=identity,
            seq=seq,
            workspace=provider.workspace,
            provider=provider.id,
            upstream_name=found.upstream_name,
            source=Source.DISCOVERED,
            external_id=slug(f"{vendor} {found.upstream_name}"),
            created_by=by,
            created_at=at,
            updated_at=at,
            last_seen_at=at,
            **known,
        )
    )


def bootstrapped(models: Iterable[Model]) -> list[Model]:
    """The best models that chat and call tools, enabled, the very best of them favourites; best first.

    A workspace without an enabled chat model gets them with its first credential, so that it can be used at once.
    """
    fit = [model for model in models if model.source is Source.DISCOVERED and model.is_chat and _calls_tools(model)]
    best = sorted(fit, key=_worth, reverse=True)[:MOST_ENABLED]
    return [
        replace(model, enabled=True, favourite=model.favourite or place < MOST_FAVOURITES)
        for place, model in enumerate(best)
    ]


def _calls_tools(model: Model) -> bool:
    return model.facts.tool_call is True or "tools" in model.tags


def _worth(model: Model) -> tuple[bool, bool, str, int, int]:
    """Sorts better models after others: those in service, those the catalogue knows, the newest, the roomiest."""
    in_service = model.facts.status != "deprecated"
    room = model.context_tokens or model.input_tokens or 0
    return in_service, bool(model.family), model.facts.release_date or "", room, -model.seq


def unseen(models: Sequence[Model], listed: Iterable[str]) -> int:
    """How many discovered models the provider does not list any more: they are stale, and stay."""
    names = frozenset(listed)
    return sum(1 for model in models if model.source is Source.DISCOVERED and model.upstream_name not in names)
