"""Duplicating models. Source: contracts/artifacts.md, 2.5."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dialects.artifacts.people import MODELS, House, Person, a_house, flag, linked, unique
from tests.servers import Server


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[House]:
    with a_house(server) as made:
        yield made


def copied(person: Person, model: str) -> str:
    made: str = person.done(f"{MODELS}/duplicate", {"model_id": model})["model_id"]
    return made


def test_a_copy_links_what_the_original_links_save_its_flags(house: House) -> None:
    root, offered = house.root, house.root.form()
    first = {section: [offered[section]["resources"][0]["id"]] for section in ("voices", "qualities", "modalities")}
    provider = root.made("provider", value_ids=[root.row("values", value="openai", type="provider")])
    price = root.row(
        "pricing",
        pricing_type="input",
        price=2.5,
        unit_name="million_text",
        unit_category="tokens",
        unit_value=1_000_000,
    )
    model = root.model(
        description="what it does",
        department_ids=[house.mine],
        voice_ids=first["voices"],
        quality_ids=first["qualities"],
        modality_ids=first["modalities"],
        provider_ids=[provider],
        value_ids=[root.row("values", value=unique("upstream"))],
        pricing_ids=[price],
        flag_ids=[flag(), flag("model_voices_enabled")],
    )
    before, after = root.form(model), root.form(copied(root, model))
    for section in ("departments", "voices", "qualities", "modalities", "pricing"):
        assert linked(after, section) == linked(before, section), section
    for section in ("descriptions", "providers", "values"):
        assert after[section]["resource"] == before[section]["resource"], section
    assert linked(after, "flags") == [flag(value=False)]


def test_copies_are_named_after_what_they_copy(house: House) -> None:
    root, name = house.root, unique("Name")
    model = root.model(name=name)
    first, second = copied(root, model), copied(root, model)
    third = copied(root, first)
    names = [root.form(one)["names"]["resource"] for one in (first, second, third)]
    assert [one["name"] for one in names] == [f"{name} Copy", f"{name} Copy", f"{name} Copy Copy"]
    assert names[0]["id"] == names[1]["id"]
    listed = root.search(f"{name} copy")["models"]
    assert {one["model_id"] for one in listed} == {first, second, third}
    assert all(one["active"] for one in listed)


def test_an_agent_that_uses_the_original_does_not_lock_the_copy(house: House) -> None:
    root = house.root
    model = root.model()
    root.made("agent", model_ids=[model])
    assert root.form(model)["can_edit"] is False
    assert root.form(copied(root, model))["can_edit"] is True
