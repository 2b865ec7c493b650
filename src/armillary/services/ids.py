"""New identities."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from armillary.domain.ids import uuid7


def new_id(at: datetime) -> UUID:
    """An identity that no other entity has, sorting after those of earlier instants."""
    return uuid7(at, secrets.token_bytes(8))
