"""Models: LLMs as a workspace may use them, with their terms.

One record serves every dialect. What a caller set by hand is remembered in ``edited``, so that neither a provider's
sync nor a newer catalogue takes it back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import UNSET, UnsetType

from armillary.domain.changes import Document, stated
from armillary.domain.errors import Conflict, InvalidRequest
from armillary.domain.labels import checked_bundle, checked_external_id, checked_labels, slug
from armillary.domain.prices import UNPRICED, Price, checked_amount, effective, plain
from armillary.domain.providers import Provider

_LONGEST_NAME = 255
_LONGEST_DESCRIPTION = 10_240
_LONGEST_TAG = 64
_MOST_TAGS = 250
_MOST_TOKENS = 2**31 - 1
MODALITIES = ("text", "image", "audio", "video", "pdf")
#: A model with one of these tags does not chat. Source: contracts/everruns.md, 3.1, "Sync".
NOT_CHAT = frozenset({"embeddings", "decisions", "realtime", "images", "rerank"})


class Source(StrEnum):
    """How a model came into the registry; an update never changes it, an adoption makes it manual."""

    MANUAL = "manual"
    DISCOVERED = "discovered"
    PREDEFINED = "predefined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """One level of reasoning effort: its wire value and its name for people."""

    value: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the catalogue or a provider tells of a model beyond its terms; None where nobody said."""

    attachment: bool | None = None
    reasoning: bool | None = None
    temperature: bool | None = None
    tool_call: bool | None = None
    structured_output: bool | None = None
    open_weights: bool | None = None
    supports_phases: bool | None = None
    tool_search: bool | None = None
    knowledge: str | None = None
    release_date: str | None = None
    last_updated: str | None = None
    status: str | None = None
    max_media: int | None = None
    reasoning_default: str | None = None
    reasoning_efforts: tuple[Effort, ...] = ()
    supported_parameters: tuple[str, ...] = ()


