"""One page of a provider's list of models, read from bytes that may hold anything. Pure.

Vendors share little more than ``id``. So an entry is read member by member, each from wherever some vendor is
known to put it, and a member that is not what it should be counts as not said. What makes an entry worthless
is only a name that cannot be used; what makes a page worthless is only that it is no list.

Sources: the model listings of OpenAI, Anthropic (``capabilities``, ``max_input_tokens``), Gemini
(``supportedGenerationMethods``), OpenRouter (``architecture``, ``pricing``, ``supported_parameters``),
Mistral (``capabilities``), Fireworks (``supports_…``), Together and LM Studio (``type``), Groq
(``context_window``), vLLM (``max_model_len``), DeepInfra (``metadata``), llama.cpp (``meta``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from armillary.domain.discovery import DiscoveredModel, DiscoveredPrices
from armillary.providers.endpoints import Dialect

Entry = Mapping[str, Any]

#: More than any vendor lists, by an order of magnitude; what one workspace is asked to hold at most.
MAX_ENTRIES = 10_000
MAX_NAME_CHARS = 255
MAX_DESCRIPTION_CHARS = 4000
MAX_CURSOR_CHARS = 1024
MAX_TOKENS = 10**9
MAX_USD_PER_MTOK = Decimal(10**6)
#: Decimal arithmetic is exact up to 28 digits; a longer price is no price.
_MAX_NUMBER_DIGITS = 28

_MODALITIES = {
    "text": "text",
    "image": "image",
    "images": "image",
    "audio": "audio",
    "video": "video",
    "file": "pdf",
    "pdf": "pdf",
}

#: What vendors call an ability, in flags, lists and dictionaries -> our tag.
_ABILITIES = {
    "audio_transcription": "audio",
    "audio_speech": "audio",
    "batchEmbedContents": "embeddings",
    "bidiGenerateContent": "realtime",
    "chat": "chat",
    "chat_completion": "chat",
    "completion": "chat",
    "completion_chat": "chat",
    "embedContent": "embeddings",
    "embedding": "embeddings",
    "embeddings": "embeddings",
    "function_calling": "tools",
    "generateContent": "chat",
    "image_input": "vision",
    "include_reasoning": "reasoning",
    "moderation": "moderation",
    "predict": "images",
    "reasoning": "reasoning",
    "rerank": "rerank",
    "structured_output": "structured_output",
    "structured_outputs": "structured_output",
    "supports_chat": "chat",
    "supports_image_input": "vision",
    "supports_reasoning": "reasoning",
    "supports_tools": "tools",
    "thinking": "reasoning",
    "tool_calling": "tools",
    "tool_use": "tools",
    "tools": "tools",
    "vision": "vision",
}

#: What Together, LM Studio and others say in ``type``.
_TYPES = {
    "audio": ("audio",),
    "chat": ("chat",),
    "code": ("chat",),
    "embedding": ("embeddings",),
    "embeddings": ("embeddings",),
    "image": ("images",),
    "language": ("chat",),
    "llm": ("chat",),
    "moderation": ("moderation",),
    "rerank": ("rerank",),
    "transcribe": ("audio",),
    "vlm": ("chat", "vision"),
}

#: What an output other than text makes of a model; OpenRouter lists these beside the modalities proper.
_OUTPUTS = {
    "decisions": "decisions",
    "embeddings": "embeddings",
    "rerank": "rerank",
    "speech": "audio",
    "text": "chat",
    "transcription": "audio",
}

#: Pieces of names that tell what a model is not, for the vendors that list everything and say nothing (OpenAI
#: itself). Without them an embedding model would be taken for one to talk to.
_TELLING_NAMES = (
    ("embed", "embeddings"),
    ("rerank", "rerank"),
    ("moderation", "moderation"),
    ("realtime", "realtime"),
    ("dall-e", "images"),
    ("gpt-image", "images"),
    ("sora-", "images"),
    ("whisper", "audio"),
    ("tts", "audio"),
    ("transcribe", "audio"),
)

#: These send the present, or the day of a download, as ``created``.
_CLOCKS = frozenset({"vllm", "library", "llamacpp", "sglang"})
#: Sent by LiteLLM for every model, whatever its age.
_LITELLM_CREATED = 1677610602
_FIRST_RELEASE = date(2018, 1, 1)


class NotAListing(Exception):
    """The bytes hold no list of models; the text finishes "the answer …" and quotes nothing of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The entries of one page, unread, and the cursor of the next page, where there is one."""

    entries: tuple[msgspec.Raw, ...]
    cursor: str | None = None


def read_page(body: bytes, dialect: Dialect) -> Page:
    """The page that an answer holds. Raises: NotAListing."""
    whole: dict[str, msgspec.Raw] | list[msgspec.Raw] = _decoded(_whole, body)
    if isinstance(whole, list):  # Together answers a bare array
        return Page(entries=_bounded(whole))
    members = whole.get("models" if dialect == "gemini" else "data")
    if members is None and dialect == "gemini":
        members = msgspec.Raw(b"[]")  # Gemini leaves out what is empty
    if members is None:
        raise NotAListing("is no list of models")
    return Page(entries=_bounded(_decoded(_entries, members)), cursor=_cursor(whole, dialect))


def read_entry(raw: msgspec.Raw, dialect: Dialect) -> DiscoveredModel | None:
    """The model that an entry tells of, or None where it names none that can be used."""
    try:
        entry = _entry.decode(raw)
    except (ValueError, RecursionError):
        return None
    name = _upstream_name(entry, dialect)
    return None if name is None else _model(name, entry, dialect)


def _number(text: str) -> Decimal | None:
    """The number, exact; None for what is none, or infinite, or beyond what arithmetic holds."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= _MAX_NUMBER_DIGITS else None


