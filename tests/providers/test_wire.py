"""The HTTP client below the guard: what it refuses even where everything above it were wrong."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from armillary.domain.errors import UpstreamError
from armillary.providers.addresses import Address, Policy, Target
from armillary.providers.replies import Limits
from armillary.providers.wire import Session
from tests.providers.conftest import Request, Start


async def _ok(request: Request) -> None:
    await request.reply()


async def _lying(_: str) -> list[Address]:
    return [ip_address("127.0.0.2")]


@pytest.mark.parametrize("host", ["api.example.com", "127.0.0.2", "::ffff:127.0.0.2"])
async def test_no_socket_is_made_for_a_closed_address(start: Start, host: str) -> None:
    upstream = await start(_ok, host="127.0.0.2")
    session = Session(Policy(allowed=(ip_network("127.0.0.1/32"),)), _lying)
    target = Target(scheme="http", host=host, port=upstream.port, path="/", address=None)
    with pytest.raises(UpstreamError, match="could not be reached"):
        await session.get(target, {}, Limits(), "p")
    await session.close()
    assert upstream.connections == 0
