"""Models as Artifacts assembles them: written there and read everywhere, and listed there alone until they are whole.

Source: design.md, "One truth"; contracts/artifacts.md, 2.1 and 2.3.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.ids import ulid
from tests.generated import amounts, names, texts
from tests.laws.conftest import Place, identity
from tests.laws.records import Record, exact, unchanged, usd, whole
from tests.laws.test_one_truth import LAW, native_whole, patched_natively, sent, some_of
from tests.wire import a_model, a_provider

_MODALITIES = ("text", "image", "audio", "video")
_RATES = {"input": "input", "output": "output", "cached": "cached_input"}
#: Digits that a price row holds: as many as an amount of our own API has.
rates = st.dictionaries(st.sampled_from(sorted(_RATES)), amounts, max_size=3)
modalities = st.lists(st.tuples(st.sampled_from(_MODALITIES), st.booleans()), unique=True, max_size=4)
levels = st.lists(st.sampled_from(["none", "minimal", "low", "medium", "high"]), unique=True, max_size=3)
#: Everything that an item may say, save who serves it.
SAID: dict[str, st.SearchStrategy[Any]] = {
    "name": names,
    "description": texts(60),
    "enabled": st.booleans(),
    "modalities": modalities,
    "rates": rates,
    "levels": levels,
}
all_of_it = st.fixed_dictionaries(SAID)


class Shelf:
    """The rows of a workspace, found or made."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._seeded = {kind: self.rows(kind) for kind in ("modalities", "reasoning_levels", "flags")}

    def rows(self, kind: str) -> list[Record]:
        """Every row of a kind."""
        body = {"limit_count": 1000}
        found: list[Record] = exact(self._place.artifacts(f"/resources/{kind}/search", body))["items"]
        return found

    def seeded(self, kind: str, **members: Any) -> str:
        """The id of the first row that has these members."""
        found: str = next(row["id"] for row in self._seeded[kind] if members.items() <= row.items())
        return found

    def made(self, kind: str, body: Record) -> str:
        """The id of a new row."""
        reply = self._place.client.post(f"/api/v5/resources/{kind}", **sent(body))
        made: str = exact(reply)["id"]
        return made

    def value(self, upstream: str) -> str:
        """The id of a new value row."""
        return self.made("values", {"value": upstream, "type": "model"})

    def item(self, said: Record) -> Record:
        """The wire's item for what is said."""
        return {name: told for one, value in said.items() for name, told in self._told(one, value).items()}

    def _told(self, name: str, value: Any) -> Record:
        if name == "enabled":
            return {"flag_ids": [self.seeded("flags", name="model_active", value=value)]}
        if name == "modalities":
            ids = [self.seeded("modalities", modality=word, is_input=is_input) for word, is_input in value]
            return {"modality_ids": ids}
        if name == "levels":
            ids = [self.seeded("reasoning_levels", reasoning_level=level) for level in value]
            return {"reasoning_level_ids": ids}
        if name == "rates":
            return {"pricing_ids": [self.made("pricing", _row(word, price)) for word, price in value.items()]}
        return {name: value}


def _row(word: str, price: Decimal) -> Record:
    unit = {"unit_name": "million_text", "unit_category": "tokens", "unit_value": 1_000_000}
    return {"pricing_type": word, "price": price, **unit}


@pytest.fixture(scope="module")
def shelf(place: Place) -> Shelf:
    return Shelf(place)


@pytest.fixture(scope="module")
def providers(place: Place) -> tuple[str, str]:
    """Two providers, as Everruns spells them."""
    return a_provider(place.client), a_provider(place.client, name="Another", provider_type="anthropic")


@pytest.fixture(scope="module")
def model(place: Place, providers: tuple[str, str]) -> UUID:
    """A model that the properties of changes share."""
    return identity(a_model(place.client, providers[0], f"shared-{uuid4().hex}")["id"])


def expected(said: Record) -> Record:
    """What our own API must show of what was said."""
    told: Record = {name: said[name] for name in ("name", "description", "enabled") if name in said}
    if "modalities" in said:
        told["modalities"] = {
            "input": {word for word, is_input in said["modalities"] if is_input},
            "output": {word for word, is_input in said["modalities"] if not is_input},
        }
    return told


def check(record: Record, said: Record) -> None:
    """Pass where the record says what was said."""
    told = expected(said)
    held: Record = {**record, "modalities": {name: set(words) for name, words in record["modalities"].items()}}
    assert {name: held[name] for name in told} == told
    if "rates" in said:
        prices = {word: usd(record["price"], name) for word, name in _RATES.items()}
        assert prices == dict.fromkeys(_RATES) | said["rates"]
    if "levels" in said:
        assert {effort["value"] for effort in record["facts"]["reasoning_efforts"]} == set(said["levels"])


def created(place: Place, item: Record) -> UUID:
    """A new model's id."""
    (result,) = exact(place.artifacts("/artifacts/models/create", {"models": [item]}))["results"]
    assert result["model_id"], result
    return UUID(result["model_id"])


@LAW
@given(said=all_of_it, which=st.integers(0, 1))
def test_what_artifacts_creates_is_read_everywhere(
    place: Place, shelf: Shelf, providers: tuple[str, str], said: Record, which: int
) -> None:
    upstream = f"made-{uuid4().hex}"
    links = {"value_ids": [shelf.value(upstream)], "provider_ids": [str(identity(providers[which]))]}
    record = whole(place, created(place, {**shelf.item(said), **links}))
    check(record, said)
    assert (record["upstream_name"], record["provider"]["id"]) == (upstream, providers[which])
    assert record["source"] == "manual"


