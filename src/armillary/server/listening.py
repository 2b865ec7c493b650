"""Whether an address can be listened on, asked before anything depends on it."""

from __future__ import annotations

import errno
import socket
from enum import Enum

from armillary.server.settings import Settings


class Address(Enum):
    """What an address is to a server that would listen on it."""

    FREE = "free"
    TAKEN = "taken"
    REFUSED = "refused"


def look(chosen: Settings) -> tuple[Address, str]:
    """What the settings' address is, and the system's own words for why it is not free."""
    family = socket.AF_INET6 if ":" in chosen.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((chosen.host, chosen.port))
        except OSError as exc:
            taken = exc.errno == errno.EADDRINUSE
            return (Address.TAKEN if taken else Address.REFUSED), str(exc.strerror)
    return Address.FREE, ""
