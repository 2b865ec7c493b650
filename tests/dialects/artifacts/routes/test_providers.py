"""Providers over the wire: the registry's own, by forms, batches, copies and lists.

Source: contracts/artifacts.md, 3.3 and section 4.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from armillary.domain.ids import ulid
from tests.dialects.artifacts.people import ALL, ROLES, House, Json, Person, a_house, flag, linked, unique
from tests.servers import Server
from tests.wire import a_model, a_provider, answered

ROOT = "/api/v5/artifacts/providers"
NOBODY = str(uuid4())
URL, ANOTHER_URL = "https://a.example/v1", "https://b.example/v1"
#: Contract, 1.6: operation -> what its success tells a client's cache.
TAGS: dict[str, dict[str, str]] = {
    "get": {"x-cache-tags": "providers", "x-cache-hit": "0"},
    "search": {"x-invalidate-tags": "providers"},
    "create": {"x-invalidate-tags": "providers"},
    "update": {"x-invalidate-tags": "providers"},
    "duplicate": {"x-invalidate-tags": "providers"},
    "delete": {"x-invalidate-tags": "providers"},
    "refresh": {"x-invalidate-tags": "providers,artifacts"},
    "docs": {},
    "draft": {"x-invalidate-tags": "providers,drafts"},
    "drafts": {"x-cache-tags": "providers,drafts"},
    "export": {},
}


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[House]:
    with a_house(server) as made:
        yield made


@pytest.fixture
def root(house: House) -> Person:
    return house.root


@pytest.fixture(scope="module")
def others(house: House) -> Iterator[httpx.Client]:
    """A client of the other dialects, in the same workspace."""
    workspace = house.workspace.hex
    headers = {"X-Org-Id": f"org_{workspace}", "X-Workspace-Id": f"workspace_{workspace}"}
    with house.server.client(**headers) as client:
        yield client


@pytest.fixture
def provider(root: Person) -> str:
    """A provider that nothing uses."""
    return root.made("provider", description="The house's own")


def form(who: Person, provider: str | None) -> Json:
    return who.done(f"{ROOT}/get", {"provider_id": provider})


def results(who: Person, call: str, *items: Json) -> list[Json]:
    found: list[Json] = who.done(f"{ROOT}/{call}", {"providers": list(items)})["results"]
    return found


def updated(who: Person, provider: str, **members: Any) -> Json:
    (result,) = results(who, "update", {"provider_id": provider, **members})
    assert (result["success"], result["provider_id"], result["errors"]) == (True, provider, None), result
    return form(who, provider)


def search(who: Person, **members: Any) -> Json:
    return who.done(f"{ROOT}/search", {"page_size": ALL, **members})


def ids(page: Json) -> list[str]:
    return [one["provider_id"] for one in page["providers"]]


def entry(who: Person, provider: str) -> Json:
    listed = search(who, filter_status=["active", "inactive"])["providers"]
    found: Json = next(one for one in listed if one["provider_id"] == provider)
    return found


def endpoints(found: Json) -> list[str]:
    return [one["endpoint"] for one in found["endpoints"]["current"] or []]


def tags_of(reply: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in reply.headers.items() if name.startswith(("x-cache-", "x-invalidate"))}


def body_of(call: str, provider: str) -> Json:
    bodies: dict[str, Json] = {
        "get": {"provider_id": provider},
        "create": {"providers": []},
        "update": {"providers": [{"provider_id": provider}]},
        "duplicate": {"provider_id": provider},
        "delete": {"provider_ids": []},
    }
    return bodies.get(call, {})


@pytest.mark.parametrize("call", TAGS)
def test_a_success_tells_the_clients_cache(root: Person, provider: str, call: str) -> None:
    method = "PATCH" if call == "draft" else "POST"
    reply = root.request(method, f"{ROOT}/{call}", json=body_of(call, provider))
    assert reply.status_code == 200, reply.text
    assert tags_of(reply) == TAGS[call]


@pytest.mark.parametrize("call", ["get", "update", "duplicate", "delete"])
def test_a_refusal_tells_it_nothing(root: Person, call: str) -> None:
    body = {"delete": {"provider_ids": [NOBODY]}}.get(call, body_of(call, NOBODY))
    reply = root.post(f"{ROOT}/{call}", json=body)
    assert reply.status_code == 404, reply.text
    assert tags_of(reply) == {}


# Forms


def test_a_form_shows_the_whole_provider(root: Person, house: House, provider: str) -> None:
    value = root.row("values", value="The house's gateway", type="provider")
    endpoint = root.row("endpoints", endpoint=URL)
    found = updated(root, provider, value_ids=[value], endpoint_ids=[endpoint], department_ids=[house.mine])
    assert (found["provider_exists"], found["can_edit"], found["disabled_reason"]) == (True, True, None)
    assert found["values"]["resource"]["value"] == "The house's gateway"
    assert found["descriptions"]["resource"]["description"] == "The house's own"
    assert endpoints(found) == [URL]
    assert linked(found, "departments") == [house.mine]
    assert linked(found, "flags") == [flag("provider_active")]
    assert (found["keys"]["current"], found["keys"]["resources"]) == (None, [])
    sections = {"names", "descriptions", "flags", "departments", "values", "endpoints", "keys"}
    common = {"actor_name", "provider_exists", "can_edit", "disabled_reason", "draft_version", "group_id"}
    shown = {"basic_show_ai_generate", "integrations_show_ai_generate"}
    assert set(found) == sections | common | shown
    assert [found[one] for one in sorted(shown)] == [False, False]


def test_the_form_of_a_new_one_offers_providers_words(root: Person) -> None:
    of_model, of_provider = root.row("values", value="0-model"), root.row("values", value="0-own", type="provider")
    found = form(root, None)
    assert (found["provider_exists"], found["can_edit"], found["names"]["resource"]) == (False, True, None)
    assert of_provider in found["values"]["suggestions"]
    assert of_model not in found["values"]["suggestions"]
    assert [one["key"] for one in found["flags"]["resources"]] == ["active"]


def test_a_draft_is_laid_over_it(root: Person, provider: str) -> None:
    endpoint = root.row("endpoints", endpoint=URL)
    saved = root.patch(f"{ROOT}/draft", json={"name": "Drafted", "endpoint_ids": [endpoint]}).json()
    found = root.done(f"{ROOT}/get", {"provider_id": provider, "draft_id": saved["draft_id"]})
    assert (found["draft_version"], found["names"]["resource"]["name"]) == (1, "Drafted")
    assert endpoints(found) == [URL]
    assert found["descriptions"]["resource"]["description"] == "The house's own"


def test_a_models_form_shows_its_providers_word_and_address(root: Person, house: House, provider: str) -> None:
    value = root.row("values", value="Their word", type="provider")
    endpoint = root.row("endpoints", endpoint=URL)
    updated(root, provider, value_ids=[value], endpoint_ids=[endpoint], department_ids=[house.mine])
    shown = root.form(root.model(provider_ids=[provider]))["providers"]["resource"]
    assert (shown["id"], shown["value"], shown["endpoint"]) == (provider, "Their word", URL)
    assert (shown["description"], shown["department_ids"]) == ("The house's own", [house.mine])


# Batches


def test_providers_are_made_changed_and_deleted(root: Person, house: House) -> None:
    chosen, name = str(uuid4()), unique("acme")
    made = results(
        root, "create", {"id": chosen, "name": name, "departments": []}, {"name": unique("b"), "active_flag": False}
    )
    assert [one["success"] for one in made] == [True, True]
    assert (made[0]["provider_id"], made[0]["errors"]) == (chosen, None)
    off = made[1]["provider_id"]
    assert (entry(root, chosen)["active"], entry(root, off)["active"]) == (True, False)
    assert linked(form(root, off), "flags") == []
    found = updated(root, chosen, description="new", department_ids=[house.mine, house.theirs], active_flag=False)
    assert linked(found, "departments") == [house.mine, house.theirs]
    after = entry(root, chosen)
    assert (after["name"], after["description"], after["active"]) == (name, "new", False)
    assert after["department_ids"] == [house.mine, house.theirs]
    found = updated(root, chosen, department_ids=[], active_flag_id=flag("provider_active"))
    assert (found["departments"]["current"], entry(root, chosen)["active"]) == (None, True)
    gone = root.done(f"{ROOT}/delete", {"provider_ids": [off, chosen, off]})["results"]
    assert [one["provider_id"] for one in gone] == [off, chosen]
    assert root.post(f"{ROOT}/get", json={"provider_id": chosen}).status_code == 404


@pytest.mark.parametrize(
    ("members", "field"),
    [
        pytest.param({"key_ids": [NOBODY]}, "key_ids", id="a-key"),
        pytest.param({"value_ids": [NOBODY]}, "value_ids", id="no-such-value"),
        pytest.param({"departments": ["Nowhere"]}, "departments", id="no-such-department"),
        pytest.param({"active_flag_id": NOBODY}, "active_flag_id", id="no-such-flag"),
        pytest.param({"name": " "}, "name", id="blank"),
    ],
)
def test_of_a_batch_with_a_fault_nothing_is_stored(root: Person, members: Json, field: str) -> None:
    name = unique("good")
    good, bad = results(root, "create", {"name": name, "key_ids": []}, {"name": unique("bad"), **members})
    assert (good["success"], good["message"], good["provider_id"]) == (True, "Validated", None)
    assert (bad["success"], [one["field"] for one in bad["errors"]]) == (False, [field])
    assert search(root, search=name)["total_count"] == 0


@pytest.mark.parametrize("url", ["the house", "ftp://a.example"])
def test_an_endpoint_that_is_no_url_is_a_fault(root: Person, provider: str, url: str) -> None:
    endpoint = root.row("endpoints", endpoint=url)
    (result,) = results(root, "update", {"provider_id": provider, "endpoint_ids": [endpoint], "name": "x"})
    assert [one["field"] for one in result["errors"]] == ["endpoint_ids"]
    assert endpoints(form(root, provider)) == []
    assert entry(root, provider)["name"] != "x"


def test_a_copy_has_everything_but_its_key_and_is_switched_off(
    root: Person, house: House, others: httpx.Client
) -> None:
    original = UUID(answered(others.post("/api/v1/providers", json=_KEYED), 201)["id"].partition("_")[2])
    updated(root, str(original), department_ids=[house.mine], description="copied")
    reply = root.done(f"{ROOT}/duplicate", {"provider_id": str(original)})
    assert "duplicated successfully" in reply["message"]
    found = form(root, reply["provider_id"])
    assert found["names"]["resource"]["name"] == f"{_KEYED['name']} Copy"
    assert (found["values"]["resource"]["value"], endpoints(found)) == ("anthropic", [URL])
    assert (linked(found, "departments"), linked(found, "flags")) == ([house.mine], [])
    copy = everruns(others, reply["provider_id"])
    assert (copy["status"], copy["api_key_set"]) == ("disabled", False)


_KEYED = {"name": "Keyed", "provider_type": "anthropic", "base_url": URL, "api_key": "sk-very-secret"}


def test_a_provider_that_a_model_uses_takes_no_change(root: Person, provider: str) -> None:
    first = root.made("provider")
    model = root.model(provider_ids=[first, provider])
    for used in (first, provider):
        found = form(root, used)
        assert (found["can_edit"], "in use" in found["disabled_reason"]) == (False, True)
        assert root.post(f"{ROOT}/update", json={"providers": [{"provider_id": used}]}).status_code == 403
        assert root.post(f"{ROOT}/delete", json={"provider_ids": [used]}).status_code == 403
        shown = entry(root, used)
        assert (shown["model_usage_count"], shown["model_ids"]) == (1, [model])
        assert (shown["can_edit"], shown["can_duplicate"], shown["can_delete"]) == (False, True, False)
    root.done("/api/v5/artifacts/models/delete", {"model_ids": [model]})
    root.done(f"{ROOT}/delete", {"provider_ids": [first, provider]})


# Lists


def test_a_list_is_paged_by_name(root: Person) -> None:
    tag = uuid4().hex
    names = [f"{tag} {letter}" for letter in "bDac"]
    results(root, "create", *({"name": name} for name in names))
    pages = [search(root, search=tag.upper(), page_size=3, page_offset=at) for at in (0, 3, 6)]
    assert [one["name"] for page in pages for one in page["providers"]] == sorted(names)
    assert [page["total_count"] for page in pages] == [4, 4, 4]
    assert all(page["status_filter"] is not None for page in pages)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param(None, ["on"], id="none"),
        pytest.param([], ["on"], id="empty"),
        pytest.param(["active"], ["on"], id="active"),
        pytest.param(["true"], ["on"], id="true"),
        pytest.param(["Inactive"], ["off"], id="inactive"),
        pytest.param(["false", "active"], ["off", "on"], id="both"),
        pytest.param(["whatever"], [], id="no-status"),
    ],
)
def test_a_list_holds_active_ones_unless_it_is_asked(root: Person, words: list[str] | None, found: list[str]) -> None:
    tag = uuid4().hex
    results(root, "create", {"name": f"{tag} on"}, {"name": f"{tag} off", "active_flag": False})
    page = search(root, search=tag, filter_status=words)
    assert [one["name"] for one in page["providers"]] == [f"{tag} {word}" for word in found]
    assert page["status_filter"]["selected_ids"] == (words or None)
    assert [one["id"] for one in page["status_filter"]["options"]] == ["active", "inactive"]


def test_a_list_is_narrowed_by_department_and_model(root: Person) -> None:
    department = root.made("department")
    inside, outside = root.made("provider", department_ids=[department]), root.made("provider")
    model = root.model(provider_ids=[inside, outside])
    assert ids(search(root, filter_department_ids=[department])) == [inside]
    assert set(ids(search(root, filter_model_ids=[model]))) == {inside, outside}
    assert ids(search(root, filter_model_ids=[model], filter_department_ids=[department])) == [inside]
    assert ids(search(root, filter_model_ids=[NOBODY])) == []
    page = search(root, filter_department_ids=[department], model_search="no such", department_search="no such")
    assert page["department_filter"] == {"options": [], "selected_ids": [department], "search": "no such"}
    assert page["model_filter"] == {"options": [], "selected_ids": None, "search": "no such"}
    name = root.form(model)["names"]["resource"]["name"]
    (option,) = search(root, model_search=name.upper())["model_filter"]["options"]
    assert option == {"id": model, "name": name, "count": 2, "hex_code": None, "value": None, "type": None}


def test_an_export_holds_the_providers_that_one_may_see(house: House, root: Person) -> None:
    name, endpoint = unique("=acme"), root.row("endpoints", endpoint=URL)
    mine = root.made("provider", name=name, department_ids=[house.mine], endpoint_ids=[endpoint], active_flag=False)
    theirs = root.made("provider", department_ids=[house.theirs])
    who = house.person("member", house.mine)
    told, (header, *rows) = exported(who)
    assert header == ["provider_id", "name", "description", "active", "departments", "value", "endpoint"]
    assert (told["row_count"], told["file_name"][:17]) == (len(rows), "providers_export_")
    by_id = {row[0]: row for row in rows}
    assert theirs not in by_id
    assert exported(who, provider_id=mine)[1][1:] == [by_id[mine]]
    called = root.done("/api/v5/resources/departments/get", {"ids": [house.mine]})["items"][0]["name"]
    assert by_id[mine][1:] == [f"'{name}", "", "No", called, "openai_compatible", URL]
    assert exported(who, provider_id=theirs)[0]["row_count"] == 0


def exported(who: Person, **asked: str) -> tuple[Json, list[list[str]]]:
    """What an export tells, and the file's rows."""
    told = who.done(f"{ROOT}/export", dict(asked))
    file = who.get(f"/uploads/{told['upload_id']}/download")
    return told, list(csv.reader(io.StringIO(file.text)))


