"""AI provider keys: what the domain calls providers. Source: contracts/cadenya.md, 3.7."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from armillary.dialects.cadenya.mapping import credentials, ids, metadata, pages
from armillary.dialects.cadenya.mapping.masks import clearable, masked
from armillary.dialects.cadenya.schemas import provider_keys as wire
from armillary.dialects.cadenya.schemas.provider_keys import AIProvider, ConfigType
from armillary.dialects.cadenya.spellings import snake
from armillary.domain.access import Principal
from armillary.domain.changes import Document
from armillary.domain.errors import InvalidRequest
from armillary.domain.listings import ModelCounts, ProviderPage, ProviderQuery
from armillary.domain.providers import Management, NewProvider, Provider, ProviderChanges

#: Cadenya's word for a provider -> the driver that it is written as.
DRIVERS: dict[AIProvider, str] = {
    AIProvider.OPENROUTER: "openrouter",
    AIProvider.OPENAI: "openai",
    AIProvider.ANTHROPIC: "anthropic",
    AIProvider.GEMINI: "gemini",
    AIProvider.OPENAI_COMPATIBLE: "openai_completions",
    AIProvider.VERTEX: "vertex",
    AIProvider.BEDROCK: "bedrock",
}
_PROVIDERS = {driver: word for word, driver in DRIVERS.items()} | {"openai_compatible": AIProvider.OPENAI_COMPATIBLE}
_MANAGEMENT = {
    Management.PLATFORM: wire.ModelManagement.CADENYA,
    Management.SYNCED: wire.ModelManagement.SYNCED,
    Management.CUSTOMIZABLE: wire.ModelManagement.CUSTOMIZABLE,
    Management.MANUAL: wire.ModelManagement.MANUAL,
}
_CONFIGS: dict[AIProvider, tuple[ConfigType, type[msgspec.Struct]]] = {
    AIProvider.OPENROUTER: (ConfigType.OPENROUTER, wire.OpenRouterConfig),
    AIProvider.OPENAI: (ConfigType.OPENAI, wire.OpenAIConfig),
    AIProvider.OPENAI_COMPATIBLE: (ConfigType.OPENAI_COMPATIBLE, wire.OpenAICompatibleConfig),
    AIProvider.VERTEX: (ConfigType.VERTEX, wire.VertexConfig),
    AIProvider.BEDROCK: (ConfigType.BEDROCK, wire.BedrockConfig),
}
#: Words that clients before 1.1 do not know.
_LATER = frozenset({AIProvider.VERTEX, AIProvider.BEDROCK})
_WRITABLE = (*metadata.WRITABLE, "spec.credentials", "spec.config")


def ai_provider(provider: Provider) -> AIProvider:
    """Cadenya's word for the provider's driver; unspecified where it has none, never a foreign one."""
    return _PROVIDERS.get(provider.driver, AIProvider.UNSPECIFIED)


def provider_query(query: wire.AIProviderKeyQuery, bound: pages.Filters) -> ProviderQuery:
    """The domain's query. Raises: InvalidRequest."""
    return ProviderQuery(
        prefix=query.prefix,
        id_range=ids.span("provider", query.prefix) if query.prefix else None,
        text=query.query,
        managed=True if query.promotional else None,
        labels=pages.labels(query.labels),
        newest_first=pages.newest_first(query.sort_order),
        limit=pages.limit(query.limit),
        after=pages.id_after(query, bound),
    )


def key_reply(caller: Principal, provider: Provider, counts: ModelCounts | None = None) -> wire.AIProviderKey:
    """The key, with its ``info`` where it was counted."""
    return wire.AIProviderKey(
        metadata=metadata.of_workspace(caller, "provider", provider),
        spec=wire.AIProviderKeySpec(provider=ai_provider(provider), config=config(provider)),
        info=UNSET if counts is None else info(provider, counts),
    )


def key_of_model(caller: Principal, provider: Provider) -> wire.AIProviderKey:
    """The key as it stands in a model's ``info``: uncounted, and with ``id`` and ``name`` for clients of June 2026.

    Settings that came with Vertex and Bedrock are left out: 1.0 clients know neither, and would fail on the model.
    """
    key = key_reply(caller, provider, ModelCounts())
    key.id, key.name = key.metadata.id, key.metadata.name
    if key.spec.provider in _LATER:
        key.spec.config = UNSET
    return key


def keys_reply(
    caller: Principal, page: ProviderPage, counts: Mapping[Any, ModelCounts] | None, bound: pages.Filters
) -> wire.AIProviderKeyList:
    """A page of keys, with their ``info`` where they were counted."""
    items = [
        key_reply(caller, one, None if counts is None else counts.get(one.id, ModelCounts())) for one in page.items
    ]
    return wire.AIProviderKeyList(items=items, pagination=pages.pagination(page.next, bound))


