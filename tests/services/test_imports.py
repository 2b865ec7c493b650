from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from armillary.domain.access import Idempotency, Principal
from armillary.domain.accounts import Workspace
from armillary.domain.changes import ChangeQuery, MemberChange
from armillary.domain.errors import AlreadyExists, Conflict, InvalidRequest, PermissionDenied, Stale
from armillary.domain.models import Model, ModelChanges, Registered, Source, changed
from armillary.domain.prices import Period
from armillary.services import imports
from armillary.storage import changes, models, prices, providers, revisions
from armillary.storage.database import Database
from tests.builders import NOON, a_kept_model, a_kept_provider, a_principal, a_workspace


def a_file(*rows: dict[str, Any], **provider: Any) -> bytes:
    """A models.dev file of one provider with these models."""
    named = {row["id"]: {"name": row["id"].title()} | row for row in rows or ({"id": "m-1"},)}
    whole = {"id": "acme", "name": "Acme", "npm": "@ai-sdk/openai", "api": "https://api.acme.test", "models": named}
    return json.dumps({"acme": whole | provider}).encode()


def priced(amount: float, **row: Any) -> dict[str, Any]:
    return {"id": "m-1", "cost": {"input": amount, "output": 2}} | row


@pytest.fixture
async def workspace(database: Database) -> Workspace:
    return await a_workspace(database)


@pytest.fixture
def caller(workspace: Workspace) -> Principal:
    return a_principal(workspace)


async def _revision(db: Database, caller: Principal) -> int:
    async with db.reading() as reading:
        return (await revisions.current(reading, caller.workspace))[0]


async def _held(db: Database, caller: Principal, upstream_name: str = "m-1", provider: str = "acme") -> Registered:
    async with db.reading() as reading:
        serving = await providers.by_external_id(reading, caller.workspace, provider)
        model = await models.upstream(reading, caller.workspace, serving.id, upstream_name)
        assert model is not None
        return await models.registered(reading, caller.workspace, model.id)


async def _periods(db: Database, model: Model) -> list[Period]:
    async with db.reading() as reading:
        return await prices.periods(reading, model.id)


async def test_a_preview_tells_what_applying_it_does(database: Database, caller: Principal) -> None:
    content = a_file({"id": "m-1"}, {"id": "m-2"})
    plan = await imports.plan(database, caller, content, at=NOON)
    assert (plan.format, plan.created, plan.changed, plan.unchanged, plan.providers_created) == (
        "models.dev",
        2,
        0,
        0,
        1,
    )
    assert [(one.provider, one.upstream_name, one.action) for one in plan.models] == [
        ("acme", "m-1", "created"),
        ("acme", "m-2", "created"),
    ]
    assert {field.path for field in plan.fields} >= {"*.api", "*.models.*.id"}
    assert await _revision(database, caller) == plan.revision
    done = await imports.apply(database, caller, plan, at=NOON)
    assert done.plan == plan
    assert await _revision(database, caller) == done.revision == plan.revision + 1


async def test_an_imported_model_is_discovered_and_disabled(database: Database, caller: Principal) -> None:
    await imports.apply(database, caller, a_file(priced(1.5, tool_call=True)), at=NOON)
    held = await _held(database, caller)
    assert (held.provider.name, held.provider.driver, held.provider.base_url) == (
        "Acme",
        "openai",
        "https://api.acme.test",
    )
    assert (held.provider.external_id, held.provider.managed, held.provider.credential) == ("acme", False, None)
    assert held.provider.management.value == "customizable"
    assert (held.model.source, held.model.enabled, held.stale) == (Source.DISCOVERED, False, False)
    assert (held.model.external_id, held.model.tags) == ("m-1", ("chat", "tools"))
    assert held.model.base.input == Decimal("1.5")


async def test_what_a_file_leaves_open_comes_from_the_catalogue(database: Database, caller: Principal) -> None:
    await imports.apply(database, caller, a_file({"id": "gpt-4.1", "name": "Their name"}), at=NOON)
    model = (await _held(database, caller, "gpt-4.1")).model
    assert (model.name, model.external_id) == ("Their name", "openai-gpt-4-1")
    assert model.description
    assert model.details["stop_sequences"] == {"limit": 4}
    assert model.facts.knowledge == "2024-04"


async def test_names_that_make_one_slug_get_ids_of_their_own(database: Database, caller: Principal) -> None:
    await imports.apply(database, caller, a_file({"id": "m.1"}, {"id": "m-1"}, {"id": "m_1"}), at=NOON)
    ids = [(await _held(database, caller, name)).model.external_id for name in ("m.1", "m-1", "m_1")]
    assert ids == ["m-1", "m-1-2", "m-1-3"]


