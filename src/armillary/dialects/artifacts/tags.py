"""What a reply says to its client's cache. Source: contracts/artifacts.md, 1.6: headers of successes only."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call


def invalidates(call: Call, *tags: str) -> None:
    """Let go what is kept under these tags."""
    call.headers_out["x-invalidate-tags"] = ",".join(tags)


def cached(call: Call, *tags: str) -> None:
    """The reply may be kept under these tags."""
    call.headers_out["x-cache-tags"] = ",".join(tags)


def missed(call: Call) -> None:
    """The reply was not taken from a cache."""
    call.headers_out["x-cache-hit"] = "0"
