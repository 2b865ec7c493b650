"""What is not served answers in the same envelope: other paths, other methods, too much of a body."""

from __future__ import annotations

import httpx
import pytest

from armillary.dialects.cadenya import dialect
from tests.dialects.cadenya.conftest import Place


def _told(reply: httpx.Response) -> tuple[int, int, list[object]]:
    return reply.status_code, reply.json()["code"], reply.json()["details"]


def test_what_the_vendor_has_and_this_server_has_not(api: httpx.Client) -> None:
    assert len(dialect.unserved) > 40
    for template in dialect.unserved:
        path = "/v1" + template.replace("{", "").replace("}", "")
        for method in ("GET", "POST", "PATCH", "DELETE"):
            assert _told(api.request(method, path)) == (501, 12, []), (method, path)


@pytest.mark.parametrize(
    "path", ["/v1/workspaces/default/agents/a:publish", "/v1/workspaces/default/agents/a/variations/v:addAssignment"]
)
def test_verbs_of_what_is_not_served(api: httpx.Client, path: str) -> None:
    assert _told(api.post(path)) == (501, 12, [])


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/v1/nothing", "/v1/workspaces/default/nothing", "/v1/workspaces/default/models/a/b/c"]
)
def test_unknown_paths(api: httpx.Client, path: str) -> None:
    reply = api.get(path)
    assert (_told(reply), reply.headers["content-type"]) == ((404, 5, []), "application/json")


@pytest.mark.parametrize("path", ["/v1/workspaces/default/models/", "/v1/whoami/"])
def test_a_trailing_slash_is_another_path_and_never_a_redirect(api: httpx.Client, path: str) -> None:
    assert _told(api.get(path))[0] == 404


def test_a_body_that_is_too_large(place: Place) -> None:
    content = b'{"status": "' + b"x" * (2 * 1024 * 1024) + b'"}'
    reply = place.api.put(f"/v1/workspaces/{place.id}/models/x/status", content=content)
    assert _told(reply) == (413, 11, [])
