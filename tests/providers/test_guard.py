"""The one way out, against real servers on loopback: right ones, hanging ones, and hostile ones."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import socket
import ssl
import struct
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from armillary.domain.errors import InvalidRequest, Unavailable, UpstreamError, UpstreamTimeout
from armillary.providers.addresses import Policy
from armillary.providers.guard import Outbound
from armillary.providers.replies import Limits, Reply
from tests.providers.conftest import Request, Start

_SHORT = Limits(total_s=1.0)
_SMALL = Limits(body_bytes=10_000)
_MARK = b"SENT-BY-UPSTREAM"


async def _ok(request: Request) -> None:
    await request.reply(b'{"fine": true}')


async def test_an_answer_comes_back_whole(start: Start, outbound: Outbound) -> None:
    upstream = await start(_ok)
    reply = await outbound.get(f"{upstream.url}/v1/models?a=b", provider="p", headers={"X-Own": "yes"})
    assert reply == Reply(status=200, body=b'{"fine": true}')
    assert upstream.requests[0].path == "/v1/models?a=b"


async def test_a_request_carries_its_own_headers_and_no_more(start: Start, outbound: Outbound) -> None:
    upstream = await start(_ok)
    await outbound.get(upstream.url, provider="p", headers={"X-Own": "yes"})
    sent = upstream.requests[0].headers
    assert sorted(sent) == ["accept", "accept-encoding", "host", "user-agent", "x-own"]
    assert (sent["host"], sent["accept-encoding"]) == (f"127.0.0.1:{upstream.port}", "gzip")


async def test_a_callers_header_replaces_ours_but_not_the_encoding(start: Start, outbound: Outbound) -> None:
    upstream = await start(_ok)
    given = {"user-agent": "mine", "ACCEPT": "text/plain", "Accept-encoding": "br"}
    await outbound.get(upstream.url, provider="p", headers=given)
    sent = upstream.requests[0].headers
    assert (sent["user-agent"], sent["accept"], sent["accept-encoding"]) == ("mine", "text/plain", "gzip")


async def test_connections_are_kept_for_the_next_request(start: Start, outbound: Outbound) -> None:
    upstream = await start(_ok)
    for _ in range(3):
        await outbound.get(upstream.url, provider="p")
    assert (upstream.connections, len(upstream.requests)) == (1, 3)


async def test_cookies_are_not_kept(start: Start, outbound: Outbound) -> None:
    upstream = await start(lambda request: request.reply(headers="Set-Cookie: a=b; Path=/\r\n"))
    for _ in range(2):
        await outbound.get(upstream.url, provider="p")
    assert "cookie" not in upstream.requests[1].headers


async def test_the_environment_gives_neither_proxy_nor_credentials(
    start: Start, outbound: Outbound, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    upstream = await start(_ok)
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login user password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    await outbound.get(upstream.url, provider="p")
    assert "authorization" not in upstream.requests[0].headers


# Addresses


class _Names:
    """A resolver that answers from a script, one answer a look-up, and the last one from then on."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
async def ways() -> AsyncIterator[list[Outbound]]:
    """Ways out that a test opened, to be closed with it."""
    opened: list[Outbound] = []
    yield opened
    for way in opened:
        await way.close()


def _named(ways: list[Outbound], *answers: list[str]) -> tuple[Outbound, _Names]:
    names = _Names(*answers)
    ways.append(Outbound(Policy(allowed=(ip_network("127.0.0.1/32"),)), resolve=names))
    return ways[-1], names


async def test_a_name_is_resolved_once_and_its_checked_address_connected_to(start: Start, ways: list[Outbound]) -> None:
    upstream = await start(_ok)
    elsewhere = await start(_ok, host="127.0.0.2", port=upstream.port)
    way, names = _named(ways, ["127.0.0.1"], ["127.0.0.2"])
    await way.get(f"http://api.example.com:{upstream.port}/", provider="p")
    assert (names.asked, upstream.connections, elsewhere.connections) == (["api.example.com"], 1, 0)
    assert upstream.requests[0].headers["host"] == f"api.example.com:{upstream.port}"


