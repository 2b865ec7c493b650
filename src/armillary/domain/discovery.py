"""What a provider says of its own models; nothing here is decided yet, only heard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveredPrices:
    """A provider's price as it states it. Exact: no binary fraction has touched it."""

    input_usd_per_mtok: Decimal
    output_usd_per_mtok: Decimal
    cached_input_usd_per_mtok: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveredModel:
    """One model of a provider's listing. None and empty mean that the provider does not say.

    Args:
        upstream_name: the provider's own name for it, 1 to 255 printable characters.
        input_modalities: among ``text``, ``image``, ``audio``, ``video``, ``pdf``; likewise for output.
        capabilities: tags in alphabetical order, among ``audio``, ``chat``, ``decisions``, ``embeddings``,
            ``images``, ``moderation``, ``realtime``, ``reasoning``, ``rerank``, ``structured_output``,
            ``tools``, ``vision``.
        released_on: when the provider began to offer it, in UTC.
    """

    upstream_name: str
    name: str | None = None
    description: str | None = None
    context_tokens: int | None = None
    output_tokens: int | None = None
    input_modalities: tuple[str, ...] = ()
    output_modalities: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    prices: DiscoveredPrices | None = None
    released_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All that a provider lists, in its order, each upstream name once.

    Args:
        skipped: entries that could not be read, or named a model a second time.
    """

    models: tuple[DiscoveredModel, ...]
    skipped: int = 0
