"""Where a provider is reached and how it is asked: drivers, default base URLs, credentials as headers. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from armillary.domain.errors import InvalidRequest

Dialect = Literal["openai", "anthropic", "gemini"]

#: Bounds of a person's own headers. Source: contracts/everruns.md, 3.1, ``request_options``.
MAX_HEADERS = 16
MAX_HEADER_CHARS = 2048
#: What would change how the request itself is framed, or how its answer is. Source: as above, the rest of
#: RFC 9110, section 7.6.1, and the encoding, which the guard negotiates.
FORBIDDEN_HEADERS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """How one kind of provider lists its models.

    Args:
        base_url: where it is reached unless the provider says; None where only the provider can say.
        key_header: what carries the key; ``Authorization`` carries it as a bearer token.
    """

    dialect: Dialect
    base_url: str | None = None
    key_header: str = "Authorization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A provider, as far as it takes to call it.

    Args:
        name: how errors name it.
        api_key: never read from the environment: where it is None, the request carries none.
        headers: sent besides; what the driver sets itself wins.
    """

    name: str
    driver: str
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


#: Drivers whose models can be listed. Those that everruns.md names and that are missing here have no listing
#: that a key alone opens (``bedrock`` signs its requests, ``llmsim`` is our own).
DRIVERS: dict[str, Driver] = {
    "anthropic": Driver(dialect="anthropic", base_url="https://api.anthropic.com/v1", key_header="x-api-key"),
    "azure_openai": Driver(dialect="openai", key_header="api-key"),
    "cerebras": Driver(dialect="openai", base_url="https://api.cerebras.ai/v1"),
    "deepinfra": Driver(dialect="openai", base_url="https://api.deepinfra.com/v1/openai"),
    "deepseek": Driver(dialect="openai", base_url="https://api.deepseek.com/v1"),
    "fireworks": Driver(dialect="openai", base_url="https://api.fireworks.ai/inference/v1"),
    "gemini": Driver(
        dialect="gemini",
        base_url="https://generativelanguage.googleapis.com/v1beta",
        key_header="x-goog-api-key",
    ),
    "groq": Driver(dialect="openai", base_url="https://api.groq.com/openai/v1"),
    "lmstudio": Driver(dialect="openai", base_url="http://127.0.0.1:1234/v1"),
    "mai": Driver(dialect="openai"),
    "meta": Driver(dialect="openai", base_url="https://api.llama.com/compat/v1"),
    "mistral": Driver(dialect="openai", base_url="https://api.mistral.ai/v1"),
    "moonshot": Driver(dialect="openai", base_url="https://api.moonshot.ai/v1"),
    "nvidia": Driver(dialect="openai", base_url="https://integrate.api.nvidia.com/v1"),
    "ollama": Driver(dialect="openai", base_url="http://127.0.0.1:11434/v1"),
    "openai": Driver(dialect="openai", base_url="https://api.openai.com/v1"),
    "openai_compatible": Driver(dialect="openai"),
    "openai_completions": Driver(dialect="openai", base_url="https://api.openai.com/v1"),
    "openrouter": Driver(dialect="openai", base_url="https://openrouter.ai/api/v1"),
    "together": Driver(dialect="openai", base_url="https://api.together.xyz/v1"),
    "vllm": Driver(dialect="openai", base_url="http://127.0.0.1:8000/v1"),
    "xai": Driver(dialect="openai", base_url="https://api.x.ai/v1"),
}

#: The last piece of the path that a dialect's calls stand under, where vendors' own clients add it themselves.
_VERSION: dict[Dialect, str] = {"openai": "", "anthropic": "/v1", "gemini": "/v1beta"}
_ANY_VERSION = re.compile(r"/v[0-9][0-9a-z]*$")


def listing_url(endpoint: Endpoint, driver: Driver) -> str:
    """Where the models are listed; a query of the base URL (Azure's ``api-version``) is kept.

    Raises: InvalidRequest (``base_url``) where there is none to be had.
    """
    base = endpoint.base_url or driver.base_url
    if base is None:
        raise InvalidRequest("base_url", f"is needed: the driver {endpoint.driver} has no address of its own")
    path, _, query = base.partition("?")
    path = path.rstrip("/")
    if not _ANY_VERSION.search(path):
        path += _VERSION[driver.dialect]
    return f"{path}/models" + (f"?{query}" if query else "")


def request_headers(endpoint: Endpoint, driver: Driver) -> dict[str, str]:
    """What the request carries: the provider's own headers, then its key.

    Raises: InvalidRequest (``request_options.headers``, ``api_key``).
    """
    own: dict[str, str] = {}
    if driver.dialect == "anthropic":
        own["anthropic-version"] = "2023-06-01"
    if endpoint.api_key:
        key = checked_key(endpoint.api_key)
        own[driver.key_header] = f"Bearer {key}" if driver.key_header == "Authorization" else key
    taken = {name.lower() for name in own}
    given = checked_headers(endpoint.headers)
    return {name: value for name, value in given.items() if name.lower() not in taken} | own


def checked_headers(headers: Mapping[str, str], *, field: str = "request_options.headers") -> dict[str, str]:
    """The headers, if they may be sent. Raises: InvalidRequest (``field``); it never quotes a value."""
    if len(headers) > MAX_HEADERS:
        raise InvalidRequest(field, f"holds more than {MAX_HEADERS} headers")
    if len({name.lower() for name in headers}) < len(headers):
        raise InvalidRequest(field, "names a header twice")
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise InvalidRequest(field, "holds a name that is no HTTP header name")
        if name.lower() in FORBIDDEN_HEADERS:
            raise InvalidRequest(field, f"must not set {name.lower()}")
        if len(value) > MAX_HEADER_CHARS:
            raise InvalidRequest(field, f"holds a value longer than {MAX_HEADER_CHARS} characters")
        if not value.isascii() or not value.isprintable():
            raise InvalidRequest(field, "holds a value with characters that HTTP may not carry")
    return dict(headers)


def checked_key(key: str, *, field: str = "api_key") -> str:
    """The key, if a header can carry it. Raises: InvalidRequest (``field``); it never quotes the key."""
    if not key.isascii() or not key.isprintable() or " " in key:
        raise InvalidRequest(field, "holds characters that no API key has: copy it again, without spaces")
    if len(key) > MAX_HEADER_CHARS:
        raise InvalidRequest(field, f"is longer than {MAX_HEADER_CHARS} characters")
    return key
