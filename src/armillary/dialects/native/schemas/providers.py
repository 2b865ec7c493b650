"""Providers: who serves models to a workspace, and with which credential."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, field

from armillary.dialects.native.schemas.base import (
    Body,
    Cursor,
    LabelFilter,
    Limit,
    ProviderId,
    Query,
    Reply,
    WorkspaceId,
)

CredentialKind = Literal["api_key", "headers", "google_service_account", "aws_access_key", "parts"]


class CredentialShape(Reply):
    """What may be told of a credential: its form, and which members are set. Their values never leave the server."""

    kind: str
    members: list[str]


class ProviderModels(Reply):
    """How many models a provider has."""

    enabled: int
    disabled: int


class Provider(Reply):
    """A provider in one workspace.

    `managed`: the platform supplies it, so that other dialects neither change nor delete it. `healthy`: it is active
    and has a credential, or needs none. Values of request headers are masked.
    """

    id: ProviderId
    workspace_id: WorkspaceId
    name: str
    driver: str
    base_url: str | None
    status: Literal["active", "disabled"]
    managed: bool
    management: Literal["platform", "synced", "customizable", "manual"]
    healthy: bool
    credential: CredentialShape | None
    config: dict[str, Any]
    request_headers: list[str]
    models: ProviderModels
    labels: dict[str, str]
    external_id: str | None
    bundle: str | None
    created_at: datetime
    updated_at: datetime
    last_synced_at: datetime | None
    revision: int


class Providers(Reply):
    """A page of providers; `next_cursor` is null on the last one."""

    data: list[Provider]
    next_cursor: str | None


class ProvidersQuery(Query):
    """Which providers to show; conditions add up."""

    q: Annotated[str, Meta(max_length=255, description="Part of the name, the external id or the driver.")] = ""
    managed: bool | None = None
    label: LabelFilter = field(default_factory=list)
    order: Literal["newest", "oldest"] = "newest"
    limit: Limit = 50
    cursor: Cursor = ""


class SetCredential(Body):
    """A credential, stated whole.

    `api_key` takes the member `api_key`, `google_service_account` takes `json`, `aws_access_key` takes
    `access_key_id` and `secret_access_key`; `headers` and `parts` take members of any name.
    """

    members: Annotated[
        dict[
            Annotated[str, Meta(min_length=1, max_length=255)],
            Annotated[str, Meta(min_length=1, max_length=65_536)],
        ],
        Meta(min_length=1, max_length=16, examples=[{"api_key": "the provider's own key"}]),
    ]
    kind: CredentialKind = "api_key"
