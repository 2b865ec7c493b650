"""From the domain's sections to the wire's. Source: contracts/artifacts.md, 2.1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from armillary.dialects.artifacts.mapping.rows import row
from armillary.dialects.artifacts.schemas import sections as wire
from armillary.domain.assemblies import Kind, LinkedRow, Section, Slot
from armillary.domain.resources import Flag, Resource

#: Slots of which a form selects one row at most: the first that is linked.
_SINGLE = frozenset({Slot.NAMES, Slot.DESCRIPTIONS, Slot.VALUES, Slot.PROVIDERS, Slot.ROLES})
#: Slots whose rows are offered, but not as suggestions.
_UNSUGGESTED = frozenset({Slot.PROVIDERS, Slot.FLAGS})
#: What each kind's form insists on. It is advice: only the name is enforced.
_REQUIRED: dict[Kind, frozenset[Slot]] = {
    Kind.MODEL: frozenset({Slot.NAMES, Slot.VALUES, Slot.PROVIDERS}),
    Kind.PROVIDER: frozenset({Slot.NAMES}),
    Kind.DEPARTMENT: frozenset({Slot.NAMES}),
    Kind.AGENT: frozenset({Slot.NAMES}),
    Kind.PROFILE: frozenset({Slot.NAMES}),
}
_SECTIONS: dict[Slot, type[Any]] = {
    Slot.NAMES: wire.NameSection,
    Slot.DESCRIPTIONS: wire.DescriptionSection,
    Slot.VALUES: wire.ValueSection,
    Slot.PROVIDERS: wire.ProviderSection,
    Slot.FLAGS: wire.FlagSection,
    Slot.DEPARTMENTS: wire.DepartmentSection,
    Slot.MODALITIES: wire.ModalitySection,
    Slot.TEMPERATURE_LEVELS: wire.TemperatureLevelSection,
    Slot.PRICING: wire.PricingSection,
    Slot.REASONING_LEVELS: wire.ReasoningLevelSection,
    Slot.QUALITIES: wire.QualitySection,
    Slot.VOICES: wire.VoiceSection,
    Slot.ENDPOINTS: wire.EndpointSection,
    Slot.MODELS: wire.ModelSection,
    Slot.EMAILS: wire.EmailSection,
    Slot.ROLES: wire.RoleSection,
}


def sections(kind: Kind, shown: Mapping[Slot, Section]) -> dict[str, Any]:
    """Every section of a form, by its member's name."""
    return {slot.value: section(kind, slot, one) for slot, one in shown.items()}


def section(kind: Kind, slot: Slot, shown: Section) -> wire.Section:
    """One section."""
    show = bool(shown.selected or shown.suggested) if slot is Slot.DEPARTMENTS else True
    suggested = [] if slot in _UNSUGGESTED else [one.id for one in _others(shown)]
    members: dict[str, Any] = {
        "show": show,
        "required": slot in _REQUIRED[kind],
        "suggestions": suggested,
        "show_ai_generate": False,
        "tool_id": None,
        "link_tool_id": None,
    }
    chosen = _switches(kind, shown, members) if slot is Slot.FLAGS else _rows(slot, shown)
    built: wire.Section = _SECTIONS[slot](**members, **chosen)
    return built


def empty_section() -> wire.EmptySection:
    """The section of a kind of link that nothing here has."""
    return wire.EmptySection(
        show=False,
        required=False,
        suggestions=[],
        show_ai_generate=False,
        tool_id=None,
        link_tool_id=None,
        current=None,
        resources=[],
    )


def _all(shown: Section) -> Sequence[LinkedRow]:
    return list({one.id: one for one in (*shown.selected, *shown.suggested)}.values())


def _others(shown: Section) -> Sequence[LinkedRow]:
    selected = {one.id for one in shown.selected}
    return [one for one in _all(shown) if one.id not in selected]


def _rows(slot: Slot, shown: Section) -> dict[str, Any]:
    offered = [row(one) for one in _all(shown)]
    selected = [row(one) for one in shown.selected]
    if slot in _SINGLE:
        return {"resource": selected[0] if selected else None, "resources": offered}
    return {"current": selected or None, "resources": offered}


def _switches(kind: Kind, shown: Section, common: Mapping[str, Any]) -> dict[str, Any]:
    switches = {
        one.id: _switch(kind, one, one.content, common)
        for one in _all(shown)
        if isinstance(one, Resource) and isinstance(one.content, Flag)
    }
    current = [switches[one.id] for one in shown.selected if one.id in switches]
    return {"current": current or None, "resources": list(switches.values())}


def _switch(kind: Kind, of: Resource, flag: Flag, common: Mapping[str, Any]) -> wire.FlagConfig:
    key = flag.name.replace(f"{kind}_", "") or "unknown"
    return wire.FlagConfig(
        key=key,
        label=key.replace("_", " ").title(),
        description=flag.description or None,
        icon_id=flag.icon or None,
        flag_option_id=of.id,
        show=common["show"],
        required=common["required"],
        generated=of.generated,
    )
