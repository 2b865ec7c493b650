"""Agents over the wire: what they use, and what they lock. Source: contracts/artifacts.md, 3.5 and 3.8."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.dialects.artifacts.people import MODELS, House, Json, Person, a_house, linked, seeds, unique
from tests.servers import Server

AGENTS = "/api/v5/artifacts/agents"


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[House]:
    with a_house(server) as made:
        yield made


def form(who: Person, agent: str | None = None, draft: str | None = None) -> Json:
    return who.done(f"{AGENTS}/get", {"agent_id": agent, "draft_id": draft})


def update(who: Person, agent: str, **members: object) -> Json:
    (result,) = who.done(f"{AGENTS}/update", {"agents": [{"agent_id": agent, **members}]})["results"]
    found: Json = result
    return found


def search(who: Person, **asked: object) -> Json:
    return who.done(f"{AGENTS}/search", {"page_size": 1000, **asked})


def one_of(kind: str) -> str:
    return seeds(kind)[2][0]


# The recipe, steps 9 and 10


def test_an_active_agent_locks_its_models_until_it_is_gone(house: House) -> None:
    model = house.root.model(department_ids=[house.mine])
    agent = house.root.made("agent", model_ids=[model])
    locked = house.root.form(model)
    assert (locked["can_edit"], bool(locked["disabled_reason"])) == (False, True)
    change = {"models": [{"model_id": model, "name": "x"}]}
    assert house.root.post(f"{MODELS}/update", json=change).status_code == 403
    assert house.root.post(f"{MODELS}/delete", json={"model_ids": [model]}).status_code == 403
    assert house.root.done(f"{MODELS}/duplicate", {"model_id": model})["success"]
    house.root.done(f"{AGENTS}/delete", {"agent_ids": [agent]})
    assert house.root.form(model)["can_edit"]
    house.root.updated(model, name=unique("free"))


@pytest.mark.parametrize("place", [0, 1])
def test_an_inactive_agent_locks_nothing(house: House, place: int) -> None:
    models = [house.root.model(), house.root.model()]
    agent = house.root.made("agent", model_ids=models)
    assert not house.root.form(models[place])["can_edit"]
    assert update(house.root, agent, flag_ids=[])["success"]
    assert house.root.form(models[place])["can_edit"]
    assert linked(form(house.root, agent), "flags") == []


def test_a_model_is_free_once_its_agent_uses_another(house: House) -> None:
    was, becomes = house.root.model(), house.root.model()
    agent = house.root.made("agent", model_ids=[was])
    update(house.root, agent, model_ids=[becomes])
    assert (house.root.form(was)["can_edit"], house.root.form(becomes)["can_edit"]) == (True, False)


def test_a_copy_of_an_agent_is_switched_off(house: House) -> None:
    model, name = house.root.model(), unique("agent")
    agent = house.root.made("agent", name=name, model_ids=[model], voice_ids=[one_of("voices")])
    copied = house.root.done(f"{AGENTS}/duplicate", {"agent_id": agent})
    shown = form(house.root, copied["agent_id"])
    assert (shown["names"]["resource"]["name"], linked(shown, "flags")) == (f"{name} Copy", [])
    assert (linked(shown, "models"), linked(shown, "voices")) == ([model], [one_of("voices")])
    assert f'"{name}" duplicated successfully' in copied["message"]
    house.root.done(f"{AGENTS}/delete", {"agent_ids": [agent]})
    assert house.root.form(model)["can_edit"]


# What an agent is


def test_an_agent_is_shown_as_it_was_made(house: House) -> None:
    models = [house.root.model(), house.root.model()]
    kinds = ("reasoning_levels", "temperature_levels", "voices", "qualities")
    rows = {
        f"{kind.removesuffix('ies') + 'y' if kind == 'qualities' else kind[:-1]}_ids": [one_of(kind)] for kind in kinds
    }
    agent = house.root.made("agent", description="what it does", model_ids=models, department_ids=[house.mine], **rows)
    shown = form(house.root, agent)
    assert (shown["agent_exists"], shown["can_edit"], shown["disabled_reason"]) == (True, True, None)
    assert shown["descriptions"]["resource"]["description"] == "what it does"
    assert (linked(shown, "models"), linked(shown, "departments")) == (models, [house.mine])
    assert [linked(shown, kind) for kind in kinds] == [[one_of(kind)] for kind in kinds]
    assert [one["key"] for one in shown["flags"]["current"]] == ["active"]
    for kind in ("prompts", "instructions", "tools", "rubrics"):
        assert (shown[kind]["current"], shown[kind]["resources"]) == (None, [])


def test_a_null_keeps_and_an_empty_list_removes(house: House) -> None:
    model = house.root.model()
    agent = house.root.made("agent", model_ids=[model], department_ids=[house.mine])
    update(house.root, agent, department_ids=[])
    shown = form(house.root, agent)
    assert (linked(shown, "models"), linked(shown, "departments")) == ([model], [])


@pytest.mark.parametrize(
    ("members", "field"),
    [
        pytest.param({"model_ids": [str(uuid4())]}, "model_ids", id="no-such-model"),
        pytest.param({"tool_ids": [str(uuid4())]}, "tool_ids", id="no-tools"),
        pytest.param({"departments": ["Nowhere"]}, "departments", id="no-such-department"),
        pytest.param({"name": " "}, "name", id="blank-name"),
    ],
)
def test_what_cannot_be_linked_is_a_fault_of_its_member(house: House, members: Json, field: str) -> None:
    item = {"name": "x", **members}
    (result,) = house.root.done(f"{AGENTS}/create", {"agents": [item]})["results"]
    assert (result["success"], [one["field"] for one in result["errors"]]) == (False, [field])


def test_another_workspaces_model_is_as_unknown_as_none(house: House, server: Server) -> None:
    with a_house(server) as other:
        theirs = other.root.model()
    (result,) = house.root.done(f"{AGENTS}/create", {"agents": [{"name": "x", "model_ids": [theirs]}]})["results"]
    assert [one["field"] for one in result["errors"]] == ["model_ids"]


def test_a_model_deleted_in_another_dialect_is_no_agents_any_more(house: House) -> None:
    provider = house.root.made("provider")
    value = house.root.row("values", value=unique("upstream"))
    gone = house.root.model(provider_ids=[provider], value_ids=[value])
    left = house.root.model()
    agent = house.root.made("agent", model_ids=[gone, left])
    key = {"Authorization": f"Bearer {house.root.headers['X-Api-Key']}"}
    with httpx.Client(base_url=house.server.url, headers=key) as everruns:
        everruns.delete(f"/api/v1/models/model_{gone.replace('-', '')}").raise_for_status()
    assert linked(form(house.root, agent), "models") == [left]
    (found,) = [one for one in search(house.root)["agents"] if one["agent_id"] == agent]
    assert found["model_id"] == left


# Listing


def test_a_listing_tells_the_first_of_what_an_agent_uses(house: House) -> None:
    name = unique("model")
    model = house.root.model(name=name, description="of use")
    agent = house.root.made(
        "agent",
        name=unique("Told"),
        model_ids=[model, house.root.model()],
        reasoning_level_ids=[one_of("reasoning_levels")],
        temperature_level_ids=[one_of("temperature_levels")],
        department_ids=[house.mine],
    )
    (found,) = [one for one in search(house.root, search="TOLD")["agents"] if one["agent_id"] == agent]
    assert (found["model_id"], found["model_name"], found["model_description"]) == (model, name, "of use")
    assert (found["reasoning"], found["temperature"], found["role"]) == ("low", 0.02, None)
    assert (found["department_ids"], found["can_edit"], found["can_delete"]) == ([house.mine], True, True)


def test_a_listing_is_narrowed_and_paged(house: House) -> None:
    model, word = house.root.model(), unique("Listed")
    made = [house.root.made("agent", name=f"{word} {n}", model_ids=[model] * (n > 0)) for n in range(3)]
    house.root.made("agent", name=f"{word} 3", department_ids=[house.theirs])
    page = search(house.root, search=word, filter_model_ids=[model], page_size=1, page_offset=1)
    assert ([one["agent_id"] for one in page["agents"]], page["total_count"]) == ([made[2]], 2)
    (option,) = [one for one in page["model_filter"]["options"] if one["id"] == model]
    assert (option["count"], page["model_filter"]["selected_ids"]) == (2, [model])
    theirs = search(house.root, search=word, filter_department_ids=[house.theirs])
    assert [one["name"] for one in theirs["agents"]] == [f"{word} 3"]
    assert search(house.root, filter_tool_ids=[model])["total_count"] == 0
    assert search(house.root, model_search="no model is called this")["model_filter"]["options"] == []


# Who may


@pytest.mark.parametrize("word", ["instructional", "member", "guest", "custom"])
def test_only_admins_make_agents(house: House, word: str) -> None:
    who = house.person(word, house.mine)
    assert who.post(f"{AGENTS}/create", json={"agents": [{"name": "x"}]}).status_code == 403
    agent = house.root.made("agent", department_ids=[house.mine])
    assert not form(who, agent)["can_edit"]


def test_an_admin_edits_the_agents_of_its_departments(house: House) -> None:
    who = house.person("admin", house.mine)
    mine, theirs = (house.root.made("agent", department_ids=[one]) for one in (house.mine, house.theirs))
    assert update(who, mine, name=unique("agent"))["success"]
    assert who.post(f"{AGENTS}/get", json={"agent_id": theirs}).status_code == 403
    assert who.post(f"{AGENTS}/delete", json={"agent_ids": [mine, theirs]}).status_code == 403
    who.done(f"{AGENTS}/delete", {"agent_ids": [mine]})
    assert who.post(f"{AGENTS}/get", json={"agent_id": mine}).status_code == 404


def test_a_draft_is_laid_over_the_form_of_an_agent(house: House) -> None:
    model, name = house.root.model(), unique("draft")
    reply = house.root.patch(f"{AGENTS}/draft", json={"name": name, "model_ids": [model]})
    shown = form(house.root, draft=reply.json()["draft_id"])
    assert (shown["names"]["resource"]["name"], linked(shown, "models"), shown["draft_version"]) == (name, [model], 1)


@pytest.mark.parametrize(
    ("operation", "body", "headers"),
    [
        ("get", {}, {"x-cache-tags": "agents", "x-cache-hit": "0"}),
        ("search", {}, {"x-invalidate-tags": "agents"}),
        ("create", {"agents": []}, {"x-invalidate-tags": "agents"}),
        ("update", {"agents": []}, {"x-invalidate-tags": "agents"}),
        ("delete", {"agent_ids": []}, {"x-invalidate-tags": "agents"}),
        ("refresh", {}, {"x-invalidate-tags": "agents,artifacts"}),
    ],
)
def test_each_operation_tells_the_cache_its_tags(house: House, operation: str, body: Json, headers: Json) -> None:
    reply = house.root.post(f"{AGENTS}/{operation}", json=body)
    assert reply.status_code == 200, reply.text
    assert headers.items() <= dict(reply.headers).items()


# Exports


def exported(who: Person, **asked: object) -> tuple[Json, list[list[str]]]:
    """What an export tells, and the file's rows."""
    told = who.done(f"{AGENTS}/export", dict(asked))
    file = who.get(f"/uploads/{told['upload_id']}/download")
    return told, list(csv.reader(io.StringIO(file.text)))


