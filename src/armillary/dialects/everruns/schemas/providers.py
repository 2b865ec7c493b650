"""Providers on the wire. Source: contracts/everruns.md, 3.1."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from armillary.dialects.everruns.schemas.base import Action, Body, Reply

#: Told here, enforced by the domain, which trims the name first.
Name = Annotated[str, Meta(extra_json_schema={"minLength": 1, "maxLength": 255, "pattern": "\\S"})]
Driver = Annotated[str, Meta(extra_json_schema={"minLength": 1, "maxLength": 255, "pattern": "^\\S(?:.*\\S)?$"})]
Url = Annotated[str, Meta(extra_json_schema={"maxLength": 2048, "pattern": "^(?:https?://.+)?$"})]
Status = Literal["active", "disabled"]
Secret = Annotated[str, Meta(description="Stored sealed, never answered.")]
Trace = dict[str, Any] | bool


class CreateProviderRequest(Body, frozen=True, kw_only=True):
    """Body of ``POST /providers``; ``api_key`` and ``credentials`` exclude each other."""

    name: Name
    provider_type: Driver
    base_url: Url | None = None
    api_key: Secret | None = None
    credentials: dict[str, Secret] | None = None
    request_options: dict[str, Any] | None = None
    trace: Trace | None = None


class UpdateProviderRequest(Body, frozen=True, kw_only=True):
    """Body of ``PATCH /providers/{id}``; null reads as absent, an empty ``api_key`` clears the credential."""

    name: Name | None = None
    provider_type: Driver | None = None
    base_url: Url | None = None
    api_key: Secret | None = None
    credentials: dict[str, Secret] | None = None
    request_options: dict[str, Any] | None = None
    trace: Trace | None = None
    status: Status | None = None


class ProviderItem(Reply, frozen=True, kw_only=True):
    """A provider, as lists show it. ``driver`` and ``credentials_set`` are the vendor's newer names."""

    id: str
    name: str
    provider_type: str
    driver: str
    base_url: str | UnsetType = UNSET
    api_key_set: bool
    credentials_set: bool
    status: Status
    managed: bool
    last_synced_at: datetime | UnsetType = UNSET
    created_at: datetime
    updated_at: datetime
    request_options: dict[str, Any] | UnsetType = UNSET
    trace: Trace | UnsetType = UNSET


class Provider(ProviderItem, frozen=True, kw_only=True):
    """A provider by itself, with where to go from it."""

    self_url: str
    view_url: str
    ui_link: str
    allowed_actions: list[Action] | UnsetType = UNSET


class ProviderList(Reply, frozen=True, kw_only=True):
    """All providers."""

    data: list[ProviderItem]
    total: int


class SyncResult(Reply, frozen=True, kw_only=True):
    """What a sync did; without counts where the driver has no list of models to ask for."""

    status: Literal["success", "not_supported"]
    created: int | UnsetType = UNSET
    updated: int | UnsetType = UNSET
    stale: int | UnsetType = UNSET
