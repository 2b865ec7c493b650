"""What a list is asked for, and what it answers: pages that walk on from a key, and slices that count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from armillary.domain.models import Registered, Source
from armillary.domain.providers import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelQuery:
    """Which models a page shows; conditions add up, and an empty one is none.

    Args:
        prefix: case-insensitive beginning of the name, the external id or ``model_`` with the id as a ULID.
        id_range: first and last id of those that the prefix means besides, in whatever spelling it came.
        text: case-insensitive part of the name, the external id, ``model_`` with the id as a ULID, the vendor, the
            family, or ``vendor/family``.
        vendor: its slug.
        tags: each must be among the model's capability tags.
        labels: each must be there with that very value.
        newest_first: by creation; otherwise oldest first.
        after: the ``seq`` of the last model seen.
        counted: whether the page tells how many models there are on all pages.
    """

    prefix: str = ""
    id_range: tuple[UUID, UUID] | None = None
    text: str = ""
    enabled: bool | None = None
    favourite: bool | None = None
    provider: UUID | None = None
    vendor: str = ""
    tags: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    bundle: str = ""
    source: Source | None = None
    newest_first: bool = True
    limit: int = 50
    after: int | None = None
    counted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPage:
    """Models in order; ``next`` is what the next page comes ``after``, None on the last one."""

    items: tuple[Registered, ...]
    next: int | None
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSlice:
    """Models from an offset on, and how many there are in all."""

    items: tuple[Registered, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderQuery:
    """Which providers a page shows; conditions add up, and an empty one is none.

    Args:
        prefix: case-insensitive beginning of the name or the external id.
        id_range: first and last id of those that the prefix means besides.
        text: case-insensitive part of the name, the external id or the driver.
        managed: True for those that the platform supplies, False for the workspace's own.
        labels: each must be there with that very value.
        newest_first: by creation; otherwise oldest first.
        after: the id of the last provider seen.
    """

    prefix: str = ""
    id_range: tuple[UUID, UUID] | None = None
    text: str = ""
    managed: bool | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    newest_first: bool = True
    limit: int = 50
    after: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPage:
    """Providers in order; ``next`` is what the next page comes ``after``, None on the last one."""

    items: tuple[Provider, ...]
    next: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCounts:
    """How many models a provider has, by whether they are enabled."""

    enabled: int = 0
    disabled: int = 0