async def test_a_second_run_changes_nothing(database: Database, caller: Principal) -> None:
    await imports.apply(database, caller, a_file(priced(1), {"id": "gpt-4.1"}), at=NOON)
    revision = await _revision(database, caller)
    again = await imports.apply(database, caller, a_file(priced(1), {"id": "gpt-4.1"}), at=NOON)
    assert (again.plan.created, again.plan.changed, again.plan.unchanged) == (0, 0, 2)
    assert again.revision == await _revision(database, caller) == revision


async def test_a_changed_price_closes_one_period_and_opens_the_next(database: Database, caller: Principal) -> None:
    await imports.apply(database, caller, a_file(priced(1)), at=NOON)
    done = await imports.apply(database, caller, a_file(priced(1.25)), at=NOON)
    (told,) = done.plan.models
    assert (told.action, set(told.changes)) == ("changed", {"price"})
    old = {"input_usd_per_mtok": "1", "output_usd_per_mtok": "2"}
    assert told.changes["price"] == MemberChange(old=old, new=old | {"input_usd_per_mtok": "1.25"})
    held = await _periods(database, (await _held(database, caller)).model)
    assert [(one.price.input, one.ends_at is None) for one in held] == [(Decimal(1), False), (Decimal("1.25"), True)]


async def test_what_was_edited_by_hand_survives(database: Database, caller: Principal, workspace: Workspace) -> None:
    await imports.apply(database, caller, a_file(priced(1)), at=NOON)
    before = (await _held(database, caller)).model
    async with database.writing() as tx:
        edited = changed(before, ModelChanges(name="Ours", enabled=True), at=NOON)
        edited = replace(edited, revision=await revisions.raised(tx, workspace.id))
        await models.save(tx, before, edited, by=workspace.created_by, at=NOON)
    done = await imports.apply(database, caller, a_file(priced(3, name="Theirs")), at=NOON)
    assert set(done.plan.models[0].changes) == {"price"}
    after = (await _held(database, caller)).model
    assert (after.name, after.enabled, after.base.input) == ("Ours", True, Decimal(3))


async def test_a_provider_that_exists_keeps_its_own(
    database: Database, caller: Principal, workspace: Workspace
) -> None:
    mine = await a_kept_provider(database, workspace, external_id="acme", name="Mine", base_url="https://mine.test")
    model = (await a_kept_model(database, mine, upstream_name="m-1", name="Old")).model
    done = await imports.apply(database, caller, a_file({"id": "m-1", "name": "New"}, {"id": "m-2"}), at=NOON)
    assert [(one.action, one.created, one.changed) for one in done.plan.providers] == [("existing", 1, 1)]
    held = await _held(database, caller)
    assert (held.provider.name, held.provider.base_url) == ("Mine", "https://mine.test")
    assert (held.model.id, held.model.name, held.model.source) == (model.id, "New", Source.MANUAL)


async def test_nothing_is_imported_into_a_managed_provider(
    database: Database, caller: Principal, workspace: Workspace
) -> None:
    await a_kept_provider(database, workspace, external_id="acme", managed=True)
    with pytest.raises(Conflict) as refusal:
        await imports.plan(database, caller, a_file(), at=NOON)
    assert refusal.value.state == "managed"


async def test_a_preview_that_the_registry_left_behind_is_refused(
    database: Database, caller: Principal, workspace: Workspace
) -> None:
    plan = await imports.plan(database, caller, a_file(), at=NOON)
    await a_kept_provider(database, workspace)
    with pytest.raises(Stale):
        await imports.apply(database, caller, plan, at=NOON)
    with pytest.raises(Stale):
        await imports.apply(database, caller, a_file(), revision=plan.revision, at=NOON)
    assert (await imports.apply(database, caller, a_file(), at=NOON)).plan.created == 1


async def test_of_two_imports_at_once_the_second_finds_nothing_to_do(database: Database, caller: Principal) -> None:
    content = a_file(*({"id": f"m-{number}"} for number in range(40)))
    both = await asyncio.gather(*(imports.apply(database, caller, content, at=NOON) for _ in range(2)))
    assert sorted(done.plan.created for done in both) == [0, 40]


async def test_of_two_previews_applied_at_once_one_is_stale(database: Database, caller: Principal) -> None:
    plan = await imports.plan(database, caller, a_file(), at=NOON)
    both = await asyncio.gather(
        *(imports.apply(database, caller, plan, at=NOON) for _ in range(2)), return_exceptions=True
    )
    assert {type(done) for done in both} == {imports.ImportResult, Stale}


async def test_every_imported_row_leaves_a_record(database: Database, caller: Principal) -> None:
    await imports.apply(database, caller, a_file(priced(1)), at=NOON)
    await imports.apply(database, replace(caller, reason="new list"), a_file(priced(2)), at=NOON)
    async with database.reading() as reading:
        trail = await changes.page(reading, caller.workspace, ChangeQuery())
    told = [(one.kind, one.action.value, one.reason) for one in trail]
    assert sorted(told) == [
        ("model", "created", "import of a models.dev file"),
        ("model", "updated", "new list"),
        ("provider", "created", "import of a models.dev file"),
    ]


