"""Money: what a model's tokens cost, in periods that are closed and opened, never overwritten.

Every amount is a ``Decimal`` in US dollars per million tokens. None is *rate unknown*; zero is free.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from armillary.domain.errors import InvalidRequest

#: Cadenya takes up to six fraction digits of a cent, hence eight of a dollar (contracts/cadenya.md, 1.4).
FRACTION_DIGITS = 8
_MOST = Decimal(10) ** 9


class PriceKind(StrEnum):
    """Where a price comes from: the catalogue, or a workspace's own terms that take precedence."""

    BASE = "base"
    OVERRIDE = "override"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """The rates that hold once a call's input exceeds ``above_tokens``."""

    above_tokens: int
    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Rates in USD per million tokens; None where unknown (base) or not overridden (override)."""

    input: Decimal | None = None
    output: Decimal | None = None
    cached_input: Decimal | None = None
    tiers: tuple[Tier, ...] = ()

    def __bool__(self) -> bool:
        return self != UNPRICED


UNPRICED = Price()


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A price, and from when until when it held; ``ends_at`` is None while it holds."""

    kind: PriceKind
    price: Price
    starts_at: datetime
    ends_at: datetime | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Whether the period covers the moment: its start belongs to it, its end does not."""
        return self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)


def checked_amount(amount: Decimal, field: str) -> Decimal:
    """The amount, normalised. Raises: InvalidRequest where it is negative, not finite, too large or too fine."""
    if not amount.is_finite() or amount < 0:
        raise InvalidRequest(field, "is a decimal number, zero or more")
    if amount > _MOST:
        raise InvalidRequest(field, f"is more than {_MOST} USD per million tokens")
    exponent = amount.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -FRACTION_DIGITS:
        raise InvalidRequest(field, f"has more than {FRACTION_DIGITS} fraction digits of a dollar")
    return amount


def plain(amount: Decimal) -> str:
    """The amount without exponent and without trailing zeros: ``7.5``, ``300``, ``0``."""
    text = format(amount, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def effective(base: Price, override: Price) -> Price:
    """What a call costs: member by member the override where it has one, else the base."""
    return Price(
        input=base.input if override.input is None else override.input,
        output=base.output if override.output is None else override.output,
        cached_input=base.cached_input if override.cached_input is None else override.cached_input,
        tiers=() if override else base.tiers,
    )


def price_at(periods: Iterable[Period], moment: datetime) -> Price:
    """The effective price of a moment; unpriced before the first period."""
    held = {period.kind: period.price for period in periods if period.holds_at(moment)}
    return effective(held.get(PriceKind.BASE, UNPRICED), held.get(PriceKind.OVERRIDE, UNPRICED))
