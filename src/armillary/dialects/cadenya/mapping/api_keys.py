"""API keys, as both families of routes show them. Source: contracts/cadenya.md, 3.10."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from msgspec import UNSET, UnsetType

from armillary.dialects.cadenya.mapping import ids, metadata, pages
from armillary.dialects.cadenya.mapping.masks import clearable, masked
from armillary.dialects.cadenya.mapping.profiles import profile_reply
from armillary.dialects.cadenya.schemas import api_keys as wire
from armillary.dialects.cadenya.schemas.models import State
from armillary.domain.accounts import ApiKey, ApiKeyChanges, ApiKeyQuery, NewApiKey, Profile, Workspace

#: Finds the workspace that a text names. Raises: NotFound.
Find = Callable[[str], UUID]
_WRITABLE = (
    *metadata.WRITABLE,
    "spec.description",
    "spec.permissions",
    "spec.all_workspaces",
    "spec.workspace_assignments",
)


def api_key_query(query: wire.APIKeyQuery, workspace: UUID | None, bound: pages.Filters) -> ApiKeyQuery:
    """The domain's query, for one more than the page shows; ``workspace`` is one that the keys reach.

    Raises: InvalidRequest.
    """
    # keys belong to no bundle: a filter by one leaves none
    span = ids.NOTHING if query.bundle_key else ids.span("api_key", query.prefix) or ids.NOTHING
    return ApiKeyQuery(
        workspace=workspace,
        ids=span if query.prefix or query.bundle_key else None,
        text=query.query,
        labels=pages.labels(query.labels),
        newest_first=pages.newest_first(query.sort_order),
        limit=pages.limit(query.limit) + 1,
        after=pages.id_after(query, bound),
    )


def api_key_reply(key: ApiKey, *, token: str = "", info: wire.APIKeyInfo | UnsetType = UNSET) -> wire.APIKey:
    """The key; its token only in the reply that made it."""
    assigned = [wire.Assignment(workspace_id=ids.spelled("workspace", one)) for one in key.assigned]
    return wire.APIKey(
        metadata=metadata.of_account("api_key", key),
        spec=wire.APIKeySpec(
            token=token,
            description=key.description,
            permissions=list(key.scopes),
            system=key.is_default,
            all_workspaces=key.all_workspaces,
            workspace_assignments=assigned,
            default=key.is_default,
        ),
        state=State.ENABLED if key.enabled else State.DISABLED,
        info=info,
    )


def api_key_info(
    key: ApiKey, profiles: Mapping[UUID, Profile], workspaces: Sequence[Workspace] | None
) -> wire.APIKeyInfo:
    """Who made the key, and which of the caller's workspaces it reaches; None where the caller may not know."""
    maker = profiles.get(key.created_by)
    reached = None if workspaces is None else [one for one in workspaces if key.reaches(one.id)]
    return wire.APIKeyInfo(
        created_by=UNSET if maker is None else profile_reply(maker),
        workspaces=UNSET if reached is None else [metadata.of_account("workspace", one) for one in reached],
    )


def api_keys_reply(found: Sequence[wire.APIKey], last: UUID | None, bound: pages.Filters) -> wire.APIKeyList:
    """A page of keys."""
    return wire.APIKeyList(items=list(found), pagination=pages.pagination(last, bound))


def new_api_key(body: wire.CreateAPIKey, find: Find, within: UUID | None = None) -> NewApiKey:
    """The key that a body asks for; ``within`` is the path's workspace, the only one that older clients assign.

    Raises: NotFound.
    """
    spec = wire.APIKeySpecBody() if isinstance(body.spec, UnsetType) else body.spec
    stated = metadata.stated(body.metadata)
    stated.pop("bundle", None)
    assigned = () if isinstance(spec.workspace_assignments, UnsetType) else tuple(spec.workspace_assignments)
    reached = tuple(find(one.workspace_id) for one in assigned)
    return NewApiKey(
        description="" if isinstance(spec.description, UnsetType) else spec.description,
        scopes=() if isinstance(spec.permissions, UnsetType) else tuple(spec.permissions),
        all_workspaces=spec.all_workspaces is True,
        assigned=reached if within is None else (within, *reached),
        **stated,
    )


def api_key_changes(body: wire.UpdateAPIKey, find: Find) -> ApiKeyChanges:
    """What a body changes of a key. Raises: InvalidRequest, NotFound."""
    mask = masked(body.update_mask, body, _WRITABLE)
    scopes = clearable(body, "spec.permissions", mask, [])
    assigned = clearable(body, "spec.workspace_assignments", mask, [])
    return ApiKeyChanges(
        description=clearable(body, "spec.description", mask, ""),
        scopes=UNSET if scopes is UNSET else tuple(scopes),
        all_workspaces=clearable(body, "spec.all_workspaces", mask, False),
        assigned=UNSET if assigned is UNSET else tuple(find(one.workspace_id) for one in assigned),
        **metadata.changes(body, mask),
    )
