"""Schemathesis over every document: no 5xx, and no answer outside of what the document says.

The suite's run has at least 5,000 cases; ``make fuzz`` is the long one (``ARMILLARY_FUZZ=long``). The documents are
handed over with real ids of the server among the values of each path parameter, so that the cases go past 404.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers import Server, running

DIALECTS = ("everruns", "cadenya", "artifacts", "native")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
_LONG = os.environ.get("ARMILLARY_FUZZ") == "long"
#: A sync asks whatever address a fuzzed provider has: that it does not answer is a 502 by the contract
#: (contracts/everruns.md, 3.1), and no failure of ours.
_ASKING = "^sync_provider_models$"
#: These end keys, the fuzzer's own among them: they come last.
_ENDING = "^((delete|rotate|disable)_(global_|workspace_)?(api_)?key|put_.*rotation|(remove|delete)_api_key_workspace)$"
_PASSES = (
    (CHECKS, ("--exclude-operation-id-regex", f"{_ASKING}|{_ENDING}")),
    (CHECKS[1:], ("--include-operation-id-regex", _ASKING)),
    (CHECKS, ("--include-operation-id-regex", _ENDING)),
)
#: Per operation and phase. Of the operations of four documents more than half are Artifacts', five kinds of one form:
#: each kind need not be tried as often as what there is one of.
_EXAMPLES = dict.fromkeys(DIALECTS, 400 if _LONG else 30) | ({} if _LONG else {"artifacts": 8})
#: 5,000 in all without Artifacts.
_LEAST = {"everruns": 700, "cadenya": 3_000, "artifacts": 6_000, "native": 1_300}


@pytest.fixture
def fuzzed(tmp_path: Path) -> Iterator[Server]:
    """A server that may be left in ruins."""
    with running(tmp_path / "data", f"sqlite:///{tmp_path / 'data' / 'armillary.db'}") as server:
        yield server


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("sound")
    with running(data, f"sqlite:///{data / 'armillary.db'}") as server:
        yield server


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_input_makes_a_5xx_or_leaves_its_schema(
    fuzzed: Server, dialect: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    cases = _fuzz(fuzzed, _own_key(fuzzed), dialect, tmp_path)
    record_property("cases", cases)
    assert cases >= _LEAST[dialect]
    assert _refused_at_the_door(fuzzed) < 0.25


def _own_key(server: Server) -> str:
    """A key of the fuzzer's own: it rotates and disables the account's, which has no random id."""
    body = {"name": "fuzzer", "role": "owner", "scopes": ["*"], "all_workspaces": True}
    with server.client() as client:
        reply = client.post("/armillary/v1/keys", json=body)
    assert reply.status_code == 201, reply.text
    token: str = reply.json()["token"]
    return token


def _refused_at_the_door(server: Server) -> float:
    """The share of requests that were answered 401: were it large, the fuzzer would have seen nothing."""
    counts: dict[bool, float] = {True: 0, False: 0}
    for line in httpx.get(f"{server.url}/metrics").text.splitlines():
        if line.startswith("armillary_http_requests_total{"):
            counts['status="401"' in line] += float(line.rpartition(" ")[2])
    return counts[True] / (counts[True] + counts[False])


def _fuzz(server: Server, key: str, dialect: str, folder: Path) -> int:
    document = folder / f"{dialect}.json"
    told = httpx.get(f"{server.url}/openapi/{dialect}.json").json()
    document.write_text(json.dumps(_with_real_ids(server, told)))
    return sum(_run(server, key, document, *arguments) for arguments in _PASSES)


def _run(server: Server, key: str, document: Path, checks: tuple[str, ...], chosen: tuple[str, ...]) -> int:
    examples = _EXAMPLES[document.stem]
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(document), "--url", server.url]
    command += ["--checks", ",".join(checks), "--max-examples", str(examples), "--seed", "20261122", *chosen]
    command += ["--phases", "coverage,fuzzing", "--header", f"Authorization: Bearer {key}", "--no-color"]
    command += ["--request-timeout", "60", "--warnings", "off", "--suppress-health-check", "all"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=document.parent, check=False)
    if "Operations:       0 selected" in done.stdout:
        return 0  # this document has none of them
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:] + server.output.read_text()[-2_000:]
    return _cases(done.stdout)


def _cases(output: str) -> int:
    """How many cases ran, as the summary tells."""
    words = [line for line in output.splitlines() if "generated" in line]
    return int("".join(character for character in words[-1].split("generated")[0] if character.isdigit()))


def _with_real_ids(server: Server, document: dict[str, Any]) -> dict[str, Any]:
    known = _known(server)
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                values = known.get(parameter["name"])
                if parameter["in"] == "path" and values:
                    parameter["schema"] = {"anyOf": [{"enum": values}, parameter["schema"]]}
    linked = _linked(server)
    for schema in document["components"]["schemas"].values():
        for name, member in schema.get("properties", {}).items():
            schema["properties"][name] = _among(linked[name], member) if name in linked else member
    return document


def _among(values: list[str], schema: Any) -> Any:
    """The schema with real ids among the values of each UUID in it."""
    if isinstance(schema, dict):
        if schema.get("format") == "uuid":
            return {"anyOf": [{"enum": values}, schema]}
        return {name: _among(values, value) for name, value in schema.items()}
    return [_among(values, value) for value in schema] if isinstance(schema, list) else schema


def _linked(server: Server) -> dict[str, list[str]]:
    """Real ids by the names of the members of bodies that Artifacts takes them in."""
    with server.client() as client:
        form = client.post("/api/v5/artifacts/models/get", json={}).json()
        models = client.post("/api/v5/artifacts/models/search", json={"page_size": 5}).json()["models"]
        names = client.post("/api/v5/resources/names/search", json={"limit_count": 5}).json()["items"]
    offered = {
        member: [one.get("id") or one["flag_option_id"] for one in form[section]["resources"][:5]]
        for section, member in (
            ("values", "value_ids"),
            ("providers", "provider_ids"),
            ("departments", "department_ids"),
            ("modalities", "modality_ids"),
            ("pricing", "pricing_ids"),
            ("voices", "voice_ids"),
            ("flags", "flag_ids"),
        )
    }
    known = [one["model_id"] for one in models]
    return {
        **{member: ids for member, ids in offered.items() if ids},
        "model_id": known,
        "model_ids": known,
        "provider_id": offered["provider_ids"],
        "department_id": offered["department_ids"],
        "name_id": [one["id"] for one in names],
    }


def _known(server: Server) -> dict[str, list[str]]:
    """Real values, in each dialect's spelling, by the names of path parameters."""
    with server.client() as client:
        everruns = client.get("/api/v1/models").json()["data"][-3:]
        models = client.get("/v1/workspaces/default/models?limit=3").json()["items"]
        keys = client.get("/v1/workspaces/default/ai_provider_keys").json()["items"]
        draft = client.patch("/api/v5/artifacts/models/draft", json={"name": "A draft"}).json()["draft_id"]
    return {
        "model_id": [each["id"] for each in everruns] + [each["metadata"]["id"] for each in models],
        "id": [each["metadata"]["id"] for each in models],
        "draft_id": [draft],
        "provider_id": [each["provider_id"] for each in everruns],
        "workspace_id": ["default", "workspace_00000000000000000000000001"],
        "workspaceId": ["default", "workspace_00000000000000000000000001"],
        "ai_provider_key_id": [each["metadata"]["id"] for each in keys],
        "aiProviderKeyId": [each["metadata"]["id"] for each in keys],
    }