@pytest.mark.parametrize(
    ("call", "body", "place"),
    [
        pytest.param("search", {"page_offset": -1}, ["body", "page_offset"], id="offset"),
        pytest.param("search", {"filter_status": "active"}, ["body", "filter_status"], id="status"),
        pytest.param("get", {"provider_id": "x"}, ["body", "provider_id"], id="id"),
        pytest.param("create", {}, ["body", "providers"], id="missing"),
        pytest.param("update", {"providers": [{}]}, ["body", "providers", 0, "provider_id"], id="which"),
        pytest.param("delete", {"all": True}, ["body", "provider_ids"], id="all"),
    ],
)
def test_a_body_of_another_form_is_told_at_its_place(root: Person, call: str, body: Json, place: list[Any]) -> None:
    reply = root.post(f"{ROOT}/{call}", json=body)
    assert reply.status_code == 422, reply.text
    assert [one["loc"] for one in reply.json()["detail"]] == [place]


# Who may


@pytest.mark.parametrize("role", ROLES)
def test_authors_write_within_their_departments(house: House, root: Person, role: str) -> None:
    mine = root.made("provider", department_ids=[house.mine])
    theirs = root.made("provider", department_ids=[house.theirs])
    who = house.person(role, house.mine)
    writes = 200 if role in {"superadmin", "admin"} else 403
    sees_all = 200 if role == "superadmin" else 403
    assert who.post(f"{ROOT}/create", json={"providers": [{"name": unique("x")}]}).status_code == writes
    assert who.post(f"{ROOT}/update", json={"providers": [{"provider_id": mine}]}).status_code == writes
    assert who.post(f"{ROOT}/update", json={"providers": [{"provider_id": theirs}]}).status_code == sees_all
    assert who.post(f"{ROOT}/get", json={"provider_id": mine}).status_code == 200
    assert who.post(f"{ROOT}/get", json={"provider_id": theirs}).status_code == sees_all
    assert who.post(f"{ROOT}/duplicate", json={"provider_id": mine}).status_code == writes
    assert who.post(f"{ROOT}/delete", json={"provider_ids": [theirs]}).status_code == sees_all
    assert who.post(f"{ROOT}/delete", json={"provider_ids": [mine]}).status_code == writes


