from __future__ import annotations

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.access import CEILING, EVERYTHING, SCOPES, Principal, Role, entered, expanded, normalised
from armillary.domain.errors import InvalidRequest, PermissionDenied

SOME_SCOPES = st.sets(st.sampled_from([*sorted(SCOPES), EVERYTHING]))
ROLES = st.sampled_from(Role)
SMALLEST_FIRST = (Role.VIEWER, Role.MEMBER, Role.ADMIN, Role.OWNER)


@given(SOME_SCOPES)
def test_normalising_again_changes_nothing(scopes: set[str]) -> None:
    assert normalised(normalised(scopes)) == normalised(scopes)


@given(SOME_SCOPES)
def test_expanding_again_changes_nothing(scopes: set[str]) -> None:
    assert expanded(expanded(scopes)) == expanded(scopes)


@given(SOME_SCOPES)
def test_normalised_scopes_grant_the_same(scopes: set[str]) -> None:
    assert expanded(normalised(scopes)) == expanded(scopes)


@given(SOME_SCOPES)
def test_no_normalised_scope_can_be_left_out(scopes: set[str]) -> None:
    shortest = normalised(scopes)
    assert all(expanded(set(shortest) - {scope}) < expanded(shortest) for scope in shortest)


@given(SOME_SCOPES, SOME_SCOPES)
def test_more_scopes_grant_more(some: set[str], more: set[str]) -> None:
    assert expanded(some) <= expanded(some | more)


@pytest.mark.parametrize(("lower", "higher"), list(pairwise(SMALLEST_FIRST)))
def test_each_role_may_do_more_than_the_one_below(lower: Role, higher: Role) -> None:
    assert CEILING[lower] < CEILING[higher]
    assert lower.within(higher)
    assert not higher.within(lower)


@given(ROLES, SOME_SCOPES)
def test_nobody_exceeds_their_role_nor_their_scopes(role: Role, scopes: set[str]) -> None:
    assert entered(role, scopes) == CEILING[role] & expanded(scopes)


@given(ROLES, ROLES, SOME_SCOPES)
def test_a_higher_role_may_do_no_less(one: Role, other: Role, scopes: set[str]) -> None:
    lower, higher = sorted((one, other), key=SMALLEST_FIRST.index)
    assert entered(lower, scopes) <= entered(higher, scopes)


def test_manage_implies_read() -> None:
    assert expanded({"models:manage"}) == {"models:manage", "models:read"}


def test_manage_implies_no_scope_that_does_not_exist() -> None:
    assert expanded({"secrets:manage"}) == {"secrets:manage"}


@pytest.mark.parametrize("scope", ["models", "models:write", "models:*", "**", "", "MODELS:read"])
def test_unknown_scopes_are_refused(scope: str) -> None:
    with pytest.raises(InvalidRequest, match="no such scope") as refusal:
        normalised(["models:read", scope])
    assert refusal.value.field == "permissions"


def test_a_missing_scope_is_told_with_those_that_are_there() -> None:
    caller = Principal(
        account=UUID(int=9),
        workspace=UUID(int=1),
        profile=UUID(int=2),
        role=Role.VIEWER,
        scopes=frozenset({"tools:read", "models:read"}),
    )
    with pytest.raises(PermissionDenied) as refusal:
        caller.require("models:manage")
    assert (refusal.value.scope, refusal.value.granted) == ("models:manage", ("models:read", "tools:read"))
