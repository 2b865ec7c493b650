"""A provider's list of models, asked of real servers that speak each dialect, and of some that do not."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from armillary.domain.discovery import DiscoveredModel, Listing
from armillary.domain.errors import InvalidRequest, UpstreamError, UpstreamTimeout
from armillary.providers.addresses import Policy
from armillary.providers.discovery import ListingUnsupported, list_models
from armillary.providers.endpoints import Endpoint
from armillary.providers.guard import Outbound
from armillary.providers.replies import Limits
from tests.providers.conftest import Answer, Request, Start

_SHORT = Limits(total_s=1.0)
_CLOSED = Policy()


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _answering(body: bytes, status: str = "200 OK") -> Answer:
    return lambda request: request.reply(body, status=status, headers="Content-Type: application/json\r\n")


def _provider(base_url: str, driver: str = "openai", key: str | None = "sk-own") -> Endpoint:
    return Endpoint(name="the provider", driver=driver, base_url=base_url, api_key=key)


def _names(listing: Listing) -> list[str]:
    return [model.upstream_name for model in listing.models]


async def test_an_openai_listing_is_read(start: Start, outbound: Outbound) -> None:
    upstream = await start(_answering(_json({"object": "list", "data": [{"id": "b"}, {"id": "a"}]})))
    listing = await list_models(outbound, _provider(f"{upstream.url}/v1"))
    assert listing == Listing(models=(DiscoveredModel(upstream_name="b"), DiscoveredModel(upstream_name="a")))
    assert upstream.requests[0].path == "/v1/models"
    assert upstream.requests[0].headers["authorization"] == "Bearer sk-own"


async def test_own_headers_are_sent(start: Start, outbound: Outbound) -> None:
    upstream = await start(_answering(b'{"data": []}'))
    endpoint = Endpoint(name="p", driver="openai", base_url=upstream.url, headers={"X-Team": "blue"})
    await list_models(outbound, endpoint)
    sent = upstream.requests[0].headers
    assert (sent["x-team"], "authorization" in sent) == ("blue", False)


def _paged(pages: list[list[str]], page: Callable[[list[str], str | None], object], cursor: str) -> Answer:
    """Pages, of which each but the first is found by the cursor that the one before it gave."""

    async def answer(request: Request) -> None:
        asked = parse_qs(urlsplit(request.path).query).get(cursor, ["0"])[0]
        number = int(asked.removeprefix("page-"))
        following = f"page-{number + 1}" if number + 1 < len(pages) else None
        await request.reply(_json(page(pages[number], following)))

    return answer


async def test_every_page_of_anthropic_is_read(start: Start, outbound: Outbound) -> None:
    answer = _paged(
        [["a", "b"], ["c"], ["d"]],
        lambda ids, more: {"data": [{"id": i} for i in ids], "has_more": more is not None, "last_id": more},
        "after_id",
    )
    upstream = await start(answer)
    assert _names(await list_models(outbound, _provider(upstream.url, "anthropic"))) == ["a", "b", "c", "d"]
    assert [request.path for request in upstream.requests] == [
        "/v1/models?limit=1000",
        "/v1/models?limit=1000&after_id=page-1",
        "/v1/models?limit=1000&after_id=page-2",
    ]
    sent = upstream.requests[0].headers
    assert (sent["x-api-key"], sent["anthropic-version"]) == ("sk-own", "2023-06-01")


async def test_every_page_of_gemini_is_read(start: Start, outbound: Outbound) -> None:
    answer = _paged(
        [["a"], ["b"]],
        lambda ids, more: (
            {"models": [{"name": f"models/{i}"} for i in ids]} | ({"nextPageToken": more} if more else {})
        ),
        "pageToken",
    )
    upstream = await start(answer)
    assert _names(await list_models(outbound, _provider(upstream.url, "gemini"))) == ["a", "b"]
    assert [request.path for request in upstream.requests] == [
        "/v1beta/models?pageSize=1000",
        "/v1beta/models?pageSize=1000&pageToken=page-1",
    ]
    assert upstream.requests[0].headers["x-goog-api-key"] == "sk-own"


async def test_a_base_urls_query_is_kept(start: Start, outbound: Outbound) -> None:
    upstream = await start(_answering(b'{"data": []}'))
    await list_models(outbound, _provider(f"{upstream.url}/openai?api-version=1", "azure_openai"))
    assert upstream.requests[0].path == "/openai/models?api-version=1"
    assert upstream.requests[0].headers["api-key"] == "sk-own"


@pytest.mark.parametrize("driver", ["llmsim", "bedrock", "vertex", "never-heard-of", ""])
async def test_a_driver_without_a_listing_says_so(outbound: Outbound, driver: str) -> None:
    with pytest.raises(ListingUnsupported):
        await list_models(outbound, _provider("http://127.0.0.1:9", driver))


# What is set up wrongly


@pytest.mark.parametrize(
    ("endpoint", "field"),
    [
        (Endpoint(name="p", driver="azure_openai"), "base_url"),
        (Endpoint(name="p", driver="openai", base_url="ftp://x.example"), "base_url"),
        (Endpoint(name="p", driver="openai", base_url="http://127.0.0.2"), "base_url"),
        (Endpoint(name="p", driver="ollama"), "base_url"),
        (Endpoint(name="p", driver="openai", api_key="a\r\nHost: b"), "api_key"),
        (Endpoint(name="p", driver="openai", headers={"Host": "b"}), "request_options.headers"),
    ],
)
async def test_a_provider_that_cannot_be_asked_is_refused(endpoint: Endpoint, field: str) -> None:
    way = Outbound(_CLOSED)
    with pytest.raises(InvalidRequest) as refused:
        await list_models(way, endpoint)
    await way.close()
    assert refused.value.field == field


# Entries


async def test_bad_entries_are_skipped_and_counted(start: Start, outbound: Outbound) -> None:
    entries = [{"id": "a"}, {"id": 7}, None, {"id": ""}, {"id": "a\u0000"}, {"id": "a" * 256}, {"id": "a"}, {"id": "b"}]
    upstream = await start(_answering(_json({"data": entries})))
    listing = await list_models(outbound, _provider(upstream.url))
    assert (_names(listing), listing.skipped) == (["a", "b"], 6)


async def test_an_empty_listing_is_a_listing(start: Start, outbound: Outbound) -> None:
    upstream = await start(_answering(b'{"data": []}'))
    assert await list_models(outbound, _provider(upstream.url)) == Listing(models=())


async def test_ten_thousand_models_are_read(start: Start, outbound: Outbound) -> None:
    upstream = await start(_answering(_json({"data": [{"id": f"m-{number}"} for number in range(10_000)]})))
    assert len((await list_models(outbound, _provider(upstream.url))).models) == 10_000


# Failures


def _ids(count: int) -> bytes:
    return _json({"data": [{"id": f"m-{number}"} for number in range(count)]})


_FAILURES = [
    pytest.param(_answering(b"SECRET", "401 Unauthorized"), r"refused the API key \(401\)", id="401"),
    pytest.param(_answering(b"SECRET", "403 Forbidden"), r"does not let .* \(403\)", id="403"),
    pytest.param(_answering(b"SECRET", "404 Not Found"), r"no list of models .* \(404\)", id="404"),
    pytest.param(_answering(b"SECRET", "429 Too Many"), r"limiting requests \(429\)", id="429"),
    pytest.param(_answering(b"SECRET", "500 Oh No"), r"failed \(HTTP 500\)", id="500"),
    pytest.param(_answering(b"SECRET", "503 Oh No"), r"failed \(HTTP 503\)", id="503"),
    pytest.param(_answering(b"SECRET", "418 Teapot"), r"answered HTTP 418", id="418"),
    pytest.param(_answering(b"", "204 No Content"), "not valid JSON", id="204"),
    pytest.param(_answering(b"<html>SECRET</html>"), "not valid JSON", id="html"),
    pytest.param(_answering(b'{"error": "SECRET"}'), "no list of models", id="error-as-success"),
    pytest.param(_answering(b'{"data": [{"id": 1}, "SECRET"]}'), "no model whose name can be read", id="all-bad"),
    pytest.param(_answering(_ids(10_001)), "more than 10000 models", id="too-many"),
    pytest.param(_answering(_ids(100_000)), "more than 10000 models", id="hundred-thousand"),
    pytest.param(_answering(b" " * 17_000_000), "larger than", id="too-large"),
    pytest.param(_answering(b"[" * 10_000_000), "not valid JSON", id="deep"),
]


@pytest.mark.parametrize(("answer", "sentence"), _FAILURES)
async def test_a_failure_is_told_in_our_own_words(
    start: Start, outbound: Outbound, answer: Answer, sentence: str
) -> None:
    upstream = await start(answer)
    with pytest.raises(UpstreamError, match=f"^the provider: .*{sentence}") as failed:
        await list_models(outbound, _provider(upstream.url))
    told = "".join(traceback.format_exception(failed.value))
    assert ("SECRET" in told, "sk-own" in told) == (False, False)


async def test_pages_that_lead_in_a_circle_end(start: Start, outbound: Outbound) -> None:
    upstream = await start(_answering(b'{"data": [], "has_more": true, "last_id": "same"}'))
    with pytest.raises(UpstreamError, match="pages without end"):
        await list_models(outbound, _provider(upstream.url, "anthropic"))
    assert len(upstream.requests) == 2


async def test_pages_that_never_end_are_left(start: Start, outbound: Outbound) -> None:
    async def answer(request: Request) -> None:
        number = len(upstream.requests)
        await request.reply(_json({"models": [{"name": f"m-{number}"}], "nextPageToken": f"t-{number}"}))

    upstream = await start(answer)
    with pytest.raises(UpstreamError, match="pages without end"):
        await list_models(outbound, _provider(upstream.url, "gemini"))
    assert len(upstream.requests) == 50


async def test_a_provider_that_hangs_is_left_at_the_deadline(start: Start, outbound: Outbound) -> None:
    upstream = await start(lambda request: request.hang())
    with pytest.raises(UpstreamTimeout, match="did not answer within"):
        await list_models(outbound, _provider(upstream.url), limits=_SHORT)
    await asyncio.wait_for(upstream.client_left.wait(), 10)


async def test_the_deadline_holds_for_all_pages_together(start: Start, outbound: Outbound) -> None:
    async def answer(request: Request) -> None:
        await asyncio.sleep(0.1)  # each page in time, all of them together not
        number = len(upstream.requests)
        await request.reply(_json({"models": [{"name": f"m-{number}"}], "nextPageToken": f"t-{number}"}))

    upstream = await start(answer)
    with pytest.raises(UpstreamTimeout):
        await list_models(outbound, _provider(upstream.url, "gemini"), limits=_SHORT)
    assert len(upstream.requests) < 50
