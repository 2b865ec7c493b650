"""Drafts as their editors meet them: own and foreign, fresh and stale, and several saving at once.

Source: contracts/artifacts.md, 2.7, 2.8 and 5.7.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from armillary.domain.access import Principal, Role, entered
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.changes import ChangeQuery
from armillary.domain.drafts import MOST_LINKS, Draft, Form
from armillary.domain.errors import InvalidMembers, PermissionDenied, StaleDraft
from armillary.domain.resources import Modality, Quality, Resource
from armillary.domain.seeds import SEEDED
from armillary.services import drafts
from armillary.services.assemblies.drafted import drafted
from armillary.storage import changes, resources, revisions
from tests.tenancy import START, Tenancy

HIGH, LOW = (SEEDED[Quality(word)].id for word in ("high", "low"))
SPOKEN = SEEDED[Modality("audio", is_input=True)].id
ABSENT = UUID(int=77)


async def an_editor(tenancy: Tenancy, role: Role = Role.ADMIN) -> Principal:
    return await tenancy.a_caller(role=role, scopes=("*",))


async def save(tenancy: Tenancy, caller: Principal, kind: Kind = Kind.MODEL, **form: Any) -> Draft:
    return await drafts.save(tenancy.db, caller, kind, Form(**form), at=tenancy.tick())


async def saved_over(tenancy: Tenancy, caller: Principal, draft: Draft, **form: Any) -> Draft:
    return await save(tenancy, caller, draft.kind, draft=draft.id, **{"expected_version": draft.version, **form})


async def seen(tenancy: Tenancy, caller: Principal, draft: Draft) -> Draft | None:
    async with tenancy.db.reading() as reading:
        return await drafted(reading, caller, draft.kind, draft.id)


async def row(tenancy: Tenancy, one: UUID) -> Resource:
    async with tenancy.db.reading() as reading:
        return (await resources.by_ids(reading, tenancy.owner.workspace, [one]))[one]


# One's own


async def test_a_draft_begins_one_version_after_what_was_expected(tenancy: Tenancy) -> None:
    first = await save(tenancy, tenancy.owner)
    later = await save(tenancy, tenancy.owner, expected_version=41)
    unknown = await save(tenancy, tenancy.owner, draft=ABSENT, expected_version=2)
    assert (first.version, later.version, unknown.version) == (1, 42, 3)
    assert len({first.id, later.id, unknown.id, ABSENT}) == 4
    assert len({first.group, later.group, unknown.group}) == 3
    assert first.session == later.session
    assert first.links == {}


async def test_a_draft_is_saved_over_whole_and_keeps_what_it_is(tenancy: Tenancy) -> None:
    editor = await an_editor(tenancy)
    first = await save(tenancy, editor, links={Slot.QUALITIES: (HIGH,), Slot.MODALITIES: (SPOKEN,)})
    second = await saved_over(tenancy, editor, first, links={Slot.QUALITIES: (LOW, HIGH, LOW), Slot.MODALITIES: ()})
    assert second == replace(
        first, version=2, links={Slot.QUALITIES: (LOW, HIGH)}, updated_at=START + timedelta(seconds=3)
    )
    assert await seen(tenancy, editor, first) == second


async def test_texts_become_rows(tenancy: Tenancy) -> None:
    one = await save(tenancy, tenancy.owner, texts={Slot.NAMES: "  alpha ", Slot.DESCRIPTIONS: "The first."})
    other = await save(tenancy, tenancy.owner, texts={Slot.NAMES: "alpha", Slot.DESCRIPTIONS: "The first."})
    assert one.linked(Slot.NAMES) == other.linked(Slot.NAMES)
    assert one.linked(Slot.DESCRIPTIONS) != other.linked(Slot.DESCRIPTIONS)
    assert (await row(tenancy, one.linked(Slot.NAMES)[0])).text == "alpha"


async def test_a_texts_row_tells_that_a_tool_wrote_it(tenancy: Tenancy) -> None:
    told = await save(tenancy, tenancy.owner, texts={Slot.NAMES: f"by a tool {uuid4()}"}, mcp=True)
    made = await row(tenancy, told.linked(Slot.NAMES)[0])
    assert (told.mcp, made.mcp, made.generated) == (True, True, True)
    assert (await saved_over(tenancy, tenancy.owner, told)).mcp


async def test_an_id_wins_over_its_text_and_a_blank_text_says_nothing(tenancy: Tenancy) -> None:
    name = (await save(tenancy, tenancy.owner, texts={Slot.NAMES: "alpha"})).linked(Slot.NAMES)
    told = await save(
        tenancy,
        tenancy.owner,
        links={Slot.NAMES: name},
        texts={Slot.NAMES: "x" * 300, Slot.DESCRIPTIONS: " "},
    )
    assert told.links == {Slot.NAMES: name}


async def test_an_address_comes_after_those_that_are_linked(tenancy: Tenancy) -> None:
    first = await save(tenancy, tenancy.owner, Kind.PROFILE, texts={Slot.EMAILS: "one@example.com"})
    both = await saved_over(tenancy, tenancy.owner, first, links=first.links, texts={Slot.EMAILS: "two@example.com"})
    assert both.linked(Slot.EMAILS)[:1] == first.linked(Slot.EMAILS)
    assert (await row(tenancy, both.linked(Slot.EMAILS)[1])).text == "two@example.com"


async def test_bad_texts_and_unknown_ids_are_told_member_by_member_and_nothing_is_written(tenancy: Tenancy) -> None:
    first = await save(tenancy, tenancy.owner)
    with pytest.raises(InvalidMembers) as texts:
        await saved_over(tenancy, tenancy.owner, first, texts={Slot.NAMES: "x" * 256, Slot.DESCRIPTIONS: "y" * 10_241})
    assert [member for member, _ in texts.value.members] == ["name", "description"]
    with pytest.raises(InvalidMembers) as ids:
        await saved_over(
            tenancy,
            tenancy.owner,
            first,
            links={
                Slot.VOICES: (HIGH,),
                Slot.QUALITIES: (HIGH, ABSENT),
                Slot.PROVIDERS: (ABSENT,),
                Slot.DEPARTMENTS: (ABSENT,),
                Slot.MODALITIES: (SPOKEN,),
            },
            texts={Slot.NAMES: "never kept"},
        )
    assert [member for member, _ in ids.value.members] == ["voices", "qualities", "providers", "departments"]
    assert str(ABSENT) in ids.value.members[1][1]
    assert str(HIGH) not in ids.value.members[1][1]
    assert await seen(tenancy, tenancy.owner, first) == first


async def test_a_slot_is_bounded(tenancy: Tenancy) -> None:
    with pytest.raises(InvalidMembers, match=f"voices: links {MOST_LINKS} at most"):
        await save(tenancy, tenancy.owner, links={Slot.VOICES: tuple(uuid4() for _ in range(MOST_LINKS + 1))})


# Others', and the lists


async def test_somebody_elses_draft_is_refused_and_not_seen(tenancy: Tenancy) -> None:
    first = await save(tenancy, await an_editor(tenancy), links={Slot.QUALITIES: (HIGH,)})
    other = await an_editor(tenancy)
    for expected in (0, 1, 7):
        with pytest.raises(PermissionDenied):
            await saved_over(tenancy, other, first, expected_version=expected)
    assert await seen(tenancy, other, first) is None
    assert await seen(tenancy, tenancy.owner, first) == first


async def test_a_superadmin_saves_over_anybodys_draft_and_it_stays_theirs(tenancy: Tenancy) -> None:
    editor = await an_editor(tenancy)
    first = await save(tenancy, editor)
    second = await saved_over(tenancy, tenancy.owner, first, links={Slot.QUALITIES: (HIGH,)})
    assert (second.version, second.profile, second.session) == (2, editor.profile, first.session)
    assert await drafts.mine(tenancy.db, editor, Kind.MODEL) == [second]
    assert await drafts.mine(tenancy.db, tenancy.owner, Kind.MODEL) == []


async def test_another_workspaces_draft_is_none(tenancy: Tenancy) -> None:
    first = await save(tenancy, tenancy.owner)
    elsewhere = await tenancy.enter(tenancy.token, (await tenancy.a_workspace()).id)
    assert await seen(tenancy, elsewhere, first) is None
    begun = await saved_over(tenancy, elsewhere, first)
    assert begun.id != first.id
    assert await seen(tenancy, tenancy.owner, first) == first


async def test_a_draft_of_another_kind_is_none(tenancy: Tenancy) -> None:
    first = await save(tenancy, tenancy.owner, Kind.AGENT)
    begun = await save(tenancy, tenancy.owner, Kind.MODEL, draft=first.id, expected_version=1)
    assert begun.id != first.id


async def test_own_drafts_are_told_newest_first_twenty_at_most(tenancy: Tenancy) -> None:
    editor = await an_editor(tenancy)
    made = [await save(tenancy, editor) for _ in range(22)]
    await saved_over(tenancy, editor, made[5])
    told = await drafts.mine(tenancy.db, editor, Kind.MODEL)
    assert [one.id for one in told] == [one.id for one in made[:1:-1]]
    assert await drafts.mine(tenancy.db, editor, Kind.AGENT) == []


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("role", Role)
async def test_authors_draft_and_everybody_lists(tenancy: Tenancy, role: Role, kind: Kind) -> None:
    # in a principal of its own making: no role's ceiling of scopes stands before the rule
    editor = await an_editor(tenancy)
    caller = replace(editor, role=role, scopes=entered(Role.OWNER, ("*",)))
    if role is Role.OWNER or (role is Role.ADMIN and kind is not Kind.DEPARTMENT):
        made = await save(tenancy, caller, kind)
        assert await drafts.mine(tenancy.db, caller, kind) == [made]
        return
    with pytest.raises(PermissionDenied):
        await save(tenancy, caller, kind)
    assert await drafts.mine(tenancy.db, caller, kind) == []


@pytest.mark.parametrize(("kind", "scope"), [(Kind.MODEL, "models"), (Kind.PROFILE, "models"), (Kind.AGENT, "agents")])
async def test_scopes_bind_a_key(tenancy: Tenancy, kind: Kind, scope: str) -> None:
    reader = await tenancy.a_caller(scopes=(f"{scope}:read",))
    stranger = await tenancy.a_caller(scopes=("memory:read",))
    assert await drafts.mine(tenancy.db, reader, kind) == []
    with pytest.raises(PermissionDenied, match=f"{scope}:manage"):
        await save(tenancy, reader, kind)
    with pytest.raises(PermissionDenied, match=f"{scope}:read"):
        await drafts.mine(tenancy.db, stranger, kind)


async def test_a_draft_moves_neither_the_registry_nor_its_trail(tenancy: Tenancy) -> None:
    before = await _registry(tenancy)
    await save(tenancy, tenancy.owner, texts={Slot.NAMES: "quiet"})
    assert await _registry(tenancy) == before


async def _registry(tenancy: Tenancy) -> tuple[object, ...]:
    """The revisions, and the trail."""
    async with tenancy.db.reading() as reading:
        known = await revisions.current(reading, tenancy.owner.workspace)
        return known, await changes.page(reading, tenancy.owner.workspace, ChangeQuery())


# Stale ones


async def test_a_stale_save_is_told_the_version_and_what_differs_and_writes_nothing(tenancy: Tenancy) -> None:
    editor = await an_editor(tenancy)
    first = await save(tenancy, editor, texts={Slot.NAMES: "alpha", Slot.DESCRIPTIONS: "Same."})
    second = await saved_over(
        tenancy,
        editor,
        first,
        links={Slot.QUALITIES: (HIGH,), Slot.MODALITIES: (SPOKEN,)},
        texts={Slot.NAMES: "beta", Slot.DESCRIPTIONS: "Same."},
    )
    with pytest.raises(StaleDraft) as refused:
        await saved_over(
            tenancy,
            editor,
            first,
            links={Slot.QUALITIES: (LOW,), Slot.VOICES: (ABSENT,), Slot.MODALITIES: (SPOKEN,)},
            texts={Slot.NAMES: "gamma", Slot.DESCRIPTIONS: "Same."},
        )
    assert (refused.value.version, refused.value.expected) == (2, 1)
    assert refused.value.differing == {
        "names": second.linked(Slot.NAMES),
        "qualities": (HIGH,),
        "voices": (),
    }
    assert await seen(tenancy, editor, first) == second


async def test_a_save_that_is_repeated_is_stale_and_differs_in_nothing(tenancy: Tenancy) -> None:
    first = await save(tenancy, tenancy.owner)
    form = {"texts": {Slot.NAMES: "alpha", Slot.DESCRIPTIONS: "Same."}, "links": {Slot.QUALITIES: (HIGH, LOW)}}
    await saved_over(tenancy, tenancy.owner, first, **form)
    with pytest.raises(StaleDraft) as refused:
        await saved_over(tenancy, tenancy.owner, first, **form)
    assert refused.value.differing == {}


@pytest.mark.parametrize("savers", [2, 8])
async def test_of_several_at_once_exactly_one_saves(tenancy: Tenancy, savers: int) -> None:
    editor = await an_editor(tenancy)
    held = await save(tenancy, editor)
    for _ in range(5):
        held = await _won(tenancy, editor, held, savers)
    assert held.version == 6


async def _won(tenancy: Tenancy, editor: Principal, held: Draft, savers: int) -> Draft:
    """The only save of several that was kept, all others being told of it."""
    forms = [{"texts": {Slot.NAMES: f"{held.version} by {n}", Slot.DESCRIPTIONS: "The same."}} for n in range(savers)]
    ended = await asyncio.gather(*(saved_over(tenancy, editor, held, **form) for form in forms), return_exceptions=True)
    won = [one for one in ended if isinstance(one, Draft)]
    lost = [one for one in ended if isinstance(one, StaleDraft)]
    assert (len(won), len(lost)) == (1, savers - 1)
    assert {one.version for one in lost} == {won[0].version} == {held.version + 1}
    assert all(one.differing.keys() == {"names"} for one in lost)
    assert await seen(tenancy, editor, held) == won[0]
    return won[0]


async def test_first_saves_at_once_are_all_kept(tenancy: Tenancy) -> None:
    made = await asyncio.gather(*(save(tenancy, tenancy.owner, texts={Slot.NAMES: "alpha"}) for _ in range(8)))
    assert len({one.id for one in made}) == 8
    assert len({one.linked(Slot.NAMES) for one in made}) == 1
