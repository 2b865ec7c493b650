"""Rows of models and providers, and the objects they stand for.

Reading is the hottest path of all: columns are taken by position, in the order in which the constants here name
them, and what many rows share (their provider, their workspace) is made once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from armillary.domain.assemblies import Record
from armillary.domain.ids import ulid
from armillary.domain.models import Facts, Model, Registered, Source, stated_facts
from armillary.domain.prices import UNPRICED, Price, PriceKind, Tier, plain
from armillary.domain.providers import CredentialShape, Management, Provider, ProviderStatus
from armillary.storage.columns import (
    instant,
    moment,
    optional_hex,
    optional_instant,
    optional_packed,
    optional_unpacked,
    packed,
    unpacked,
)
from armillary.storage.database import Row, Value

MODEL_COLUMNS = (
    "seq",
    "id",
    "workspace",
    "provider",
    "upstream_name",
    "name",
    "description",
    "vendor",
    "family",
    "enabled",
    "favourite",
    "source",
    "tags",
    "details",
    "input_modalities",
    "output_modalities",
    "context_tokens",
    "input_tokens",
    "output_tokens",
    "facts",
    "labels",
    "external_id",
    "bundle",
    "edited",
    "twin",
    "mcp",
    "created_by",
    "created_at",
    "updated_at",
    "last_seen_at",
    "revision",
)
PRICE_COLUMNS = ("input", "output", "cached_input", "tiers")
PROVIDER_COLUMNS = (
    "id",
    "workspace",
    "name",
    "driver",
    "base_url",
    "status",
    "managed",
    "management",
    "credential",
    "sealed",
    "config",
    "request_options",
    "trace",
    "labels",
    "external_id",
    "bundle",
    "mcp",
    "created_by",
    "created_at",
    "updated_at",
    "last_synced_at",
    "revision",
)
_PROVIDER_FROM = len(MODEL_COLUMNS) + 2


def _listed(alias: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{alias}.{column} AS {alias}_{column}" for column in columns)


def _price_now(kind: PriceKind) -> str:
    """The price in force, as one text.

    It is a probe of one index for each model shown: a join would be planned by PostgreSQL's guess of how many prices
    there are, which is far off until its first ANALYZE.
    """
    amounts = " || '|' || ".join(f"coalesce({column}, '')" for column in PRICE_COLUMNS)
    return (
        f"(SELECT {amounts} FROM prices WHERE model = m.id AND kind = '{kind.value}' AND ends_at IS NULL)"  # noqa: S608  constants of ours
        f" AS {kind.value}"
    )


#: What ``model`` reads.
MODEL_LIST = ", ".join((_listed("m", MODEL_COLUMNS), *map(_price_now, PriceKind)))
#: What ``registered`` reads, and what it joins. The provider is joined from the left, so that SQLite never starts from
#: it, whatever it guesses of their numbers: the walk over ``seq`` is what ends a page early.
REGISTERED_LIST = f"{MODEL_LIST}, {_listed('p', PROVIDER_COLUMNS)}"
WITH_PROVIDER = "LEFT JOIN providers p ON p.id = m.provider"
#: A model that names no provider or no upstream name is a record of the Artifacts dialect's alone (design.md).
ROUTABLE = "m.provider IS NOT NULL AND m.upstream_name IS NOT NULL"

_TEXTS = msgspec.json.Decoder(tuple[str, ...])
_TEXT_MAP = msgspec.json.Decoder(dict[str, str])
_OBJECT = msgspec.json.Decoder(dict[str, Any])
_FACTS = msgspec.json.Decoder(Facts)
_TIERS = msgspec.json.Decoder(tuple[Tier, ...])
_SHAPE = msgspec.json.Decoder(CredentialShape)
_SOURCES = {source.value: source for source in Source}


@lru_cache(maxsize=4096)
def _shared(digits: str) -> UUID:
    return UUID(hex=digits)


@lru_cache(maxsize=1024)
def _facts(text: str) -> Facts:
    return _FACTS.decode(text)


@lru_cache(maxsize=1024)
def _texts(text: str) -> tuple[str, ...]:
    return _TEXTS.decode(text)


def registered(row: Row) -> Registered:
    """The model and its provider, of a row of ``REGISTERED_LIST``."""
    columns = tuple(row.values())
    return Registered(model=_model(columns), provider=_provider(*columns[_PROVIDER_FROM:]))


def record(row: Row) -> Record:
    """The model and its provider, if any, of a row of ``REGISTERED_LIST``."""
    columns = tuple(row.values())
    there = columns[_PROVIDER_FROM] is not None
    return Record(model=_model(columns), provider=_provider(*columns[_PROVIDER_FROM:]) if there else None)


def model(row: Row) -> Model:
    """The model of a row of ``MODEL_LIST``."""
    return _model(tuple(row.values()))


def provider(row: Row) -> Provider:
    """The provider of a row of ``PROVIDER_COLUMNS``."""
    return _provider(*row.values())


def _model(columns: tuple[Any, ...]) -> Model:
    (
        seq,
        identity,
        workspace,
        of_provider,
        upstream_name,
        name,
        description,
        vendor,
        family,
        enabled,
        favourite,
        source,
        tags,
        details,
        input_modalities,
        output_modalities,
        context_tokens,
        input_tokens,
        output_tokens,
        facts,
        labels,
        external_id,
        bundle,
        edited,
        twin,
        mcp,
        created_by,
        created_at,
        updated_at,
        last_seen_at,
        revision,
        base,
        override,
    ) = columns[:_PROVIDER_FROM]
    return Model(
        id=UUID(int=int(identity, 16)),
        seq=seq,
        workspace=_shared(workspace),
        provider=None if of_provider is None else _shared(of_provider),
        upstream_name=upstream_name,
        name=name,
        description=description,
        vendor=vendor,
        family=family,
        enabled=enabled == 1,
        favourite=favourite == 1,
        source=_SOURCES[source],
        tags=_texts(tags),
        details=_OBJECT.decode(details),
        input_modalities=_texts(input_modalities),
        output_modalities=_texts(output_modalities),
        context_tokens=context_tokens,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        facts=_facts(facts),
        base=UNPRICED if base is None else _price(base),
        override=UNPRICED if override is None else _price(override),
        labels=_TEXT_MAP.decode(labels),
        external_id=external_id or "",
        bundle=bundle,
        edited=frozenset(_texts(edited)),
        twin=twin == 1,
        mcp=mcp == 1,
        created_by=_shared(created_by),
        created_at=moment(created_at),
        updated_at=moment(updated_at),
        last_seen_at=None if last_seen_at is None else moment(last_seen_at),
        revision=revision,
    )


# Few prices serve many models, and each read of one brings it anew.
@lru_cache(maxsize=4096)
def _price(text: str) -> Price:
    input_, output, cached_input, tiers = text.split("|", 3)
    return price(input_ or None, output or None, cached_input or None, tiers)


def price(input_: str | None, output: str | None, cached_input: str | None, tiers: str) -> Price:
    """The price of a row of ``PRICE_COLUMNS``."""
    return Price(
        input=None if input_ is None else Decimal(input_),
        output=None if output is None else Decimal(output),
        cached_input=None if cached_input is None else Decimal(cached_input),
        tiers=() if tiers == "[]" else _TIERS.decode(tiers),
    )


# One provider stands in every row of its models, and every row brings all of it.
@lru_cache(maxsize=1024)
def _provider(  # noqa: PLR0913, PLR0917  a row
    identity: str,
    workspace: str,
    name: str,
    driver: str,
    base_url: str,
    status: str,
    managed: int,
    management: str,
    credential: str | None,
    sealed: str | None,
    config: str,
    request_options: str,
    trace: str | None,
    labels: str,
    external_id: str | None,
    bundle: str,
    mcp: int,
    created_by: str,
    created_at: int,
    updated_at: int,
    last_synced_at: int | None,
    revision: int,
) -> Provider:
    return Provider(
        id=_shared(identity),
        workspace=_shared(workspace),
        name=name,
        driver=driver,
        base_url=base_url,
        status=ProviderStatus(status),
        managed=managed == 1,
        management=Management(management),
        credential=None if credential is None else _SHAPE.decode(credential),
        sealed=sealed,
        config=unpacked(config),
        request_options=unpacked(request_options),
        trace=optional_unpacked(trace),
        labels=_TEXT_MAP.decode(labels),
        external_id=external_id or "",
        bundle=bundle,
        mcp=mcp == 1,
        created_by=_shared(created_by),
        created_at=moment(created_at),
        updated_at=moment(updated_at),
        last_synced_at=None if last_synced_at is None else moment(last_synced_at),
        revision=revision,
    )


def model_values(of: Model) -> dict[str, Value]:
    """What the model's row holds, by column; its prices are rows of their own."""
    return {column: written(of) for column, written in _MODEL_VALUES.items()}


