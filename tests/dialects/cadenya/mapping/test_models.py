"""The superset model: complete whatever the registry holds, and written as it is read."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects.cadenya import dialect, spellings
from armillary.dialects.cadenya.mapping import models as mapping
from armillary.dialects.cadenya.schemas import models as wire
from armillary.domain.access import Principal, Role
from armillary.domain.errors import InvalidRequest
from armillary.domain.models import Model, ModelChanges, Registered, changed, made
from armillary.domain.prices import Price
from tests.builders import NOON, a_model, a_provider, an_id
from tests.dialects.cadenya import strategies as drawn

CALLER = Principal(account=UUID(int=9), workspace=UUID(int=1), profile=UUID(int=3), role=Role.OWNER, scopes=frozenset())
SEVEN = {"temperature", "topP", "topK", "stopSequences", "maxOutputTokens", "caching", "reasoning"}
PRICES = ("inputPricePerMillionTokens", "outputPricePerMillionTokens", "cachedInputPricePerMillionTokens")


def _shown(registered: Registered) -> Any:
    return msgspec.json.decode(dialect.encoder.encode(mapping.model_reply(CALLER, registered)))


def _updated(model: Model, body: dict[str, Any]) -> Model:
    read = spellings.decode(json.dumps(body).encode(), wire.UpdateModel)
    before = Registered(model=model, provider=a_provider())
    return changed(model, mapping.model_changes(read, before), at=NOON)


@given(drawn.registered)
def test_a_reply_is_complete_whatever_the_model_is(registered: Registered) -> None:
    shown = _shown(registered)
    spec, metadata = shown["spec"], shown["metadata"]
    texts = [*(metadata[name] for name in ("id", "accountId", "workspaceId", "name", "profileId", "createdAt"))]
    assert all(texts)
    assert isinstance(metadata["externalId"], str)
    assert isinstance(metadata["labels"], dict)
    assert {knob["type"] for knob in spec["capabilities"]} <= SEVEN
    assert all(isinstance(knob[knob["type"]], dict) and len(knob) == 2 for knob in spec["capabilities"])
    assert all(isinstance(spec[name], str) and Decimal(spec[name]) >= 0 for name in PRICES)
    assert all(isinstance(shown["basePricing"][name], str) for name in PRICES)
    assert spec["status"].removeprefix("MODEL_STATUS_") == shown["state"].removeprefix("STATE_")
    assert shown["info"]["agentVariationCount"] == 0
    assert shown["info"]["aiProviderKey"]["id"] == shown["info"]["aiProviderKey"]["metadata"]["id"]
    assert shown.get("pricingOverride") != {}
    assert "credentials" not in shown["info"]["aiProviderKey"]["spec"]


@given(drawn.specs)
def test_a_created_model_is_read_as_it_was_written(spec: dict[str, Any]) -> None:
    body = {"metadata": {"name": "m", "externalId": "e"}, "spec": spec}
    new = mapping.new_model(spellings.decode(json.dumps(body).encode(), wire.CreateModel))
    provider = a_provider()
    model = made(new, {}, identity=an_id(), seq=1, provider=provider, by=UUID(int=3), at=NOON)
    shown = _shown(Registered(model=model, provider=provider))
    assert {name: shown["spec"][name] for name in spec} == spec
    assert shown["basePricing"] == {name: spec[name] for name in PRICES}
    assert (shown["state"], shown["provenance"]) == ("STATE_ENABLED", "PROVENANCE_MANUALLY_ENTERED")


@given(
    drawn.models(),
    drawn.specs,
    st.sets(st.sampled_from(("provider", "family", "maxInputTokens", "maxOutputTokens", "capabilities"))),
)
def test_an_update_changes_what_is_masked_and_nothing_else(
    model: Model, spec: dict[str, Any], masked: set[str]
) -> None:
    before = _shown(Registered(model=model, provider=a_provider()))["spec"]
    mask = ",".join(f"spec.{name}" for name in masked) or "metadata.name"
    after = _updated(model, {"spec": spec, "metadata": {"name": model.name}, "updateMask": mask})
    shown = _shown(Registered(model=after, provider=a_provider()))["spec"]
    kept = set(before) - masked - {"reasoning", *({"maxInputTokens"} if "maxInputTokens" in masked else set())}
    assert {name: shown[name] for name in kept} == {name: before[name] for name in kept}
    assert {name: shown[name] for name in masked - {"maxInputTokens"}} == {
        name: spec[name] for name in masked - {"maxInputTokens"}
    }


@given(drawn.models(), drawn.capabilities)
def test_a_write_of_capabilities_keeps_every_other_tag(model: Model, capabilities: list[Any]) -> None:
    after = _updated(model, {"spec": {"capabilities": capabilities}, "updateMask": "spec.capabilities"})
    others = [tag for tag in model.tags if tag not in drawn.KNOBS]
    assert [tag for tag in after.tags if tag not in drawn.KNOBS] == others
    assert after.details.get("vision") == model.details.get("vision" if "vision" in model.tags else "")


@given(drawn.models(), drawn.counts)
def test_the_input_limit_is_written_where_it_is_read(model: Model, count: int) -> None:
    after = _updated(model, {"spec": {"maxInputTokens": count}})
    if model.input_tokens is None:
        assert (after.input_tokens, after.context_tokens) == (None, count or None)
    else:
        assert (after.input_tokens, after.context_tokens) == (count or None, model.context_tokens)
    assert mapping.max_input_tokens(after) == (count or (after.context_tokens or 0))


@given(drawn.models(), st.dictionaries(st.sampled_from(PRICES), st.none() | drawn.cents))
def test_an_override_is_set_and_removed_member_by_member(model: Model, override: dict[str, Any]) -> None:
    mask = ",".join(f"pricingOverride.{name}" for name in override) or "metadata.labels"
    body = {"pricingOverride": override, "metadata": {"labels": {}}, "updateMask": mask}
    before = _shown(Registered(model=model, provider=a_provider())).get("pricingOverride", {})
    shown = _shown(Registered(model=_updated(model, body), provider=a_provider()))
    expected = {name: text for name, text in {**before, **override}.items() if text is not None}
    assert shown.get("pricingOverride", {}) == expected
    effective = {
        name: shown["pricingOverride"].get(name, shown["basePricing"][name]) if expected else shown["basePricing"][name]
        for name in PRICES
    }
    assert {name: shown["spec"][name] for name in PRICES} == effective


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"metadata": {}, "updateMask": "metadata.name"}, "metadata.name", id="name-cannot-go"),
        pytest.param({"spec": {}, "updateMask": "spec.providerModelId"}, "spec.provider_model_id", id="nor-upstream"),
        pytest.param(
            {"spec": {}, "updateMask": "spec.input_price_per_million_tokens"},
            "update_mask",
            id="spec-prices-are-not-written",
        ),
        pytest.param({"updateMask": "state"}, "update_mask", id="output-only"),
        pytest.param({"updateMask": "spec.capabilities"}, "spec", id="no-spec"),
        pytest.param({"pricingOverride": {"inputPricePerMillionTokens": "-1"}}, "override.input", id="negative-price"),
        pytest.param(
            {"spec": {"capabilities": [{"type": "caching", "caching": {}}] * 2}}, "spec.capabilities", id="twice"
        ),
        pytest.param({"spec": {"capabilities": [{"type": "caching"}]}}, "spec.capabilities", id="no-payload"),
    ],
)
def test_an_update_that_is_refused(body: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        _updated(a_model(), body)
    assert refused.value.field == field


def test_what_is_masked_and_absent_is_cleared() -> None:
    full = a_model(
        vendor="v",
        family="f",
        context_tokens=7,
        output_tokens=7,
        tags=("chat", "caching"),
        labels={"a": "b"},
        external_id="e",
        override=Price(input=Decimal(1)),
    )
    mask = (
        "metadata.externalId,metadata.labels,spec.provider,spec.family,spec.maxInputTokens,spec.maxOutputTokens,"
        "spec.capabilities,pricingOverride.inputPricePerMillionTokens"
    )
    after = _updated(full, {"metadata": {"name": "x"}, "spec": {}, "updateMask": mask})
    bare = replace(
        full,
        vendor="",
        family="",
        context_tokens=None,
        output_tokens=None,
        tags=("chat",),
        labels={},
        external_id="",
        override=Price(),
    )
    assert replace(after, edited=full.edited) == bare


def test_prices_in_the_spec_that_are_merely_there_are_ignored() -> None:
    body = {"spec": {"inputPricePerMillionTokens": "1"}, "basePricing": {}, "state": "STATE_ENABLED"}
    read = spellings.decode(json.dumps(body).encode(), wire.UpdateModel)
    assert mapping.model_changes(read, Registered(model=a_model(), provider=a_provider())) == ModelChanges()


@pytest.mark.parametrize(
    ("query", "enabled", "nothing"),
    [
        ("", None, False),
        ("status=MODEL_STATUS_ENABLED", True, False),
        ("state=STATE_DISABLED", False, False),
        ("state=STATE_UNSPECIFIED&status=", None, False),
        ("status=MODEL_STATUS_ENABLED&state=STATE_ENABLED", True, False),
        ("isAssigned=false", None, False),
    ],
)
def test_filters_of_both_generations_hold_together(query: str, enabled: bool | None, nothing: bool) -> None:
    asked = mapping.model_query(spellings.query(query, wire.ModelQuery), None, {})
    assert (asked.enabled, asked.provider is not None) == (enabled, nothing)


@pytest.mark.parametrize("query", ["status=MODEL_STATUS_ENABLED&state=STATE_DISABLED", "is_assigned=true"])
def test_filters_that_nothing_can_fit(query: str) -> None:
    asked = mapping.model_query(spellings.query(query, wire.ModelQuery), UUID(int=5), {})
    assert asked.provider == mapping.NO_PROVIDER


def test_changes_are_told_from_the_model_that_is_there() -> None:
    read = spellings.decode(b'{"spec": {"capabilities": []}}', wire.UpdateModel)
    tell = partial(mapping.model_changes, read)
    for tags in (("chat", "caching"), ("tools",)):
        before = Registered(model=a_model(tags=tags), provider=a_provider())
        assert tell(before).tags == tuple(tag for tag in tags if tag != "caching")
