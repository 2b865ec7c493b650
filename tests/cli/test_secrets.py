from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.commands import armillary, refused, told
from tests.servers import Server, running
from tests.wire import a_provider, answered

OLD, NEW = "ab" * 32, "cd" * 32
CREDENTIAL = "sk-upstream-0123456789abcdef"


@contextmanager
def upstream() -> Iterator[str]:
    """A provider on loopback that lists one model to whoever has its key, and refuses everybody else."""

    class Listing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers["Authorization"] == f"Bearer {CREDENTIAL}"
            body = b'{"object":"list","data":[{"id":"upstream-model","object":"model"}]}'
            self.send_response(200 if known else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Listing) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()


@contextmanager
def under_load(server: Server, *requests: Callable[[httpx.Client], httpx.Response]) -> Iterator[list[int]]:
    """Each request over and over, in a thread of its own; what they were answered."""
    statuses: list[int] = []
    ended = threading.Event()

    def ask(request: Callable[[httpx.Client], httpx.Response]) -> None:
        with server.client() as client:
            while not ended.is_set():
                statuses.append(request(client).status_code)

    threads = [threading.Thread(target=ask, args=[request]) for request in requests]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def sealing_keys(data: Path) -> set[str]:
    """The ids of the keys that seal providers' credentials."""
    with closing(sqlite3.connect(data / "armillary.db")) as database:
        return {text.split(".")[1] for (text,) in database.execute("SELECT sealed FROM providers WHERE sealed <> ''")}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_no_read_of_a_secret_fails_while_keys_rotate(
    tmp_path: Path, kind: str, a_database: Callable[[str], str]
) -> None:
    url, key_file = a_database(kind), tmp_path / "secrets.key"
    with ExitStack() as stack:
        base_url, server = stack.enter_context(upstream()), stack.enter_context(running(tmp_path, url))
        with server.client() as client:
            provider = a_provider(client, api_key=CREDENTIAL, base_url=base_url)
            another = a_provider(client, name="Another")
        keys = [key_file.read_text()]
        with under_load(
            server,
            lambda client: client.post(f"/api/v1/providers/{provider}/sync-models"),
            lambda client: client.get("/v1/account"),
            lambda client: client.patch(f"/api/v1/providers/{another}", json={"api_key": CREDENTIAL}),
        ) as statuses:
            for _ in range(3):
                output = told(armillary("secrets", "rotate", "--data", tmp_path, "--database-url", url))
                assert "under a new key; the old one opens nothing any more" in output
                keys.append(key_file.read_text())
        with server.client() as client:
            assert answered(client.post(f"/api/v1/providers/{provider}/sync-models"))
    assert set(statuses) == {200}
    assert len(set(keys)) == 4
    assert all("," not in key.splitlines()[-1] for key in keys)


def test_after_a_rotation_the_old_key_opens_nothing(tmp_path: Path) -> None:
    with running(tmp_path, "") as server, server.client() as client:
        a_provider(client, api_key=CREDENTIAL)
    old, sealed_before = (tmp_path / "secrets.key").read_text(), sealing_keys(tmp_path)
    told(armillary("secrets", "rotate", "--data", tmp_path))
    assert sealed_before.isdisjoint(sealing_keys(tmp_path))
    (tmp_path / "secrets.key").write_text(old)
    assert "is not the one that sealed" in refused(armillary("secrets", "rotate", "--data", tmp_path))


def test_a_key_of_the_environment_rotates_in_the_steps_that_the_refusal_names(tmp_path: Path) -> None:
    with running(tmp_path, "", ARMILLARY_SECRETS_KEY=OLD) as server, server.client() as client:
        a_provider(client, api_key=CREDENTIAL)
    sentence = refused(armillary("secrets", "rotate", "--data", tmp_path, ARMILLARY_SECRETS_KEY=OLD))
    assert "set ARMILLARY_SECRETS_KEY=new,old, restart every server, rotate again" in sentence
    told(armillary("secrets", "rotate", "--data", tmp_path, ARMILLARY_SECRETS_KEY=f"{NEW},{OLD}"))
    with running(tmp_path, "", ARMILLARY_SECRETS_KEY=NEW) as server, server.client() as client:
        assert answered(client.get("/v1/account"))["info"]["webhookEventsHmacSecret"].startswith("whsec_")


def test_where_nothing_is_nothing_is_begun(tmp_path: Path) -> None:
    assert "holds nothing yet" in refused(armillary("secrets", "rotate", "--data", tmp_path / "data"))
    assert list(tmp_path.iterdir()) == []
