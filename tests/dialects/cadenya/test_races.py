"""Writers of different members at once: nothing that was answered with 200 is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from tests.dialects.cadenya.conftest import Place
from tests.servers import Server

ROUNDS = 25


def _bodies(number: int) -> Mapping[str, dict[str, Any]]:
    knob = {"type": "stopSequences", "stopSequences": {"limit": number}}
    return {
        "metadata.name": {"metadata": {"name": f"name {number}"}},
        "metadata.labels": {"metadata": {"labels": {"number": f"{number}"}}},
        "spec.family": {"spec": {"family": f"family-{number}"}},
        "spec.maxInputTokens": {"spec": {"maxInputTokens": number}},
        "spec.capabilities": {"spec": {"capabilities": [knob]}},
        "pricingOverride.inputPricePerMillionTokens": {
            "pricingOverride": {"inputPricePerMillionTokens": f"{number}.5"}
        },
    }


async def test_racing_updates_of_different_members_all_hold(server: Server, place: Place) -> None:
    key = place.a_key()["metadata"]["id"]
    path = f"/v1/workspaces/{place.id}/models/{place.a_model(key)['metadata']['id']}"
    headers = {"Authorization": f"Bearer {server.key}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as client:
        for number in range(1, ROUNDS + 1):
            patches = (client.patch(path, json={**body, "updateMask": mask}) for mask, body in _bodies(number).items())
            assert {reply.status_code for reply in await asyncio.gather(*patches)} == {200}
            told = (await client.get(path)).json()
            spec = told["spec"]
            assert (told["metadata"]["name"], told["metadata"]["labels"]) == (f"name {number}", {"number": f"{number}"})
            assert (spec["family"], spec["maxInputTokens"]) == (f"family-{number}", number)
            assert spec["capabilities"] == [{"type": "stopSequences", "stopSequences": {"limit": number}}]
            assert spec["inputPricePerMillionTokens"] == f"{number}.5"


async def test_racing_patches_of_a_key_keep_its_settings(server: Server, place: Place) -> None:
    key = place.a_key()["metadata"]["id"]
    path = f"/v1/workspaces/{place.id}/ai_provider_keys/{key}"
    headers = {"Authorization": f"Bearer {server.key}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as client:
        for number in range(1, ROUNDS + 1):
            config = {"type": "openai", "openai": {"projectId": f"{number}"}}
            bodies: list[dict[str, Any]] = [
                {"metadata": {"name": f"name {number}"}, "updateMask": "metadata.name"},
                {"spec": {"config": config}, "updateMask": "spec.config"},
                {"credentialPatch": {"credentials": {"type": "apiKey", "apiKey": {"apiKey": f"{number}"}}}},
            ]
            replies = await asyncio.gather(*(client.patch(path, json=body) for body in bodies))
            assert {reply.status_code for reply in replies} == {200}
            told = (await client.get(path)).json()
            assert told["metadata"]["name"] == f"name {number}"
            assert told["spec"]["config"]["openai"]["projectId"] == f"{number}"
