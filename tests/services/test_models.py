"""Models as a use case: who may do what, what follows from it, and what stays of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from armillary.domain.access import Principal, Role
from armillary.domain.changes import Action, ChangeQuery
from armillary.domain.errors import (
    AlreadyExists,
    ArmillaryError,
    Conflict,
    InvalidRequest,
    NotFound,
    PermissionDenied,
    Stale,
)
from armillary.domain.listings import ModelQuery
from armillary.domain.models import ModelChanges, Registered, Source, Swap, managed_rule, synced_rule
from armillary.domain.prices import Price
from armillary.domain.providers import Management, Provider
from armillary.services import defaults, models
from armillary.storage import changes, revisions
from armillary.storage.database import Database
from tests.builders import (
    NOON,
    a_kept_model,
    a_kept_provider,
    a_new_model,
    a_principal,
    a_workspace,
    an_id,
    some_kept_models,
)
from tests.counting import Counting

LATER = NOON + timedelta(hours=1)


@pytest.fixture
async def caller(database: Database) -> Principal:
    return a_principal(await a_workspace(database))


@pytest.fixture
async def provider(database: Database, caller: Principal) -> Provider:
    return await a_provider_of(database, caller)


async def a_provider_of(db: Database, caller: Principal, **members: Any) -> Provider:
    return await a_kept_provider(db, _place(caller), **members)


def _place(caller: Principal) -> Any:
    class Place:
        id, created_by, account = caller.workspace, caller.profile, caller.account

    return Place


async def revision(db: Database, caller: Principal) -> int:
    async with db.reading() as reading:
        return (await revisions.current(reading, caller.workspace))[0]


async def trail(db: Database, caller: Principal) -> list[tuple[str, Action, Any, Any]]:
    """The change records, newest first."""
    async with db.reading() as reading:
        found = await changes.page(reading, caller.workspace, ChangeQuery(limit=100))
    return [(one.kind, one.action, one.before, one.after) for one in found]


async def default_of(db: Database, caller: Principal) -> UUID | None:
    held = await defaults.current(db, caller)
    return None if held is None else held.model.id


async def change(db: Database, caller: Principal, held: Registered, **members: Any) -> Registered:
    return await models.update(db, caller, held.model.id, ModelChanges(**members), guard=managed_rule, at=LATER)


# --- access


CALLS: dict[str, Callable[[Database, Principal, UUID], Awaitable[Any]]] = {
    "read": models.read,
    "periods": models.periods,
    "update": lambda db, caller, model: models.update(
        db, caller, model, ModelChanges(name="x"), guard=managed_rule, at=LATER
    ),
    "switch": lambda db, caller, model: models.switch(db, caller, model, True, at=LATER),
    "delete": lambda db, caller, model: models.delete(db, caller, model, at=LATER),
    "set_default": lambda db, caller, model: models.set_default(db, caller, model, at=LATER),
    "swap_current": lambda db, caller, model: models.swap(db, caller, [Swap(current=model, next=model)], at=LATER),
    "swap_and_disable": lambda db, caller, model: models.swap(
        db, caller, [Swap(current=model, next=model, disable_after=True)], at=LATER
    ),
}


@pytest.mark.parametrize("name", CALLS)
async def test_a_foreign_model_answers_like_an_absent_one(database: Database, caller: Principal, name: str) -> None:
    stranger = a_principal(await a_workspace(database))
    foreign = await a_kept_model(database, await a_provider_of(database, stranger), enabled=True)
    for model in (foreign.model.id, an_id()):
        with pytest.raises(NotFound) as refused:
            await CALLS[name](database, caller, model)
        assert (refused.value.kind, str(refused.value)) == ("model", "model not found")
    assert (await models.read(database, stranger, foreign.model.id)) == foreign


@pytest.mark.parametrize("name", sorted(CALLS.keys() - {"read", "periods"}))
async def test_a_viewer_changes_nothing(database: Database, caller: Principal, provider: Provider, name: str) -> None:
    held = await a_kept_model(database, provider)
    viewer = replace(caller, scopes=frozenset({"models:read"}), role=Role.VIEWER)
    with pytest.raises(PermissionDenied) as refused:
        await CALLS[name](database, viewer, held.model.id)
    assert refused.value.scope == "models:manage"


async def test_reading_needs_its_scope(database: Database, caller: Principal, provider: Provider) -> None:
    held = await a_kept_model(database, provider)
    nobody = replace(caller, scopes=frozenset())
    for call in (
        models.read(database, nobody, held.model.id),
        models.page(database, nobody, ModelQuery()),
        models.listing(database, nobody),
        models.find(database, nobody, "x"),
    ):
        with pytest.raises(PermissionDenied):
            await call


# --- creation


async def test_a_model_takes_what_is_known_of_it(database: Database, caller: Principal, provider: Provider) -> None:
    new = a_new_model(upstream_name="gpt-4.1", name="Ours", context_tokens=5, tags=("chat",))
    made = await models.create(database, caller, provider.id, new, at=NOON)
    model = made.model
    assert (model.name, model.context_tokens, model.tags) == ("Ours", 5, ("chat",))
    assert (model.vendor, model.family, model.base.input) == ("openai", "gpt-4.1", Decimal(2))
    assert model.edited == {"name", "context_tokens", "tags"}
    assert (model.enabled, model.source, model.external_id) == (False, Source.MANUAL, "openai-gpt-4-1")
    assert await models.read(database, caller, model.id) == made
    assert model.revision == await revision(database, caller)


async def test_slugs_that_collide_are_numbered(database: Database, caller: Principal, provider: Provider) -> None:
    slugs = [
        (await models.create(database, caller, provider.id, a_new_model(upstream_name=name), at=NOON)).model.external_id
        for name in ("x.1", "x-1", "x_1")
    ]
    assert slugs == ["openai-x-1", "openai-x-1-2", "openai-x-1-3"]


async def test_an_external_id_may_be_none(database: Database, caller: Principal, provider: Provider) -> None:
    made = await models.create(database, caller, provider.id, a_new_model(external_id=""), at=NOON)
    assert (await models.read(database, caller, made.model.id)).model.external_id == ""


@pytest.mark.parametrize("member", ["upstream_name", "external_id"])
async def test_a_taken_key_names_who_has_it(
    database: Database, caller: Principal, provider: Provider, member: str
) -> None:
    held = await models.create(database, caller, provider.id, a_new_model(**{member: "taken"}), at=NOON)
    before = await revision(database, caller)
    with pytest.raises(AlreadyExists) as refused:
        await models.create(database, caller, provider.id, a_new_model(**{member: "taken"}), at=NOON)
    assert refused.value.existing == held.model.id
    assert await revision(database, caller) == before
    other = await a_provider_of(database, caller)
    assert await models.create(database, caller, other.id, a_new_model(**{member: "taken"}), at=NOON)


@pytest.mark.parametrize(
    ("members", "state"),
    [
        ({"managed": True, "management": Management.PLATFORM}, "managed"),
        ({"management": Management.SYNCED}, "synced"),
    ],
)
async def test_some_providers_take_no_models_by_hand(
    database: Database, caller: Principal, members: dict[str, Any], state: str
) -> None:
    provider = await a_provider_of(database, caller, **members)
    with pytest.raises(Conflict) as refused:
        await models.create(database, caller, provider.id, a_new_model(), at=NOON)
    assert refused.value.state == state


async def test_a_foreign_provider_takes_no_model(database: Database, caller: Principal) -> None:
    foreign = await a_provider_of(database, a_principal(await a_workspace(database)))
    for make in (models.create, models.adopt):
        with pytest.raises(NotFound) as refused:
            await make(database, caller, foreign.id, a_new_model(), at=NOON)
        assert refused.value.kind == "provider"


async def test_a_creation_leaves_its_record(database: Database, caller: Principal, provider: Provider) -> None:
    await models.create(database, caller, provider.id, a_new_model(name="Told"), at=NOON)
    kind, action, before, after = (await trail(database, caller))[0]
    assert (kind, action, before, after["name"]) == ("model", Action.CREATED, None, "Told")


@pytest.mark.parametrize("source", [Source.DISCOVERED, Source.PREDEFINED])
async def test_a_listed_model_is_adopted_in_place(
    database: Database, caller: Principal, provider: Provider, source: Source
) -> None:
    held = await a_kept_model(
        database, provider, source=source, upstream_name="m", tags=("chat",), enabled=True, labels={"a": "b"}
    )
    taken = await models.adopt(database, caller, provider.id, a_new_model(upstream_name=" m ", name="Mine"), at=LATER)
    model = taken.model
    assert (model.id, model.created_at, model.source, model.name) == (held.model.id, NOON, Source.MANUAL, "Mine")
    assert (model.tags, model.enabled, model.labels) == (("chat",), True, {"a": "b"})
    assert await models.read(database, caller, model.id) == taken


async def test_a_manual_model_is_not_adopted(database: Database, caller: Principal, provider: Provider) -> None:
    made = await models.adopt(database, caller, provider.id, a_new_model(upstream_name="m"), at=NOON)
    with pytest.raises(AlreadyExists) as refused:
        await models.adopt(database, caller, provider.id, a_new_model(upstream_name="m"), at=NOON)
    assert refused.value.existing == made.model.id


# --- changes


async def test_an_empty_change_touches_the_date_alone(
    database: Database, caller: Principal, provider: Provider
) -> None:
    held = await a_kept_model(database, provider, tags=("chat",), base=Price(input=Decimal(1)))
    after = await change(database, caller, held)
    assert replace(after.model, updated_at=NOON, revision=held.model.revision) == held.model
    assert after.model.updated_at == LATER


async def test_a_change_is_kept_and_told(database: Database, caller: Principal, provider: Provider) -> None:
    held = await a_kept_model(database, provider, name="Old")
    after = await change(database, caller, held, name="New", override_input=Decimal("0.1"))
    assert await models.read(database, caller, held.model.id) == after
    assert (await trail(database, caller))[0] == (
        "model",
        Action.UPDATED,
        {"name": "Old", "price_override": {}},
        {"name": "New", "price_override": {"input_usd_per_mtok": "0.1"}},
    )


async def test_a_refused_change_leaves_nothing(database: Database, caller: Principal, provider: Provider) -> None:
    held = await a_kept_model(database, provider)
    before = await revision(database, caller)
    with pytest.raises(InvalidRequest):
        await change(database, caller, held, name=" ")
    assert await models.read(database, caller, held.model.id) == held
    assert await revision(database, caller) == before
    assert await trail(database, caller) == []


async def test_only_what_was_read_is_changed(database: Database, caller: Principal, provider: Provider) -> None:
    held = await a_kept_model(database, provider)
    await a_kept_model(database, provider)  # raises the workspace's revision, and not the model's
    seen = await revision(database, caller)

    async def conditional(name: str) -> Registered:
        changes = ModelChanges(name=name)
        return await models.update(
            database, caller, held.model.id, changes, guard=managed_rule, unchanged_since=seen, at=LATER
        )

    await conditional("first")
    with pytest.raises(Stale):
        await conditional("second")
    assert (await models.read(database, caller, held.model.id)).model.name == "first"


async def test_a_model_moves_to_another_provider(database: Database, caller: Principal, provider: Provider) -> None:
    other = await a_provider_of(database, caller, name="Other")
    held = await a_kept_model(database, provider, upstream_name="m", source=Source.DISCOVERED)
    moved = await change(database, caller, held, provider=other.id)
    assert moved.provider == other
    assert (moved.model.id, moved.model.source, moved.model.created_at) == (held.model.id, Source.DISCOVERED, NOON)
    assert await models.read(database, caller, held.model.id) == moved
    assert (await models.listing(database, caller, provider=provider.id)).total == 0


async def test_a_model_does_not_move_onto_another(database: Database, caller: Principal, provider: Provider) -> None:
    other = await a_provider_of(database, caller)
    held = await a_kept_model(database, provider, upstream_name="m")
    there = await a_kept_model(database, other, upstream_name="m")
    with pytest.raises(AlreadyExists) as refused:
        await change(database, caller, held, provider=other.id)
    assert refused.value.existing == there.model.id


async def test_a_model_does_not_move_to_a_foreign_provider(
    database: Database, caller: Principal, provider: Provider
) -> None:
    held = await a_kept_model(database, provider)
    foreign = await a_provider_of(database, a_principal(await a_workspace(database)))
    with pytest.raises(NotFound) as refused:
        await change(database, caller, held, provider=foreign.id)
    assert refused.value.kind == "provider"


async def test_another_upstream_name_brings_other_facts(
    database: Database, caller: Principal, provider: Provider
) -> None:
    new = a_new_model(upstream_name="gpt-4.1", name="Ours", output_tokens=7, tags=("mine",))
    made = await models.create(database, caller, provider.id, new, at=NOON)
    renamed = await change(database, caller, made, upstream_name="nobody-knows-it")
    model = renamed.model
    assert (model.name, model.output_tokens, model.tags) == ("Ours", 7, ("mine",))
    assert (model.family, model.context_tokens, model.base) == ("", None, Price())
    back = await change(database, caller, renamed, upstream_name="gpt-4.1")
    assert back.model.family == "gpt-4.1"


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"name": "other"}, id="name"),
        pytest.param({"upstream_name": "other"}, id="upstream-name"),
        pytest.param({"tags": ("other",)}, id="tags"),
    ],
)
async def test_of_a_managed_model_only_the_flags_change(
    database: Database, caller: Principal, members: dict[str, Any]
) -> None:
    managed = await a_provider_of(database, caller, managed=True)
    held = await a_kept_model(database, managed, name="name", tags=("chat",))
    with pytest.raises(Conflict) as refused:
        await change(database, caller, held, **members)
    assert refused.value.state == "managed"
    same = await change(database, caller, held, name=" name ", tags=("chat",), enabled=True, favourite=True)
    assert (same.model.enabled, same.model.favourite) == (True, True)


@pytest.mark.parametrize("into", [True, False])
async def test_models_move_neither_into_nor_out_of_a_managed_provider(
    database: Database, caller: Principal, provider: Provider, into: bool
) -> None:
    managed = await a_provider_of(database, caller, managed=True)
    here, there = (provider, managed) if into else (managed, provider)
    with pytest.raises(Conflict) as refused:
        await change(database, caller, await a_kept_model(database, here), provider=there.id)
    assert refused.value.state == "managed"


async def test_a_synced_model_takes_labels_and_prices_alone(
    database: Database, caller: Principal, provider: Provider
) -> None:
    held = await a_kept_model(database, provider, source=Source.PREDEFINED, name="Synced")

    async def patched(**members: Any) -> Registered:
        changes = ModelChanges(**members)
        return await models.update(database, caller, held.model.id, changes, guard=synced_rule, at=LATER)

    for refused_member in ({"name": "Other"}, {"vendor": ""}, {"tags": ()}, {"upstream_name": "x"}):
        with pytest.raises(Conflict) as refused:
            await patched(**refused_member)
        assert refused.value.state == "synced"
    after = await patched(name="Synced", external_id="new", labels={"a": "b"}, bundle="b", override_output=Decimal(0))
    assert (after.model.external_id, after.model.override) == ("new", Price(output=Decimal(0)))


async def test_no_racing_change_is_lost(database: Database, caller: Principal, provider: Provider) -> None:
    """A thousand at once, each of a member of its own."""
    held = await some_kept_models(database, provider, [{} for _ in range(100)])
    asked: list[dict[str, Any]] = [
        {"name": "raced"},
        {"description": "raced"},
        {"vendor": "raced"},
        {"family": "raced"},
        {"favourite": True},
        {"tags": ("raced",)},
        {"context_tokens": 7},
        {"labels": {"raced": "yes"}},
        {"override_input": Decimal(7)},
        {"bundle": "raced"},
    ]
    before = await revision(database, caller)
    # a server has so many requests under way; PostgreSQL refuses who waits long for one of its connections
    under_way = asyncio.Semaphore(100)

    async def raced(one: Registered, members: dict[str, Any]) -> None:
        async with under_way:
            await change(database, caller, one, **members)

    await asyncio.gather(*(raced(one, members) for one in held for members in asked))
    assert await revision(database, caller) == before + 1000
    for one in held:
        model = (await models.read(database, caller, one.model.id)).model
        assert (model.name, model.description, model.vendor, model.family) == ("raced",) * 4
        assert (model.favourite, model.tags, model.context_tokens, model.bundle) == (True, ("raced",), 7, "raced")
        assert (model.labels, model.override) == ({"raced": "yes"}, Price(input=Decimal(7)))


async def test_of_racing_creations_one_wins(database: Database, caller: Principal, provider: Provider) -> None:
    new = a_new_model(upstream_name="once")
    made = await asyncio.gather(
        *(models.create(database, caller, provider.id, new, at=NOON) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(one, Registered) for one in made) == 1
    assert {type(one) for one in made if isinstance(one, ArmillaryError)} == {AlreadyExists}


# --- switches, defaults, swaps


async def test_a_switch_that_changes_nothing_writes_nothing(
    database: Database, caller: Principal, provider: Provider
) -> None:
    held = await a_kept_model(database, provider, enabled=True)
    before = await revision(database, caller)
    assert await models.switch(database, caller, held.model.id, True, at=LATER) == held
    assert await revision(database, caller) == before
    assert await trail(database, caller) == []


async def test_a_switch_is_seen_at_once(database: Database, caller: Principal, provider: Provider) -> None:
    held = await a_kept_model(database, provider)
    after = await models.switch(database, caller, held.model.id, True, at=LATER)
    assert after.model.enabled
    assert await models.read(database, caller, held.model.id) == after


async def test_the_first_enabled_model_becomes_the_default(
    database: Database, caller: Principal, provider: Provider
) -> None:
    first, second = await some_kept_models(database, provider, [{}, {"favourite": True}])
    assert await default_of(database, caller) is None
    await models.switch(database, caller, first.model.id, True, at=LATER)
    await models.switch(database, caller, second.model.id, True, at=LATER)
    assert await default_of(database, caller) == first.model.id
    await models.switch(database, caller, first.model.id, False, at=LATER)
    assert await default_of(database, caller) == second.model.id
    await models.delete(database, caller, second.model.id, at=LATER)
    assert await default_of(database, caller) is None


async def test_an_election_is_told(database: Database, caller: Principal, provider: Provider) -> None:
    held = await a_kept_model(database, provider)
    await models.switch(database, caller, held.model.id, True, at=LATER)
    told = ("workspace", Action.UPDATED, {"default_model": None}, {"default_model": held.model.id.hex})
    assert told in await trail(database, caller)


async def test_a_model_that_does_not_chat_is_never_elected(
    database: Database, caller: Principal, provider: Provider
) -> None:
    held = await a_kept_model(database, provider, tags=("embeddings",))
    await models.switch(database, caller, held.model.id, True, at=LATER)
    assert await default_of(database, caller) is None


async def test_a_default_is_chosen_by_hand(database: Database, caller: Principal, provider: Provider) -> None:
    one, other, off = await some_kept_models(database, provider, [{"enabled": True}, {"enabled": True}, {}])
    await models.set_default(database, caller, one.model.id, at=LATER)
    await models.set_default(database, caller, other.model.id, at=LATER)
    assert await default_of(database, caller) == other.model.id
    with pytest.raises(InvalidRequest) as refused:
        await models.set_default(database, caller, off.model.id, at=LATER)
    assert refused.value.field == "model_id"
    await models.set_default(database, caller, None, at=LATER)
    assert await default_of(database, caller) is None


async def test_a_managed_model_is_not_deleted(database: Database, caller: Principal) -> None:
    held = await a_kept_model(database, await a_provider_of(database, caller, managed=True))
    with pytest.raises(Conflict) as refused:
        await models.delete(database, caller, held.model.id, at=LATER)
    assert refused.value.state == "managed"


async def test_a_swap_disables_what_it_is_asked_to(database: Database, caller: Principal, provider: Provider) -> None:
    a, b, c = await some_kept_models(database, provider, [{"enabled": True}] * 3)
    await models.set_default(database, caller, a.model.id, at=LATER)
    swaps = [
        Swap(current=a.model.id, next=b.model.id, disable_after=True),
        Swap(current=b.model.id, next=c.model.id),
        Swap(current=c.model.id, next=c.model.id, disable_after=True),
    ]
    await models.swap(database, caller, swaps, at=LATER)
    shown = [(await models.read(database, caller, one.model.id)).model.enabled for one in (a, b, c)]
    assert shown == [False, True, True]
    assert await default_of(database, caller) == b.model.id


async def test_one_bad_swap_spoils_all(database: Database, caller: Principal, provider: Provider) -> None:
    a, b, off = await some_kept_models(database, provider, [{"enabled": True}, {"enabled": True}, {}])
    good = Swap(current=a.model.id, next=b.model.id, disable_after=True)
    bad: list[tuple[Swap, type[ArmillaryError]]] = [
        (Swap(current=b.model.id, next=off.model.id), Conflict),
        (Swap(current=b.model.id, next=an_id()), NotFound),
        (Swap(current=a.model.id, next=b.model.id), InvalidRequest),
    ]
    for swap, refusal in bad:
        with pytest.raises(refusal):
            await models.swap(database, caller, [good, swap], at=LATER)
    assert (await models.read(database, caller, a.model.id)).model.enabled


# --- finding


async def test_a_model_is_found_by_its_external_id(database: Database, caller: Principal) -> None:
    one = await a_provider_of(database, caller, external_id="key-one")
    two = await a_provider_of(database, caller, external_id="key.two")
    first = await a_kept_model(database, one, external_id="slug")
    alone = await a_kept_model(database, one, external_id="alone")
    dotted = await a_kept_model(database, one, external_id="a.b")
    assert await models.find(database, caller, "alone") == alone
    assert await models.find(database, caller, "a.b") == dotted
    assert await models.find(database, caller, "slug") == first
    second = await a_kept_model(database, two, external_id="slug")
    with pytest.raises(Conflict) as refused:
        await models.find(database, caller, "slug")
    assert refused.value.state == "ambiguous"
    assert await models.find(database, caller, "key-one.slug") == first
    assert await models.find(database, caller, "key.two.slug") == second
    assert await models.find(database, caller, "slug", "key-one") == first
    for unknown in ("nothing", "key-two.slug", "key-one.nothing", "."):
        with pytest.raises(NotFound):
            await models.find(database, caller, unknown)


# --- pages


async def test_a_page_of_a_hundred_costs_what_a_page_of_ten_does(
    database: Database, caller: Principal, provider: Provider
) -> None:
    await some_kept_models(database, provider, [{"base": Price(input=Decimal(n))} for n in range(120)])

    async def cost(limit: int) -> tuple[int, int]:
        counting: Any = Counting(database)
        page = await models.page(counting, caller, ModelQuery(limit=limit, text="model"))
        await models.listing(counting, caller, limit=limit)
        return counting.statements, len(page.items)

    (few, ten), (many, hundred) = await cost(10), await cost(100)
    assert (few, ten, hundred) == (many, 10, 100)


async def test_the_last_page_says_so(database: Database, caller: Principal, provider: Provider) -> None:
    await some_kept_models(database, provider, [{} for _ in range(4)])
    first = await models.page(database, caller, ModelQuery(limit=2, counted=True))
    second = await models.page(database, caller, ModelQuery(limit=2, after=first.next))
    assert (first.total, len(first.items), len(second.items), second.next) == (4, 2, 2, None)


async def test_an_unknown_provider_has_no_listing(database: Database, caller: Principal) -> None:
    with pytest.raises(NotFound) as refused:
        await models.listing(database, caller, provider=an_id())
    assert refused.value.kind == "provider"
