"""Money over time: rates, tiers, and the periods in which they held."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, field

from armillary.dialects.native.schemas.base import Amount, Body, ModelId, Query, Reply, Tokens


class Tier(Reply):
    """The rates that hold once a call's input exceeds `above_tokens`."""

    above_tokens: int
    input_usd_per_mtok: Amount
    output_usd_per_mtok: Amount
    cached_input_usd_per_mtok: Amount | None


class Price(Reply):
    """What a million tokens cost; null is "rate unknown", `"0"` is free."""

    input_usd_per_mtok: Amount | None
    output_usd_per_mtok: Amount | None
    cached_input_usd_per_mtok: Amount | None
    tiers: list[Tier]


class TierTerms(Body):
    """Rates to hold once a call's input exceeds `above_tokens`."""

    above_tokens: Tokens
    input_usd_per_mtok: Amount
    output_usd_per_mtok: Amount
    cached_input_usd_per_mtok: Amount | None = None


class PriceTerms(Body):
    """A price to be, stated whole: a rate that is left out is unknown."""

    input_usd_per_mtok: Amount | None = None
    output_usd_per_mtok: Amount | None = None
    cached_input_usd_per_mtok: Amount | None = None
    tiers: Annotated[list[TierTerms], Meta(max_length=16)] = field(default_factory=list)


class OverrideTerms(Body):
    """The workspace's own rates to be, stated whole: where one is left out the base price holds."""

    input_usd_per_mtok: Amount | None = None
    output_usd_per_mtok: Amount | None = None
    cached_input_usd_per_mtok: Amount | None = None


class Period(Reply):
    """A price, and from when until when it held: the start belongs to it, the end does not; null while it holds."""

    kind: Literal["base", "override"]
    price: Price
    starts_at: datetime
    ends_at: datetime | None


class PricesQuery(Query):
    """Which prices to show."""

    as_of: Annotated[
        str,
        Meta(
            max_length=40,
            extra_json_schema={"pattern": r"^(\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d))?)?$"},
            description="A date (its last moment, UTC) or an instant with an offset: show the price of then alone.",
            examples=["2026-01-31", "2026-01-31T12:00:00Z"],
        ),
    ] = ""


class ModelPrices(Reply):
    """A model's prices: what a call costs at `as_of`, and the periods, the oldest first.

    Without `as_of` in the request, `as_of` is now and `periods` are all there ever were; with it, those that held
    then. `price` is null where the model had no price yet.
    """

    model_id: ModelId
    as_of: datetime
    price: Price | None
    base_price: Price | None
    override_price: Price | None
    periods: list[Period]
