"""Deleting models, as far as a client can see it. Source: contracts/artifacts.md, 2.6 and 5.4; decisions 6 and 7."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
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


def deleted(person: Person, *models: str) -> list[Json]:
    results: list[Json] = person.done(f"{MODELS}/delete", {"model_ids": list(models)})["results"]
    return results


def test_a_deleted_model_is_found_by_no_operation(root: Person) -> None:
    name = unique("gone")
    model = root.model(name=name)
    deleted(root, model)
    bodies: dict[str, Json] = {
        "get": {"model_id": model},
        "update": {"models": [{"model_id": model}]},
        "duplicate": {"model_id": model},
        "delete": {"model_ids": [model]},
    }
    for operation, body in bodies.items():
        reply = root.post(f"{MODELS}/{operation}", json=body)
        assert (reply.status_code, list(reply.json())) == (404, ["detail"]), operation
    assert root.search(name)["total_count"] == 0
    export = root.done(f"{MODELS}/export", {"model_id": model})
    assert (export["row_count"], export["upload_id"] != str(UUID(int=0))) == (0, True)
    text = root.get(f"/uploads/{export['upload_id']}/download").content.decode()
    assert len(list(csv.reader(io.StringIO(text, newline="")))) == 1  # its header


def test_of_several_all_are_told_in_the_order_of_the_request(root: Person) -> None:
    models = [root.model() for _ in range(3)]
    asked = [models[2], models[0], models[1], models[0]]
    results = deleted(root, *asked)
    assert [one["model_id"] for one in results] == [models[2], models[0], models[1]]
    assert all(one["success"] for one in results)
    statuses = {root.post(f"{MODELS}/get", json={"model_id": model}).status_code for model in models}
    assert statuses == {404}


def test_no_ids_have_no_results(root: Person) -> None:
    assert deleted(root) == []


def test_an_unknown_id_keeps_all_from_being_deleted(root: Person) -> None:
    model = root.model()
    reply = root.post(f"{MODELS}/delete", json={"model_ids": [model, NOWHERE]})
    assert reply.status_code == 404
    assert "1" in reply.json()["detail"]
    assert root.form(model)["model_exists"] is True


def test_one_that_may_not_be_deleted_keeps_all(root: Person, house: House) -> None:
    admin = house.person("admin", house.mine)
    own, default = root.model(department_ids=[house.mine]), root.model()
    reply = admin.post(f"{MODELS}/delete", json={"model_ids": [own, default]})
    assert reply.status_code == 403
    assert "1" in reply.json()["detail"]
    assert root.form(own)["model_exists"] is True


@pytest.mark.parametrize("body", [{}, {"model_ids": None}, {"all": True}, {"model_ids": ["x"]}, {"model_ids": "all"}])
def test_without_a_list_of_ids_nothing_is_deleted(root: Person, body: Json) -> None:
    name = unique("stays")
    root.model(name=name)
    assert root.post(f"{MODELS}/delete", json=body).status_code == 422
    assert root.search(name)["total_count"] == 1


def test_an_unused_name_of_a_deleted_model_may_be_used_again(root: Person) -> None:
    name = unique("again")
    deleted(root, root.model(name=name))
    assert root.form(root.model(name=name))["names"]["resource"]["name"] == name


def test_a_copys_links_outlive_the_original(root: Person) -> None:
    voice = root.form()["voices"]["resources"][0]["id"]
    name = unique("original")
    model = root.model(name=name, description="kept", voice_ids=[voice])
    copy = root.done(f"{MODELS}/duplicate", {"model_id": model})["model_id"]
    deleted(root, model)
    form = root.form(copy)
    assert form["names"]["resource"]["name"] == f"{name} Copy"
    assert form["descriptions"]["resource"]["description"] == "kept"
    assert [one["id"] for one in form["voices"]["current"]] == [voice]


def test_a_model_that_is_gone_here_is_gone_everywhere(root: Person) -> None:
    provider = root.made("provider", value_ids=[root.row("values", value="openai", type="provider")])
    name = unique("everywhere")
    model = root.model(name=name, provider_ids=[provider], value_ids=[root.row("values", value=name)])
    native = f"/armillary/v1/models/model_{UUID(model).hex}"
    assert root.get(native).status_code == 200
    deleted(root, model)
    assert root.get(native).status_code == 404