async def test_a_name_that_moved_to_a_closed_address_is_refused(start: Start, ways: list[Outbound]) -> None:
    upstream = await start(lambda request: request.reply(headers="Connection: close\r\n"))
    elsewhere = await start(_ok, host="127.0.0.2", port=upstream.port)
    way, _ = _named(ways, ["127.0.0.1"], ["127.0.0.2"])
    url = f"http://api.example.com:{upstream.port}/"
    await way.get(url, provider="p")
    with pytest.raises(InvalidRequest, match="not public"):
        await way.get(url, provider="p")
    assert elsewhere.connections == 0


@pytest.mark.parametrize(
    "address", ["127.0.0.2", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.2", "fe80::1%eth0", "224.0.0.1"]
)
async def test_a_name_that_resolves_to_a_closed_address_is_refused(ways: list[Outbound], address: str) -> None:
    way, _ = _named(ways, [address])
    with pytest.raises(InvalidRequest, match="not public") as refused:
        await way.get("http://api.example.com/", provider="p")
    assert (refused.value.field, address in str(refused.value)) == ("base_url", False)


async def test_of_several_addresses_only_the_open_ones_are_used(start: Start, ways: list[Outbound]) -> None:
    upstream = await start(_ok)
    elsewhere = await start(_ok, host="127.0.0.2", port=upstream.port)
    way, _ = _named(ways, ["127.0.0.2", "127.0.0.1"])
    await way.get(f"http://api.example.com:{upstream.port}/", provider="p")
    assert (upstream.connections, elsewhere.connections) == (1, 0)


async def test_loopback_is_refused_before_anything_is_sent(start: Start, ways: list[Outbound]) -> None:
    upstream = await start(_ok)
    ways.append(Outbound(Policy()))
    with pytest.raises(InvalidRequest, match="not public"):
        await ways[0].get(upstream.url, provider="p")
    assert upstream.connections == 0


async def test_the_system_resolver_is_asked_for_names(start: Start, outbound: Outbound) -> None:
    upstream = await start(_ok)
    assert (await outbound.get(f"http://localhost:{upstream.port}/", provider="p")).status == 200


async def test_a_name_without_an_address_is_an_upstream_error(ways: list[Outbound]) -> None:
    async def nowhere(_: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    ways.append(Outbound(Policy(), resolve=nowhere))
    with pytest.raises(UpstreamError, match="could not be resolved"):
        await ways[0].get("http://api.example.com/", provider="p")


async def test_a_resolver_that_hangs_is_left(ways: list[Outbound]) -> None:
    async def hang(_: str) -> list[str]:
        await asyncio.Event().wait()
        raise AssertionError

    ways.append(Outbound(Policy(), resolve=hang))
    with pytest.raises(UpstreamTimeout):
        await ways[0].get("http://api.example.com/", provider="p", limits=_SHORT)


# Redirects


async def test_a_redirect_is_followed_and_keeps_credentials_at_home(start: Start, outbound: Outbound) -> None:
    async def answer(request: Request) -> None:
        if request.path == "/old":
            await request.reply(status="302 Found", headers="Location: /new?x=1\r\n")
        else:
            await request.reply(b"new")

    upstream = await start(answer)
    reply = await outbound.get(f"{upstream.url}/old", provider="p", headers={"Authorization": "Bearer sk"})
    assert reply.body == b"new"
    assert [(r.path, r.headers["authorization"]) for r in upstream.requests] == [
        ("/old", "Bearer sk"),
        ("/new?x=1", "Bearer sk"),
    ]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_credentials_do_not_travel_to_another_origin(start: Start, outbound: Outbound, status: int) -> None:
    other = await start(_ok)
    upstream = await start(lambda r: r.reply(status=f"{status} Moved", headers=f"Location: {other.url}/there\r\n"))
    keys = {"Authorization": "Bearer sk", "x-api-key": "sk", "x-goog-api-key": "sk", "X-Own": "sk"}
    await outbound.get(upstream.url, provider="p", headers=keys)
    assert sorted(other.requests[0].headers) == ["accept", "accept-encoding", "host", "user-agent"]


async def test_credentials_do_not_come_back_after_a_detour(start: Start, outbound: Outbound) -> None:
    async def home(request: Request) -> None:
        if request.path == "/away":
            await request.reply(status="302 Found", headers=f"Location: {other.url}\r\n")
        else:
            await request.reply(b"home")

    upstream = await start(home)
    other = await start(lambda r: r.reply(status="302 Found", headers=f"Location: {upstream.url}/back\r\n"))
    await outbound.get(f"{upstream.url}/away", provider="p", headers={"Authorization": "Bearer sk"})
    assert ["authorization" in request.headers for request in upstream.requests] == [True, False]


async def test_an_endless_redirect_ends(start: Start, outbound: Outbound) -> None:
    upstream = await start(lambda request: request.reply(status="302 Found", headers="Location: /again\r\n"))
    with pytest.raises(UpstreamError, match="redirected more than 3 times"):
        await outbound.get(upstream.url, provider="p")
    assert len(upstream.requests) == 4


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2:{port}/",
        "//127.0.0.2:{port}/",
        "http://2130706434:{port}/",
        "http://[::ffff:127.0.0.2]:{port}/",
        "http://user@127.0.0.1:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1",
        "http://[::1]:x/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://exa\u0438mple.com/",
    ],
)
async def test_a_redirect_to_a_closed_address_is_not_followed(start: Start, guarded: Outbound, location: str) -> None:
    async def answer(request: Request) -> None:
        await request.reply(status="302 Found", headers=f"Location: {location.format(port=other.port)}\r\n")

    upstream = await start(answer)
    other = await start(_ok, host="127.0.0.2")
    with pytest.raises(UpstreamError, match="redirected to an address that may not be connected to"):
        await guarded.get(upstream.url, provider="p")
    assert other.connections == 0


