"""A call: one request, as a handler meets it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from armillary.domain.access import Principal

if TYPE_CHECKING:
    from armillary.dialects._kit.dialects import Headers
    from armillary.services.access import Grant
    from armillary.services.wiring import Database, Keyring, Outbound, Wiring


@dataclass(slots=True, kw_only=True)
class Call:
    """One request: who calls (``grant``, and ``caller`` within a workspace), when, and with what around it.

    ``base_url`` is the public origin, without a trailing slash. ``unchanged_since`` is the catalogue revision that
    ``If-Match`` names. A handler may set ``status`` and add ``headers_out``.
    """

    wiring: Wiring
    grant: Grant
    caller: Principal
    now: datetime
    request_id: str
    headers: Headers
    base_url: str
    path: str
    query_string: str
    unchanged_since: int | None = None
    status: int | None = None
    headers_out: dict[str, str] = field(default_factory=dict)

    @property
    def db(self) -> Database:
        """Where the rows are."""
        return self.wiring.db

    @property
    def keyring(self) -> Keyring:
        """What seals secrets."""
        return self.wiring.keyring

    @property
    def outbound(self) -> Outbound:
        """The one way out to other hosts."""
        return self.wiring.outbound

    def url(self, **query: str | int) -> str:
        """The request's own absolute URL with another query."""
        return f"{self.base_url}{self.path}" + (f"?{urlencode(query)}" if query else "")
