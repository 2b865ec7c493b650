"""From an operation to what answers at its path: authenticate, enter, decode, run, encode, refuse."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from armillary.dialects._kit import bodies
from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.dialects import Dialect, Headers
from armillary.dialects._kit.exchanges import Answer, Asked, Stream
from armillary.dialects._kit.operations import GET, Operation
from armillary.dialects._kit.replies import Replies, Reply, etag, revision_of
from armillary.dialects._kit.traces import Trace
from armillary.domain.access import Idempotency, Principal
from armillary.domain.errors import ArmillaryError, InvalidRequest, Stale, Unauthenticated
from armillary.services import idempotency
from armillary.services.access import Grant
from armillary.services.wiring import Wiring

CACHE_CONTROL = "private, no-cache"
_LONGEST_IDEMPOTENCY_KEY = 255


class Responder:
    """One operation in one dialect, ready to be called."""

    def __init__(self, dialect: Dialect, operation: Operation, wiring: Wiring, replies: Replies) -> None:
        self.dialect = dialect
        self.operation = operation
        self._wiring = wiring
        self._replies = replies

    async def __call__(self, asked: Asked, raw: dict[str, str]) -> Answer:
        """The answer; whatever is refused is refused in the dialect's envelope."""
        asked.trace.dialect, asked.trace.operation = self.dialect.name, self.operation.name
        try:
            return await self._answer(asked, {name: bodies.segment(value) for name, value in raw.items()})
        except ArmillaryError as exc:
            return refusal(self.dialect, exc, asked, origin=self._origin(asked))

    async def _answer(self, asked: Asked, path: dict[str, str]) -> Answer:
        call = await self._call(asked, path)
        if not self.operation.cached:
            return await self._run(asked, call, path)
        revisions = await self._wiring.revisions.current(call.caller.workspace)
        tag = etag(call.caller.workspace, revisions)
        if tag in asked.headers.get("if-none-match", "") and self._may_read(call):
            answer = Answer(304, headers={"etag": tag, "cache-control": CACHE_CONTROL})
            self._keep(answer, call, asked.trace, revisions)
            return answer
        answer = await self._run(asked, call, path)
        keep = not answer.headers and answer.status == 200
        answer.headers |= {"etag": tag, "cache-control": CACHE_CONTROL}
        if keep:
            self._keep(answer, call, asked.trace, revisions)
        return answer

    def _may_read(self, call: Call) -> bool:
        return not self.operation.scope or call.caller.can(self.operation.scope)

    async def _call(self, asked: Asked, path: dict[str, str]) -> Call:
        grant = await self._admitted(asked.headers)
        caller = self._enter(grant, asked, path)
        return Call(
            wiring=self._wiring,
            grant=grant,
            caller=caller,
            now=datetime.now(UTC),
            request_id=asked.trace.request_id,
            headers=asked.headers,
            base_url=self._origin(asked),
            path=asked.path,
            query_string=asked.query_string,
            unchanged_since=_unchanged_since(asked.headers, caller),
        )

    async def _admitted(self, headers: Headers) -> Grant:
        further = self.dialect.further(headers)
        if further is not None:
            await self._wiring.gate.admit(further)
        token = self.dialect.token(headers)
        if token is None:
            raise Unauthenticated
        return await self._wiring.gate.admit(token)

    def _origin(self, asked: Asked) -> str:
        return self._wiring.public_url or asked.origin

    def _enter(self, grant: Grant, asked: Asked, path: dict[str, str]) -> Principal:
        choose = self.dialect.workspace if self.operation.entry else _home
        return grant.enter(
            choose(grant, asked.headers, path),
            dialect=self.dialect.name,
            reason=None if self.operation.method == GET else self.dialect.reason(asked.headers),
            request_id=asked.trace.request_id,
        )

    async def _run(self, asked: Asked, call: Call, path: dict[str, str]) -> Answer:
        members: dict[str, Any] = dict(path)
        raw = b""
        if self.operation.query is not None:
            members["query"] = self.dialect.query(call.query_string, self.operation.query)
        if self.operation.body is not None:
            raw = await asked.body(self.operation.body_bytes)
            members["body"] = raw if self.operation.body is bytes else self._decoded(raw)
        key = call.headers.get("idempotency-key") if self.operation.creates else None
        if key is None:
            return self._written(call, await self.operation.handler(call, **members))
        return await self._once(call, members, _idempotency(key, call, raw))

    def _decoded(self, raw: bytes) -> Any:  # noqa: ANN401  whatever the handler asks for
        return bodies.decoded(raw, self.operation.body, self.dialect.decode, empty=self.dialect.empty_body)

    async def _once(self, call: Call, members: dict[str, Any], claim: Idempotency) -> Answer:
        answered = await idempotency.find(call.db, call.caller, claim, at=call.now)
        if answered is not None:
            replayed = {"idempotency-replayed": "true"}
            return Answer(answered.status, answered.body, self.operation.media_type, replayed)
        call.caller = dataclasses.replace(call.caller, idempotency=claim)
        answer = self._written(call, await self.operation.handler(call, **members))
        if not self.operation.secret:
            await idempotency.remember(call.db, call.caller, claim, status=answer.status, body=answer.body)
        return answer

    def _written(self, call: Call, reply: object) -> Answer:
        status = call.status or self.operation.status
        if isinstance(reply, Stream):
            return Answer.streamed(reply, status=status, headers=call.headers_out)
        body = b""
        if status != 204:
            body = reply if isinstance(reply, bytes) else self.dialect.encoder.encode(reply)
        return Answer(status, body, self.operation.media_type, call.headers_out)

    def _keep(self, answer: Answer, call: Call, trace: Trace, revisions: tuple[int, int]) -> None:
        if trace.reply_key is None or call.caller.key is None:
            return
        reply = Reply(
            workspace=call.caller.workspace,
            revisions=revisions,
            key=call.caller.key,
            etag=answer.headers["etag"].encode(),
            headers=tuple(answer.raw_headers()),
            body=answer.body,
            dialect=trace.dialect,
            operation=trace.operation,
            whole=answer.status != 304,
        )
        self._replies.keep(trace.reply_key, reply)


class PublicResponder:
    """One operation that needs no key: it is handed the wiring alone."""

    def __init__(self, dialect: Dialect, operation: Operation, wiring: Wiring) -> None:
        self.dialect = dialect
        self.operation = operation
        self._wiring = wiring

    async def __call__(self, asked: Asked, raw: dict[str, str]) -> Answer:
        """The answer."""
        asked.trace.dialect, asked.trace.operation = self.dialect.name, self.operation.name
        try:
            path = {name: bodies.segment(value) for name, value in raw.items()}
            reply = await self.operation.handler(self._wiring, **path)
        except ArmillaryError as exc:
            return refusal(self.dialect, exc, asked, origin=asked.origin)
        if isinstance(reply, Stream):
            return Answer.streamed(reply, status=self.operation.status)
        return Answer(self.operation.status, self.dialect.encoder.encode(reply), self.operation.media_type)


def refusal(dialect: Dialect, error: ArmillaryError, asked: Asked, *, origin: str) -> Answer:
    """The error in the dialect's envelope."""
    told = dialect.linked(dialect.refuse(error), origin)
    asked.trace.error = type(error).__name__
    headers = {name.lower(): value for name, value in told.headers.items()}
    return Answer(told.status, dialect.encoder.encode(told.body), told.media_type, headers)


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