@pytest.mark.parametrize(
    ("path", "prefix"),
    [
        pytest.param("/api/v1/providers", "everruns", id="everruns"),
        pytest.param("/v1/workspaces/default/ai_provider_keys", "cadenya", id="cadenya"),
        pytest.param("/api/v5/resources/names", "artifacts", id="artifacts"),
        pytest.param("/armillary/v1/keys", "native", id="native"),
    ],
)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"x" * (1024 * 1024 + 1), 413, id="oversized"),
        pytest.param(b"[" * 200_000, 400, id="deep"),
        pytest.param(b'{"name": ' + b"9" * 6_000 + b"}", 400, id="huge-integer"),
        pytest.param(b'{"name": "\xff\xfe"}', 400, id="bad-utf-8"),
        pytest.param(b'{"name": "a\\u0000b"}', 400, id="nul"),
        pytest.param(b'{"name": "\\ud800"}', 400, id="lone-surrogate"),
        pytest.param(b"<xml/>", 400, id="not-json"),
        pytest.param(b"null", 400, id="null"),
        pytest.param(b"[]", 400, id="array"),
        pytest.param(b'{"name": NaN}', 400, id="nan"),
    ],
)
def test_bad_bodies_are_refused_in_the_dialects_envelope(
    sound: Server, path: str, prefix: str, body: bytes, status: int
) -> None:
    headers = {"Authorization": f"Bearer {sound.key}", "Content-Type": "application/xml"}
    reply = httpx.post(sound.url + path, content=body, headers=headers)
    # Everruns answers 400 where a size limit is broken (contracts/everruns.md, 1.9, "Limits"); Artifacts answers 422
    # where a body is not what it has to be (contracts/artifacts.md, 1.5).
    told = {"everruns": 400, "artifacts": 422 if status == 400 else status}
    assert reply.status_code == told.get(prefix, status), reply.text
    member = {"everruns": "error", "cadenya": "message", "artifacts": "detail", "native": "detail"}[prefix]
    assert member in reply.json()
