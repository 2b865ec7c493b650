"""What holds for providers, departments, agents and profiles as it does for models.

Source: contracts/artifacts.md, 3.3 to 3.6, and 5.1 (S1 to S4), mirrored.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest

from tests.dialects.artifacts.people import House, Json, Person, a_house, unique
from tests.servers import Server

NOWHERE = str(UUID(int=404))
KINDS = ("provider", "department", "agent", "profile")
COPIED = ("provider", "department", "agent")


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[House]:
    with a_house(server) as made:
        yield made


@pytest.fixture(scope="module")
def root(house: House) -> Person:
    return house.root


def path(kind: str, operation: str) -> str:
    return f"/api/v5/artifacts/{kind}s/{operation}"


def form(person: Person, kind: str, one: str | None = None, draft: str | None = None) -> Json:
    return person.done(path(kind, "get"), {f"{kind}_id": one, "draft_id": draft})


def found(person: Person, kind: str, text: str) -> list[str]:
    return [one[f"{kind}_id"] for one in person.done(path(kind, "search"), {"search": text})[f"{kind}s"]]


def batch(kind: str, *items: Json) -> Json:
    return {f"{kind}s": list(items)}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_changed_shows_in_the_next_get_and_search(root: Person, kind: str) -> None:
    one, name = root.made(kind), unique("Renamed")
    (result,) = root.done(path(kind, "update"), batch(kind, {f"{kind}_id": one, "name": name}))["results"]
    assert (result["success"], result[f"{kind}_id"]) == (True, one)
    shown = form(root, kind, one)
    assert (shown[f"{kind}_exists"], shown["names"]["resource"]["name"]) == (True, name)
    assert found(root, kind, name.lower()) == [one]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_deleted_is_nowhere(root: Person, kind: str) -> None:
    name = unique("gone")
    one = root.made(kind, name=name)
    (result,) = root.done(path(kind, "delete"), {f"{kind}_ids": [one]})["results"]
    assert (result["success"], result[f"{kind}_id"], name in result["message"]) == (True, one, True)
    assert found(root, kind, name) == []
    bodies: dict[str, Json] = {
        "get": {f"{kind}_id": one},
        "update": batch(kind, {f"{kind}_id": one}),
        "delete": {f"{kind}_ids": [one]},
    }
    statuses = {name: root.post(path(kind, name), json=body).status_code for name, body in bodies.items()}
    assert statuses == {"get": 404, "update": 404, "delete": 404}


@pytest.mark.parametrize("kind", COPIED)
def test_a_copy_is_named_after_the_original(root: Person, kind: str) -> None:
    name = unique("original")
    one = root.made(kind, name=name, description="what it is")
    copy = root.done(path(kind, "duplicate"), {f"{kind}_id": one})
    assert copy["success"] is True
    assert copy[f"{kind}_id"] != one
    assert "duplicated successfully" in copy["message"]
    assert name in copy["message"]
    shown = form(root, kind, copy[f"{kind}_id"])
    assert shown["names"]["resource"]["name"] == f"{name} Copy"
    assert shown["descriptions"]["resource"]["description"] == "what it is"


@pytest.mark.parametrize("kind", KINDS)
def test_a_drafts_raw_name_shows_in_the_form(root: Person, kind: str) -> None:
    text = unique("raw")
    saved = root.patch(path(kind, "draft"), json={"name": text})
    assert saved.status_code == 200, saved.text
    draft = saved.json()["draft_id"]
    shown = form(root, kind, draft=draft)
    assert (shown["draft_version"], shown["names"]["resource"]["name"]) == (1, text)
    assert draft in [entry["id"] for entry in root.done(path(kind, "drafts"))["entries"]]
    stale = root.patch(path(kind, "draft"), json={"name": "later", "input_draft_id": draft, "expected_version": 7})
    assert stale.status_code == 409


@pytest.mark.parametrize("kind", KINDS)
def test_one_faulty_item_keeps_the_others_from_being_stored(root: Person, kind: str) -> None:
    name = unique("mixed")
    sound, faulty = root.done(path(kind, "create"), batch(kind, {"name": name}, {"name": " "}))["results"]
    assert (sound["message"], sound[f"{kind}_id"], sound["errors"]) == ("Validated", None, None)
    assert (faulty["success"], [error["field"] for error in faulty["errors"]]) == (False, ["name"])
    assert found(root, kind, name) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_needed(root: Person, kind: str) -> None:
    (result,) = root.done(path(kind, "create"), batch(kind, {}))["results"]
    assert [error["field"] for error in result["errors"]] == ["name"]


@pytest.mark.parametrize("kind", KINDS)
def test_replies_name_their_tags(root: Person, kind: str) -> None:
    one, tag = root.made(kind), f"{kind}s"

    def tags(reply: httpx.Response) -> tuple[int, str | None, str | None]:
        return reply.status_code, reply.headers.get("x-invalidate-tags"), reply.headers.get("x-cache-tags")

    assert tags(root.post(path(kind, "get"), json={f"{kind}_id": one})) == (200, None, tag)
    assert tags(root.post(path(kind, "search"), json={})) == (200, tag, None)
    assert tags(root.post(path(kind, "create"), json=batch(kind))) == (200, tag, None)
    assert tags(root.patch(path(kind, "draft"), json={})) == (200, f"{tag},drafts", None)
    assert tags(root.post(path(kind, "drafts"))) == (200, None, f"{tag},drafts")
    assert tags(root.post(path(kind, "refresh"))) == (200, f"{tag},artifacts", None)
    assert tags(root.post(path(kind, "docs"), json={})) == (200, None, None)


@pytest.mark.parametrize("kind", KINDS)
def test_bodies_that_are_none_are_refused(root: Person, kind: str) -> None:
    for operation in ("get", "search", "create", "update", "delete", "docs"):
        assert root.post(path(kind, operation)).status_code == 422, operation


@pytest.mark.parametrize(("person", "allowed"), [("admin", True), ("member", False), ("guest", False)])
def test_a_provider_stays_while_a_model_uses_it(house: House, person: str, *, allowed: bool) -> None:
    root, somebody = house.root, house.person(person, house.mine)
    provider = root.made("provider", department_ids=[house.mine])
    item = {"provider_id": provider, "description": "said anew"}
    reply = somebody.post(path("provider", "update"), json=batch("provider", item))
    assert reply.status_code == (200 if allowed else 403)
    model = root.model(provider_ids=[provider])
    assert root.post(path("provider", "delete"), json={"provider_ids": [provider]}).status_code == 403
    root.done("/api/v5/artifacts/models/delete", {"model_ids": [model]})
    assert root.post(path("provider", "delete"), json={"provider_ids": [provider]}).status_code == 200


def test_an_address_is_one_profiles_in_any_case(root: Person) -> None:
    email = f"{unique('someone').replace(' ', '-')}@example.com"
    one = root.made("profile", emails=[email.upper()])
    shown = form(root, "profile", one)
    assert [row["email"].lower() for row in shown["emails"]["current"]] == [email]
    taken = root.done(path("profile", "create"), batch("profile", {"name": "again", "emails": [email]}))
    assert [error["field"] for error in taken["results"][0]["errors"]] == ["emails"]
