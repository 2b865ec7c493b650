from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from armillary.domain.accounts import Workspace
from armillary.domain.catalogue import Catalogue, CatalogueModel
from armillary.domain.catalogue import catalogue as indexed
from armillary.domain.changes import ChangeQuery, MemberChange
from armillary.domain.errors import PermissionDenied
from armillary.domain.models import Model, ModelChanges, Source, changed, checked
from armillary.domain.prices import Price
from armillary.services import catalogue
from armillary.storage import changes, defaults, models, prices, providers, revisions, workspaces
from armillary.storage.database import Database
from tests.builders import NOON, a_principal, a_workspace

#: vendor -> where models.dev lists what it sells itself.
_OWN = {
    "amazon": "amazon-bedrock",
    "anthropic": "anthropic",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "google": "google",
    "meta": "llama",
    "microsoft": "azure",
    "minimax": "minimax",
    "mistral": "mistral",
    "moonshot": "moonshotai",
    "nvidia": "nvidia",
    "openai": "openai",
    "perplexity": "perplexity",
    "qwen": "alibaba",
    "stepfun": "stepfun",
    "xai": "xai",
    "xiaomi": "xiaomi",
    "zhipu": "zai",
}


@pytest.fixture(scope="module")
def public(published_catalogue: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(published_catalogue.read_text(), parse_float=Decimal)
    return document


def _stated(price: Price) -> dict[str, Any]:
    amounts = {"input": price.input, "output": price.output, "cache_read": price.cached_input}
    tiers = [(one.above_tokens, one.input, one.output, one.cached_input) for one in price.tiers]
    return {name: amount for name, amount in amounts.items() if amount is not None} | (
        {"tiers": tiers} if tiers else {}
    )


def _published(record: dict[str, Any]) -> dict[str, Any]:
    cost = record.get("cost", {})
    tiers = [(one["tier"]["size"], one["input"], one["output"], one.get("cache_read")) for one in cost.get("tiers", [])]
    told = {name: cost[name] for name in ("input", "output", "cache_read") if name in cost}
    return told | ({"tiers": tiers} if tiers else {})


def _limits(model: CatalogueModel) -> dict[str, int | None]:
    output = None if "embeddings" in model.tags else model.output_tokens
    return {"context": model.context_tokens, "input": model.input_tokens, "output": output}


def _disagreements(model: CatalogueModel, public: dict[str, Any]) -> Iterator[str]:
    own = public.get(_OWN.get(model.vendor, ""), {"models": {}})["models"].get(model.upstream_name)
    resold = public["openrouter"]["models"].get(model.aggregator_name)
    record = own or resold or {}
    for name, amount in _stated(model.price).items():
        if own and _published(own).get(name, amount) != amount:
            yield f"price.{name}"
    for name, amount in _stated(model.price_at_aggregator).items():
        if resold and _published(resold).get(name, amount) != amount:
            yield f"aggregator_price.{name}"
    for name, tokens in _limits(model).items():
        if tokens is not None and record.get("limit", {}).get(name, tokens) != tokens:
            yield f"limits.{name}"


def _by_id(model: CatalogueModel) -> str:
    return model.external_id


@pytest.mark.parametrize("model", catalogue.current().models, ids=_by_id)
def test_prices_and_limits_are_those_that_are_published(model: CatalogueModel, public: dict[str, Any]) -> None:
    found = list(_disagreements(model, public))
    assert bool(found) == bool(model.differs), found


@pytest.mark.parametrize("model", catalogue.current().models, ids=_by_id)
def test_what_is_resold_is_listed_there(model: CatalogueModel, public: dict[str, Any]) -> None:
    # models.dev lists no embedding models of OpenRouter's
    assert (
        model.aggregator_name is None
        or "embeddings" in model.tags
        or model.aggregator_name in public["openrouter"]["models"]
    )


@pytest.mark.parametrize("model", catalogue.current().models, ids=_by_id)
def test_a_row_is_of_one_piece(model: CatalogueModel) -> None:
    chats = "chat" in model.tags
    assert chats != ("embeddings" in model.tags)
    assert ("vision" in model.tags) == (chats and "image" in model.input_modalities)
    assert bool(model.facts.reasoning_efforts) <= ("reasoning" in model.tags)
    assert model.price_at_aggregator
    assert model.description.endswith(".")
    assert model.facts.release_date


def test_the_catalogue_is_worth_having() -> None:
    rows = catalogue.current().models
    seeded = [row for row in rows if row.aggregator_name]
    assert len(seeded) >= 80
    assert len({row.vendor for row in seeded}) >= 10
    assert sum("embeddings" in row.tags for row in seeded) >= 5
    assert sum("reasoning" in row.tags for row in seeded) >= 30
    assert [(row.vendor, row.family) for row in rows] == sorted((row.vendor, row.family) for row in rows)


def test_names_find_their_facts_and_their_maker() -> None:
    assert catalogue.facts_of("openai", "gpt-4.1-2025-04-14")["name"] == "GPT-4.1"
    assert catalogue.facts_of("openai", "gpt-4.1")["base"] == Price(
        input=Decimal(2), output=Decimal(8), cached_input=Decimal("0.5")
    )
    assert catalogue.facts_of("bedrock", "eu.anthropic.claude-opus-4-6-v1")["vendor"] == "anthropic"
    assert catalogue.facts_of("openai", "a-model-of-ours") == {}
    assert catalogue.vendor_of("openrouter", "google/gemini-2.5-pro") == "google"
    assert catalogue.vendor_of("openai_completions", "gpt-99") == "openai"


async def _seed(db: Database, workspace: Workspace) -> None:
    async with db.writing() as tx:
        await catalogue.seed(tx, workspace, workspace.created_by, at=NOON)


async def _registry(db: Database, workspace: Workspace) -> dict[str, list[Model]]:
    async with db.reading() as reading:
        found = await providers.of_workspace(reading, workspace.id)
        return {one.external_id: await models.of_provider(reading, workspace.id, one.id) for one in found}


async def _seeded(db: Database) -> Workspace:
    workspace = await a_workspace(db)
    await _seed(db, workspace)
    return workspace


async def test_a_workspace_begins_with_the_catalogue_and_a_simulator(database: Database) -> None:
    workspace = await _seeded(database)
    async with database.reading() as reading:
        started, simulator = await providers.of_workspace(reading, workspace.id)
    assert (started.name, started.external_id, started.driver) == (
        "Getting started",
        "getting-started-key",
        "openrouter",
    )
    assert (started.managed, started.management.value, started.healthy) == (True, "platform", False)
    assert (simulator.external_id, simulator.driver) == ("llmsim", "llmsim")
    assert (simulator.managed, simulator.healthy) == (False, True)
    registry = await _registry(database, workspace)
    assert len(registry["getting-started-key"]) >= 80
    assert [model.upstream_name for model in registry["llmsim"]] == ["llmsim-echo", "llmsim-think"]


async def test_seeded_models_are_enabled_priced_and_known(database: Database) -> None:
    workspace = await _seeded(database)
    seeded = [model for held in (await _registry(database, workspace)).values() for model in held]
    assert all(model.enabled and model.source is Source.PREDEFINED and model.base for model in seeded)
    assert all(checked(model) == model for model in seeded)
    assert 3 <= sum(model.favourite for model in seeded) <= 12
    known = {model.external_id: model for model in seeded}
    assert known["openai-gpt-4-1"].upstream_name == "openai/gpt-4.1"
    assert known["openai-gpt-4-1"].base == Price(input=Decimal(2), output=Decimal(8), cached_input=Decimal("0.5"))


async def test_the_default_of_a_new_workspace_answers_without_a_key(database: Database) -> None:
    workspace = await _seeded(database)
    async with database.reading() as reading:
        default = await defaults.current(reading, workspace.id)
    assert default.model in {model.id for model in (await _registry(database, workspace))["llmsim"]}


async def test_every_seeded_row_leaves_a_record(database: Database) -> None:
    workspace = await _seeded(database)
    async with database.reading() as reading:
        trail = await changes.page(reading, workspace.id, ChangeQuery(limit=1000))
    seeded = [model for held in (await _registry(database, workspace)).values() for model in held]
    told = {change.entity for change in trail if change.kind == "model" and change.action.value == "created"}
    assert told == {model.id for model in seeded}
    assert {change.actor for change in trail} == {workspace.created_by}
    assert sum(change.kind == "provider" for change in trail) == 2


async def _state(db: Database, workspace: Workspace) -> tuple[object, ...]:
    async with db.reading() as reading:
        trail = await changes.page(reading, workspace.id, ChangeQuery(limit=1000))
        revision = await revisions.current(reading, workspace.id)
        return revision, len(trail), await workspaces.by_id(reading, workspace.account, workspace.id)


async def test_seeding_twice_changes_nothing(database: Database) -> None:
    workspace = await _seeded(database)
    before = await _state(database, workspace), await _registry(database, workspace)
    await _seed(database, workspace)
    assert (await _state(database, workspace), await _registry(database, workspace)) == before


# --- upgrades ---------------------------------------------------------------------------------------------------


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Catalogue], None]:
    """From now on this is the catalogue of the release."""

    def release(known: Catalogue) -> None:
        monkeypatch.setattr(catalogue, "current", lambda: known)

    return release


