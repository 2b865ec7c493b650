"""What things are called."""

from __future__ import annotations

from uuid import UUID

from armillary.domain.access import Principal
from armillary.domain.assemblies import Kind
from armillary.services.assemblies.registry import ASSEMBLERS
from armillary.storage.database import Database


async def name(db: Database, caller: Principal, kind: Kind, thing: UUID) -> str:
    """The thing's name; empty where there is none. Raises: PermissionDenied."""
    assembler = ASSEMBLERS[kind]
    caller.require(assembler.reads)
    async with db.reading() as reading:
        found = await assembler.owned(reading, caller.workspace, [thing])
    return found[thing].name if thing in found else ""