async def test_progress_counts_up_to_the_whole(database: Database, caller: Principal) -> None:
    content = a_file(*({"id": f"m-{number}"} for number in range(600)))
    seen: list[tuple[int, int]] = []
    await imports.apply(database, caller, content, progress=lambda done, total: seen.append((done, total)), at=NOON)
    assert seen[0] == (0, 600)
    assert seen[-1] == (600, 600)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


async def test_a_repeated_request_is_refused_by_its_key(database: Database, caller: Principal) -> None:
    keyed = replace(caller, idempotency=Idempotency(key="once", digest="x"))
    await imports.apply(database, keyed, a_file(), at=NOON)
    with pytest.raises(AlreadyExists):
        await imports.apply(database, keyed, a_file({"id": "m-2"}), at=NOON)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        pytest.param(b"", "", id="empty"),
        pytest.param(b"\xff", "", id="not-utf-8"),
        pytest.param(b"[" * 100_000, "", id="bottomless"),
        pytest.param(b"[]", "format", id="another-document"),
        pytest.param(a_file({"id": "m-1", "name": "x" * 300}), "acme.models.m-1.name", id="name-too-long"),
        pytest.param(a_file(id="a/b"), "a/b.metadata.external_id", id="provider-id"),
        pytest.param(a_file(api="ftp://x"), "acme.base_url", id="address"),
        pytest.param(a_file(priced(1e12)), "acme.models.m-1.cost.input", id="price"),
        pytest.param(a_file({"id": "m-1"}, {"id": " m-1"}), "acme.models. m-1", id="model-twice"),
        pytest.param(b'{"a": {"id": "x", "models": {}}, "x": {"models": {}}}', "x", id="provider-twice"),
    ],
)
async def test_a_bad_file_is_refused_by_place_and_nothing_is_written(
    database: Database, caller: Principal, content: bytes, field: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await imports.apply(database, caller, content, at=NOON)
    assert refusal.value.field == field
    assert await _revision(database, caller) == 0


async def test_a_file_may_be_too_large(database: Database, caller: Principal) -> None:
    with pytest.raises(InvalidRequest, match="MB"):
        await imports.plan(database, caller, b" " * (imports.MOST_BYTES + 1), at=NOON)


async def test_litellm_files_are_imported_as_well(database: Database, caller: Principal) -> None:
    content = b'{"acme/m-1": {"litellm_provider": "acme", "mode": "chat", "input_cost_per_token": 1.5e-07}}'
    done = await imports.apply(database, caller, content, at=NOON)
    assert done.plan.format == "litellm"
    assert (await _held(database, caller)).model.base.input == Decimal("0.15")


async def test_only_who_manages_the_catalogue_imports(database: Database, workspace: Workspace) -> None:
    caller = a_principal(workspace, scopes=("models:manage",))
    with pytest.raises(PermissionDenied):
        await imports.plan(database, caller, a_file(), at=NOON)
    with pytest.raises(PermissionDenied):
        await imports.apply(database, caller, a_file(), at=NOON)


async def test_the_published_catalogue_is_imported_whole_and_once(
    database: Database, caller: Principal, published_catalogue: Path
) -> None:
    content = published_catalogue.read_bytes()  # noqa: ASYNC240  nothing else runs yet
    first = await imports.apply(database, caller, content, at=NOON)
    assert (first.plan.created, first.plan.providers_created) == (5276, 147)
    second = await imports.apply(database, caller, content, at=NOON)
    assert (second.plan.created, second.plan.changed, second.plan.unchanged) == (0, 0, 5276)
    assert second.revision == first.revision
    third = await imports.apply(database, caller, _dearer(content, "openai", "gpt-4.1"), at=NOON)
    assert [(one.upstream_name, set(one.changes)) for one in third.plan.models] == [("gpt-4.1", {"price"})]
    assert await _counts(database) == (5276, 1)
    held = await _held(database, caller, "gpt-4.1", "openai")
    assert [period.price.input for period in await _periods(database, held.model)] == [Decimal(2), Decimal("2.5")]


def _dearer(content: bytes, provider: str, model: str) -> bytes:
    document = json.loads(content, parse_float=str)
    document[provider]["models"][model]["cost"]["input"] = "2.5"
    return json.dumps(document).encode()


async def _counts(db: Database) -> tuple[int, int]:
    """How many models there are, and how many price periods have ended."""
    async with db.reading() as reading:
        row = await reading.first(
            "SELECT (SELECT count(*) FROM models) AS models,"
            " (SELECT count(*) FROM prices WHERE ends_at IS NOT NULL) AS ended"
        )
    assert row is not None
    return row["models"], row["ended"]
