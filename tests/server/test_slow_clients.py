"""Clients that are slow, greedy, or speak what is hardly HTTP: each is bounded, and others are served meanwhile."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psutil
import pytest

from armillary.dialects._kit import exchanges
from armillary.server.app import Application
from armillary.server.settings import Settings
from tests.servers import ADMIN_KEY, Server, running
from tests.wire import answered

#: What is waited for is always an event; no machine takes as long.
PATIENCE_S = 60.0
_KEY = f"Authorization: Bearer {ADMIN_KEY}".encode()
_MOST_MODELS = 700


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a registry whose whole list is half a megabyte."""
    limits = {"limit": {"context": 1000, "output": 100}, "cost": {"input": 1, "output": 2}}
    models = {f"m{number}": {"id": f"m{number}", "name": f"Model {number}", **limits} for number in range(_MOST_MODELS)}
    with running(tmp_path_factory.mktemp("crowded"), "") as server, server.client() as client:
        body = {"document": {"acme": {"id": "acme", "name": "Acme", "models": models}}}
        answered(client.post("/armillary/v1/imports", json=body))
        yield server


def port_of(server: Server) -> int:
    return int(server.url.rpartition(":")[2])


def connected(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port_of(server)), timeout=PATIENCE_S)


def all_of(server: Server, raw: bytes) -> bytes:
    """Everything that the server answers until it closes the connection."""
    answer = b""
    with connected(server) as client, suppress(ConnectionError):
        client.sendall(raw)
        while piece := client.recv(65536):
            answer += piece
    return answer


def request(line: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([line, b"Host: x", b"Connection: close", _KEY, *headers, b"", body])


def is_alive(server: Server) -> bool:
    """Whether the server answers, and nothing went wrong inside of it."""
    with server.client() as client:
        status = client.get("/armillary/v1/whoami").status_code
    return status == 200 and "Traceback" not in server.output.read_text()


# What is hardly HTTP

_EVERRUNS, _CADENYA, _NATIVE = "error", "code", "mend"
_MODELS = b"/v1/workspaces/default/models"
#: A request, the status that it is answered with, and a member that only its dialect's envelope has.
ODD = {
    "http-1.0": (b"GET /api/v1/models/x HTTP/1.0", 400, _EVERRUNS),
    "absolute-form": (b"GET http://elsewhere.example/api/v1/models/x HTTP/1.1", 400, _EVERRUNS),
    "absolute-form-of-a-root": (b"GET http://elsewhere.example HTTP/1.1", 404, _NATIVE),
    "asterisk": (b"OPTIONS * HTTP/1.1", 404, _NATIVE),
    "options": (b"OPTIONS /api/v1/models HTTP/1.1", 405, _EVERRUNS),
    "trace": (b"TRACE /v1/workspaces HTTP/1.1", 405, _CADENYA),
    "a-method-of-its-own": (b"BREW /armillary/v1/models HTTP/1.1", 405, _NATIVE),
    "no-hex-after-percent": (b"GET /api/v1/models/%zz HTTP/1.1", 400, _EVERRUNS),
    "percent-alone": (b"GET /v1/workspaces/%/models HTTP/1.1", 404, _CADENYA),
    "not-utf-8": (b"GET /api/v1/models/%ff%fe HTTP/1.1", 400, _EVERRUNS),
    "not-utf-8-in-the-query": (b"GET /armillary/v1/models?q=%ff HTTP/1.1", 400, _NATIVE),
    "bytes-beyond-ascii": (b"GET " + _MODELS + "/é HTTP/1.1".encode(), 404, _CADENYA),
    "nul": (b"GET " + _MODELS + b"/%00 HTTP/1.1", 400, _CADENYA),
    "nul-in-everruns": (b"GET /api/v1/models/model_%00 HTTP/1.1", 400, _EVERRUNS),
    "nul-in-the-query": (b"GET " + _MODELS + b"?query=a%00b HTTP/1.1", 400, _CADENYA),
    "nul-in-a-query-of-ours": (b"GET /armillary/v1/models?q=%00 HTTP/1.1", 400, _NATIVE),
    "dots": (b"GET /api/v1/../../etc/passwd HTTP/1.1", 404, _EVERRUNS),
    "dots-below-the-page": (b"GET /docs/../../../etc/passwd HTTP/1.1", 404, _NATIVE),
    "encoded-dots": (b"GET /docs/%2e%2e%2f%2e%2e%2fetc/passwd HTTP/1.1", 404, _NATIVE),
    "dots-as-a-workspace": (b"GET /v1/workspaces/../models HTTP/1.1", 404, _CADENYA),
    "an-endless-path": (b"GET /api/v1/models/" + b"a" * 60_000 + b" HTTP/1.1", 400, _EVERRUNS),
    "an-endless-query": (b"GET /armillary/v1/models?q=" + b"a" * 60_000 + b" HTTP/1.1", 400, _NATIVE),
    "many-members": (b"GET /armillary/v1/models?" + b"label=a:b&" * 5_000 + b" HTTP/1.1", 400, _NATIVE),
}


@pytest.mark.parametrize(("line", "status", "member"), ODD.values(), ids=ODD.keys())
def test_what_is_odd_is_refused_in_its_dialects_envelope(
    crowded: Server, line: bytes, status: int, member: str
) -> None:
    head, _, body = all_of(crowded, request(line)).partition(b"\r\n\r\n")
    assert int(head.split()[1]) == status, head
    told = msgspec.json.decode(body)
    assert member in told
    assert (member == _EVERRUNS) == ("error" in told)
    assert is_alive(crowded)


def test_a_tunnel_is_not_opened(crowded: Server) -> None:
    with connected(crowded) as client:
        client.sendall(
            b"CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n" + _KEY + b"\r\n\r\n"
        )
        assert client.recv(4096).startswith(b"HTTP/1.1 404")
    assert is_alive(crowded)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(request(b"GET /livez HTTP/1.1", b"X: " + b"a" * 2_000_000), id="a-header-of-megabytes"),
        pytest.param(request(b"GET /livez HTTP/1.1", *[b"X: a"] * 5_000), id="thousands-of-headers"),
        pytest.param(request(b"GET /livez?" + b"a" * 100_000 + b" HTTP/1.1"), id="a-target-beyond-bounds"),
        pytest.param(request(b"GET /livez\x00 HTTP/1.1"), id="a-raw-nul"),
        pytest.param(request(b"GET /livez?\xff HTTP/1.1"), id="a-raw-byte"),
        pytest.param(request(b"GET /livez HTTP/1.1", b"X: \x00"), id="a-nul-in-a-header"),
        pytest.param(request(b"GET / livez HTTP/1.1"), id="a-space-in-the-target"),
        pytest.param(request(b"GET livez HTTP/1.1"), id="no-slash"),
        pytest.param(request(b"GET /livez HTTP/7.0"), id="another-version"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", id="a-tls-hello"),
        pytest.param(request(b"POST /livez HTTP/1.1", b"Content-Length: -5"), id="a-negative-length"),
        pytest.param(request(b"POST /livez HTTP/1.1", b"Content-Length: " + b"9" * 30), id="an-endless-length"),
        pytest.param(
            request(b"POST /livez HTTP/1.1", b"Content-Length: 2", b"Content-Length: 3", body=b"{}"), id="two-lengths"
        ),
    ],
)
def test_what_is_no_http_is_not_served(crowded: Server, raw: bytes) -> None:
    answer = all_of(crowded, raw)
    assert not answer or answer.split()[1].startswith(b"4"), answer[:200]
    assert is_alive(crowded)


