"""The table of contracts/artifacts.md, 2.7, decision 5: who saves what over which version."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.access import Role
from armillary.domain.assemblies import SLOTS, Kind, Slot
from armillary.domain.drafts import (
    ORDERED,
    Draft,
    Form,
    changes,
    collapsed,
    decided,
    differing,
    may_draft,
    may_see,
    overlaid,
    same,
    saved_over,
)
from armillary.domain.errors import PermissionDenied, StaleDraft
from tests.builders import NOON

ME, OTHER = UUID(int=1), UUID(int=2)

ids = st.integers(1, 9).map(lambda n: UUID(int=n))
versions = st.integers(0, 4)


def links(kind: Kind) -> st.SearchStrategy[dict[Slot, tuple[UUID, ...]]]:
    some = st.lists(ids, max_size=4, unique=True).map(tuple)
    return st.dictionaries(st.sampled_from(SLOTS[kind]), some, max_size=6).map(collapsed)


@st.composite
def drafts(draw: st.DrawFn, kind: Kind | None = None) -> Draft:
    kind = kind or draw(st.sampled_from(Kind))
    return Draft(
        id=UUID(int=100),
        workspace=UUID(int=101),
        kind=kind,
        profile=draw(st.sampled_from([ME, OTHER])),
        group=UUID(int=102),
        session=UUID(int=103),
        version=draw(versions),
        links=draw(links(kind)),
        mcp=draw(st.booleans()),
        created_at=NOON,
        updated_at=NOON,
    )


roles = st.sampled_from(Role)


@given(version=versions, role=roles, named=st.none() | ids)
def test_where_there_is_no_such_draft_a_new_one_begins(version: int, role: Role, named: UUID | None) -> None:
    assert decided(None, Form(draft=named, expected_version=version), {}, profile=ME, role=role) is None


@given(stored=drafts(), version=versions, role=roles)
def test_somebody_elses_draft_is_refused_at_every_version_but_to_superadmins(
    stored: Draft, version: int, role: Role
) -> None:
    foreign = replace(stored, profile=OTHER)
    form = Form(draft=stored.id, expected_version=version)
    if role is not Role.OWNER:
        with pytest.raises(PermissionDenied):
            decided(foreign, form, {}, profile=ME, role=role)
    elif version == stored.version:
        assert decided(foreign, form, {}, profile=ME, role=role) is foreign
    assert may_see(foreign, profile=ME, role=role) == (role is Role.OWNER)


@given(stored=drafts(), version=versions, role=roles, data=st.data())
def test_ones_own_draft_is_saved_over_at_its_version_and_at_no_other(
    stored: Draft, version: int, role: Role, data: st.DataObject
) -> None:
    own, said = replace(stored, profile=ME), data.draw(links(stored.kind))
    form = Form(draft=stored.id, expected_version=version, links=said)
    if version == stored.version:
        assert decided(own, form, said, profile=ME, role=role) is own
        return
    with pytest.raises(StaleDraft) as refused:
        decided(own, form, said, profile=ME, role=role)
    assert (refused.value.version, refused.value.expected, refused.value.kind) == (stored.version, version, stored.kind)
    assert str(stored.version) in str(refused.value)
    assert refused.value.differing == {slot.value: ids for slot, ids in differing(own, said).items()}


@given(stored=drafts(), data=st.data())
def test_what_differs_is_all_that_a_client_needs_to_merge(stored: Draft, data: st.DataObject) -> None:
    said = data.draw(links(stored.kind))
    told = differing(stored, said)
    assert all(told[slot] == stored.linked(slot) for slot in told)
    for slot in set(SLOTS[stored.kind]) - told.keys():
        assert set(stored.linked(slot)) == set(said.get(slot, ()))
    merged = collapsed({**said, **told})
    assert differing(stored, merged) == {}


def test_a_text_that_has_no_row_differs_from_every_row() -> None:
    stored = Draft(
        id=ME,
        workspace=ME,
        kind=Kind.MODEL,
        profile=ME,
        group=ME,
        session=ME,
        version=1,
        links={Slot.NAMES: (OTHER,)},
        created_at=NOON,
        updated_at=NOON,
    )
    assert differing(stored, {Slot.NAMES: ("alpha",)}) == {Slot.NAMES: (OTHER,)}


@given(stored=drafts(), mcp=st.booleans(), minutes=st.integers(-5, 5), data=st.data())
def test_saving_over_replaces_the_whole_content_and_counts_one(
    stored: Draft, mcp: bool, minutes: int, data: st.DataObject
) -> None:
    said = data.draw(links(stored.kind))
    after = saved_over(stored, said, mcp=mcp, at=NOON + timedelta(minutes=minutes))
    assert after.links == said
    assert after.version == stored.version + 1
    assert after.mcp is (stored.mcp or mcp)
    assert after.updated_at > stored.updated_at
    kept = ("id", "workspace", "kind", "profile", "group", "session", "created_at")
    assert [getattr(after, name) for name in kept] == [getattr(stored, name) for name in kept]


@given(slot=st.sampled_from(Slot), one=st.lists(ids, unique=True), other=st.lists(ids, unique=True))
def test_order_tells_two_lists_apart_only_where_the_first_link_says_most(
    slot: Slot, one: list[UUID], other: list[UUID]
) -> None:
    assert same(slot, one, other) == (one == other if slot in ORDERED else sorted(one) == sorted(other))


@given(many=st.dictionaries(st.sampled_from(Slot), st.lists(ids).map(tuple)))
def test_repeats_collapse_to_the_first_and_empty_slots_are_left_out(many: dict[Slot, tuple[UUID, ...]]) -> None:
    told = collapsed(many)
    assert told.keys() == {slot for slot, targets in many.items() if targets}
    for slot, targets in told.items():
        assert sorted(targets) == sorted(set(many[slot]))
        assert list(targets) == sorted(targets, key=many[slot].index)


@given(data=st.data())
def test_an_empty_slot_of_a_draft_leaves_what_was_there(data: st.DataObject) -> None:
    draft = data.draw(drafts(Kind.MODEL))
    linked = data.draw(links(Kind.MODEL))
    shown = overlaid(linked, draft, Kind.MODEL)
    assert shown == {slot: draft.links.get(slot) or linked.get(slot, ()) for slot in SLOTS[Kind.MODEL]}


@given(data=st.data())
def test_the_changes_are_the_slots_that_publishing_leaves_otherwise(data: st.DataObject) -> None:
    draft = data.draw(drafts(Kind.MODEL))
    linked = data.draw(links(Kind.MODEL))
    shown = overlaid(linked, draft, Kind.MODEL)
    told = changes(linked, draft)
    assert [one.slot for one in told] == [
        slot for slot in SLOTS[Kind.MODEL] if not same(slot, linked.get(slot, ()), shown[slot])
    ]
    assert all((one.before, one.after) == (linked.get(one.slot, ()), draft.linked(one.slot)) for one in told)
    assert changes(collapsed(shown), draft) == ()


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("role", Role)
def test_admins_draft_all_but_departments(role: Role, kind: Kind) -> None:
    allowed = role is Role.OWNER or (role is Role.ADMIN and kind is not Kind.DEPARTMENT)
    assert may_draft(role, kind) is allowed
