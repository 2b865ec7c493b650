"""A provider's own list of models: the pages are fetched here, ``listings`` reads them."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

from armillary.domain.discovery import DiscoveredModel, Listing
from armillary.domain.errors import UpstreamError, UpstreamTimeout
from armillary.providers.endpoints import DRIVERS, Dialect, Driver, Endpoint, listing_url, request_headers
from armillary.providers.guard import Outbound
from armillary.providers.listings import MAX_ENTRIES, NotAListing, Page, read_entry, read_page
from armillary.providers.replies import Limits

#: The list as a whole may take this long and each page be this large: a provider that trickles costs a sync,
#: and nothing else.
LISTING_LIMITS = Limits(total_s=30.0, connect_s=10.0, body_bytes=16 * 1024 * 1024)

#: Per page, the most that each allows. Sources: Anthropic, "List Models"; Gemini, ``models.list``.
_PAGE_QUERY: dict[Dialect, dict[str, str]] = {
    "openai": {},
    "anthropic": {"limit": "1000"},
    "gemini": {"pageSize": "1000"},
}
_CURSOR_NAME: dict[Dialect, str] = {"openai": "", "anthropic": "after_id", "gemini": "pageToken"}
_MAX_PAGES = 50

_STATUS_SENTENCES = {
    401: "refused the API key (401): check the provider's key",
    403: "does not let this API key list models (403)",
    404: "has no list of models at this base URL (404)",
    405: "has no list of models at this base URL (405)",
    429: "is limiting requests (429): try again later",
}


class ListingUnsupported(Exception):
    """The driver has no list of models to ask for; a sync answers that, it is no failure."""


async def list_models(outbound: Outbound, endpoint: Endpoint, *, limits: Limits = LISTING_LIMITS) -> Listing:
    """Every model that the provider lists.

    Raises: ListingUnsupported; InvalidRequest (``base_url``, ``api_key``, ``request_options.headers``) where
    the provider is set up so that it cannot be asked; UpstreamTimeout; UpstreamError.
    """
    driver = DRIVERS.get(endpoint.driver)
    if driver is None:
        raise ListingUnsupported(endpoint.driver)
    try:
        async with asyncio.timeout(limits.total_s):
            return await _all_pages(outbound, endpoint, driver, limits)
    except NotAListing as exc:
        raise UpstreamError(endpoint.name, f"the answer {exc}") from None
    except TimeoutError:
        raise UpstreamTimeout(endpoint.name, f"did not answer within {limits.total_s:g} s") from None


async def _all_pages(outbound: Outbound, endpoint: Endpoint, driver: Driver, limits: Limits) -> Listing:
    url, headers = listing_url(endpoint, driver), request_headers(endpoint, driver)
    pages: list[Page] = []
    query = _PAGE_QUERY[driver.dialect]
    for _ in range(_MAX_PAGES):
        reply = await outbound.get(_asked(url, query), provider=endpoint.name, headers=headers, limits=limits)
        _refuse_status(endpoint.name, reply.status)
        # in a thread: the largest page takes as long to read as thousands of requests to answer
        pages.append(await asyncio.to_thread(read_page, reply.body, driver.dialect))
        cursor = pages[-1].cursor
        if cursor is None:
            return await asyncio.to_thread(_listing, pages, driver.dialect)
        if any(cursor == page.cursor for page in pages[:-1]) or sum(len(p.entries) for p in pages) > MAX_ENTRIES:
            break
        query = {**_PAGE_QUERY[driver.dialect], _CURSOR_NAME[driver.dialect]: cursor}
    raise NotAListing("has pages without end")


def _listing(pages: list[Page], dialect: Dialect) -> Listing:
    """What all pages tell, each model once. Raises: NotAListing where none of many can be read."""
    raws = [raw for page in pages for raw in page.entries]
    if len(raws) > MAX_ENTRIES:
        raise NotAListing(f"lists more than {MAX_ENTRIES} models")
    models: dict[str, DiscoveredModel] = {}
    for raw in raws:
        model = read_entry(raw, dialect)
        if model is not None:
            models.setdefault(model.upstream_name, model)
    if raws and not models:
        raise NotAListing("lists no model whose name can be read")
    return Listing(models=tuple(models.values()), skipped=len(raws) - len(models))


def _asked(url: str, query: dict[str, str]) -> str:
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def _refuse_status(provider: str, status: int) -> None:
    """Nothing, for a success. Raises: UpstreamError; the sentence says whom to turn to."""
    if 200 <= status < 300:
        return
    fallback = f"failed (HTTP {status})" if status >= 500 else f"answered HTTP {status}, not a list of models"
    raise UpstreamError(provider, _STATUS_SENTENCES.get(status, fallback))
