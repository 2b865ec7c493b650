"""What the vendor has and this server has not says so, to whoever may ask."""

from __future__ import annotations

import re

import httpx
import pytest

from armillary.dialects.everruns.unserved import UNSERVED, UNSERVED_FIRST
from tests.dialects.everruns.conftest import Api, refused
from tests.servers import Server

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def _filled(template: str) -> str:
    return re.sub(r"\{\w+\}", "x_1", template.replace("{path:path}", "a/b/_c d"))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_says_so(shared: Api, method: str) -> None:
    for template in (*UNSERVED, *UNSERVED_FIRST):
        refused(shared.request(method, _filled(template)), 404, "feature_not_enabled")


def test_under_the_short_prefix_as_well(shared: Api, server: Server) -> None:
    for template in UNSERVED:
        refused(shared.get(f"{server.url}/v1{_filled(template)}"), 404, "feature_not_enabled")


def test_a_wrong_key_is_told_first(server: Server) -> None:
    with httpx.Client(headers={"Authorization": "wrong"}) as stranger:
        for template in (*UNSERVED, *UNSERVED_FIRST):
            refused(stranger.get(f"{server.url}/api/v1{_filled(template)}"), 401, "unauthorized")


@pytest.mark.parametrize("path", ["/nothing", "/models/a/b", "/agents/a/b/c/d/e/f", "", "/"])
def test_what_nobody_has_is_not_found(shared: Api, path: str) -> None:
    refused(shared.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/models/model_1", "DELETE, GET, PATCH"),
        ("POST", "/models", "GET"),
        ("DELETE", "/providers", "GET, POST"),
        ("GET", "/providers/provider_1/sync-models", "POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(shared: Api, method: str, path: str, allowed: str) -> None:
    reply = shared.request(method, path)
    refused(reply, 405, "method_not_allowed")
    assert reply.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/providers/", "/models/"])
def test_a_path_with_a_slash_more_is_an_empty_id(shared: Api, path: str) -> None:
    """It is not led back to the list: clients follow no redirect."""
    refused(shared.get(path), 400, "bad_request")