def test_a_body_of_two_lengths_is_read_by_one_and_smuggles_nothing(crowded: Server) -> None:
    smuggled = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    framing = (b"Content-Length: 5", b"Transfer-Encoding: chunked")
    answer = all_of(crowded, request(b"POST /api/v1/providers HTTP/1.1", *framing, body=b"0\r\n\r\n" + smuggled))
    assert answer.count(b"HTTP/1.1") == answer.count(b"HTTP/1.1 400") <= 1, answer
    assert is_alive(crowded)


def test_large_headers_within_bounds_are_read(crowded: Server) -> None:
    headers = [b"X-%d: %s" % (number, b"a" * 1000) for number in range(60)]
    assert all_of(crowded, request(b"GET /armillary/v1/whoami HTTP/1.1", *headers)).startswith(b"HTTP/1.1 200")


def test_requests_that_are_sent_in_one_go_are_answered_in_their_order(crowded: Server) -> None:
    kept_alive = b"\r\nHost: x\r\n" + _KEY + b"\r\n\r\n"
    lines = [b"GET /api/v1/models/%d HTTP/1.1" % number for number in range(30)]
    lines += [b"GET /livez HTTP/1.1", b"GET /v1/nothing HTTP/1.1"] * 10
    raw = b"".join(line + kept_alive for line in lines) + request(b"GET /armillary/v1/whoami HTTP/1.1")
    answers = all_of(crowded, raw).split(b"HTTP/1.1 ")[1:]
    assert [int(answer[:3]) for answer in answers] == [400] * 30 + [200, 404] * 10 + [200]
    ids = [line for answer in answers for line in answer.split(b"\r\n") if line.startswith(b"x-request-id")]
    assert len(set(ids)) == len(answers)


