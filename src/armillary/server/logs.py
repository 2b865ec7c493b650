"""Logging: events with fields, one JSON object a line (or coloured text on a terminal), never a secret."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

log = structlog.get_logger("armillary.libraries")
_SECRET = re.compile(r"(?:arm_|evr_pat_|evr_ak_|sk-)[A-Za-z0-9_\-]{12,}")
_SECRET_NAMES = frozenset({"authorization", "api_key", "token", "password", "credential", "secret", "key"})


def masked(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ANN401
    """Blank whatever looks like a secret: the last net, should one ever reach a log call."""
    for name, value in event.items():
        if name in _SECRET_NAMES:
            event[name] = "•"
        elif isinstance(value, str) and _SECRET.search(value):
            event[name] = _SECRET.sub("•", value)
    return event


class Forwarded(logging.Handler):
    """What libraries log, as events like any other."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell one record."""
        told = log.warning if record.levelno < logging.ERROR else log.error
        told("library", logger=record.name, message=record.getMessage(), exc_info=record.exc_info)


def configure(level: str) -> None:
    """Send events of ``level`` and above to standard error."""
    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            masked,
            structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[Forwarded()], force=True)
