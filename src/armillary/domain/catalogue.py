"""The catalogue: what is publicly known of models, and how a name, however it is spelled, finds its entry.

The facts themselves stand in a reviewable file, read by ``services.catalogue``. A name is found by the vendor's own
spelling, the aggregator's, or an alias; names of clouds and dated snapshots are found by what they add. A price is
told only where it is certain: under the very name the catalogue lists, at the driver that bills it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from armillary.domain.changes import Document
from armillary.domain.errors import InvalidRequest
from armillary.domain.labels import slug
from armillary.domain.models import NO_FACTS, Effort, Facts, Model, Source
from armillary.domain.prices import UNPRICED, Price, Tier, checked_amount
from armillary.domain.providers import LLMSIM, Management, Provider

#: The driver under whose terms a seeded model is called.
AGGREGATOR = "openrouter"
#: What a caller may set on a call, as tags. Source: contracts/cadenya.md, 3.2, "Capability union".
KNOBS = ("temperature", "top_p", "top_k", "stop_sequences", "max_output_tokens", "caching", "reasoning")
REASONING_MODES = ("adaptive", "budget")
STATUSES = ("active", "preview", "deprecated")

#: driver -> the vendor whose own API it speaks and whose price list it bills; every other driver hosts many vendors.
VENDOR_OF_DRIVER = {
    "openai": "openai",
    "anthropic": "anthropic",
    "gemini": "google",
    "meta": "meta",
    "mai": "microsoft",
    LLMSIM: LLMSIM,
}
#: Spellings of makers in front of a model's name (``meta-llama/…``, ``amazon.…``) -> vendor.
_MAKERS = {
    "ai21": "ai21",
    "alibaba": "qwen",
    "amazon": "amazon",
    "anthropic": "anthropic",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "deepseek-ai": "deepseek",
    "google": "google",
    "ibm-granite": "ibm",
    "inception": "inception",
    "meta": "meta",
    "meta-llama": "meta",
    "microsoft": "microsoft",
    "minimax": "minimax",
    "minimaxai": "minimax",
    "mistral": "mistral",
    "mistralai": "mistral",
    "moonshot": "moonshot",
    "moonshotai": "moonshot",
    "nvidia": "nvidia",
    "openai": "openai",
    "perplexity": "perplexity",
    "qwen": "qwen",
    "stepfun": "stepfun",
    "stepfun-ai": "stepfun",
    "us.amazon": "amazon",
    "writer": "writer",
    "x-ai": "xai",
    "xai": "xai",
    "xai-org": "xai",
    "xiaomi": "xiaomi",
    "xiaomimimo": "xiaomi",
    "z-ai": "zhipu",
    "zai": "zhipu",
    "zai-org": "zhipu",
    "zhipu": "zhipu",
}
#: Names that only one maker gives; the first pattern that begins a name decides.
_EVIDENT = (
    (re.compile(r".*nemotron|nv-"), "nvidia"),
    (re.compile(r"gpt-|chatgpt-|o[1345](-|$)|text-embedding-(3|ada)|whisper|dall-e|davinci|babbage|codex-"), "openai"),
    (re.compile(r"claude-"), "anthropic"),
    (re.compile(r"gemini|gemma|codegemma|imagen|veo-|text-embedding-00|text-multilingual-embedding"), "google"),
    (re.compile(r"(open-)?mi[sx]tral|ministral|magistral|codestral|devstral|pixtral|voxtral"), "mistral"),
    (re.compile(r"deepseek"), "deepseek"),
    (re.compile(r"(meta-)?llama|codellama"), "meta"),
    (re.compile(r"qwen|qwq|qvq"), "qwen"),
    (re.compile(r"grok"), "xai"),
    (re.compile(r"command-|c4ai-|embed-(v|english|multilingual)|rerank-"), "cohere"),
    (re.compile(r"nova-|titan-"), "amazon"),
    (re.compile(r"phi-|mai-|wizardlm"), "microsoft"),
    (re.compile(r"kimi-|moonshot-"), "moonshot"),
    (re.compile(r"minimax-|abab"), "minimax"),
    (re.compile(r"glm-|chatglm|charglm"), "zhipu"),
    (re.compile(r"sonar"), "perplexity"),
    (re.compile(r"step-\d"), "stepfun"),
    (re.compile(r"mimo-"), "xiaomi"),
    (re.compile(r"granite-"), "ibm"),
    (re.compile(r"jamba-"), "ai21"),
    (re.compile(r"llmsim"), LLMSIM),
)
# What clouds and aggregators add to a name: a region, a revision, a variant.
_REGION = re.compile(r"(?:us|us-gov|eu|apac|ap|au|jp|ca|sa|uk|me|global)\.(?=[a-z0-9]+\.)")
_REVISION = re.compile(r"(?:-v?\d+)?:\d+[a-z]*$|-v\d+$|@[a-z0-9-]+$|-maas$|:[a-z-]+$")
_SNAPSHOT = re.compile(r"-(?:20\d\d-\d\d-\d\d|20\d{6}|latest)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueModel:
    """One entry: a vendor's model, under which names it is called, and on which terms.

    ``price`` is the vendor's own, ``aggregator_price`` the aggregator's where it differs; ``differs`` says why an
    entry knowingly states something else than the public second opinion does.
    """

    vendor: str
    family: str
    name: str
    description: str
    upstream_name: str
    aggregator_name: str | None = None
    aliases: tuple[str, ...] = ()
    context_tokens: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_modalities: tuple[str, ...] = ()
    output_modalities: tuple[str, ...] = ("text",)
    tags: tuple[str, ...] = ()
    details: Mapping[str, Document] = field(default_factory=dict)
    facts: Facts = NO_FACTS
    price: Price = UNPRICED
    aggregator_price: Price = UNPRICED
    favourite: bool = False
    differs: str = ""

    @property
    def external_id(self) -> str:
        """What names the model for good (contracts/cadenya.md, 1.3)."""
        return slug(f"{self.vendor}-{self.family}")

    @property
    def names(self) -> tuple[str, ...]:
        """Every name under which the vendor itself serves the model."""
        return (self.upstream_name, *self.aliases)

    @property
    def price_at_aggregator(self) -> Price:
        """What a call through the aggregator costs."""
        return self.aggregator_price or self.price


_DIRECT = (
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
)


def members(model: CatalogueModel, base: Price) -> dict[str, Any]:
    """What the entry tells of a registered model: member -> value, of those in ``domain.models.DERIVED``.

    The price is left out where none is known, lest it take a known one away.
    """
    told = {name: getattr(model, name) for name in _DIRECT}
    return told | {"base": base} if base else told


#: The external ids of the two providers that a workspace begins with. Source: contracts/cadenya.md, 3.7, last lines.
GETTING_STARTED = "getting-started-key"
SIMULATOR = "llmsim"


def seeded_providers(workspace: UUID, identities: tuple[UUID, UUID], *, by: UUID, at: datetime) -> tuple[Provider, ...]:
    """What a workspace begins with: the platform's provider, as yet without a key, and the simulator."""
    made: dict[str, Any] = {"workspace": workspace, "created_by": by, "created_at": at, "updated_at": at}
    getting_started = Provider(
        id=identities[0],
        name="Getting started",
        driver=AGGREGATOR,
        managed=True,
        management=Management.PLATFORM,
        external_id=GETTING_STARTED,
        **made,
    )
    simulator = Provider(id=identities[1], name="LLM simulator", driver=LLMSIM, external_id=SIMULATOR, **made)
    return getting_started, simulator


