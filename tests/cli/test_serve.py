from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from tests.commands import PATIENCE_S, armillary, environment, refused
from tests.servers import ADMIN_KEY, Server, free_port, running

KEY_LINE = re.compile(r"Admin key, shown this once:  (arm_\w+)\n")


def key_of(output: str) -> str:
    """The key that the server showed."""
    found = KEY_LINE.search(output)
    assert found is not None, output
    return found[1]


def to_try(output: str) -> list[str]:
    """The lines that a new server says to try."""
    return [line.strip() for line in output.partition("Try:\n")[2].splitlines()]


def pasted(line: str, **settings: str) -> httpx.Response:
    """What a shell gets for a printed line: its status and its body."""
    command = f"{line} -w '\\n%{{http_code}}'"
    ended = subprocess.run(
        ["sh", "-c", command],  # noqa: S607  as a person has it
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    body, _, status = ended.stdout.rpartition("\n")
    return httpx.Response(int(status), text=body)


@contextmanager
def started(data: Path, *options: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """The command, its output in a pipe; killed at the end of the block if it still runs."""
    command = [sys.executable, "-u", "-m", "armillary", "serve", "--data", str(data), *options]
    with subprocess.Popen(
        command, env=environment(**settings), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    """The next line that it prints."""
    assert process.stdout is not None
    return process.stdout.readline()


def within(condition: Callable[[], bool]) -> None:
    """Pass once the condition holds; a minute is more than any machine needs."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)  # asked again, within the deadline


def is_free(port: int) -> bool:
    """Whether nobody listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def status_with(server: Server, key: str) -> int:
    """What a read with the key is answered."""
    with server.client(key) as client:
        return client.get("/armillary/v1/models").status_code


# What it says when it starts


@pytest.mark.parametrize("workers", [1, 2])
def test_a_first_start_shows_a_key_and_three_lines_that_work_when_pasted(tmp_path: Path, workers: int) -> None:
    with running(tmp_path, "", workers=workers, ARMILLARY_ADMIN_KEY="") as server:
        output = server.output.read_text()
        assert f"Armillary listens on {server.url} " in output
        assert key_of(output) in output
        lines = to_try(output)
        replies = [pasted(line) for line in lines]
    assert len(lines) == 3
    assert [reply.status_code for reply in replies] == [200, 200, 200]
    assert all(reply.json() for reply in replies)


def test_a_later_start_shows_no_key(tmp_path: Path) -> None:
    with running(tmp_path, "", ARMILLARY_ADMIN_KEY="") as server:
        key = key_of(server.output.read_text())
    with running(tmp_path, "", ARMILLARY_ADMIN_KEY="") as server:
        output = server.output.read_text()
        status = status_with(server, key)
    assert output.splitlines() == [f"Armillary listens on {server.url}  (documents: {server.url}/docs)"]
    assert status == 200


def test_a_key_that_was_given_is_not_shown_and_the_lines_take_it_from_the_environment(tmp_path: Path) -> None:
    with running(tmp_path, "") as server:
        output = server.output.read_text()
        replies = [pasted(line, ARMILLARY_ADMIN_KEY=ADMIN_KEY) for line in to_try(output)]
    assert [reply.status_code for reply in replies] == [200, 200, 200]
    assert all(reply.json() for reply in replies)
    assert "arm_" not in output


def test_another_admin_key_at_a_later_start_replaces_the_first(tmp_path: Path) -> None:
    with running(tmp_path, ""):
        pass
    with running(tmp_path, "", ARMILLARY_ADMIN_KEY="another-admin-key-0123456789") as server:
        statuses = [status_with(server, key) for key in (server.key, ADMIN_KEY)]
    assert statuses == [200, 401]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_says_so_only_once_it_can_be_reached(tmp_path: Path, workers: str) -> None:
    port = free_port()
    with started(tmp_path, "--port", str(port), "--workers", workers) as process:
        assert said(process).startswith("Armillary listens on ")
        assert httpx.get(f"http://127.0.0.1:{port}/livez", timeout=PATIENCE_S).status_code == 200


def test_an_address_of_ipv6_is_spelled_as_links_spell_it(tmp_path: Path) -> None:
    port = free_port()
    with started(tmp_path, "--host", "::1", "--port", str(port)) as process:
        assert said(process).startswith(f"Armillary listens on http://[::1]:{port} ")
        assert httpx.get(f"http://[::1]:{port}/livez", timeout=PATIENCE_S).status_code == 200


# What it refuses


def test_a_taken_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    with running(tmp_path / "one", "") as server:
        port = server.url.rpartition(":")[2]
        ended = armillary("serve", "--port", port, "--data", tmp_path / "two")
    assert refused(ended) == (
        f"port: cannot listen on 127.0.0.1:{port} (Address already in use); choose another with --port"
    )
    assert not (tmp_path / "two").exists()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        pytest.param({"ARMILLARY_PORT": "http"}, "ARMILLARY_PORT: is a whole number from 1 to 65535", id="port"),
        pytest.param({"ARMILLARY_WORKERS": "0"}, "ARMILLARY_WORKERS: is a whole number from 1 to 64", id="workers"),
        pytest.param(
            {"ARMILLARY_LOG_LEVEL": "loud"}, "ARMILLARY_LOG_LEVEL: is one of debug, info, warning, error", id="level"
        ),
        pytest.param(
            {"ARMILLARY_DATABASE_URL": "mysql://root:hunter2@db/x"},
            "database_url: must be sqlite:///path/to/file.db or postgresql://user@host/database",
            id="database",
        ),
        pytest.param(
            {"ARMILLARY_DATABASE_URL": "postgresql://someone:hunter2@127.0.0.1:1/x"},
            "the PostgreSQL server at 127.0.0.1:1 cannot be opened: is it running, and is ARMILLARY_DATABASE_URL "
            "right?",
            id="unreachable",
        ),
        pytest.param(
            {"ARMILLARY_ADMIN_KEY": "short"},
            "admin_key: ARMILLARY_ADMIN_KEY has at least 8 printable ASCII characters without spaces; "
            "leave it unset to have one made",
            id="admin-key",
        ),
        pytest.param(
            {"ARMILLARY_DATA": "/dev/null/x"},
            "data: /dev/null/x cannot be made a folder (Not a directory): name another",
            id="folder",
        ),
    ],
)
def test_a_setting_that_cannot_be_is_told_in_one_sentence(
    tmp_path: Path, settings: dict[str, str], sentence: str
) -> None:
    given = {"ARMILLARY_DATA": str(tmp_path), "ARMILLARY_PORT": str(free_port()), **settings}
    assert refused(armillary("serve", **given)) == sentence


def test_a_key_that_seals_nothing_is_refused_without_being_told(tmp_path: Path) -> None:
    ended = armillary("serve", "--data", tmp_path, ARMILLARY_SECRETS_KEY="hunter2", ARMILLARY_PORT=str(free_port()))
    assert refused(ended).startswith("ARMILLARY_SECRETS_KEY must hold a key of 32 random bytes")
    assert "hunter2" not in ended.stderr


def test_a_missing_key_file_is_not_made_anew_over_what_it_sealed(tmp_path: Path) -> None:
    with running(tmp_path, ""):
        pass
    (tmp_path / "secrets.key").unlink()
    assert refused(armillary("serve", "--data", tmp_path, ARMILLARY_PORT=str(free_port()))) == (
        f"{tmp_path}/secrets.key is missing, and the SQLite file {tmp_path}/armillary.db was sealed by it: "
        "put it back from a backup"
    )
    assert not (tmp_path / "secrets.key").exists()


def test_another_key_than_the_one_that_sealed_is_told(tmp_path: Path) -> None:
    with running(tmp_path, ""):
        pass
    ended = armillary("serve", "--data", tmp_path, ARMILLARY_SECRETS_KEY="ab" * 32, ARMILLARY_PORT=str(free_port()))
    assert refused(ended) == (
        f"the key in ARMILLARY_SECRETS_KEY is not the one that sealed the SQLite file {tmp_path}/armillary.db: "
        "put that one back"
    )


# How it ends


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="silent"),
        pytest.param(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", id="kept-alive"),
        pytest.param(b"POST /armillary/v1/models HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", id="half-sent"),
    ],
)
def test_sigterm_ends_it_though_a_client_holds_on(tmp_path: Path, workers: int, sent: bytes) -> None:
    with running(tmp_path, "", workers=workers) as server:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as client:
            client.sendall(sent)
            assert not sent.startswith(b"GET") or client.recv(4096).startswith(b"HTTP/1.1 200")
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(PATIENCE_S) == 0
        assert is_free(int(port))
        assert "Traceback" not in server.output.read_text()


