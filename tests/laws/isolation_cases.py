"""What each operation is asked by ``test_isolation``, and what it has to answer: keyed by dialect and operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from armillary.domain.ids import ulid

Kind = Literal["model", "provider", "key", "profile", "workspace", "draft", "department", "agent", "upload", "name"]
#: What a path's parameter names.
KINDS: dict[str, Kind] = {
    "model_id": "model",
    "provider_id": "provider",
    "ai_provider_key_id": "provider",
    "api_key_id": "key",
    "key_id": "key",
    "profile_id": "profile",
    "workspace_id": "workspace",
    "draft_id": "draft",
    "department_id": "department",
    "agent_id": "agent",
    "upload_id": "upload",
    "name_id": "name",
}
HEX: dict[Kind, str] = {kind: kind for kind in KINDS.values()}
ALIASES = {**HEX, "model": "mod", "provider": "prov", "key": "apikey", "workspace": "org"}
ULIDS = {**HEX, "provider": "aipk", "key": "apikey"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """Something that has an id and an external id, or might have."""

    id: UUID
    external_id: str


Spelling = Callable[[Kind, Row], str]
SPELLINGS: dict[str, Spelling] = {
    "hex": lambda kind, row: f"{HEX[kind]}_{row.id.hex}",
    "ulid": lambda kind, row: f"{ULIDS[kind]}_{ulid(row.id)}",
    "alias": lambda kind, row: f"{ALIASES[kind]}_{row.id.hex}",
    "hyphens": lambda kind, row: f"{HEX[kind]}_{row.id}",
    "external": lambda _kind, row: f"external_id:{row.external_id}",
    "uuid": lambda _kind, row: str(row.id),
}
OWN_SPELLING = {"everruns": "hex", "cadenya": "ulid", "artifacts": "uuid", "native": "hex"}


@dataclass(frozen=True, kw_only=True)
class Say:
    """Spells ids for a request: ``say("model")`` the foreign one, ``say.own("model")`` the caller's own."""

    rows: dict[Kind, Row]
    mine: dict[Kind, Row]
    spelling: Spelling
    own_spelling: Spelling
    said: set[Kind] = field(default_factory=set)

    def __call__(self, kind: Kind) -> str:
        self.said.add(kind)
        return self.spelling(kind, self.rows[kind])

    def own(self, kind: Kind) -> str:
        return self.own_spelling(kind, self.mine[kind])


Told = Callable[[Say], Any]


def nothing(_say: Say) -> None:
    """No body, or no query."""


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A request of an operation.

    Path parameters are filled with foreign ids, save those in ``own`` and the workspace that is entered. ``varying`` is
    a pattern of what differs from one answer to the next.
    """

    body: Told = nothing
    query: Told = nothing
    own: tuple[str, ...] = ()
    by: Literal["admin", "owner"] = "admin"
    varying: str = ""


@dataclass(frozen=True, kw_only=True)
class Foreign(Asking):
    """It names what may be somebody else's: whose it is must make no difference to its being nowhere.

    Args:
        status: of the answer for what is nowhere, so that it is this that is tried, and no other refusal.
        unassigned: of the answer where the account's other workspace is named: that one is no secret, what is in it
            is (contracts/cadenya.md, 1.7).
    """

    status: int = 404
    unassigned: int = 403


@dataclass(frozen=True, kw_only=True)
class Listing(Asking):
    """It lists rows: the caller's own one of ``shows`` is among them, and nobody else's."""

    shows: Kind


@dataclass(frozen=True, kw_only=True)
class Own(Asking):
    """It names nothing that could be somebody else's, and tells of nothing that is."""

    status: int = 200


@dataclass(frozen=True, kw_only=True)
class AccountWide(Asking):
    """It is about the account: refused with 403 to who owns it not, whatever is named."""


Check = Foreign | Listing | Own | AccountWide

