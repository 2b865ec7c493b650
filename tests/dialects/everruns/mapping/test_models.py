"""Models, both ways: what is answered says the record, and sent back it changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from msgspec import UNSET

from armillary.dialects._kit import bodies
from armillary.dialects._kit.dialects import decode_json
from armillary.dialects._kit.refusals import Malformed, Misplaced
from armillary.dialects.everruns import dialect
from armillary.dialects.everruns.mapping.ids import InvalidId
from armillary.dialects.everruns.mapping.models import model_changes, model_item, model_reply, new_model, vendor
from armillary.dialects.everruns.schemas import models as wire
from armillary.domain.errors import InvalidRequest
from armillary.domain.models import ModelChanges, NewModel, Registered, changed
from tests.builders import a_model, a_provider
from tests.dialects.everruns.strategies import registered

LATER = datetime(2026, 5, 1, tzinfo=UTC)
PROVIDER = UUID("019df670b5af7db7a5685a4ad18a544a")


def _patch(text: str) -> wire.UpdateModelRequest:
    body: wire.UpdateModelRequest = bodies.decoded(text.encode(), wire.UpdateModelRequest, decode_json)
    return body


def _as_sent(reply: object) -> dict[str, Any]:
    sent: dict[str, Any] = msgspec.json.decode(dialect.encoder.encode(reply))
    return sent


@given(registered())
def test_a_reply_says_the_record(one: Registered) -> None:
    sent = _as_sent(model_item(one))
    assert sent["display_name"] == one.model.name
    assert sent["model_id"] == one.model.upstream_name
    assert sent["capabilities"] == list(one.model.tags)
    assert (sent["enabled"], sent["is_favorite"]) == (one.model.enabled, one.model.favourite)
    assert (sent["provider_name"], sent["provider_type"]) == (one.provider.name, one.provider.driver)
    assert (sent["healthy"], sent["stale"]) == (one.provider.healthy, one.stale)
    assert datetime.fromisoformat(sent["created_at"]) == one.model.created_at
    assert sent["updated_at"].endswith("Z")


@given(registered())
def test_a_reply_sent_back_changes_nothing(one: Registered) -> None:
    changes = model_changes(_patch(dialect.encoder.encode(model_item(one)).decode()))
    after = changed(one.model, changes, at=one.model.updated_at)
    assert after == one.model


@given(registered())
def test_no_member_is_null(one: Registered) -> None:
    def nulls(value: Any) -> bool:
        if isinstance(value, dict):
            return any(nulls(each) for each in value.values())
        return any(nulls(each) for each in value) if isinstance(value, list) else value is None

    assert not nulls(_as_sent(model_reply(one, origin="https://host", manages=True)))


@given(registered())
def test_a_model_by_itself_is_its_list_item_and_links(one: Registered) -> None:
    alone = _as_sent(model_reply(one, origin="https://host", manages=True))
    links = {name: alone.pop(name) for name in ("self_url", "view_url", "ui_link", "allowed_actions")}
    assert alone == _as_sent(model_item(one))
    assert links["self_url"] == f"https://host/api/v1/models/model_{one.model.id.hex}"
    assert links["ui_link"] == links["view_url"] == f"https://host/models/model_{one.model.id.hex}"


def test_the_whole_of_a_model_is() -> None:
    """Byte by byte, as contracts/everruns.md, 2.1.4, shows it."""
    identity, at = UUID("019df670b5af7db7a5685a4ad18a5001"), datetime(2026, 1, 31, 12, tzinfo=UTC)
    model = a_model(
        id=identity,
        upstream_name="gpt-4o-mini",
        name="GPT-4o Mini",
        vendor="openai",
        tags=("chat", "tools"),
        enabled=True,
        favourite=True,
        created_at=at,
        updated_at=at.replace(microsecond=123456),
    )
    provider = a_provider(id=PROVIDER, name="OpenAI", driver="llmsim")
    reply = model_reply(Registered(model=model, provider=provider), origin="https://host", manages=True)
    href, view = f"https://host/api/v1/models/model_{identity.hex}", f"https://host/models/model_{identity.hex}"
    schema = "#/components/schemas/UpdateModelRequest"
    assert dialect.encoder.encode(reply).decode() == (
        f'{{"id":"model_{identity.hex}","provider_id":"provider_{PROVIDER.hex}","model_id":"gpt-4o-mini",'
        '"display_name":"GPT-4o Mini","capabilities":["chat","tools"],"enabled":true,"is_favorite":true,'
        '"source":"manual","provider_name":"OpenAI","provider_type":"llmsim","healthy":true,"stale":false,'
        '"model_vendor":"openai","created_at":"2026-01-31T12:00:00Z","updated_at":"2026-01-31T12:00:00.123456Z",'
        f'"self_url":"{href}","view_url":"{view}","ui_link":"{view}","allowed_actions":['
        f'{{"rel":"self","href":"{href}","method":"GET","operation_id":"get_model"}},'
        f'{{"rel":"update","href":"{href}","method":"PATCH","operation_id":"update_model","schema_ref":"{schema}"}},'
        f'{{"rel":"delete","href":"{href}","method":"DELETE","operation_id":"delete_model"}}]}}'
    )


@pytest.mark.parametrize(
    ("managed", "manages", "rels"),
    [
        pytest.param(False, True, ["self", "update", "delete"], id="own"),
        pytest.param(True, True, ["self", "update"], id="managed-cannot-be-deleted"),
        pytest.param(False, False, ["self"], id="reader-is-offered-nothing-else"),
    ],
)
def test_actions_are_those_that_would_succeed(managed: bool, manages: bool, rels: list[str]) -> None:
    one = Registered(model=a_model(), provider=a_provider(managed=managed))
    reply = _as_sent(model_reply(one, origin="https://host", manages=manages))
    assert [action["rel"] for action in reply["allowed_actions"]] == rels


@pytest.mark.parametrize(
    ("slug", "word"),
    [
        ("openai", "openai"),
        ("google", "google"),
        ("alibaba", "qwen"),
        ("mistral", UNSET),
        ("", UNSET),
        ("OpenAI", UNSET),
    ],
)
def test_only_makers_that_clients_know_are_told(slug: str, word: object) -> None:
    assert vendor(slug) == word


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        pytest.param("{}", ModelChanges(), id="empty"),
        pytest.param("", ModelChanges(), id="no-body"),
        pytest.param(
            '{"capabilities": null, "display_name": null, "enabled": null, "is_favorite": null, "model_id": null,'
            ' "provider_id": null}',
            ModelChanges(),
            id="null-is-absent",
        ),
        pytest.param('{"enabled": false}', ModelChanges(enabled=False), id="enabled"),
        pytest.param('{"is_favorite": true}', ModelChanges(favourite=True), id="favourite"),
        pytest.param('{"capabilities": []}', ModelChanges(tags=()), id="no-capabilities"),
        pytest.param('{"capabilities": ["b", "a"]}', ModelChanges(tags=("b", "a")), id="order-is-kept"),
        pytest.param('{"display_name": " A B "}', ModelChanges(name="A B"), id="trimmed"),
        pytest.param('{"model_id": "gpt-4o-mini"}', ModelChanges(upstream_name="gpt-4o-mini"), id="wire-id"),
        pytest.param(
            '{"provider_id": "prov_019DF670-b5af-7db7-a568-5a4ad18a544a"}', ModelChanges(provider=PROVIDER), id="move"
        ),
        pytest.param('{"id": 1, "source": [], "created_at": {}, "x": null}', ModelChanges(), id="others-are-ignored"),
    ],
)
def test_what_a_patch_changes(text: str, changes: ModelChanges) -> None:
    assert model_changes(_patch(text)) == changes


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"enabled": "true"}', "enabled"),
        ('{"enabled": 1}', "enabled"),
        ('{"is_favorite": "yes"}', "is_favorite"),
        ('{"capabilities": "chat"}', "capabilities"),
        ('{"capabilities": {"chat": true}}', "capabilities"),
        ('{"capabilities": [1]}', "capabilities[0]"),
        ('{"capabilities": [null]}', "capabilities[0]"),
        ('{"display_name": 5}', "display_name"),
        ('{"model_id": ["x"]}', "model_id"),
        ('{"provider_id": true}', "provider_id"),
        ("[]", ""),
        ('"x"', ""),
        ("null", ""),
        ("1", ""),
    ],
)
def test_a_member_of_another_type_is_refused(text: str, field: str) -> None:
    with pytest.raises(Misplaced) as caught:
        _patch(text)
    assert caught.value.field == field


@pytest.mark.parametrize("text", ["{", '{"enabled": tru}', "{'enabled': true}", '{"display_name": "\\ud800"}', "{}{}"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        _patch(text)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"display_name": ""}', "display_name"),
        ('{"display_name": " \\t "}', "display_name"),
        (f'{{"display_name": "{"x" * 256}"}}', "display_name"),
        ('{"model_id": " "}', "model_id"),
        (f'{{"model_id": "{"x" * 256}"}}', "model_id"),
        ('{"provider_id": "example"}', "provider_id"),
        ('{"provider_id": ""}', "provider_id"),
        ('{"provider_id": "model_019df670b5af7db7a5685a4ad18a544a"}', "provider_id"),
    ],
)
def test_a_member_beyond_its_bounds_is_refused(text: str, field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        model_changes(_patch(text))
    assert caught.value.field == field
    assert isinstance(caught.value, InvalidId) == (field == "provider_id")


def test_the_longest_name_fits_with_space_around_it() -> None:
    assert model_changes(_patch(f'{{"display_name": " {"x" * 255} "}}')) == ModelChanges(name="x" * 255)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            '{"model_id": " m ", "display_name": " M "}', NewModel(upstream_name="m", name="M"), id="omitted-is-unsaid"
        ),
        pytest.param(
            '{"model_id": "m", "display_name": "M", "capabilities": null, "enabled": null, "is_favorite": null}',
            NewModel(upstream_name="m", name="M"),
            id="null-is-absent",
        ),
        pytest.param(
            '{"model_id": "m", "display_name": "M", "capabilities": [], "enabled": true, "is_favorite": false}',
            NewModel(upstream_name="m", name="M", tags=(), enabled=True, favourite=False),
            id="stated",
        ),
    ],
)
def test_what_a_post_asks_for(text: str, expected: NewModel) -> None:
    assert new_model(bodies.decoded(text.encode(), wire.CreateModelRequest, decode_json)) == expected


@pytest.mark.parametrize("text", ["{}", '{"model_id": "m"}', '{"display_name": "M", "model_id": null}'])
def test_a_post_needs_both_names(text: str) -> None:
    with pytest.raises(Misplaced):
        bodies.decoded(text.encode(), wire.CreateModelRequest, decode_json)


def test_a_patch_refreshes_when_it_changed() -> None:
    assert changed(a_model(), model_changes(_patch("{}")), at=LATER).updated_at == LATER
