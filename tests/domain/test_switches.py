"""Switches: a flag of one's own type, in one of two positions."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from armillary.domain.assemblies import Claims
from armillary.domain.resources import Content, Flag, Resource, Voice
from armillary.domain.seeds import AGENT_ACTIVE, PROFILE_ACTIVE, SEEDED
from armillary.domain.switches import is_on, position, said_of_switch, switch_claims
from tests.builders import NOON, an_id

ON, OFF = position(AGENT_ACTIVE, on=True), position(AGENT_ACTIVE, on=False)
OURS = Flag("our own", "Of a row of our own", "Star", AGENT_ACTIVE)


def rows(*contents: Content) -> Sequence[Resource]:
    return [Resource(id=an_id(), workspace=None, content=one, created_at=NOON) for one in contents]


def test_the_position_on_is_seeded() -> None:
    assert ON in SEEDED
    assert OFF not in SEEDED


@pytest.mark.parametrize(
    ("contents", "on"),
    [
        pytest.param((ON,), True, id="on"),
        pytest.param((OURS,), True, id="on-by-another-row"),
        pytest.param((OFF,), False, id="off"),
        pytest.param((ON, OFF), False, id="both"),
        pytest.param((), False, id="none"),
        pytest.param((position(PROFILE_ACTIVE, on=True),), False, id="anothers"),
    ],
)
def test_flags_turn_a_switch(contents: tuple[Content, ...], *, on: bool) -> None:
    assert is_on(AGENT_ACTIVE, rows(*contents)) is on


def test_rows_of_ones_own_say_what_the_seeded_one_says() -> None:
    linked = rows(OURS, position(PROFILE_ACTIVE, on=True), Voice("low"))
    assert said_of_switch(AGENT_ACTIVE, [*linked, an_id()]) == [ON, None, None, None]


def test_only_a_switch_that_is_on_is_told() -> None:
    assert switch_claims(AGENT_ACTIVE, on=True) == Claims(required=(ON,), allowed=frozenset({ON}))
    assert switch_claims(AGENT_ACTIVE, on=False) == Claims(required=(), allowed=frozenset({OFF}))
