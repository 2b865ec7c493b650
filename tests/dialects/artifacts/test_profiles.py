"""Profiles over the wire: who is on a workspace's roster, who may change whom, and what they then may do."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.dialects.artifacts.people import ROLES, House, Json, Person, a_house, role_row, unique
from tests.servers import Server

PROFILES = "/api/v5/artifacts/profiles"


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[House]:
    with a_house(server) as made:
        yield made


def form(who: Person, profile: str | None = None) -> Json:
    return who.done(f"{PROFILES}/get", {"profile_id": profile})


def update(who: Person, profile: str, **members: object) -> Json:
    """The only result of an update, which is answered 200."""
    (result,) = who.done(f"{PROFILES}/update", {"profiles": [{"profile_id": profile, **members}]})["results"]
    found: Json = result
    return found


def refused(who: Person, operation: str, body: Json) -> tuple[int, str]:
    reply = who.post(f"{PROFILES}/{operation}", json=body)
    return reply.status_code, reply.json()["detail"]


def listed(who: Person, **asked: object) -> list[Json]:
    found: list[Json] = who.done(f"{PROFILES}/search", {"page_size": 1000, **asked})["profiles"]
    return found


# What a profile is


def test_a_profile_is_shown_as_it_was_made(house: House) -> None:
    email = f"{uuid4().hex}@Example.com"
    profile = house.root.made(
        "profile", name="Ada", emails=[email], role_ids=[role_row("instructional")], department_ids=[house.mine]
    )
    shown = form(house.root, profile)
    assert (shown["profile_exists"], shown["can_edit"], shown["role"]) == (True, True, "instructional")
    assert shown["names"]["resource"]["name"] == "Ada"
    assert [one["email"] for one in shown["emails"]["current"]] == [email]
    assert shown["roles"]["resource"]["id"] == role_row("instructional")
    assert [one["id"] for one in shown["departments"]["current"]] == [house.mine]
    assert [one["key"] for one in shown["flags"]["current"]] == ["active"]
    assert shown["request_limits"]["current"] is None


def test_who_states_no_role_is_a_guest(house: House) -> None:
    assert form(house.root, house.root.made("profile"))["role"] == "guest"


def test_a_new_form_offers_every_role_to_a_superadmin(house: House) -> None:
    shown = form(house.root)
    assert (shown["profile_exists"], shown["can_edit"], shown["role"]) == (False, True, None)
    assert {one["role"] for one in shown["role_options"]} == set(ROLES)


def test_nobodys_address_is_suggested(house: House) -> None:
    house.root.made("profile", emails=[f"{uuid4().hex}@example.com"])
    assert form(house.root)["emails"]["resources"] == []


def test_a_profile_without_a_name_is_a_fault_of_its_item(house: House) -> None:
    reply = house.root.done(f"{PROFILES}/create", {"profiles": [{"name": "sound"}, {"emails": ["a@b.example"]}]})
    first, second = reply["results"]
    assert (first["message"], first["profile_id"]) == ("Validated", None)
    assert [one["field"] for one in second["errors"]] == ["name"]


@pytest.mark.parametrize("email", ["nobody", "a b@example.com", "@example.com"])
def test_what_is_no_address_is_a_fault_of_the_emails(house: House, email: str) -> None:
    (result,) = house.root.done(f"{PROFILES}/create", {"profiles": [{"name": "x", "emails": [email]}]})["results"]
    assert [one["field"] for one in result["errors"]] == ["emails"]


def test_an_address_belongs_to_one_profile(house: House) -> None:
    email = f"{uuid4().hex}@example.com"
    first = house.root.made("profile", emails=[email])
    item = {"name": "another", "emails": [email.upper()]}
    (result,) = house.root.done(f"{PROFILES}/create", {"profiles": [item]})["results"]
    assert [one["field"] for one in result["errors"]] == ["emails"]
    assert update(house.root, first, emails=[email])["success"]


# Listing


def test_the_roster_lists_people_and_keys_and_says_what_may_be_done(house: House) -> None:
    profile = house.root.made("profile", role_ids=[role_row("custom")], department_ids=[house.theirs, house.mine])
    by_id = {one["profile_id"]: one for one in listed(house.root)}
    me = house.root.done("/api/v5/context")["id"]
    assert (by_id[me]["role"], by_id[me]["can_edit"], by_id[me]["can_delete"]) == ("superadmin", True, False)
    one = by_id[profile]
    assert (one["role"], one["role_name"], one["is_inactive"]) == ("custom", "Benchmark", False)
    assert (one["department_ids"], one["primary_department_id"]) == ([house.theirs, house.mine], house.theirs)
    assert (one["can_edit"], one["can_delete"], one["can_duplicate"]) == (True, True, False)


def test_the_roster_is_narrowed_by_text_role_and_department(house: House) -> None:
    name = unique("Sought")
    made = {
        word: house.root.made("profile", name=f"{name} {word}", role_ids=[role_row(word)], department_ids=[house.mine])
        for word in ROLES
    }
    for word, profile in made.items():
        assert [one["profile_id"] for one in listed(house.root, search=name.upper(), role_filter=[word])] == [profile]
    assert len(listed(house.root, search=name, filter_department_ids=[house.mine])) == len(ROLES)
    assert listed(house.root, search=name, filter_department_ids=[house.theirs]) == []
    assert listed(house.root, search=name, cohort_ids=[house.mine]) == []


def test_the_roster_is_paged_by_name_and_counts_what_it_may_be_narrowed_by(house: House) -> None:
    name = unique("Paged")
    for number in range(3):
        house.root.made("profile", name=f"{name} {number}", department_ids=[house.theirs])
    page = house.root.done(
        f"{PROFILES}/search", {"search": name, "page_size": 2, "page_offset": 1, "role_filter": None}
    )
    assert ([one["name"][-1] for one in page["profiles"]], page["total_count"]) == (["1", "2"], 3)
    guests = next(one for one in page["role_filter"]["options"] if one["id"] == "guest")
    assert guests["count"] == len(listed(house.root, role_filter=["guest"]))
    theirs = next(one for one in page["department_filter"]["options"] if one["id"] == house.theirs)
    assert theirs["count"] == len(listed(house.root, filter_department_ids=[house.theirs]))


# Who may change whom


def test_everybody_changes_their_own_name(house: House) -> None:
    for word in ROLES:
        who = house.person(word, house.mine)
        assert update(who, who.profile, name=f"now {word}")["success"]
        assert form(house.root, who.profile)["names"]["resource"]["name"] == f"now {word}"


def test_nobody_raises_their_own_role(house: House) -> None:
    for word in ("admin", "member", "guest"):
        who = house.person(word, house.mine)
        body = {"profiles": [{"profile_id": who.profile, "role_ids": [role_row("superadmin")]}]}
        assert refused(who, "update", body)[0] == 403
        assert form(house.root, who.profile)["role"] == word


def test_nobody_joins_departments_by_themselves(house: House) -> None:
    who = house.person("admin", house.mine)
    body = {"profiles": [{"profile_id": who.profile, "department_ids": [house.mine, house.theirs]}]}
    assert refused(who, "update", body)[0] == 403


@pytest.mark.parametrize(
    ("actor", "subject", "allowed"),
    [
        *[("superadmin", word, True) for word in ROLES],
        *[("admin", word, word not in {"superadmin", "admin"}) for word in ROLES],
        ("member", "guest", False),
        ("guest", "guest", False),
    ],
)
def test_only_those_of_lower_rank_are_edited_save_by_superadmins(
    house: House, actor: str, subject: str, allowed: bool
) -> None:
    who, (other, _) = house.person(actor, house.mine), house.profile(subject, house.mine)
    assert form(who, other)["can_edit"] is allowed
    reply = who.post(f"{PROFILES}/update", json={"profiles": [{"profile_id": other, "name": "another name"}]})
    assert reply.status_code == (200 if allowed else 403)


def test_an_admin_edits_within_its_departments_alone(house: House) -> None:
    who = house.person("admin", house.mine)
    other, _ = house.profile("guest", house.mine, house.theirs)
    body = {"profiles": [{"profile_id": other, "name": "another name"}]}
    assert refused(who, "update", body)[0] == 403
    assert form(who, other)["disabled_reason"]


def test_an_admin_gives_roles_up_to_its_own_and_departments_of_its_own(house: House) -> None:
    who = house.person("admin", house.mine)
    assert {one["role"] for one in form(who)["role_options"]} == set(ROLES) - {"superadmin"}
    for members in ({"role_ids": [role_row("superadmin")]}, {"department_ids": [house.theirs]}):
        assert refused(who, "create", {"profiles": [{"name": "x", **members}]})[0] == 403
    who.made("profile", role_ids=[role_row("admin")], department_ids=[house.mine])


@pytest.mark.parametrize("word", ["instructional", "member", "guest", "custom"])
def test_only_admins_make_profiles(house: House, word: str) -> None:
    assert refused(house.person(word, house.mine), "create", {"profiles": [{"name": "x"}]})[0] == 403


def test_a_profile_of_other_departments_is_not_shown_nor_is_its_address(house: House) -> None:
    who = house.person("member", house.mine)
    other, name = house.profile("member", house.theirs)
    assert refused(who, "get", {"profile_id": other})[0] == 403
    assert [one["email"] for one in listed(who, search=name)] == [None]
    assert form(who, who.profile)["emails"]["current"] is not None


# Keys


def test_a_key_is_put_into_departments_but_changed_no_other_way(house: House) -> None:
    me = house.root.done("/api/v5/context")["id"]
    assert update(house.root, me, department_ids=[house.mine])["success"]
    assert house.root.done("/api/v5/context")["primary_department_id"] == house.mine
    result = update(house.root, me, name="another name")
    assert (result["profile_id"], [one["field"] for one in result["errors"]]) == (None, ["name"])
    update(house.root, me, department_ids=[])


def test_a_key_is_not_deleted_as_a_profile(house: House) -> None:
    body = {"name": unique("key"), "role": "viewer", "scopes": ["*"], "all_workspaces": True}
    with house.server.client() as admin:
        made = admin.post("/armillary/v1/keys", json=body)
        (found,) = listed(house.root, search=body["name"])
        status, detail = refused(house.root, "delete", {"profile_ids": [found["profile_id"]]})
        admin.delete(f"/armillary/v1/keys/{made.json()['key']['id']}").raise_for_status()
    assert (status, found["can_delete"]) == (403, False)
    assert "key" in detail
    assert listed(house.root, search=body["name"]) == []


# Off the roster


def test_who_is_deleted_is_gone_and_enters_no_more(house: House) -> None:
    who = house.person("admin", house.mine)
    email = form(who, who.profile)["emails"]["current"][0]["email"]
    (result,) = house.root.done(f"{PROFILES}/delete", {"profile_ids": [who.profile, who.profile]})["results"]
    assert (result["success"], result["profile_id"]) == (True, who.profile)
    assert refused(house.root, "get", {"profile_id": who.profile})[0] == 404
    assert who.post(f"{PROFILES}/search", json={}).status_code == 401
    assert listed(house.root, search=who.name) == []
    house.root.made("profile", emails=[email])


def test_nobody_deletes_themselves_nor_their_like(house: House) -> None:
    who = house.person("admin", house.mine)
    other, _ = house.profile("admin", house.mine)
    for profile in (who.profile, other):
        assert refused(who, "delete", {"profile_ids": [profile]})[0] == 403


def test_an_inactive_profile_keeps_its_place_and_enters_no_more(house: House) -> None:
    who = house.person("member", house.mine)
    assert update(house.root, who.profile, active_flag=False)["success"]
    assert who.post(f"{PROFILES}/search", json={}).status_code == 401
    (found,) = listed(house.root, search=who.name)
    assert (found["active"], found["is_inactive"], found["role"]) == (False, True, "member")
    assert update(house.root, who.profile, active_flag=True)["success"]
    assert who.post(f"{PROFILES}/search", json={}).status_code == 200


def test_a_changed_role_holds_at_once(house: House) -> None:
    who = house.person("admin", house.mine)
    who.model(department_ids=[house.mine])
    assert update(house.root, who.profile, role_ids=[role_row("guest")])["success"]
    reply = who.post("/api/v5/artifacts/models/create", json={"models": [{"name": "x"}]})
    assert reply.status_code == 403


def test_a_taken_id_is_a_fault_of_the_id(house: House) -> None:
    profile = house.root.made("profile")
    (result,) = house.root.done(f"{PROFILES}/create", {"profiles": [{"id": profile, "name": "x"}]})["results"]
    assert [one["field"] for one in result["errors"]] == ["id"]


def test_refresh_tells_what_to_read_anew(house: House) -> None:
    reply = house.root.post(f"{PROFILES}/refresh")
    assert reply.headers["x-invalidate-tags"] == "profiles,artifacts"
    assert reply.json()["refreshed_views"] == ["profile_drafts_mv"]


# Exports


def test_an_export_holds_whom_one_may_see(house: House) -> None:
    who = house.person("member", house.mine)
    other, _ = house.profile("admin", house.theirs)
    told = who.done(f"{PROFILES}/export")
    rows = list(csv.reader(io.StringIO(who.get(f"/uploads/{told['upload_id']}/download").text)))
    by_id = {row[0]: row for row in rows}
    assert (told["row_count"], rows[0][:3]) == (len(rows) - 1, ["profile_id", "name", "email"])
    assert other not in by_id
    assert (by_id[who.profile][1], by_id[who.profile][3:5]) == (who.name, ["Yes", "GTA"])
    one = who.done(f"{PROFILES}/export", {"profile_id": who.profile})
    assert one["row_count"] == 1
