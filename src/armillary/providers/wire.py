"""The HTTP client itself, and the only file that knows aiohttp.

Importing aiohttp costs some 140 ms and 9 MB, so ``guard`` imports this file at the first outbound request: a
server that calls nobody starts and idles without it.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address

from aiohttp import (
    AddrInfoType,
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from armillary.domain.errors import UpstreamError, UpstreamTimeout
from armillary.providers.addresses import Address, Policy, Target
from armillary.providers.replies import Body, BodyRefused, Limits, Reply

#: A name's addresses, each one checked.
CheckedAddresses = Callable[[str], Awaitable[list[Address]]]

#: Many slow upstreams may wait at once; one upstream cannot take all the room.
_MAX_CONNECTIONS = 200
_MAX_CONNECTIONS_PER_HOST = 40
#: Above this a header block is no header block any more; each of its lines is bounded by ``Limits`` besides.
_MAX_HEADERS = 128

#: What is said of a failure, the first class that fits. No text of aiohttp's is passed on: it may quote bytes
#: that the upstream sent.
_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (ClientConnectorCertificateError, "has a certificate that could not be verified"),
    (ClientConnectorSSLError, "could not be reached by TLS"),
    (ClientConnectorDNSError, "has a host name that could not be resolved"),
    (ClientConnectorError, "could not be reached"),
    (ClientResponseError, "did not answer in valid HTTP"),
    (ClientError, "broke the connection off"),
    (OSError, "broke the connection off"),
)


class Session:
    """Connections to upstreams, kept for a while; no cookies, no proxies, no credentials of the environment."""

    def __init__(self, policy: Policy, addresses: CheckedAddresses) -> None:
        self._policy = policy
        connector = TCPConnector(
            resolver=_Resolver(addresses),
            use_dns_cache=False,  # a connection stands for the address it was checked for, a cache would not
            socket_factory=self._socket,
            limit=_MAX_CONNECTIONS,
            limit_per_host=_MAX_CONNECTIONS_PER_HOST,
        )
        self._client = ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,  # ``Body`` does, within bounds
            skip_auto_headers=("User-Agent",),
            max_headers=_MAX_HEADERS,
        )

    async def get(self, target: Target, headers: Mapping[str, str], limits: Limits, provider: str) -> Reply:
        """One exchange, no redirect followed.

        Raises: UpstreamTimeout, UpstreamError; InvalidRequest where the name resolves to a refused address.
        """
        try:
            async with self._client.get(
                URL(target.url, encoded=True),
                headers=headers,
                allow_redirects=False,
                timeout=ClientTimeout(total=None, connect=limits.connect_s, sock_connect=limits.connect_s),
                max_line_size=limits.header_bytes,
                max_field_size=limits.header_bytes,
            ) as answer:
                return await _read(answer, limits)
        except BodyRefused as exc:
            raise UpstreamError(provider, f"the answer {exc}") from None
        except TimeoutError:
            raise UpstreamTimeout(provider, f"could not be reached within {limits.connect_s:g} s") from None
        except (ClientError, OSError) as exc:
            # "from None": the cause may quote what the upstream sent, and causes are logged
            raise UpstreamError(provider, _sentence(exc)) from None

    async def close(self) -> None:
        """Every connection is closed."""
        await self._client.close()

    def _socket(self, info: AddrInfoType) -> socket.socket:
        """The last door: whatever led here, no socket is made for an address that the policy refuses."""
        family, kind, protocol, _, where = info
        if not self._policy.admits(ip_address(str(where[0]).partition("%")[0])):
            raise PermissionError("address refused")
        return socket.socket(family=family, type=kind, proto=protocol)


class _Resolver(AbstractResolver):
    """Hands the checked addresses to the very connection attempt that asked: there is no second look-up."""

    def __init__(self, addresses: CheckedAddresses) -> None:
        self._addresses = addresses

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002  aiohttp's signature; both are offered
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in await self._addresses(host)
        ]

    async def close(self) -> None:
        """Nothing is held."""


async def _read(answer: ClientResponse, limits: Limits) -> Reply:
    """The answer within its bounds; the connection of one that is not read to its end is closed."""
    if not 200 <= answer.status < 300:
        answer.close()
        return Reply(status=answer.status, location=answer.headers.get("Location"))
    try:
        body = Body(answer.headers.get("Content-Encoding", ""), limits.body_bytes)
        async for piece in answer.content.iter_any():
            body.feed(piece)
        return Reply(status=answer.status, body=body.finish())
    except BodyRefused:
        answer.close()
        raise


def _sentence(exc: Exception) -> str:
    return next(sentence for kind, sentence in _SENTENCES if isinstance(exc, kind))
