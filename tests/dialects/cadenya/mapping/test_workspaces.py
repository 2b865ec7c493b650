"""Workspaces and members, read and written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec import UNSET

from armillary.dialects.cadenya import spellings
from armillary.dialects.cadenya.mapping import ids
from armillary.dialects.cadenya.mapping import workspaces as mapping
from armillary.dialects.cadenya.schemas import workspaces as wire
from armillary.domain.accounts import NewWorkspace, WorkspaceChanges
from armillary.domain.errors import InvalidRequest, NotFound
from armillary.services.members import NewMember


def _read(body: Any, kind: Any) -> Any:
    return spellings.decode(msgspec.json.encode(body), kind)


def test_a_workspace_to_be() -> None:
    body = {"metadata": {"name": "w", "bundleKey": "b"}, "spec": {"description": "d"}}
    assert mapping.new_workspace(_read(body, wire.CreateWorkspace)) == NewWorkspace(name="w", description="d")
    assert mapping.new_workspace(_read({"metadata": {"name": "w"}}, wire.CreateWorkspace)) == NewWorkspace(name="w")


def test_what_a_mask_clears() -> None:
    body = {"metadata": {"name": "x"}, "spec": {}, "updateMask": "spec.description,metadata.labels"}
    expected = WorkspaceChanges(description="", labels={})
    assert mapping.workspace_changes(_read(body, wire.UpdateWorkspace)) == expected


def test_without_a_mask_what_is_there_changes() -> None:
    body = {"metadata": {"name": "x"}}
    assert mapping.workspace_changes(_read(body, wire.UpdateWorkspace)) == WorkspaceChanges(name="x", description=UNSET)


@pytest.mark.parametrize(
    "body", [{}, {"profileId": "profile_x", "email": "a@b.example"}, {"profileId": "", "email": ""}]
)
def test_a_member_is_named_in_one_way(body: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        mapping.new_member(_read(body, wire.AddMember))
    assert refused.value.field == "profile_id"


def test_a_member_to_be() -> None:
    profile = UUID(int=7)
    named = {"profile_id": ids.spelled("profile", profile)}
    assert mapping.new_member(_read(named, wire.AddMember)) == NewMember(profile=profile)
    assert mapping.new_member(_read({"email": "a@b.example"}, wire.AddMember)) == NewMember(email="a@b.example")
    with pytest.raises(NotFound):
        mapping.new_member(_read({"profileId": "nobody"}, wire.AddMember))