def test_an_export_holds_the_agents_that_one_may_see(house: House) -> None:
    who, model, name = house.person("member", house.mine), unique("model"), unique("=agent")
    used = house.root.model(name=model)
    levels = {"temperature_level_ids": [one_of("temperature_levels")], "voice_ids": [one_of("voices")]}
    mine = house.root.made("agent", name=name, model_ids=[used], department_ids=[house.mine], **levels)
    theirs = house.root.made("agent", department_ids=[house.theirs])
    told, rows = exported(who)
    assert (told["row_count"], told["file_name"][-4:]) == (len(rows) - 1, ".csv")
    assert rows[0][:6] == ["agent_id", "name", "description", "active", "departments", "models"]
    by_id = {row[0]: row for row in rows}
    assert theirs not in by_id
    (row,) = exported(who, agent_id=mine)[1][1:]
    assert row == by_id[mine]
    assert (row[1], row[3], row[5], row[6]) == (f"'{name}", "Yes", model, "0.02")


def test_an_agent_that_is_not_to_be_seen_leaves_the_file_empty(house: House) -> None:
    theirs = house.root.made("agent", department_ids=[house.theirs])
    told, rows = exported(house.person("member", house.mine), agent_id=theirs)
    assert (told["row_count"], len(rows)) == (0, 1)
