"""Prices on the wire: exact decimals as text, in US dollars per million tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from armillary.dialects._kit.refusals import Misplaced
from armillary.dialects.native.mapping import ids
from armillary.dialects.native.schemas import prices as wire
from armillary.domain.prices import UNPRICED, Period, Price, PriceKind, Tier, plain, price_at

_AS_OF = "is a date such as 2026-01-31, or an instant with an offset such as 2026-01-31T12:00:00Z"


def price_reply(price: Price) -> wire.Price | None:
    """The price; None where nothing of it is known."""
    if price == UNPRICED:
        return None
    return wire.Price(
        input_usd_per_mtok=_text(price.input),
        output_usd_per_mtok=_text(price.output),
        cached_input_usd_per_mtok=_text(price.cached_input),
        tiers=[_tier_reply(tier) for tier in price.tiers],
    )


def _tier_reply(tier: Tier) -> wire.Tier:
    return wire.Tier(
        above_tokens=tier.above_tokens,
        input_usd_per_mtok=plain(tier.input),
        output_usd_per_mtok=plain(tier.output),
        cached_input_usd_per_mtok=_text(tier.cached_input),
    )


def price(terms: wire.PriceTerms | None) -> Price:
    """The price that terms state; unpriced for None."""
    if terms is None:
        return UNPRICED
    return Price(
        input=amount(terms.input_usd_per_mtok),
        output=amount(terms.output_usd_per_mtok),
        cached_input=amount(terms.cached_input_usd_per_mtok),
        tiers=tuple(_tier(tier) for tier in terms.tiers),
    )


def _tier(tier: wire.TierTerms) -> Tier:
    return Tier(
        above_tokens=tier.above_tokens,
        input=Decimal(tier.input_usd_per_mtok),
        output=Decimal(tier.output_usd_per_mtok),
        cached_input=amount(tier.cached_input_usd_per_mtok),
    )


def amount(text: str | None) -> Decimal | None:
    """The amount that a text of the schema's pattern states."""
    return None if text is None else Decimal(text)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def moment(as_of: str, *, now: datetime) -> datetime:
    """The instant that ``as_of`` means: of a day its last one, of the present day now; now too where it is empty.

    Raises: Misplaced (``as_of``).
    """
    if not as_of:
        return now
    try:
        if len(as_of) == len("2026-01-31"):
            return _end_of(date.fromisoformat(as_of), now)
        stated = datetime.fromisoformat(as_of)
        return stated.astimezone(UTC) if stated.tzinfo is not None else _unplaced()
    except (ValueError, OverflowError) as exc:
        raise Misplaced("as_of", _AS_OF) from exc


def _unplaced() -> datetime:
    raise Misplaced("as_of", _AS_OF)


def _end_of(day: date, now: datetime) -> datetime:
    midnight = datetime.combine(day, time(), UTC) + timedelta(days=1)
    return now if day == now.astimezone(UTC).date() else midnight - timedelta(microseconds=1)


def prices_reply(model: UUID, periods: Sequence[Period], as_of: str, *, now: datetime) -> wire.ModelPrices:
    """The prices of a moment, and the periods that held then; of now, and all periods, where none is asked for."""
    at = moment(as_of, now=now)
    held = [period for period in periods if period.holds_at(at)]
    by_kind = {period.kind: period.price for period in held}
    return wire.ModelPrices(
        model_id=ids.spelled("model", model),
        as_of=at,
        price=price_reply(price_at(held, at)),
        base_price=price_reply(by_kind.get(PriceKind.BASE, UNPRICED)),
        override_price=price_reply(by_kind.get(PriceKind.OVERRIDE, UNPRICED)),
        periods=[_period_reply(period) for period in (held if as_of else periods)],
    )


def _period_reply(period: Period) -> wire.Period:
    shown = price_reply(period.price) or wire.Price(
        input_usd_per_mtok=None, output_usd_per_mtok=None, cached_input_usd_per_mtok=None, tiers=[]
    )
    return wire.Period(kind=period.kind.value, price=shown, starts_at=period.starts_at, ends_at=period.ends_at)
