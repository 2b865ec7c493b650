"""A model assembled end to end through the API alone. Source: contracts/artifacts.md, 3.8."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.dialects.artifacts.people import MODELS, Json, Person, linked
from tests.servers import running

LEVELS = ("modalities", "temperature_levels", "reasoning_levels", "qualities", "voices", "pricing", "flags")


def searched(person: Person, kind: str) -> str:
    """The first row of a kind that a search finds."""
    found: str = person.done(f"/api/v5/resources/{kind}/search", {"limit_count": 1})["items"][0]["id"]
    return found


def flag_row(person: Person) -> str:
    rows = person.done("/api/v5/resources/flags/search", {"search": "model_active", "limit_count": 50})["items"]
    found: str = next(row["id"] for row in rows if row["name"] == "model_active" and row["value"])
    return found


def members(form_state: Json) -> Json:
    return {name: value for name, value in form_state.items() if value}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_model_is_assembled_locked_freed_exported_and_deleted_on_a_fresh_server(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        _recipe(tmp_path, f"sqlite:///{tmp_path / 'armillary.db'}")
        return
    new_database: Callable[[], Any] = request.getfixturevalue("new_postgres_database")
    with new_database() as url:
        _recipe(tmp_path, url)


def _recipe(data: Path, url: str) -> None:
    with running(data, url) as server, Person(server, "", "", **{"X-Api-Key": server.key}) as person:
        rows = _rows(person)
        draft, state = _drafted(person, rows)
        _is_shown(person.form(draft=draft), rows)
        (result,) = person.done(f"{MODELS}/create", {"models": [members(state)]})["results"]
        model = result["model_id"]
        (listed,) = person.search("Recipe model")["models"]
        assert (listed["model_id"], listed["provider_name"]) == (model, "Recipe provider")
        assert listed["department_ids"] == rows["departments"]
        _is_locked_while_used(person, model)
        assert _exported(person, model)["voices"] == "alloy"
        person.done(f"{MODELS}/delete", {"model_ids": [model]})
        assert person.post(f"{MODELS}/get", json={"model_id": model}).status_code == 404


def _rows(person: Person) -> dict[str, list[str]]:
    department = person.made("department", name="Recipe department")
    provider_value = person.row("values", value="openai", type="provider")
    provider = person.made("provider", name="Recipe provider", value_ids=[provider_value], department_ids=[department])
    rows = {
        "departments": [department],
        "providers": [provider],
        "values": [person.row("values", value="gpt-x")],
        **{kind: [searched(person, kind)] for kind in LEVELS},
        "flags": [flag_row(person)],
    }
    offered = person.form()
    # of values and prices the form offers the first twenty alone, and the catalogue comes with more
    for section in ("departments", "providers", "voices", "qualities", "modalities", "flags"):
        assert set(rows[section]) <= {one.get("id", one.get("flag_option_id")) for one in offered[section]["resources"]}
    return rows


def _drafted(person: Person, rows: dict[str, list[str]]) -> tuple[str, Json]:
    body: Json = {
        "name": "Recipe model",
        "description": "made step by step",
        "department_ids": rows["departments"],
        "provider_ids": rows["providers"],
        "value_ids": rows["values"],
        "modality_ids": rows["modalities"],
        "temperature_level_ids": rows["temperature_levels"],
        "reasoning_level_ids": rows["reasoning_levels"],
        "quality_ids": rows["qualities"],
        "voice_ids": rows["voices"],
        "pricing_ids": rows["pricing"],
        "flag_ids": rows["flags"],
    }
    saved = person.patch(f"{MODELS}/draft", json=body)
    assert (saved.status_code, saved.json()["new_version"]) == (200, 1), saved.text
    return saved.json()["draft_id"], saved.json()["form_state"]


def _is_shown(form: Json, rows: dict[str, list[str]]) -> None:
    assert form["draft_version"] == 1
    assert form["names"]["resource"]["name"] == "Recipe model"
    assert form["descriptions"]["resource"]["description"] == "made step by step"
    for section in ("providers", "values"):
        assert form[section]["resource"]["id"] == rows[section][0], section
    for section in ("departments", *LEVELS):
        assert linked(form, section) == rows[section], section


def _is_locked_while_used(person: Person, model: str) -> None:
    agent = person.made("agent", name="Recipe agent", model_ids=[model])
    form = person.form(model)
    assert form["can_edit"] is False
    assert form["disabled_reason"]
    assert person.post(f"{MODELS}/update", json={"models": [{"model_id": model}]}).status_code == 403
    assert person.post(f"{MODELS}/delete", json={"model_ids": [model]}).status_code == 403
    assert person.post(f"{MODELS}/duplicate", json={"model_id": model}).status_code == 200
    person.done("/api/v5/artifacts/agents/delete", {"agent_ids": [agent]})
    assert person.form(model)["can_edit"] is True


def _exported(person: Person, model: str) -> dict[str, str]:
    export = person.done(f"{MODELS}/export")
    text = person.get(f"/uploads/{export['upload_id']}/download").content.decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == export["row_count"]
    return next(row for row in rows if row["model_id"] == model)
