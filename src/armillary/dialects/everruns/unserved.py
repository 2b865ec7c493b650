"""What Everruns has and this server has not: it answers 404 ``feature_not_enabled``.

Source: contracts/everruns.md, 1.12, and its section 5 for the list.
"""

from __future__ import annotations

_AGENTS = (
    "/agents",
    "/agents/import",
    "/agents/analyze",
    "/agents/{id}",
    "/agents/{id}/delete",
    "/agents/{id}/copy",
    "/agents/{id}/export",
    "/agents/{id}/stats",
    "/agents/{id}/health-checks",
    "/agents/{id}/health-checks/{run_id}",
    "/agents/{id}/versions",
    "/agents/{id}/versions/default",
    "/agents/{id}/versions/{version_id}",
    "/agents/{id}/versions/{version_id}/diff/{other_id}",
    "/agents/{id}/versions/{version_id}/fork",
    "/agents/{id}/versions/{version_id}/rollback",
)
_HARNESSES = ("/harnesses", "/harnesses/{id}", "/harness-examples")
_CAPABILITIES = (
    "/capabilities",
    "/capabilities/guardrails/examples",
    "/capabilities/guardrails/dry-run",
    "/capabilities/{id}",
)
_SESSIONS = (
    "/sessions",
    "/sessions/{id}",
    "/sessions/{id}/cancel",
    "/sessions/{id}/pin",
    "/sessions/{id}/resume",
    "/sessions/{id}/export",
    "/sessions/{id}/messages",
    "/sessions/{id}/tool-results",
    "/sessions/{id}/events",
    "/sessions/{id}/sse",
    "/sessions/{id}/budgets",
    "/sessions/{id}/budget-check",
    "/sessions/{id}/storage/secrets",
    "/sessions/{id}/fs",
    "/sessions/{id}/fs/{path:path}",
)
_MEMORIES = ("/memories", "/memories/{id}", "/memories/{id}/sync", "/memories/{id}/fs", "/memories/{id}/fs/{path:path}")
_BUDGETS = ("/budgets", "/budgets/{id}", "/budgets/{id}/top-up", "/budgets/{id}/ledger", "/budgets/{id}/check")
_CONNECTIONS = ("/user/connections", "/user/connections/{provider}")
_CHANNELS = (
    "/channels/{id}",
    "/channels/{id}/runtime-auth",
    "/channels/{id}/sessions",
    "/channels/{id}/sessions/{session_id}",
    "/channels/{id}/sessions/{session_id}/messages",
    "/channels/{id}/sessions/{session_id}/cancel",
    "/channels/{id}/sessions/{session_id}/events",
    "/channels/{id}/sessions/{session_id}/sse",
    "/channels/{id}/sessions/{session_id}/question-answers",
    "/channels/{id}/sessions/{session_id}/tool-approvals",
)
UNSERVED = (
    *_AGENTS,
    *_HARNESSES,
    *_CAPABILITIES,
    *_SESSIONS,
    *_MEMORIES,
    *_BUDGETS,
    *_CONNECTIONS,
    *_CHANNELS,
)
#: ``/v1/workspaces`` is another dialect's (design.md, "URL map").
UNSERVED_FIRST = (
    "/workspaces",
    "/workspaces/{id}",
    "/workspaces/{id}/fs",
    "/workspaces/{id}/fs/{path:path}",
)