_whole = msgspec.json.Decoder(dict[str, msgspec.Raw] | list[msgspec.Raw])
_entries = msgspec.json.Decoder(list[msgspec.Raw])
_entry = msgspec.json.Decoder(dict[str, Any], float_hook=_number)
_any = msgspec.json.Decoder()


def _decoded(decoder: msgspec.json.Decoder[Any], body: bytes | msgspec.Raw) -> Any:  # noqa: ANN401  as decoded
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise NotAListing("is no list of models") from None
    except (ValueError, RecursionError):
        raise NotAListing("is not valid JSON") from None


def _bounded(entries: list[msgspec.Raw]) -> tuple[msgspec.Raw, ...]:
    if len(entries) > MAX_ENTRIES:
        raise NotAListing(f"lists more than {MAX_ENTRIES} models")
    return tuple(entries)


def _cursor(page: Mapping[str, msgspec.Raw], dialect: Dialect) -> str | None:
    """The cursor of the page after this one. Raises: NotAListing where there is one that leads nowhere."""
    if dialect == "openai":
        return None
    if dialect == "anthropic" and _member(page, "has_more") is not True:
        return None
    cursor = _member(page, "last_id" if dialect == "anthropic" else "nextPageToken")
    if dialect == "gemini" and not cursor:
        return None
    if not isinstance(cursor, str) or not 0 < len(cursor) <= MAX_CURSOR_CHARS or not cursor.isprintable():
        raise NotAListing("promises another page without saying where")
    return cursor


def _member(page: Mapping[str, msgspec.Raw], name: str) -> object:
    return _decoded(_any, page[name]) if name in page else None


def _upstream_name(entry: Entry, dialect: Dialect) -> str | None:
    name = entry.get("name" if dialect == "gemini" else "id")
    if not isinstance(name, str):
        return None
    if dialect == "gemini":
        name = name.removeprefix("models/")
    usable = 0 < len(name) <= MAX_NAME_CHARS and name.isprintable() and name == name.strip()
    return name if usable else None