def test_workers_leave_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    with running(tmp_path, "", workers=2) as server:
        workers = psutil.Process(server.process.pid).children(recursive=True)
        assert len(workers) >= 2
        server.kill()
        within(lambda: not any(worker.is_running() and worker.status() != "zombie" for worker in workers))
        port = int(server.url.rpartition(":")[2])
        within(lambda: is_free(port))  # the last thread of a process outlives its pid by a moment


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path) -> None:
    with running(tmp_path, "", workers=2) as server:
        supervisor = psutil.Process(server.process.pid)
        before = supervisor.children()
        before[0].kill()
        within(lambda: len({each.pid for each in supervisor.children()} - {each.pid for each in before}) == 1)
        assert status_with(server, server.key) == 200


def test_one_worker_is_one_process(tmp_path: Path) -> None:
    with running(tmp_path, "") as server:
        assert psutil.Process(server.process.pid).children(recursive=True) == []


# Under another server


def test_another_asgi_server_runs_the_app_and_does_not_leave_with_the_shell(tmp_path: Path) -> None:
    port = free_port()
    uvicorn = f"{sys.executable} -m uvicorn --factory armillary.server.serve:worker --port {port} --log-level warning"
    settings = environment(ARMILLARY_DATA=str(tmp_path), ARMILLARY_ADMIN_KEY=ADMIN_KEY)
    ended = subprocess.run(
        ["sh", "-c", f"{uvicorn} >{tmp_path}/output.txt 2>&1 & echo $!"],  # noqa: S607  as a person has it
        env=settings,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    process = psutil.Process(int(ended.stdout))
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    try:
        within(lambda: not is_free(port))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers) as http:
            assert http.get("/readyz").json()["status"] == "ok"
            first = http.get("/api/v1/models")
            again = http.get("/api/v1/models", headers={"If-None-Match": first.headers["etag"]})
            encoded = http.get("/v1/workspaces/default/models/external_id%3Allmsim-llmsim-echo")
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(PATIENCE_S)
    assert (first.status_code, again.status_code, encoded.status_code) == (200, 304, 200)
    assert (tmp_path / "output.txt").read_text() == ""
