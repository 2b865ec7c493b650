"""Prices: US dollars in the domain, cents on the wire, per million tokens either way.

Source: contracts/cadenya.md, 1.4 and 3.2. Without a rate the base says "0"; in an override "0" is free.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from msgspec import UNSET, UnsetType

from armillary.dialects.cadenya.schemas.models import BasePricing, PricingOverride
from armillary.domain.errors import InvalidRequest
from armillary.domain.prices import Price, plain

_CENTS = re.compile(r"0*[0-9]{1,11}(?:\.[0-9]{1,6}0*)?")


def usd(cents: Decimal, field: str) -> Decimal:
    """The same price in dollars, exactly. Raises: InvalidRequest (``field``)."""
    if not _CENTS.fullmatch(format(cents, "f")):
        raise InvalidRequest(field, "must be cents per million tokens: zero or more, at most six fraction digits")
    return cents.scaleb(-2)


def cents(amount: Decimal) -> str:
    """The same price in cents, in plain notation: ``7.5``, ``300``, ``0``."""
    return plain(amount.scaleb(2))


def rate(amount: Decimal | None) -> str:
    """A rate of the base or in force: "0" where it is unknown."""
    return "0" if amount is None else cents(amount)


def base_price(
    input_cents: Decimal | UnsetType, output_cents: Decimal | UnsetType, cached_cents: Decimal | UnsetType
) -> Price | UnsetType:
    """The base that a caller states, "0" or nothing for what is unknown; UNSET where it states none at all.

    Raises: InvalidRequest.
    """
    stated = {"input": input_cents, "output": output_cents, "cached_input": cached_cents}
    if all(isinstance(amount, UnsetType) for amount in stated.values()):
        return UNSET
    amounts: dict[str, Any] = {
        name: usd(amount, f"base.{name}") or None for name, amount in stated.items() if isinstance(amount, Decimal)
    }
    return Price(**amounts)


def base_pricing(price: Price) -> BasePricing:
    """The base as a reply shows it."""
    return BasePricing(
        input_price_per_million_tokens=rate(price.input),
        output_price_per_million_tokens=rate(price.output),
        cached_input_price_per_million_tokens=rate(price.cached_input),
    )


def pricing_override(price: Price) -> PricingOverride | UnsetType:
    """The override as a reply shows it; UNSET where nothing is overridden."""
    if price.input is None and price.output is None and price.cached_input is None:
        return UNSET
    return PricingOverride(
        input_price_per_million_tokens=_overridden(price.input),
        output_price_per_million_tokens=_overridden(price.output),
        cached_input_price_per_million_tokens=_overridden(price.cached_input),
    )


def _overridden(amount: Decimal | None) -> str | UnsetType:
    return UNSET if amount is None else cents(amount)
