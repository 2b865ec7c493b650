"""Providers, both ways; secrets come in and never go out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from msgspec import UNSET

from armillary.dialects._kit import bodies
from armillary.dialects._kit.dialects import decode_json
from armillary.dialects._kit.refusals import Misplaced
from armillary.dialects.everruns import dialect
from armillary.dialects.everruns.mapping.providers import (
    new_provider,
    provider_changes,
    provider_item,
    provider_reply,
    sync_reply,
)
from armillary.dialects.everruns.schemas import providers as wire
from armillary.domain.errors import InvalidRequest
from armillary.domain.providers import (
    Credential,
    CredentialShape,
    NewProvider,
    Provider,
    ProviderChanges,
    ProviderStatus,
    changed,
)
from armillary.domain.syncs import SyncResult
from tests.builders import a_provider
from tests.dialects.everruns.strategies import providers

KEY = Credential(kind="api_key", members={"api_key": "sk-1"})


def _decoded(text: str, kind: Any) -> Any:
    return bodies.decoded(text.encode(), kind, decode_json)


def _sent(reply: object) -> dict[str, Any]:
    sent: dict[str, Any] = msgspec.json.decode(dialect.encoder.encode(reply))
    return sent


@given(providers)
def test_a_reply_sent_back_changes_nothing(provider: Provider) -> None:
    text = dialect.encoder.encode(provider_item(provider, manages=True)).decode()
    after = changed(provider, provider_changes(_decoded(text, wire.UpdateProviderRequest)), at=provider.updated_at)
    assert after == provider


@given(providers)
def test_a_provider_by_itself_is_its_list_item_and_links(provider: Provider) -> None:
    alone = _sent(provider_reply(provider, origin="https://host", manages=True))
    links = {name: alone.pop(name) for name in ("self_url", "view_url", "ui_link", "allowed_actions")}
    assert alone == _sent(provider_item(provider, manages=True))
    assert links["self_url"] == f"https://host/api/v1/providers/provider_{provider.id.hex}"
    rels = ["self"] if provider.managed else ["self", "update", "delete"]
    assert [action["rel"] for action in links["allowed_actions"]] == rels


def test_who_only_reads_sees_no_request_options() -> None:
    provider = a_provider(request_options={"headers": {"x-api-key": "secret"}})
    assert "request_options" in _sent(provider_item(provider, manages=True))
    assert "secret" not in dialect.encoder.encode(provider_reply(provider, origin="", manages=False)).decode()


@pytest.mark.parametrize("has_key", [True, False])
def test_only_whether_there_is_a_key_is_told(has_key: bool) -> None:
    shape = CredentialShape(kind="api_key", members=("api_key",)) if has_key else None
    sent = _sent(provider_item(a_provider(credential=shape, sealed="sealed-text"), manages=True))
    assert (sent["api_key_set"], sent["credentials_set"]) == (has_key, has_key)
    assert "sealed-text" not in str(sent)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('{"name": "N", "provider_type": "openai"}', NewProvider(name="N", driver="openai"), id="least"),
        pytest.param(
            '{"name": "N", "provider_type": "openai", "base_url": null, "api_key": null, "credentials": null,'
            ' "request_options": null, "trace": null}',
            NewProvider(name="N", driver="openai"),
            id="null-is-absent",
        ),
        pytest.param(
            '{"name": "N", "provider_type": "o", "api_key": " sk-1 ", "base_url": "https://h/v1",'
            ' "request_options": {"headers": {"x": "y"}}, "trace": true}',
            NewProvider(
                name="N",
                driver="o",
                credential=KEY,
                base_url="https://h/v1",
                request_options={"headers": {"x": "y"}},
                trace=True,
            ),
            id="stated",
        ),
        pytest.param(
            '{"name": "N", "provider_type": "o", "credentials": {"id": "a", "secret": "b"}, "trace": {"rate": 1}}',
            NewProvider(
                name="N",
                driver="o",
                credential=Credential(kind="parts", members={"id": "a", "secret": "b"}),
                trace={"rate": 1},
            ),
            id="parts",
        ),
        pytest.param(
            '{"name": "N", "provider_type": "o", "credentials": {"api_key": "sk-1"}}',
            NewProvider(name="N", driver="o", credential=KEY),
            id="a-single-part-that-is-a-key",
        ),
        pytest.param(
            '{"name": "N", "provider_type": "o", "api_key": ""}', NewProvider(name="N", driver="o"), id="empty-key"
        ),
    ],
)
def test_what_a_post_asks_for(text: str, expected: NewProvider) -> None:
    assert new_provider(_decoded(text, wire.CreateProviderRequest)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{}", ProviderChanges(), id="empty"),
        pytest.param('{"name": null, "api_key": null, "trace": null, "status": null}', ProviderChanges(), id="null"),
        pytest.param('{"status": "disabled"}', ProviderChanges(status=ProviderStatus.DISABLED), id="status"),
        pytest.param('{"api_key": "sk-1"}', ProviderChanges(credential=KEY), id="key"),
        pytest.param('{"api_key": ""}', ProviderChanges(credential=None), id="empty-key-clears"),
        pytest.param('{"credentials": {}}', ProviderChanges(credential=None), id="no-credentials-clear"),
        pytest.param('{"base_url": ""}', ProviderChanges(base_url=""), id="empty-url-clears"),
        pytest.param('{"request_options": {}}', ProviderChanges(request_options={}), id="no-options"),
        pytest.param('{"trace": false}', ProviderChanges(trace=False), id="trace-off"),
    ],
)
def test_what_a_patch_changes(text: str, expected: ProviderChanges) -> None:
    assert provider_changes(_decoded(text, wire.UpdateProviderRequest)) == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"name": 1}',
        '{"provider_type": null, "status": "paused"}',
        '{"api_key": 5}',
        '{"credentials": {"a": 1}}',
        '{"credentials": ["a"]}',
        '{"request_options": []}',
        '{"trace": "on"}',
        "[]",
    ],
)
def test_a_member_of_another_type_is_refused(text: str) -> None:
    with pytest.raises(Misplaced):
        _decoded(text, wire.UpdateProviderRequest)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"api_key": "a", "credentials": {"b": "c"}}', "credentials"),
        (f'{{"request_options": {{"x": "{"y" * 70_000}"}}}}', "request_options"),
        (f'{{"trace": {{"x": "{"y" * 70_000}"}}}}', "trace"),
    ],
)
def test_a_member_beyond_its_bounds_is_refused(text: str, field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        provider_changes(_decoded(text, wire.UpdateProviderRequest))
    assert caught.value.field == field


def test_a_post_needs_name_and_driver() -> None:
    for text in ("{}", '{"name": "N"}', '{"provider_type": "openai"}'):
        with pytest.raises(Misplaced):
            _decoded(text, wire.CreateProviderRequest)


def test_what_a_sync_answers() -> None:
    assert _sent(sync_reply(SyncResult(supported=False))) == {"status": "not_supported"}
    assert _sent(sync_reply(SyncResult(created=3, updated=2, stale=1))) == {
        "status": "success",
        "created": 3,
        "updated": 2,
        "stale": 1,
    }


def test_unset_is_no_answer() -> None:
    assert "base_url" not in _sent(provider_item(a_provider(), manages=True))
    assert provider_changes(wire.UpdateProviderRequest()).credential is UNSET
