"""Resources through the dialect: 3.2 and the resource search of 5.9. Source: contracts/artifacts.md."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from armillary.domain.seeds import SEEDS, default_department
from tests.dialects.artifacts.conftest import Api, Json

#: Kind -> what is sent to make one, what its row then holds, and the key that repeats its id.
MADE: dict[str, tuple[Json, Json, str | None]] = {
    "names": ({"name": "Nova"}, {"name": "Nova"}, "name_id"),
    "descriptions": ({"description": "Ample"}, {"description": "Ample"}, "description_id"),
    "values": ({"value": "gpt-x"}, {"value": "gpt-x", "type": "model"}, "values_id"),
    "voices": ({"voice": "Viola"}, {"voice": "Viola"}, "voices_id"),
    "pricing": (
        {"pricing_type": "input", "price": 0.3, "unit_name": "minute", "unit_category": "seconds", "unit_value": 60},
        {"pricing_type": "input", "price": 0.3, "unit_name": "minute", "unit_category": "seconds", "unit_value": 60},
        "pricing_id",
    ),
    "modalities": ({"modality": "file"}, {"modality": "file", "is_input": False}, None),
    "qualities": ({"quality": "high"}, {"quality": "high"}, None),
    "reasoning_levels": ({"reasoning_level": "wild"}, {"reasoning_level": "wild"}, None),
    "temperature_levels": ({"temperature": 0.30000001192092896}, {"temperature": 0.30000001192092896}, None),
    "flags": (
        {"name": "beta", "description": "Not yet", "icon": "Flask", "type": None},
        {"name": "beta", "description": "Not yet", "icon": "Flask", "type": "", "value": True},
        None,
    ),
    "endpoints": ({"endpoint": "https://api.example.com/v1"}, {"endpoint": "https://api.example.com/v1"}, None),
    "emails": ({"email": "ada@example.com"}, {"email": "ada@example.com"}, None),
}
READ_ONLY = ("roles", "providers", "departments")
TEXTS = {
    "names": "name",
    "descriptions": "description",
    "values": "value",
    "voices": "voice",
    "reasoning_levels": "reasoning_level",
    "flags": "name",
}


def a_row(api: Api, kind: str, **members: Any) -> Json:
    row: Json = api.done(f"/resources/{kind}", {**MADE[kind][0], **members})["item"]
    return row


def found(api: Api, kind: str, **asked: Any) -> list[Json]:
    rows: list[Json] = api.done(f"/resources/{kind}/search", asked)["items"]
    return rows


def client(api: Api, role: str, scopes: list[str]) -> httpx.Client:
    """A client with a key of this role in the same workspace."""
    with api.server.client() as admin:
        key = admin.post(
            "/armillary/v1/keys",
            json={"name": role, "role": role, "scopes": scopes, "all_workspaces": False},
            headers={"X-Workspace-Id": api.workspace},
        )
    return httpx.Client(base_url=api.base_url, headers={"X-Api-Key": key.json()["token"]}, timeout=60)


# Making


@pytest.mark.parametrize("kind", MADE)
def test_a_row_is_made_and_read(api: Api, kind: str) -> None:
    body, members, key = MADE[kind]
    reply = api.post(f"/resources/{kind}", json=body)
    assert (reply.status_code, reply.headers["x-invalidate-tags"]) == (200, f"resources,{kind}")
    made = reply.json()
    assert set(made) == {"id", "item", *([key] if key else [])}
    assert made["id"] == made["item"]["id"] == made.get(key, made["id"])
    provenance = {"id": made["id"], "created_at": made["item"]["created_at"]}
    assert made["item"] == {**provenance, "active": True, "mcp": False, "generated": False, **members}
    read = api.post(f"/resources/{kind}/get", json={"ids": [str(uuid4()), made["id"]]})
    assert (read.headers["x-cache-tags"], read.json()) == (f"resources,{kind}", {"items": [made["item"]]})


@pytest.mark.parametrize("kind", [kind for kind in MADE if kind != "names"])
def test_the_same_again_is_another_row(api: Api, kind: str) -> None:
    assert a_row(api, kind)["id"] != a_row(api, kind)["id"]


def test_of_an_exact_name_there_is_one_row(api: Api) -> None:
    text = f"Name {uuid4()}"
    with ThreadPoolExecutor(8) as threads:
        ids = set(threads.map(lambda _: a_row(api, "names", name=text)["id"], range(16)))
    assert len(ids) == 1
    assert a_row(api, "names", name=text.upper())["id"] not in ids


@pytest.mark.parametrize("word", ["true", "TRUE", "1", "Yes"])
def test_a_tool_client_makes_marked_rows(api: Api, word: str) -> None:
    for kind in MADE:
        body = MADE[kind][0] | ({"name": f"mcp {uuid4()}"} if kind == "names" else {})
        row = api.done(f"/resources/{kind}", body, **{"X-MCP": word})["item"]
        assert (row["mcp"], row["generated"]) == (True, True)


@pytest.mark.parametrize("word", ["false", "0", "", "on"])
def test_any_other_word_marks_nothing(api: Api, word: str) -> None:
    row = api.done("/resources/voices", {"voice": "Vera"}, **{"X-MCP": word})["item"]
    assert (row["mcp"], row["generated"]) == (False, False)


@pytest.mark.parametrize("kind", READ_ONLY)
def test_what_is_read_only_cannot_be_made(api: Api, kind: str) -> None:
    assert api.post(f"/resources/{kind}", json={"name": "x"}).status_code in {404, 405}


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        pytest.param("names", {"name": None}, id="no-name"),
        pytest.param("names", {"name": "x" * 256}, id="long-name"),
        pytest.param("values", {"type": "vendor"}, id="type"),
        pytest.param("pricing", {"price": "free"}, id="price"),
        pytest.param("pricing", {"price": -1}, id="negative"),
        pytest.param("pricing", {"unit_value": 0}, id="no-units"),
        pytest.param("pricing", {"unit_category": "miles"}, id="category"),
        pytest.param("modalities", {"modality": "smell"}, id="modality"),
        pytest.param("qualities", {"quality": "superb"}, id="quality"),
        pytest.param("temperature_levels", {"temperature": "warm"}, id="temperature"),
        pytest.param("flags", {"icon": None}, id="icon"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_at_its_member(api: Api, kind: str, members: Json) -> None:
    reply = api.post(f"/resources/{kind}", json={**MADE[kind][0], **members})
    assert reply.status_code == 422
    assert reply.json()["detail"][0]["loc"] == ["body", *members]
    assert "x-invalidate-tags" not in reply.headers


def test_a_blank_name_is_refused(api: Api) -> None:
    assert api.post("/resources/names", json={"name": "  "}).status_code == 400


@pytest.mark.parametrize(
    ("role", "scopes", "kinds"),
    [
        pytest.param("admin", ["*"], set(MADE), id="admin"),
        pytest.param("member", ["*"], {"names", "descriptions"}, id="member"),
        pytest.param("viewer", ["*"], {"names", "descriptions"}, id="viewer"),
        pytest.param("admin", ["models:read"], {"names", "descriptions"}, id="reading-key"),
        pytest.param("admin", ["agents:read"], set(), id="other-key"),
    ],
)
def test_who_may_make_what(api: Api, role: str, scopes: list[str], kinds: set[str]) -> None:
    with client(api, role, scopes) as mine:
        statuses = {kind: mine.post(f"/resources/{kind}", json=MADE[kind][0]).status_code for kind in MADE}
        read = mine.post("/resources/voices/search", json={}).status_code
    assert statuses == {kind: 200 if kind in kinds else 403 for kind in MADE}
    assert read == (403 if scopes == ["agents:read"] else 200)


# Reading


def test_rows_are_read_in_the_order_asked_and_unknown_ones_left_out(api: Api) -> None:
    rows = [a_row(api, "voices") for _ in range(3)]
    ids = [rows[2]["id"], str(uuid4()), rows[0]["id"], a_row(api, "values")["id"], rows[1]["id"]]
    assert api.done("/resources/voices/get", {"ids": ids})["items"] == [rows[2], rows[0], rows[1]]
    assert api.done("/resources/voices/get", {"ids": []}) == {"items": []}


def test_another_workspaces_rows_are_not_there(api: Api, elsewhere: Api) -> None:
    for kind in MADE:
        row = a_row(elsewhere, kind)
        assert api.done(f"/resources/{kind}/get", {"ids": [row["id"]]}) == {"items": []}
        assert row["id"] not in {one["id"] for one in found(api, kind, limit_count=1000)}


@pytest.mark.parametrize("kind", [*MADE, *READ_ONLY])
@pytest.mark.parametrize(("path", "body"), [("get", {}), ("search", {"offset_count": -1}), ("get", {"ids": ["x"]})])
def test_a_request_that_does_not_fit_is_refused(api: Api, kind: str, path: str, body: Json) -> None:
    assert api.post(f"/resources/{kind}/{path}", json=body).status_code == 422
    assert api.post(f"/resources/{kind}/{path}").status_code == 422


# Finding


@pytest.mark.parametrize("kind", TEXTS)
def test_a_search_takes_any_case_and_wildcards_as_they_stand(api: Api, kind: str) -> None:
    mark = uuid4().hex
    ids = {text: a_row(api, kind, **{TEXTS[kind]: f"{text} {mark}"})["id"] for text in ("Ärger 5%", "ärmer_")}
    assert [one["id"] for one in found(api, kind, search=f"R 5% {mark}".upper())] == [ids["Ärger 5%"]]
    assert [one["id"] for one in found(api, kind, search=f"ä%{mark}")] == []
    assert {one["id"] for one in found(api, kind, search=mark)} == set(ids.values())
    assert found(api, kind, search=f"no such {mark}") == []


def test_pages_are_walked_without_skips_and_repeats(api: Api) -> None:
    mark = uuid4().hex
    rows = [a_row(api, "names", name=f"{n} {mark}") for n in range(5)]
    pages = [found(api, "names", search=mark, limit_count=2, offset_count=start) for start in (0, 2, 4, 6)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert [one for page in pages for one in page] == rows
    excluded = found(api, "names", search=mark, exclude_ids=[rows[0]["id"], rows[3]["id"]])
    assert excluded == [rows[1], rows[2], rows[4]]


@pytest.mark.parametrize("limit", [0, -1])
@pytest.mark.parametrize("kind", [*MADE, *READ_ONLY])
def test_a_limit_that_is_not_positive_finds_nothing(api: Api, kind: str, limit: int) -> None:
    assert found(api, kind, limit_count=limit) == []


def test_twenty_rows_are_shown_unless_more_are_asked_for(api: Api) -> None:
    assert len(found(api, "temperature_levels", limit_count=None)) == 20
    shown = [one["temperature"] for one in found(api, "temperature_levels", limit_count=2**31 - 1)]
    assert shown == sorted(shown)
    assert set(shown) >= {cents / 100 for cents in range(121)}


def test_temperatures_are_found_by_their_decimal_text(api: Api) -> None:
    shown = [one["temperature"] for one in found(api, "temperature_levels", search="1.1", limit_count=12)]
    assert shown == [1.1, 1.11, 1.12, 1.13, 1.14, 1.15, 1.16, 1.17, 1.18, 1.19]


def test_prices_are_in_the_order_of_their_ids(api: Api) -> None:
    ids = [one["id"] for one in found(api, "pricing", limit_count=1000)]
    assert ids == sorted(ids)


@pytest.mark.parametrize("kind", ["descriptions", "flags"])
def test_rows_without_text_are_never_found(api: Api, kind: str) -> None:
    row = a_row(api, "descriptions", description="")
    assert row["id"] not in {one["id"] for one in found(api, "descriptions", limit_count=1000)}
    assert api.done("/resources/descriptions/get", {"ids": [row["id"]]})["items"] == [row]
    assert found(api, kind, search=None, limit_count=1) != []


def test_every_kind_may_be_narrowed_by_its_own_members(api: Api) -> None:
    def told(kind: str, *members: str, **asked: Any) -> set[tuple[Any, ...]]:
        return {tuple(one[name] for name in members) for one in found(api, kind, limit_count=1000, **asked)}

    assert told("modalities", "is_input", is_input=True) == {(True,)}
    assert told("modalities", "modality", "is_input", modality="call") == {("call", True), ("call", False)}
    assert told("pricing", "pricing_type", pricing_type="cached") == {("cached",)}
    assert told("pricing", "unit_name", unit_names=["image", "second"]) == {("image",), ("second",)}
    assert told("pricing", "unit_name", unit_names=[]) > {("image",), ("second",)}
    assert told("flags", "name", "value", flag_type="model_active") == {("model_active", True), ("model_active", False)}
    assert told("names", "name", draft_id=str(uuid4()), suggest_source="x", search="no such") == set()


def test_the_seeds_are_there(api: Api) -> None:
    kinds = {kind: found(api, kind, limit_count=1000) for kind in {seed.kind.value for seed in SEEDS}}
    ids = {one["id"] for rows in kinds.values() for one in rows}
    assert ids >= {str(seed.id) for seed in SEEDS}
    assert {(one["role"], one["name"]) for one in kinds["roles"]} >= {
        ("superadmin", "Super Administrator"),
        ("admin", "Administrator"),
        ("instructional", "Instructional Staff"),
        ("member", "GTA"),
        ("member", "UTA"),
        ("guest", "Guest"),
        ("custom", "Benchmark"),
    }
    assert {one["icon_id"] for one in kinds["roles"]} == {None}


def test_a_second_read_answers_alike_and_so_does_one_past_the_cache(api: Api) -> None:
    row = a_row(api, "voices")
    replies = [
        api.post(path, json=body, headers=headers)
        for path, body in (("/resources/voices/get", {"ids": [row["id"]]}), ("/resources/voices/search", {}))
        for headers in ({}, {}, {"X-Bypass-Cache": "1"})
    ]
    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.content for reply in replies[:3]}) == len({reply.content for reply in replies[3:]}) == 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"search": "\\ud800"}', id="half-a-character"),
        pytest.param(b'{"search": "\\u0000"}', id="nul"),
        pytest.param(b'{"limit_count": 1e400}', id="infinite"),
        pytest.param(b'{"limit_count": 9223372036854775808}', id="too-large"),
        pytest.param(b'{"exclude_ids": "x"}', id="no-list"),
        pytest.param(b"[]", id="list"),
        pytest.param(b"{", id="no-json"),
        pytest.param(b"\xff", id="no-utf-8"),
    ],
)
def test_nonsense_is_refused_in_the_dialects_own_form(api: Api, body: bytes) -> None:
    reply = api.post("/resources/voices/search", content=body)
    assert reply.status_code == 422, reply.text
    assert {"loc", "msg", "type"} <= set(reply.json()["detail"][0])


def test_a_thousand_ids_may_be_read_and_left_out(api: Api) -> None:
    ids = [str(uuid4()) for _ in range(999)] + [a_row(api, "voices", voice="Vanda")["id"]]
    assert [one["voice"] for one in api.done("/resources/voices/get", {"ids": ids})["items"]] == ["Vanda"]
    assert found(api, "voices", search="Vanda", exclude_ids=ids) == []


# What models link


@pytest.mark.parametrize(
    ("kind", "member", "asked"),
    [
        ("names", "name_id", {}),
        ("descriptions", "description_id", {}),
        ("values", "value_ids", {}),
        ("voices", "voice_ids", {}),
        ("qualities", "quality_ids", {}),
        ("temperature_levels", "temperature_level_ids", {}),
        ("reasoning_levels", "reasoning_level_ids", {}),
        ("pricing", "pricing_ids", {}),
        ("modalities", "modality_ids", {"modality": "file"}),
        ("flags", "flag_ids", {}),
    ],
)
def test_what_a_model_links_is_told_from_what_none_does(api: Api, kind: str, member: str, asked: Json) -> None:
    texts = {TEXTS[kind]: f"linked {uuid4()}"} if kind in TEXTS else {}
    row, other = (a_row(api, kind, **{name: f"{n} {text}" for name, text in texts.items()}) for n in (1, 2))
    api.model(**{member: row["id"] if member.endswith("_id") else [row["id"]]})
    ids = {one["id"] for one in found(api, kind, model=True, limit_count=1000, **asked)}
    assert row["id"] in ids
    assert other["id"] not in ids or kind == "qualities"


def test_what_was_made_is_the_only_row_of_its_text(api: Api) -> None:
    text = f"only {uuid4()}"
    value, description = a_row(api, "values", value=text), a_row(api, "descriptions", description=text)
    api.model(name=text, value_ids=[value["id"]], description_id=description["id"])
    assert found(api, "values", search=text) == [value]
    assert found(api, "descriptions", search=text) == [description]


def test_providers_and_departments_are_found_as_forms_show_them(api: Api) -> None:
    first = str(default_department(UUID(api.workspace.removeprefix("workspace_"))))
    departments = found(api, "departments")
    assert [(one["id"], one["name"], one["department_ids"]) for one in departments] == [(first, "Default", [first])]
    assert set(departments[0]) == {
        *("id", "created_at", "active", "mcp", "generated"),
        *("name", "description", "department_ids", "setting_ids", "is_primary"),
    }
    providers = found(api, "providers", search="SIM")
    assert [one["value"] for one in providers] == ["llmsim"]
    assert set(providers[0]) == {
        *("id", "created_at", "active", "mcp", "generated"),
        *("name", "description", "department_ids", "value", "endpoint"),
    }
    for kind, rows in (("departments", departments), ("providers", providers)):
        read = api.post(f"/resources/{kind}/get", json={"ids": [str(uuid4()), rows[0]["id"]]})
        assert (read.headers["x-cache-tags"], read.json()) == (f"resources,{kind}", {"items": rows})
        assert found(api, kind, exclude_ids=[one["id"] for one in found(api, kind)]) == []


def test_providers_are_narrowed_by_departments_and_by_use(api: Api) -> None:
    (department,) = found(api, "departments")
    made = api.done(
        "/artifacts/providers/create", {"providers": [{"name": "Narrowed", "department_ids": [department["id"]]}]}
    )
    (result,) = made["results"]
    assert [one["id"] for one in found(api, "providers", department_ids=[department["id"]])] == [result["provider_id"]]
    assert result["provider_id"] not in {one["id"] for one in found(api, "providers", model=True)}
    api.model(provider_ids=[result["provider_id"]])
    assert result["provider_id"] in {one["id"] for one in found(api, "providers", model=True)}
    assert found(api, "departments", setting_ids=[str(uuid4())]) == []
    assert found(api, "departments", department_ids=[str(uuid4())]) == []
