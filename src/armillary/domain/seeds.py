"""The resources that every workspace is born with, under ids that never change.

Source: contracts/artifacts.md, 3.1 and 3.6.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from armillary.domain.resources import (
    QUALITIES,
    Content,
    Flag,
    Modality,
    PricePoint,
    Quality,
    ReasoningLevel,
    Resource,
    RoleName,
    TemperatureLevel,
    Voice,
    kind_of,
    text_of,
)

#: What the ids below are derived from (RFC 9562, 5.5); to change it would be to lose every link to them.
_NAMESPACE = UUID("b6a1f1a0-6f0e-5d0a-9d1c-41726d696c6c")
_BORN_AT = datetime(2026, 1, 1, tzinfo=UTC)

_SEEDED_MODALITIES = ("text", "video", "audio", "image", "call")
_REASONING_LEVELS = ("none", "minimal", "low", "medium", "high")
_HIGHEST_TEMPERATURE_CENTS = 120
_VOICES = ("verse", "shimmer", "sage", "echo", "coral", "ballad", "ash", "alloy")

MODEL_ACTIVE, PROVIDER_ACTIVE, DEPARTMENT_ACTIVE, AGENT_ACTIVE, PROFILE_ACTIVE = (
    f"{kind}_active" for kind in ("model", "provider", "department", "agent", "profile")
)
#: The flags that the form of a model offers, in the contract's order.
MODEL_FLAGS = (
    MODEL_ACTIVE,
    "model_modalities_enabled",
    "model_temperature_enabled",
    "model_pricing_enabled",
    "model_voices_enabled",
    "model_reasoning_levels_enabled",
    "model_qualities_enabled",
)
_ICONS = {
    "model_modalities_enabled": ("Layers", "The model's modalities may be chosen"),
    "model_temperature_enabled": ("Thermometer", "The model's temperature may be chosen"),
    "model_pricing_enabled": ("DollarSign", "The model's prices are shown"),
    "model_voices_enabled": ("Mic", "The model's voice may be chosen"),
    "model_reasoning_levels_enabled": ("Brain", "How much the model reasons may be chosen"),
    "model_qualities_enabled": ("Sparkles", "The quality of what the model makes may be chosen"),
}

#: unit name -> its category and how many units a price is for.
UNITS = {
    "million_text": ("tokens", 1_000_000),
    "million_audio": ("tokens", 1_000_000),
    "million_image": ("tokens", 1_000_000),
    "200k": ("tokens", 200_000),
    "image": ("units", 1),
    "second": ("seconds", 1),
}
#: (pricing type, unit name) -> common prices of it, in US dollars.
_PRICE_POINTS = {
    ("input", "million_text"): "0.05 0.1 0.15 0.25 0.4 0.5 1 1.25 2 2.5 3 5 10 15 30",
    ("output", "million_text"): "0.2 0.4 0.6 1 1.6 2 4 5 8 10 15 25 30 60",
    ("cached", "million_text"): "0.005 0.025 0.05 0.1 0.125 0.25 0.3 0.5 1.25",
    ("input", "million_audio"): "10 32 40",
    ("output", "million_audio"): "20 64 80",
    ("cached", "million_audio"): "0.4 2.5",
    ("input", "million_image"): "5 10",
    ("output", "million_image"): "32 40",
    ("cached", "million_image"): "1.25",
    ("input", "200k"): "0.25",
    ("output", "200k"): "1",
    ("output", "image"): "0.04",
    ("output", "second"): "0.1",
}

#: Display names, role, description, artifacts. Source: contracts/artifacts.md, 3.6.
_EVERY_KIND = ("model", "provider", "department", "agent", "profile")
_ROLES = (
    RoleName("superadmin", "Super Administrator", "May do everything", _EVERY_KIND),
    RoleName("admin", "Administrator", "Keeps what belongs to its departments", _EVERY_KIND),
    RoleName("instructional", "Instructional Staff", "Uses what its departments have", ("agent",)),
    RoleName("member", "GTA", "Uses what its departments have", ("agent",)),
    RoleName("member", "UTA", "Uses what its departments have", ("agent",)),
    RoleName("guest", "Guest", "Looks on"),
    RoleName("custom", "Benchmark", "Uses what its departments have"),
)


def _contents() -> Iterator[Content]:
    for modality in _SEEDED_MODALITIES:
        yield Modality(modality, is_input=True)
        yield Modality(modality, is_input=False)
    yield from map(Quality, QUALITIES)
    yield from map(ReasoningLevel, _REASONING_LEVELS)
    for cents in range(_HIGHEST_TEMPERATURE_CENTS + 1):
        yield TemperatureLevel(Decimal(cents) / 100)
    yield from map(Voice, _VOICES)
    yield from _flags()
    for (pricing_type, unit_name), prices in _PRICE_POINTS.items():
        for price in prices.split():
            yield PricePoint(pricing_type, Decimal(price), unit_name, *UNITS[unit_name])
    yield from _ROLES


def _flags() -> Iterator[Flag]:
    yield Flag(MODEL_ACTIVE, "The model may be used", "Power", MODEL_ACTIVE, value=True)
    yield Flag(MODEL_ACTIVE, "The model may not be used", "PowerOff", MODEL_ACTIVE, value=False)
    for name, (icon, description) in _ICONS.items():
        yield Flag(name, description, icon, name)
    for name in (PROVIDER_ACTIVE, DEPARTMENT_ACTIVE, AGENT_ACTIVE, PROFILE_ACTIVE):
        yield Flag(name, f"The {name.removesuffix('_active')} may be used", "Power", name)


def _identity(content: Content) -> UUID:
    words: tuple[object, ...] = (kind_of(content), text_of(content))
    if isinstance(content, Modality):
        words += (content.is_input,)
    if isinstance(content, Flag):
        words += (content.value,)
    if isinstance(content, PricePoint):
        words += (content.price, content.unit_name)
    return uuid5(_NAMESPACE, "/".join(map(str, words)))


#: Every seeded resource.
SEEDS: tuple[Resource, ...] = tuple(
    Resource(id=_identity(content), workspace=None, content=content, created_at=_BORN_AT, canonical=True)
    for content in _contents()
)
#: What stands for a content that is seeded.
SEEDED: dict[Content, Resource] = {seed.content: seed for seed in SEEDS}


def default_department(workspace: UUID) -> UUID:
    """The id of the department that a workspace is born with."""
    return uuid5(_NAMESPACE, f"departments/{workspace}")
