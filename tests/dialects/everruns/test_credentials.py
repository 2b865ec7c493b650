"""Credentials in every form that the contract takes, and the organization a request speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import pytest

from armillary.dialects.everruns import credentials
from armillary.dialects.everruns.mapping.ids import InvalidId
from armillary.domain.accounts import DEFAULT_WORKSPACE, ApiKey, WorkspaceStatus
from armillary.domain.errors import PermissionDenied, Unauthenticated
from armillary.services.access import Grant, Place, Places
from tests.builders import NOON

OTHER = UUID("019df670b5af7db7a5685a4ad18a5001")


@pytest.mark.parametrize(
    ("value", "token"),
    [
        ("evr_pat_1", "evr_pat_1"),
        ("  evr_pat_1\t", "evr_pat_1"),
        ("Bearer evr_pat_1", "evr_pat_1"),
        ("bearer   evr_pat_1", "evr_pat_1"),
        ("BEARER evr_pat_1", "evr_pat_1"),
        ("ApiKey evr_pat_1", "evr_pat_1"),
        ("apikey evr_pat_1", "evr_pat_1"),
        ("", None),
        ("   ", None),
    ],
)
def test_forms_that_are_taken(value: str, token: str | None) -> None:
    assert credentials.token({"authorization": value}) == token


def test_no_header_is_no_token() -> None:
    assert credentials.token({}) is None


@pytest.mark.parametrize("value", ["Basic YTpi", "Digest x=y", "Token abc", "Bearer", "ApiKey", "Bearer a b", "a b"])
def test_forms_that_are_refused(value: str) -> None:
    with pytest.raises(Unauthenticated):
        credentials.token({"authorization": value})


@dataclass(frozen=True, kw_only=True)
class Case:
    headers: dict[str, str]
    expected: UUID | None
    reached: tuple[UUID, ...] = field(default=(DEFAULT_WORKSPACE, OTHER))


def _grant(*reached: UUID) -> Grant:
    key = ApiKey(
        id=OTHER,
        account=OTHER,
        profile=OTHER,
        name="k",
        assigned=reached,
        created_by=OTHER,
        created_at=NOON,
        updated_at=NOON,
    )
    places = {
        each: Place(id=each, external_id="", status=WorkspaceStatus.ENABLED, name="w")
        for each in (DEFAULT_WORKSPACE, OTHER)
    }
    return Grant(holder=key, scopes=frozenset(), places=Places(revision=1, by_id=places, by_external_id={}))


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case(headers={}, expected=DEFAULT_WORKSPACE), id="default"),
        pytest.param(Case(headers={}, expected=OTHER, reached=(OTHER,)), id="the-only-one"),
        pytest.param(Case(headers={}, expected=None, reached=()), id="none"),
        pytest.param(Case(headers={"x-org-id": f"org_{OTHER.hex}"}, expected=OTHER), id="header"),
        pytest.param(Case(headers={"x-org-id": f" org_{str(OTHER).upper()} "}, expected=OTHER), id="dashed"),
        pytest.param(Case(headers={"cookie": f"a=b; everruns_org=org_{OTHER.hex}"}, expected=OTHER), id="cookie"),
        pytest.param(
            Case(
                headers={"x-org-id": f"org_{OTHER.hex}", "cookie": f"everruns_org=org_{DEFAULT_WORKSPACE.hex}"},
                expected=OTHER,
            ),
            id="header-before-cookie",
        ),
        pytest.param(Case(headers={"cookie": "everruns_org="}, expected=DEFAULT_WORKSPACE), id="empty-cookie"),
        pytest.param(Case(headers={"cookie": "other=1"}, expected=DEFAULT_WORKSPACE), id="another-cookie"),
    ],
)
def test_which_organization(case: Case) -> None:
    assert credentials.organization(_grant(*case.reached), case.headers, {}) == case.expected


@pytest.mark.parametrize("value", ["", "acme", "org_1", f"wsp_{OTHER.hex}", OTHER.hex])
def test_a_malformed_organization_is_refused(value: str) -> None:
    with pytest.raises(InvalidId, match="Invalid organization ID"):
        credentials.organization(_grant(OTHER), {"x-org-id": value}, {})


def test_an_organization_of_others_is_denied() -> None:
    with pytest.raises(PermissionDenied):
        credentials.organization(_grant(OTHER), {"x-org-id": f"org_{'f' * 32}"}, {})
