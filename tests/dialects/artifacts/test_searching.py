"""Searching models and resources. Source: contracts/artifacts.md, 2.2, 3.2, 5.6 and 5.10; decisions 6, 14 to 17."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.dialects.artifacts.people import MODELS, House, Json, Person, a_house, unique
from tests.servers import Server

NOWHERE = str(UUID(int=404))


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[House]:
    with a_house(server) as made:
        yield made


@pytest.fixture(scope="module")
def root(house: House) -> Person:
    return house.root


def options(section: Json) -> dict[str, int]:
    """The facet's options that anything counts: id and count."""
    return {one["id"]: one["count"] for one in section["options"]}


def test_without_a_filter_everything_is_found(root: Person) -> None:
    model = root.model()
    for text in (None, ""):
        assert model in root.found(text)


def test_text_is_found_in_names_in_any_case(root: Person) -> None:
    name = unique("Ünïcode Straße")
    model, _ = root.model(name=name), root.model()
    for text in (name, name.lower(), name[3:14]):
        assert model in root.found(text)
    assert root.found(name) == [model]


def test_text_is_found_in_descriptions(root: Person) -> None:
    description = unique("only described")
    model = root.model(description=description)
    assert root.found(description.upper()) == [model]


@pytest.mark.parametrize("sign", ["%", "_", "\\", "*", '"', "'", "-", "(", "NEAR", " OR "])
def test_signs_stand_for_themselves(root: Person, sign: str) -> None:
    tag = unique("literal")
    model = root.model(name=f"{tag}{sign}x")
    root.model(name=f"{tag}yx")
    assert root.found(f"{tag}{sign}x") == [model]
    assert model in root.found(f"{sign}x")


@pytest.mark.parametrize("text", ["x", "xy", "é"])
def test_texts_of_one_or_two_characters_are_found_too(root: Person, text: str) -> None:
    model = root.model(name=f"{text}-{unique('short')}")
    found = root.search(text)["models"]
    assert model in [one["model_id"] for one in found]
    assert all(text in f"{one['name']}{one['description'] or ''}".lower() for one in found)


def test_departments_and_providers_filter(root: Person, house: House) -> None:
    tag = unique("filtered")
    provider = root.made("provider")
    first = root.model(name=f"{tag} a", department_ids=[house.mine], provider_ids=[provider])
    second = root.model(name=f"{tag} b", department_ids=[house.theirs, house.mine])
    third = root.model(name=f"{tag} c")
    filters: list[tuple[Json, list[str]]] = [
        ({"filter_department_ids": [house.mine]}, [first, second]),
        ({"filter_department_ids": [house.theirs]}, [second]),
        ({"filter_department_ids": [house.mine, house.theirs]}, [first, second]),
        ({"filter_department_ids": []}, [first, second, third]),
        ({"filter_department_ids": None}, [first, second, third]),
        ({"filter_department_ids": [NOWHERE]}, []),
        ({"filter_provider_ids": [provider]}, [first]),
        ({"filter_provider_ids": [provider, NOWHERE]}, [first]),
        ({"filter_provider_ids": [provider], "filter_department_ids": [house.theirs]}, []),
    ]
    for stated, expected in filters:
        assert root.found(tag, **stated) == expected, stated


def test_agents_filter_what_they_use(root: Person) -> None:
    model, other = root.model(), root.model()
    agent, idle = root.made("agent", model_ids=[model, other]), root.made("agent")
    assert set(root.found(filter_agent_ids=[agent])) == {model, other}
    for unused in ([idle], [NOWHERE]):
        page = root.search(filter_agent_ids=unused)
        assert (page["models"], page["total_count"]) == ([], 0)


def test_pages_have_each_once_and_in_order(root: Person) -> None:
    tag = unique("paged")
    models = [root.model(name=f"{tag} {number}") for number in range(5)]
    pages = [root.search(tag, page_size=2, page_offset=offset) for offset in (0, 2, 4)]
    assert [[one["model_id"] for one in page["models"]] for page in pages] == [models[:2], models[2:4], models[4:]]
    assert [page["total_count"] for page in pages] == [5, 5, 5]


def test_names_are_ordered_by_code_point_and_then_by_id(root: Person) -> None:
    tag = unique("ordered")
    names = [f"{tag} {word}" for word in ("b", "a", "B", "ä", "a")]
    models = [root.model(name=name) for name in names]
    ordered = sorted(zip(names, models, strict=True))
    assert root.found(tag) == [model for _, model in ordered]


@pytest.mark.parametrize("size", [0, None])
def test_a_page_is_of_twelve_unless_it_is_said(root: Person, size: int | None) -> None:
    tag = unique("dozen")
    root.done(f"{MODELS}/create", {"models": [{"name": f"{tag} {number:02}"} for number in range(13)]})
    page = root.search(tag, page_size=size, page_offset=None)
    assert (len(page["models"]), page["total_count"]) == (12, 13)
    assert len(root.done(f"{MODELS}/search", {"search": tag})["models"]) == 12


def test_a_negative_page_is_empty(root: Person) -> None:
    root.model()
    page = root.search(page_size=-1)
    assert page["models"] == []


