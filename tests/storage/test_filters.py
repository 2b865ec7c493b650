from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armillary.storage.columns import packed
from armillary.storage.database import Database, Value
from armillary.storage.filters import containing, one_of, with_labels

LABELS = st.dictionaries(st.sampled_from(["a", "b", "x.org/a", "aa"]), st.sampled_from(["", "1", "a", "b.1"]))
EACH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)


async def holds(database: Database, row: dict[str, str], conditions: list[str], values: dict[str, Value]) -> bool:
    columns = ", ".join(f"CAST(:{name}_held AS TEXT) AS {name}" for name in row)
    held: dict[str, Value] = {f"{name}_held": value for name, value in row.items()}
    async with database.reading() as tx:
        sql = f"SELECT 1 FROM (SELECT {columns}) AS held WHERE {' AND '.join(conditions or ['1 = 1'])}"
        return await tx.first(sql, **values, **held) is not None


@EACH
@given(held=LABELS, wanted=LABELS)
async def test_labels_match_where_all_of_them_do(
    database: Database, held: dict[str, str], wanted: dict[str, str]
) -> None:
    values: dict[str, Value] = {}
    conditions = with_labels(wanted, values)
    assert await holds(database, {"labels": packed(held)}, conditions, values) == (wanted.items() <= held.items())


@EACH
@given(held=st.text("aB%_'é", max_size=5), wanted=st.text("aB%_'é", min_size=1, max_size=2))
async def test_text_matches_whatever_its_case(database: Database, held: str, wanted: str) -> None:
    values: dict[str, Value] = {}
    condition = containing(("name",), wanted, values)
    assert await holds(database, {"name": held}, [condition], values) == (wanted.lower() in held.lower())


@EACH
@given(held=st.sampled_from("abc"), wanted=st.sets(st.sampled_from("abc"), min_size=1))
async def test_one_of_several_values_matches(database: Database, held: str, wanted: set[str]) -> None:
    values: dict[str, Value] = {}
    condition = one_of("id", sorted(wanted), values)
    assert await holds(database, {"id": held}, [condition], values) == (held in wanted)
