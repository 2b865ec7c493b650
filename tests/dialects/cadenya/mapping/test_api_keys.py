"""API keys of either family, read and written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from armillary.dialects.cadenya import spellings
from armillary.dialects.cadenya.mapping import api_keys as mapping
from armillary.dialects.cadenya.mapping import ids
from armillary.dialects.cadenya.schemas import api_keys as wire
from armillary.domain.accounts import ApiKey, ApiKeyChanges, NewApiKey
from tests.builders import NOON

HERE, THERE = UUID(int=1), UUID(int=2)
PLACES = {"here": HERE, "there": THERE}


def _read(body: Any, kind: Any) -> Any:
    return spellings.decode(msgspec.json.encode(body), kind)


def _key(**members: Any) -> ApiKey:
    given = {"id": UUID(int=5), "account": UUID(int=9), "profile": UUID(int=6), "name": "k", "created_by": UUID(int=3)}
    return ApiKey(**{**given, "created_at": NOON, "updated_at": NOON, **members})


def test_the_token_is_empty_but_where_it_was_made() -> None:
    assert mapping.api_key_reply(_key()).spec.token == ""
    assert mapping.api_key_reply(_key(), token="t").spec.token == "t"


def test_what_is_read_only_is_ignored() -> None:
    spec = {"token": "t", "default": True, "system": True, "permissions": ["models:read"]}
    body = _read({"metadata": {"name": "k"}, "spec": spec}, wire.CreateAPIKey)
    assert mapping.new_api_key(body, PLACES.__getitem__) == NewApiKey(name="k", scopes=("models:read",))


def test_older_clients_assign_the_workspace_of_the_path() -> None:
    body = _read({"metadata": {"name": "k"}, "spec": {}}, wire.CreateAPIKey)
    assert mapping.new_api_key(body, PLACES.__getitem__, HERE) == NewApiKey(name="k", assigned=(HERE,))


def test_newer_clients_name_the_workspaces() -> None:
    spec = {"allWorkspaces": False, "workspaceAssignments": [{"workspaceId": "there"}, {"workspace_id": "here"}]}
    body = _read({"metadata": {"name": "k"}, "spec": spec}, wire.CreateAPIKey)
    assert mapping.new_api_key(body, PLACES.__getitem__).assigned == (THERE, HERE)


@pytest.mark.parametrize(
    ("mask", "changes"),
    [
        ("spec.permissions", ApiKeyChanges(scopes=())),
        ("spec.allWorkspaces", ApiKeyChanges(all_workspaces=False)),
        ("spec.workspace_assignments", ApiKeyChanges(assigned=())),
        ("spec.description,metadata.externalId", ApiKeyChanges(description="", external_id="")),
    ],
)
def test_what_a_mask_clears(mask: str, changes: ApiKeyChanges) -> None:
    body = _read({"metadata": {"name": "x"}, "spec": {}, "updateMask": mask}, wire.UpdateAPIKey)
    assert mapping.api_key_changes(body, PLACES.__getitem__) == changes


@pytest.mark.parametrize(
    ("query", "span"),
    [
        ("", None),
        ("prefix=apikey_", (UUID(int=0), UUID(int=2**128 - 1))),
        ("prefix=other", ids.NOTHING),
        ("bundleKey=b", ids.NOTHING),
    ],
)
def test_a_prefix_is_one_of_ids(query: str, span: Any) -> None:
    assert mapping.api_key_query(spellings.query(query, wire.APIKeyQuery), None, {}).ids == span
