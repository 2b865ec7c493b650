"""Forms in and out: what a draft's form state says, sent back, is the same draft."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects.artifacts.mapping.drafts import entry, form, form_state, member
from armillary.dialects.artifacts.schemas import drafts as wire
from armillary.domain.assemblies import SINGLE, SLOTS, Kind, Slot
from armillary.domain.drafts import Draft, collapsed
from tests.builders import NOON

SAVE: dict[Kind, type[Any]] = {
    Kind.MODEL: wire.SaveModelDraft,
    Kind.PROVIDER: wire.SaveProviderDraft,
    Kind.DEPARTMENT: wire.SaveDepartmentDraft,
    Kind.AGENT: wire.SaveAgentDraft,
    Kind.PROFILE: wire.SaveProfileDraft,
}
STATES: dict[Kind, type[Any]] = {
    Kind.MODEL: wire.ModelDraftFormState,
    Kind.PROVIDER: wire.ProviderDraftFormState,
    Kind.DEPARTMENT: wire.DepartmentDraftFormState,
    Kind.AGENT: wire.AgentDraftFormState,
    Kind.PROFILE: wire.ProfileDraftFormState,
}
ENTRIES: dict[Kind, type[Any]] = {
    Kind.MODEL: wire.GetModelDraftResponse,
    Kind.PROVIDER: wire.GetProviderDraftResponse,
    Kind.DEPARTMENT: wire.GetDepartmentDraftResponse,
    Kind.AGENT: wire.GetAgentDraftResponse,
    Kind.PROFILE: wire.GetProfileDraftResponse,
}
ids = st.integers(1, 99).map(lambda n: UUID(int=n))


def is_single(kind: Kind, slot: Slot) -> bool:
    return member(kind, slot).endswith("_id")


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    kind = draw(st.sampled_from(Kind))
    links = {
        slot: tuple(draw(st.lists(ids, max_size=1 if is_single(kind, slot) else 4, unique=True)))
        for slot in SLOTS[kind]
    }
    return Draft(
        id=draw(ids),
        workspace=draw(ids),
        kind=kind,
        profile=draw(ids),
        group=draw(ids),
        session=draw(ids),
        version=draw(st.integers(1, 2**53 - 1)),
        links=collapsed(links),
        mcp=draw(st.booleans()),
        created_at=NOON,
        updated_at=NOON,
    )


@given(draft=drafts(), mcp=st.booleans())
def test_a_form_state_sent_back_is_the_same_content(draft: Draft, mcp: bool) -> None:
    state = STATES[draft.kind](**form_state(draft))
    body = msgspec.convert(
        {**msgspec.to_builtins(state), "input_draft_id": str(draft.id), "expected_version": draft.version - 1},
        SAVE[draft.kind],
    )
    sent = form(draft.kind, body, mcp=mcp)
    assert collapsed(sent.links) == draft.links
    assert (sent.draft, sent.expected_version, sent.mcp) == (draft.id, draft.version - 1, mcp)
    assert not any(sent.texts.values())


@given(draft=drafts())
def test_a_listing_tells_every_link_in_lists_and_whose_draft_it_is(draft: Draft) -> None:
    told = msgspec.to_builtins(ENTRIES[draft.kind](**entry(draft)))
    linked = {name: value for name, value in told.items() if name.endswith("_ids")}
    assert linked.pop("profile_ids") == [str(draft.profile)]
    assert all(isinstance(value, list) for value in linked.values())
    assert sorted(one for value in linked.values() for one in value) == sorted(
        str(one) for slot in SLOTS[draft.kind] for one in draft.linked(slot)
    )
    assert (told["generated"], told["active"], told["mcp"]) == (True, True, draft.mcp)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    "body", [{}, {"expected_version": None, "name": None, "name_id": None}], ids=["absent", "null"]
)
def test_what_is_absent_or_null_is_empty(kind: Kind, body: dict[str, Any]) -> None:
    sent = form(kind, msgspec.convert(body, SAVE[kind]), mcp=False)
    assert (sent.draft, sent.expected_version, collapsed(sent.links)) == (None, 0, {})
    assert not any(sent.texts.values())


def test_a_model_has_the_members_of_the_contract() -> None:
    assert {member(Kind.MODEL, slot) for slot in SLOTS[Kind.MODEL]} == {
        "name_id",
        "description_id",
        "flag_ids",
        "department_ids",
        "modality_ids",
        "pricing_ids",
        "provider_ids",
        "quality_ids",
        "reasoning_level_ids",
        "temperature_level_ids",
        "value_ids",
        "voice_ids",
    }


@pytest.mark.parametrize("kind", Kind)
def test_every_slot_has_its_member_in_each_schema(kind: Kind) -> None:
    named = {member(kind, slot) for slot in SLOTS[kind]}
    assert named <= set(SAVE[kind].__struct_fields__)
    assert named <= set(STATES[kind].__struct_fields__)
    listed = {name if name.endswith("s") else f"{name}s" for name in named}
    assert listed <= set(ENTRIES[kind].__struct_fields__)
    assert all(is_single(kind, slot) for slot in SLOTS[kind] if slot in SINGLE)