async def test_a_redirect_to_a_name_of_a_closed_address_is_not_followed(start: Start, ways: list[Outbound]) -> None:
    upstream = await start(lambda r: r.reply(status="302 Found", headers="Location: http://intern.example/\r\n"))
    way, names = _named(ways, ["10.0.0.1"])
    with pytest.raises(UpstreamError, match="may not be connected to"):
        await way.get(upstream.url, provider="p")
    assert names.asked == ["intern.example"]


async def test_a_redirect_without_a_location_leads_back_and_ends(start: Start, outbound: Outbound) -> None:
    upstream = await start(lambda request: request.reply(status="302 Found"))
    with pytest.raises(UpstreamError, match="redirected more than"):
        await outbound.get(upstream.url, provider="p")


# Stalls


async def _say_nothing(request: Request) -> None:
    await request.hang()


async def _stall_in_headers(request: Request) -> None:
    await request.send(b"HTTP/1.1 200 OK\r\nContent-")
    await request.hang()


async def _stall_in_body(request: Request) -> None:
    await request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + _MARK)
    await request.hang()


async def _drip(request: Request) -> None:
    await request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not request.reader.at_eof():
        await request.send(b"x")
        await asyncio.sleep(0.01)  # the pace of the dripping, nothing waits for it


async def _early_hints_for_ever(request: Request) -> None:
    while not request.reader.at_eof():
        await request.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await asyncio.sleep(0.01)


async def _redirect_slowly(request: Request) -> None:
    await asyncio.sleep(0.4)  # each step in time, all of them together not
    await request.reply(status="302 Found", headers="Location: /again\r\n")


_STALLS = [_say_nothing, _stall_in_headers, _stall_in_body, _drip, _early_hints_for_ever, _redirect_slowly]


