"""The app's edge: what happens to every request before and after the dialects.

It gives the request its id and its raw path, answers from the kept replies where one still holds, and tells metrics
and log how it ended. It is a plain ASGI app, so any ASGI server runs it.
"""

from __future__ import annotations

import time

import structlog

from armillary.dialects._kit.exchanges import Answer, Asked, Receive, Scope, Send, Stream, send_body, send_pieces
from armillary.dialects._kit.replies import Replies, Reply, reply_key
from armillary.dialects._kit.traces import RequestIds, Trace
from armillary.domain.errors import ArmillaryError
from armillary.server.metrics import Metrics
from armillary.server.mount import Site
from armillary.services.wiring import Wiring

log = structlog.get_logger("armillary.http")
_REQUEST_ID = b"x-request-id"
_READS = frozenset({"GET", "HEAD"})
_SLOW_S = 1.0


class Edge:
    """Every HTTP request passes here once."""

    def __init__(self, site: Site, wiring: Wiring, replies: Replies, metrics: Metrics) -> None:
        self._site = site
        self._wiring = wiring
        self._replies = replies
        self._metrics = metrics
        self._ids = RequestIds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        trace = Trace(self._ids.mint())
        if scope["method"] in _READS:
            trace.reply_key = key = reply_key(scope)
            kept = self._replies.find(key)
            if kept is not None:
                try:
                    current = await self._wiring.revisions.current(kept.workspace)
                except ArmillaryError as exc:
                    # The database is away: whether the reply still holds cannot be told, nor can it be made again.
                    trace.operation, asked = kept.operation, _asked(scope, receive, trace)
                    await self._send(self._site.refuse(asked, exc), asked, send)
                    return
                unchanged = kept.unchanged(scope["headers"])
                if current == kept.revisions and (kept.whole or unchanged):
                    await self._answer(kept, scope, trace, send, status=304 if unchanged else 200)
                    return
                self._replies.drop(key)
        await self._ask(scope, receive, send, trace)

    async def _answer(self, kept: Reply, scope: Scope, trace: Trace, send: Send, *, status: int) -> None:
        trace.dialect, trace.operation = kept.dialect, kept.operation
        self._wiring.gate.touch(kept.key)
        trace.status = status
        headers = [*(kept.headers[:2] if status == 304 else kept.headers), (_REQUEST_ID, trace.request_id.encode())]
        await send({"type": "http.response.start", "status": trace.status, "headers": headers})
        body = b"" if status == 304 or scope["method"] == "HEAD" else kept.body
        await _send_body(send, body, trace)
        self._metrics.observe(trace, time.perf_counter() - trace.started)

    async def _ask(self, scope: Scope, receive: Receive, send: Send, trace: Trace) -> None:
        asked = _asked(scope, receive, trace)
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        await self._send(await self._site.answer(asked, method), asked, send)

    async def _send(self, answer: Answer, asked: Asked, send: Send) -> None:
        trace, method = asked.trace, asked.scope["method"]
        trace.status = answer.status
        headers = answer.raw_headers()
        headers.append((_REQUEST_ID, trace.request_id.encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if method == "HEAD":
            await _send_body(send, b"", trace)
        elif answer.stream is None:
            await _send_body(send, answer.body, trace)
        else:
            await _send_stream(send, answer.stream, trace)
        self._tell(method, trace, asked.path)

    def _tell(self, method: str, trace: Trace, path: str) -> None:
        duration_s = time.perf_counter() - trace.started
        self._metrics.observe(trace, duration_s)
        # Reads that end well are told by metrics alone: a line for each would cost more than answering it.
        if method in _READS and trace.status < 400 and duration_s < _SLOW_S:
            return
        log.info(
            "request",
            request_id=trace.request_id,
            method=method,
            path=path[:256],
            dialect=trace.dialect,
            operation=trace.operation,
            status=trace.status,
            error=trace.error or None,
            duration_ms=round(duration_s * 1000, 2),
        )


async def _send_body(send: Send, body: bytes, trace: Trace) -> None:
    if not await send_body(send, body):
        _given_up(trace, len(body))


async def _send_stream(send: Send, stream: Stream, trace: Trace) -> None:
    try:
        taken = await send_pieces(send, stream.pieces)
    except ArmillaryError as exc:
        # It began well, so nothing but the missing end can tell the client.
        log.warning("answer_cut_off", request_id=trace.request_id, operation=trace.operation, error=str(exc))
        return
    if not taken:
        _given_up(trace, stream.size_bytes)


def _given_up(trace: Trace, size_bytes: int) -> None:
    log.warning("reader_given_up", request_id=trace.request_id, operation=trace.operation, size_bytes=size_bytes)


def _asked(scope: Scope, receive: Receive, trace: Trace) -> Asked:
    # The raw path is routed, so that an encoded slash or colon in an id stays within its segment.
    return Asked(scope, receive, trace, scope["raw_path"].partition(b"?")[0].decode("latin-1"))
