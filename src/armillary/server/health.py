"""Health, metrics and documents: what the server says of itself, to anyone who asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files

import falcon
import falcon.asgi
import msgspec

import armillary
from armillary.dialects._kit import openapi
from armillary.dialects._kit.traces import SCOPE_KEY
from armillary.domain.errors import NotFound
from armillary.server.metrics import CONTENT_TYPE, Metrics
from armillary.server.urls import UrlMap
from armillary.services import health
from armillary.services.wiring import Wiring


class Probes:
    """``/livez`` (the process answers), ``/readyz`` and ``/health`` (its database answers as well)."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    async def on_get(self, _req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Say whether the server can serve."""
        healthy = await health.database_answers(self._wiring.db)
        status = "ok" if healthy else "unavailable"
        resp.status = falcon.HTTP_200 if healthy else falcon.HTTP_503
        resp.data = msgspec.json.encode({"status": status, "version": armillary.__version__})

    async def on_get_live(self, _req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Say that the process answers."""
        resp.data = b'{"status":"ok"}'


class Documents:
    """The OpenAPI documents, and a page to read them that works offline."""

    def __init__(self, urls: UrlMap, metrics: Metrics) -> None:
        self._urls = urls
        self._metrics = metrics
        self._written: dict[str, bytes] = {}

    async def on_get_metrics(self, _req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Everything counted."""
        resp.data, resp.content_type = self._metrics.text(), CONTENT_TYPE

    async def on_get(self, _req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """One document of everything."""
        resp.data = self._document("")

    async def on_get_one(self, _req: falcon.asgi.Request, resp: falcon.asgi.Response, name: str) -> None:
        """One dialect's document."""
        if name not in {dialect.name for dialect in self._urls.dialects}:
            raise NotFound("document", name)
        resp.data = self._document(name)

    async def on_get_docs(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """The reading page."""
        req.scope[SCOPE_KEY].operation = "docs"
        page = files("armillary.server").joinpath("docs.html")
        resp.data, resp.content_type = page.read_bytes(), "text/html; charset=utf-8"
        resp.set_header("content-security-policy", "default-src 'self' 'unsafe-inline'")

    def _document(self, name: str) -> bytes:
        # Written on first demand: a server that nobody asks pays nothing for them at its start.
        if name not in self._written:
            self._written[name] = msgspec.json.format(msgspec.json.encode(self._assembled(name)))
        return self._written[name]

    def _assembled(self, name: str) -> openapi.Document:
        chosen = [dialect for dialect in self._urls.dialects if name in {"", dialect.name}]
        documents = [(dialect, openapi.document(dialect)) for dialect in chosen]
        return documents[0][1] if name else openapi.merged(documents)


def add_routes(app: falcon.asgi.App, urls: UrlMap, wiring: Wiring, metrics: Metrics) -> None:  # type: ignore[type-arg]
    """Add what the server says of itself."""
    probes, documents = Probes(wiring), Documents(urls, metrics)
    for path in ("/health", "/readyz", "/api/health"):
        app.add_route(path, probes)
    app.add_route("/livez", probes, suffix="live")
    app.add_route("/metrics", documents, suffix="metrics")
    app.add_route("/openapi.json", documents)
    app.add_route("/openapi/{name}.json", documents, suffix="one")
    app.add_route("/docs", documents, suffix="docs")
    everruns = _named(documents, "everruns")
    for path in ("/api-doc/openapi.json", "/api/api-doc/openapi.json"):
        app.add_route(path, everruns)


def _named(documents: Documents, name: str) -> object:
    async def on_get(_self: object, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        await documents.on_get_one(req, resp, name)

    responder: Callable[..., Awaitable[None]] = on_get
    return type("Named", (), {"on_get": responder})()
