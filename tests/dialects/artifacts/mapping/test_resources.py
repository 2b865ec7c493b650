"""Resources between the wire and the domain, there and back; and what a search asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, get_type_hints
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects.artifacts import dialect
from armillary.dialects.artifacts.mapping.resources import content, created, linkable_query, resource_query
from armillary.dialects.artifacts.mapping.rows import ROWS, resource_row
from armillary.dialects.artifacts.routes import resources as routes
from armillary.dialects.artifacts.schemas import resources as wire
from armillary.domain.assemblies import Slot
from armillary.domain.linkable import LinkableQuery
from armillary.domain.resources import (
    MODALITIES,
    PRICING_TYPES,
    QUALITIES,
    UNIT_CATEGORIES,
    VALUE_TYPES,
    Resource,
    ResourceKind,
    ResourceQuery,
    checked_content,
)
from armillary.storage.resources import key_of
from tests.builders import NOON, an_id

_words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=255).filter(str.strip)
_prose = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300)
_numbers = st.floats(0, 1e9)

BODIES: dict[ResourceKind, st.SearchStrategy[dict[str, Any]]] = {
    ResourceKind.NAMES: st.fixed_dictionaries({"name": _words}),
    ResourceKind.DESCRIPTIONS: st.fixed_dictionaries({"description": _prose}),
    ResourceKind.VALUES: st.fixed_dictionaries(
        {"value": _words}, optional={"type": st.none() | st.sampled_from(VALUE_TYPES)}
    ),
    ResourceKind.VOICES: st.fixed_dictionaries({"voice": _words}),
    ResourceKind.PRICING: st.fixed_dictionaries(
        {
            "pricing_type": st.sampled_from(PRICING_TYPES),
            "price": _numbers,
            "unit_name": _words,
            "unit_category": st.sampled_from(UNIT_CATEGORIES),
            "unit_value": st.integers(1, 2**31 - 1),
        }
    ),
    ResourceKind.MODALITIES: st.fixed_dictionaries(
        {"modality": st.sampled_from(MODALITIES)}, optional={"is_input": st.none() | st.booleans()}
    ),
    ResourceKind.QUALITIES: st.fixed_dictionaries({"quality": st.sampled_from(QUALITIES)}),
    ResourceKind.REASONING_LEVELS: st.fixed_dictionaries({"reasoning_level": _words}),
    ResourceKind.TEMPERATURE_LEVELS: st.fixed_dictionaries({"temperature": _numbers}),
    ResourceKind.FLAGS: st.fixed_dictionaries(
        {"name": _words, "description": _prose, "icon": _prose.filter(lambda text: len(text) <= 255)},
        optional={"type": st.none() | _words, "value": st.none() | st.booleans()},
    ),
    ResourceKind.ENDPOINTS: st.fixed_dictionaries({"endpoint": _words}),
    ResourceKind.EMAILS: st.fixed_dictionaries({"email": _words}),
}
#: What a member that is not stated is, kind by kind.
DEFAULTS: dict[ResourceKind, dict[str, Any]] = {
    ResourceKind.VALUES: {"type": "model"},
    ResourceKind.MODALITIES: {"is_input": False},
    ResourceKind.FLAGS: {"type": "", "value": True},
}


def stored(kind: ResourceKind, body: dict[str, Any]) -> Resource:
    """The row that a request with this body makes, as it is read again."""
    operation = next(one for one in dialect.router.operations if one.path == f"/resources/{kind}")
    request = dialect.decode(msgspec.json.encode(body), operation.body)
    made = checked_content(content(kind, request))
    kept = msgspec.json.decode(msgspec.json.encode(made), type=type(made))
    assert (kept, key_of(kept)) == (made, key_of(made))
    return Resource(id=an_id(), workspace=UUID(int=1), content=kept, created_at=NOON)


@pytest.mark.parametrize("kind", BODIES)
@given(data=st.data())
def test_what_is_sent_is_what_is_shown(kind: ResourceKind, data: st.DataObject) -> None:
    body = data.draw(BODIES[kind])
    row = stored(kind, body)
    shown = msgspec.json.decode(dialect.encoder.encode(resource_row(row)))
    stated = {name: value for name, value in body.items() if value is not None}
    trimmed = {name: value.strip() if isinstance(value, str) else value for name, value in stated.items()}
    assert shown == {
        "id": str(row.id),
        "created_at": "2026-01-31T12:00:00Z",
        "active": True,
        "mcp": False,
        "generated": False,
        **DEFAULTS.get(kind, {}),
        **trimmed,
    }


@pytest.mark.parametrize("kind", BODIES)
@given(data=st.data())
def test_what_was_made_is_told_with_its_id_in_every_place(kind: ResourceKind, data: st.DataObject) -> None:
    row = stored(kind, data.draw(BODIES[kind]))
    operation = next(one for one in dialect.router.operations if one.path == f"/resources/{kind}")
    told = msgspec.to_builtins(created(kind, operation.reply, row))
    assert told.pop("item") == msgspec.to_builtins(resource_row(row))
    assert set(told.values()) == {str(row.id)}


@given(number=_numbers)
def test_a_number_is_kept_as_the_shortest_decimal_that_reads_back(number: float) -> None:
    made = content(ResourceKind.TEMPERATURE_LEVELS, wire.NewTemperatureLevel(temperature=number))
    assert float(made.temperature) == number  # type: ignore[union-attr]  # of this kind it is
    assert float(checked_content(made).temperature) == number  # type: ignore[union-attr]  # as above


@pytest.mark.parametrize("kind", ResourceKind)
def test_every_kind_may_be_read_and_found_and_only_roles_not_made(kind: ResourceKind) -> None:
    paths = {one.path: one for one in routes.router.operations}
    for path in ("get", "search"):
        reply = paths[f"/resources/{kind}/{path}"].reply
        assert get_type_hints(reply)["items"] == list[ROWS[kind]]  # type: ignore[valid-type]  # a value
    assert (f"/resources/{kind}" in paths) is (kind is not ResourceKind.ROLES)


@pytest.mark.parametrize("body", [{}, dict.fromkeys(("search", "limit_count", "offset_count", "exclude_ids", "model"))])
def test_an_empty_search_asks_for_the_first_twenty(body: dict[str, Any]) -> None:
    for operation in routes.router.operations:
        if not operation.path.endswith("/search"):
            continue
        request = dialect.decode(msgspec.json.encode(body), operation.body)
        kind = operation.path.split("/")[2]
        if kind in {"providers", "departments"}:
            assert linkable_query(Slot(kind), request) == LinkableQuery(slot=Slot(kind))
        else:
            assert resource_query(ResourceKind(kind), request) == ResourceQuery(kind=ResourceKind(kind))


@pytest.mark.parametrize(
    ("kind", "request_", "expected"),
    [
        pytest.param(
            ResourceKind.PRICING,
            wire.SearchPricingRequest(pricing_type="input", unit_names=["a", "b"]),
            {"members": {"pricing_type": ["input"], "unit_name": ["a", "b"]}},
            id="pricing",
        ),
        pytest.param(ResourceKind.PRICING, wire.SearchPricingRequest(unit_names=[]), {}, id="no-units"),
        pytest.param(
            ResourceKind.MODALITIES,
            wire.SearchModalitiesRequest(modality="text", is_input=False),
            {"members": {"modality": ["text"], "is_input": [False]}},
            id="modalities",
        ),
        pytest.param(
            ResourceKind.FLAGS, wire.SearchFlagsRequest(flag_type="t"), {"members": {"type": ["t"]}}, id="flags"
        ),
        pytest.param(
            ResourceKind.VALUES,
            wire.SearchValuesRequest(provider=True, model=True),
            {"of_models": True, "of_providers": True},
            id="values",
        ),
        pytest.param(
            ResourceKind.NAMES,
            wire.SearchNamesRequest(
                search="x", limit_count=-1, offset_count=3, exclude_ids=[UUID(int=1)] * 2, draft_id=UUID(int=2)
            ),
            {"text": "x", "limit": -1, "offset": 3, "exclude": frozenset({UUID(int=1)})},
            id="names",
        ),
    ],
)
def test_a_search_asks_for_what_it_says(
    kind: ResourceKind, request_: wire.SearchRequest, expected: dict[str, Any]
) -> None:
    assert resource_query(kind, request_) == ResourceQuery(kind=kind, **expected)


def test_departments_with_settings_there_are_none_of() -> None:
    asked = linkable_query(Slot.DEPARTMENTS, wire.SearchDepartmentsRequest(setting_ids=[UUID(int=1)], limit_count=5))
    assert asked.limit == 0


def test_a_price_is_a_number_on_the_wire() -> None:
    row = wire.TemperatureLevelRow(
        id=UUID(int=1), created_at=NOON, active=True, mcp=False, generated=False, temperature=Decimal("0.3")
    )
    assert b'"temperature":0.3}' in dialect.encoder.encode(row)
