from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from armillary.server.logs import masked
from tests.servers import running
from tests.wire import a_provider, answered

CREDENTIAL = "sk-logged-0123456789abcdef"


def events(output: Path) -> list[dict[str, Any]]:
    """What a server logged: every line but its welcome is one JSON object."""
    return [json.loads(line) for line in output.read_text().splitlines() if line.startswith("{")]


def test_a_write_and_a_refusal_leave_one_event_each_and_a_read_leaves_none(tmp_path: Path) -> None:
    with running(tmp_path, "") as server, server.client() as client:
        written = client.post("/api/v1/providers", json={"name": "A provider", "provider_type": "openai"})
        missing = client.get("/armillary/v1/nothing/here?token=hunter2")
        answered(client.get("/api/v1/models"))
        output = server.output
    told = {event["request_id"]: event for event in events(output) if event["event"] == "request"}
    assert set(told) == {written.headers["x-request-id"], missing.headers["x-request-id"]}
    event = told[written.headers["x-request-id"]]
    assert event | {"duration_ms": 0, "timestamp": ""} == {
        "event": "request",
        "level": "info",
        "timestamp": "",
        "request_id": written.headers["x-request-id"],
        "method": "POST",
        "path": "/api/v1/providers",
        "dialect": "everruns",
        "operation": "create_provider",
        "status": 201,
        "error": None,
        "duration_ms": 0,
    }
    assert told[missing.headers["x-request-id"]]["error"] == "RouteNotFound"
    assert "hunter2" not in output.read_text()


def test_a_change_record_carries_the_id_of_its_request(tmp_path: Path) -> None:
    with running(tmp_path, "") as server, server.client() as client:
        written = client.post("/api/v1/providers", json={"name": "A provider", "provider_type": "openai"})
        changes = answered(client.get("/armillary/v1/changes?limit=1"))["data"]
    assert changes[0]["request_id"] == written.headers["x-request-id"]


@pytest.mark.parametrize("level", ["debug", "info"])
def test_no_secret_reaches_the_log(tmp_path: Path, level: str) -> None:
    with running(tmp_path, "", ARMILLARY_LOG_LEVEL=level) as server, server.client() as client:
        provider = a_provider(client, api_key=CREDENTIAL)
        client.patch(f"/api/v1/providers/{provider}", json={"api_key": CREDENTIAL, "nonsense": CREDENTIAL})
        client.post("/api/v1/providers", content=f'{{"api_key": "{CREDENTIAL}"')
        client.get(f"/api/v1/models?api_key={CREDENTIAL}")
        client.get("/api/v1/models", headers={"Authorization": f"Bearer {CREDENTIAL}"})
        client.post("/armillary/v1/keys", json={"name": "logged", "scopes": ["*"]})
        output = server.output
    text = output.read_text()
    assert CREDENTIAL not in text
    assert server.key not in text
    assert "arm_" not in text


@pytest.mark.parametrize(
    ("event", "seen"),
    [
        ({"token": "anything"}, {"token": "•"}),
        ({"sentence": "the key arm_0123456789abcdefgh failed"}, {"sentence": "the key • failed"}),
        ({"path": "/models/gpt-4"}, {"path": "/models/gpt-4"}),
        ({"count": 3}, {"count": 3}),
    ],
)
def test_what_looks_like_a_secret_is_blanked(event: dict[str, Any], seen: dict[str, Any]) -> None:
    assert masked(None, "info", dict(event)) == seen
