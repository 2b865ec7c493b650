"""Health, metrics and documents: what the server says of itself, to anyone who asks."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

import msgspec

import armillary
from armillary.dialects._kit import openapi
from armillary.dialects._kit.exchanges import Answer, Answering, Asked
from armillary.domain.errors import NotFound
from armillary.server.metrics import CONTENT_TYPE, Metrics
from armillary.server.urls import UrlMap
from armillary.services import health
from armillary.services.wiring import Wiring

_HTML = "text/html; charset=utf-8"
_POLICY = "default-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def answering(urls: UrlMap, wiring: Wiring, metrics: Metrics) -> Mapping[str, Answering]:
    """What answers at each path of the server's own."""
    documents = Documents(urls)

    async def ready(_asked: Asked, _path: Mapping[str, str]) -> Answer:
        healthy = await health.database_answers(wiring.db)
        body = {"status": "ok" if healthy else "unavailable", "version": armillary.__version__}
        return Answer(200 if healthy else 503, msgspec.json.encode(body))

    async def alive(_asked: Asked, _path: Mapping[str, str]) -> Answer:
        return Answer(body=b'{"status":"ok"}')

    async def counted(_asked: Asked, _path: Mapping[str, str]) -> Answer:
        return Answer(body=metrics.text(), media_type=CONTENT_TYPE)

    async def read(_asked: Asked, _path: Mapping[str, str]) -> Answer:
        page = files("armillary.server").joinpath("docs.html").read_bytes()
        return Answer(body=page, media_type=_HTML, headers={"content-security-policy": _POLICY})

    named = {"health": ready, "readyz": ready, "livez": alive, "metrics": counted, "docs": read}
    paths = {f"/{name}": _told(name, found) for name, found in named.items()}
    return {
        **paths,
        "/api/health": _told("health", ready),
        "/openapi.json": _told("document", documents.whole),
        "/openapi/{name}.json": _told("document", documents.one),
        "/api-doc/openapi.json": _told("document", documents.everruns),
        "/api/api-doc/openapi.json": _told("document", documents.everruns),
    }


def _told(operation: str, found: Answering) -> Answering:
    """The same answer, told to the metrics as an operation of the server's own."""

    async def answer(asked: Asked, path: dict[str, str]) -> Answer:
        asked.trace.dialect, asked.trace.operation = "server", operation
        return await found(asked, path)

    return answer


class Documents:
    """The OpenAPI documents, written on first demand: a server that nobody asks pays nothing for them."""

    def __init__(self, urls: UrlMap) -> None:
        self._urls = urls
        self._written: dict[str, bytes] = {}

    async def whole(self, _asked: Asked, _path: Mapping[str, str]) -> Answer:
        """One document of every dialect."""
        return Answer(body=self._document(""))

    async def one(self, _asked: Asked, path: Mapping[str, str]) -> Answer:
        """One dialect's document. Raises: NotFound."""
        if path["name"] not in {dialect.name for dialect in self._urls.dialects}:
            raise NotFound("document", path["name"])
        return Answer(body=self._document(path["name"]))

    async def everruns(self, _asked: Asked, _path: Mapping[str, str]) -> Answer:
        """Everruns' document, where its clients look for it."""
        return Answer(body=self._document("everruns"))

    def _document(self, name: str) -> bytes:
        if name not in self._written:
            self._written[name] = msgspec.json.format(msgspec.json.encode(self._assembled(name)))
        return self._written[name]

    def _assembled(self, name: str) -> openapi.Document:
        chosen = [dialect for dialect in self._urls.dialects if name in {"", dialect.name}]
        documents = [(dialect, openapi.document(dialect)) for dialect in chosen]
        return documents[0][1] if name else openapi.merged(documents)
