"""Which organization a request speaks of: header, cookie, or the caller's own."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest

from tests.dialects.everruns.conftest import Api, Office, refused
from tests.servers import Server


@pytest.fixture(scope="module")
def other(server: Server, office: Office) -> Iterator[Api]:
    with Api(server, office.workspace()) as client:
        yield client


def _list(server: Server, key: str | None = None, **headers: str) -> httpx.Response:
    return httpx.get(f"{server.url}/api/v1/models", headers={"Authorization": key or server.key, **headers})


def _favourites(reply: httpx.Response) -> set[str]:
    return {row["id"] for row in reply.json()["data"] if row["is_favorite"]}


def test_header_and_cookie_choose(server: Server, other: Api) -> None:
    model = other.model(is_favorite=True)["id"]
    organization = f"org_{other.workspace.hex}"
    assert model in _favourites(_list(server, **{"X-Org-Id": organization}))
    assert model in _favourites(_list(server, Cookie=f"everruns_org={organization}"))
    assert model not in _favourites(_list(server))


def test_a_kept_reply_is_not_another_organizations(server: Server, other: Api) -> None:
    """Whatever chooses the organization tells kept replies apart, cookies too."""
    model = other.model(is_favorite=True)["id"]
    here = f"everruns_org=org_{UUID(int=1).hex}"
    for _ in range(2):
        assert model not in _favourites(_list(server, Cookie=here))
        assert model in _favourites(_list(server, Cookie=f"everruns_org=org_{other.workspace.hex}"))


def test_the_header_wins_over_the_cookie(server: Server, other: Api) -> None:
    model = other.model(is_favorite=True)["id"]
    reply = _list(server, **{"X-Org-Id": f"org_{other.workspace.hex}"}, Cookie=f"everruns_org=org_{UUID(int=1).hex}")
    assert model in _favourites(reply)


def test_a_key_of_one_organization_needs_to_name_none(server: Server, other: Api, office: Office) -> None:
    model = other.model(is_favorite=True)["id"]
    key = office.key("models:read", assigned=(other.workspace,))
    assert model in _favourites(_list(server, key))


@pytest.mark.parametrize("value", ["acme", "org_12", f"wsp_{UUID(int=1).hex}", UUID(int=1).hex])
def test_a_malformed_one_is_refused(server: Server, value: str) -> None:
    problem = refused(_list(server, **{"X-Org-Id": value}), 400, "bad_request")
    assert problem["detail"] == "Invalid organization ID"


def test_one_that_the_caller_is_no_member_of_is_denied(server: Server, other: Api, office: Office) -> None:
    elsewhere = office.key("models:read", assigned=(UUID(int=1),))
    refused(_list(server, elsewhere, **{"X-Org-Id": f"org_{other.workspace.hex}"}), 403, "forbidden")
    refused(_list(server, **{"X-Org-Id": f"org_{'f' * 32}"}), 403, "forbidden")