def _released(edit: Callable[[CatalogueModel], CatalogueModel | None], *more: CatalogueModel) -> Catalogue:
    """The catalogue with each entry edited; None takes it out."""
    edited = (edit(entry) for entry in catalogue.current().models)
    return indexed("2027-01-01", [*(entry for entry in edited if entry is not None), *more])


def _cheaper(entry: CatalogueModel) -> CatalogueModel:
    if entry.external_id != "openai-gpt-4-1":
        return entry
    return replace(entry, name="GPT 4.1", price=Price(input=Decimal(1), output=Decimal(8), cached_input=Decimal("0.5")))


async def _edit(db: Database, workspace: Workspace, external_id: str, edits: ModelChanges) -> Model:
    async with db.writing() as tx:
        before = (await models.by_external_id(tx, workspace.id, external_id))[0].model
        after = replace(changed(before, edits, at=NOON), revision=await revisions.raised(tx, workspace.id))
        await models.save(tx, before, after, by=workspace.created_by, at=NOON)
    return after


async def test_a_workspace_that_is_up_to_date_is_left_alone(database: Database) -> None:
    workspace = await _seeded(database)
    before = await _state(database, workspace)
    told = await catalogue.upgrade(database, a_principal(workspace), apply=True, at=NOON)
    assert (told.added, told.models, told.gone) == ((), (), ())
    assert await _state(database, workspace) == before


