"""Departments over the wire: forms, batches, copies, lists, and who may do what.

Source: contracts/artifacts.md, 3.4 and section 4.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.dialects.artifacts.people import ALL, ROLES, House, Json, Person, a_house, flag, unique
from tests.servers import Server

ROOT = "/api/v5/artifacts/departments"
NOBODY = str(uuid4())
#: Contract, 1.6: operation -> what its success tells a client's cache.
TAGS: dict[str, dict[str, str]] = {
    "get": {"x-cache-tags": "departments", "x-cache-hit": "0"},
    "search": {"x-invalidate-tags": "departments"},
    "create": {"x-invalidate-tags": "departments"},
    "update": {"x-invalidate-tags": "departments"},
    "duplicate": {"x-invalidate-tags": "departments"},
    "delete": {"x-invalidate-tags": "departments"},
    "refresh": {"x-invalidate-tags": "departments,artifacts"},
    "docs": {},
    "draft": {"x-invalidate-tags": "departments,drafts"},
    "drafts": {"x-cache-tags": "departments,drafts"},
    "export": {},
}


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[House]:
    with a_house(server) as made:
        yield made


@pytest.fixture
def root(house: House) -> Person:
    return house.root


@pytest.fixture
def department(root: Person) -> str:
    """A department that nothing belongs to."""
    return root.made("department", description="What it is for")


def form(who: Person, department: str | None) -> Json:
    return who.done(f"{ROOT}/get", {"department_id": department})


def results(who: Person, call: str, *items: Json) -> list[Json]:
    found: list[Json] = who.done(f"{ROOT}/{call}", {"departments": list(items)})["results"]
    return found


def entry(who: Person, department: str) -> Json:
    listed = who.done(f"{ROOT}/search", {"page_size": ALL})["departments"]
    found: Json = next(one for one in listed if one["department_id"] == department)
    return found


def tags_of(reply: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in reply.headers.items() if name.startswith(("x-cache-", "x-invalidate"))}


def body_of(call: str, department: str) -> Json:
    bodies: dict[str, Json] = {
        "get": {"department_id": department},
        "create": {"departments": []},
        "update": {"departments": [{"department_id": department}]},
        "duplicate": {"department_id": department},
        "delete": {"department_ids": []},
    }
    return bodies.get(call, {})


@pytest.mark.parametrize("call", TAGS)
def test_a_success_tells_the_clients_cache(root: Person, department: str, call: str) -> None:
    method = "PATCH" if call == "draft" else "POST"
    reply = root.request(method, f"{ROOT}/{call}", json=body_of(call, department))
    assert reply.status_code == 200, reply.text
    assert tags_of(reply) == TAGS[call]


@pytest.mark.parametrize("call", ["get", "update", "duplicate", "delete"])
def test_a_refusal_tells_it_nothing(root: Person, call: str) -> None:
    body = {"delete": {"department_ids": [NOBODY]}}.get(call, body_of(call, NOBODY))
    reply = root.post(f"{ROOT}/{call}", json=body)
    assert reply.status_code == 404, reply.text
    assert isinstance(reply.json()["detail"], str)
    assert tags_of(reply) == {}


# Forms


def test_a_form_shows_the_whole_department(root: Person, department: str) -> None:
    found = form(root, department)
    assert found["department_exists"] is True
    assert (found["can_edit"], found["disabled_reason"], found["draft_version"]) == (True, None, None)
    assert found["descriptions"]["resource"]["description"] == "What it is for"
    assert found["names"]["resource"]["name"] == entry(root, department)["name"]
    assert [one["key"] for one in found["flags"]["current"]] == ["active"]
    assert (found["settings"]["current"], found["settings"]["resources"]) == (None, [])
    assert found["basic_show_ai_generate"] is False
    assert UUID(found["group_id"])
    sections = {"names", "descriptions", "flags", "settings"}
    common = {"actor_name", "department_exists", "can_edit", "disabled_reason", "draft_version", "group_id"}
    assert set(found) == sections | common | {"basic_show_ai_generate"}


def test_the_form_of_a_new_one(root: Person, house: House) -> None:
    found = form(root, None)
    assert (found["department_exists"], found["can_edit"]) == (False, True)
    assert found["names"]["resource"] is None
    admins = form(house.person("admin", house.mine), None)
    assert admins["can_edit"] is False
    assert "role" in admins["disabled_reason"]


def test_a_draft_is_laid_over_it(root: Person, department: str) -> None:
    saved = root.patch(f"{ROOT}/draft", json={"name": "Drafted", "flag_id": flag("department_active")}).json()
    found = root.done(f"{ROOT}/get", {"department_id": department, "draft_id": saved["draft_id"]})
    assert found["draft_version"] == 1
    assert found["names"]["resource"]["name"] == "Drafted"
    assert found["descriptions"]["resource"]["description"] == "What it is for"


# Batches


def test_departments_are_made_changed_and_deleted(root: Person) -> None:
    chosen, name = str(uuid4()), unique("physics")
    made = results(root, "create", {"id": chosen, "name": name}, {"name": unique("b"), "active_flag": False})
    assert [one["success"] for one in made] == [True, True]
    assert made[0] == {
        "success": True,
        "department_id": chosen,
        "message": made[0]["message"],
        "errors": None,
    }
    assert (entry(root, chosen)["is_inactive"], entry(root, made[1]["department_id"])["is_inactive"]) == (False, True)
    (changed,) = results(root, "update", {"department_id": chosen, "description": "new", "active_flag": False})
    assert (changed["success"], changed["department_id"]) == (True, chosen)
    after = entry(root, chosen)
    assert (after["name"], after["description"], after["is_inactive"]) == (name, "new", True)
    gone = root.done(f"{ROOT}/delete", {"department_ids": [chosen, made[1]["department_id"], chosen]})["results"]
    assert [one["department_id"] for one in gone] == [chosen, made[1]["department_id"]]
    assert name in gone[0]["message"]
    assert root.post(f"{ROOT}/get", json={"department_id": chosen}).status_code == 404


def test_of_a_batch_with_a_fault_nothing_is_stored(root: Person) -> None:
    name = unique("good")
    good, nameless, unknown = results(root, "create", {"name": name}, {}, {"name": "x", "description_id": NOBODY})
    assert (good["success"], good["message"], good["department_id"], good["errors"]) == (True, "Validated", None, None)
    assert (nameless["success"], [one["field"] for one in nameless["errors"]]) == (False, ["name"])
    assert [one["field"] for one in unknown["errors"]] == ["description_id"]
    assert root.done(f"{ROOT}/search", {"search": name})["total_count"] == 0


def test_members_that_say_nothing_here_are_ignored(root: Person, house: House) -> None:
    item = {"name": unique("x"), "department_ids": [house.mine], "settings_ids": [NOBODY], "whatever": 1}
    assert results(root, "create", item)[0]["department_id"] is not None


def test_a_flag_row_switches_it(root: Person, department: str) -> None:
    off = root.row("flags", name="off", description="", icon="PowerOff", type="department_active", value=False)
    results(root, "update", {"department_id": department, "active_flag_id": off})
    assert entry(root, department)["is_inactive"] is True
    assert [one["flag_option_id"] for one in form(root, department)["flags"]["current"]] == [off]
    results(root, "update", {"department_id": department, "active_flag": True})
    assert entry(root, department)["is_inactive"] is False


def test_a_tool_clients_department_says_so(root: Person) -> None:
    made = root.done(f"{ROOT}/create", {"departments": [{"name": unique("x")}]}, **{"X-MCP": "true"})
    department = made["results"][0]["department_id"]
    row = root.done("/api/v5/resources/departments/get", {"ids": [department]})["items"][0]
    assert row["mcp"] is True


def test_a_copy_is_named_after_it_and_switched_off(root: Person, department: str) -> None:
    original = entry(root, department)
    reply = root.done(f"{ROOT}/duplicate", {"department_id": department})
    assert "duplicated successfully" in reply["message"]
    assert original["name"] in reply["message"]
    copy = entry(root, reply["department_id"])
    assert (copy["name"], copy["description"]) == (f"{original['name']} Copy", original["description"])
    assert copy["is_inactive"] is True


def test_a_department_that_anything_belongs_to_stays(root: Person, house: House, department: str) -> None:
    model = root.model(department_ids=[department])
    house.profile("member", department)
    assert entry(root, department)["staff_count"] == 1
    assert entry(root, department)["can_delete"] is False
    reply = root.post(f"{ROOT}/delete", json={"department_ids": [department]})
    assert reply.status_code == 403
    assert "in use" in reply.json()["detail"]
    root.done("/api/v5/artifacts/models/delete", {"model_ids": [model]})
    assert root.post(f"{ROOT}/delete", json={"department_ids": [department]}).status_code == 403


# Lists


def test_a_list_is_paged_by_name(root: Person) -> None:
    tag = uuid4().hex
    names = [f"{tag} {letter}" for letter in "bDac"]
    results(root, "create", *({"name": name} for name in names))
    pages = [
        root.done(f"{ROOT}/search", {"search": tag.upper(), "page_size": 3, "page_offset": at}) for at in (0, 3, 6)
    ]
    assert [one["name"] for page in pages for one in page["departments"]] == sorted(names)
    assert [page["total_count"] for page in pages] == [4, 4, 4]
    assert set(pages[0]) == {"actor_name", "departments", "total_count"}
    assert pages[0]["actor_name"] == form(root, None)["actor_name"]


@pytest.mark.parametrize(
    ("page", "count"),
    [({}, 12), ({"page_size": None}, 12), ({"page_size": 0}, 12), ({"page_size": -1}, 0), ({"page_offset": None}, 12)],
)
def test_a_page_has_twelve_rows_unless_it_says(root: Person, page: Json, count: int) -> None:
    tag = uuid4().hex
    results(root, "create", *({"name": f"{tag} {number}"} for number in range(13)))
    found = root.done(f"{ROOT}/search", {"search": tag, **page})
    assert (len(found["departments"]), found["total_count"]) == (count, 13)


def test_an_export_holds_departments_and_their_staff(house: House, root: Person, department: str) -> None:
    house.profile("member", department)
    told, (header, *rows) = exported(root)
    assert header == ["department_id", "name", "description", "active", "staff_count"]
    assert (told["row_count"], told["file_name"][-4:]) == (len(rows), ".csv")
    assert [row[1] for row in rows] == sorted(row[1] for row in rows)
    (row,) = exported(root, department_id=department)[1][1:]
    assert row == [department, entry(root, department)["name"], "What it is for", "Yes", "1"]
    assert exported(root, department_id=NOBODY)[0]["row_count"] == 0
    guests = house.person("guest", house.mine).done(f"{ROOT}/export")
    assert guests == {"upload_id": str(UUID(int=0)), "file_name": "", "row_count": 0}


def exported(who: Person, **asked: str) -> tuple[Json, list[list[str]]]:
    """What an export tells, and the file's rows."""
    told = who.done(f"{ROOT}/export", dict(asked))
    file = who.get(f"/uploads/{told['upload_id']}/download")
    return told, list(csv.reader(io.StringIO(file.text)))


