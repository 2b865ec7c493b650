"""The supervisor of several workers: granian's, which also tells when they can be reached."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

from granian.server.mp import MPServer

_LOOK_EVERY_S = 0.02


class Supervisor(MPServer):
    """Starts workers, and others in place of those that end."""

    _reachable: Callable[[], None] | None = None

    def once_reachable(self, told: Callable[[], None]) -> None:
        """Call ``told`` when the first worker takes connections."""
        self._reachable = told

    def startup(self, spawn_target: Any, target_loader: Any) -> None:  # noqa: ANN401  granian's own, untyped
        """Start the workers."""
        super().startup(spawn_target, target_loader)  # type: ignore[no-untyped-call]  # granian's own
        while not self.main_loop_interrupt.is_set():
            try:
                socket.create_connection((self.bind_addr, self.bind_port), timeout=1).close()
            except OSError:
                time.sleep(_LOOK_EVERY_S)
            else:
                break
        if self._reachable is not None and not self.main_loop_interrupt.is_set():
            self._reachable()