@LAW
@given(before=native_whole, change=st.tuples(some_of(SAID), st.none() | st.integers(0, 1)))
def test_what_artifacts_changes_is_read_everywhere_and_what_it_cannot_say_is_kept(  # noqa: PLR0917  fixtures and cases
    place: Place,
    shelf: Shelf,
    model: UUID,
    providers: tuple[str, str],
    before: Record,
    change: tuple[Record, int | None],
) -> None:
    said, which = change
    held = patched_natively(place, model, before)
    links = {} if which is None else {"provider_ids": [str(identity(providers[which]))]}
    item = {"model_id": str(model), **shelf.item(said), **links}
    exact(place.artifacts("/artifacts/models/update", {"models": [item]}))
    record = whole(place, model)
    check(record, said)
    assert which is None or record["provider"]["id"] == providers[which]
    follows = {"rates": {"price", "base_price", "override_price"}, "levels": {"facts"}}
    touched = {name for one in said for name in follows.get(one, {one})}
    unchanged(held, record, but={*touched, "provider"})


@LAW
@given(before=native_whole)
def test_what_a_form_shows_written_back_changes_nothing(place: Place, model: UUID, before: Record) -> None:
    held = patched_natively(place, model, before)
    form = exact(place.artifacts("/artifacts/models/get", {"model_id": str(model)}))
    item = {
        "model_id": str(model),
        "name_id": form["names"]["resource"]["id"],
        "description_id": (form["descriptions"]["resource"] or {}).get("id"),
        "flag_ids": [one["flag_option_id"] for one in form["flags"]["current"] or ()],
        **{
            f"{member}_ids": [one["id"] for one in form[section]["current"] or ()]
            for section, member in (
                ("departments", "department"),
                ("modalities", "modality"),
                ("pricing", "pricing"),
                ("reasoning_levels", "reasoning_level"),
            )
        },
        **{f"{section[:-1]}_ids": [form[section]["resource"]["id"]] for section in ("values", "providers")},
    }
    exact(place.artifacts("/artifacts/models/update", {"models": [item]}))
    unchanged(held, whole(place, model), but=set())


SHOWN: dict[str, Callable[[Place, UUID], httpx.Response]] = {
    "everruns": lambda place, model: place.everruns("GET", f"/models/model_{model.hex}"),
    "cadenya": lambda place, model: place.cadenya("GET", f"/models/model_{ulid(model)}"),
    "native": lambda place, model: place.native("GET", f"/models/model_{model.hex}"),
}


def shown(place: Place, model: UUID) -> dict[str, int]:
    """How each dialect answers for the model, and whether it lists it."""
    lists = {
        "everruns list": place.everruns("GET", "/models").text,
        "cadenya list": place.cadenya("GET", "/models?limit=200").text,
        "native list": place.native("GET", "/models?limit=200").text,
    }
    listed = {
        name: int(any(form in text for form in (model.hex, str(model), ulid(model)))) for name, text in lists.items()
    }
    return {name: read(place, model).status_code for name, read in SHOWN.items()} | listed


def in_artifacts(place: Place, model: UUID, name: str) -> bool:
    """Whether Artifacts shows and lists the model."""
    reply = place.artifacts("/artifacts/models/get", {"model_id": str(model)})
    found = exact(place.artifacts("/artifacts/models/search", {"search": name}))["models"]
    return reply.status_code == 200 and [one["model_id"] for one in found] == [str(model)]


_NOWHERE = dict.fromkeys(SHOWN, 404) | dict.fromkeys(("everruns list", "cadenya list", "native list"), 0)
_EVERYWHERE = dict.fromkeys(SHOWN, 200) | dict.fromkeys(("everruns list", "cadenya list", "native list"), 1)


@pytest.mark.parametrize("first", ["value_ids", "provider_ids"])
def test_a_record_is_listed_in_artifacts_alone_until_it_has_both(
    place: Place, shelf: Shelf, providers: tuple[str, str], first: str
) -> None:
    name, upstream = f"half {uuid4().hex}", f"half-{uuid4().hex}"
    links = {"value_ids": [shelf.value(upstream)], "provider_ids": [str(identity(providers[0]))]}
    model = created(place, {"name": name})
    assert (in_artifacts(place, model, name), shown(place, model)) == (True, _NOWHERE)
    for member, expected_there in ((first, _NOWHERE), (({*links} - {first}).pop(), _EVERYWHERE)):
        item = {"model_id": str(model), member: links[member]}
        exact(place.artifacts("/artifacts/models/update", {"models": [item]}))
        assert (in_artifacts(place, model, name), shown(place, model)) == (True, expected_there)
    assert whole(place, model)["upstream_name"] == upstream
    exact(place.artifacts("/artifacts/models/update", {"models": [{"model_id": str(model), first: []}]}))
    assert (in_artifacts(place, model, name), shown(place, model)) == (True, _NOWHERE)


@pytest.mark.parametrize("dialect", ["everruns", "cadenya"])
def test_what_another_dialect_deletes_is_gone_from_artifacts(
    place: Place, providers: tuple[str, str], dialect: str
) -> None:
    name = f"gone-{uuid4().hex}"
    model = identity(a_model(place.client, providers[0], name)["id"])
    assert in_artifacts(place, model, name)
    if dialect == "everruns":
        assert place.everruns("DELETE", f"/models/model_{model.hex}").status_code == 204
    else:
        exact(place.artifacts("/artifacts/models/delete", {"model_ids": [str(model)]}))
    assert (in_artifacts(place, model, name), shown(place, model)) == (False, _NOWHERE)
