"""The one guard that every outbound request passes (design.md, "What holds for everything").

It resolves a name once and connects to exactly the address that it checked, looks at each redirect again,
and bounds time and size. ``addresses`` decides what is public, ``wire`` moves the bytes; here they meet.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from armillary import __version__
from armillary.domain.errors import InvalidRequest, Unavailable, UpstreamError, UpstreamTimeout
from armillary.providers.addresses import Address, Policy, Target, not_public, read_url
from armillary.providers.replies import Limits, Reply

if TYPE_CHECKING:
    from armillary.providers.wire import Session

#: The addresses of a name, as text. Raises: OSError where there are none.
Resolve = Callable[[str], Awaitable[list[str]]]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: What every request carries, to whatever origin.
_OWN_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": f"armillary/{__version__}",
}
#: A look-up cannot be cancelled, so those that hang wait in threads of their own: the storage's stay free.
_RESOLVING_THREADS = 8


class Outbound:
    """The way out. Opened with the server, closed with it; it costs nothing until it is first used.

    Args:
        policy: which addresses may be connected to.
        resolve: how names become addresses; the system's resolver unless a test says otherwise.
    """

    def __init__(self, policy: Policy, *, resolve: Resolve | None = None) -> None:
        self._policy = policy
        self._threads = ThreadPoolExecutor(_RESOLVING_THREADS, thread_name_prefix="resolve")
        self._resolve = resolve or self._look_up
        self._opening = asyncio.Lock()
        self._session: Session | None = None
        self._closed = False

    @property
    def allows_private(self) -> bool:
        """Whether a provider may be on a loopback or private address."""
        return self._policy.allow_private

    async def get(
        self,
        url: str,
        *,
        provider: str,
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> Reply:
        """What the URL answers, redirects followed, within the limits.

        Errors name the upstream by ``provider``. ``headers`` go to the URL's own origin only, since any of them
        may be a credential.

        Raises: InvalidRequest (``base_url``) where the guard refuses the URL; UpstreamTimeout; UpstreamError.
        """
        target = read_url(url, self._policy)
        limits = limits or Limits()
        session = await self._opened()  # before the clock starts: the upstream does not answer for our own import
        try:
            async with asyncio.timeout(limits.total_s):
                return await self._follow(session, target, headers or {}, limits, provider)
        except TimeoutError:
            raise UpstreamTimeout(provider, f"did not answer within {limits.total_s:g} s") from None

    async def close(self) -> None:
        """Every connection is closed; later requests are refused."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._session is not None:
            await self._session.close()

    async def _follow(
        self, session: Session, target: Target, headers: Mapping[str, str], limits: Limits, provider: str
    ) -> Reply:
        reply = await session.get(target, _sent(headers), limits, provider)
        for _ in range(limits.redirects):
            if reply.status not in _REDIRECTS:
                return reply
            target, headers = self._next(target, reply, headers, provider)
            try:
                reply = await session.get(target, _sent(headers), limits, provider)
            except InvalidRequest:
                raise _refused_redirect(provider) from None
        if reply.status in _REDIRECTS:
            raise UpstreamError(provider, f"redirected more than {limits.redirects} times")
        return reply

    def _next(
        self, target: Target, reply: Reply, headers: Mapping[str, str], provider: str
    ) -> tuple[Target, Mapping[str, str]]:
        """Where a redirect leads and what may be sent there.

        Raises: UpstreamError, not InvalidRequest: the URL that was asked for is not at fault.
        """
        try:
            following = read_url(urljoin(target.url, reply.location or ""), self._policy)
        except (InvalidRequest, ValueError):
            raise _refused_redirect(provider) from None
        if target.scheme == "https" and following.scheme == "http":
            raise UpstreamError(provider, "redirected from https to http, which is not followed")
        return following, headers if following.origin == target.origin else {}

    async def _opened(self) -> Session:
        async with self._opening:
            if self._closed:
                raise Unavailable("the way to providers")
            if self._session is None:
                # in a thread, so that nobody else's request waits for the import
                session = await asyncio.to_thread(_session_class)
                self._session = session(self._policy, self._checked)
            return self._session

    async def _checked(self, host: str) -> list[Address]:
        """The addresses of a name that may be connected to.

        Raises: InvalidRequest where there are none among those it has; OSError where it has none.
        """
        found = [ip_address(text.partition("%")[0]) for text in await self._resolve(host)]
        admitted = [address for address in dict.fromkeys(found) if self._policy.admits(address)]
        if not admitted:
            raise not_public()
        return admitted

    async def _look_up(self, host: str) -> list[str]:
        infos = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        )
        return [str(info[4][0]) for info in infos]


def _session_class() -> type[Session]:
    # aiohttp costs 140 ms and 9 MB: the server's start and its idle memory are promised without it
    from armillary.providers.wire import Session  # noqa: PLC0415  as above

    return Session


def _sent(headers: Mapping[str, str]) -> dict[str, str]:
    """The caller's headers, and ours where it says nothing; the encoding is ours alone, ``Body`` reads no other."""
    given = {name: value for name, value in headers.items() if name.lower() != "accept-encoding"}
    names = {name.lower() for name in given}
    return {name: value for name, value in _OWN_HEADERS.items() if name.lower() not in names} | given


def _refused_redirect(provider: str) -> UpstreamError:
    return UpstreamError(provider, "redirected to an address that may not be connected to")
