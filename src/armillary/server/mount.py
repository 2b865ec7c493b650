"""From dialects to one site: every operation under every prefix, and refusals for what is not there.

Falcon's compiled router finds a template on the raw path in about a microsecond; what it finds is a ``Place`` that
knows which operation, of which dialect, answers each method there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import cast

import structlog
from falcon.routing import CompiledRouter

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.dialects import Dialect
from armillary.dialects._kit.exchanges import Answer, Answering, Asked
from armillary.dialects._kit.operations import Operation
from armillary.dialects._kit.refusals import MethodNotAllowed, NotServed, RouteNotFound
from armillary.dialects._kit.replies import Replies
from armillary.dialects._kit.responders import PublicResponder, Responder, refusal
from armillary.domain.errors import ArmillaryError
from armillary.server import origins
from armillary.server.urls import UrlMap
from armillary.services.wiring import Wiring

log = structlog.get_logger("armillary.http")
_PARAMETER = re.compile(r"\{(\w+)\}")
_VERB = re.compile(r"(.*\})(:[A-Za-z]+)")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Claim = Callable[[dict[str, str]], bool]
Table = dict[str, dict[str, list["Candidate"]]]


class Candidate:
    """An operation at a template: its own names for the parameters, and whether a request is its."""

    def __init__(self, answering: Answering, names: tuple[str, ...], claims: Claim | None = None) -> None:
        self.answering = answering
        self.names = names
        self.claims = claims

    def named(self, values: Mapping[str, str]) -> dict[str, str]:
        """The raw values under the operation's own names."""
        return {name: values[f"p{place}"] for place, name in enumerate(self.names)}


class Place:
    """What stands at one template: for each method the candidates, those that claim some requests first."""

    def __init__(self, methods: Mapping[str, list[Candidate]]) -> None:
        self._methods = {
            method: sorted(found, key=lambda candidate: candidate.claims is None) for method, found in methods.items()
        }
        self._allowed = tuple(sorted(self._methods))

    async def answer(self, asked: Asked, values: Mapping[str, str], method: str) -> Answer:
        """The answer of the operation whose request it is. Raises: MethodNotAllowed, RouteNotFound."""
        candidates = self._methods.get(method)
        if candidates is None:
            raise MethodNotAllowed(self._allowed)
        for candidate in candidates:
            named = candidate.named(values)
            if candidate.claims is None or candidate.claims(named):
                return await candidate.answering(asked, named)
        raise RouteNotFound


class Site:
    """Everything that this server answers at."""

    def __init__(self, urls: UrlMap, table: Table) -> None:
        self._urls = urls
        self._router = CompiledRouter()
        for template, methods in table.items():
            self._router.add_route(template, Place(methods))

    async def answer(self, asked: Asked, method: str) -> Answer:
        """The answer to any request: refusals and failures are told by the dialect whose path it is."""
        if "origin" not in asked.headers or not self._urls.of(asked.path).any_origin:
            return await self._answer(asked, method)
        if method == "OPTIONS" and "access-control-request-method" in asked.headers:
            asked.trace.dialect, asked.trace.operation = self._urls.of(asked.path).name, "preflight"
            return Answer(headers=dict(origins.PREFLIGHT))
        answer = await self._answer(asked, method)
        answer.headers |= origins.ANY
        return answer

    async def _answer(self, asked: Asked, method: str) -> Answer:
        try:
            place, values = self._find(asked.path)
            return await place.answer(asked, values, method)
        except ArmillaryError as exc:
            return self.refuse(asked, exc)
        except Exception:
            log.exception("request_failed", request_id=asked.trace.request_id, operation=asked.trace.operation)
            return self.refuse(asked, ArmillaryError("something went wrong here; it was logged"))

    def _find(self, path: str) -> tuple[Place, dict[str, str]]:
        found = self._router.find(path)
        if found is None:
            raise RouteNotFound
        return cast("Place", found[0]), found[2]

    def refuse(self, asked: Asked, error: ArmillaryError) -> Answer:
        """The error in the words of the dialect whose path it is."""
        dialect = self._urls.of(asked.path)
        asked.trace.dialect = dialect.name
        return refusal(dialect, error, asked, origin=asked.origin)


def mount(urls: UrlMap, wiring: Wiring, replies: Replies, own: Mapping[str, Answering]) -> Site:
    """The site of every dialect, and of what the server itself answers to GET (``own``)."""
    table = _table(urls, wiring, replies)
    _lend_plain_paths(table)
    for template, answering in own.items():
        table[_normalised(template)]["GET"] = [Candidate(answering, tuple(_PARAMETER.findall(template)))]
    return Site(urls, table)


def _table(urls: UrlMap, wiring: Wiring, replies: Replies) -> Table:
    table: Table = defaultdict(lambda: defaultdict(list))
    for dialect in urls.dialects:
        for operation in dialect.router.operations:
            answering = _answering(dialect, operation, wiring, replies)
            for template in _templates(dialect, operation):
                candidate = Candidate(answering, tuple(_PARAMETER.findall(template)), operation.claims)
                table[_normalised(template)][operation.method].append(candidate)
        for template in _unserved(dialect):
            names = tuple(_PARAMETER.findall(template))
            methods = table[_normalised(template)]
            for method in _METHODS:
                operation = Operation(method=method, path=template, handler=not_served, entry=False)
                if method not in methods:
                    methods[method] = [Candidate(Responder(dialect, operation, wiring, replies), names)]
    return table


def _answering(dialect: Dialect, operation: Operation, wiring: Wiring, replies: Replies) -> Answering:
    if operation.public:
        return PublicResponder(dialect, operation, wiring)
    unlocked = operation.unlocked(wiring)
    if unlocked is not None:
        return PublicResponder(dialect, replace(operation, handler=unlocked, public=True), wiring)
    return Responder(dialect, operation, wiring, replies)


async def not_served(_call: Call, **_path: str) -> None:
    """What the vendor has and this server has not: known callers are told so, others that they are not known."""
    raise NotServed


def _templates(dialect: Dialect, operation: Operation) -> Iterable[str]:
    prefixes = operation.prefixes or dialect.prefixes
    return (prefix + path for prefix in prefixes for path in (operation.path, *operation.aliases))


def _unserved(dialect: Dialect) -> Iterable[str]:
    everywhere = (prefix + path for prefix in dialect.prefixes for path in dialect.unserved)
    return (*everywhere, *(dialect.prefixes[0] + path for path in dialect.unserved_first), *dialect.unserved_root)


def _normalised(template: str) -> str:
    # The router wants one name for a segment that several templates share; ours are numbered by place.
    places = iter(range(template.count("{")))
    return _PARAMETER.sub(lambda _match: f"{{p{next(places)}}}", template)


def _lend_plain_paths(table: Table) -> None:
    """Let ``GET …/{id}:enable`` read the resource whose id ends so: a verb is one by POST alone.

    Source: contracts/cadenya.md, 1.3, "Path parsing".
    """
    for template, methods in list(table.items()):
        verb = _VERB.fullmatch(template)
        plain = table.get(verb.group(1)) if verb else None
        if verb is None or plain is None:
            continue
        for method, candidates in plain.items():
            if method not in methods:
                methods[method] = [_with_suffix(candidate, verb.group(2)) for candidate in candidates]


def _with_suffix(candidate: Candidate, suffix: str) -> Candidate:
    async def answer(asked: Asked, values: dict[str, str]) -> Answer:
        last = candidate.names[-1]
        return await candidate.answering(asked, {**values, last: values[last] + suffix})

    return Candidate(answer, candidate.names, candidate.claims)
