"""AI provider keys: what the wire's unions mean, which pairs go together, and what is never told."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given

from armillary.dialects.cadenya import dialect, spellings
from armillary.dialects.cadenya.mapping import provider_keys as mapping
from armillary.dialects.cadenya.schemas import provider_keys as wire
from armillary.dialects.cadenya.schemas.provider_keys import AIProvider
from armillary.domain.access import Principal, Role
from armillary.domain.errors import InvalidRequest
from armillary.domain.listings import ModelCounts
from armillary.domain.providers import Credential, CredentialPatch, CredentialShape, NewProvider, Provider
from tests.builders import a_provider
from tests.dialects.cadenya import strategies as drawn

CALLER = Principal(account=UUID(int=9), workspace=UUID(int=1), profile=UUID(int=3), role=Role.OWNER, scopes=frozenset())
API_KEY = {"type": "apiKey", "apiKey": {"apiKey": "sk"}}
HEADERS = {"type": "headers", "headers": {"headers": {"X-Key": "sk"}}}
GOOGLE = {"type": "googleServiceAccount", "googleServiceAccount": {"json": "{}"}}
AWS = {"type": "awsAccessKey", "awsAccessKey": {"accessKeyId": "a", "secretAccessKey": "s"}}
COMPATIBLE = {"type": "openaiCompatible", "openaiCompatible": {"baseUrl": "https://models.example/v1"}}


def _new(**spec: Any) -> NewProvider:
    body = {"metadata": {"name": "k"}, "spec": spec}
    return mapping.new_provider(spellings.decode(json.dumps(body).encode(), wire.CreateAIProviderKey))


def _changes(provider: Provider, **body: Any) -> Any:
    read = spellings.decode(json.dumps(body).encode(), wire.UpdateAIProviderKey)
    return mapping.provider_changes(read, provider)


def _shown(provider: Provider) -> Any:
    return msgspec.json.decode(dialect.encoder.encode(mapping.key_reply(CALLER, provider, ModelCounts())))


@given(drawn.providers())
def test_a_reply_holds_no_word_that_clients_do_not_know(provider: Provider) -> None:
    shown = _shown(provider)
    assert shown["spec"]["provider"] in set(AIProvider)
    config = shown["spec"].get("config")
    assert config is None or (config["type"] in set(wire.ConfigType) and isinstance(config[config["type"]], dict))
    assert "credentials" not in shown["spec"]
    status = shown["info"].get("credentialStatus")
    assert (status is None) is (provider.credential is None or provider.credential.kind == "parts")
    assert shown["info"]["modelManagement"].startswith("MODEL_MANAGEMENT_")


@pytest.mark.parametrize(
    ("provider", "credentials", "config", "kept"),
    [
        ("OPENROUTER", API_KEY, {"type": "openrouter", "openrouter": {"region": "eu"}}, {"region": "eu"}),
        ("OPENAI", API_KEY, {"type": "openai", "openai": {"projectId": "p"}}, {"project_id": "p"}),
        ("ANTHROPIC", API_KEY, None, {}),
        ("GEMINI", API_KEY, None, {}),
        ("VERTEX", GOOGLE, {"type": "vertex", "vertex": {"location": "l"}}, {"location": "l"}),
        ("BEDROCK", AWS, {"type": "bedrock", "bedrock": {"region": "eu"}}, {"region": "eu"}),
    ],
)
def test_each_provider_with_its_own_credential_and_config(
    provider: str, credentials: Any, config: Any, kept: dict[str, str]
) -> None:
    new = _new(provider=f"AI_PROVIDER_{provider}", credentials=credentials, config=config)
    assert new.config == kept
    shown = _shown(a_provider(driver=new.driver, config=new.config, credential=new.credential and new.credential.shape))
    assert shown["spec"]["provider"] == f"AI_PROVIDER_{provider}"
    assert (shown["spec"].get("config") or {}).get("type") == (config or {}).get("type")
    assert shown["info"]["credentialStatus"]["type"] == credentials["type"]


@pytest.mark.parametrize("credentials", [API_KEY, HEADERS])
def test_a_compatible_api_keeps_its_address(credentials: Any) -> None:
    new = _new(provider="AI_PROVIDER_OPENAI_COMPATIBLE", credentials=credentials, config=COMPATIBLE)
    assert (new.driver, new.base_url, dict(new.config)) == ("openai_completions", "https://models.example/v1", {})
    assert _shown(a_provider(driver=new.driver, base_url=new.base_url))["spec"]["config"] == COMPATIBLE


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({}, "spec.provider"),
        ({"provider": "AI_PROVIDER_UNSPECIFIED"}, "spec.provider"),
        ({"provider": "AI_PROVIDER_OPENAI", "credentials": HEADERS}, "spec.credentials.type"),
        ({"provider": "AI_PROVIDER_VERTEX", "credentials": API_KEY}, "spec.credentials.type"),
        ({"provider": "AI_PROVIDER_BEDROCK", "credentials": GOOGLE}, "spec.credentials.type"),
        ({"provider": "AI_PROVIDER_OPENAI", "credentials": {"type": "apiKey"}}, "spec.credentials.api_key"),
        ({"provider": "AI_PROVIDER_OPENAI", "config": COMPATIBLE}, "spec.config.type"),
        ({"provider": "AI_PROVIDER_ANTHROPIC", "config": {"type": "openai", "openai": {}}}, "spec.config.type"),
        ({"provider": "AI_PROVIDER_OPENAI", "config": {"type": "openai"}}, "spec.config"),
        ({"provider": "AI_PROVIDER_OPENAI_COMPATIBLE"}, "spec.config.openai_compatible.base_url"),
        ({"provider": "AI_PROVIDER_OPENAI", "apiKey": "a", "credentials": API_KEY}, "spec.api_key"),
    ],
)
def test_what_does_not_go_together(spec: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        _new(**spec)
    assert refused.value.field == field


@pytest.mark.parametrize("headers", [{"X Key": "v"}, {"X-Key": "a\r\nb"}, {"X-Key": ""}, {"": "v"}, {"Ü": "v"}])
def test_headers_that_no_request_can_bear(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        _new(
            provider="AI_PROVIDER_OPENAI_COMPATIBLE",
            config=COMPATIBLE,
            credentials={"type": "headers", "headers": {"headers": headers}},
        )
    assert refused.value.field == "spec.credentials.headers.headers"


def test_clients_of_june_2026() -> None:
    new = _new(apiKey="sk", openrouter={})
    assert (new.driver, new.credential) == ("openrouter", Credential(kind="api_key", members={"api_key": "sk"}))


def test_a_key_without_a_credential() -> None:
    assert _new(provider="AI_PROVIDER_OPENAI").credential is None


def test_a_config_is_replaced_and_what_cadenya_does_not_know_is_kept() -> None:
    provider = a_provider(driver="openai", config={"organization_id": "o", "project_id": "p", "timeout": 7})
    config = {"type": "openai", "openai": {"projectId": "q"}}
    changed = _changes(provider, spec={"config": config}, updateMask="spec.config")
    assert changed.config == {"project_id": "q", "timeout": 7}
    cleared = _changes(provider, spec={}, updateMask="spec.config")
    assert cleared.config == {"timeout": 7}


def test_an_address_cannot_be_cleared() -> None:
    with pytest.raises(InvalidRequest, match="base_url"):
        _changes(a_provider(driver="openai_completions"), spec={}, updateMask="spec.config")


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        (
            {"credentials": {"type": "awsAccessKey", "awsAccessKey": {"sessionToken": "t"}}},
            CredentialPatch(kind="aws_access_key", members={"session_token": "t"}),
        ),
        ({"clearFields": ["sessionToken"]}, CredentialPatch(cleared=("session_token",))),
        ({"clear_fields": ["session_token"]}, CredentialPatch(cleared=("session_token",))),
    ],
)
def test_a_patch_of_a_credential(patch: Any, expected: CredentialPatch) -> None:
    shape = CredentialShape(kind="aws_access_key", members=("access_key_id", "secret_access_key"))
    provider = a_provider(driver="bedrock", credential=shape)
    assert _changes(provider, credentialPatch=patch, updateMask="metadata.labels", metadata={}).credential == expected


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"credentialPatch": {"clearFields": ["nothing"]}}, "credential_patch.clear_fields"),
        ({"credentialPatch": {"credentials": GOOGLE}}, "credential_patch.credentials.type"),
        ({"credentialPatch": {}, "spec": {"credentials": AWS}}, "credential_patch"),
        ({"spec": {"provider": "AI_PROVIDER_OPENAI"}, "updateMask": "spec.provider"}, "update_mask"),
    ],
)
def test_a_change_that_is_refused(body: dict[str, Any], field: str) -> None:
    shape = CredentialShape(kind="aws_access_key", members=("access_key_id", "secret_access_key"))
    with pytest.raises(InvalidRequest) as refused:
        _changes(a_provider(driver="bedrock", credential=shape), **body)
    assert refused.value.field == field


def test_headers_are_cleared_by_the_names_they_have() -> None:
    shape = CredentialShape(kind="headers", members=("X-Key", "x_Other"))
    provider = a_provider(driver="openai_completions", credential=shape)
    assert _changes(provider, credentialPatch={"clearFields": ["x_Other"]}).credential.cleared == ("x_Other",)
