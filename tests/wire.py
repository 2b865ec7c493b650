"""What tests of running servers ask for over and over, in the dialect that says it shortest."""

from __future__ import annotations

from typing import Any

import httpx


def answered(reply: httpx.Response, status: int = 200) -> Any:
    """The reply's JSON, once its status is what it should be."""
    assert reply.status_code == status, (reply.status_code, reply.text)
    return reply.json()


def a_provider(client: httpx.Client, **members: Any) -> str:
    """A new provider's id, as Everruns spells it."""
    body = {"name": "A provider", "provider_type": "openai", **members}
    provider: str = answered(client.post("/api/v1/providers", json=body), 201)["id"]
    return provider


def a_model(client: httpx.Client, provider: str, name: str, **members: Any) -> dict[str, Any]:
    """A new model of the provider, as Everruns tells of it."""
    body = {"model_id": name, "display_name": name, **members}
    model: dict[str, Any] = answered(client.post(f"/api/v1/providers/{provider}/models", json=body), 201)
    return model
