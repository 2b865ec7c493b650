"""A dialect: one vendor's API, as the server mounts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from armillary.dialects._kit.bodies import queried
from armillary.dialects._kit.operations import Router
from armillary.dialects._kit.refusals import Refusal
from armillary.domain.errors import ArmillaryError
from armillary.services.access import Grant

#: Lower-case header names to their values.
Headers = Mapping[str, str]


def decode_json(body: bytes, kind: type[Any]) -> Any:  # noqa: ANN401  whatever ``kind`` is
    """Decode a JSON body. Raises: what msgspec raises."""
    return msgspec.json.decode(body, type=kind)


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One vendor's API.

    Args:
        name: as change records, logs and metrics tell it.
        title: as its OpenAPI document does.
        description: the document's first paragraph.
        prefixes: where its paths hang; the first is the one its own links use.
        router: its operations.
        token: the API key that a request carries, or None; raises Unauthenticated for a form it refuses.
        further: another API key or token that the request carries besides, which has to open something too, and is
            looked at first; who calls is told by ``token`` alone.
        workspace: which of the caller's workspaces a request speaks of; None where it names none and none is left.
        refuse: the dialect's envelope for an error.
        error: the type of that envelope's body, for the document.
        reason: why the caller changes something, where the dialect lets one say so.
        decode: bytes of a body, and the type to make of them.
        query: a query string, and the type to make of it.
        encoder: of replies.
        unserved: path templates that the vendor has and this server does not.
        unserved_first: likewise, but under the first prefix alone.
        unserved_root: likewise, but at the root.
        linked: a refusal with its links made absolute, given the public origin.
        empty_body: what an empty body reads as; where that is no JSON either, a body is always needed.
        any_origin: whether pages of any origin may call it from a browser (without credentials of the browser's own).
    """

    name: str
    title: str
    description: str
    prefixes: tuple[str, ...]
    router: Router
    token: Callable[[Headers], str | None]
    workspace: Callable[[Grant, Headers, Mapping[str, str]], UUID | None]
    refuse: Callable[[ArmillaryError], Refusal]
    error: Any
    reason: Callable[[Headers], str | None] = lambda _headers: None
    decode: Callable[[bytes, type[Any]], Any] = decode_json
    query: Callable[[str, Any], Any] = queried
    encoder: msgspec.json.Encoder = field(default_factory=lambda: msgspec.json.Encoder(decimal_format="number"))
    further: Callable[[Headers], str | None] = lambda _headers: None
    error_media_type: str = "application/json"
    unserved: tuple[str, ...] = ()
    unserved_first: tuple[str, ...] = ()
    unserved_root: tuple[str, ...] = ()
    linked: Callable[[Refusal, str], Refusal] = lambda refusal, _origin: refusal
    empty_body: bytes = b"{}"
    any_origin: bool = False
