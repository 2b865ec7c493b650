"""From a draft's difference to the wire: every link with words for people."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from armillary.dialects.native.mapping import ids
from armillary.dialects.native.mapping.changes import worded
from armillary.dialects.native.schemas import drafts as wire
from armillary.domain.assemblies import RESOURCES, LinkedRow, Slot
from armillary.domain.drafts import Diff, SlotChange
from armillary.domain.prices import plain
from armillary.domain.resources import Content, Flag, Modality, PricePoint, Resource, Value, text_of


def diff_reply(diff: Diff) -> wire.DraftDiff:
    """The difference as this API shows it."""
    draft, model = diff.draft, diff.against
    return wire.DraftDiff(
        draft=wire.DraftName(
            id=ids.spelled("draft", draft.id),
            version=draft.version,
            profile_id=ids.spelled("profile", draft.profile),
            updated_at=draft.updated_at,
        ),
        against=wire.AgainstName(id=ids.spelled("model", model.id), name=model.name),
        changes=[_change(one, diff.rows) for one in diff.changes],
        before=worded(diff.was),
        after=worded(diff.becomes),
        refusal=diff.refusal,
    )


def _change(change: SlotChange, rows: Mapping[UUID, LinkedRow]) -> wire.FieldChange:
    return wire.FieldChange(
        field=change.slot.value,
        before=[_linked(change.slot, one, rows) for one in change.before],
        after=[_linked(change.slot, one, rows) for one in change.after],
    )


def _linked(slot: Slot, value: UUID, rows: Mapping[UUID, LinkedRow]) -> wire.LinkedRow:
    row = rows.get(value)
    kind = "resource" if slot in RESOURCES else slot.value.removesuffix("s")
    return wire.LinkedRow(id=ids.entity(kind, value), text=None if row is None else _text(row))


def _text(row: LinkedRow) -> str:
    return words(row.content) if isinstance(row, Resource) else row.name


def words(content: Content) -> str:
    """What a resource says, for people: its text, and what else tells it from others of the same text."""
    match content:
        case PricePoint():
            per = f"{content.unit_value} {content.unit_category}"
            return f"{content.pricing_type}: {plain(content.price)} USD per {per} ({content.unit_name})"
        case Modality():
            return f"{content.modality} {'in' if content.is_input else 'out'}"
        case Flag():
            return f"{content.name}: {'on' if content.value else 'off'}"
        case Value(type="provider"):
            return f"{content.value} (a provider's)"
        case _:
            return text_of(content)