def test_past_the_end_the_total_and_the_facets_are_told(root: Person, house: House) -> None:
    tag = unique("past")
    root.model(name=tag, department_ids=[house.mine])
    page = root.search(tag, page_offset=7)
    assert (page["models"], page["total_count"]) == ([], 1)
    assert house.mine in options(page["department_filter"])


@pytest.mark.parametrize(
    "body",
    [{"page_offset": -1}, {"page_offset": "0"}, {"filter_agent_ids": ["x"]}, {"search": 1}, {"page_size": 1.5}],
    ids=str,
)
def test_a_search_that_does_not_match_its_schema_is_refused(root: Person, body: Json) -> None:
    reply = root.post(f"{MODELS}/search", json=body)
    assert reply.status_code == 422
    assert reply.json()["detail"][0]["loc"][:2] == ["body", next(iter(body))]


def test_facets_count_and_echo(root: Person, house: House) -> None:
    name = unique("Facet")
    provider = root.made("provider", name=name, description=unique("said of it"))
    department = root.made("department", name=name)
    models = [root.model(provider_ids=[provider], department_ids=[department]) for _ in range(3)]
    agent = root.made("agent", name=name, model_ids=models[:2])
    page = root.search(
        models[0],  # nothing is called so: facets do not depend on the other filters
        filter_provider_ids=[provider],
        provider_search=name.lower(),
        department_search=name,
        agent_search=name,
    )
    for facet, one, count in (("provider", provider, 3), ("department", department, 3), ("agent", agent, 2)):
        section = page[f"{facet}_filter"]
        assert section["options"] == [
            {"id": one, "name": name, "count": count, "hex_code": None, "value": None, "type": None}
        ], facet
    assert page["provider_filter"]["selected_ids"] == [provider]
    assert page["provider_filter"]["search"] == name.lower()
    assert (page["department_filter"]["selected_ids"], page["agent_filter"]["selected_ids"]) == (None, None)


def test_a_facet_is_searched_in_descriptions_too_save_departments(root: Person) -> None:
    text = unique("said")
    provider, department = root.made("provider", description=text), root.made("department", description=text)
    agent = root.made("agent", description=text)
    root.model(provider_ids=[provider], department_ids=[department])
    page = root.search(provider_search=text, department_search=text, agent_search=text)
    assert [one["id"] for one in page["provider_filter"]["options"]] == [provider]
    assert page["department_filter"]["options"] == []
    assert [one["id"] for one in page["agent_filter"]["options"]] == [agent]


def test_a_listed_model_tells_its_provider(root: Person) -> None:
    name = unique("Hosted")
    endpoint = "https://models.example.com/v1"
    body = {"name": name, "provider_type": "openai", "api_key": "sk-test", "base_url": endpoint}
    made = root.post("/api/v1/providers", json=body, headers={"Authorization": f"Bearer {root.headers['X-Api-Key']}"})
    provider = str(UUID(made.json()["id"].partition("_")[2]))
    root.model(name=name, provider_ids=[provider])
    (listed,) = root.search(name)["models"]
    assert (listed["provider_id"], listed["provider_name"], listed["base_url"]) == (provider, name, endpoint)


def test_everybody_sees_every_model_in_a_listing(root: Person, house: House) -> None:
    name = unique("foreign")
    model = root.model(name=name, department_ids=[house.theirs])
    for role in ("admin", "member", "guest"):
        person = house.person(role, house.mine)
        (listed,) = person.search(name)["models"]
        assert (listed["model_id"], listed["can_edit"], listed["can_delete"], listed["can_duplicate"]) == (
            model,
            False,
            False,
            False,
        )


def names(person: Person, **members: Any) -> list[str]:
    return [row["name"] for row in person.done("/api/v5/resources/names/search", members)["items"]]


def test_resources_are_searched(root: Person) -> None:
    tag = unique("Row")
    made = {f"{tag} {letter}": root.name_row(f"{tag} {letter}") for letter in "cab"}
    every = [f"{tag} {letter}" for letter in "abc"]
    assert names(root, search=tag.upper()) == every
    assert names(root, search=tag, limit_count=2) == every[:2]
    assert names(root, search=tag, limit_count=2, offset_count=2) == every[2:]
    assert names(root, search=tag, exclude_ids=[made[every[0]]]) == every[1:]
    assert names(root, search=tag, limit_count=0) == []
    assert names(root, search=tag, limit_count=-1) == []
    assert names(root, search=unique("nothing")) == []
    assert names(root, search=tag, model=True) == []
    root.model(name=every[1])
    assert names(root, search=tag, model=True) == [every[1]]


def test_resources_are_got_in_the_order_asked_for(root: Person) -> None:
    made = [root.name_row(unique("row")) for _ in range(3)]
    asked = [made[2], NOWHERE, made[0]]
    reply = root.post("/api/v5/resources/names/get", json={"ids": asked})
    assert [row["id"] for row in reply.json()["items"]] == [made[2], made[0]]
    assert reply.headers["x-cache-tags"] == "resources,names"
    assert root.done("/api/v5/resources/names/get", {"ids": []}) == {"items": []}


def test_a_resource_that_is_made_names_what_to_let_go(root: Person) -> None:
    reply = root.post("/api/v5/resources/voices", json={"voice": "new"})
    assert (reply.status_code, reply.headers["x-invalidate-tags"]) == (200, "resources,voices")
    assert set(reply.json()) == {"id", "item", "voices_id"}