_NEW_METADATA = {"metadata": {"name": "New"}}
_CADENYA_MODEL = {**_NEW_METADATA, "spec": {"providerModelId": "new-1"}}
_CADENYA_PROVIDER = {**_NEW_METADATA, "spec": {"provider": "AI_PROVIDER_OPENAI"}}
_RENAMED = {"metadata": {"name": "Taken over"}, "updateMask": "metadata.name"}
_IMPORT = {"document": {"acme": {"id": "acme", "name": "Acme", "models": {"one": {"id": "one", "name": "One"}}}}}
_CREDENTIAL = {"members": {"api_key": "a-made-up-key"}}


def saying(body: Any) -> Told:
    """The same body whoever is named."""
    return lambda _say: body


def _assignments(say: Say) -> Any:
    return {"spec": {"workspaceAssignments": [{"workspaceId": say("workspace")}]}}


def _new_key(say: Say) -> Any:
    return {**_NEW_METADATA, **_assignments(say)}


def _own_workspace(say: Say) -> Any:
    return {"workspaceId": say.own("workspace")}


def _workspace(say: Say) -> Any:
    return {"workspaceId": say("workspace")}


_KEYED = (Foreign(),)
_REASSIGNED = Foreign(
    own=("api_key_id",), body=lambda say: {**_assignments(say), "updateMask": "spec.workspaceAssignments"}
)
_WORKSPACE_ALONE = (AccountWide(), Foreign(by="owner"))

