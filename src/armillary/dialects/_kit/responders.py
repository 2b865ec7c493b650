"""From an operation to what Falcon calls: authenticate, enter, decode, run, encode, refuse."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import falcon
import falcon.asgi

from armillary.dialects._kit import bodies
from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.dialects import Dialect, Headers
from armillary.dialects._kit.operations import GET, Operation
from armillary.dialects._kit.refusals import Refusal
from armillary.dialects._kit.replies import Replies, Reply, etag, revision_of
from armillary.dialects._kit.traces import SCOPE_KEY, Trace
from armillary.domain.access import Idempotency, Principal
from armillary.domain.errors import ArmillaryError, InvalidRequest, Stale, Unauthenticated
from armillary.services import idempotency
from armillary.services.access import Grant
from armillary.services.wiring import Wiring

_CACHE_CONTROL = "private, no-cache"
_LONGEST_IDEMPOTENCY_KEY = 255


class Responder:
    """One operation in one dialect, ready to be called."""

    def __init__(self, dialect: Dialect, operation: Operation, wiring: Wiring, replies: Replies) -> None:
        self.dialect = dialect
        self.operation = operation
        self._wiring = wiring
        self._replies = replies

    async def __call__(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, raw: Mapping[str, str]) -> None:
        """Answer the request; whatever is refused is refused in the dialect's envelope."""
        trace: Trace = req.scope[SCOPE_KEY]
        trace.dialect, trace.operation = self.dialect.name, self.operation.name
        try:
            await self._answer(req, resp, trace, {name: bodies.segment(value) for name, value in raw.items()})
        except ArmillaryError as exc:
            refuse(self.dialect, exc, resp, trace, origin=self._origin(req))

    async def _answer(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, trace: Trace, path: dict[str, str]
    ) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in req.scope["headers"]}
        call = await self._call(req, headers, path, trace)
        if not self.operation.cached:
            await self._run(req, resp, call, path)
            return
        revisions = await self._wiring.revisions.current(call.caller.workspace)
        tag = etag(call.caller.workspace, revisions[0])
        if tag in headers.get("if-none-match", ""):
            resp.status = falcon.HTTP_304
        else:
            await self._run(req, resp, call, path)
            self._keep(resp, call, trace, revisions)
        resp.set_header("etag", tag)
        resp.set_header("cache-control", _CACHE_CONTROL)

    async def _call(self, req: falcon.asgi.Request, headers: Headers, path: dict[str, str], trace: Trace) -> Call:
        grant = await self._admit(headers)
        caller = self._enter(grant, headers, path, trace)
        return Call(
            wiring=self._wiring,
            grant=grant,
            caller=caller,
            now=datetime.now(UTC),
            request_id=trace.request_id,
            headers=headers,
            base_url=self._origin(req),
            path=req.scope["path"],
            query_string=req.query_string,
            unchanged_since=_unchanged_since(headers, caller),
        )

    def _origin(self, req: falcon.asgi.Request) -> str:
        return self._wiring.public_url or f"{req.scheme}://{req.get_header('host', default='localhost')}"

    async def _admit(self, headers: Headers) -> Grant:
        token = self.dialect.token(headers)
        if token is None:
            raise Unauthenticated
        return await self._wiring.gate.admit(token)

    def _enter(self, grant: Grant, headers: Headers, path: dict[str, str], trace: Trace) -> Principal:
        choose = self.dialect.workspace if self.operation.entry else _home
        return grant.enter(
            choose(grant, headers, path),
            dialect=self.dialect.name,
            reason=None if self.operation.method == GET else self.dialect.reason(headers),
            request_id=trace.request_id,
        )

    async def _run(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, call: Call, path: dict[str, str]
    ) -> None:
        members: dict[str, Any] = dict(path)
        raw = b""
        if self.operation.query is not None:
            members["query"] = self.dialect.query(call.query_string, self.operation.query)
        if self.operation.body is not None:
            raw = await bodies.read_body(req, self.operation.body_bytes)
            members["body"] = bodies.decoded(raw, self.operation.body, self.dialect.decode)
        key = call.headers.get("idempotency-key") if self.operation.creates else None
        if key is None:
            self._write(resp, call, await self.operation.handler(call, **members))
        else:
            await self._once(resp, call, members, _idempotency(key, call, raw))

    async def _once(self, resp: falcon.asgi.Response, call: Call, members: dict[str, Any], claim: Idempotency) -> None:
        answered = await idempotency.find(call.db, call.caller, claim, at=call.now)
        if answered is not None:
            resp.status, resp.data = falcon.code_to_http_status(answered.status), answered.body
            resp.content_type = self.operation.media_type
            resp.set_header("idempotency-replayed", "true")
            return
        call.caller = dataclasses.replace(call.caller, idempotency=claim)
        self._write(resp, call, await self.operation.handler(call, **members))
        if not self.operation.secret:
            status = call.status or self.operation.status
            await idempotency.remember(call.db, call.caller, claim, status=status, body=resp.data or b"")

    def _write(self, resp: falcon.asgi.Response, call: Call, reply: object) -> None:
        status = call.status or self.operation.status
        resp.status = falcon.code_to_http_status(status)
        if status != 204:
            resp.data = reply if isinstance(reply, bytes) else self.dialect.encoder.encode(reply)
            resp.content_type = self.operation.media_type
        for name, value in call.headers_out.items():
            resp.set_header(name, value)

    def _keep(self, resp: falcon.asgi.Response, call: Call, trace: Trace, revisions: tuple[int, int]) -> None:
        if trace.reply_key is None or call.caller.key is None or call.headers_out:
            return
        body, tag = resp.data or b"", etag(call.caller.workspace, revisions[0]).encode()
        headers = (
            (b"content-type", self.operation.media_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"etag", tag),
            (b"cache-control", _CACHE_CONTROL.encode()),
        )
        reply = Reply(
            call.caller.workspace, revisions, call.caller.key, tag, headers, body, trace.dialect, trace.operation
        )
        self._replies.keep(trace.reply_key, reply)


