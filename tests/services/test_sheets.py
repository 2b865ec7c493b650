from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armillary.domain.access import Principal
from armillary.domain.changes import ChangeQuery
from armillary.domain.errors import InvalidRequest, PermissionDenied, Stale
from armillary.domain.exports import lines
from armillary.domain.models import Model
from armillary.domain.providers import Provider
from armillary.services import exports, imports
from armillary.storage import changes, models, revisions
from armillary.storage.database import Database
from tests.builders import NOON, a_kept_model, a_kept_provider, a_model, a_principal, a_workspace, an_id

Rows = list[dict[str, str]]


@pytest.fixture
async def caller(database: Database) -> Principal:
    return a_principal(await a_workspace(database))


@pytest.fixture
async def provider(database: Database, caller: Principal) -> Provider:
    return await a_kept_provider(database, _place(caller), name="openai", external_id="openai")


def _place(caller: Principal) -> Any:
    class Place:
        id, created_by, account = caller.workspace, caller.profile, caller.account

    return Place


async def kept(db: Database, caller: Principal, *each: dict[str, Any]) -> list[Model]:
    async with db.writing() as tx:
        revision = await revisions.raised(tx, caller.workspace)
        seqs = await models.next_seqs(tx, caller.workspace, len(each))
        bare = {"provider": None, "upstream_name": None, "workspace": caller.workspace, "created_by": caller.profile}
        made = [
            a_model(**{**bare, "seq": seq, "revision": revision, **one}) for seq, one in zip(seqs, each, strict=True)
        ]
        await models.insert_many(tx, made, by=caller.profile)
    return made


async def exported(db: Database, caller: Principal) -> bytes:
    return b"".join([piece async for piece in exports.model_lines(db, caller, None, _unheard)])


async def rows(db: Database, caller: Principal) -> Rows:
    return list(csv.DictReader(io.StringIO((await exported(db, caller)).decode(), newline="")))


def a_file(found: Rows) -> bytes:
    sink = io.StringIO(newline="")
    writer = csv.DictWriter(sink, found[0].keys())
    writer.writeheader()
    writer.writerows(found)
    return sink.getvalue().encode()


async def held(db: Database, caller: Principal, model: UUID) -> Model:
    async with db.reading() as reading:
        return (await models.records(reading, caller.workspace, [model]))[model].model


FIRST = st.sampled_from(["", "=", "+", "-", "@", "'", "'=", "''", '"', ",", "|"])
TEXTS = st.builds(
    "{}{}".format,
    FIRST,
    st.text(st.sampled_from("ab=+-@'\",|\r\n\t é\U0001f600") | st.characters(codec="utf-8", exclude_characters="\0")),
).map(lambda text: text.strip()[:250])
NAMES = TEXTS.filter(bool)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    models_told=st.lists(st.tuples(NAMES, TEXTS, NAMES | st.none(), st.booleans()), min_size=1, max_size=6),
    provider_name=NAMES,
)
async def test_an_export_read_back_changes_nothing(
    database: Database, models_told: list[tuple[str, str, str | None, bool]], provider_name: str
) -> None:
    caller = a_principal(await a_workspace(database))
    provider = await a_kept_provider(database, _place(caller), name=provider_name)
    taken: set[str | None] = set()
    each = []
    for name, description, upstream_name, served in models_told:
        whole = served and upstream_name not in taken
        taken.add(upstream_name)
        each.append(
            {
                "name": name,
                "description": description,
                "upstream_name": upstream_name,
                "provider": provider.id if whole else None,
            }
        )
    await kept(database, caller, *each)
    plan = await imports.plan(database, caller, await exported(database, caller), at=NOON)
    assert (plan.format, plan.created, plan.changed, plan.unchanged) == ("models.csv", 0, 0, len(each))
    done = await imports.apply(database, caller, plan, at=NOON)
    assert done.revision == plan.revision


async def test_what_differs_is_changed_and_recorded(database: Database, caller: Principal, provider: Provider) -> None:
    other = await a_kept_provider(database, _place(caller), name="=other", external_id="other")
    one = (await a_kept_model(database, provider, name="one", description="First")).model
    (bare,) = await kept(database, caller, {"name": "bare"})
    found = await rows(database, caller)
    by_id = {row["model_id"]: row for row in found}
    by_id[str(one.id)] |= {"name": "'=1+1", "description": "", "provider": "'=other"}
    by_id[str(bare.id)] |= {"value": "gpt-x", "provider": "openai", "voices": "echo"}
    plan = await imports.plan(database, caller, a_file(found), at=NOON)
    assert (plan.created, plan.changed, plan.unchanged) == (0, 2, 0)
    told = {one.name: set(one.changes) for one in plan.models}
    assert told["=1+1"] >= {"name", "description", "provider"}
    assert told["bare"] >= {"upstream_name", "provider"}
    await imports.apply(database, caller, plan, at=NOON)
    after = await held(database, caller, one.id)
    assert (after.name, after.description, after.provider) == ("=1+1", "", other.id)
    after = await held(database, caller, bare.id)
    assert (after.upstream_name, after.provider, after.twin) == ("gpt-x", provider.id, False)
    async with database.reading() as reading:
        trail = await changes.page(reading, caller.workspace, ChangeQuery(limit=10))
    assert {(each.kind, each.action.value, each.reason) for each in trail} == {
        ("model", "updated", "import of a models.csv file")
    }
    again = await imports.plan(database, caller, await exported(database, caller), at=NOON)
    assert (again.changed, again.unchanged) == (0, 2)


