"""Rows as forms and listings show them. Source: contracts/artifacts.md, 2.1 and 3.6."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from armillary.dialects.artifacts.schemas import resources as wire
from armillary.domain.assemblies import DepartmentRow, LinkedRow, ModelRow, ProviderRow
from armillary.domain.resources import Resource, ResourceKind, RoleName

#: Kind -> its row on the wire.
ROWS: dict[ResourceKind, type[wire.Row]] = {
    ResourceKind.NAMES: wire.NameRow,
    ResourceKind.DESCRIPTIONS: wire.DescriptionRow,
    ResourceKind.VALUES: wire.ValueRow,
    ResourceKind.VOICES: wire.VoiceRow,
    ResourceKind.PRICING: wire.PricingRow,
    ResourceKind.MODALITIES: wire.ModalityRow,
    ResourceKind.QUALITIES: wire.QualityRow,
    ResourceKind.REASONING_LEVELS: wire.ReasoningLevelRow,
    ResourceKind.TEMPERATURE_LEVELS: wire.TemperatureLevelRow,
    ResourceKind.FLAGS: wire.FlagRow,
    ResourceKind.ENDPOINTS: wire.EndpointRow,
    ResourceKind.EMAILS: wire.EmailRow,
    ResourceKind.ROLES: wire.RoleRow,
}


def row(linked: LinkedRow) -> wire.Row:
    """What is linked, as the wire shows it."""
    if isinstance(linked, Resource):
        return resource_row(linked)
    return _OTHERS[type(linked)](linked)


def resource_row(resource: Resource) -> wire.Row:
    """A resource as the wire shows it: the members of its content are the wire's own."""
    content = resource.content
    members = {one.name: getattr(content, one.name) for one in fields(content)}
    if isinstance(content, RoleName):
        members |= {"artifacts": list(content.artifacts), "icon_id": None, "color_id": None}
    return ROWS[resource.kind](**_provenance(resource), **members)


def _provider(one: ProviderRow) -> wire.Row:
    return wire.ProviderRow(
        **_provenance(one),
        name=one.name,
        description=one.description,
        department_ids=list(one.departments),
        value=one.value,
        endpoint=one.endpoint,
    )


def _department(one: DepartmentRow) -> wire.Row:
    return wire.DepartmentRow(
        **_provenance(one),
        name=one.name,
        description=one.description,
        department_ids=[one.id],
        setting_ids=[],
        is_primary=one.is_primary,
    )


def _model(one: ModelRow) -> wire.Row:
    return wire.ModelRow(**_provenance(one), name=one.name, description=one.description)


_OTHERS: dict[type[Any], Callable[[Any], wire.Row]] = {
    ProviderRow: _provider,
    DepartmentRow: _department,
    ModelRow: _model,
}


def _provenance(one: LinkedRow) -> dict[str, Any]:
    return {
        "id": one.id,
        "created_at": one.created_at,
        "active": one.active,
        "mcp": one.mcp,
        "generated": one.generated,
    }
