"""Who the caller is, told to whoever has a key or a token."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.dialects.artifacts.people import ROLES, House, a_house
from tests.servers import Server

CONTEXT = "/api/v5/context"


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[House]:
    with a_house(server) as made:
        yield made


def test_a_person_is_told_who_they_are(house: House) -> None:
    for word in ROLES:
        who = house.person(word, house.theirs, house.mine)
        told = who.done(CONTEXT)
        session = told.pop("session_id")
        assert told == {
            "id": who.profile,
            "name": who.name,
            "role": word,
            "active": True,
            "department_ids": [house.theirs, house.mine],
            "primary_department_id": house.theirs,
            "role_artifacts": None,
            "scoped_roles": None,
            "settings_id": None,
            "theme": None,
            "is_emulation": None,
            "emulation_depth": None,
            "role_resources": None,
        }
        assert who.done(CONTEXT)["session_id"] == session


def test_a_key_is_told_who_it_is(house: House) -> None:
    told = house.root.done(CONTEXT)
    assert (told["name"], told["role"], told["department_ids"]) == (house.root.name, "superadmin", [])


def test_one_of_the_own_departments_is_acted_in(house: House) -> None:
    who = house.person("member", house.theirs, house.mine)
    assert who.done(CONTEXT, {"department_id": house.mine})["primary_department_id"] == house.mine
    other = house.root.made("department")
    assert who.done(CONTEXT, {"department_id": other})["primary_department_id"] == house.theirs


def test_nobody_else_is_told_anything(house: House) -> None:
    assert httpx.post(f"{house.server.url}{CONTEXT}", json={}).status_code == 401
