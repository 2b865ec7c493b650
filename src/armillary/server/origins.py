"""What tells a browser that a page of any origin may call.

No credentials of the browser's own go along: the key stands in a header that the page's script sets.
Source: contracts/artifacts.md, 1.1, "CORS".
"""

from __future__ import annotations

from types import MappingProxyType

_DAY_S = 86_400

#: For an answer.
ANY = MappingProxyType({"access-control-allow-origin": "*", "access-control-expose-headers": "*"})
#: For the question whether one may ask; ``Authorization`` is not among what ``*`` stands for (Fetch, 3.3.4).
PREFLIGHT = MappingProxyType(
    {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        "access-control-allow-headers": "*, Authorization",
        "access-control-max-age": str(_DAY_S),
    }
)
