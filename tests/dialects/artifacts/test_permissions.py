"""Who may do what with models: by role, and by where departments lie. Source: contracts/artifacts.md, section 4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.dialects.artifacts.people import MODELS, ROLES, House, Json, Person, a_house, flag, unique
from tests.servers import Server

#: Where a model lies, seen from an actor of ``mine``.
PLACES = ("own", "partial", "other", "default", "used")
OPERATIONS = ("view", "edit", "delete", "duplicate")
#: (role, place) -> what is allowed; decisions 16 and 20 included.
ALLOWED: dict[tuple[str, str], set[str]] = {
    **{("superadmin", place): set(OPERATIONS) for place in PLACES},
    ("superadmin", "used"): {"view", "duplicate"},
    ("admin", "own"): set(OPERATIONS),
    ("admin", "partial"): {"view", "delete", "duplicate"},
    ("admin", "other"): set(),
    ("admin", "default"): {"view", "duplicate"},
    ("admin", "used"): {"view", "duplicate"},
    **{
        (role, place): {"view"} if place != "other" else set()
        for role in ("instructional", "member", "guest", "custom")
        for place in PLACES
    },
}


@dataclass(frozen=True, kw_only=True)
class Cast:
    """A house, and somebody of each role in its department ``mine``."""

    house: House
    people: dict[str, Person]

    def model(self, place: str) -> str:
        """A new model that lies there."""
        house = self.house
        departments: dict[str, list[str]] = {
            "own": [house.mine],
            "partial": [house.mine, house.theirs],
            "other": [house.theirs],
            "default": [],
            "used": [house.mine],
        }
        model = house.root.model(department_ids=departments[place])
        if place == "used":
            house.root.made("agent", model_ids=[model], department_ids=[house.mine])
        return model


@pytest.fixture(scope="module")
def cast(server: Server) -> Iterator[Cast]:
    with a_house(server) as house:
        yield Cast(house=house, people={role: house.person(role, house.mine) for role in ROLES})


def tried(person: Person, operation: str, model: str) -> httpx.Response:
    bodies: dict[str, tuple[str, Json]] = {
        "view": ("get", {"model_id": model}),
        "edit": ("update", {"models": [{"model_id": model, "description": "edited"}]}),
        "delete": ("delete", {"model_ids": [model]}),
        "duplicate": ("duplicate", {"model_id": model}),
    }
    path, body = bodies[operation]
    return person.post(f"{MODELS}/{path}", json=body)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_do_with_a_model_depends_on_where_it_lies(cast: Cast, role: str, place: str) -> None:
    allowed, person = ALLOWED[role, place], cast.people[role]
    model = cast.model(place)
    for operation in ("view", "edit", "duplicate", "delete"):
        reply = tried(person, operation, model)
        assert reply.status_code == (200 if operation in allowed else 403), (operation, reply.text)
        if reply.status_code == 403:
            assert isinstance(reply.json()["detail"], str)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("role", ROLES)
def test_a_listing_tells_what_would_be_allowed(cast: Cast, role: str, place: str) -> None:
    allowed, person, model = ALLOWED[role, place], cast.people[role], cast.model(place)
    listed = next(one for one in person.search()["models"] if one["model_id"] == model)
    assert {name: listed[f"can_{name}"] for name in ("edit", "delete", "duplicate")} == {
        name: name in allowed for name in ("edit", "delete", "duplicate")
    }


REASONS = {
    ("superadmin", "used"): "in use",
    ("admin", "default"): "default model",
    ("admin", "used"): "in use",
    ("admin", "partial"): "restricted",
    ("member", "default"): "default model",
    ("member", "own"): "your role",
    ("guest", "used"): "in use",
}


@pytest.mark.parametrize(("role", "place"), REASONS)
def test_a_form_says_why_it_cannot_be_edited(cast: Cast, role: str, place: str) -> None:
    form = cast.people[role].form(cast.model(place))
    assert form["can_edit"] is False
    assert REASONS[role, place] in form["disabled_reason"]
    assert "view" in form["disabled_reason"]


@pytest.mark.parametrize(("role", "place"), [("superadmin", "default"), ("admin", "own"), ("superadmin", "other")])
def test_a_form_that_can_be_edited_gives_no_reason(cast: Cast, role: str, place: str) -> None:
    form = cast.people[role].form(cast.model(place))
    assert (form["can_edit"], form["disabled_reason"]) == (True, None)


@pytest.mark.parametrize("role", ROLES)
def test_authors_create_and_the_form_of_a_new_model_says_so(cast: Cast, role: str) -> None:
    person, may = cast.people[role], role in {"superadmin", "admin"}
    form = person.form()
    assert (form["model_exists"], form["can_edit"], form["disabled_reason"] is None) == (False, may, may)
    reply = person.post(f"{MODELS}/create", json={"models": [{"name": unique("new")}]})
    assert reply.status_code == (200 if may else 403)


def test_an_administrator_of_no_department_creates_nothing_and_copies(cast: Cast) -> None:
    person = cast.house.person("admin")
    assert person.post(f"{MODELS}/create", json={"models": [{"name": "n"}]}).status_code == 403
    assert person.form()["can_edit"] is False
    assert tried(person, "duplicate", cast.model("default")).status_code == 200
    assert tried(person, "duplicate", cast.model("own")).status_code == 403


def test_what_an_administrator_creates_may_be_anybodys(cast: Cast) -> None:
    admin = cast.people["admin"]
    for departments in ([], [cast.house.mine], [cast.house.theirs]):
        assert admin.model(department_ids=departments)


@pytest.mark.parametrize("departments", ["theirs", "both", "none"])
def test_an_administrator_moves_no_model_out_of_reach(cast: Cast, departments: str) -> None:
    house, admin = cast.house, cast.people["admin"]
    chosen = {"theirs": [house.theirs], "both": [house.mine, house.theirs], "none": []}[departments]
    model, name = cast.model("own"), unique("never")
    item = {"model_id": model, "name": name, "department_ids": chosen}
    assert admin.post(f"{MODELS}/update", json={"models": [item]}).status_code == 403
    assert admin.search(name)["total_count"] == 0
    assert cast.people["superadmin"].updated(model, department_ids=chosen)


def test_an_administrator_moves_a_model_among_their_own_departments(cast: Cast) -> None:
    house = cast.house
    person, model = house.person("admin", house.mine, house.theirs), cast.model("own")
    for chosen in ([house.theirs], [house.mine, house.theirs], [house.mine]):
        form = person.updated(model, department_ids=chosen)
        assert {one["id"] for one in form["departments"]["current"]} == set(chosen)


@pytest.mark.parametrize("role", ROLES)
def test_everybody_reads_listings_docs_drafts_and_exports(cast: Cast, role: str) -> None:
    for operation in ("search", "docs", "drafts", "export", "refresh"):
        assert cast.people[role].post(f"{MODELS}/{operation}", json={}).status_code == 200, operation


@pytest.mark.parametrize("role", ROLES)
def test_authors_save_drafts(cast: Cast, role: str) -> None:
    reply = cast.people[role].patch(f"{MODELS}/draft", json={"name": unique("draft")})
    assert reply.status_code == (200 if role in {"superadmin", "admin"} else 403)


def test_a_draft_is_its_owners_and_superadmins(cast: Cast) -> None:
    house, owner = cast.house, cast.people["admin"]
    other, root = house.person("admin", house.mine), cast.people["superadmin"]
    text = unique("private")
    draft = owner.patch(f"{MODELS}/draft", json={"name": text}).json()["draft_id"]
    body = {"input_draft_id": draft, "expected_version": 1, "name": "taken over"}
    assert other.patch(f"{MODELS}/draft", json=body).status_code == 403
    assert (other.form(draft=draft)["draft_version"], other.form(draft=draft)["names"]["resource"]) == (None, None)
    assert owner.form(draft=draft)["names"]["resource"]["name"] == text
    assert root.form(draft=draft)["names"]["resource"]["name"] == text
    saved = root.patch(f"{MODELS}/draft", json=body)
    assert (saved.status_code, saved.json()["draft_id"], saved.json()["new_version"]) == (200, draft, 2)


def test_an_export_holds_only_what_may_be_viewed(cast: Cast) -> None:
    person, own, other = cast.people["member"], cast.model("own"), cast.model("other")
    export = person.done(f"{MODELS}/export")
    text = person.get(f"/uploads/{export['upload_id']}/download").text
    assert own in text
    assert other not in text
    assert person.done(f"{MODELS}/export", {"model_id": other})["row_count"] == 0


@pytest.mark.parametrize("role", ROLES)
def test_names_are_made_by_everybody_and_other_rows_by_authors(cast: Cast, role: str) -> None:
    person, may = cast.people[role], role in {"superadmin", "admin"}
    bodies: dict[str, Json] = {
        "names": {"name": unique("n")},
        "descriptions": {"description": "d"},
        "voices": {"voice": unique("v")},
        "values": {"value": unique("u")},
    }
    statuses = {kind: person.post(f"/api/v5/resources/{kind}", json=body).status_code for kind, body in bodies.items()}
    others = 200 if may else 403
    assert statuses == {"names": 200, "descriptions": 200, "voices": others, "values": others}


@pytest.mark.parametrize("role", ROLES)
def test_departments_are_superadmins_to_write(cast: Cast, role: str) -> None:
    person, item = cast.people[role], {"name": unique("department")}
    reply = person.post("/api/v5/artifacts/departments/create", json={"departments": [item]})
    assert reply.status_code == (200 if role == "superadmin" else 403)


def test_a_department_that_something_links_stays(cast: Cast) -> None:
    root = cast.house.root
    department = root.made("department")
    model = root.model(department_ids=[department])
    body = {"department_ids": [department]}
    assert root.post("/api/v5/artifacts/departments/delete", json=body).status_code == 403
    root.updated(model, department_ids=[])
    assert root.post("/api/v5/artifacts/departments/delete", json=body).status_code == 200


@pytest.mark.parametrize("role", ROLES)
def test_providers_and_agents_are_made_by_authors(cast: Cast, role: str) -> None:
    for kind in ("provider", "agent"):
        reply = cast.people[role].post(f"/api/v5/artifacts/{kind}s/create", json={f"{kind}s": [{"name": unique(kind)}]})
        assert reply.status_code == (200 if role in {"superadmin", "admin"} else 403), kind


def test_an_agent_that_is_switched_off_locks_nothing(cast: Cast) -> None:
    root = cast.house.root
    model = root.model()
    agent = root.made("agent", model_ids=[model], flag_ids=[flag("agent_active")])
    assert root.form(model)["can_edit"] is False
    root.done("/api/v5/artifacts/agents/update", {"agents": [{"agent_id": agent, "flag_ids": []}]})
    assert root.form(model)["can_edit"] is True


def test_a_role_above_ones_own_is_given_to_nobody(cast: Cast) -> None:
    admin, house = cast.people["admin"], cast.house
    options = {one["role"] for one in admin.done("/api/v5/artifacts/profiles/get", {})["role_options"]}
    assert options == {"admin", "instructional", "member", "guest", "custom"}
    member, _ = house.profile("member", house.mine)
    body = {"profile_id": member, "role_ids": [superadmin_row(house)]}
    assert admin.post("/api/v5/artifacts/profiles/update", json={"profiles": [body]}).status_code == 403


def superadmin_row(house: House) -> str:
    rows = house.root.done("/api/v5/resources/roles/search", {"search": "Super"})["items"]
    found: str = next(row["id"] for row in rows if row["role"] == "superadmin")
    return found
