"""Every resource in words that tell it from its like."""

from __future__ import annotations

from decimal import Decimal

import pytest

from armillary.dialects.native.mapping.drafts import diff_reply, words
from armillary.domain.assemblies import Assembly, DepartmentRow, Kind, Slot
from armillary.domain.drafts import Diff, Draft, SlotChange
from armillary.domain.resources import (
    Content,
    Flag,
    Modality,
    Name,
    PricePoint,
    Resource,
    TemperatureLevel,
    Value,
    Voice,
)
from tests.builders import NOON, an_id


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (Name("alpha"), "alpha"),
        (Voice("echo"), "echo"),
        (Value("gpt-4o"), "gpt-4o"),
        (Value("openai", "provider"), "openai (a provider's)"),
        (Modality("audio", is_input=True), "audio in"),
        (Modality("text"), "text out"),
        (TemperatureLevel(Decimal("0.30")), "0.3"),
        (Flag("model_active", "", "Power", "model_active", value=False), "model_active: off"),
        (
            PricePoint("input", Decimal("2.50"), "million_text", "tokens", 1_000_000),
            "input: 2.5 USD per 1000000 tokens (million_text)",
        ),
    ],
    ids=lambda one: type(one).__name__ if not isinstance(one, str) else one,
)
def test_a_resource_in_words(content: Content, text: str) -> None:
    assert words(content) == text


def test_what_is_linked_is_told_with_its_words_and_what_is_gone_without() -> None:
    name, gone = (Resource(id=an_id(), workspace=None, content=Name("beta"), created_at=NOON), an_id())
    department = DepartmentRow(id=an_id(), name="Research", created_at=NOON)
    draft = Draft(
        id=an_id(),
        workspace=an_id(),
        kind=Kind.MODEL,
        profile=an_id(),
        group=an_id(),
        session=an_id(),
        version=3,
        created_at=NOON,
        updated_at=NOON,
    )
    told = diff_reply(
        Diff(
            draft=draft,
            against=Assembly(kind=Kind.MODEL, id=an_id(), name="alpha", created_at=NOON, updated_at=NOON),
            changes=(
                SlotChange(slot=Slot.NAMES, before=(), after=(name.id,)),
                SlotChange(slot=Slot.DEPARTMENTS, before=(department.id,), after=(gone,)),
            ),
            rows={name.id: name, department.id: department},
            was={"name": "alpha"},
            becomes={"name": "beta"},
        )
    )
    assert [(one.field, [x.text for x in one.before], [x.text for x in one.after]) for one in told.changes] == [
        ("names", [], ["beta"]),
        ("departments", ["Research"], [None]),
    ]
    assert told.changes[1].before[0].id == f"department_{department.id.hex}"
    assert told.changes[0].after[0].id == f"resource_{name.id.hex}"
    assert (told.draft.version, told.against.name, told.refusal) == (3, "alpha", None)
