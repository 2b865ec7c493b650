"""Providers between the domain and the wire."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from armillary.dialects.native.mapping import ids
from armillary.dialects.native.mapping.queries import after_id, label_filter, next_cursor
from armillary.dialects.native.schemas import providers as wire
from armillary.domain.listings import ModelCounts, ProviderPage, ProviderQuery
from armillary.domain.providers import Credential, CredentialShape, Provider

_NO_MODELS = ModelCounts()


def provider_reply(provider: Provider, counts: ModelCounts) -> wire.Provider:
    """The provider as this API shows it: of its secrets, that they are there."""
    return wire.Provider(
        id=ids.spelled("provider", provider.id),
        workspace_id=ids.spelled("workspace", provider.workspace),
        name=provider.name,
        driver=provider.driver,
        base_url=provider.base_url or None,
        status=provider.status.value,
        managed=provider.managed,
        management=provider.management.value,
        healthy=provider.healthy,
        credential=_shape_reply(provider.credential),
        config=dict(provider.config),
        request_headers=_header_names(provider.request_options),
        models=wire.ProviderModels(enabled=counts.enabled, disabled=counts.disabled),
        labels=dict(provider.labels),
        external_id=provider.external_id or None,
        bundle=provider.bundle or None,
        created_at=provider.created_at,
        updated_at=provider.updated_at,
        last_synced_at=provider.last_synced_at,
        revision=provider.revision,
    )


def _shape_reply(shape: CredentialShape | None) -> wire.CredentialShape | None:
    return None if shape is None else wire.CredentialShape(kind=shape.kind, members=list(shape.members))


def _header_names(options: Mapping[str, object]) -> list[str]:
    headers = options.get("headers")
    return sorted(str(name) for name in headers) if isinstance(headers, Mapping) else []


def page_reply(page: ProviderPage, counts: Mapping[UUID, ModelCounts], query: wire.ProvidersQuery) -> wire.Providers:
    """A page of providers."""
    return wire.Providers(
        data=[provider_reply(one, counts.get(one.id, _NO_MODELS)) for one in page.items],
        next_cursor=next_cursor(page.next, query),
    )


def provider_query(query: wire.ProvidersQuery) -> ProviderQuery:
    """What a list is asked for. Raises: Misplaced, InvalidRequest (``cursor``)."""
    return ProviderQuery(
        text=query.q.strip(),
        managed=query.managed,
        labels=label_filter(query.label),
        newest_first=query.order == "newest",
        limit=query.limit,
        after=after_id(query),
    )


def credential(body: wire.SetCredential) -> Credential:
    """The credential that a body states."""
    return Credential(kind=body.kind, members=dict(body.members))
