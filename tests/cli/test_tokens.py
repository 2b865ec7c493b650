from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import httpx
import jwt
import pytest

from armillary.domain.ids import from_ulid
from tests.commands import armillary, refused, told
from tests.servers import Server, running
from tests.wire import answered


def a_member(server: Server, email: str = "ada@example.com") -> UUID:
    """The profile of a new member of the default workspace."""
    with server.client() as client:
        member = answered(client.post("/v1/account/workspaces/default/members", json={"email": email}))
    found = from_ulid(member["profileId"].removeprefix("profile_"))
    assert found is not None
    return found


def opens(server: Server, token: str) -> int:
    return httpx.get(f"{server.url}/armillary/v1/whoami", headers={"Authorization": f"Bearer {token}"}).status_code


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_minted_token_opens_the_running_server_until_it_expires(
    tmp_path: Path, kind: str, a_database: Callable[[str], str]
) -> None:
    where = ("--data", tmp_path, "--database-url", a_database(kind))
    with running(tmp_path, str(where[3])) as server:
        profile = a_member(server)
        token = told(armillary("tokens", "mint", "--profile", "ADA@example.com", *where)).removesuffix("\n")
        with server.client(token) as client:
            whoami = answered(client.get("/armillary/v1/whoami"))
        assert (whoami["profile_id"], whoami["role"], whoami["key_id"]) == (f"profile_{profile.hex}", "member", None)
        by_id = told(armillary("tokens", "mint", "--profile", str(profile), "--expires", "1s", *where)).strip()
        while opens(server, by_id) == 200:
            pass  # a second at most
        assert opens(server, token) == 200


def test_a_rotation_keeps_tokens_and_a_revocation_ends_them(tmp_path: Path) -> None:
    with running(tmp_path, "") as server:
        a_member(server)
        mint = ("tokens", "mint", "--profile", "ada@example.com", "--data", tmp_path)
        former = told(armillary(*mint)).strip()
        assert "open until they expire" in told(armillary("tokens", "rotate", "--data", tmp_path))
        latter = told(armillary(*mint)).strip()
        assert [opens(server, token) for token in (former, latter)] == [200, 200]
        assert "opens anything any more" in told(armillary("tokens", "rotate", "--revoke", "--data", tmp_path))
        while opens(server, former) == 200:
            pass  # the server hears of it within milliseconds
        assert opens(server, latter) == 401
        assert opens(server, told(armillary(*mint)).strip()) == 200


def test_refusals_say_what_to_mend(tmp_path: Path) -> None:
    mint = ("tokens", "mint", "--data", tmp_path, "--profile")
    assert "holds nothing yet" in refused(armillary(*mint, "ada@example.com"))
    with running(tmp_path, "") as server:
        a_member(server)
    assert "nobody has this e-mail address or id" in refused(armillary(*mint, "bob@example.com"))
    assert "there are: default" in refused(armillary(*mint, "ada@example.com", "--workspace", "elsewhere"))
    for expires in ("0", "soon", "31d", "-1h"):
        assert "such as 1h; at most 30d" in refused(armillary(*mint, "ada@example.com", f"--expires={expires}"))


def test_the_token_alone_stands_on_standard_output(tmp_path: Path) -> None:
    with running(tmp_path, "") as server:
        a_member(server)
    output = told(armillary("tokens", "mint", "--profile", "ada@example.com", "--expires", "7d", "--data", tmp_path))
    claims = jwt.decode(output.strip(), options={"verify_signature": False})
    assert (claims["exp"] - claims["iat"], output.count("\n")) == (7 * 86400, 1)
