"""What an agent says in each slot, and what rows say of an agent."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.accounts import Workspace
from armillary.domain.agents import Agent, assembled, claims, contents, document, said
from armillary.domain.assemblies import Slot, reconciled
from armillary.domain.resources import Content, Description, Name, Resource
from armillary.domain.seeds import AGENT_ACTIVE
from armillary.domain.switches import position
from tests.builders import NOON, an_agent, an_id

WORKSPACE = Workspace(
    id=UUID(int=1),
    number=1,
    account=UUID(int=2),
    name="w",
    created_by=UUID(int=3),
    created_at=NOON,
    updated_at=NOON,
)
ON = position(AGENT_ACTIVE, on=True)
texts = st.text(min_size=1, max_size=20)


def a_row(content: Content) -> Resource:
    return Resource(id=an_id(), workspace=UUID(int=1), content=content, created_at=NOON)


def shown(agent: Agent, slot: Slot, linked: list[Resource | UUID]) -> list[object]:
    """What a slot shows, by ids of rows and models and by contents."""
    keys = [one.id if isinstance(one, Resource) else one for one in linked]
    return list(reconciled(list(zip(keys, said(slot, linked), strict=True)), claims(agent, slot)))


@given(name=texts, description=texts, switched_on=st.booleans(), models=st.lists(st.uuids(), max_size=3, unique=True))
def test_what_is_linked_is_what_is_said(name: str, description: str, switched_on: bool, models: list[UUID]) -> None:
    links: dict[Slot, list[Resource | UUID]] = {
        Slot.NAMES: [a_row(Name(name))],
        Slot.DESCRIPTIONS: [a_row(Description(description))],
        Slot.FLAGS: [a_row(ON)] if switched_on else [],
        Slot.MODELS: list(models),
    }
    agent = assembled(an_agent(WORKSPACE), links)
    assert (agent.name, agent.description, agent.active) == (name, description, switched_on)
    assert agent.model == next(iter(models), None)
    for slot, linked in links.items():
        assert shown(agent, slot, linked) == [one.id if isinstance(one, Resource) else one for one in linked]


def test_another_first_model_takes_the_place_of_the_one_that_was_linked() -> None:
    was, further, becomes = an_id(), an_id(), an_id()
    agent = an_agent(WORKSPACE, model=becomes)
    assert shown(agent, Slot.MODELS, [was, further]) == [becomes, further]
    assert shown(an_agent(WORKSPACE), Slot.MODELS, [was, further]) == [further]


def test_what_is_not_spoken_of_stays_and_a_name_cannot_be_cleared() -> None:
    before = an_agent(WORKSPACE, description="d", model=an_id())
    assert assembled(before, {}) == before
    assert assembled(before, {Slot.NAMES: (), Slot.VOICES: ()}) == before
    assert assembled(before, {Slot.DESCRIPTIONS: ()}).description == ""


def test_an_agent_has_rows_for_its_texts_alone() -> None:
    assert contents(an_agent(WORKSPACE, name="n", description="d")) == (Name("n"), Description("d"))
    assert contents(an_agent(WORKSPACE, name="n")) == (Name("n"),)


def test_a_change_record_tells_the_agent() -> None:
    model = an_id()
    assert document(an_agent(WORKSPACE, name="n", model=model)) == {
        "name": "n",
        "description": "",
        "model": model.hex,
        "active": True,
        "mcp": False,
    }
