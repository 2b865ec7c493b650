"""A tour of everything that a release of Cadenya's own client can ask of this server, as its users would write it.

It runs in a process of its own, which imports that release and nothing of ours, and prints what it found as JSON:
``missed`` names the methods that it did not call. Usage: ``sdk_tour.py URL KEY``, the release on ``PYTHONPATH``.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from typing import Any

cadenya: Any = importlib.import_module("cadenya")
#: Clients from 1.0 on are another generation: other names, other errors.
NEW = not hasattr(cadenya, "NotFoundError")
_RESOURCES = (
    "account",
    "accounts",
    "ai_provider_keys",
    "api_keys",
    "global_api_key",
    "models",
    "profiles",
    "workspace_admin",
    "workspaces",
)
_GROUPS = ("members", "profiles")
_PLACES = {"with_raw_response", "with_streaming_response"}
NAMES_OF_OLD = {
    "accounts.retrieve": "account.retrieve",
    "accounts.rotate_challenge_token": "account.rotate_challenge_token",
    "accounts.rotate_webhook_signing_key": "account.rotate_webhook_signing_key",
    "api_keys.disable_global": "global_api_key.disable",
    "api_keys.enable_global": "global_api_key.enable",
    "api_keys.retrieve_global": "global_api_key.retrieve",
    "api_keys.rotate_global": "global_api_key.rotate",
    "models.swap_on_variations": "models.swap",
    "workspace_admin.add_member": "workspace_admin.members.add",
    "workspace_admin.list_account": "workspace_admin.list",
    "workspace_admin.list_members": "workspace_admin.members.list",
    "workspace_admin.list_profiles": "workspace_admin.profiles.list",
    "workspace_admin.remove_member": "workspace_admin.members.remove",
}


def client(url: str, key: str, workspace: str) -> Any:
    """A client as its release is pointed at a server, as strict as it can be."""
    strict = {} if NEW else {"_strict_response_validation": True}
    return cadenya.Cadenya(api_key=key, base_url=url, workspace_id=workspace, **strict)


class Tour:
    """Calls methods by the names of the new generation, and remembers which."""

    def __init__(self, spoken: Any, called: set[str]) -> None:
        self.client = spoken
        self.called = called

    def __call__(self, name: str, *args: Any, **members: Any) -> Any:
        own = name if NEW else NAMES_OF_OLD.get(name, name)
        self.called.add(own)
        method = self.client
        for part in own.split("."):
            method = getattr(method, part)
        return method(*args, **members)

    def has(self, name: str) -> bool:
        return name in methods(self.client)

    def refused(self, name: str, *args: Any, **members: Any) -> list[Any]:
        """The HTTP status and the rpc code of a call that must fail."""
        errors: tuple[type[Exception], ...] = (cadenya.APIError,) if NEW else (cadenya.APIStatusError,)
        try:
            self(name, *args, **members)
        except errors as exc:
            refusal: Any = exc
            if NEW:
                return [getattr(refusal, "status", None) or refusal.status_code, refusal.code]
            return [refusal.status_code, refusal.body["code"]]
        raise AssertionError(f"{name} was not refused")


def methods(spoken: Any) -> set[str]:
    """Every method of the resources that the tour is about."""
    found = set()
    for name in _RESOURCES:
        resource = getattr(spoken, name, None)
        groups = [(name, resource)] if resource is not None else []
        if name == "workspace_admin":
            groups += [(f"{name}.{one}", getattr(resource, one)) for one in _GROUPS if hasattr(type(resource), one)]
        for prefix, group in groups:
            public = (one for one, _ in inspect.getmembers(type(group), inspect.isfunction) if not one.startswith("_"))
            found |= {f"{prefix}.{one}" for one in public if one not in _PLACES}
    return found


def models(tour: Tour) -> dict[str, Any]:
    every = list(tour("models.list", limit=40, sort_order="asc", include_info=True))
    ids = [one.metadata.id for one in every]
    first = tour("models.retrieve", ids[0])
    reference = f"external_id:getting-started-key.{first.metadata.external_id}"
    named = tour("models.retrieve", reference)
    disabled = tour("models.disable", reference)
    off = [one.metadata.id for one in tour("models.list", state="STATE_DISABLED", sort_order="asc")]
    enabled = tour("models.enable", ids[0])
    tour("models.swap_on_variations", model_swaps=[{"current_model_id": ids[0], "next_model_id": ids[1]}])
    filtered = tour("models.list", query=first.spec.family, prefix="MODEL_", labels="", is_assigned=False, limit=0)
    return {
        "listed": len(ids),
        "unique": len(set(ids)),
        "same": named.metadata.id == first.metadata.id == enabled.metadata.id,
        "disabled": [disabled.state, off == [ids[0]]],
        "enabled": enabled.state,
        "variations": first.info.agent_variation_count,
        "key": first.info.ai_provider_key.metadata.external_id,
        "filtered": first.metadata.id in [one.metadata.id for one in filtered],
        "assigned": [one.metadata.id for one in tour("models.list", is_assigned=True)],
        "unknown": tour.refused("models.retrieve", "external_id:a/b:enable"),
    }


def provider_keys(tour: Tour) -> dict[str, Any]:
    made = tour(
        "ai_provider_keys.create",
        metadata={"name": "Ours", "external_id": "ours", "labels": {"team": "a"}},
        spec={
            "provider": "AI_PROVIDER_OPENAI_COMPATIBLE",
            "credentials": {"type": "apiKey", "api_key": {"api_key": "sk-1"}},
            "config": {"type": "openaiCompatible", "openai_compatible": {"base_url": "https://models.example/v1"}},
        },
    )
    tour(
        "ai_provider_keys.update",
        made.metadata.id,
        metadata={"name": "Renamed", "labels": {"team": "b"}},
        update_mask="metadata.name,metadata.labels",
    )
    read = tour("ai_provider_keys.retrieve", "external_id:ours")
    listed = tour("ai_provider_keys.list", labels="team=b", include_info=True)
    promotional = [one.metadata.external_id for one in tour("ai_provider_keys.list", promotional=True)]
    found = {
        "read": [read.metadata.name, read.metadata.labels, read.spec.config.openai_compatible.base_url],
        "listed": [[one.metadata.id == made.metadata.id, one.info.enabled_model_count] for one in listed],
        "promotional": "getting-started-key" in promotional,
        "kept": tour.refused("ai_provider_keys.delete", "external_id:getting-started-key"),
    }
    if tour.has("models.create"):
        found["model"] = own_model(tour, made.metadata.id)
    tour("ai_provider_keys.delete", made.metadata.id)
    return {**found, "deleted": tour.refused("ai_provider_keys.retrieve", made.metadata.id)}


def own_model(tour: Tour, key: str) -> list[Any]:
    made = tour(
        "models.create",
        key,
        metadata={"name": "Own"},
        spec={
            "provider": "acme",
            "family": "acme-1",
            "provider_model_id": "acme-1-2026",
            "max_input_tokens": 1000,
            "max_output_tokens": 100,
            "input_price_per_million_tokens": "7.5",
            "output_price_per_million_tokens": "30",
            "capabilities": [
                {"type": "temperature", "temperature": {}},
                {"type": "stopSequences", "stop_sequences": {"limit": 4}},
                {"type": "reasoning", "reasoning": {"mode": "MODE_BUDGET"}},
            ],
        },
    )
    priced = tour(
        "models.update",
        made.metadata.id,
        metadata={"name": "ignored"},
        pricing_override={"input_price_per_million_tokens": "0"},
        update_mask="pricingOverride.inputPricePerMillionTokens",
    )
    cleared = tour(
        "models.update",
        made.metadata.id,
        pricing_override={},
        update_mask="pricing_override.input_price_per_million_tokens",
    )
    return [
        made.metadata.external_id,
        made.provenance,
        [one.type for one in made.spec.capabilities],
        [made.base_pricing.input_price_per_million_tokens, made.base_pricing.cached_input_price_per_million_tokens],
        [priced.metadata.name, priced.spec.input_price_per_million_tokens],
        priced.pricing_override.input_price_per_million_tokens,
        cleared.pricing_override,
    ]


def api_keys(tour: Tour, workspace: str) -> dict[str, Any]:
    assigned = {"all_workspaces": False, "workspace_assignments": [{"workspace_id": workspace}]}
    account_wide = tour.has("api_keys.reveal")
    made = tour(
        "api_keys.create",
        metadata={"name": "Reader", "external_id": "reader"},
        spec={"permissions": ["models:read"], **(assigned if account_wide else {})},
    )
    changed = tour(
        "api_keys.update",
        made.metadata.id,
        metadata={"name": "Reader"},
        spec={"description": "reads", **(assigned if account_wide else {})},
        update_mask="spec.description",
    )
    disabled = tour("api_keys.disable", made.metadata.id)
    enabled = tour("api_keys.enable", made.metadata.id)
    rotated = tour("api_keys.rotate", made.metadata.id)
    read = tour("api_keys.retrieve", "external_id:reader")
    found = {
        "told": [bool(made.spec.token), bool(rotated.spec.token), made.spec.token != rotated.spec.token],
        "states": [made.state, disabled.state, enabled.state],
        "changed": [changed.spec.description, read.spec.permissions, read.spec.token],
        "listed": made.metadata.id in [one.metadata.id for one in tour("api_keys.list", include_info=True)],
    }
    if account_wide:
        found["moved"] = moved(tour, made.metadata.id, workspace)
    tour("api_keys.delete", made.metadata.id)
    return {**found, "deleted": tour.refused("api_keys.retrieve", made.metadata.id)}


def moved(tour: Tour, key: str, workspace: str) -> list[Any]:
    without = tour("api_keys.remove_workspace", key, workspace_id=workspace)
    again = tour("api_keys.add_workspace", key, workspace_id="external_id:default")
    return [
        len(without.spec.workspace_assignments),
        [one.workspace_id for one in again.spec.workspace_assignments] == [workspace],
        tour.refused("api_keys.reveal", key),
    ]


def global_key(url: str, workspace: str, tour: Tour) -> dict[str, Any]:
    """The account's own key, switched and rotated by another one that may do everything."""
    other = tour("api_keys.create", metadata={"name": "Other"}, spec={"permissions": ["*"]})
    rest = Tour(client(url, other.spec.token, workspace), tour.called)
    held = tour("api_keys.retrieve_global")
    # the other key reaches one workspace: it may not touch a stronger one
    refused = rest.refused("api_keys.disable_global")
    enabled = tour("api_keys.enable_global")
    rotated = tour("api_keys.rotate_global")
    dead = tour.refused("profiles.whoami")
    after = Tour(client(url, rotated.spec.token, workspace), tour.called)
    return {
        "held": [held.spec.system, held.spec.token, held.state],
        "enabled": enabled.state,
        "refused": refused,
        "dead": dead,
        "alive": after("profiles.whoami").spec.type,
        "disabled": after("api_keys.disable_global").state,
        "closed": after.refused("profiles.whoami"),
    }