@pytest.mark.parametrize(
    ("call", "body", "place"),
    [
        pytest.param("search", {"page_offset": -1}, ["body", "page_offset"], id="offset"),
        pytest.param("search", {"search": 1}, ["body", "search"], id="text"),
        pytest.param("get", {"department_id": "x"}, ["body", "department_id"], id="id"),
        pytest.param("create", {}, ["body", "departments"], id="missing"),
        pytest.param("create", {"departments": [{"name": 1}]}, ["body", "departments", 0, "name"], id="within"),
        pytest.param("update", {"departments": [{}]}, ["body", "departments", 0, "department_id"], id="which"),
        pytest.param("delete", {"all": True}, ["body", "department_ids"], id="all"),
    ],
)
def test_a_body_of_another_form_is_told_at_its_place(root: Person, call: str, body: Json, place: list[Any]) -> None:
    reply = root.post(f"{ROOT}/{call}", json=body)
    assert reply.status_code == 422, reply.text
    assert [one["loc"] for one in reply.json()["detail"]] == [place]


# Who may


@pytest.mark.parametrize("role", ROLES)
def test_superadmins_write_and_all_but_guests_look(house: House, department: str, role: str) -> None:
    who = house.person(role, house.mine)
    writes = 200 if role == "superadmin" else 403
    assert who.post(f"{ROOT}/create", json={"departments": [{"name": unique("x")}]}).status_code == writes
    body = {"departments": [{"department_id": department}]}
    assert who.post(f"{ROOT}/update", json=body).status_code == writes
    assert who.post(f"{ROOT}/duplicate", json={"department_id": department}).status_code == writes
    assert who.post(f"{ROOT}/get", json={"department_id": department}).status_code == (403 if role == "guest" else 200)
    listed = entry(who, department)
    allowed = role == "superadmin"
    assert [listed[f"can_{one}"] for one in ("edit", "duplicate", "delete")] == [allowed] * 3
    assert who.post(f"{ROOT}/delete", json={"department_ids": [department]}).status_code == writes


def test_another_workspaces_department_is_like_none(house: House, department: str, server: Server) -> None:
    with a_house(server) as elsewhere:
        for call in ("get", "duplicate"):
            assert elsewhere.root.post(f"{ROOT}/{call}", json={"department_id": department}).status_code == 404
        reply = elsewhere.root.post(f"{ROOT}/delete", json={"department_ids": [department]})
        assert reply.status_code == 404
        names = [
            one["department_id"] for one in elsewhere.root.done(f"{ROOT}/search", {"page_size": ALL})["departments"]
        ]
        assert department not in names
    assert form(house.root, department)["department_exists"] is True
