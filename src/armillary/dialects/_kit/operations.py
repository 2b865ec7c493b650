"""``@operation``: the one declaration from which a route, its decoder, its encoder and its document follow.

A handler takes the call, then its path's parameters by name, then ``query`` and ``body`` where it has them::

    @router.operation(PATCH, "/budgets/{budget_id}", scope="budgets:manage", raises=(NotFound,))
    async def update_budget(call: Call, budget_id: str, body: UpdateBudget) -> Budget:
        \"\"\"Change a budget's limits.\"\"\"

Its annotations are the schemas, its docstring is the document's text.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from armillary.domain.errors import ArmillaryError
from armillary.services.wiring import Wiring

GET, POST, PUT, PATCH, DELETE = "GET", "POST", "PUT", "PATCH", "DELETE"
_PARAMETER = re.compile(r"\{(\w+)\}")
_BODY_BYTES = 1024 * 1024

Handler = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method at one path.

    Args:
        method: upper-case.
        path: template below the dialect's prefix.
        handler: what answers.
        scope: what the caller needs, for the document (the service enforces it); empty: no more than a key.
        public: True where not even a key is needed.
        status: of a success.
        path_types: the path's parameters and their types, for the document: a handler reads them itself.
        query: type of the query's members, or None.
        body: type of the body, or None where none is read; ``bytes`` for one that the handler itself reads.
        takes: the body's media type.
        reply: type of the reply's body; None for an empty one, ``Stream`` for one that is no object.
        raises: the errors worth documenting.
        cached: whether replies are kept until the workspace's registry, or who may see it, changes.
        creates: whether the operation honours ``Idempotency-Key``.
        secret: whether its reply holds a secret, which is then never stored.
        entry: whether a workspace is entered (False: the operation is on the account, or needs none).
        body_bytes: the body's bound.
        aliases: further templates of the same operation, left out of the document.
        prefixes: those of the dialect's prefixes that it hangs under; empty: all of them.
        media_type: of the reply.
        unlocked: what answers in the handler's place whoever asks, without a key, where the server is set up so; it is
            handed the wiring, and returns None where it is not.
        claims: where two dialects share a template, whether the path's parameters are this one's; None takes the rest.
    """

    method: str
    path: str
    handler: Handler
    scope: str = ""
    public: bool = False
    status: int = 200
    path_types: tuple[tuple[str, Any], ...] = ()
    query: Any = None
    body: Any = None
    takes: str = "application/json"
    reply: Any = None
    raises: tuple[type[ArmillaryError], ...] = ()
    cached: bool = False
    creates: bool = False
    secret: bool = False
    entry: bool = True
    body_bytes: int = _BODY_BYTES
    aliases: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    media_type: str = "application/json"
    unlocked: Callable[[Wiring], Handler | None] = lambda _wiring: None
    claims: Callable[[dict[str, str]], bool] | None = None

    @property
    def name(self) -> str:
        """The operation's id: its handler's name."""
        return self.handler.__name__

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the path's parameters, in order."""
        return tuple(_PARAMETER.findall(self.path))


class Router:
    """A dialect's operations, in the order of their declaration."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def operation(self, method: str, path: str, **options: Any) -> Callable[[Handler], Handler]:  # noqa: ANN401  as Operation
        """Declare the decorated handler as the operation at this method and path.

        Raises: TypeError where the handler's parameters are not those of the path.
        """

        def declare(handler: Handler) -> Handler:
            self.operations.append(_declared(handler, method=method, path=path, **options))
            return handler

        return declare

    def include(self, *others: Router) -> None:
        """Add the operations of other routers."""
        for other in others:
            self.operations.extend(other.operations)


def _declared(handler: Handler, *, method: str, path: str, **options: Any) -> Operation:  # noqa: ANN401
    hints = get_type_hints(handler, include_extras=True)
    reply = hints.pop("return", None)
    names = [name for name in inspect.signature(handler).parameters if name not in {"call", "query", "body"}]
    if sorted(names) != sorted(_PARAMETER.findall(path)):
        raise TypeError(f"{handler.__name__}: takes {names}, but its path is {path}")
    return Operation(
        method=method,
        path=path,
        handler=handler,
        path_types=tuple((name, hints[name]) for name in names),
        query=hints.get("query"),
        body=hints.get("body"),
        reply=None if reply is type(None) else reply,
        **options,
    )
