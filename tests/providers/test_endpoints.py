"""Where a provider is reached, and what a request to it carries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.errors import InvalidRequest
from armillary.providers.addresses import Policy, read_url
from armillary.providers.endpoints import (
    DRIVERS,
    Endpoint,
    checked_headers,
    checked_key,
    listing_url,
    request_headers,
)


def _endpoint(driver: str, base_url: str | None = None, **members: object) -> Endpoint:
    return Endpoint(name="p", driver=driver, base_url=base_url, **members)  # type: ignore[arg-type]  # as told


@pytest.mark.parametrize(
    ("driver", "base_url", "url"),
    [
        pytest.param("openai", None, "https://api.openai.com/v1/models", id="default"),
        pytest.param("openai", "", "https://api.openai.com/v1/models", id="empty-is-none"),
        pytest.param("openai", "http://127.0.0.1:1/v1", "http://127.0.0.1:1/v1/models", id="own"),
        pytest.param("openai", "http://127.0.0.1:1/v1/", "http://127.0.0.1:1/v1/models", id="slash"),
        pytest.param("openai", "http://127.0.0.1:1", "http://127.0.0.1:1/models", id="taken-literally"),
        pytest.param("azure_openai", "https://x.example/a?b=1", "https://x.example/a/models?b=1", id="query"),
        pytest.param("anthropic", None, "https://api.anthropic.com/v1/models", id="anthropic"),
        pytest.param("anthropic", "https://x.example", "https://x.example/v1/models", id="as-its-sdk-has-it"),
        pytest.param("anthropic", "https://x.example/v1", "https://x.example/v1/models", id="with-version"),
        pytest.param("gemini", "https://x.example/", "https://x.example/v1beta/models", id="gemini"),
        pytest.param("gemini", "https://x.example/v1alpha", "https://x.example/v1alpha/models", id="gemini-alpha"),
    ],
)  # fmt: skip
def test_where_models_are_listed(driver: str, base_url: str | None, url: str) -> None:
    assert listing_url(_endpoint(driver, base_url), DRIVERS[driver]) == url


def test_a_driver_without_an_address_of_its_own_needs_one() -> None:
    with pytest.raises(InvalidRequest, match="azure_openai") as refused:
        listing_url(_endpoint("azure_openai"), DRIVERS["azure_openai"])
    assert refused.value.field == "base_url"


@pytest.mark.parametrize("driver", sorted(DRIVERS))
def test_every_default_address_is_one_that_the_guard_reads(driver: str) -> None:
    base = DRIVERS[driver].base_url or "https://api.example.com"
    target = read_url(base, Policy(allow_private=True))
    assert target.scheme == ("http" if target.host == "127.0.0.1" else "https")


@pytest.mark.parametrize(
    ("driver", "headers"),
    [
        ("openai", {"Authorization": "Bearer sk"}),
        ("azure_openai", {"api-key": "sk"}),
        ("anthropic", {"x-api-key": "sk", "anthropic-version": "2023-06-01"}),
        ("gemini", {"x-goog-api-key": "sk"}),
    ],
)
def test_each_driver_carries_its_key_its_own_way(driver: str, headers: dict[str, str]) -> None:
    assert request_headers(_endpoint(driver, api_key="sk"), DRIVERS[driver]) == headers


def test_no_key_means_no_credential() -> None:
    assert request_headers(_endpoint("openai"), DRIVERS["openai"]) == {}


def test_own_headers_are_sent_besides_and_the_key_wins() -> None:
    given = {"X-Team": "a", "authorization": "Bearer other"}
    sent = request_headers(_endpoint("openai", api_key="sk", headers=given), DRIVERS["openai"])
    assert sent == {"X-Team": "a", "Authorization": "Bearer sk"}


def test_own_authorization_is_sent_where_there_is_no_key() -> None:
    sent = request_headers(_endpoint("openai", headers={"Authorization": "Basic eA=="}), DRIVERS["openai"])
    assert sent == {"Authorization": "Basic eA=="}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Host": "x"}, id="host"),
        pytest.param({"content-length": "1"}, id="length"),
        pytest.param({"Transfer-Encoding": "chunked"}, id="framing"),
        pytest.param({"CONNECTION": "close"}, id="connection"),
        pytest.param({"Upgrade": "h2c"}, id="upgrade"),
        pytest.param({"Accept-Encoding": "br"}, id="encoding"),
        pytest.param({"X Team": "a"}, id="space-in-name"),
        pytest.param({"": "a"}, id="no-name"),
        pytest.param({"X-A\r\nHost": "a"}, id="name-breaks-out"),
        pytest.param({"X-A": "a\r\nHost: b"}, id="value-breaks-out"),
        pytest.param({"X-A": "a\x00"}, id="null"),
        pytest.param({"X-A": "é"}, id="not-ascii"),
        pytest.param({"X-A": "a" * 2049}, id="long-value"),
        pytest.param({"X-A": "1", "x-a": "2"}, id="twice"),
        pytest.param({f"X-{number}": "a" for number in range(17)}, id="too-many"),
    ],
)
def test_headers_that_may_not_be_sent_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked_headers(headers)
    assert refused.value.field == "request_options.headers"


def test_as_many_and_as_long_headers_as_the_contract_allows() -> None:
    headers = {f"X-{number}": "a" * 2048 for number in range(16)}
    assert checked_headers(headers) == headers


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=100))
def test_a_key_is_sent_as_it_is(key: str) -> None:
    assert checked_key(key) == key


@given(st.text(), st.sampled_from(" \r\n\t\x00\x7f\u00e9\u200b\u2028"), st.text())
def test_a_key_that_no_header_carries_is_refused_without_a_quote(before: str, bad: str, after: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked_key(f"sk-own{before}{bad}{after}")
    assert (refused.value.field, "sk-own" in str(refused.value)) == ("api_key", False)


def test_no_repr_tells_a_credential() -> None:
    assert "sk-own" not in repr(_endpoint("openai", api_key="sk-own", headers={"X-Key": "sk-own"}))
