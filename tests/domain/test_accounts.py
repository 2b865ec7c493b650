from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.access import EVERYTHING, SCOPES, Principal, Role, entered
from armillary.domain.accounts import (
    ApiKey,
    ApiKeyChanges,
    Workspace,
    WorkspaceStatus,
    archived,
    changed_api_key,
    checked_api_key,
    checked_email,
    checked_workspace,
    require_covered,
    visible,
)
from armillary.domain.errors import Conflict, InvalidRequest, PermissionDenied

AT = datetime(2026, 3, 1, tzinfo=UTC)
ACCOUNT = UUID(int=9)
WORKSPACES = st.frozensets(st.integers(1, 4).map(lambda number: UUID(int=number)))


def a_key(number: int = 1, **stated: object) -> ApiKey:
    key = ApiKey(
        id=UUID(int=100 + number),
        account=ACCOUNT,
        profile=UUID(int=200 + number),
        name="key",
        created_by=UUID(int=7),
        created_at=AT,
        updated_at=AT,
    )
    return replace(key, **stated)  # type: ignore[arg-type]  # any member


def holder(key: ApiKey) -> Principal:
    return Principal(
        account=key.account,
        workspace=UUID(int=1),
        profile=key.profile,
        role=key.role,
        scopes=entered(key.role, key.scopes),
        key=key.id,
    )


KEYS = st.builds(
    a_key,
    st.integers(1, 3),
    scopes=st.sets(st.sampled_from([*sorted(SCOPES), EVERYTHING])).map(tuple),
    role=st.sampled_from(Role),
    all_workspaces=st.booleans(),
    assigned=WORKSPACES.map(tuple),
)


def covers(own: ApiKey, other: ApiKey) -> bool:
    try:
        require_covered(other, holder(own), own)
    except PermissionDenied:
        return False
    return True


@given(KEYS, KEYS)
def test_a_covered_key_opens_nothing_that_the_callers_does_not(own: ApiKey, other: ApiKey) -> None:
    if covers(own, other):
        assert entered(other.role, other.scopes) <= entered(own.role, own.scopes)
        assert all(
            own.reaches(workspace)
            for workspace in map(UUID, ("0" * 31 + "1", "0" * 31 + "4"))
            if other.reaches(workspace)
        )


@given(KEYS, KEYS, KEYS)
def test_covering_passes_on(first: ApiKey, second: ApiKey, third: ApiKey) -> None:
    if covers(first, second) and covers(second, third):
        assert covers(first, third)


@given(KEYS, KEYS)
def test_a_key_that_is_covered_and_reaches_something_is_visible(own: ApiKey, other: ApiKey) -> None:
    if covers(own, other) and (other.all_workspaces or other.assigned):
        assert visible(other, holder(own), own)


def test_another_accounts_key_is_never_visible() -> None:
    own = a_key(1, all_workspaces=True, scopes=(EVERYTHING,))
    assert not visible(a_key(2, account=UUID(int=8), all_workspaces=True), holder(own), own)


def test_only_a_key_with_everything_hands_everything_on() -> None:
    spelled_out = a_key(1, scopes=tuple(sorted(SCOPES)), all_workspaces=True)
    with pytest.raises(PermissionDenied) as refusal:
        require_covered(a_key(2, scopes=(EVERYTHING,)), holder(spelled_out), spelled_out)
    assert refusal.value.scope == EVERYTHING


def test_what_changes_nothing_leaves_the_key_itself() -> None:
    key = checked_api_key(a_key(scopes=("models:read",)))
    assert changed_api_key(key, ApiKeyChanges(name=" key ", scopes=("models:read",)), at=AT + timedelta(1)) is key


@given(KEYS)
def test_checking_a_key_again_changes_nothing(key: ApiKey) -> None:
    assert checked_api_key(checked_api_key(key)) == checked_api_key(key)


@pytest.mark.parametrize(
    "wrong",
    [{"name": " "}, {"name": "x" * 256}, {"name": "a\0b"}, {"description": "x" * 10_001}, {"labels": {"-": ""}},
     {"external_id": "a/b"}, {"scopes": ("nothing",)}, {"assigned": tuple(UUID(int=n) for n in range(1001))}],
    ids=["blank-name", "long-name", "nul", "long-description", "bad-label", "bad-external-id", "bad-scope", "many"],
)  # fmt: skip
def test_a_key_out_of_its_bounds_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        checked_api_key(a_key(1, **wrong))


def a_workspace(**stated: object) -> Workspace:
    workspace = Workspace(
        id=UUID(int=1), number=1, account=ACCOUNT, name="name", created_by=ACCOUNT, created_at=AT, updated_at=AT
    )
    return replace(workspace, **stated)  # type: ignore[arg-type]  # any member


@pytest.mark.parametrize("wrong", [{"name": ""}, {"labels": {"k": "-"}}, {"external_id": " "}], ids=str)
def test_a_workspace_out_of_its_bounds_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        checked_workspace(a_workspace(**wrong))


def test_the_last_workspace_is_not_archived() -> None:
    with pytest.raises(Conflict) as refusal:
        archived(a_workspace(), enabled=1, at=AT)
    assert refusal.value.state == "last_workspace"


def test_a_workspace_is_archived_while_another_is_left() -> None:
    assert archived(a_workspace(), enabled=2, at=AT).status is WorkspaceStatus.ARCHIVED


def test_addresses_are_compared_in_lower_case() -> None:
    assert checked_email(" Ada@Example.ORG ") == "ada@example.org"


@pytest.mark.parametrize("wrong", ["", "ada", "@example.org", "ada@", "a b@example.org", "a\n@b", "a@" + "b" * 254])
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidRequest):
        checked_email(wrong)