async def test_an_upgrade_changes_what_nobody_edited(database: Database, newer: Callable[[Catalogue], None]) -> None:
    workspace = await _seeded(database)
    newer(_released(_cheaper))
    told = await catalogue.upgrade(database, a_principal(workspace), apply=True, at=NOON)
    (model,) = told.models
    assert model.external_id == "openai-gpt-4-1"
    assert model.changed["name"] == MemberChange(old="GPT-4.1", new="GPT 4.1")
    assert model.changed["price"].new["input_usd_per_mtok"] == "1"
    async with database.reading() as reading:
        after = (await models.by_external_id(reading, workspace.id, "openai-gpt-4-1"))[0].model
        held = await prices.periods(reading, after.id)
    assert (after.name, after.base.input) == ("GPT 4.1", Decimal(1))
    assert [period.price.input for period in held] == [Decimal(2), Decimal(1)]


async def test_an_upgrade_keeps_what_was_edited_and_says_what_it_would_have_changed(
    database: Database, newer: Callable[[Catalogue], None]
) -> None:
    workspace = await _seeded(database)
    await _edit(database, workspace, "openai-gpt-4-1", ModelChanges(name="Ours", enabled=False))
    newer(_released(_cheaper))
    told = await catalogue.upgrade(database, a_principal(workspace), apply=True, at=NOON)
    assert told.models[0].kept == {"name": MemberChange(old="Ours", new="GPT 4.1")}
    assert set(told.models[0].changed) == {"price"}
    after = await _edit(database, workspace, "openai-gpt-4-1", ModelChanges())
    assert (after.name, after.enabled, after.base.input) == ("Ours", False, Decimal(1))