def account(tour: Tour) -> dict[str, Any]:
    held = tour("accounts.retrieve")
    challenge = tour("accounts.rotate_challenge_token").challenge_token
    webhook = tour("accounts.rotate_webhook_signing_key").webhook_events_hmac_secret
    now = tour("accounts.retrieve").info
    who = tour("profiles.whoami")
    profile = who.profile if NEW and hasattr(who, "profile") else who
    return {
        "rotated": [
            now.challenge_token == challenge != held.info.challenge_token,
            now.webhook_events_hmac_secret == webhook != held.info.webhook_events_hmac_secret,
        ],
        "who": [profile.spec.name, profile.spec.type, profile.metadata.account_id == held.metadata.id],
        "workspaces": [one.metadata.external_id for one in held.spec.workspaces],
    }


def workspaces(tour: Tour) -> dict[str, Any]:
    made = tour("workspace_admin.create", metadata={"name": "Second", "external_id": "second"}, spec={})
    place = made.metadata.id
    tour(
        "workspace_admin.update",
        workspace_id="external_id:second",
        metadata={"name": "Second"},
        spec={"description": "more"},
        update_mask="spec.description",
    )
    read = tour("workspace_admin.retrieve", workspace_id="second")
    member = tour("workspace_admin.add_member", workspace_id=place, email="Ada@example.com")
    listed = [one.profile_id for one in tour("workspace_admin.list_members", workspace_id=place)]
    people = [one.metadata.id for one in tour("workspace_admin.list_profiles", query="ADA@")]
    tour("workspace_admin.remove_member", member.profile_id, workspace_id=place)
    seeded = len(list(tour("models.list", workspace_id=place, limit=200)))
    mine = [one.metadata.id for one in tour("workspaces.list", include_info=True, sort_order="desc")]
    tour("workspace_admin.archive", workspace_id=place)
    every = tour("workspace_admin.list_account", include_archived=True)
    return {
        "read": [read.spec.description, read.status],
        "members": [listed == people == [member.profile_id], member.email],
        "left": list(tour("workspace_admin.list_members", workspace_id=place)),
        "seeded": seeded,
        "mine": mine[0] == place,
        "archived": [one.status for one in every if one.metadata.id == place],
        "closed": tour.refused("models.list", workspace_id=place),
    }


def main(url: str, key: str) -> None:
    workspace = "workspace_00000000000000000000000001"
    spoken = client(url, key, workspace)
    called: set[str] = set()
    tour = Tour(spoken, called)
    found = {
        "models": models(tour),
        "provider_keys": provider_keys(tour),
        "api_keys": api_keys(tour, workspace),
        "account": account(tour),
        "workspaces": workspaces(tour),
    }
    if tour.has("api_keys.retrieve_global" if NEW else "global_api_key.retrieve"):
        found["global_key"] = global_key(url, workspace, tour)
    found["missed"] = {"methods": sorted(methods(spoken) - called)}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
