"""Settings: one struct, read once; nothing else reads the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from armillary.domain.errors import InvalidRequest

HOST = "127.0.0.1"
PORT = 8321
LOG_LEVELS = ("debug", "info", "warning", "error")
_SQLITE = "sqlite:///"
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"", "0", "false", "no", "off"})
_ORIGIN = re.compile(r"https?://([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?(/[\w.~%!$&()*+,;=:@/-]*)?", re.ASCII)
_MOST_PORTS = 65535
_MOST_WORKERS = 64
_LONGEST_KEPT_H = 8760  # a year


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a server runs. Each member says which variable sets it; a command-line option of the same name wins.

    Args:
        data: ARMILLARY_DATA, the folder of the embedded database and the key file.
        database_url: ARMILLARY_DATABASE_URL; ``sqlite:///FILE`` or ``postgresql://…``; default: SQLite in ``data``.
        host: ARMILLARY_HOST, the address to listen on.
        port: ARMILLARY_PORT.
        admin_key: ARMILLARY_ADMIN_KEY, the first admin key; made and printed once when unset on a new database.
        secrets_key: ARMILLARY_SECRETS_KEY, one or two key-encryption keys; default: a file in ``data``.
        public_url: ARMILLARY_PUBLIC_URL, the origin that links begin with; default: the request's own.
        allow_private_providers: ARMILLARY_ALLOW_PRIVATE_PROVIDERS, whether a provider may live on a loopback or
            private address.
        workers: ARMILLARY_WORKERS, how many processes serve.
        uploads_kept_h: ARMILLARY_UPLOADS_KEPT, for how many hours exports and other uploads are kept.
        open_downloads: ARMILLARY_OPEN_DOWNLOADS, whether whoever knows an upload's id may fetch it without a key.
        log_level: ARMILLARY_LOG_LEVEL, ``debug``, ``info``, ``warning`` or ``error``.
    """

    data: Path = Path("var")
    database_url: str = field(default="", repr=False)
    host: str = HOST
    port: int = PORT
    admin_key: str | None = field(default=None, repr=False)
    secrets_key: str | None = field(default=None, repr=False)
    public_url: str = ""
    allow_private_providers: bool = False
    workers: int = 1
    uploads_kept_h: int = 24
    open_downloads: bool = False
    log_level: str = "info"

    @property
    def url(self) -> str:
        """The database's URL, the default spelled out."""
        return self.database_url or f"{_SQLITE}{self.data.absolute() / 'armillary.db'}"

    @property
    def sqlite_file(self) -> Path | None:
        """The file of an embedded database; None where a server keeps it."""
        return Path(self.url.removeprefix(_SQLITE)) if self.url.startswith(_SQLITE) else None

    @property
    def place(self) -> str:
        """Where the database is, in words; never a password of its URL."""
        if self.sqlite_file is not None:
            return f"the SQLite file {self.sqlite_file}"
        server = urlsplit(self.url)
        return f"the PostgreSQL server at {server.netloc.rpartition('@')[2] or 'its local socket'}"

    @property
    def key_file(self) -> Path:
        """Where the key-encryption keys are, unless the environment gives them."""
        return self.data / "secrets.key"

    def environment(self) -> dict[str, str]:
        """The variables that make another process read these same settings."""
        stated = {
            "ARMILLARY_DATA": str(self.data),
            "ARMILLARY_DATABASE_URL": self.database_url,
            "ARMILLARY_HOST": self.host,
            "ARMILLARY_PORT": str(self.port),
            "ARMILLARY_ADMIN_KEY": self.admin_key or "",
            "ARMILLARY_SECRETS_KEY": self.secrets_key or "",
            "ARMILLARY_PUBLIC_URL": self.public_url,
            "ARMILLARY_ALLOW_PRIVATE_PROVIDERS": "1" if self.allow_private_providers else "",
            "ARMILLARY_WORKERS": str(self.workers),
            "ARMILLARY_UPLOADS_KEPT": str(self.uploads_kept_h),
            "ARMILLARY_OPEN_DOWNLOADS": "1" if self.open_downloads else "",
            "ARMILLARY_LOG_LEVEL": self.log_level,
        }
        return {name: value for name, value in stated.items() if value}


def read(environment: Mapping[str, str], **options: object) -> Settings:
    """The settings of an environment, ``options`` that are not None winning.

    Raises: InvalidRequest, naming the variable.
    """
    members: dict[str, object] = {
        "data": Path(environment.get("ARMILLARY_DATA") or "var"),
        "database_url": environment.get("ARMILLARY_DATABASE_URL", ""),
        "host": environment.get("ARMILLARY_HOST") or HOST,
        "port": _number(environment, "ARMILLARY_PORT", PORT, most=_MOST_PORTS),
        "admin_key": environment.get("ARMILLARY_ADMIN_KEY") or None,
        "secrets_key": environment.get("ARMILLARY_SECRETS_KEY") or None,
        "public_url": _origin(environment, "ARMILLARY_PUBLIC_URL"),
        "allow_private_providers": _flag(environment, "ARMILLARY_ALLOW_PRIVATE_PROVIDERS"),
        "workers": _number(environment, "ARMILLARY_WORKERS", 1, most=_MOST_WORKERS),
        "uploads_kept_h": _number(environment, "ARMILLARY_UPLOADS_KEPT", 24, most=_LONGEST_KEPT_H),
        "open_downloads": _flag(environment, "ARMILLARY_OPEN_DOWNLOADS"),
        "log_level": _one_of(environment, "ARMILLARY_LOG_LEVEL", LOG_LEVELS, "info"),
    }
    members |= {name: value for name, value in options.items() if value is not None}
    return Settings(**members)  # type: ignore[arg-type]  # each value's type is the member's, by the lines above


def _number(environment: Mapping[str, str], name: str, default: int, *, most: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(most)) or not 1 <= int(text) <= most:
        raise InvalidRequest(name, f"is a whole number from 1 to {most}")
    return int(text)


def _flag(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name, "").lower()
    if text not in _TRUE | _FALSE:
        raise InvalidRequest(name, "is 1, true, yes or on; or 0, false, no, off or unset")
    return text in _TRUE


def _one_of(environment: Mapping[str, str], name: str, known: Sequence[str], default: str) -> str:
    text = (environment.get(name) or default).lower()
    if text not in known:
        raise InvalidRequest(name, f"is one of {', '.join(known)}")
    return text


def _origin(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(name, "").rstrip("/")
    if text and not _ORIGIN.fullmatch(text):
        raise InvalidRequest(name, "is an address like https://models.example.org, without a query")
    return text