# Slow ones


async def test_who_never_ends_a_request_is_let_go_and_others_are_served_meanwhile(crowded: Server) -> None:
    async with asyncio.timeout(PATIENCE_S), httpx.AsyncClient(base_url=crowded.url, timeout=PATIENCE_S) as others:
        heads = [await _begun(crowded, b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ") for _ in range(20)]
        length = b"POST /api/v1/providers HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n" + _KEY + b"\r\n\r\n{"
        bodies = [await _begun(crowded, length) for _ in range(20)]
        drips = [asyncio.create_task(_dripping(writer)) for _, writer in (*heads, *bodies)]
        for _ in range(30):
            reply = await others.get("/armillary/v1/whoami", headers={"Authorization": f"Bearer {ADMIN_KEY}"})
            assert reply.status_code == 200
        assert not any(reader.at_eof() for reader, _ in heads)
        for reader, _ in heads:
            with suppress(ConnectionError):
                assert not (await reader.read()).startswith(b"HTTP/1.1 2")
        for drip in drips:
            drip.cancel()
        await asyncio.gather(*drips, return_exceptions=True)
        for _, writer in (*heads, *bodies):
            writer.close()
    assert is_alive(crowded)


async def _begun(server: Server, raw: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port_of(server))
    writer.write(raw)
    await writer.drain()
    return reader, writer


async def _dripping(writer: asyncio.StreamWriter) -> None:
    """Send a byte every now and then, for as long as the server takes them."""
    with suppress(ConnectionError):
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.2)


def test_a_hundred_who_never_read_cost_no_more_than_what_they_asked_for(crowded: Server) -> None:
    process = psutil.Process(crowded.process.pid)
    with crowded.client() as client, ExitStack() as greedy:
        size = len(client.get("/api/v1/models").content)
        assert size > 500_000
        before = process.memory_info().rss
        unread = [greedy.enter_context(_asking(crowded, number)) for number in range(100)]
        for one in unread:
            assert one.recv(5, socket.MSG_PEEK) == b"HTTP/"  # its list was made, and is on the way
            assert client.get("/armillary/v1/whoami").status_code == 200
        grown = process.memory_info().rss - before
    # built beside each other, the lists cost five times as much
    assert grown < 2 * 100 * size, f"{grown / 1e6:.0f} MB"
    assert is_alive(crowded)


def _asking(server: Server, number: int) -> socket.socket:
    """A client that has asked for the whole list, and has hardly any room for it."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(PATIENCE_S)
    client.connect(("127.0.0.1", port_of(server)))
    client.sendall(b"GET /api/v1/models?x=%d HTTP/1.1\r\nHost: x\r\n" % number + _KEY + b"\r\n\r\n")
    return client


# The bounds themselves, made small


@asynccontextmanager
async def _application(folder: Path) -> Any:
    application = Application(Settings(data=folder, admin_key=ADMIN_KEY))
    async with application.living():
        yield application


def _scope(method: str, path: str) -> dict[str, Any]:
    headers = [(b"host", b"x"), (b"authorization", f"Bearer {ADMIN_KEY}".encode())]
    return {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
    }


@pytest.mark.parametrize(
    ("path", "member"),
    [
        pytest.param("/api/v1/providers", "error", id="everruns"),
        pytest.param("/v1/workspaces/default/ai_provider_keys", "code", id="cadenya"),
        pytest.param("/armillary/v1/keys", "mend", id="native"),
    ],
)
async def test_a_body_that_is_too_slow_is_refused_in_its_dialects_envelope(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, member: str
) -> None:
    monkeypatch.setattr(exchanges, "BODY_TIMEOUT_S", 0.2)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    async with _application(tmp_path) as application:
        await application(_scope("POST", path), receive, send)
    assert sent[0]["status"] == 408
    assert member in msgspec.json.decode(sent[1]["body"])


async def test_a_large_body_goes_out_whole_and_in_pieces() -> None:
    body, sent = bytes(range(256)) * 5000, list[Any]()

    async def send(message: Any) -> None:
        sent.append(message)

    assert await exchanges.send_body(send, body)
    assert b"".join(message["body"] for message in sent) == body
    assert len(sent) > 1
    assert [message.get("more_body", False) for message in sent] == [True] * (len(sent) - 1) + [False]


async def test_who_takes_none_of_a_large_body_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanges, "SEND_TIMEOUT_S", 0.05)

    async def send(_message: Any) -> None:
        await asyncio.Event().wait()

    assert not await exchanges.send_body(send, bytes(10**6))
