"""From the wire's items to the domain's: of any kind, by the names of their members.

Source: contracts/artifacts.md, 1.7 (null reads as absent; an id wins over its text), 2.3, 2.4 and 3.3 to 3.6.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from armillary.domain.assemblies import SLOTS, Item, Kind, Slot

#: Slot -> the members that may hold its ids; of one kind's items, the first that is there.
MEMBERS: dict[Slot, tuple[str, ...]] = {
    Slot.NAMES: ("name_id",),
    Slot.DESCRIPTIONS: ("description_id",),
    Slot.VALUES: ("value_ids",),
    Slot.PROVIDERS: ("provider_ids",),
    Slot.FLAGS: ("flag_ids", "active_flag_id", "flag_id"),
    Slot.DEPARTMENTS: ("department_ids",),
    Slot.MODALITIES: ("modality_ids",),
    Slot.TEMPERATURE_LEVELS: ("temperature_level_ids",),
    Slot.PRICING: ("pricing_ids",),
    Slot.REASONING_LEVELS: ("reasoning_level_ids",),
    Slot.QUALITIES: ("quality_ids",),
    Slot.VOICES: ("voice_ids",),
    Slot.ENDPOINTS: ("endpoint_ids",),
    Slot.MODELS: ("model_ids",),
    Slot.EMAILS: ("email_ids",),
    Slot.ROLES: ("role_ids",),
}
#: Slot -> the member that may hold its texts instead.
TEXTS: dict[Slot, str] = {
    Slot.NAMES: "name",
    Slot.DESCRIPTIONS: "description",
    Slot.EMAILS: "emails",
}
_DEPARTMENTS = "departments"
_SWITCH = "active_flag"


def item(kind: Kind, body: Any, of: UUID | None) -> Item:  # noqa: ANN401  the item of any kind
    """What the body says of the thing ``of`` (of a thing to make: the id that its maker chose)."""
    links = {slot: ids for slot in SLOTS[kind] if (ids := _ids(slot, body)) is not None}
    texts = {slot: text for slot in SLOTS[kind] if slot not in links and (text := _texts(slot, body)) is not None}
    departments = None if Slot.DEPARTMENTS in links else getattr(body, _DEPARTMENTS, None)
    return Item(
        id=of,
        links=links,
        texts=texts,
        departments=None if departments is None else tuple(departments),
        active=None if Slot.FLAGS in links else getattr(body, _SWITCH, None),
    )


def field(kind: Kind, member: str, body: Any) -> str:  # noqa: ANN401  as above
    """The wire's member for the one at fault in an item: the one that holds a slot's ids, or its text."""
    slot = next((one for one in SLOTS[kind] if one.value == member), None)
    if slot is None:
        return member
    return next((name for name in MEMBERS[slot] if getattr(body, name, None) is not None), TEXTS.get(slot, member))


def _ids(slot: Slot, body: Any) -> tuple[UUID, ...] | None:  # noqa: ANN401  as above
    values = (getattr(body, member, None) for member in MEMBERS[slot])
    stated = next((value for value in values if value is not None), None)
    if stated is None:
        return None
    return (stated,) if isinstance(stated, UUID) else tuple(stated)


def _texts(slot: Slot, body: Any) -> tuple[str, ...] | None:  # noqa: ANN401  as above
    stated = getattr(body, TEXTS[slot], None) if slot in TEXTS else None
    if stated is None:
        return None
    return (stated,) if isinstance(stated, str) else tuple(stated)