class PublicResponder:
    """One operation that needs no key: it is handed the wiring alone."""

    def __init__(self, dialect: Dialect, operation: Operation, wiring: Wiring) -> None:
        self.dialect = dialect
        self.operation = operation
        self._wiring = wiring

    async def __call__(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, raw: Mapping[str, str]) -> None:
        """Answer the request."""
        trace: Trace = req.scope[SCOPE_KEY]
        trace.dialect, trace.operation = self.dialect.name, self.operation.name
        try:
            path = {name: bodies.segment(value) for name, value in raw.items()}
            resp.data = self.dialect.encoder.encode(await self.operation.handler(self._wiring, **path))
            resp.status = falcon.code_to_http_status(self.operation.status)
            resp.content_type = self.operation.media_type
        except ArmillaryError as exc:
            refuse(self.dialect, exc, resp, trace)


def refuse(
    dialect: Dialect, error: ArmillaryError, resp: falcon.asgi.Response, trace: Trace, *, origin: str = ""
) -> None:
    """Answer an error in the dialect's envelope."""
    refusal: Refusal = dialect.linked(dialect.refuse(error), origin)
    trace.error = type(error).__name__
    resp.status = falcon.code_to_http_status(refusal.status)
    resp.data = dialect.encoder.encode(refusal.body)
    resp.content_type = refusal.media_type
    for name, value in refusal.headers.items():
        resp.set_header(name, value)


def _home(grant: Grant, _headers: Headers, _path: Mapping[str, str]) -> UUID | None:
    return grant.default()


def _unchanged_since(headers: Headers, caller: Principal) -> int | None:
    tags = headers.get("if-match", "").strip()
    if not tags or tags == "*":
        return None
    revision = revision_of(tags, caller.workspace)
    if revision is None:
        raise Stale("resource")
    return revision


def _idempotency(key: str, call: Call, body: bytes) -> Idempotency:
    if not 1 <= len(key) <= _LONGEST_IDEMPOTENCY_KEY or not key.isprintable():
        raise InvalidRequest("Idempotency-Key", f"has 1 to {_LONGEST_IDEMPOTENCY_KEY} printable characters")
    asked = f"{call.path}?{call.query_string}\n{call.caller.workspace.hex}\n".encode() + body
    return Idempotency(key=key, digest=hashlib.blake2b(asked, digest_size=16).hexdigest())