CASES: dict[tuple[str, str], Sequence[Check]] = {
    ("everruns", "list_models"): (Listing(shows="model"),),
    ("everruns", "get_model_config"): (Own(),),
    ("everruns", "get_model"): (Foreign(),),
    ("everruns", "update_model"): (
        Foreign(body=saying({"enabled": False, "display_name": "Taken over"})),
        Foreign(own=("model_id",), body=lambda say: {"provider_id": say("provider")}),
    ),
    ("everruns", "delete_model"): (Foreign(),),
    ("everruns", "list_provider_models"): (Foreign(),),
    ("everruns", "create_model"): (Foreign(body=saying({"model_id": "new-1", "display_name": "New"})),),
    ("everruns", "list_providers"): (Listing(shows="provider"),),
    ("everruns", "get_provider_config"): (Own(),),
    ("everruns", "create_provider"): (Own(status=201, body=saying({"name": "New", "provider_type": "openai"})),),
    ("everruns", "get_provider"): (Foreign(),),
    ("everruns", "update_provider"): (Foreign(body=saying({"name": "Taken over", "api_key": "sk-theirs"})),),
    ("everruns", "delete_provider"): (Foreign(),),
    ("everruns", "sync_provider_models"): (Foreign(),),
    ("cadenya", "list_models"): (
        Listing(shows="model", query=saying({"limit": "200", "includeInfo": "true"})),
        Foreign(status=200, query=lambda say: {"aiProviderKeyId": say("provider")}),
    ),
    ("cadenya", "get_model"): (Foreign(),),
    ("cadenya", "set_model_status"): (Foreign(body=saying({"status": "MODEL_STATUS_DISABLED"})),),
    ("cadenya", "enable_model"): (Foreign(),),
    ("cadenya", "disable_model"): (Foreign(),),
    ("cadenya", "create_model"): (Foreign(body=saying(_CADENYA_MODEL)),),
    ("cadenya", "update_model"): (Foreign(body=saying(_RENAMED)),),
    ("cadenya", "swap_models"): (
        Foreign(
            body=lambda say: {
                "modelSwaps": [
                    {"currentModelId": say("model"), "nextModelId": say.own("model"), "disableCurrentAfterSwap": True}
                ]
            }
        ),
        Foreign(
            body=lambda say: {"modelSwaps": [{"currentModelId": say.own("model"), "nextModelId": say("model")}]},
        ),
    ),
    ("cadenya", "list_ai_provider_keys"): (
        Listing(shows="provider", query=saying({"limit": "200", "includeInfo": "true"})),
    ),
    ("cadenya", "create_ai_provider_key"): (Own(body=saying(_CADENYA_PROVIDER)),),
    ("cadenya", "get_ai_provider_key"): (Foreign(),),
    ("cadenya", "update_ai_provider_key"): (Foreign(body=saying(_RENAMED)),),
    ("cadenya", "delete_ai_provider_key"): (Foreign(),),
    ("cadenya", "list_workspaces"): (Listing(shows="workspace", query=saying({"limit": "200"})),),
    ("cadenya", "get_current_workspace"): (Listing(shows="workspace"),),
    ("cadenya", "list_account_workspaces"): (AccountWide(), Listing(shows="workspace", by="owner")),
    ("cadenya", "create_workspace"): (AccountWide(body=saying({**_NEW_METADATA, "spec": {}})),),
    ("cadenya", "get_workspace"): _WORKSPACE_ALONE,
    ("cadenya", "update_workspace"): (
        AccountWide(body=saying(_RENAMED)),
        Foreign(by="owner", body=saying(_RENAMED)),
    ),
    ("cadenya", "archive_workspace"): _WORKSPACE_ALONE,
    ("cadenya", "list_members"): _WORKSPACE_ALONE,
    ("cadenya", "add_member"): (
        AccountWide(body=lambda say: {"profileId": say("profile")}),
        Foreign(by="owner", body=lambda say: {"profileId": say.own("profile")}),
        Foreign(by="owner", own=("workspace_id",), body=lambda say: {"profileId": say("profile")}),
    ),
    ("cadenya", "remove_member"): (
        AccountWide(),
        Foreign(by="owner", own=("profile_id",)),
        Foreign(by="owner", own=("workspace_id",)),
    ),
    ("cadenya", "list_profiles"): (
        AccountWide(),
        Listing(shows="profile", by="owner", query=saying({"limit": "200"})),
    ),
    ("cadenya", "whoami"): (Listing(shows="workspace"),),
    ("cadenya", "get_account"): (Listing(shows="workspace"),),
    ("cadenya", "rotate_challenge_token"): (AccountWide(),),
    ("cadenya", "rotate_webhook_signing_key"): (AccountWide(),),
    ("cadenya", "list_api_keys"): (
        Listing(shows="key", query=saying({"limit": "200", "includeInfo": "true"})),
        Foreign(unassigned=200, query=_workspace),
    ),
    ("cadenya", "create_api_key"): (
        Own(body=saying({**_NEW_METADATA, "spec": {"permissions": ["models:read"]}})),
        Foreign(body=_new_key),
    ),
    ("cadenya", "get_api_key"): _KEYED,
    ("cadenya", "update_api_key"): (Foreign(body=saying(_RENAMED)), _REASSIGNED),
    ("cadenya", "delete_api_key"): _KEYED,
    ("cadenya", "enable_api_key"): _KEYED,
    ("cadenya", "disable_api_key"): _KEYED,
    ("cadenya", "rotate_api_key"): _KEYED,
    ("cadenya", "reveal_api_key"): _KEYED,
    ("cadenya", "add_api_key_workspace"): (
        Foreign(body=_own_workspace),
        Foreign(own=("api_key_id",), body=_workspace),
    ),
    ("cadenya", "remove_api_key_workspace"): (
        Foreign(body=_own_workspace),
        Foreign(own=("api_key_id",), unassigned=200, body=_workspace),
    ),
    ("cadenya", "list_workspace_api_keys"): (Listing(shows="key", query=saying({"limit": "200"})),),
    ("cadenya", "create_workspace_api_key"): (
        Own(body=saying({**_NEW_METADATA, "spec": {"permissions": ["models:read"]}})),
        Foreign(body=_new_key),
    ),
    ("cadenya", "get_workspace_api_key"): _KEYED,
    ("cadenya", "update_workspace_api_key"): (Foreign(body=saying(_RENAMED)), _REASSIGNED),
    ("cadenya", "delete_workspace_api_key"): _KEYED,
    ("cadenya", "enable_workspace_api_key"): _KEYED,
    ("cadenya", "disable_workspace_api_key"): _KEYED,
    ("cadenya", "rotate_workspace_api_key"): _KEYED,
    ("cadenya", "get_global_api_key"): (Own(),),
    ("cadenya", "enable_global_api_key"): (AccountWide(),),
    ("cadenya", "disable_global_api_key"): (AccountWide(),),
    ("cadenya", "rotate_global_api_key"): (AccountWide(),),
    ("cadenya", "put_workspace_api_key_rotation"): _KEYED,
    ("cadenya", "put_api_key_rotation"): _KEYED,
    ("cadenya", "list_api_key_workspaces"): (Foreign(), Listing(shows="workspace", own=("api_key_id",))),
    ("cadenya", "delete_api_key_workspace"): (
        Foreign(own=("workspace_id",)),
        Foreign(own=("api_key_id",), unassigned=200),
    ),
    ("native", "list_models"): (
        Listing(shows="model", query=saying({"limit": "200"})),
        Foreign(status=200, query=lambda say: {"provider_id": say("provider")}),
    ),
    ("native", "get_model"): (Foreign(),),
    ("native", "update_model"): (Foreign(body=saying({"name": "Taken over", "enabled": False})),),
    ("native", "get_model_prices"): (Foreign(),),
    ("native", "get_default_model"): (Own(),),
    ("native", "choose_default_model"): (Foreign(body=lambda say: {"model_id": say("model")}),),
    ("native", "resolve_model"): (
        Foreign(status=200, query=lambda say: {"message": say("model"), "agent": say.own("model")}),
        Foreign(status=200, query=lambda say: {"session": say("model")}),
        Foreign(status=200, query=lambda say: {"agent": say("model")}),
        Foreign(status=200, query=lambda say: {"harness": [say.own("model"), say("model")]}),
    ),
    ("native", "get_model_impact"): (Foreign(),),
    ("native", "diff_draft"): (
        Foreign(query=lambda say: {"against": say.own("model")}),
        Foreign(own=("draft_id",), query=lambda say: {"against": say("model")}),
    ),
    ("native", "preview_import"): (Own(body=saying(_IMPORT)),),
    ("native", "apply_import"): (Own(body=saying(_IMPORT)),),
    ("native", "upgrade_catalogue"): (Own(body=saying({})),),
    ("native", "list_changes"): (
        Listing(shows="model", query=saying({"limit": "200"})),
        Foreign(status=200, query=lambda say: {"entity": say("model")}),
        Foreign(status=200, query=lambda say: {"entity": say("key")}),
        Foreign(status=200, query=lambda say: {"actor": say("profile")}),
    ),
    ("native", "list_providers"): (Listing(shows="provider", query=saying({"limit": "200"})),),
    ("native", "get_provider"): (Foreign(),),
    ("native", "set_provider_credential"): (Foreign(body=saying(_CREDENTIAL)),),
    ("native", "remove_provider_credential"): (Foreign(),),
    ("native", "whoami"): (Listing(shows="workspace"),),
    ("native", "list_workspaces"): (Listing(shows="workspace", query=saying({"limit": "200"})),),
    ("native", "create_workspace"): (AccountWide(body=saying({"name": "New"})),),
    ("native", "list_keys"): (
        Listing(shows="key", query=saying({"limit": "200"})),
        Foreign(status=200, unassigned=200, query=lambda say: {"workspace_id": say("workspace")}),
    ),
    ("native", "create_key"): (
        Own(status=201, body=saying({"name": "New", "scopes": ["models:read"]})),
        Foreign(body=lambda say: {"name": "New", "scopes": [], "workspaces": [say("workspace")]}),
    ),
    ("native", "delete_key"): (Foreign(),),
    ("native", "rotate_key"): (Foreign(),),
}