@pytest.mark.parametrize("stall", _STALLS)
async def test_a_stalled_upstream_is_left_at_the_deadline(start: Start, outbound: Outbound, stall: object) -> None:
    upstream = await start(stall)
    with pytest.raises(UpstreamTimeout) as failed:
        await outbound.get(upstream.url, provider="the provider", limits=_SHORT)
    assert (failed.value.provider, str(failed.value)) == (
        "the provider",
        "the provider: did not answer within 1 s",
    )
    await asyncio.wait_for(upstream.client_left.wait(), 10)


async def test_stalled_upstreams_do_not_keep_others_waiting(start: Start, outbound: Outbound) -> None:
    upstream = await start(_ok)
    stalled = await start(_say_nothing)
    waiting = [asyncio.create_task(outbound.get(stalled.url, provider="p")) for _ in range(100)]
    assert (await outbound.get(upstream.url, provider="p")).status == 200
    assert not any(task.done() for task in waiting)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_caller_that_gives_up_frees_the_connection(start: Start, outbound: Outbound) -> None:
    stalled = await start(_say_nothing)
    task = asyncio.create_task(outbound.get(stalled.url, provider="p"))
    while not stalled.requests:  # noqa: ASYNC110  the request arrives in another task of this very loop
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(stalled.client_left.wait(), 10)


# Faults


async def _garbage(request: Request) -> None:
    await request.send(_MARK + b"\x00\xff not HTTP at all\r\n\r\n")
    request.writer.close()


async def _wrong_status_line(request: Request) -> None:
    await request.send(b"HTTP/1.1 2x0 " + _MARK + b"\r\n\r\n")
    request.writer.close()


async def _wrong_length(request: Request) -> None:
    await request.send(b"HTTP/1.1 200 OK\r\nContent-Length: " + _MARK + b"\r\n\r\n")
    request.writer.close()


async def _both_framings(request: Request) -> None:
    await request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + _MARK + b"\r\n")
    request.writer.close()


async def _wrong_chunk(request: Request) -> None:
    await request.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + _MARK + b"\r\n")
    request.writer.close()


async def _header_without_end(request: Request) -> None:
    await request.send(b"HTTP/1.1 200 OK\r\nX-Long: " + _MARK * 10_000 + b"\r\n\r\n")
    await request.hang()


async def _headers_without_end(request: Request) -> None:
    await request.send(b"HTTP/1.1 200 OK\r\n" + b"X-Many: " + _MARK + b"\r\n")
    for _ in range(5000):
        await request.send(b"X-Many: " + _MARK + b"\r\n")
    await request.hang()


async def _close_at_once(request: Request) -> None:
    request.writer.close()


async def _close_in_body(request: Request) -> None:
    await request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + _MARK)
    request.writer.close()


async def _close_in_chunks(request: Request) -> None:
    await request.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n" + _MARK + b"\r\n")
    request.writer.close()


async def _reset_in_body(request: Request) -> None:
    await request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + _MARK)
    connection = request.writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.writer.transport.abort()


async def _large_as_declared(request: Request) -> None:
    await request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n" + _MARK * 1000)
    await request.hang()


async def _large_in_chunks(request: Request) -> None:
    await request.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(2000):
        await request.send(b"10\r\n" + _MARK + b"\r\n")
    await request.hang()


async def _large_until_the_end(request: Request) -> None:
    await request.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + _MARK * 1000)
    await request.hang()


async def _bomb(request: Request) -> None:
    bomb = gzip.compress(_MARK * 1_000_000)
    await request.reply(bomb, headers="Content-Encoding: gzip\r\n")


async def _no_gzip(request: Request) -> None:
    await request.reply(_MARK, headers="Content-Encoding: gzip\r\n")


async def _half_a_gzip(request: Request) -> None:
    await request.reply(gzip.compress(_MARK)[:-5], headers="Content-Encoding: gzip\r\n")


