"""API keys between the domain and the wire."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import UnsetType

from armillary.dialects.native.mapping import ids
from armillary.dialects.native.mapping.queries import after_id, label_filter, next_of
from armillary.dialects.native.schemas import keys as wire
from armillary.domain.access import Role
from armillary.domain.accounts import NOWHERE, ApiKey, ApiKeyQuery, NewApiKey


def key_reply(key: ApiKey) -> wire.Key:
    """The key as this API shows it: never its token."""
    return wire.Key(
        id=ids.spelled("key", key.id),
        profile_id=ids.spelled("profile", key.profile),
        name=key.name,
        description=key.description,
        role=key.role.value,
        scopes=list(key.scopes),
        all_workspaces=key.all_workspaces,
        workspaces=[ids.spelled("workspace", workspace) for workspace in key.assigned],
        enabled=key.enabled,
        is_default=key.is_default,
        labels=dict(key.labels),
        external_id=key.external_id or None,
        created_at=key.created_at,
        updated_at=key.updated_at,
        last_used_at=key.last_used_at,
    )


def token_reply(made: tuple[ApiKey, str]) -> wire.KeyToken:
    """A key beside its token."""
    return wire.KeyToken(key=key_reply(made[0]), token=made[1])


def key_query(query: wire.KeysQuery) -> ApiKeyQuery:
    """What is asked for, one more than is shown. Raises: Misplaced, InvalidRequest (``cursor``)."""
    workspace = query.workspace_id
    return ApiKeyQuery(
        text=query.q.strip(),
        workspace=None if workspace is None else ids.read("workspace", workspace, "workspace_id"),
        labels=label_filter(query.label),
        newest_first=query.order == "newest",
        limit=query.limit + 1,
        after=after_id(query),
    )


def page_reply(found: Sequence[ApiKey], query: wire.KeysQuery) -> wire.Keys:
    """A page of keys, of which one more was asked than is shown."""
    return wire.Keys(data=[key_reply(key) for key in found[: query.limit]], next_cursor=next_of(found, query))


def new_key(body: wire.NewKey, *, within: UUID) -> NewApiKey:
    """The key that a body asks for; ``within`` is the workspace of the request. Raises: Misplaced (``workspaces``)."""
    return NewApiKey(
        name=body.name,
        description=body.description,
        scopes=tuple(body.scopes),
        role=None if body.role is None else Role(body.role),
        all_workspaces=body.all_workspaces,
        assigned=_assigned(body, within),
        labels=dict(body.labels),
        external_id=body.external_id,
    )


def _assigned(body: wire.NewKey, within: UUID) -> tuple[UUID, ...]:
    if isinstance(body.workspaces, UnsetType):
        return () if body.all_workspaces or within == NOWHERE else (within,)
    return tuple(ids.read("workspace", text, "workspaces") for text in body.workspaces)