def changed_values(before: Model, after: Model) -> dict[str, Value]:
    """What an update of the row sets, by column: what differs, and always when and at which revision it was."""
    names = [name for name in _CHANGEABLE if getattr(before, name) != getattr(after, name)]
    if "description" in names:
        names.append("described")
    values = {name: _MODEL_VALUES[name](after) for name in (*names, "updated_at", "revision")}
    return values if _SEARCHED.isdisjoint(names) else {**values, "search": search_text(after)}


def provider_values(of: Provider) -> dict[str, Value]:
    """What the provider's row holds, by column."""
    shape = of.credential
    return {
        "id": of.id.hex,
        "workspace": of.workspace.hex,
        "name": of.name,
        "driver": of.driver,
        "base_url": of.base_url,
        "status": of.status.value,
        "managed": int(of.managed),
        "management": of.management.value,
        "credential": None if shape is None else packed({"kind": shape.kind, "members": shape.members}),
        "sealed": of.sealed,
        "config": packed(of.config),
        "request_options": packed(of.request_options),
        "trace": optional_packed(of.trace),
        "labels": packed(of.labels),
        "external_id": of.external_id or None,
        "bundle": of.bundle,
        "mcp": int(of.mcp),
        "created_by": of.created_by.hex,
        "created_at": instant(of.created_at),
        "updated_at": instant(of.updated_at),
        "last_synced_at": optional_instant(of.last_synced_at),
        "revision": of.revision,
    }


