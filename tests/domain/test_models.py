"""What may be said of a model, and what of it stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from armillary.domain.changes import stated
from armillary.domain.errors import Conflict, InvalidRequest
from armillary.domain.models import (
    DERIVED,
    Model,
    ModelChanges,
    NewModel,
    Registered,
    Source,
    adopted,
    changed,
    checked,
    document,
    made,
    managed_rule,
    rederived,
    refreshed,
    synced_rule,
)
from armillary.domain.prices import UNPRICED, Price
from tests import generated
from tests.builders import NOON, a_model, a_new_model, a_provider, an_id

LATER = NOON + timedelta(hours=1)
#: Whole models take their time to draw.
few = settings(max_examples=40)
models = generated.model_members().map(lambda members: a_model(**members))


@st.composite
def changes(draw: st.DrawFn) -> ModelChanges:
    """Some members, with values that a model may have."""
    members = draw(generated.model_members())
    named = {name: members[name] for name in members if name not in {"source", "override"}}
    kept = draw(st.sets(st.sampled_from(sorted(named))))
    overrides: dict[str, Any] = {
        name: draw(st.none() | generated.amounts)
        for name in draw(st.sets(st.sampled_from(["override_input", "override_output", "override_cached_input"])))
    }
    return ModelChanges(**{name: named[name] for name in kept}, **overrides)


@few
@given(models)
def test_what_was_checked_passes_again(model: Model) -> None:
    assert checked(checked(model)) == checked(model)


@few
@given(models, changes())
def test_what_is_stated_changes_and_the_rest_stays(model: Model, asked: ModelChanges) -> None:
    after = changed(model, asked, at=LATER)
    members = stated(asked)
    details_follow = {"tags", "details"} & members.keys()
    for name in ModelChanges.__dataclass_fields__:
        if name.startswith("override_"):
            member = name.removeprefix("override_")
            expected = members.get(name, getattr(model.override, member))
            assert getattr(after.override, member) == expected
        elif name != "details" or not details_follow:
            assert getattr(after, name) == members.get(name, getattr(model, name))
    assert after.updated_at == LATER
    assert (after.id, after.seq, after.created_at, after.source) == (model.id, model.seq, NOON, model.source)


@few
@given(models, changes())
def test_a_change_made_twice_is_made_once(model: Model, asked: ModelChanges) -> None:
    once = changed(model, asked, at=LATER)
    assert changed(once, asked, at=LATER) == once


@few
@given(models, changes(), models)
def test_what_was_edited_by_hand_outlives_a_refresh(model: Model, asked: ModelChanges, news: Model) -> None:
    edited = changed(model, asked, at=LATER)
    fresh = {name: getattr(news, name) for name in DERIVED}
    after = refreshed(edited, fresh, at=LATER)
    for name in DERIVED:
        if name in edited.edited:
            if name != "details":  # a detail goes with its tag
                assert getattr(after, name) == getattr(edited, name)
        elif name != "details":
            assert getattr(after, name) == fresh[name]
    assert refreshed(after, fresh, at=LATER + timedelta(1)) is after


@few
@given(models)
def test_nothing_new_is_no_refresh(model: Model) -> None:
    fresh = {name: getattr(model, name) for name in DERIVED}
    assert refreshed(model, fresh, at=LATER) is model


@few
@given(models)
def test_only_what_differs_counts_as_edited(model: Model) -> None:
    same = ModelChanges(**{name: getattr(model, name) for name in ("name", "tags", "family")})
    assert changed(model, same, at=LATER).edited == frozenset()


@pytest.mark.parametrize(
    ("members", "field"),
    [
        pytest.param({"name": " "}, "name", id="blank-name"),
        pytest.param({"name": "x" * 256}, "name", id="long-name"),
        pytest.param({"name": "a\0b"}, "name", id="nul"),
        pytest.param({"upstream_name": ""}, "upstream_name", id="no-upstream-name"),
        pytest.param({"description": "x" * 10_241}, "description", id="long-description"),
        pytest.param({"tags": ("",)}, "tags", id="empty-tag"),
        pytest.param({"tags": ("a\nb",)}, "tags", id="line-end-in-a-tag"),
        pytest.param({"tags": tuple(map(str, range(251)))}, "tags", id="many-tags"),
        pytest.param({"input_modalities": ("smell",)}, "input_modalities", id="modality"),
        pytest.param({"context_tokens": -1}, "context_tokens", id="negative"),
        pytest.param({"output_tokens": 2**31}, "output_tokens", id="too-many-tokens"),
        pytest.param({"override_input": Decimal(-1)}, "override.input", id="negative-price"),
        pytest.param({"base": Price(output=Decimal("1E-9"))}, "base.output", id="too-fine-a-price"),
        pytest.param({"labels": {"a b": ""}}, "metadata.labels", id="label"),
        pytest.param({"external_id": "a/b"}, "metadata.external_id", id="external-id"),
    ],
)
def test_a_bound_is_named(members: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        changed(a_model(), ModelChanges(**members), at=LATER)
    assert refused.value.field == field


def test_texts_are_trimmed_repeats_dropped_and_zero_is_unknown() -> None:
    asked = ModelChanges(name=" n ", tags=(" b ", "a", "b"), input_modalities=("text", "text"), context_tokens=0)
    after = changed(a_model(context_tokens=5), asked, at=LATER)
    assert (after.name, after.tags, after.input_modalities, after.context_tokens) == ("n", ("b", "a"), ("text",), None)


def test_an_override_goes_member_by_member() -> None:
    model = a_model(override=Price(input=Decimal(1), output=Decimal(2)))
    after = changed(model, ModelChanges(override_input=None), at=LATER)
    assert after.override == Price(output=Decimal(2))
    assert changed(after, ModelChanges(override_output=None), at=LATER).override == UNPRICED


@few
@given(generated.model_members())
def test_a_made_model_is_what_was_asked_for_and_the_rest_is_what_is_known(members: dict[str, Any]) -> None:
    facts = {name: members[name] for name in ("vendor", "tags", "facts", "base", "description")}
    model = _made(a_new_model(upstream_name="up", name="Mine", tags=("own",)), facts)
    assert (model.name, model.tags, model.edited) == ("Mine", ("own",), frozenset({"name", "tags"}))
    assert (model.vendor, model.facts, model.base) == (facts["vendor"], facts["facts"], facts["base"])
    assert (model.enabled, model.favourite, model.source) == (False, False, Source.MANUAL)


def _made(new: NewModel, facts: dict[str, Any]) -> Model:
    provider = a_provider(driver="openai")
    return made(new, facts, identity=an_id(), seq=1, provider=provider, by=UUID(int=9), at=NOON)


def test_an_external_id_is_made_of_vendor_and_upstream_name() -> None:
    assert _made(a_new_model(upstream_name="gpt-4.1"), {}).external_id == "openai-gpt-4-1"
    assert _made(a_new_model(upstream_name="m", vendor="Acme"), {}).external_id == "acme-m"
    assert _made(a_new_model(upstream_name="m", external_id="own"), {}).external_id == "own"
    assert _made(a_new_model(upstream_name="m", external_id=""), {}).external_id == ""


def test_an_adopted_model_keeps_what_was_left_out() -> None:
    held = a_model(source=Source.DISCOVERED, tags=("chat",), enabled=True, labels={"a": "b"}, external_id="e")
    after = adopted(held, a_new_model(name="Mine"), at=LATER)
    assert (after.source, after.name, after.tags, after.enabled) == (Source.MANUAL, "Mine", ("chat",), True)
    assert (after.labels, after.external_id, after.upstream_name) == ({"a": "b"}, "e", held.upstream_name)
    assert adopted(held, a_new_model(enabled=False, tags=()), at=LATER).enabled is False


@few
@given(models)
def test_another_upstream_name_forgets_what_nobody_edited(model: Model) -> None:
    after = rederived(replace(model, edited=frozenset({"family"})), {"vendor": "acme"}, at=LATER)
    assert (after.vendor, after.family, after.base, after.context_tokens) == ("acme", model.family, UNPRICED, None)
    assert (after.name, after.tags, after.enabled) == (model.name, model.tags, model.enabled)


def _asked(held: Registered, asked: ModelChanges) -> Registered:
    return replace(held, model=changed(held.model, asked, at=LATER))


@few
@given(models, changes())
def test_the_managed_rule_lets_flags_change_and_nothing_else(model: Model, asked: ModelChanges) -> None:
    held = Registered(model=checked(model), provider=a_provider(managed=True))
    after = _asked(held, asked)
    was, becomes = dict(document(held.model)), dict(document(after.model))
    for flag in ("enabled", "favourite"):
        was.pop(flag), becomes.pop(flag)
    if was == becomes:
        managed_rule(held, after, asked)
    else:
        with pytest.raises(Conflict):
            managed_rule(held, after, asked)


@few
@given(models, changes())
def test_the_managed_rule_leaves_other_providers_alone(model: Model, asked: ModelChanges) -> None:
    held = Registered(model=model, provider=a_provider())
    managed_rule(held, _asked(held, asked), asked)


@pytest.mark.parametrize("source", [Source.DISCOVERED, Source.PREDEFINED])
@few
@given(asked=changes())
def test_the_synced_rule_knows_what_is_the_callers(source: Source, asked: ModelChanges) -> None:
    held = Registered(model=a_model(source=source), provider=a_provider())
    after = _asked(held, asked)
    spec = (set(DERIVED) | {"upstream_name", "provider"}) - {"name"}
    if spec & stated(asked).keys() or asked.name not in {UNSET, held.model.name}:
        with pytest.raises(Conflict) as refused:
            synced_rule(held, after, asked)
        assert refused.value.state == "synced"
    else:
        synced_rule(held, after, asked)


@few
@given(changes())
def test_the_synced_rule_leaves_manual_models_alone(asked: ModelChanges) -> None:
    held = Registered(model=a_model(source=Source.MANUAL), provider=a_provider())
    synced_rule(held, _asked(held, asked), asked)


@pytest.mark.parametrize(
    ("source", "seen", "synced", "stale"),
    [
        pytest.param(Source.DISCOVERED, None, None, True, id="never-seen"),
        pytest.param(Source.DISCOVERED, NOON, None, False, id="never-synced"),
        pytest.param(Source.DISCOVERED, NOON, NOON, False, id="seen-last-time"),
        pytest.param(Source.DISCOVERED, NOON, LATER, True, id="not-seen-last-time"),
        pytest.param(Source.MANUAL, None, LATER, False, id="made-by-hand"),
    ],
)
def test_staleness(source: Source, seen: Any, synced: Any, stale: bool) -> None:
    model, provider = a_model(source=source, last_seen_at=seen), a_provider(last_synced_at=synced)
    assert Registered(model=model, provider=provider).stale is stale
