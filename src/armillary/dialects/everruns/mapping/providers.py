"""Providers: Everruns' words for ours, and ours for Everruns'. Source: contracts/everruns.md, 3.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from armillary.dialects.everruns.mapping import ids, links
from armillary.dialects.everruns.schemas import providers as wire
from armillary.domain.errors import InvalidRequest
from armillary.domain.providers import Credential, NewProvider, Provider, ProviderChanges, ProviderStatus
from armillary.domain.syncs import SyncResult

#: How large an opaque object may be, as JSON.
MOST_OPTION_BYTES = 64 * 1024


def new_provider(body: wire.CreateProviderRequest) -> NewProvider:
    """What a POST asks for. Raises: InvalidRequest."""
    credential = _credential(body.api_key, body.credentials)
    return NewProvider(
        name=body.name,
        driver=body.provider_type,
        base_url=body.base_url or "",
        credential=credential if isinstance(credential, Credential) else None,
        request_options=_bounded(body.request_options or {}, "request_options"),
        trace=_bounded(body.trace, "trace"),
    )


def provider_changes(body: wire.UpdateProviderRequest) -> ProviderChanges:
    """What a PATCH changes; null keeps, an empty ``api_key`` clears the credential. Raises: InvalidRequest."""
    return ProviderChanges(
        name=_kept(body.name),
        driver=_kept(body.provider_type),
        base_url=_kept(body.base_url),
        status=UNSET if body.status is None else ProviderStatus(body.status),
        credential=_credential(body.api_key, body.credentials),
        request_options=_kept(_bounded(body.request_options, "request_options")),
        trace=_kept(_bounded(body.trace, "trace")),
    )


def _kept(value: Any) -> Any:  # noqa: ANN401  any member
    return UNSET if value is None else value


def _credential(api_key: str | None, parts: Mapping[str, str] | None) -> Credential | UnsetType | None:
    if api_key is not None and parts is not None:
        raise InvalidRequest("credentials", "excludes api_key: send one of the two")
    if api_key is not None:
        key = api_key.strip()
        return Credential(kind="api_key", members={"api_key": key}) if key else None
    if parts is None:
        return UNSET
    if set(parts) == {"api_key"}:
        return _credential(parts["api_key"], None)
    return Credential(kind="parts", members=dict(parts)) if parts else None


def _bounded(value: Any, field: str) -> Any:  # noqa: ANN401  opaque JSON
    """The opaque value, if it can be kept. Raises: InvalidRequest (``field``)."""
    if len(msgspec.json.encode(value)) > MOST_OPTION_BYTES:
        raise InvalidRequest(field, f"has at most {MOST_OPTION_BYTES} bytes")
    return value


def provider_item(provider: Provider, *, manages: bool) -> wire.ProviderItem:
    """The provider as lists show it; see ``provider_reply``."""
    return wire.ProviderItem(**_members(provider, manages=manages))


def provider_reply(provider: Provider, *, origin: str, manages: bool) -> wire.Provider:
    """The provider by itself.

    ``manages`` tells whether the caller may change it: who may not is not offered to, and does not see the options
    that requests carry, since a header among them may be a secret.
    """
    href = links.self_url(origin, ids.PROVIDER, provider.id)
    view = links.view_url(origin, ids.PROVIDER, provider.id)
    may = manages and not provider.managed
    return wire.Provider(
        **_members(provider, manages=manages),
        self_url=href,
        view_url=view,
        ui_link=view,
        allowed_actions=links.actions(href, ids.PROVIDER, update=may, delete=may),
    )


def sync_reply(result: SyncResult) -> wire.SyncResult:
    """What a sync did."""
    if not result.supported:
        return wire.SyncResult(status="not_supported")
    return wire.SyncResult(status="success", created=result.created, updated=result.updated, stale=result.stale)


def _members(provider: Provider, *, manages: bool) -> dict[str, Any]:
    has_credential = provider.credential is not None
    return {
        "id": ids.wire_id(ids.PROVIDER, provider.id),
        "name": provider.name,
        "provider_type": provider.driver,
        "driver": provider.driver,
        "base_url": provider.base_url or UNSET,
        "api_key_set": has_credential,
        "credentials_set": has_credential,
        "status": provider.status.value,
        "managed": provider.managed,
        "last_synced_at": provider.last_synced_at or UNSET,
        "created_at": provider.created_at,
        "updated_at": provider.updated_at,
        "request_options": (dict(provider.request_options) or UNSET) if manages else UNSET,
        "trace": UNSET if provider.trace is None else provider.trace,
    }