def _model(upstream_name: str, entry: Entry, dialect: Dialect) -> DiscoveredModel:
    top, meta, data = (_object(entry, name) for name in ("top_provider", "meta", "metadata"))
    tags = _tags(entry, dialect) or _told_by(upstream_name)
    return DiscoveredModel(
        upstream_name=upstream_name,
        name=_name(entry, upstream_name),
        description=_description(entry.get("description") or data.get("description")),
        context_tokens=_tokens(
            *_members(
                entry,
                "context_length",
                "max_context_length",
                "context_window",
                "max_model_len",
                "inputTokenLimit",
                "max_input_tokens",
            ),
            top.get("context_length"),
            data.get("context_length"),
            meta.get("n_ctx_train"),
        ),
        output_tokens=_tokens(
            top.get("max_completion_tokens"),
            *_members(entry, "max_completion_tokens", "max_output_tokens", "outputTokenLimit", "max_tokens"),
            data.get("max_tokens"),
        ),
        input_modalities=_inputs(entry, tags),
        output_modalities=_modalities(_said(entry, "output_modalities")),
        capabilities=tuple(sorted(tags)),
        prices=_prices(entry),
        released_on=_released(entry),
    )


# Words


def _name(entry: Entry, upstream_name: str) -> str | None:
    for key in ("display_name", "displayName", "name"):
        name = entry.get(key)
        if isinstance(name, str) and 0 < len(name.strip()) <= MAX_NAME_CHARS and name.strip().isprintable():
            return None if name.removeprefix("models/") == upstream_name else name.strip()
    return None


def _description(text: object) -> str | None:
    """Prose without control characters, its lines kept."""
    if not isinstance(text, str):
        return None
    lines = text[: MAX_DESCRIPTION_CHARS * 2].splitlines()
    return "\n".join(_printable(line) for line in lines).strip()[:MAX_DESCRIPTION_CHARS].rstrip() or None


def _printable(line: str) -> str:
    return line if line.isprintable() else "".join(char for char in line if char.isprintable())


# Numbers


def _tokens(*candidates: object) -> int | None:
    """The first that is a count of tokens. JSON's 131072.0 is one as well."""
    for candidate in candidates:
        if isinstance(candidate, bool) or not isinstance(candidate, int | Decimal):
            continue
        if 0 < candidate <= MAX_TOKENS and candidate == int(candidate):
            return int(candidate)
    return None


def _prices(entry: Entry) -> DiscoveredPrices | None:
    """The price per million tokens, exact; None unless both directions are said.

    OpenRouter says USD per token, as text, and -1 for "it depends"; Together and DeepInfra say USD per
    million tokens, as numbers, and Together says 0 and 0 of what it does not sell by the token.
    """
    per_token = _object(entry, "pricing")
    if "prompt" in per_token:
        return _stated(per_token, ("prompt", "completion", "input_cache_read"), shift=6)
    if "input" in per_token:
        found = _stated(per_token, ("input", "output", "cached_input"), shift=0)
        return found if found and (found.input_usd_per_mtok or found.output_usd_per_mtok) else None
    return _stated(
        _object(_object(entry, "metadata"), "pricing"),
        ("input_tokens", "output_tokens", "cache_read_tokens"),
        shift=0,
    )


def _stated(prices: Entry, names: tuple[str, str, str], *, shift: int) -> DiscoveredPrices | None:
    prompt, completion, cached = (_usd(prices.get(name), shift) for name in names)
    if prompt is None or completion is None:
        return None
    return DiscoveredPrices(input_usd_per_mtok=prompt, output_usd_per_mtok=completion, cached_input_usd_per_mtok=cached)


