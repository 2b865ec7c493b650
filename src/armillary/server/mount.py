"""From dialects to a Falcon app: every operation under every prefix, and refusals for what is not there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

import falcon
import falcon.asgi

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.dialects import Dialect
from armillary.dialects._kit.operations import Operation
from armillary.dialects._kit.refusals import MethodNotAllowed, NotServed, RouteNotFound
from armillary.dialects._kit.replies import Replies
from armillary.dialects._kit.responders import PublicResponder, Responder, refuse
from armillary.dialects._kit.traces import SCOPE_KEY
from armillary.domain.errors import ArmillaryError
from armillary.server.urls import UrlMap
from armillary.services.wiring import Wiring

_PARAMETER = re.compile(r"\{(\w+)\}")
_VERB = re.compile(r"(.*\})(:[A-Za-z]+)")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

Answer = Callable[[falcon.asgi.Request, falcon.asgi.Response, Mapping[str, str]], Coroutine[Any, Any, None]]


class Candidate:
    """An operation at a template: its own names for the parameters, and whether a request is its."""

    def __init__(self, answer: Answer, names: tuple[str, ...], claims: Callable[[dict[str, str]], bool] | None) -> None:
        self.answer = answer
        self.names = names
        self.claims = claims

    def named(self, values: Mapping[str, str]) -> dict[str, str]:
        """The raw values under the operation's own names."""
        return {name: values[f"p{place}"] for place, name in enumerate(self.names)}


def mount(urls: UrlMap, wiring: Wiring, replies: Replies) -> falcon.asgi.App[Any, Any]:
    """The app that serves every dialect."""
    app: falcon.asgi.App[Any, Any] = falcon.asgi.App()
    app.req_options.strip_url_path_trailing_slash = False
    app.resp_options.default_media_type = "application/json"
    table = _table(urls, wiring, replies)
    _lend_plain_paths(table)
    for template, methods in table.items():
        app.add_route(template, _resource(methods))
    app.add_error_handler(ArmillaryError, _refuse_with(urls))
    app.add_error_handler(falcon.HTTPError, _refuse_http(urls))
    return app


def _table(urls: UrlMap, wiring: Wiring, replies: Replies) -> dict[str, dict[str, list[Candidate]]]:
    table: dict[str, dict[str, list[Candidate]]] = defaultdict(lambda: defaultdict(list))
    for dialect in urls.dialects:
        for operation in dialect.router.operations:
            answer = _answer(dialect, operation, wiring, replies)
            for template in _templates(dialect, operation):
                names = tuple(_PARAMETER.findall(template))
                candidate = Candidate(answer, names, operation.claims)
                table[_normalised(template)][operation.method].append(candidate)
        for template in _unserved(dialect):
            names = tuple(_PARAMETER.findall(template))
            methods = table[_normalised(template)]
            for method in _METHODS:
                operation = Operation(method=method, path=template, handler=not_served)
                methods[method] = methods[method] or [
                    Candidate(Responder(dialect, operation, wiring, replies), names, None)
                ]
    return table


def _answer(dialect: Dialect, operation: Operation, wiring: Wiring, replies: Replies) -> Answer:
    if operation.public:
        return PublicResponder(dialect, operation, wiring)
    return Responder(dialect, operation, wiring, replies)


async def not_served(_call: Call, **_path: str) -> None:
    """What the vendor has and this server has not: known callers are told so, others that they are not known."""
    raise NotServed


def _templates(dialect: Dialect, operation: Operation) -> Iterable[str]:
    prefixes = operation.prefixes or dialect.prefixes
    return (prefix + path for prefix in prefixes for path in (operation.path, *operation.aliases))


def _unserved(dialect: Dialect) -> Iterable[str]:
    everywhere = (prefix + path for prefix in dialect.prefixes for path in dialect.unserved)
    return (*everywhere, *(dialect.prefixes[0] + path for path in dialect.unserved_first))


def _normalised(template: str) -> str:
    # Falcon wants one name for a segment that several templates share; ours are numbered by place.
    places = iter(range(template.count("{")))
    return _PARAMETER.sub(lambda _match: f"{{p{next(places)}}}", template)


def _lend_plain_paths(table: dict[str, dict[str, list[Candidate]]]) -> None:
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
    async def answer(req: falcon.asgi.Request, resp: falcon.asgi.Response, values: Mapping[str, str]) -> None:
        last = candidate.names[-1]
        await candidate.answer(req, resp, {**values, last: values[last] + suffix})

    return Candidate(answer, candidate.names, candidate.claims)


def _resource(methods: Mapping[str, list[Candidate]]) -> object:
    responders = {f"on_{method.lower()}": staticmethod(_responder(found)) for method, found in methods.items()}
    return type("Resource", (), responders)()


def _responder(candidates: list[Candidate]) -> Callable[..., Coroutine[Any, Any, None]]:
    ordered = sorted(candidates, key=lambda candidate: candidate.claims is None)

    async def respond(req: falcon.asgi.Request, resp: falcon.asgi.Response, **values: str) -> None:
        for candidate in ordered:
            named = candidate.named(values)
            if candidate.claims is None or candidate.claims(named):
                await candidate.answer(req, resp, named)
                return
        raise RouteNotFound

    return respond


def _refuse_with(urls: UrlMap) -> Callable[..., Coroutine[Any, Any, None]]:
    async def handle(
        req: falcon.asgi.Request, resp: falcon.asgi.Response, error: ArmillaryError, _params: Mapping[str, Any]
    ) -> None:
        refuse(urls.of(req.scope["path"]), error, resp, req.scope[SCOPE_KEY])

    return handle


def _refuse_http(urls: UrlMap) -> Callable[..., Coroutine[Any, Any, None]]:
    async def handle(
        req: falcon.asgi.Request, resp: falcon.asgi.Response, error: falcon.HTTPError, _params: Mapping[str, Any]
    ) -> None:
        refuse(urls.of(req.scope["path"]), _in_our_words(error), resp, req.scope[SCOPE_KEY])

    return handle


def _in_our_words(error: falcon.HTTPError) -> ArmillaryError:
    if isinstance(error, falcon.HTTPMethodNotAllowed):
        headers = dict(error.headers or {})
        allowed = (method.strip() for method in headers.get("Allow", "").split(","))
        return MethodNotAllowed(tuple(sorted(method for method in allowed if method and method != "OPTIONS")))
    return RouteNotFound()
