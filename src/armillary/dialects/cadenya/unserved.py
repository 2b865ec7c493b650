"""What the vendor has and this server does not (yet): known paths that answer 501.

Source: contracts/cadenya.md, 4 and 5.
"""

from __future__ import annotations

from collections.abc import Iterator

#: Collections of a workspace, each with the collections below one of its items.
_COLLECTIONS: dict[str, tuple[str, ...]] = {
    "agents": ("feedback", "schedules", "variations", "webhook_deliveries"),
    "agents/{agent_id}/variations": ("assignments", "memory_layer_assignments"),
    "agent_pools": (),
    "objectives": (
        "context_windows",
        "diagnostics",
        "events",
        "feedback",
        "queued_actions",
        "tasks",
        "tool_calls",
        "tools",
    ),
    "memory_layers": ("entries",),
    "tool_sets": ("events", "openapi_spec", "secrets", "tools", "usage"),
    "tenants": ("subjects",),
    "uploads": (),
    "widgets": (),
    "widget_sessions": (),
    "workspace_secrets": (),
    "bulk_workspace_applies": ("results",),
}
_ALONE = (
    "/account/trusted_endpoints",
    "/account/trusted_endpoints/{trusted_endpoint_id}",
    "/workspaces/{workspace_id}/search/tools_or_tool_sets",
    "/workspaces/{workspace_id}/objectives:stream",
    "/workspaces/{workspace_id}/objectives/{item_id}/events:stream",
)


def templates() -> Iterator[str]:
    """The template of each path; verbs after a colon are a part of the last parameter."""
    yield from _ALONE
    for collection, children in _COLLECTIONS.items():
        path = f"/workspaces/{{workspace_id}}/{collection}"
        yield path
        yield f"{path}/{{item_id}}"
        for child in children:
            yield f"{path}/{{item_id}}/{child}"
            yield f"{path}/{{item_id}}/{child}/{{child_id}}"