def price_values(of: Price) -> dict[str, Value]:
    """What a price's row holds, by column."""
    tiers = [
        {
            "above_tokens": tier.above_tokens,
            "input": plain(tier.input),
            "output": plain(tier.output),
            "cached_input": _amount(tier.cached_input),
        }
        for tier in of.tiers
    ]
    return {
        "input": _amount(of.input),
        "output": _amount(of.output),
        "cached_input": _amount(of.cached_input),
        "tiers": packed(tiers),
    }


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


# The column ``search`` is one text. Control characters set its parts apart, a kind for each, so that a condition on
# the beginning of a part is one on the text as well; the parts themselves hold none.
BEFORE_EXTERNAL_ID = "\x1e"
BEFORE_ID = "\x1d"
_BEFORE_FAMILY = "\x1f"
SEPARATORS = frozenset((BEFORE_EXTERNAL_ID, BEFORE_ID, _BEFORE_FAMILY))
_SPACED = dict.fromkeys(map(ord, SEPARATORS), " ")


def keepable(text: str) -> bool:
    """Whether any row can hold the text: PostgreSQL keeps no NUL, and neither database half a character."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def folded(text: str) -> str:
    """The text as it is compared, whatever its case was."""
    return text.casefold()


def search_text(of: Model) -> str:
    """What a search of models looks through. Source: contracts/cadenya.md, 2.2, ``query`` and ``prefix``."""
    family = "/".join(filter(None, (of.vendor, of.family)))
    parts = (of.name, BEFORE_EXTERNAL_ID, of.external_id, BEFORE_ID, f"model_{ulid(of.id)}", _BEFORE_FAMILY, family)
    return "".join(part if part in SEPARATORS else folded(part.translate(_SPACED)) for part in parts)


#: Column -> what it holds of a model.
_MODEL_VALUES: Mapping[str, Callable[[Model], Value]] = {
    "seq": lambda of: of.seq,
    "id": lambda of: of.id.hex,
    "workspace": lambda of: of.workspace.hex,
    "provider": lambda of: optional_hex(of.provider),
    "upstream_name": lambda of: of.upstream_name,
    "name": lambda of: of.name,
    "description": lambda of: of.description,
    "vendor": lambda of: of.vendor,
    "family": lambda of: of.family,
    "enabled": lambda of: int(of.enabled),
    "favourite": lambda of: int(of.favourite),
    "source": lambda of: of.source.value,
    "tags": lambda of: packed(of.tags),
    "details": lambda of: packed(of.details),
    "input_modalities": lambda of: packed(of.input_modalities),
    "output_modalities": lambda of: packed(of.output_modalities),
    "context_tokens": lambda of: of.context_tokens,
    "input_tokens": lambda of: of.input_tokens,
    "output_tokens": lambda of: of.output_tokens,
    "facts": lambda of: packed(stated_facts(of.facts)),
    "labels": lambda of: packed(of.labels),
    "external_id": lambda of: of.external_id or None,
    "bundle": lambda of: of.bundle,
    "edited": lambda of: packed(sorted(of.edited)),
    "twin": lambda of: int(of.twin),
    "mcp": lambda of: int(of.mcp),
    "search": search_text,
    "described": lambda of: folded(of.description),
    "created_by": lambda of: of.created_by.hex,
    "created_at": lambda of: instant(of.created_at),
    "updated_at": lambda of: instant(of.updated_at),
    "last_seen_at": lambda of: optional_instant(of.last_seen_at),
    "revision": lambda of: of.revision,
}
_GIVEN_ONCE = frozenset(("seq", "id", "workspace", "created_by", "created_at"))
_ALWAYS = frozenset(("search", "described", "updated_at", "revision"))
_CHANGEABLE = tuple(name for name in _MODEL_VALUES if name not in _GIVEN_ONCE | _ALWAYS)
_SEARCHED = frozenset(("name", "external_id", "vendor", "family"))