def _usd(stated: object, shift: int) -> Decimal | None:
    """A price moved by ``shift`` decimal places, written without an exponent; None for what is no price."""
    if isinstance(stated, bool) or not isinstance(stated, str | int | Decimal):
        return None
    text = str(stated)
    value = _number(text) if len(text) <= _MAX_NUMBER_DIGITS else None
    if value is None or value < 0:
        return None
    moved = value.scaleb(shift)
    return Decimal(f"{moved.normalize():f}") if moved <= MAX_USD_PER_MTOK else None


def _released(entry: Entry) -> date | None:
    """The day of ``created`` (seconds) or ``created_at`` (RFC 3339), where it can be the day of a release."""
    stated = entry.get("created", entry.get("created_at"))
    if str(entry.get("owned_by")) in _CLOCKS or stated == _LITELLM_CREATED:
        return None
    try:
        day = _day(stated)
    except (ValueError, OverflowError, OSError):
        return None
    return day if day is not None and day >= _FIRST_RELEASE else None


def _day(stated: object) -> date | None:
    if isinstance(stated, str):
        return datetime.fromisoformat(stated).astimezone(UTC).date()
    if isinstance(stated, int | Decimal) and not isinstance(stated, bool):
        return datetime.fromtimestamp(int(stated), UTC).date()
    return None


# Abilities


def _tags(entry: Entry, dialect: Dialect) -> set[str]:
    tags = {_ABILITIES[word] for word in _words(entry) if word in _ABILITIES}
    kind = entry.get("type")
    tags.update(_TYPES.get(kind, ()) if isinstance(kind, str) else ())
    outputs = _said(entry, "output_modalities")
    tags.update(_OUTPUTS[word] for word in outputs if word in _OUTPUTS)
    if "image" in outputs and "text" not in outputs:
        tags.add("images")
    if "image" in _said(entry, "input_modalities"):
        tags.add("vision")
    if dialect == "anthropic":  # every model of its listing answers its one endpoint
        tags.add("chat")
    return tags


def _words(entry: Entry) -> Iterator[str]:
    """Every word by which an entry claims an ability."""
    yield from (key for key, value in entry.items() if value is True)
    for key in ("supported_parameters", "supported_features", "supportedGenerationMethods"):
        yield from _texts(entry.get(key))
    yield from _texts(_object(entry, "metadata").get("tags"))
    claimed = entry.get("capabilities")
    if isinstance(claimed, dict):  # Mistral: {"vision": true}; Anthropic: {"thinking": {"supported": true}}
        yield from (
            key
            for key, value in claimed.items()
            if value is True or (isinstance(value, dict) and value.get("supported") is True)
        )
    yield from _texts(claimed)


def _told_by(upstream_name: str) -> set[str]:
    lowered = upstream_name.lower()
    return {tag for piece, tag in _TELLING_NAMES if piece in lowered}


def _inputs(entry: Entry, tags: set[str]) -> tuple[str, ...]:
    said = _modalities(_said(entry, "input_modalities"))
    if said or "vision" not in tags:
        return said
    pdf = _object(_object(entry, "capabilities"), "pdf_input").get("supported") is True
    return ("text", "image", "pdf") if pdf else ("text", "image")


def _said(entry: Entry, key: str) -> list[str]:
    """Modalities as they are said: of the entry, of its ``architecture``, or there in one arrow."""
    architecture = _object(entry, "architecture")
    for place in (entry, architecture):
        if isinstance(place.get(key), list):
            return list(_texts(place[key]))
    arrow = architecture.get("modality")
    if not isinstance(arrow, str) or "->" not in arrow:
        return []
    before, _, after = arrow.partition("->")
    return (before if key == "input_modalities" else after).split("+")


def _modalities(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_MODALITIES[word] for word in words if word in _MODALITIES))


# Shapes


def _object(entry: Entry, key: str) -> Entry:
    value = entry.get(key)
    return value if isinstance(value, dict) else {}


def _members(entry: Entry, *keys: str) -> Iterator[object]:
    return (entry.get(key) for key in keys)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))