def seeded_name(model: CatalogueModel, provider: Provider) -> str | None:
    """Under which name the entry is called at a seeded provider; None where it is not seeded there."""
    if provider.external_id == GETTING_STARTED:
        return model.aggregator_name
    return model.upstream_name if provider.external_id == SIMULATOR and model.vendor == LLMSIM else None


def seeded_members(model: CatalogueModel, provider: Provider) -> dict[str, Any]:
    """What the entry tells of its model at a seeded provider: see ``members``."""
    return members(model, model.price_at_aggregator if provider.driver == AGGREGATOR else model.price)


def seeded(  # noqa: PLR0913  what a model is made of
    model: CatalogueModel, provider: Provider, *, identity: UUID, seq: int, by: UUID, at: datetime, revision: int
) -> Model:
    """The entry as a model of a seeded provider: enabled, and the catalogue's until somebody edits it."""
    return Model(
        id=identity,
        seq=seq,
        workspace=provider.workspace,
        provider=provider.id,
        upstream_name=seeded_name(model, provider),
        enabled=True,
        favourite=model.favourite,
        source=Source.PREDEFINED,
        external_id=model.external_id,
        created_by=by,
        created_at=at,
        updated_at=at,
        revision=revision,
        **seeded_members(model, provider),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every entry, and the index by which names are found.

    ``as_of`` is the day to which the facts hold; ``index`` is keyed by the slug of a name.
    """

    as_of: str
    models: tuple[CatalogueModel, ...]
    index: Mapping[str, CatalogueModel] = field(repr=False)

    def find(self, upstream_name: str) -> tuple[CatalogueModel, bool] | None:
        """The entry that a name means, and whether it is the very name that the catalogue lists."""
        for position, spelling in enumerate(spellings(upstream_name)):
            model = self.index.get(slug(spelling))
            if model is not None:
                return model, position == 0
        return None

    def facts(self, driver: str, upstream_name: str) -> dict[str, Any]:
        """What is known of a model by its name at a driver (or vendor): see ``members``; empty where nothing is."""
        found = self.find(upstream_name)
        if found is None or (driver == LLMSIM) != (found[0].vendor == LLMSIM):
            return {}
        model, listed = found
        return members(model, _price(model, driver, upstream_name) if listed else UNPRICED)


def _price(model: CatalogueModel, driver: str, upstream_name: str) -> Price:
    if driver == AGGREGATOR:
        named = model.aggregator_name is not None and slug(model.aggregator_name) == slug(upstream_name)
        return model.price_at_aggregator if named else UNPRICED
    return model.price if VENDOR_OF_DRIVER.get(driver, driver) == model.vendor else UNPRICED


def catalogue(as_of: str, models: Sequence[CatalogueModel]) -> Catalogue:
    """The entries, indexed. Raises: InvalidRequest where two share a name or an external id."""
    index: dict[str, CatalogueModel] = {}
    for position, model in enumerate(models):
        aggregator = () if model.aggregator_name is None else (model.aggregator_name,)
        for name in dict.fromkeys(slug(name) for name in (model.external_id, *model.names, *aggregator)):
            if index.setdefault(name, model) is not model:
                raise InvalidRequest(f"model[{position}]", f"shares the name {name} with another model")
    return Catalogue(as_of=as_of, models=tuple(models), index=index)


def spellings(upstream_name: str) -> Iterator[str]:
    """The name as it is, then ever further without what clouds, aggregators and snapshots add to it.

    ``us.anthropic.claude-haiku-4-5-20251001-v1:0`` ends as ``claude-haiku-4-5``.
    """
    name = upstream_name.strip().lower()
    yield name
    for pattern in (_REGION, _REVISION):
        name = pattern.sub("", name, count=1)
        yield name
    name = _bare(name)
    yield name
    yield _REVISION.sub("", name, count=1)
    yield _SNAPSHOT.sub("", _REVISION.sub("", name, count=1))


def _bare(name: str) -> str:
    """The name without the maker or the path before it."""
    last = name.rpartition("/")[2]
    maker, dot, rest = last.partition(".")
    return rest if dot and maker in _MAKERS else last


def evident_vendor(driver: str, upstream_name: str) -> str:
    """The maker that a name gives away, else the driver's own; empty where neither tells."""
    if driver == LLMSIM:
        return LLMSIM
    name = _REGION.sub("", upstream_name.strip().lower())
    maker = name.rpartition("/")[0].rpartition("/")[2].lstrip("~") or name.partition(".")[0]
    bare = _bare(name)
    told = _MAKERS.get(maker, "")
    if not told:
        told = next((vendor for pattern, vendor in _EVIDENT if pattern.match(bare)), "")
    return told or VENDOR_OF_DRIVER.get(driver, _MAKERS.get(driver, ""))


_MEMBERS = frozenset(
    (
        *("vendor", "family", "name", "description", "upstream", "aggregator", "aliases", "limits", "input", "output"),
        *("tags", "knobs", "efforts", "price", "aggregator_price", "knowledge", "released", "status"),
        *("open_weights", "favourite", "differs"),
    )
)


def read_catalogue(document: Mapping[str, Any]) -> Catalogue:
    """The catalogue of a parsed file. Raises: InvalidRequest, naming the row and the member at fault."""
    rows = document.get("model", [])
    return catalogue(str(document.get("as_of", "")), [_model(row, f"model[{place}]") for place, row in enumerate(rows)])


def _model(row: Mapping[str, Any], place: str) -> CatalogueModel:
    _only(row, _MEMBERS, place)
    knobs = dict(_knob(knob, place) for knob in row.get("knobs", ()))
    tags = (*row["tags"], *knobs)
    limits = row.get("limits", {})
    _only(limits, frozenset(("context", "input", "output")), f"{place}.limits")
    return CatalogueModel(
        vendor=row["vendor"],
        family=row["family"],
        name=row["name"],
        description=row["description"],
        upstream_name=row["upstream"],
        aggregator_name=row.get("aggregator"),
        aliases=tuple(row.get("aliases", ())),
        context_tokens=limits.get("context"),
        input_tokens=limits.get("input"),
        output_tokens=limits.get("output"),
        input_modalities=tuple(row["input"]),
        output_modalities=tuple(row.get("output", ("text",))),
        tags=tags,
        details={tag: detail for tag, detail in knobs.items() if detail},
        facts=_facts(row, tags, tuple(knobs), place),
        price=_terms(row.get("price"), f"{place}.price"),
        aggregator_price=_terms(row.get("aggregator_price"), f"{place}.aggregator_price"),
        favourite=row.get("favourite", False),
        differs=row.get("differs", ""),
    )


def _only(table: Mapping[str, Any], known: frozenset[str], place: str) -> None:
    unknown = sorted(table.keys() - known)
    if unknown:
        raise InvalidRequest(f"{place}.{unknown[0]}", "is no member of the catalogue")


def _knob(text: str, place: str) -> tuple[str, Document]:
    name, _, detail = text.partition(":")
    if name not in KNOBS:
        raise InvalidRequest(f"{place}.knobs", f"holds only {', '.join(KNOBS)}")
    if name == "stop_sequences":
        return name, {"limit": int(detail or "0")}
    if name == "reasoning" and detail not in REASONING_MODES:
        raise InvalidRequest(f"{place}.knobs", f"reasoning is {' or '.join(REASONING_MODES)}")
    return name, {"mode": detail} if detail else {}


def _facts(row: Mapping[str, Any], tags: Sequence[str], knobs: tuple[str, ...], place: str) -> Facts:
    status = row.get("status", "active")
    if status not in STATUSES:
        raise InvalidRequest(f"{place}.status", f"is one of {', '.join(STATUSES)}")
    efforts = tuple(effort(value) for value in row.get("efforts", ()))
    return Facts(
        attachment=any(modality != "text" for modality in row["input"]),
        reasoning="reasoning" in tags,
        temperature="temperature" in tags,
        tool_call="tools" in tags,
        structured_output="structured_output" in tags,
        open_weights=row.get("open_weights", False),
        knowledge=row.get("knowledge"),
        release_date=row["released"],
        status=status,
        reasoning_default=usual_effort(row.get("efforts", ())),
        reasoning_efforts=efforts,
        supported_parameters=knobs,
    )


_EFFORTS = {"xhigh": "Extra high", "max": "Maximum"}


def effort(value: str) -> Effort:
    """A level of reasoning effort with its name for people."""
    return Effort(value=value, name=_EFFORTS.get(value, value.capitalize()))


def usual_effort(values: Sequence[str]) -> str | None:
    """The level to start from: medium where there is one, else high, else the last; None where there are no levels."""
    return next((value for value in ("medium", "high") if value in values), values[-1] if values else None)


def _terms(table: Mapping[str, Any] | None, place: str) -> Price:
    if table is None:
        return UNPRICED
    _only(table, frozenset(item.name for item in fields(Price)), place)
    return Price(
        input=_amount(table["input"], place),
        output=_amount(table["output"], place),
        cached_input=_optional_amount(table, place),
        tiers=tuple(_tier(tier, f"{place}.tiers") for tier in table.get("tiers", ())),
    )


def _tier(table: Mapping[str, Any], place: str) -> Tier:
    _only(table, frozenset(("above", "input", "output", "cached_input")), place)
    return Tier(
        above_tokens=table["above"],
        input=_amount(table["input"], place),
        output=_amount(table["output"], place),
        cached_input=_optional_amount(table, place),
    )


def _optional_amount(table: Mapping[str, Any], place: str) -> Decimal | None:
    return _amount(table["cached_input"], place) if "cached_input" in table else None


def _amount(text: object, place: str) -> Decimal:
    try:
        amount = Decimal(text) if isinstance(text, str) else None
    except InvalidOperation:
        amount = None
    if amount is None:
        raise InvalidRequest(place, "holds amounts as decimal text")
    return checked_amount(amount, place)
