"""What may be said of a provider, and what is never told of its credential."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.errors import InvalidRequest
from armillary.domain.providers import (
    LLMSIM,
    Credential,
    CredentialPatch,
    CredentialShape,
    ProviderChanges,
    ProviderStatus,
    changed,
    checked,
    checked_credential,
    document,
    documents,
    patched,
)
from tests.builders import NOON, a_provider

SECRET = "sk-very-secret"
KEY = Credential(kind="api_key", members={"api_key": SECRET})
AWS = Credential(
    kind="aws_access_key", members={"access_key_id": "a", "secret_access_key": SECRET, "session_token": "t"}
)


@pytest.mark.parametrize(
    ("members", "field"),
    [
        pytest.param({"name": " "}, "name", id="blank-name"),
        pytest.param({"name": "x" * 256}, "name", id="long-name"),
        pytest.param({"driver": ""}, "provider_type", id="no-driver"),
        pytest.param({"driver": " openai"}, "provider_type", id="padded-driver"),
        pytest.param({"base_url": "ftp://x"}, "base_url", id="scheme"),
        pytest.param({"base_url": "//x"}, "base_url", id="relative"),
        pytest.param({"base_url": "http://"}, "base_url", id="no-host"),
        pytest.param({"base_url": "http://x:99999"}, "base_url", id="port"),
        pytest.param({"base_url": "http://[::1"}, "base_url", id="bracket"),
        pytest.param({"base_url": "http://a b"}, "base_url", id="space"),
        pytest.param({"base_url": f"http://u:{SECRET}@x"}, "base_url", id="password"),
        pytest.param({"base_url": "http://x/" + "y" * 2048}, "base_url", id="long-url"),
        pytest.param({"labels": {"-": ""}}, "metadata.labels", id="label"),
        pytest.param({"external_id": "a/b"}, "metadata.external_id", id="external-id"),
        pytest.param({"request_options": {"headers": []}}, "request_options.headers", id="headers"),
        pytest.param({"request_options": {"headers": {"Host": "x"}}}, "request_options.headers", id="host"),
        pytest.param({"request_options": {"headers": {"a b": "x"}}}, "request_options.headers", id="header-name"),
        pytest.param({"request_options": {"headers": {"a": "x\ny"}}}, "request_options.headers", id="header-value"),
        pytest.param({"request_options": {"headers": {"a": 1}}}, "request_options.headers", id="header-type"),
        pytest.param(
            {"request_options": {"headers": {f"h{n}": "" for n in range(17)}}}, "request_options.headers", id="many"
        ),
    ],
)
def test_a_bound_is_named(members: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        changed(a_provider(), ProviderChanges(**members), at=NOON)
    assert refused.value.field == field
    assert SECRET not in str(refused.value)


def test_a_checked_provider_passes_again() -> None:
    once = checked(a_provider(name=" N ", driver="OpenAI", base_url="http://127.0.0.1:1/v1?api-version=1"))
    assert (once.name, once.driver) == ("N", "openai")
    assert checked(once) == once


@pytest.mark.parametrize(
    ("members", "healthy"),
    [
        pytest.param({}, False, id="no-key"),
        pytest.param({"credential": KEY.shape}, True, id="key"),
        pytest.param({"driver": LLMSIM}, True, id="needs-none"),
        pytest.param({"credential": KEY.shape, "status": ProviderStatus.DISABLED}, False, id="disabled"),
    ],
)
def test_health(members: dict[str, Any], healthy: bool) -> None:
    assert a_provider(**members).healthy is healthy


def test_a_credential_is_kept_as_its_shape_and_envelope() -> None:
    after = changed(a_provider(), ProviderChanges(), credential=KEY, sealed="envelope", at=NOON)
    assert (after.credential, after.sealed) == (CredentialShape(kind="api_key", members=("api_key",)), "envelope")
    assert changed(after, ProviderChanges(name="n"), at=NOON).sealed == "envelope"
    without = changed(after, ProviderChanges(), credential=None, at=NOON)
    assert (without.credential, without.sealed) == (None, None)


def test_a_record_tells_that_a_credential_was_replaced_and_no_more() -> None:
    bare = a_provider(request_options={"headers": {"X-Token": SECRET}, "timeout": 3})
    keyed = changed(bare, ProviderChanges(), credential=KEY, sealed="one", at=NOON)
    again = changed(keyed, ProviderChanges(), credential=KEY, sealed="two", at=NOON)
    told = [documents(bare, keyed), documents(keyed, again), documents(again, bare)]
    assert [(was["credential"], becomes["credential"]) for was, becomes in told] == [
        (None, "api_key"),
        ("api_key", "api_key (replaced)"),
        ("api_key", None),
    ]
    assert SECRET not in repr((told, document(keyed), keyed, KEY))


@pytest.mark.parametrize(
    "credential",
    [
        pytest.param(Credential(kind="other", members={"a": "b"}), id="kind"),
        pytest.param(Credential(kind="api_key", members={}), id="nothing"),
        pytest.param(Credential(kind="api_key", members={"api_key": ""}), id="empty"),
        pytest.param(Credential(kind="aws_access_key", members={"access_key_id": SECRET}), id="half"),
        pytest.param(Credential(kind="parts", members={str(n): SECRET for n in range(17)}), id="many"),
        pytest.param(Credential(kind="parts", members={"a": SECRET * 5000}), id="long"),
    ],
)
def test_a_credential_that_opens_nothing_is_refused(credential: Credential) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked_credential(credential)
    assert SECRET not in str(refused.value)


@given(st.dictionaries(st.sampled_from(["secret_access_key", "session_token", "other"]), st.text(min_size=1)))
def test_a_patch_changes_what_it_names(members: dict[str, str]) -> None:
    assert patched(AWS, CredentialPatch(members=members)).members == {**AWS.members, **members}


def test_a_patch_clears_what_is_optional() -> None:
    assert "session_token" not in patched(AWS, CredentialPatch(cleared=("session_token",))).members
    with pytest.raises(InvalidRequest):
        patched(AWS, CredentialPatch(cleared=("access_key_id",)))


def test_a_patch_to_another_kind_replaces_the_credential() -> None:
    assert patched(AWS, CredentialPatch(kind="api_key", members={"api_key": "k"})) == Credential(
        kind="api_key", members={"api_key": "k"}
    )
    with pytest.raises(InvalidRequest):
        patched(KEY, CredentialPatch(kind="aws_access_key", members={"access_key_id": "a"}))
    with pytest.raises(InvalidRequest):
        patched(None, CredentialPatch(members={"api_key": "k"}))
