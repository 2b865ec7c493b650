"""What a running server is made of, as services and dialects are handed it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from armillary.domain.uploads import UploadTerms
from armillary.providers.guard import Outbound
from armillary.services.access import Gate
from armillary.services.revisions import Revisions
from armillary.services.search_memory import SearchMemory
from armillary.storage.database import Database
from armillary.storage.secrets import Keyring

__all__ = ["Database", "Gate", "Keyring", "Outbound", "Revisions", "Wiring"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """The database, who may enter, the keyring of secrets, the way out, and how far the registry has come.

    ``public_url`` is the origin that links begin with; empty to take the request's own. ``uploads`` says how long
    those are kept, and who may fetch them. ``whole_lists`` is held by whoever makes a reply of all there is: as objects
    a large registry is many times what its reply is, so that one is made at a time. ``exports`` is held by whoever
    writes one: each keeps a view of the database open for as long as it takes, which may be half a minute.
    """

    db: Database
    gate: Gate
    keyring: Keyring = field(repr=False)
    outbound: Outbound
    revisions: Revisions
    public_url: str = ""
    uploads: UploadTerms = field(default_factory=UploadTerms)
    whole_lists: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1), repr=False)
    exports: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1), repr=False)
    searches: SearchMemory = field(default_factory=SearchMemory, repr=False)