NO_FACTS = Facts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """An LLM and its terms.

    ``seq`` orders the models of a workspace by creation. ``vendor`` is a slug (``anthropic``); ``upstream_name`` is
    what the provider calls the model. ``tags`` are capability tags in the caller's order; ``details`` holds what a
    tag says beyond its name (``{"stop_sequences": {"limit": 4}}``). Token limits are None where unknown.
    ``base`` and ``override`` are the prices in force; ``revision`` is the catalogue revision of the last write.
    ``twin`` marks one of a provider that had another model of the same upstream name before; ``mcp`` one that a
    tool-protocol client wrote.
    """

    id: UUID
    seq: int
    workspace: UUID
    provider: UUID | None
    upstream_name: str | None
    name: str
    description: str = ""
    vendor: str = ""
    family: str = ""
    enabled: bool = False
    favourite: bool = False
    source: Source = Source.MANUAL
    tags: tuple[str, ...] = ()
    details: Mapping[str, Document] = field(default_factory=dict)
    input_modalities: tuple[str, ...] = ()
    output_modalities: tuple[str, ...] = ()
    context_tokens: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    facts: Facts = NO_FACTS
    base: Price = UNPRICED
    override: Price = UNPRICED
    labels: Mapping[str, str] = field(default_factory=dict)
    external_id: str = ""
    bundle: str = ""
    edited: frozenset[str] = frozenset()
    twin: bool = False
    mcp: bool = False
    created_by: UUID
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime | None = None
    revision: int = 0

    @property
    def price(self) -> Price:
        """What a call costs."""
        return effective(self.base, self.override)

    @property
    def is_chat(self) -> bool:
        """Whether the model chats, by its tags."""
        return NOT_CHAT.isdisjoint(self.tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A model beside the provider that serves it, as every dialect shows it."""

    model: Model
    provider: Provider

    @property
    def stale(self) -> bool:
        """Discovered, and not seen by the provider's last sync (contracts/everruns.md, 3.2.1)."""
        if self.model.source is not Source.DISCOVERED:
            return False
        seen, synced = self.model.last_seen_at, self.provider.last_synced_at
        return seen is None or (synced is not None and seen < synced)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewModel:
    """What a caller says of a model to be; UNSET where it said nothing and the catalogue may fill in.

    A new model is neither enabled nor a favourite unless the caller says so; an adopted one keeps what it is.
    """

    upstream_name: str
    name: str
    description: str | UnsetType = UNSET
    vendor: str | UnsetType = UNSET
    family: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    favourite: bool | UnsetType = UNSET
    tags: tuple[str, ...] | UnsetType = UNSET
    details: Mapping[str, Document] | UnsetType = UNSET
    input_modalities: tuple[str, ...] | UnsetType = UNSET
    output_modalities: tuple[str, ...] | UnsetType = UNSET
    context_tokens: int | UnsetType | None = UNSET
    input_tokens: int | UnsetType | None = UNSET
    output_tokens: int | UnsetType | None = UNSET
    facts: Facts | UnsetType = UNSET
    base: Price | UnsetType = UNSET
    labels: Mapping[str, str] = field(default_factory=dict)
    external_id: str | UnsetType = UNSET
    bundle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Whatever uses ``current`` is to use ``next``; then ``current`` may be disabled (contracts/cadenya.md, 3.6)."""

    current: UUID
    next: UUID
    disable_after: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChanges:
    """What to change: UNSET keeps, None clears; what cannot be cleared takes no None.

    Without a provider or an upstream name a model is a record of the Artifacts dialect alone (design.md, "One truth").
    ``tags`` replaces every tag and ``details`` every detail. The three prices are the override's members: None
    removes one, so that the base holds again.
    """

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    upstream_name: str | UnsetType | None = UNSET
    provider: UUID | UnsetType | None = UNSET
    vendor: str | UnsetType = UNSET
    family: str | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    favourite: bool | UnsetType = UNSET
    tags: tuple[str, ...] | UnsetType = UNSET
    details: Mapping[str, Document] | UnsetType = UNSET
    input_modalities: tuple[str, ...] | UnsetType = UNSET
    output_modalities: tuple[str, ...] | UnsetType = UNSET
    context_tokens: int | UnsetType | None = UNSET
    input_tokens: int | UnsetType | None = UNSET
    output_tokens: int | UnsetType | None = UNSET
    facts: Facts | UnsetType = UNSET
    base: Price | UnsetType = UNSET
    override_input: Decimal | UnsetType | None = UNSET
    override_output: Decimal | UnsetType | None = UNSET
    override_cached_input: Decimal | UnsetType | None = UNSET
    labels: Mapping[str, str] | UnsetType = UNSET
    external_id: str | UnsetType = UNSET
    bundle: str | UnsetType = UNSET


_OVERRIDE = {
    "override_input": "input",
    "override_output": "output",
    "override_cached_input": "cached_input",
}
#: What the catalogue, a sync or an import may fill in, as long as nobody set it by hand.
DERIVED = (
    "name",
    "description",
    "vendor",
    "family",
    "tags",
    "details",
    "input_modalities",
    "output_modalities",
    "context_tokens",
    "input_tokens",
    "output_tokens",
    "facts",
    "base",
)


def made(  # noqa: PLR0913  what a model is made of
    new: NewModel, facts: Mapping[str, Any], *, identity: UUID, seq: int, provider: Provider, by: UUID, at: datetime
) -> Model:
    """The manual model that a caller asks for; what it stated counts as edited by hand, the catalogue fills the rest.

    Args:
        new: what the caller said.
        facts: what the catalogue says: member -> value, of those in ``DERIVED``.
        identity: its id.
        seq: its place in the order of the workspace's models.
        provider: who serves it.
        by: the profile that makes it.
        at: when.

    Raises: InvalidRequest, naming the member.
    """
    members = stated(new)
    known = {name: facts[name] for name in DERIVED if name in facts}
    model = Model(
        id=identity,
        seq=seq,
        workspace=provider.workspace,
        provider=provider.id,
        created_by=by,
        created_at=at,
        updated_at=at,
        **{**known, **members, "edited": frozenset(DERIVED).intersection(members)},
    )
    if isinstance(new.external_id, UnsetType):
        model = replace(model, external_id=slug(f"{model.vendor or provider.driver} {model.upstream_name}"))
    return checked(model)


def adopted(model: Model, new: NewModel, *, at: datetime) -> Model:
    """The discovered or predefined model as a caller makes it its own: what was left out stays.

    Raises: InvalidRequest, naming the member.

    Source: contracts/everruns.md, 3.2, ``POST``.
    """
    left_out = {"upstream_name", *(name for name in ("labels", "bundle") if not getattr(new, name))}
    members = {name: value for name, value in stated(new).items() if name not in left_out}
    return replace(changed(model, ModelChanges(**members), at=at), source=Source.MANUAL)


def changed(model: Model, changes: ModelChanges, *, at: datetime) -> Model:
    """The model as a caller's ``changes`` leave it; what differs is remembered as edited by hand.

    Raises: InvalidRequest, naming the member.
    """
    members = stated(changes)
    override = {_OVERRIDE[name]: members.pop(name) for name in _OVERRIDE if name in members}
    if override:
        members["override"] = replace(model.override, **override)
    sound = _sound(model, members)
    touched = (name for name in DERIVED if name in members and sound[name] != getattr(model, name))
    return replace(model, **sound, edited=model.edited.union(touched), updated_at=at)


def refreshed(model: Model, fresh: Mapping[str, Any], *, at: datetime) -> Model:
    """The model with what a catalogue or a provider now says of it, save what was edited by hand.

    Args:
        model: as it is.
        fresh: member -> value, of those in ``DERIVED``.
        at: becomes ``updated_at`` where anything differs.
    """
    news = {name: value for name, value in fresh.items() if name not in model.edited}
    sound = _sound(model, news)
    unchanged = all(getattr(model, name) == value for name, value in sound.items())
    return model if unchanged else replace(model, **sound, updated_at=at)


#: What follows from the upstream name alone; what callers see as the model's own words and tags does not.
#: Source: contracts/everruns.md, 2.1.2, ``model_id``.
_FOLLOWING: dict[str, Any] = {
    "description": "",
    "vendor": "",
    "family": "",
    "input_modalities": (),
    "output_modalities": (),
    "context_tokens": None,
    "input_tokens": None,
    "output_tokens": None,
    "facts": NO_FACTS,
    "base": UNPRICED,
}


def rederived(model: Model, facts: Mapping[str, Any], *, at: datetime) -> Model:
    """The model under another upstream name: what followed from the old one is gone, save what was edited by hand.

    Args:
        model: with its new upstream name.
        facts: what the catalogue says of that name: member -> value, of those in ``DERIVED``.
        at: becomes ``updated_at`` where anything differs.
    """
    known = {name: facts.get(name, blank) for name, blank in _FOLLOWING.items()}
    return refreshed(model, known, at=at)


#: What a caller may ask of a change, beyond its bounds. Raises: Conflict.
Guard = Callable[[Registered, Registered, ModelChanges], None]
_SYNCED_KEEP = frozenset(DERIVED) - {"name"} | {"upstream_name", "provider"}


def managed_rule(before: Registered, after: Registered, changes: ModelChanges) -> None:  # noqa: ARG001  a Guard
    """Of a managed provider's model, only ``enabled`` and ``favourite`` may change; stating what is so anyway is fine.

    Raises: Conflict (``managed``), also for a move into or out of a managed provider.

    Source: contracts/everruns.md, 2.1.3 (3).
    """
    if not (before.provider.managed or after.provider.managed):
        return
    kept = replace(after.model, enabled=before.model.enabled, favourite=before.model.favourite)
    if document(kept) != document(before.model):
        raise Conflict("managed", "the platform manages this provider: only its models' flags may change")


def synced_rule(before: Registered, after: Registered, changes: ModelChanges) -> None:
    """A model that was not made by hand keeps its name and whatever its provider or the catalogue tells of it.

    Callers that must always send a name may repeat the one it has.

    Raises: Conflict (``synced``).

    Source: contracts/cadenya.md, 3.6.
    """
    if before.model.source is Source.MANUAL:
        return
    if before.model.name != after.model.name or not _SYNCED_KEEP.isdisjoint(stated(changes)):
        raise Conflict(
            "synced", "this model is synced from its provider: only external id, labels and price override may change"
        )


def checked(model: Model) -> Model:
    """The model with texts trimmed and repeats dropped. Raises: InvalidRequest, naming the member at fault."""
    return replace(model, **_sound(model, {name: getattr(model, name) for name in _RULES}))


def _sound(model: Model, members: Mapping[str, Any]) -> dict[str, Any]:
    """Members of the model to be, each by its rule; a detail goes with its tag."""
    sound = {name: _RULES[name](value, name) if name in _RULES else value for name, value in members.items()}
    if "tags" in sound or "details" in sound:
        details = sound.get("details", model.details)
        sound["details"] = {tag: details[tag] for tag in sound.get("tags", model.tags) if tag in details}
    return sound


def checked_tags(tags: Iterable[str], field_name: str = "tags") -> tuple[str, ...]:
    """The tags in order, repeats dropped. Raises: InvalidRequest (``field_name``)."""
    kept = tuple(dict.fromkeys(tag.strip() for tag in tags))
    if len(kept) > _MOST_TAGS:
        raise InvalidRequest(field_name, f"holds more than {_MOST_TAGS} capabilities")
    if any(not tag or len(tag) > _LONGEST_TAG or not tag.isprintable() for tag in kept):
        raise InvalidRequest(field_name, f"holds capabilities of 1 to {_LONGEST_TAG} printable characters")
    return kept


def _text(value: str, field_name: str) -> str:
    text = value.strip()
    if not 1 <= len(text) <= _LONGEST_NAME or "\0" in text:
        raise InvalidRequest(field_name, f"has 1 to {_LONGEST_NAME} characters")
    return text


def _upstream_name(value: str | None, field_name: str) -> str | None:
    return None if value is None else _text(value, field_name)


def _description(value: str, field_name: str) -> str:
    return _optional_text(value, field_name, _LONGEST_DESCRIPTION)


def _optional_text(value: str, field_name: str, longest: int = _LONGEST_NAME) -> str:
    text = value.strip()
    if len(text) > longest or "\0" in text:
        raise InvalidRequest(field_name, f"has at most {longest} characters")
    return text


def _modalities(names: Iterable[str], field_name: str) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(names))
    if not set(kept) <= set(MODALITIES):
        raise InvalidRequest(field_name, f"holds only {', '.join(MODALITIES)}")
    return kept


def _tokens(count: int | None, field_name: str) -> int | None:
    if count is not None and not 0 <= count <= _MOST_TOKENS:
        raise InvalidRequest(field_name, f"is a whole number from 0 to {_MOST_TOKENS}")
    return count or None  # zero is how several dialects say "unknown"


def _price(price: Price, field_name: str) -> Price:
    for name in ("input", "output", "cached_input"):
        amount = getattr(price, name)
        if amount is not None:
            checked_amount(amount, f"{field_name}.{name}")
    for tier in price.tiers:
        for amount in (tier.input, tier.output, tier.cached_input):
            if amount is not None:
                checked_amount(amount, f"{field_name}.tiers")
    return price


#: Member -> its rule, called with a value and the member's name. Labels and the like are named as callers know them.
_RULES: dict[str, Callable[[Any, str], Any]] = {
    "name": _text,
    "upstream_name": _upstream_name,
    "description": _description,
    "vendor": _optional_text,
    "family": _optional_text,
    "tags": checked_tags,
    "input_modalities": _modalities,
    "output_modalities": _modalities,
    "context_tokens": _tokens,
    "input_tokens": _tokens,
    "output_tokens": _tokens,
    "base": _price,
    "override": _price,
    "labels": lambda labels, _: checked_labels(labels),
    "external_id": lambda value, _: checked_external_id(value),
    "bundle": lambda value, _: checked_bundle(value),
}


def document(model: Model) -> Document:
    """The model as its change record shows it."""
    return {name: show(getattr(model, member)) for name, (member, show) in _SHOWN.items()}


def differing(before: Model, after: Model) -> tuple[Document, Document]:
    """As ``document``, of either the members that are not equal."""
    pairs = ((name, show, getattr(before, member), getattr(after, member)) for name, (member, show) in _SHOWN.items())
    changed_ones = [(name, show, was, becomes) for name, show, was, becomes in pairs if was != becomes]
    return (
        {name: show(was) for name, show, was, _ in changed_ones},
        {name: show(becomes) for name, show, _, becomes in changed_ones},
    )


def stated_facts(facts: Facts) -> dict[str, Any]:
    """The facts that somebody stated, as plain data."""
    plain_facts: dict[str, Any] = {}
    for name in Facts.__dataclass_fields__:
        value = getattr(facts, name)
        if name == "reasoning_efforts":
            value = [{"value": effort.value, "name": effort.name} for effort in value]
        if value not in (None, (), []):
            plain_facts[name] = list(value) if isinstance(value, tuple) else value
    return plain_facts


def _price_document(price: Price) -> dict[str, Any]:
    names = ("input", "output", "cached_input")
    amounts: dict[str, Any] = {
        f"{name}_usd_per_mtok": plain(getattr(price, name)) for name in names if getattr(price, name) is not None
    }
    if price.tiers:
        amounts["tiers"] = [_tier_document(tier) for tier in price.tiers]
    return amounts


def _tier_document(tier: Any) -> dict[str, Any]:  # noqa: ANN401  a Tier
    cached = {} if tier.cached_input is None else {"cached_input": plain(tier.cached_input)}
    return {
        "above_tokens": tier.above_tokens,
        "input": plain(tier.input),
        "output": plain(tier.output),
    } | cached


def _as_it_is(value: Any) -> Any:  # noqa: ANN401  a JSON scalar
    return value


#: Member of the document -> the model's member, and how it is shown.
_SHOWN: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    **{name: (name, _as_it_is) for name in ("upstream_name", "name", "description", "vendor", "family")},
    **{name: (name, _as_it_is) for name in ("enabled", "favourite")},
    **{name: (name, _as_it_is) for name in ("context_tokens", "input_tokens", "output_tokens")},
    **{name: (name, _as_it_is) for name in ("external_id", "bundle")},
    **{name: (name, list) for name in ("tags", "input_modalities", "output_modalities")},
    "provider": ("provider", lambda identity: None if identity is None else identity.hex),
    "source": ("source", lambda source: source.value),
    "details": ("details", lambda details: {tag: dict(detail) for tag, detail in details.items()}),
    "facts": ("facts", stated_facts),
    "price": ("base", _price_document),
    "price_override": ("override", _price_document),
    "labels": ("labels", dict),
}
