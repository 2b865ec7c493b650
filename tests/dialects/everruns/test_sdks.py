"""The vendor's own clients, unmodified, against the running server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.dialects.everruns.conftest import Api, Office
from tests.servers import Server

SDKS = Path(__file__).parents[3] / ".sdks"
NEWEST, OLDEST = "0.3.1", "0.1.10"


def _run(version: str, script: str, server: Server, **environment: str) -> Any:
    """What the script prints as JSON, run with one release of the client."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("EVERRUNS_")}
    given = {
        "PYTHONPATH": str(SDKS / f"everruns-sdk=={version}"),
        "EVERRUNS_API_KEY": server.key,
        "EVERRUNS_API_URL": f"{server.url}/api",
        **environment,
    }
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", _PRELUDE + script]
    done = subprocess.run(command, env={**inherited, **given}, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


_PRELUDE = """
import asyncio, inspect, json
import everruns_sdk
from everruns_sdk import Everruns
from everruns_sdk.errors import ApiError

def told(error):
    return [type(error).__name__, error.status_code, error.code, error.message]

async def outcome(call):
    try:
        await call
    except ApiError as error:
        return told(error)
    return ["answered"]
"""


def test_models_are_listed_and_read(api: Api, server: Server) -> None:
    made = api.model(capabilities=["chat", "tools"], enabled=True, is_favorite=True)
    script = """
async def main():
    async with Everruns() as client:
        listed = await client.models.list()
        one = await client.models.get(MODEL)
        print(json.dumps([len(listed), MODEL in [each.id for each in listed], one.model_dump(exclude_none=True)]))
asyncio.run(main())
""".replace("MODEL", repr(made["id"]))
    count, is_listed, read = _run(NEWEST, script, server, EVERRUNS_ORG_ID=f"org_{api.workspace.hex}")
    assert (count, is_listed) == (api.get("/models").json()["total"], True)
    assert read == {name: made[name] for name in read}


def test_every_seeded_model_is_understood_whole(api: Api, server: Server) -> None:
    script = """
async def main():
    async with Everruns() as client:
        print(json.dumps([each.model_dump(exclude_none=True) for each in await client.models.list()]))
asyncio.run(main())
"""
    read = _run(NEWEST, script, server, EVERRUNS_ORG_ID=f"org_{api.workspace.hex}")
    sent = api.rows()
    assert [each["id"] for each in read] == [each["id"] for each in sent]
    costs = [each["profile"].get("cost", {}).get("input") for each in sent if "profile" in each]
    assert [each["profile"].get("cost", {}).get("input") for each in read if "profile" in each] == costs
    assert any(costs)


def test_a_reason_travels_with_the_client(api: Api, server: Server, office: Office) -> None:
    model = api.model()
    script = """
async def main():
    async with Everruns() as client:
        derived = client.with_reason(" größer + besser ")
        await derived._patch("/models/MODEL", {"display_name": "Renamed"})
        print(json.dumps(await outcome(client.with_reason("token evr_pat_0123456789")._patch("/models/MODEL", {}))))
asyncio.run(main())
""".replace("MODEL", model["id"])
    refused = _run(NEWEST, script, server, EVERRUNS_ORG_ID=f"org_{api.workspace.hex}")
    assert refused[:3] == ["ApiError", 400, "invalid_change_reason"]
    assert office.changes_of(api.workspace, model["id"])[0].reason == "größer + besser"


def test_models_refusals_are_typed(shared: Api, server: Server) -> None:
    script = """
async def main():
    async with Everruns() as client:
        wrong = Everruns(api_key="wrong")
        print(json.dumps([
            await outcome(client.models.get("example")),
            await outcome(client.models.get("model_" + "0" * 31 + "9")),
            await outcome(wrong.models.list()),
            await outcome(Everruns(org_id="org_" + "f" * 32).models.list()),
        ]))
        await wrong.close()
asyncio.run(main())
"""
    assert _run(NEWEST, script, server) == [
        ["ApiError", 400, "bad_request", "Invalid model ID"],
        ["NotFoundError", 404, "not_found", "Model not found"],
        ["AuthenticationError", 401, "unauthorized", "no valid API key was sent"],
        ["ApiError", 403, "forbidden", "you are not a member of this organization"],
    ]


#: Calls every method of every sub-client with values that the client itself lets pass, but for ``models``.
_EVERYTHING = """
import typing
from everruns_sdk import models as types

VALUES = {
    "name": "a-name", "to_harness": "h-1", "subject_type": "session", "currency": "usd", "limit": 5.0, "amount": 1.0,
    "role": "user", "stage": "output", "change_kind": "manual",
    "secrets": {"a": "b"}, "tool_results": [], "results": [], "content": "text", "options": None,
}

def value(name, parameter, hints):
    if name in VALUES:
        return VALUES[name]
    hint = str(hints.get(name, ""))
    if "list" in hint.lower():
        return []
    if "dict" in hint.lower():
        return {}
    request = getattr(types, hint.rpartition(".")[2].rstrip("'>"), None)
    if inspect.isclass(request):
        return request.model_construct()
    return "x_" + "0" * 32

def arguments(method):
    hints = typing.get_type_hints(method)
    required = [one for one in inspect.signature(method).parameters.values()
                if one.default is inspect.Parameter.empty and one.kind is not inspect.Parameter.VAR_KEYWORD]
    positional = [value(one.name, one, hints) for one in required if one.kind is not inspect.Parameter.KEYWORD_ONLY]
    keywords = {one.name: value(one.name, one, hints) for one in required if one.kind is inspect.Parameter.KEYWORD_ONLY}
    return positional, keywords

async def main():
    answers = {}
    async with Everruns() as client:
        names = [name for name, each in vars(Everruns).items() if isinstance(each, property)]
        for name in names:
            sub = getattr(client, name)
            for method_name, method in inspect.getmembers(sub, inspect.iscoroutinefunction):
                if name == "models" or method_name.startswith("_"):
                    continue
                positional, keywords = arguments(method)
                answers[f"{name}.{method_name}"] = await outcome(method(*positional, **keywords))
    print(json.dumps(answers))
asyncio.run(main())
"""


@pytest.mark.parametrize(("version", "fewest"), [(NEWEST, 80), (OLDEST, 40)])
def test_whatever_else_a_client_calls_is_told_typed(server: Server, version: str, fewest: int) -> None:
    answers = _run(version, _EVERYTHING, server)
    assert len(answers) >= fewest
    off = ["NotFoundError", 404, "feature_not_enabled", "this server does not offer this operation"]
    assert {name: answer for name, answer in answers.items() if answer != off} == {}


@pytest.mark.parametrize("version", [NEWEST, OLDEST])
def test_a_wrong_key_is_told_typed(server: Server, version: str) -> None:
    script = """
async def main():
    async with Everruns() as client:
        print(json.dumps([await outcome(client.agents.list()), await outcome(client.sessions.get("session_1"))]))
asyncio.run(main())
"""
    wrong = ["AuthenticationError", 401, "unauthorized", "no valid API key was sent"]
    assert _run(version, script, server, EVERRUNS_API_KEY="wrong-key") == [wrong, wrong]


def test_the_oldest_client_reads_models_by_its_own_transport(api: Api, server: Server) -> None:
    """It has no models client, but its transport, its credentials and its errors work as they are."""
    made = api.model()
    script = """
async def main():
    async with Everruns() as client:
        listed = await client._get("/models")
        one = await client._get("/models/MODEL")
        print(json.dumps([len(listed["data"]), one, await outcome(client._get("/models/example"))]))
asyncio.run(main())
""".replace("MODEL", made["id"])
    count, one, refused = _run(OLDEST, script, server, EVERRUNS_ORG_ID=f"org_{api.workspace.hex}")
    assert (count, one) == (api.get("/models").json()["total"], made)
    assert refused == ["ApiError", 400, "bad_request", "Invalid model ID"]


def test_the_agent_client_is_told_typed(server: Server) -> None:
    script = """
from everruns_sdk import AgentClient
async def main():
    async with AgentClient() as agent:
        calls = [agent.card(), agent.create_session(), agent.list_sessions(), agent.get_session("session_1"),
                 agent.send_message("session_1", "hello"), agent.cancel("session_1"), agent.list_events("session_1"),
                 agent.answer_questions("session_1", []), agent.submit_tool_approvals("session_1", []),
                 agent.for_end_user("somebody").runtime_token(), agent.run("hello")]
        print(json.dumps([await outcome(call) for call in calls]))
asyncio.run(main())
"""
    answers = _run(
        NEWEST,
        script,
        server,
        EVERRUNS_AGENT_URL=f"{server.url}/api/v1/channels/apichan_{'0' * 32}",
        EVERRUNS_AGENT_KEY=server.key,
    )
    assert answers == [["NotFoundError", 404, "feature_not_enabled", "this server does not offer this operation"]] * 11


def test_a_stream_that_is_not_there_ends_by_its_own_bound(server: Server) -> None:
    script = """
from everruns_sdk.sse import EventStream, StreamOptions
async def main():
    async with Everruns() as client:
        stream = EventStream(client, "session_1", StreamOptions(max_retries=0))
        seen = []
        try:
            async for event in stream:
                seen.append(event.id)
        except Exception as error:
            seen.append(type(error).__name__)
        print(json.dumps(seen))
asyncio.run(main())
"""
    events = _run(NEWEST, script, server)
    assert len(events) <= 1
    assert not any(event.startswith("event_") for event in events)