def test_another_workspaces_provider_is_like_none(house: House, provider: str, server: Server) -> None:
    with a_house(server) as elsewhere:
        for call in ("get", "duplicate"):
            assert elsewhere.root.post(f"{ROOT}/{call}", json={"provider_id": provider}).status_code == 404
        assert elsewhere.root.post(f"{ROOT}/delete", json={"provider_ids": [provider]}).status_code == 404
        (result,) = elsewhere.root.done(
            "/api/v5/artifacts/models/create", {"models": [{"name": "x", "provider_ids": [provider]}]}
        )["results"]
        assert [one["field"] for one in result["errors"]] == ["provider_ids"]
        assert provider not in ids(search(elsewhere.root))
    assert form(house.root, provider)["provider_exists"] is True


# One truth


def everruns(who: httpx.Client, provider: str) -> Json:
    found: Json = answered(who.get(f"/api/v1/providers/provider_{UUID(provider).hex}"))
    return found


def cadenya(who: httpx.Client, house: House, provider: str) -> Json:
    path = f"/v1/workspaces/workspace_{ulid(house.workspace)}/ai_provider_keys/aipk_{ulid(UUID(provider))}"
    found: Json = answered(who.get(path))
    return found


def test_a_provider_made_here_is_everybodys(root: Person, house: House, others: httpx.Client) -> None:
    value, endpoint = root.row("values", value="OpenAI", type="provider"), root.row("endpoints", endpoint=URL)
    made = root.made("provider", value_ids=[value], endpoint_ids=[endpoint])
    name = form(root, made)["names"]["resource"]["name"]
    shown = everruns(others, made)
    assert (shown["name"], shown["provider_type"], shown["base_url"]) == (name, "openai", URL)
    assert (shown["status"], shown["api_key_set"], shown["managed"]) == ("active", False, False)
    key = cadenya(others, house, made)
    assert (key["metadata"]["name"], key["spec"]["provider"]) == (name, "AI_PROVIDER_OPENAI")
    model = a_model(others, f"provider_{UUID(made).hex}", unique("gpt"))
    assert entry(root, made)["model_ids"] == [str(UUID(model["id"].partition("_")[2]))]


