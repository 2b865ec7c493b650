"""Tokens: signed statements that their bearer is a member of a workspace, for a limited time.

Unlike an API key a token opens nothing by itself: it names a profile, and what that profile may do is looked up anew
whenever anything about it changed. Source: contracts/artifacts.md, 1.2, 1.3 and section 6, 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from armillary.domain.access import MEMBERSHIP, Role, entered
from armillary.domain.errors import InvalidRequest, Unauthenticated

#: Who signs: the only issuer that is believed.
ISSUER = "armillary"
#: As many bytes as the digest of HS256 has. Source: RFC 7518, 3.2.
SECRET_BYTES = 32
SHORTEST_LIFE, LONGEST_LIFE = timedelta(seconds=1), timedelta(days=30)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_LIFE = re.compile(r"([0-9]{1,9})([smhd]?)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A secret that signs tokens; ``until`` is when the last token that it signed expires."""

    kid: str
    secret: bytes = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The keys that verify tokens; the first of them signs."""

    keys: tuple[SigningKey, ...] = ()

    @property
    def current(self) -> SigningKey | None:
        """The key that signs; None before the first token."""
        return self.keys[0] if self.keys else None

    def find(self, kid: str) -> SigningKey | None:
        """The key of this id."""
        return next((key for key in self.keys if key.kid == kid), None)

    def signed(self, until: datetime) -> SigningKeys:
        """The same keys, once the first one has signed a token that lives until then."""
        first = self.keys[0]
        return SigningKeys((replace(first, until=max(first.until, until)), *self.keys[1:]))

    def rotated(self, new: SigningKey, *, at: datetime) -> SigningKeys:
        """The new key signs; those before it verify for as long as a token of theirs lives."""
        return SigningKeys((new, *(key for key in self.keys if key.until > at)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Whom a token names, and in which workspace: a profile by its id, else by its e-mail address (in lower case)."""

    profile: UUID | None
    email: str
    workspace: UUID
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """What a profile is in one workspace: the holder of a token, as an API key is the holder of itself."""

    account: UUID
    profile: UUID
    role: Role
    workspace: UUID

    def reaches(self, workspace: UUID) -> bool:
        """Whether the membership is one of this workspace."""
        return workspace == self.workspace

    def opens(self) -> frozenset[str]:
        """Every scope that the role has within its workspace; what reaches beyond it takes an API key."""
        return entered(self.role, MEMBERSHIP)


def lifetime(text: str) -> timedelta:
    """How long ``90s``, ``30m``, ``1h`` and ``7d`` are. Raises: InvalidRequest (``expires``)."""
    found = _LIFE.fullmatch(text.strip())
    life = timedelta(seconds=int(found[1]) * _SECONDS[found[2]]) if found else timedelta()
    if not SHORTEST_LIFE <= life <= LONGEST_LIFE:
        raise InvalidRequest(
            "expires", f"is a number followed by s, m, h or d, such as 1h; at most {LONGEST_LIFE.days}d"
        )
    return life


def read_claims(stated: Mapping[str, Any]) -> Claims:
    """The claims that matter, of a token whose signature and time were verified.

    Raises: Unauthenticated where they name nobody, or no workspace.
    """
    workspace, profile = (_uuid(stated.get(name)) for name in ("workspace_id", "profile_id"))
    email = stated.get("email")
    address = email.strip().lower() if isinstance(email, str) else ""
    if workspace is None or (profile is None and not address):
        raise Unauthenticated("the token names no profile of a workspace: ask for a new one")
    return Claims(profile=profile, email=address, workspace=workspace, expires_at=float(stated["exp"]))


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def kids(keys: Iterable[SigningKey]) -> list[str]:
    """The keys' ids, as change records show them: never their secrets."""
    return [key.kid for key in keys]