async def _other_encoding(request: Request) -> None:
    await request.reply(_MARK, headers="Content-Encoding: br\r\n")


_FAULTS = [
    (_garbage, "valid HTTP"),
    (_wrong_status_line, "valid HTTP"),
    (_wrong_length, "valid HTTP"),
    (_both_framings, "valid HTTP"),
    (_wrong_chunk, "broke the connection off|valid HTTP"),
    (_header_without_end, "valid HTTP"),
    (_headers_without_end, "valid HTTP"),
    (_close_at_once, "broke the connection off"),
    (_close_in_body, "broke the connection off"),
    (_close_in_chunks, "broke the connection off"),
    (_reset_in_body, "broke the connection off"),
    (_large_as_declared, "larger than 10000 bytes"),
    (_large_in_chunks, "larger than 10000 bytes"),
    (_large_until_the_end, "larger than 10000 bytes"),
    (_bomb, "larger than 10000 bytes"),
    (_no_gzip, "not the gzip"),
    (_half_a_gzip, "broke off in the middle"),
    (_other_encoding, "encoding that was not asked for"),
]


@pytest.mark.parametrize(("fault", "sentence"), _FAULTS)
async def test_a_faulty_answer_is_one_clear_error(
    start: Start, outbound: Outbound, fault: object, sentence: str
) -> None:
    upstream = await start(fault)
    with pytest.raises(UpstreamError, match=f"^the provider: .*({sentence})") as failed:
        await outbound.get(
            upstream.url, provider="the provider", headers={"Authorization": "Bearer sk-own"}, limits=_SMALL
        )
    told = "".join(traceback.format_exception(failed.value))
    assert (_MARK.decode() in told, "sk-own" in told) == (False, False)


@pytest.mark.parametrize("fault", [_large_as_declared, _large_in_chunks, _large_until_the_end])
async def test_an_answer_that_is_too_large_is_left(start: Start, outbound: Outbound, fault: object) -> None:
    upstream = await start(fault)
    with pytest.raises(UpstreamError):
        await outbound.get(upstream.url, provider="p", limits=_SMALL)
    await asyncio.wait_for(upstream.client_left.wait(), 10)


async def test_gzip_is_taken_and_unpacked(start: Start, outbound: Outbound) -> None:
    upstream = await start(lambda r: r.reply(gzip.compress(b"plain"), headers="Content-Encoding: gzip\r\n"))
    assert (await outbound.get(upstream.url, provider="p")).body == b"plain"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 429, 500, 503])
async def test_nothing_of_an_errors_body_comes_back(start: Start, outbound: Outbound, status: int) -> None:
    upstream = await start(lambda request: request.reply(_MARK, status=f"{status} {_MARK.decode()}"))
    assert await outbound.get(upstream.url, provider="p") == Reply(status=status)


async def test_a_port_where_nobody_listens_is_an_upstream_error(outbound: Outbound) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(UpstreamError, match="could not be reached"):
            await outbound.get(f"http://127.0.0.1:{bound.getsockname()[1]}", provider="p")


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "tls.pem").write_bytes(private + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    return context


async def test_a_certificate_that_nobody_vouches_for_is_refused(outbound: Outbound, tmp_path: Path) -> None:
    connected: list[object] = []
    server = await asyncio.start_server(
        lambda _, writer: connected.append(writer), "127.0.0.1", 0, ssl=_self_signed(tmp_path)
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(UpstreamError, match="certificate that could not be verified"):
            await outbound.get(f"https://127.0.0.1:{port}/", provider="p")


# Life


async def test_a_closed_way_out_lets_nobody_through() -> None:
    way = Outbound(Policy(allow_private=True))
    await way.close()
    with pytest.raises(Unavailable):
        await way.get("http://127.0.0.1:9/", provider="p")


def test_the_client_is_not_imported_before_it_is_used() -> None:
    program = "import sys, armillary.providers.discovery; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
