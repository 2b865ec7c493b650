from __future__ import annotations

from typing import Any

import msgspec
import pytest

from armillary.dialects.artifacts import dialect
from armillary.dialects.artifacts.mapping.docs import composed
from armillary.domain.assemblies import SLOTS, Kind

EM_DASH = "\N{EM DASH}"


def docs(kind: Kind = Kind.MODEL, name: str = "") -> dict[str, Any]:
    written = msgspec.json.encode(composed(kind, dialect.router.operations, name))
    plain: dict[str, Any] = msgspec.json.decode(written)
    return plain


def names(several: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in several]


def params(operations: list[dict[str, Any]], name: str) -> dict[str, dict[str, Any]]:
    found = next(one for one in operations if one["name"] == name)
    return {one["name"]: one for one in found["params"]}


def test_the_model_itself() -> None:
    told = docs()
    assert (told["name"], told["type"]) == ("model", "artifact")
    assert all(slot.value.replace("_", " ") in told["description"] for slot in SLOTS[Kind.MODEL])
    model = told["artifact"]
    assert (model["name"], model["type"], bool(model["description"])) == ("model", "artifact", True)
    assert names(model["tables"]) == ["model_artifact"]
    columns = ["created_at", "updated_at", "id", "generated", "mcp", "active"]
    assert names(model["tables"][0]["columns"]) == columns
    assert names(model["operations"]) == [
        "create_model",
        "update_model",
        "get_models",
        "search_models",
        "delete_models",
    ]
    assert {"search", "limit_count", "offset_count"} <= set(params(model["operations"], "search_models"))


def test_its_drafts() -> None:
    (drafts,) = docs()["entries"]
    assert (drafts["name"], drafts["type"]) == ("model_drafts", "entry")
    view, tables = drafts["materialized_view"], names(drafts["tables"])
    assert (view["name"], bool(view["definition"])) == ("model_drafts_mv", True)
    assert names(view["columns"]) == [
        "id",
        "version",
        "created_at",
        "generated",
        "mcp",
        "active",
        "group_id",
        "session_id",
    ]
    assert tables[:1] == ["model_drafts_entry"]
    assert sorted(tables[1:]) == [
        f"model_drafts_{one}_connection" for one in sorted({*(slot.value for slot in SLOTS[Kind.MODEL]), "profiles"})
    ]
    assert names(drafts["operations"]) == [
        "create_model_draft",
        "refresh_model_drafts",
        "get_model_drafts",
        "search_model_drafts",
    ]
    assert {"group_id", "session_id"} <= set(params(drafts["operations"], "create_model_draft"))
    searched = params(drafts["operations"], "search_model_drafts")
    assert {"group_ids", "session_ids", "date_from", "date_to", "mcp"} <= set(searched)


def test_what_it_links() -> None:
    resources = docs()["resources"]
    assert names(resources) == [
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
    ]
    for one in resources:
        assert (one["type"], one["materialized_view"], bool(one["description"])) == ("resource", None, True)
        assert names(one["tables"]) == [f"{one['name']}_resource"]
        assert len(one["operations"]) == 3
        assert {"search", "limit_count", "offset_count"} <= set(params(one["operations"], f"search_{one['name']}"))
    singulars = {one["name"]: one["operations"][0]["name"] for one in resources}
    assert (singulars["qualities"], singulars["pricing"]) == ("create_quality", "create_pricing")
    assert singulars["temperature_levels"] == "create_temperature_level"


def test_who_may_do_what() -> None:
    assert names(docs()["permissions"]) == [
        "has_access",
        "compute_can_edit",
        "compute_can_delete",
        "compute_can_duplicate",
        "compute_can_create",
        "compute_can_draft",
    ]


def test_the_operations_are_those_that_are_served() -> None:
    told = docs()["api_operations"]
    served = [one.name for one in dialect.router.operations if one.path.startswith("/artifacts/models/")]
    assert sorted(names(told)) == sorted(served)
    assert all(one["description"] for one in told)


def test_an_operation_tells_what_it_takes_and_answers() -> None:
    told = docs()["api_operations"]
    copied = params(told, "duplicate_model")["model_id"]
    assert copied == {"name": "model_id", "type": "UUID", "required": True, "default": None}
    asked = params(told, "get_model")["draft_id"]
    assert asked == {"name": "draft_id", "type": "UUID | None", "required": False, "default": None}
    refreshed = next(one for one in told if one["name"] == "model_refresh")
    assert (refreshed["params"], refreshed["returns"]["type"]) == ([], "Refreshed")
    assert refreshed["returns"]["schema"]["$defs"]["Refreshed"]["required"]


@pytest.mark.parametrize(
    ("name", "title"), [("", f"{EM_DASH} Model"), ("gpt-x", f"gpt-x {EM_DASH} Model")], ids=["none", "named"]
)
def test_the_pages_are_called_after_the_model(name: str, title: str) -> None:
    pages = docs(name=name)["page_metadata"]
    assert (pages["list"]["title"], pages["new"]["title"], pages["detail"]["title"]) == ("Models", "New Model", title)
    assert all(page["description"] for page in pages.values())


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_describes_itself(kind: Kind) -> None:
    told = docs(kind)
    assert told["name"] == kind
    assert len(told["resources"]) == len(SLOTS[kind])
