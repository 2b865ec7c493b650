from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.access import CEILING, Role
from armillary.domain.errors import InvalidRequest, Unauthenticated
from armillary.domain.tokens import Claims, Membership, SigningKey, SigningKeys, lifetime, read_claims
from tests.builders import NOON

HERE, WHO = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("text", "life"),
    [
        ("90", timedelta(seconds=90)),
        ("1s", timedelta(seconds=1)),
        (" 30m ", timedelta(minutes=30)),
        ("1h", timedelta(hours=1)),
        ("30d", timedelta(days=30)),
    ],
)
def test_lifetimes_that_are_understood(text: str, life: timedelta) -> None:
    assert lifetime(text) == life


@pytest.mark.parametrize("text", ["", "0", "0h", "31d", "721h", "h", "1w", "-1h", "1.5h", "1 h", "٣h", "9" * 99])
def test_other_lifetimes_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="such as 1h; at most 30d"):
        lifetime(text)


def a_key(number: int, at: datetime) -> SigningKey:
    return SigningKey(kid=str(number), secret=bytes(32), until=at)


@given(steps=st.lists(st.tuples(st.booleans(), st.integers(0, 48), st.integers(1, 48)), max_size=30))
def test_every_token_that_lives_finds_its_key_through_all_rotations(steps: list[tuple[bool, int, int]]) -> None:
    at, keys, alive = NOON, SigningKeys((a_key(0, NOON),)), dict[str, datetime]()
    for number, (rotates, hours, life) in enumerate(steps, 1):
        at += timedelta(hours=hours)
        if rotates:
            keys = keys.rotated(a_key(number, at), at=at)
        else:
            keys = keys.signed(at + timedelta(hours=life))
            alive[keys.keys[0].kid] = max(alive.get(keys.keys[0].kid, at), at + timedelta(hours=life))
        assert all(keys.find(kid) for kid, until in alive.items() if until > at)
    after = keys.rotated(a_key(-1, at), at=at)
    assert {key.kid for key in after.keys[1:]} == {kid for kid, until in alive.items() if until > at}


def test_no_key_signs_before_the_first_is_made() -> None:
    assert SigningKeys().current is None
    assert SigningKeys().find("") is None


def test_a_key_does_not_show_its_secret() -> None:
    assert "secret" not in repr(SigningKeys((a_key(1, NOON),)))


@pytest.mark.parametrize("role", list(Role))
def test_a_membership_opens_no_more_than_its_role_and_only_its_workspace(role: Role) -> None:
    held = Membership(account=UUID(int=9), profile=WHO, role=role, workspace=HERE)
    assert held.opens() <= CEILING[role]
    assert (held.reaches(HERE), held.reaches(WHO)) == (True, False)


def claims(**stated: Any) -> dict[str, Any]:
    return {"workspace_id": str(HERE), "profile_id": str(WHO), "email": "Ada@Example.com ", "exp": 7, **stated}


@pytest.mark.parametrize(
    ("stated", "profile"),
    [
        pytest.param(claims(), WHO, id="profile"),
        pytest.param(claims(profile_id=WHO.hex), WHO, id="without-hyphens"),
        pytest.param(claims(profile_id="x"), None, id="no-uuid"),
        pytest.param(claims(profile_id=7), None, id="number"),
        pytest.param(claims(profile_id=None), None, id="null"),
    ],
)
def test_a_profile_is_named_by_its_id_and_else_by_its_address(stated: dict[str, Any], profile: UUID | None) -> None:
    expected = Claims(profile=profile, email="ada@example.com", workspace=HERE, expires_at=7.0)
    assert read_claims(stated) == expected


@pytest.mark.parametrize(
    "stated",
    [
        pytest.param(claims(workspace_id=None), id="no-workspace"),
        pytest.param(claims(workspace_id="default"), id="no-workspaces-id"),
        pytest.param(claims(profile_id=None, email=" "), id="nobody"),
        pytest.param(claims(profile_id="x", email=None), id="nobody-at-all"),
    ],
)
def test_claims_that_name_nobody_or_no_place_are_refused(stated: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated, match="ask for a new one"):
        read_claims(stated)