def info(provider: Provider, counts: ModelCounts) -> wire.AIProviderKeyInfo:
    """What is known of the key beyond what was said."""
    return wire.AIProviderKeyInfo(
        enabled_model_count=counts.enabled,
        disabled_model_count=counts.disabled,
        is_promotional=provider.managed,
        model_management=_MANAGEMENT[provider.management],
        credential_status=credentials.credential_status(provider.credential),
    )


def config(provider: Provider) -> wire.Config | UnsetType:
    """The settings that Cadenya has words for; UNSET where none is set."""
    known = _CONFIGS.get(ai_provider(provider))
    if known is None:
        return UNSET
    kind, shape = known
    stored: Document = {"base_url": provider.base_url} if kind is ConfigType.OPENAI_COMPATIBLE else provider.config
    members = {name: stored.get(name) for name in shape.__struct_fields__}
    settings = {name: value for name, value in members.items() if isinstance(value, str) and value}
    payload: dict[str, Any] = {snake(kind.value): shape(**settings)}
    return wire.Config(type=kind, **payload) if settings else UNSET


def new_provider(body: wire.CreateAIProviderKey) -> NewProvider:
    """The provider that a body asks for. Raises: InvalidRequest."""
    word = _stated_provider(body.spec)
    credential = credentials.credential(word, _stated_credentials(body.spec))
    settings = _settings(word, body.spec.config, {})
    return NewProvider(driver=DRIVERS[word], credential=credential, **settings, **metadata.stated(body.metadata))


def _stated_provider(spec: wire.AIProviderKeySpecBody) -> AIProvider:
    if spec.provider is UNSET and spec.openrouter is not UNSET:
        return AIProvider.OPENROUTER
    if isinstance(spec.provider, UnsetType) or spec.provider is AIProvider.UNSPECIFIED:
        words = ", ".join(DRIVERS)
        raise InvalidRequest("spec.provider", f"must be one of {words}")
    return spec.provider


def _stated_credentials(spec: wire.AIProviderKeySpecBody) -> wire.Credentials | UnsetType:
    if isinstance(spec.api_key, UnsetType):
        return spec.credentials
    if spec.credentials is not UNSET:
        raise InvalidRequest("spec.api_key", "must not stand beside credentials")
    return wire.Credentials(type=wire.CredentialType.API_KEY, api_key=wire.ApiKeyCredential(api_key=spec.api_key))


def provider_changes(body: wire.UpdateAIProviderKey, provider: Provider) -> ProviderChanges:
    """What a body changes of the provider. Raises: InvalidRequest."""
    mask = masked(body.update_mask, body, _WRITABLE)
    members = metadata.changes(body, mask)
    stated = clearable(body, "spec.credentials", mask, None)
    settings = clearable(body, "spec.config", mask, None)
    word = ai_provider(provider)
    if stated is not UNSET:
        members["credential"] = credentials.credential(word, UNSET if stated is None else stated)
    elif isinstance(body.spec, wire.AIProviderKeySpecBody) and isinstance(body.spec.api_key, str):
        members["credential"] = credentials.credential(word, _stated_credentials(body.spec))
    if settings is not UNSET:
        members |= _settings(word, UNSET if settings is None else settings, provider.config)
    if isinstance(body.credential_patch, wire.CredentialPatch):
        if "credential" in members:
            raise InvalidRequest("credential_patch", "must not stand beside credentials")
        members["credential"] = credentials.credential_patch(word, body.credential_patch, provider.credential)
    return ProviderChanges(**members)


def _settings(word: AIProvider, config: wire.Config | UnsetType, stored: Document) -> dict[str, Any]:
    """The members that keep a config: the base URL of an OpenAI-compatible API, the settings of any other."""
    payload = _payload(word, config)
    if word is AIProvider.OPENAI_COMPATIBLE:
        base_url = payload.get("base_url", "")
        if not base_url:
            raise InvalidRequest("spec.config.openai_compatible.base_url", "is required")
        return {"base_url": base_url}
    _, shape = _CONFIGS.get(word, (None, msgspec.Struct))
    others = {name: value for name, value in stored.items() if name not in shape.__struct_fields__}
    return {"config": {**others, **{name: value for name, value in payload.items() if value}}}


def _payload(word: AIProvider, config: wire.Config | UnsetType) -> dict[str, str]:
    if isinstance(config, UnsetType):
        return {}
    kind, _ = _CONFIGS.get(word, (None, None))
    if config.type is not kind:
        raise InvalidRequest("spec.config.type", "must be the one that belongs to the provider")
    payload = getattr(config, snake(config.type.value))
    if payload is UNSET:
        raise InvalidRequest("spec.config", "must have its settings under its type's name")
    return msgspec.structs.asdict(payload)
