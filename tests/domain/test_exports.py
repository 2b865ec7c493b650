from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.assemblies import Assembly, Kind, Record, Slot
from armillary.domain.exports import MODELS, guarded, lines, model_cells, unguarded, yes_or_no
from armillary.domain.resources import Content, Modality, Quality, ReasoningLevel, Resource, TemperatureLevel, Voice
from tests.builders import NOON, a_model, a_provider, an_id

#: What the databases keep: any text but NUL and half characters.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=4), max_size=5))
def test_every_cell_comes_back_as_it_was_but_for_the_quote_before_a_formula(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(lines(rows).decode(), newline="")))
    assert read == [[guarded(cell) for cell in row] for row in rows]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_a_formula_is_led_by_a_quote(first: str) -> None:
    assert guarded(f"{first}1+1") == f"'{first}1+1"
    assert unguarded(f"'{first}1+1") == f"{first}1+1"


@pytest.mark.parametrize("text", ["", "'", "a=b", "'tis", "''=1", " =1", "\n=1"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text
    assert unguarded(text) == text


def test_lines_end_as_rfc_4180_says_and_only_cells_that_need_quotes_have_them() -> None:
    assert lines([("a", "b c", "d,e", 'f"g', "h\ni", "j\rk", "l|m")]) == (b'a,b c,"d,e","f""g","h\ni","j\rk",l|m\r\n')


def test_the_header_is_the_contracts() -> None:
    assert MODELS.header == (
        b"model_id,name,description,active,departments,value,provider,modalities,temperature_levels,"
        b"reasoning_levels,qualities,voices\r\n"
    )


def test_a_file_is_named_for_the_local_time() -> None:
    at = datetime(2026, 1, 31, 12, 5, 9, tzinfo=UTC)
    assert MODELS.file_name(at) == f"models_export_{at.astimezone().strftime('%Y-%m-%d_%H%M%S')}.csv"


def _row(content: Content) -> Resource:
    return Resource(id=an_id(), workspace=None, content=content, created_at=NOON)


def test_a_models_row_has_its_texts_in_the_contracts_order() -> None:
    model = a_model(name="alpha", description="First", upstream_name="gpt-x")
    provider = a_provider(name="openai")
    slots: dict[Slot, list[Resource]] = {
        Slot.MODALITIES: [_row(Modality("text", is_input=True)), _row(Modality("text"))],
        Slot.TEMPERATURE_LEVELS: [_row(TemperatureLevel(Decimal("0.30")))],
        Slot.REASONING_LEVELS: [_row(ReasoningLevel("low"))],
        Slot.QUALITIES: [_row(Quality("high"))],
        Slot.VOICES: [_row(Voice("echo")), _row(Voice("ash"))],
    }
    one, other = an_id(), an_id()
    assembly = Assembly(
        kind=Kind.MODEL,
        id=model.id,
        name=model.name,
        created_at=NOON,
        updated_at=NOON,
        links={slot: tuple(row.id for row in rows) for slot, rows in slots.items()} | {Slot.DEPARTMENTS: (one, other)},
        rows={row.id: row for rows in slots.values() for row in rows},
    )
    assert model_cells(Record(model=model, provider=provider), assembly, {one: "Research", other: "Sales"}) == (
        str(model.id),
        "alpha",
        "First",
        "Yes",
        "Research|Sales",
        "gpt-x",
        "openai",
        "text|text",
        "0.3",
        "low",
        "high",
        "echo|ash",
    )


def test_a_record_without_anything_has_empty_cells() -> None:
    model = a_model(name="bare", provider=None, upstream_name=None)
    bare = Assembly(kind=Kind.MODEL, id=model.id, name="bare", created_at=NOON, updated_at=NOON)
    assert model_cells(Record(model=model, provider=None), bare, {}) == (
        str(model.id),
        "bare",
        "",
        "Yes",
        *[""] * 8,
    )


def test_a_switch_is_a_word() -> None:
    assert (yes_or_no(True), yes_or_no(False)) == ("Yes", "No")
