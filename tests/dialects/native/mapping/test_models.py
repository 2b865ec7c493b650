"""What a model shows can be said of it again, and what a body leaves out is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from msgspec import UNSET

from armillary.dialects._kit.bodies import queried
from armillary.dialects._kit.refusals import Misplaced
from armillary.dialects.native.mapping.models import facts, facts_reply, model_changes, model_query, model_reply
from armillary.dialects.native.mapping.queries import label_filter, next_cursor
from armillary.dialects.native.schemas import models as wire
from armillary.domain.errors import InvalidRequest
from armillary.domain.models import Facts, ModelChanges, Registered, changed, checked
from tests import generated
from tests.builders import NOON, a_model, a_provider

#: Members of the reply that a PATCH takes as they are, or without what only a reply says.
WRITABLE = set(wire.UpdateModel.__struct_fields__)
CARRIED = (
    *("name", "description", "vendor", "family", "enabled", "favourite", "tags", "details", "input_modalities"),
    *("output_modalities", "context_tokens", "input_tokens", "output_tokens", "facts", "base", "override", "labels"),
    *("external_id", "bundle"),
)


def written_as_read(members: dict[str, Any]) -> dict[str, Any]:
    """The body that says all that a model's reply shows of these members."""
    reply = model_reply(Registered(model=checked(a_model(**members)), provider=a_provider()))
    shown = msgspec.json.decode(msgspec.json.encode(reply))
    body = {name: value for name, value in shown.items() if name in WRITABLE}
    if body["override_price"] is not None:
        body["override_price"].pop("tiers")
    return body


@given(generated.model_members())
def test_what_is_read_can_be_written(members: dict[str, Any]) -> None:
    body = msgspec.json.decode(msgspec.json.encode(written_as_read(members)), type=wire.UpdateModel)
    after = changed(a_model(), model_changes(body), at=NOON)
    expected = checked(a_model(**members))
    assert {name: getattr(after, name) for name in CARRIED} == {name: getattr(expected, name) for name in CARRIED}


@given(generated.model_members())
def test_an_empty_body_keeps_everything(members: dict[str, Any]) -> None:
    model = checked(a_model(**members))
    after = changed(model, model_changes(wire.UpdateModel()), at=NOON)
    assert replace(after, updated_at=model.updated_at) == model


@given(generated.facts())
def test_facts_come_back(stated: Facts) -> None:
    assert facts(facts_reply(stated)) == stated


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("{}", ModelChanges(), id="absent-keeps"),
        pytest.param('{"description": null}', ModelChanges(description=""), id="null-clears-a-text"),
        pytest.param('{"labels": null}', ModelChanges(labels={}), id="null-clears-labels"),
        pytest.param('{"capabilities": null}', ModelChanges(tags=()), id="null-clears-a-list"),
        pytest.param(
            '{"limits": {"output_tokens": 5}}',
            ModelChanges(context_tokens=None, input_tokens=None, output_tokens=5),
            id="an-object-replaces-the-whole",
        ),
        pytest.param(
            '{"override_price": null}',
            ModelChanges(override_input=None, override_output=None, override_cached_input=None),
            id="null-removes-the-override",
        ),
    ],
)
def test_a_body_states_what_it_changes(body: str, expected: ModelChanges) -> None:
    assert model_changes(msgspec.json.decode(body, type=wire.UpdateModel)) == expected


@pytest.mark.parametrize("amount", ["1e3", "-1", "NaN", ".5", "1.", "0.000000001", "01", "12345678901", "", "1,5"])
def test_an_amount_that_is_no_plain_decimal_is_refused(amount: str) -> None:
    body = msgspec.json.encode({"base_price": {"input_usd_per_mtok": amount}})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=wire.UpdateModel)


@pytest.mark.parametrize("body", ['{"base_price": {"input_usd_per_mtok": 1.5}}', '{"enabled": null}', '{"nam": "x"}'])
def test_a_number_for_money_a_null_flag_and_a_slip_are_refused(body: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=wire.UpdateModel)


def test_a_query_is_read() -> None:
    query = queried("q=%20opus&vendor=a&capability=chat&capability=tools&label=k:v&label=e:&limit=7", wire.ModelsQuery)
    asked = model_query(query)
    assert (asked.text, asked.vendor, asked.tags, asked.limit) == ("opus", "a", ("chat", "tools"), 7)
    assert asked.labels == {"k": "v", "e": ""}
    assert (asked.enabled, asked.favourite, asked.after, asked.newest_first) == (None, None, None, True)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("vendr=openai", id="a-slip"),
        pytest.param("limit=0", id="no-room"),
        pytest.param("limit=201", id="too-much"),
        pytest.param("limit=99999999999999999999999", id="a-huge-number"),
        pytest.param("enabled=perhaps", id="no-flag"),
        pytest.param("source=thin-air", id="no-source"),
        pytest.param("order=random", id="no-order"),
    ],
)
def test_a_query_is_refused(query: str) -> None:
    with pytest.raises(Misplaced):
        queried(query, wire.ModelsQuery)


@pytest.mark.parametrize("pairs", [["k"], [":v"], ["k:1", "k:2"]])
def test_a_label_filter_is_refused(pairs: list[str]) -> None:
    with pytest.raises(Misplaced, match="label"):
        label_filter(pairs)


def test_a_label_may_hold_a_colon_in_its_value() -> None:
    assert label_filter(["k:a:b", "k:a:b"]) == {"k": "a:b"}


def test_a_cursor_belongs_to_its_list() -> None:
    cursor = next_cursor(41, wire.ModelsQuery(vendor="openai", limit=2))
    assert model_query(wire.ModelsQuery(vendor="openai", cursor=str(cursor), limit=9)).after == 41
    with pytest.raises(InvalidRequest, match="cursor"):
        model_query(wire.ModelsQuery(vendor="anthropic", cursor=str(cursor)))


def test_the_last_page_has_no_cursor() -> None:
    assert next_cursor(None, wire.ModelsQuery()) is None
    assert wire.UpdateModel().name is UNSET
