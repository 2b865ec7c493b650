"""What the one machine for assemblies needs to know of each kind of thing.

Forms, bulk writes, copies and deletions are the same for all; an assembler tells what the registry says of its kind,
and keeps what is to be said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from armillary.domain.access import Principal, Role
from armillary.domain.assemblies import Claims, Kind, Said, Slot
from armillary.domain.changes import Document
from armillary.domain.editing import Actor, Rules
from armillary.domain.resources import Resource
from armillary.storage.database import Reading, Writing

#: What a link leads to: a resource, or the id of what has a table of its own.
Linked = Resource | UUID
#: Slot -> what it is to link, in order.
Links = Mapping[Slot, tuple[Linked, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """One thing of a kind as the registry has it; ``subject`` is the assembler's own object."""

    subject: Any
    id: UUID
    name: str
    description: str = ""
    created_at: datetime
    updated_at: datetime
    active: bool = True
    mcp: bool = False
    generated: bool = False
    managed: bool = False
    role: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A thing to make: ``links`` holds every slot of its kind; ``told`` is what its change record says of them."""

    id: UUID
    links: Links = field(default_factory=dict)
    told: Document = field(default_factory=dict)
    mcp: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A thing to change: ``links`` are the slots that are spoken of, each replaced whole.

    ``was`` and ``told`` are what its change record says of links that the registry has no word for.
    """

    before: Owned
    links: Links = field(default_factory=dict)
    was: Document = field(default_factory=dict)
    told: Document = field(default_factory=dict)
    mcp: bool = False


class Refused(Exception):
    """One item of a batch cannot be: which, in which member, and why. Nothing of the batch is stored."""

    def __init__(self, index: int, member: str, sentence: str) -> None:
        super().__init__(sentence)
        self.index = index
        self.member = member
        self.sentence = sentence


class Assembler(Protocol):
    """One kind of thing."""

    kind: Kind
    reads: str  #: the scope to see it
    manages: str  #: the scope to change it
    rules: Rules

    async def owned(self, reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, Owned]:
        """Those of the things that the workspace has, in few statements."""
        ...

    def claims(self, owned: Owned, slot: Slot) -> Claims:
        """What the registry says of it in this slot."""
        ...

    def said(self, slot: Slot, linked: Sequence[Linked]) -> list[Said | None]:
        """What each link says in the registry's terms."""
        ...

    async def uses(self, reading: Reading, workspace: UUID, ids: Collection[UUID]) -> dict[UUID, int]:
        """How many active things use each of them; those that none uses may be missing."""
        ...

    async def suggested(
        self, reading: Reading, workspace: UUID, actor: Actor, *, exclude: Collection[UUID], limit: int
    ) -> list[UUID]:
        """Which of them a form of something else offers, by name."""
        ...

    async def make(self, tx: Writing, caller: Principal, news: Sequence[New], *, revision: int, at: datetime) -> None:
        """They are there, with their change records; the links themselves are kept by the machine.

        Raises: Refused, naming the item.
        """
        ...

    async def change(
        self, tx: Writing, caller: Principal, edits: Sequence[Edit], *, revision: int, at: datetime
    ) -> None:
        """They are as the links say, with their change records. Raises: Refused, naming the item."""
        ...

    async def remove(
        self, tx: Writing, caller: Principal, things: Sequence[Owned], *, revision: int, at: datetime
    ) -> None:
        """They are in the archive, with their change records."""
        ...
