"""The dialect's description of itself. Source: contracts/artifacts.md, 2.9 and 5.8; decision 21."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dialects.artifacts.people import MODELS, ROLES, House, Json, a_house
from tests.servers import Server

RESOURCES = (
    "names",
    "descriptions",
    "departments",
    "flags",
    "modalities",
    "pricing",
    "providers",
    "qualities",
    "reasoning_levels",
    "temperature_levels",
    "values",
    "voices",
)
DRAFT_LINKS = (*RESOURCES, "profiles")


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[House]:
    with a_house(server) as made:
        yield made


@pytest.fixture(scope="module")
def docs(house: House) -> Json:
    return house.root.done(f"{MODELS}/docs")


def names(parts: list[Json]) -> list[str]:
    return [part["name"] for part in parts]


def params(part: Json, operation: str) -> dict[str, Json]:
    found = next(one for one in part["operations"] if one["name"] == operation)
    return {one["name"]: one for one in found["params"]}


def test_the_artifact_is_its_table_and_five_operations(docs: Json) -> None:
    artifact = docs["artifact"]
    assert (artifact["name"], artifact["type"], artifact["materialized_view"]) == ("model", "artifact", None)
    assert artifact["description"]
    assert names(artifact["tables"]) == ["model_artifact"]
    columns = {column["name"] for column in artifact["tables"][0]["columns"]}
    assert columns == {"created_at", "updated_at", "id", "generated", "mcp", "active"}
    operations = ["create_model", "update_model", "get_models", "search_models", "delete_models"]
    assert names(artifact["operations"]) == operations
    assert {"search", "limit_count", "offset_count"} <= params(artifact, "search_models").keys()


def test_the_drafts_are_a_view_and_its_tables(docs: Json) -> None:
    (entry,) = docs["entries"]
    assert (entry["name"], entry["type"]) == ("model_drafts", "entry")
    view = entry["materialized_view"]
    assert view["name"] == "model_drafts_mv"
    assert view["definition"]
    assert {"id", "version", "created_at", "generated", "mcp", "active", "group_id", "session_id"} == set(
        names(view["columns"])
    )
    expected = {"model_drafts_entry", *(f"model_drafts_{link}_connection" for link in DRAFT_LINKS)}
    assert (set(names(entry["tables"])), len(entry["tables"])) == (expected, 14)
    assert names(entry["operations"]) == [
        "create_model_draft",
        "refresh_model_drafts",
        "get_model_drafts",
        "search_model_drafts",
    ]
    assert {"group_id", "session_id"} <= params(entry, "create_model_draft").keys()
    searched = {"group_ids", "session_ids", "date_from", "date_to", "mcp"}
    assert searched <= params(entry, "search_model_drafts").keys()


def test_each_resource_has_its_table_and_three_operations(docs: Json) -> None:
    assert names(docs["resources"]) == list(RESOURCES)
    for part in docs["resources"]:
        kind = part["name"]
        assert (part["type"], part["materialized_view"]) == ("resource", None)
        assert part["description"]
        assert names(part["tables"]) == [f"{kind}_resource"]
        creating, getting, searching = names(part["operations"])
        assert creating.startswith("create_")
        assert (getting, searching) == (f"get_{kind}", f"search_{kind}")
        assert {"search", "limit_count", "offset_count"} <= params(part, f"search_{kind}").keys()


def test_an_operation_tells_what_it_takes_and_gives(docs: Json) -> None:
    every = [
        *docs["permissions"],
        *docs["api_operations"],
        *(one for part in (docs["artifact"], *docs["entries"], *docs["resources"]) for one in part["operations"]),
    ]
    for operation in every:
        assert set(operation) == {"name", "description", "params", "returns"}
        assert operation["description"]
        for param in operation["params"]:
            assert set(param) == {"name", "type", "required", "default"}
            assert param["name"] not in {"conn", "connection", "tx", "db"}
            assert not (param["required"] and param["default"] is not None)
    typed = [operation["returns"] for operation in every if operation["returns"] is not None]
    assert typed
    assert all(set(returns) == {"type", "schema"} for returns in typed)
    draft = params(docs["entries"][0], "create_model_draft")
    assert draft["group_id"]["required"] is True
    assert "UUID" in draft["group_id"]["type"]


def test_permissions_and_operations_are_all_told(docs: Json) -> None:
    assert names(docs["permissions"]) == [
        "has_access",
        "compute_can_edit",
        "compute_can_delete",
        "compute_can_duplicate",
        "compute_can_create",
        "compute_can_draft",
    ]
    assert names(docs["api_operations"]) == [
        "get_model",
        "search_model",
        "create_model",
        "update_model",
        "duplicate_model",
        "delete_model",
        "patch_model_draft",
        "export_models",
        "get_model_drafts",
        "get_model_docs_endpoint",
        "model_refresh",
    ]


def test_an_entity_leads_its_own_pages_title_alone(house: House, docs: Json) -> None:
    model = house.root.model(name="Titled")
    named = house.root.done(f"{MODELS}/docs", {"entity_id": model})["page_metadata"]
    plain = docs["page_metadata"]
    assert named["detail"]["title"] == f"Titled {plain['detail']['title']}"
    assert (named["list"], named["new"]) == (plain["list"], plain["new"])
    assert all(page["description"] for page in plain.values())


@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_told_the_same(house: House, docs: Json, role: str) -> None:
    assert house.person(role).done(f"{MODELS}/docs") == docs


@pytest.mark.parametrize("kind", ["provider", "department", "agent", "profile"])
def test_other_kinds_describe_themselves_too(house: House, kind: str) -> None:
    told = house.root.done(f"/api/v5/artifacts/{kind}s/docs")
    assert (told["name"], told["type"], names(told["entries"])) == (kind, "artifact", [f"{kind}_drafts"])