async def test_an_upgrade_adds_what_is_new_and_leaves_what_is_gone(
    database: Database, newer: Callable[[Catalogue], None]
) -> None:
    workspace = await _seeded(database)
    first = catalogue.current().models[0]
    fresh = replace(first, family="nova-9", upstream_name="nova-9", aggregator_name="amazon/nova-9", aliases=())
    newer(_released(lambda entry: None if entry.external_id == "openai-gpt-4-1" else entry, fresh))
    told = await catalogue.upgrade(database, a_principal(workspace), apply=True, at=NOON)
    assert (told.added, told.gone, told.models) == (("amazon-nova-9",), ("openai-gpt-4-1",), ())
    registry = {model.external_id: model for model in (await _registry(database, workspace))["getting-started-key"]}
    assert registry["amazon-nova-9"].enabled
    assert registry["openai-gpt-4-1"].enabled
    again = await catalogue.upgrade(database, a_principal(workspace), apply=True, at=NOON)
    assert (again.added, again.gone) == ((), ("openai-gpt-4-1",))


async def test_an_upgrade_follows_a_new_upstream_name(database: Database, newer: Callable[[Catalogue], None]) -> None:
    workspace = await _seeded(database)
    newer(
        _released(
            lambda entry: (
                replace(entry, aggregator_name="openai/gpt-4.1-next")
                if entry.external_id == "openai-gpt-4-1"
                else entry
            )
        )
    )
    told = await catalogue.upgrade(database, a_principal(workspace), apply=True, at=NOON)
    assert told.models[0].changed == {"upstream_name": MemberChange(old="openai/gpt-4.1", new="openai/gpt-4.1-next")}


async def test_a_dry_run_tells_the_same_and_writes_nothing(
    database: Database, newer: Callable[[Catalogue], None]
) -> None:
    workspace = await _seeded(database)
    newer(_released(_cheaper))
    before = await _state(database, workspace)
    caller = a_principal(workspace)
    dry = await catalogue.upgrade(database, caller, apply=False, at=NOON)
    assert await _state(database, workspace) == before
    assert replace(dry, applied=True) == await catalogue.upgrade(database, caller, apply=True, at=NOON)


async def test_every_workspace_of_the_account_is_upgraded(
    database: Database, newer: Callable[[Catalogue], None]
) -> None:
    workspace = await _seeded(database)
    async with database.writing() as tx:
        second = replace(workspace, id=workspace.created_by, number=await workspaces.next_number(tx))
        await workspaces.insert(tx, second)
        await catalogue.seed(tx, second, workspace.created_by, at=NOON)
    newer(_released(_cheaper))
    told = await catalogue.upgrade_all(database, a_principal(workspace), apply=True, at=NOON)
    assert [(one.id, len(upgrade.changed)) for one, upgrade in told] == [(workspace.id, 1), (second.id, 1)]


async def test_only_who_manages_the_catalogue_upgrades_it(database: Database) -> None:
    workspace = await a_workspace(database)
    with pytest.raises(PermissionDenied):
        await catalogue.upgrade(database, a_principal(workspace, scopes=("models:manage",)), apply=True, at=NOON)