async def test_a_value_and_a_provider_may_be_cleared(database: Database, caller: Principal, provider: Provider) -> None:
    model = (await a_kept_model(database, provider, name="one")).model
    found = await rows(database, caller)
    found[0] |= {"value": "", "provider": ""}
    await imports.apply(database, caller, a_file(found), at=NOON)
    after = await held(database, caller, model.id)
    assert (after.upstream_name, after.provider) == (None, None)


async def test_models_may_swap_what_their_provider_calls_them(
    database: Database, caller: Principal, provider: Provider
) -> None:
    for name in ("a", "b"):
        await a_kept_model(database, provider, name=name, upstream_name=f"up-{name}")
    found = await rows(database, caller)
    found[0]["value"], found[1]["value"] = found[1]["value"], found[0]["value"]
    await imports.apply(database, caller, a_file(found), at=NOON)
    swapped = [(row["name"], row["value"]) for row in await rows(database, caller)]
    assert swapped == [("a", "up-b"), ("b", "up-a")]
    after = [await held(database, caller, UUID(row["model_id"])) for row in found]
    assert [model.twin for model in after] == [False, False]


async def test_space_around_a_cell_is_no_change(database: Database, caller: Principal) -> None:
    await kept(database, caller, {"name": "one", "description": "two"})
    found = await rows(database, caller)
    found[0] |= {"name": " one ", "description": "two\n"}
    plan = await imports.plan(database, caller, a_file(found), at=NOON)
    assert (plan.changed, plan.unchanged) == (0, 1)


@pytest.mark.parametrize(
    ("cells", "place"),
    [
        ({"name": ""}, "row 2.name"),
        ({"name": "x" * 256}, "row 2.name"),
        ({"description": "x" * 10_241}, "row 2.description"),
        ({"value": "x" * 256}, "row 2.value"),
        ({"provider": "nobody"}, "row 2.provider"),
        ({"provider": "twice"}, "row 2.provider"),
        ({"provider": "ours"}, "row 2.provider"),
        ({"model_id": str(UUID(int=7))}, "row 2.model_id"),
    ],
)
async def test_a_refusal_names_row_and_column_and_nothing_is_written(
    database: Database, caller: Principal, cells: dict[str, str], place: str
) -> None:
    for number in range(2):
        await a_kept_provider(database, _place(caller), name="twice", external_id=f"twice-{number}")
    await a_kept_provider(database, _place(caller), name="ours", external_id="ours", managed=True)
    await kept(database, caller, {"name": "one"}, {"name": "two"})
    found = await rows(database, caller)
    before = await exported(database, caller)
    found[0] |= cells
    found[1]["name"] = "changed"
    for call in (imports.plan, imports.apply):
        with pytest.raises(InvalidRequest) as refused:
            await call(database, caller, a_file(found), at=NOON)
        assert refused.value.field == place
    assert await exported(database, caller) == before


async def test_a_foreign_model_is_refused_like_an_absent_one(database: Database, caller: Principal) -> None:
    stranger = a_principal(await a_workspace(database))
    (foreign,) = await kept(database, stranger, {"name": "theirs"})
    sentences = set()
    for model in (foreign.id, an_id()):
        with pytest.raises(InvalidRequest) as refused:
            await imports.plan(database, caller, lines([("model_id", "name"), (str(model), "mine")]), at=NOON)
        sentences.add(str(refused.value))
    assert len(sentences) == 1


async def test_managed_models_stay_as_they_are(database: Database, caller: Principal) -> None:
    provider = await a_kept_provider(database, _place(caller), managed=True)
    await a_kept_model(database, provider, name="ours")
    found = await rows(database, caller)
    plan = await imports.plan(database, caller, a_file(found), at=NOON)
    assert plan.unchanged == 1
    found[0]["name"] = "mine"
    with pytest.raises(InvalidRequest, match="row 2"):
        await imports.plan(database, caller, a_file(found), at=NOON)


async def test_a_preview_is_applied_exactly_or_not_at_all(database: Database, caller: Principal) -> None:
    await kept(database, caller, {"name": "one"})
    found = await rows(database, caller)
    found[0]["name"] = "two"
    plan = await imports.plan(database, caller, a_file(found), at=NOON)
    await kept(database, caller, {"name": "another"})
    with pytest.raises(Stale):
        await imports.apply(database, caller, plan, at=NOON)
    fresh = await imports.apply(database, caller, a_file(found), at=NOON)
    assert fresh.plan.changed == 1


async def test_an_import_needs_its_scope(database: Database, caller: Principal) -> None:
    with pytest.raises(PermissionDenied):
        await imports.plan(database, replace(caller, scopes=frozenset({"models:manage"})), b"model_id\n", at=NOON)


async def test_progress_is_told_over_many_rows(database: Database, caller: Principal) -> None:
    await kept(database, caller, *({"name": f"m{number}"} for number in range(600)))
    found = await rows(database, caller)
    for row in found:
        row["description"] = "new"
    told: list[tuple[int, int]] = []

    def hear(done: int, total: int) -> None:
        told.append((done, total))

    await imports.apply(database, caller, a_file(found), progress=hear, at=NOON)
    assert told == [(0, 600), (250, 600), (500, 600), (600, 600)]
    assert {row["description"] for row in await rows(database, caller)} == {"new"}


def _unheard(_done: int, _total: int) -> None:
    """Nobody asks how far it is."""
