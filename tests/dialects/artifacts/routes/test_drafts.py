"""Drafts over HTTP: saved in versions, refused when stale or somebody else's, listed to their owner.

Source: contracts/artifacts.md, 2.7, 2.8 and 5 (R7, R8, S3, 5.7, 5.10).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import cycle
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.dialects.artifacts.places import Place, a_place
from tests.servers import Server, running
from tests.wire import answered

KINDS = ("models", "providers", "departments", "agents", "profiles")
ABSENT = "00000000-0000-7000-8000-000000000001"
EMPTY: dict[str, Any] = {
    "name_id": None,
    "description_id": None,
    "flag_ids": [],
    "department_ids": [],
    "modality_ids": [],
    "pricing_ids": [],
    "provider_ids": [],
    "quality_ids": [],
    "reasoning_level_ids": [],
    "temperature_level_ids": [],
    "value_ids": [],
    "voice_ids": [],
}


@pytest.fixture(scope="module")
def place(server: Server) -> Iterator[Place]:
    with a_place(server) as made:
        yield made


@pytest.fixture(scope="module")
def api(place: Place) -> httpx.Client:
    """A superadmin."""
    return place.client()


@pytest.fixture
def editor(place: Place) -> httpx.Client:
    """An admin without drafts."""
    return place.client(role="admin")


@pytest.fixture(scope="module")
def offered(api: httpx.Client) -> dict[str, list[str]]:
    """Section -> ids that a form offers."""
    form = answered(api.post("/api/v5/artifacts/models/get", json={}))
    return {name: section["suggestions"] for name, section in form.items() if isinstance(section, dict)}


def patch(client: httpx.Client, kind: str = "models", **body: Any) -> httpx.Response:
    return client.patch(f"/api/v5/artifacts/{kind}/draft", json=body)


def save(client: httpx.Client, kind: str = "models", **body: Any) -> dict[str, Any]:
    saved: dict[str, Any] = answered(patch(client, kind, **body))
    return saved


def over(client: httpx.Client, draft: dict[str, Any], **body: Any) -> httpx.Response:
    return patch(client, input_draft_id=draft["draft_id"], **{"expected_version": draft["new_version"], **body})


def listed(client: httpx.Client, kind: str = "models") -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = answered(client.post(f"/api/v5/artifacts/{kind}/drafts"))["entries"]
    return entries


def get(client: httpx.Client, **body: Any) -> dict[str, Any]:
    form: dict[str, Any] = answered(client.post("/api/v5/artifacts/models/get", json=body))
    return form


# One's own


def test_r7_a_first_save_is_version_one(editor: httpx.Client, offered: dict[str, list[str]]) -> None:
    rows = save(editor, name="R7", description="What R7 is.")["form_state"]
    department = get(editor)["departments"]["resources"][0]["id"]
    body = {"name_id": rows["name_id"], "description_id": rows["description_id"], "department_ids": [department]}
    reply = patch(editor, expected_version=0, **body)
    told = answered(reply)
    assert reply.headers["x-invalidate-tags"] == "models,drafts"
    assert not {"x-cache-tags", "x-cache-hit"} & reply.headers.keys()
    assert (told["success"], told["new_version"]) == (True, 1)
    assert told["form_state"] == {**EMPTY, **body}
    assert told["message"]


def test_r8_a_saved_draft_is_listed(editor: httpx.Client) -> None:
    saved = save(editor, name="R8")
    reply = editor.post("/api/v5/artifacts/models/drafts", json={}, headers={"X-Bypass-Cache": "1"})
    entries = answered(reply)["entries"]
    assert reply.headers["x-cache-tags"] == "models,drafts"
    assert not {"x-invalidate-tags", "x-cache-hit"} & reply.headers.keys()
    assert [one["id"] for one in entries] == [saved["draft_id"]]
    assert entries[0]["name_ids"] == [saved["form_state"]["name_id"]]


def test_s3_a_text_becomes_a_row_that_the_form_shows(editor: httpx.Client) -> None:
    saved = save(editor, name="S3 by hand")
    assert saved["form_state"]["name_id"] is not None
    form = get(editor, draft_id=saved["draft_id"])
    assert (form["draft_version"], form["names"]["resource"]["name"]) == (1, "S3 by hand")
    assert form["group_id"] == listed(editor)[0]["group_id"]


def test_a_draft_is_listed_with_all_its_members_and_nothing_else(editor: httpx.Client) -> None:
    saved = save(editor)
    (entry,) = listed(editor)
    lists = {name: value for name, value in entry.items() if name.endswith("_ids")}
    (profile,) = lists.pop("profile_ids")
    assert len(lists) == 12
    assert set(map(str, lists.values())) == {"[]"}
    assert str(UUID(profile)) == profile
    assert {name: entry[name] for name in ("id", "version", "generated", "mcp", "active")} == {
        "id": saved["draft_id"],
        "version": 1,
        "generated": True,
        "mcp": False,
        "active": True,
    }
    assert entry.keys() == {
        *lists,
        *("id", "version", "created_at", "generated", "mcp", "active", "group_id", "session_id", "profile_ids"),
    }


def test_a_later_save_replaces_the_whole_content_in_place(editor: httpx.Client, offered: dict[str, list[str]]) -> None:
    first = save(editor, name="first", quality_ids=offered["qualities"], voice_ids=offered["voices"][:2])
    before = listed(editor)[0]
    told = answered(over(editor, first, description="second", voice_ids=offered["voices"][1:3]))
    assert (told["draft_id"], told["new_version"]) == (first["draft_id"], 2)
    description = told["form_state"].pop("description_id")
    assert description is not None
    assert told["form_state"] == {
        name: value
        for name, value in {**EMPTY, "voice_ids": offered["voices"][1:3]}.items()
        if name != "description_id"
    }
    (after,) = listed(editor)
    assert {name: after[name] for name in ("group_id", "session_id", "created_at")} == {
        name: before[name] for name in ("group_id", "session_id", "created_at")
    }


def test_repeats_collapse_and_ids_win_over_texts(editor: httpx.Client, offered: dict[str, list[str]]) -> None:
    name = save(editor, name="an id wins")["form_state"]["name_id"]
    told = save(editor, name_id=name, name="over this", quality_ids=[*offered["qualities"], *offered["qualities"]])
    assert told["form_state"]["name_id"] == name
    assert told["form_state"]["quality_ids"] == offered["qualities"]


def test_an_unknown_draft_is_a_first_write(editor: httpx.Client) -> None:
    told = save(editor, input_draft_id=ABSENT, expected_version=4)
    assert (told["new_version"], told["draft_id"] == ABSENT) == (5, False)


def test_a_tools_client_marks_the_draft_and_its_rows(editor: httpx.Client) -> None:
    body = {"name": f"by a tool {uuid4()}"}
    told = answered(editor.patch("/api/v5/artifacts/models/draft", json=body, headers={"X-MCP": "Yes"}))
    assert listed(editor)[0]["mcp"] is True
    row = get(editor, draft_id=told["draft_id"])["names"]["resource"]
    assert (row["mcp"], row["generated"]) == (True, True)


def test_twenty_drafts_are_listed_newest_first(editor: httpx.Client) -> None:
    made = [save(editor)["draft_id"] for _ in range(22)]
    assert [one["id"] for one in listed(editor)] == made[:1:-1]


def test_a_draft_lies_over_a_model_and_leaves_what_it_leaves_empty(
    api: httpx.Client, offered: dict[str, list[str]]
) -> None:
    body = {"models": [{"name": "laid over", "description": "stays", "quality_ids": offered["qualities"][:1]}]}
    model = answered(api.post("/api/v5/artifacts/models/create", json=body))["results"][0]["model_id"]
    draft = save(api, name="lies over", quality_ids=offered["qualities"][1:2])["draft_id"]
    form = get(api, model_id=model, draft_id=draft)
    assert form["draft_version"] == 1
    assert (form["names"]["resource"]["name"], form["descriptions"]["resource"]["description"]) == (
        "lies over",
        "stays",
    )
    assert [one["id"] for one in form["qualities"]["current"]] == offered["qualities"][1:2]


# Others'


def test_somebody_elses_draft_is_403_and_nothing_is_written(editor: httpx.Client, place: Place) -> None:
    draft = save(editor, name="mine")
    before = listed(editor)
    for expected in (0, 1, 2):
        reply = over(place.client(role="admin"), draft, expected_version=expected, name="theirs")
        assert reply.status_code == 403
        assert isinstance(reply.json()["detail"], str)
    assert listed(editor) == before


def test_somebody_elses_draft_is_ignored_by_the_form_unless_one_is_a_superadmin(
    editor: httpx.Client, api: httpx.Client, place: Place
) -> None:
    draft = save(editor, name="mine alone")["draft_id"]
    other = get(place.client(role="admin"), draft_id=draft)
    assert (other["draft_version"], other["names"]["resource"]) == (None, None)
    assert get(api, draft_id=draft)["names"]["resource"]["name"] == "mine alone"


def test_a_superadmin_saves_over_anybodys_draft(editor: httpx.Client, api: httpx.Client) -> None:
    draft = save(editor, name="mine")
    told = answered(over(api, draft, name="ours"))
    assert (told["draft_id"], told["new_version"]) == (draft["draft_id"], 2)
    assert [(one["id"], one["version"]) for one in listed(editor)] == [(draft["draft_id"], 2)]


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_whoever_is_no_author_lists_and_does_not_save(place: Place, role: str) -> None:
    client = place.client(role=role)
    assert patch(client, name="no").status_code == 403
    assert listed(client) == []


# Refused


def test_a_stale_save_is_409_with_what_a_merge_needs_and_changes_nothing(
    editor: httpx.Client, offered: dict[str, list[str]]
) -> None:
    first = save(editor, name="one")
    second = answered(
        over(editor, first, name="two", quality_ids=offered["qualities"], voice_ids=offered["voices"][:1])
    )
    before = listed(editor)
    reply = over(editor, first, name="three", quality_ids=[], voice_ids=offered["voices"][:1])
    told = answered(reply, 409)
    assert "version 2" in told["detail"]
    assert told["version"] == 2
    assert told["differing"] == {"name_id": [second["form_state"]["name_id"]], "quality_ids": offered["qualities"]}
    assert "x-invalidate-tags" not in reply.headers
    assert listed(editor) == before
    merged = over(editor, first, expected_version=told["version"], name="three", quality_ids=offered["qualities"])
    assert answered(merged)["new_version"] == 3


def test_unknown_ids_and_bad_texts_are_400_by_field_and_change_nothing(
    editor: httpx.Client, offered: dict[str, list[str]]
) -> None:
    first = save(editor, name="one")
    before = listed(editor)
    reply = over(editor, first, voice_ids=[ABSENT], quality_ids=offered["voices"][:1], name_id=ABSENT)
    told = answered(reply, 400)["detail"]
    assert [one["field"] for one in told] == ["name_id", "quality_ids", "voice_ids"]
    assert all(one["message"] and one.keys() == {"field", "message"} for one in told)
    assert [one["field"] for one in answered(over(editor, first, name="x" * 256), 400)["detail"]] == ["name"]
    assert listed(editor) == before


def test_another_workspaces_rows_are_unknown(editor: httpx.Client, server: Server) -> None:
    with a_place(server) as elsewhere:
        foreign = save(elsewhere.client(), name=f"foreign {uuid4()}")
    told = answered(patch(editor, name_id=foreign["form_state"]["name_id"]), 400)["detail"]
    assert [one["field"] for one in told] == ["name_id"]
    begun = save(editor, input_draft_id=foreign["draft_id"], expected_version=1)
    assert begun["draft_id"] != foreign["draft_id"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"expected_version": -1}, id="negative-version"),
        pytest.param({"expected_version": 2**53}, id="version-past-exactness"),
        pytest.param({"expected_version": "1"}, id="version-as-text"),
        pytest.param({"input_draft_id": "x"}, id="malformed-draft"),
        pytest.param({"name": 1}, id="name-as-number"),
        pytest.param({"voice_ids": "x"}, id="ids-as-text"),
        pytest.param({"voice_ids": ["x"]}, id="malformed-id"),
        pytest.param({"voice_ids": [None]}, id="null-id"),
        pytest.param({"voice_ids": [ABSENT] * 1001}, id="too-many"),
    ],
)
def test_what_does_not_match_is_422_at_its_place(editor: httpx.Client, body: dict[str, Any]) -> None:
    told = answered(patch(editor, **body), 422)["detail"]
    assert told[0]["loc"][:2] == ["body", next(iter(body))]
    assert listed(editor) == []


def test_a_missing_body_is_422_for_a_save_and_fine_for_a_listing(editor: httpx.Client) -> None:
    assert editor.patch("/api/v5/artifacts/models/draft").status_code == 422
    assert answered(editor.post("/api/v5/artifacts/models/drafts"))["entries"] == []


def test_members_that_are_not_known_are_ignored(editor: httpx.Client) -> None:
    assert save(editor, model_id=ABSENT, accept=True)["form_state"] == EMPTY


# Every kind


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_drafts_of_its_own(api: httpx.Client, kind: str) -> None:
    reply = patch(api, kind, name=f"of {kind}")
    told = answered(reply)
    assert reply.headers["x-invalidate-tags"] == f"{kind},drafts"
    listing = api.post(f"/api/v5/artifacts/{kind}/drafts", json={})
    assert listing.headers["x-cache-tags"] == f"{kind},drafts"
    assert answered(listing)["entries"][0]["id"] == told["draft_id"]
    others = [one["id"] for other in KINDS if other != kind for one in listed(api, other)]
    assert told["draft_id"] not in others


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        pytest.param(
            "providers",
            {
                "description_id": None,
                "flag_id": None,
                "department_ids": [],
                "endpoint_ids": [],
                "key_ids": [],
                "value_ids": [],
            },
            id="providers",
        ),
        pytest.param("departments", {"description_id": None, "flag_id": None, "settings_ids": []}, id="departments"),
        pytest.param(
            "agents",
            {
                "description_id": None,
                "flag_ids": [],
                "department_ids": [],
                "model_ids": [],
                "quality_ids": [],
                "reasoning_level_ids": [],
                "temperature_level_ids": [],
                "tool_ids": [],
                "voice_ids": [],
            },
            id="agents",
        ),
        pytest.param(
            "profiles",
            {"email_ids": [], "flag_id": None, "department_ids": [], "role_ids": [], "request_limit_id": None},
            id="profiles",
        ),
    ],
)
def test_each_kind_has_its_own_form(api: httpx.Client, kind: str, state: dict[str, Any]) -> None:
    assert save(api, kind)["form_state"] == {"name_id": None, **state}


def test_a_profiles_draft_makes_an_address_of_a_text(api: httpx.Client) -> None:
    told = save(api, "profiles", email="somebody@example.com")
    assert len(told["form_state"]["email_ids"]) == 1


def test_departments_are_drafted_by_superadmins_alone(editor: httpx.Client) -> None:
    assert patch(editor, "departments", name="no").status_code == 403
    assert [patch(editor, kind, name="yes").status_code for kind in KINDS if kind != "departments"] == [200] * 4


# At once


def test_of_several_saves_at_once_exactly_one_is_200(editor: httpx.Client) -> None:
    _race([editor], save(editor), rounds=3, savers=8)


def test_of_saves_through_two_processes_exactly_one_is_200(
    database_kind: str, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two servers on one database; on SQLite, two workers of one, which is how its file is shared."""
    data = tmp_path_factory.mktemp("data")
    with ExitStack() as stack:
        if database_kind == "sqlite":
            servers = [stack.enter_context(running(data, database_url, workers=2))]
        else:
            servers = [stack.enter_context(running(data, database_url)) for _ in range(2)]
        # connections of their own, so that both processes take their share
        clients = [stack.enter_context(servers[n % len(servers)].client()) for n in range(8)]
        _race(clients, save(clients[0]), rounds=3, savers=8)


def _race(clients: list[httpx.Client], held: dict[str, Any], *, rounds: int, savers: int) -> None:
    turns = [client for client, _ in zip(cycle(clients), range(savers), strict=False)]
    with ThreadPoolExecutor(savers) as pool:
        for number in range(rounds):
            names = [f"{number} of {one}" for one in range(savers)]
            replies = list(pool.map(partial(_over, held), turns, names))
            won = [one.json() for one in replies if one.status_code == 200]
            assert sorted(one.status_code for one in replies) == [200] + [409] * (savers - 1)
            assert {one.json()["version"] for one in replies if one.status_code == 409} == {won[0]["new_version"]}
            held = won[0]


def _over(held: dict[str, Any], client: httpx.Client, name: str) -> httpx.Response:
    return over(client, held, name=name)