def test_what_others_change_is_shown_here(root: Person, house: House, others: httpx.Client) -> None:
    value = root.row("values", value="The house's gateway", type="provider")
    endpoint = root.row("endpoints", endpoint=URL)
    made = root.made("provider", value_ids=[value], endpoint_ids=[endpoint])
    assert cadenya(others, house, made)["spec"]["provider"] == "AI_PROVIDER_OPENAI_COMPATIBLE"
    path = f"/api/v1/providers/provider_{UUID(made).hex}"
    said = {"name": unique("renamed"), "provider_type": "groq", "base_url": ANOTHER_URL, "status": "disabled"}
    answered(others.patch(path, json=said))
    found = form(root, made)
    assert found["names"]["resource"]["name"] == said["name"]
    assert found["values"]["resource"]["value"] == "groq"
    assert (endpoints(found), linked(found, "flags")) == ([ANOTHER_URL], [])
    assert others.delete(path).status_code in {200, 204}
    assert root.post(f"{ROOT}/get", json={"provider_id": made}).status_code == 404


def test_a_provider_that_others_made_is_changed_here(root: Person, house: House, others: httpx.Client) -> None:
    made = str(UUID(a_provider(others, name=unique("theirs"), provider_type="anthropic").partition("_")[2]))
    found = form(root, made)
    assert (found["values"]["resource"]["value"], endpoints(found)) == ("anthropic", [])
    assert linked(found, "flags") == [flag("provider_active")]
    name = unique("mine")
    updated(root, made, name=name, endpoint_ids=[root.row("endpoints", endpoint=URL)], active_flag=False)
    shown = everruns(others, made)
    assert (shown["name"], shown["base_url"], shown["status"]) == (name, URL, "disabled")
    assert cadenya(others, house, made)["metadata"]["name"] == name
    root.done(f"{ROOT}/delete", {"provider_ids": [made]})
    assert others.get(f"/api/v1/providers/provider_{UUID(made).hex}").status_code == 404


def test_every_change_stands_in_the_trail(root: Person, provider: str, others: httpx.Client) -> None:
    updated(root, provider, name=unique("renamed"), description="another")
    path = "/armillary/v1/changes"
    found = answered(others.get(path, params={"entity": f"provider_{UUID(provider).hex}"}))["data"]
    assert [(one["action"], one["dialect"]) for one in found] == [("updated", "artifacts"), ("created", "artifacts")]
    assert (found[0]["before"]["description"], found[0]["after"]["description"]) == ("The house's own", "another")
