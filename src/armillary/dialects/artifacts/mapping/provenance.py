"""Who writes: a person's client, or a tool-protocol client that says so. Source: contracts/artifacts.md, 1.2."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call

_HEADER = "x-mcp"
_YES = frozenset({"true", "1", "yes"})


def mcp(call: Call) -> bool:
    """Whether the caller is an automated tool-protocol client; any other word, and silence, is no."""
    return call.headers.get(_HEADER, "").strip().lower() in _YES
