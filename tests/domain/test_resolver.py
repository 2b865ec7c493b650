"""Which model a call will use, and why."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.resolver import (
    Candidate,
    Failure,
    Level,
    Outcome,
    Reference,
    Resolution,
    Snapshot,
    Why,
    elect,
    obstacle,
    resolve,
)

_LEVELS = (Level.MESSAGE, Level.SESSION, Level.AGENT, Level.HARNESS)


def a_candidate(number: int = 1, **members: bool) -> Candidate:
    given = {"enabled": True, "routable": True, "provider_active": True, "healthy": True, "chat": True}
    return Candidate(id=UUID(int=number), created=number, **{"favourite": False, **given, **members})


@st.composite
def candidates(draw: st.DrawFn, number: int) -> Candidate:
    active = draw(st.booleans())
    flags = {name: draw(st.booleans()) for name in ("enabled", "routable", "chat", "favourite")}
    return a_candidate(number, **flags, provider_active=active, healthy=active and draw(st.booleans()))


@st.composite
def situations(draw: st.DrawFn) -> tuple[Snapshot, list[Reference]]:
    known = [draw(candidates(number)) for number in range(1, 5)]
    somebody = st.none() | st.integers(1, 6).map(lambda number: UUID(int=number))
    references = [Reference(level=level, model=draw(somebody)) for level in draw(st.permutations(_LEVELS))[:3]]
    snapshot = Snapshot(
        models={one.id: one for one in known},
        default=draw(somebody),
        default_chosen=draw(st.booleans()),
        fallbacks=[one for one in known if draw(st.booleans())],
    )
    return snapshot, references


@given(situations())
def test_the_first_reference_that_resolves_wins(situation: tuple[Snapshot, list[Reference]]) -> None:
    snapshot, references = situation
    named = [*references, Reference(level=Level.DEFAULT, model=snapshot.default)]
    fit = [one for one in named if one.model and obstacle(snapshot.models.get(one.model)) is None]
    decided = resolve(snapshot, references)
    if fit:
        assert (decided.model, decided.level) == (fit[0].model, fit[0].level)
    else:
        assert decided.level in {None, Level.FALLBACK}


@given(situations())
def test_every_level_is_explained_in_order(situation: tuple[Snapshot, list[Reference]]) -> None:
    snapshot, references = situation
    decided = resolve(snapshot, references)
    assert [step.level for step in decided.steps] == [*(one.level for one in references), Level.DEFAULT, Level.FALLBACK]
    outcomes = [step.outcome for step in decided.steps]
    taken = [step for step in decided.steps if step.outcome is Outcome.TAKEN]
    assert len(taken) == (0 if decided.model is None else 1)
    if taken:
        reached = outcomes.index(Outcome.TAKEN)
        assert set(outcomes[:reached]) <= {Outcome.SKIPPED}
        assert set(outcomes[reached + 1 :]) <= {Outcome.NOT_REACHED}
    else:
        assert (decided.failure, set(outcomes)) == (Failure.UNAVAILABLE, {Outcome.SKIPPED})


@given(situations())
def test_what_does_not_resolve_is_never_chosen(situation: tuple[Snapshot, list[Reference]]) -> None:
    snapshot, references = situation
    decided = resolve(snapshot, references)
    if decided.model is not None:
        chosen = snapshot.models[decided.model]
        assert chosen.enabled
        assert chosen.routable
        assert chosen.provider_active
        assert decided.failure is (None if chosen.healthy else Failure.MISCONFIGURED)


@given(situations())
def test_a_fallback_serves_only_where_no_default_was_ever_chosen(
    situation: tuple[Snapshot, list[Reference]],
) -> None:
    snapshot, references = situation
    assert resolve(replace(snapshot, default_chosen=True), references).level is not Level.FALLBACK


@pytest.mark.parametrize(
    ("candidate", "why"),
    [
        pytest.param(None, Why.UNKNOWN, id="gone"),
        pytest.param(a_candidate(routable=False), Why.NO_PROVIDER, id="no-provider"),
        pytest.param(a_candidate(enabled=False), Why.DISABLED, id="disabled"),
        pytest.param(a_candidate(provider_active=False), Why.PROVIDER_DISABLED, id="provider-disabled"),
        pytest.param(a_candidate(healthy=False), None, id="no-key-hinders-nothing"),
        pytest.param(a_candidate(chat=False), None, id="may-be-named-without-chatting"),
    ],
)
def test_an_obstacle_is_named(candidate: Candidate | None, why: Why | None) -> None:
    assert obstacle(candidate) is why


def test_a_missing_key_fails_in_the_open() -> None:
    keyless, well = a_candidate(1, healthy=False), a_candidate(2)
    snapshot = Snapshot(models={keyless.id: keyless, well.id: well}, default=well.id)
    decided = resolve(snapshot, [Reference(level=Level.SESSION, model=keyless.id)])
    assert (decided.model, decided.failure) == (keyless.id, Failure.MISCONFIGURED)


def test_nothing_at_all_is_unavailable() -> None:
    decided = resolve(Snapshot(models={}), [])
    assert isinstance(decided, Resolution)
    assert [step.why for step in decided.steps] == [Why.NOT_SET, Why.NO_CANDIDATE]


@given(st.lists(st.integers(1, 4).flatmap(candidates), max_size=6))
def test_the_elected_is_fit_and_none_is_better(found: list[Candidate]) -> None:
    fit = [one for one in found if one.chat and obstacle(one) is None]
    elected = elect(found)
    if not fit:
        assert elected is None
        return
    best = next(one for one in fit if one.id == elected)
    worth = (best.healthy, best.favourite, -best.created)
    assert worth in {(one.healthy, one.favourite, -one.created) for one in fit}
    if len({one.id for one in fit}) == len(fit):
        assert worth == max((one.healthy, one.favourite, -one.created) for one in fit)


@pytest.mark.parametrize(
    ("members", "elected"),
    [
        pytest.param([{}, {}], 1, id="the-oldest"),
        pytest.param([{}, {"favourite": True}], 2, id="favourites-first"),
        pytest.param([{"favourite": True, "healthy": False}, {}], 2, id="healthy-before-favourite"),
        pytest.param([{"chat": False}, {"enabled": False}], None, id="nobody"),
    ],
)
def test_elections(members: list[dict[str, bool]], elected: int | None) -> None:
    found = [a_candidate(number, **one) for number, one in enumerate(members, 1)]
    assert elect(reversed(found)) == (None if elected is None else UUID(int=elected))
