"""Drafts: what an editor has of something that is not published yet, in versions.

A draft is not tied to what it may become: publishing is a create or an update of its own, which leaves the draft as it
is. It belongs to the profile that began it.
Source: contracts/artifacts.md, sections 2.7, 2.8 and 4, with its decisions 5, 6, 11 and 12.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Role
from armillary.domain.assemblies import SLOTS, Assembly, Kind, LinkedRow, Slot
from armillary.domain.changes import Document, following
from armillary.domain.errors import PermissionDenied, StaleDraft

#: How many of its drafts a profile is shown.
MOST_SHOWN = 20
#: How many things one slot of a draft links at most.
MOST_LINKS = 1000
#: Slots of which the first link says most: the provider, the upstream name, the primary department…
ORDERED = frozenset(
    {Slot.VALUES, Slot.PROVIDERS, Slot.DEPARTMENTS, Slot.ENDPOINTS, Slot.MODELS, Slot.EMAILS, Slot.ROLES}
)

#: Slot -> what it links; a slot that links nothing is left out.
Links = Mapping[Slot, tuple[UUID, ...]]
#: Likewise, with texts in the place of rows that do not exist yet.
Said = Mapping[Slot, tuple[UUID | str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An editor's state, as it was saved last; ``group`` and ``session`` are those of its first version."""

    id: UUID
    workspace: UUID
    kind: Kind
    profile: UUID
    group: UUID
    session: UUID
    version: int
    links: Links = field(default_factory=dict)
    mcp: bool = False
    created_at: datetime
    updated_at: datetime

    def linked(self, slot: Slot) -> tuple[UUID, ...]:
        """What the slot links, in order."""
        return self.links.get(slot, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """An editor's whole form, as it is sent to be kept.

    Args:
        draft: the draft to save over; None begins one.
        expected_version: the version that the editor has seen; 0 where it has seen none.
        links: slot -> what it is to link.
        texts: slot -> a text that is to be found or made into a row. It stands for a single slot that ``links`` does
            not fill, and comes last in any other.
        mcp: whether a tool-protocol client sends it.
    """

    draft: UUID | None = None
    expected_version: int = 0
    links: Links = field(default_factory=dict)
    texts: Mapping[Slot, str] = field(default_factory=dict)
    mcp: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotChange:
    """What publishing would change in one slot: what it links now, and what it would."""

    slot: Slot
    before: tuple[UUID, ...]
    after: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What publishing a draft over a thing would change.

    Args:
        draft: what would be published.
        against: the thing as it is.
        changes: the slots that would link something else, in the contract's order.
        rows: what the changes link; an id that is missing here has nothing to it any more.
        was: the members of the registry's record that would change, as they are.
        becomes: likewise, as they would be.
        refusal: why it could not be published like that; None where it could.
    """

    draft: Draft
    against: Assembly
    changes: tuple[SlotChange, ...]
    rows: Mapping[UUID, LinkedRow]
    was: Document = field(default_factory=dict)
    becomes: Document = field(default_factory=dict)
    refusal: str | None = None


def may_draft(role: Role, kind: Kind) -> bool:
    """Whether the role saves drafts of this kind: departments are the superadmins' alone."""
    return role is Role.OWNER or (role is Role.ADMIN and kind is not Kind.DEPARTMENT)


def decided(stored: Draft | None, form: Form, said: Said, *, profile: UUID, role: Role) -> Draft | None:
    """The draft that saving the form replaces; None where it begins a new one.

    Args:
        stored: the draft that the form names; None where it names none, or one that there is not.
        form: what is to be saved.
        said: the form's content, by which the differences are told.
        profile: who saves.
        role: what it is in the workspace.

    Raises: PermissionDenied, for somebody else's draft, unless it is a superadmin who saves; StaleDraft, where the
        draft has another version than the editor has seen.

    Source: contracts/artifacts.md, 2.7, rule 3, the table of decision 5.
    """
    if stored is None:
        return None
    if not may_see(stored, profile=profile, role=role):
        raise PermissionDenied(sentence="this draft is somebody else's: save yours as a new one, without a draft's id")
    if stored.version != form.expected_version:
        raise StaleDraft(
            stored.kind,
            version=stored.version,
            expected=form.expected_version,
            differing={slot.value: linked for slot, linked in differing(stored, said).items()},
        )
    return stored


def may_see(stored: Draft, *, profile: UUID, role: Role) -> bool:
    """Whether the draft is the profile's own, or the profile a superadmin."""
    return stored.profile == profile or role is Role.OWNER


def differing(stored: Draft, said: Said) -> dict[Slot, tuple[UUID, ...]]:
    """The slots in which a form says something else than the draft, with what the draft links there."""
    return {
        slot: stored.linked(slot)
        for slot in SLOTS[stored.kind]
        if not same(slot, stored.linked(slot), said.get(slot, ()))
    }


def same(slot: Slot, one: Iterable[UUID | str], other: Iterable[UUID | str]) -> bool:
    """Whether two lists link the same in the slot: in the same order, where the order says something."""
    return tuple(one) == tuple(other) if slot in ORDERED else frozenset(one) == frozenset(other)


def collapsed(links: Links) -> dict[Slot, tuple[UUID, ...]]:
    """The links, each once in its slot, where it came first; empty slots are left out."""
    return {slot: tuple(dict.fromkeys(targets)) for slot, targets in links.items() if targets}


def saved_over(stored: Draft, links: Links, *, mcp: bool, at: datetime) -> Draft:
    """The draft with another content, and nothing of what it held before.

    That a tool's client had a hand in it is not forgotten.
    """
    return replace(
        stored,
        links=links,
        version=stored.version + 1,
        mcp=stored.mcp or mcp,
        updated_at=following(at, stored.updated_at),
    )


def overlaid(linked: Links, draft: Draft, kind: Kind) -> dict[Slot, tuple[UUID, ...]]:
    """What something links once the draft lies over it: a slot that the draft leaves empty shows what was there.

    Source: contracts/artifacts.md, decision 11.
    """
    return {slot: draft.linked(slot) or linked.get(slot, ()) for slot in SLOTS[kind]}


def changes(linked: Links, draft: Draft) -> tuple[SlotChange, ...]:
    """The slots in which the draft, laid over what something links, says something else."""
    shown = overlaid(linked, draft, draft.kind)
    pairs = ((slot, linked.get(slot, ()), shown[slot]) for slot in SLOTS[draft.kind])
    return tuple(
        SlotChange(slot=slot, before=before, after=after)
        for slot, before, after in pairs
        if not same(slot, before, after)
    )
