"""What links say of a model, and which of them hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.assemblies import (
    RESOURCES,
    SLOTS,
    Claims,
    Kind,
    Slot,
    model_changes,
    model_claims,
    reconciled,
    said_of_model,
)
from armillary.domain.models import Effort, Facts, Model, ModelChanges, changed
from armillary.domain.prices import Price
from armillary.domain.resources import (
    MODALITIES,
    Content,
    Description,
    Flag,
    Modality,
    Name,
    PricePoint,
    ReasoningLevel,
    Resource,
    ResourceKind,
    Value,
    Voice,
)
from armillary.domain.seeds import MODEL_ACTIVE, SEEDS, UNITS
from tests.builders import NOON, a_model, an_id

WORDS = st.text("abcdefgh-. 0123456789", min_size=1, max_size=12).map(str.strip).filter(bool)
AMOUNTS = st.decimals(0, 1000, places=4)
ON, OFF = (Flag(MODEL_ACTIVE, "", "Power", MODEL_ACTIVE, value=position) for position in (True, False))
CONTENTS: dict[Slot, st.SearchStrategy[Content]] = {
    Slot.NAMES: st.builds(Name, WORDS),
    Slot.DESCRIPTIONS: st.builds(Description, WORDS),
    Slot.VALUES: st.builds(Value, WORDS, st.sampled_from(("model", "provider"))),
    Slot.FLAGS: st.builds(Flag, WORDS, WORDS, WORDS, WORDS) | st.sampled_from((ON, OFF)),
    Slot.MODALITIES: st.builds(Modality, st.sampled_from(MODALITIES), st.booleans()),
    Slot.PRICING: st.builds(
        lambda kind, amount, unit: PricePoint(kind, amount, unit, *UNITS[unit]),
        st.sampled_from(("input", "output", "cached")),
        AMOUNTS,
        st.sampled_from(tuple(UNITS)),
    ),
    Slot.REASONING_LEVELS: st.builds(ReasoningLevel, WORDS),
    Slot.VOICES: st.builds(Voice, WORDS),
}


def a_row(content: Content) -> Resource:
    return Resource(id=an_id(), workspace=UUID(int=1), content=content, created_at=NOON)


def shown(model: Model, slot: Slot, linked: Sequence[Resource | UUID]) -> list[Any]:
    """What the slot shows once these are stored."""
    return list(reconciled(list(zip(linked, said_of_model(slot, linked), strict=True)), model_claims(model, slot)))


def linking(model: Model, slot: Slot, linked: Sequence[Resource | UUID]) -> Model:
    return changed(model, model_changes(model, slot, linked), at=NOON)


MODELS = st.builds(
    a_model,
    upstream_name=WORDS,
    name=WORDS,
    description=st.just("") | WORDS,
    enabled=st.booleans(),
    input_modalities=st.lists(st.sampled_from(("text", "image", "pdf")), unique=True).map(tuple),
    output_modalities=st.lists(st.sampled_from(("text", "audio")), unique=True).map(tuple),
    base=st.builds(Price, input=st.none() | AMOUNTS, output=st.none() | AMOUNTS, cached_input=st.none() | AMOUNTS),
    override=st.builds(Price, input=st.none() | AMOUNTS),
    facts=st.builds(
        lambda levels: Facts(reasoning_efforts=tuple(Effort(value=one, name=one) for one in levels)),
        st.lists(WORDS, unique=True, max_size=3),
    ),
)


@st.composite
def linkings(draw: st.DrawFn) -> tuple[Slot, list[Resource]]:
    slot = draw(st.sampled_from(tuple(CONTENTS)))
    most = 1 if slot in {Slot.NAMES, Slot.DESCRIPTIONS} else 4
    least = 1 if slot is Slot.NAMES else 0
    contents = draw(st.lists(CONTENTS[slot], min_size=least, max_size=most))
    both = {ON, OFF} <= set(contents)
    return slot, [a_row(content) for content in contents if not (both and content == ON)]


@given(model=MODELS, linking_=linkings())
def test_what_a_model_is_made_to_link_is_what_it_shows(model: Model, linking_: tuple[Slot, list[Resource]]) -> None:
    slot, rows = linking_
    assert shown(linking(model, slot, rows), slot, rows) == rows


@given(model=MODELS, linking_=linkings())
def test_what_the_registry_says_is_shown_whatever_was_linked_before(
    model: Model, linking_: tuple[Slot, list[Resource]]
) -> None:
    slot, rows = linking_
    contents = [one.content if isinstance(one, Resource) else one for one in shown(model, slot, rows)]
    said = said_of_model(slot, [a_row(one) for one in contents])
    assert set(model_claims(model, slot).required) <= {one for one in said if one is not None}
    assert {one for one in said if one is not None} <= {
        *model_claims(model, slot).required,
        *model_claims(model, slot).allowed,
    }


@given(model=MODELS, slot=st.sampled_from(SLOTS[Kind.MODEL]))
def test_linking_what_is_said_already_changes_nothing(model: Model, slot: Slot) -> None:
    linked = [one if isinstance(one, UUID) else a_row(one) for one in model_claims(model, slot).required]
    assert model_changes(model, slot, linked) == ModelChanges()


@given(required=st.lists(st.integers(0, 5), unique=True), stored=st.lists(st.none() | st.integers(0, 9), max_size=8))
def test_links_hold_or_give_their_place_away(required: list[int], stored: list[int | None]) -> None:
    contents = [Voice(str(one)) for one in range(10)]
    claims = Claims(required=tuple(contents[one] for one in required))
    links = [(place, None if one is None else contents[one]) for place, one in enumerate(stored)]
    found = reconciled(links, claims)
    kept = [one for one in found if isinstance(one, int)]
    assert kept == [place for place, one in enumerate(stored) if one is None or one in required]
    added = [one for one in found if not isinstance(one, int)]
    assert added == [contents[one] for one in required if one not in stored]


# Cases


def test_a_copy_of_a_row_stands_where_the_row_stood_before() -> None:
    first, second = a_row(Value("old")), a_row(Value("extra"))
    model = a_model(upstream_name="new")
    assert shown(model, Slot.VALUES, [first, second]) == [Value("new"), second]


def test_an_off_flag_is_shown_while_the_model_is_off_and_no_longer() -> None:
    off = a_row(OFF)
    assert shown(a_model(enabled=False), Slot.FLAGS, [off]) == [off]
    assert [one for one in shown(a_model(enabled=True), Slot.FLAGS, [off]) if one is off] == []


def test_both_positions_of_the_switch_leave_it_off() -> None:
    assert linking(a_model(enabled=True), Slot.FLAGS, [a_row(ON), a_row(OFF)]).enabled is False


@pytest.mark.parametrize(
    ("point", "base"),
    [
        pytest.param(PricePoint("input", Decimal("2.5"), "million_text", "tokens", 1_000_000), "2.5", id="text"),
        pytest.param(PricePoint("input", Decimal("2.5"), "1M tokens", "tokens", 1_000_000), "2.5", id="own-unit-name"),
        pytest.param(PricePoint("input", Decimal("2.5"), "million_audio", "tokens", 1_000_000), None, id="audio"),
        pytest.param(PricePoint("input", Decimal("2.5"), "200k", "tokens", 200_000), None, id="another-size"),
        pytest.param(PricePoint("input", Decimal("2.5"), "image", "units", 1), None, id="images"),
    ],
)
def test_only_a_price_of_a_million_tokens_of_text_is_the_registrys(point: PricePoint, base: str | None) -> None:
    model = linking(a_model(base=Price()), Slot.PRICING, [a_row(point)])
    assert model.base.input == (None if base is None else Decimal(base))


def test_a_price_that_is_written_takes_the_place_of_an_override() -> None:
    model = a_model(base=Price(input=Decimal(1)), override=Price(input=Decimal(2)))
    after = linking(model, Slot.PRICING, [a_row(PricePoint("input", Decimal(3), "x", "tokens", 1_000_000))])
    assert after.price == Price(input=Decimal(3))


def test_a_file_is_what_the_registry_calls_a_pdf() -> None:
    model = linking(a_model(), Slot.MODALITIES, [a_row(Modality("file", is_input=True)), a_row(Modality("call"))])
    assert (model.input_modalities, model.output_modalities) == (("pdf",), ())


def test_a_level_keeps_the_name_it_has() -> None:
    effort = Effort(value="xhigh", name="Extra high")
    model = a_model(facts=Facts(reasoning_efforts=(effort,)))
    after = linking(model, Slot.REASONING_LEVELS, [a_row(ReasoningLevel("xhigh")), a_row(ReasoningLevel("low"))])
    assert after.facts.reasoning_efforts == (effort, Effort(value="low", name="Low"))


def test_a_provider_beyond_the_first_is_a_link_alone() -> None:
    first, second = an_id(), an_id()
    model = replace(a_model(), provider=first)
    assert shown(model, Slot.PROVIDERS, [first, second]) == [first, second]
    assert shown(replace(model, provider=second), Slot.PROVIDERS, [first, second]) == [second]


def test_seeds_have_ids_of_their_own_and_every_slot_has_its_kind() -> None:
    assert len({seed.id for seed in SEEDS}) == len(SEEDS)
    assert {slot.value for slot in RESOURCES} == {kind.value for kind in ResourceKind}
