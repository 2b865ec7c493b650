"""The OpenAPI documents: valid, whole, and the same as served; and the page that shows them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from armillary.dialects._kit import openapi
from armillary.server.app import DIALECTS
from tests.servers import Server, running

NAMES = ["", *(dialect.name for dialect in DIALECTS)]
METHODS = {"get", "post", "put", "patch", "delete"}


def written(name: str) -> dict[str, Any]:
    """The document of a dialect, or of all of them; as JSON has it."""
    documents = [(one, openapi.document(one)) for one in DIALECTS if name in {"", one.name}]
    document = documents[0][1] if name else openapi.merged(documents)
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document))
    return plain


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        assert set(methods) <= METHODS
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def inside(value: object) -> Iterator[dict[str, Any]]:
    """Every object within a JSON value."""
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from inside(member)
    elif isinstance(value, list):
        for element in value:
            yield from inside(element)


@pytest.fixture(params=NAMES, ids=lambda name: name or "all")
def document(request: pytest.FixtureRequest) -> dict[str, Any]:
    return written(request.param)


def test_a_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_operation_says_what_it_does_and_how_it_refuses(document: dict[str, Any]) -> None:
    for place, operation in operations(document):
        assert operation["summary"].strip().endswith((".", ":")), place
        refusal = operation["responses"]["default"]
        assert all("$ref" in content["schema"] for content in refusal["content"].values()), place
        assert any(status.startswith("2") for status in operation["responses"]), place


def test_every_reference_resolves_and_every_schema_is_used(document: dict[str, Any]) -> None:
    references = {one["$ref"] for one in inside(document) if isinstance(one.get("$ref"), str)}
    schemas = document["components"]["schemas"]
    assert references == {f"#/components/schemas/{name}" for name in schemas}
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in schemas)


def test_an_operations_id_is_its_own(document: dict[str, Any]) -> None:
    counts = Counter(operation["operationId"] for _, operation in operations(document))
    assert {name for name, count in counts.items() if count > 1} == set()


def test_no_two_paths_are_the_same_but_for_their_parameters_names(document: dict[str, Any]) -> None:
    counts = Counter(re.sub(r"\{\w+\}", "{}", path) for path in document["paths"])
    assert {path for path, count in counts.items() if count > 1} == set()


def test_every_parameter_of_a_path_is_told(document: dict[str, Any]) -> None:
    for place, operation in operations(document):
        told = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
        assert sorted(told) == sorted(re.findall(r"\{(\w+)\}", place)), place


def test_a_query_has_no_null(document: dict[str, Any]) -> None:
    for place, operation in operations(document):
        for parameter in operation["parameters"]:
            kinds = parameter["schema"].get("anyOf", [parameter["schema"]])
            assert {"type": "null"} not in kinds, (place, parameter["name"])


def test_descriptions_keep_no_indentation(document: dict[str, Any]) -> None:
    texts = [one["description"] for one in inside(document) if isinstance(one.get("description"), str)]
    assert [text for text in texts if "\n    " in text] == []


def test_one_document_holds_every_dialects_operations() -> None:
    counts = [sum(1 for _ in operations(written(name))) for name in NAMES]
    assert counts[0] == sum(counts[1:])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("documents")
    with running(data, f"sqlite:///{data / 'armillary.db'}") as started:
        yield started


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name or "all")
def test_the_server_serves_what_is_written(server: Server, name: str) -> None:
    with server.client() as client:
        reply = client.get(f"/openapi/{name}.json" if name else "/openapi.json", headers={"Authorization": ""})
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    assert reply.json() == written(name)


def test_a_dialect_that_is_not_there_has_no_document(server: Server) -> None:
    with server.client() as client:
        reply = client.get("/openapi/klingon.json")
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


def test_the_page_needs_nothing_from_elsewhere(server: Server) -> None:
    with server.client() as client:
        reply = client.get("/docs")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["content-security-policy"].startswith("default-src 'self' 'unsafe-inline'")
    assert reply.text == files("armillary.server").joinpath("docs.html").read_text(encoding="utf-8")
    assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+|@import|url\(|<link|<img|innerHTML|eval\(", reply.text) == []


def test_the_page_is_small() -> None:
    page = files("armillary.server").joinpath("docs.html")
    assert isinstance(page, Path)
    assert page.stat().st_size < 32 * 1024
