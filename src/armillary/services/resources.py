"""Resources: made, read and found; and those that every database begins with.

A name is found or made: of each text a workspace has one row. Everything else is always a new row. Nobody changes a
row. Source: contracts/artifacts.md, 3.1 and 3.2.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from armillary.domain.resources import (
    Content,
    Description,
    Email,
    Name,
    Resource,
    checked_content,
)
from armillary.storage import resources as store
from armillary.storage.database import Writing


async def named(
    tx: Writing, workspace: UUID, texts: Collection[str], *, mcp: bool, at: datetime
) -> dict[str, Resource]:
    """Each of the texts with the one row of the workspace that has it, found or made, whoever else asks at once.

    Raises: InvalidRequest (``name``).
    """
    names = {text: checked_content(Name(text)) for text in texts}
    found = await store.found_or_made(tx, workspace, set(names.values()), mcp=mcp, at=at)
    return {text: found[name] for text, name in names.items()}


async def described(tx: Writing, workspace: UUID, texts: Sequence[str], *, mcp: bool, at: datetime) -> list[Resource]:
    """A new row for each of the texts, in their order. Raises: InvalidRequest (``description``)."""
    return await _made(tx, workspace, map(Description, texts), mcp=mcp, at=at)


async def addressed(tx: Writing, workspace: UUID, texts: Sequence[str], *, mcp: bool, at: datetime) -> list[Resource]:
    """A new row for each of the e-mail addresses, in their order. Raises: InvalidRequest (``email``)."""
    return await _made(tx, workspace, map(Email, texts), mcp=mcp, at=at)


async def _made(
    tx: Writing, workspace: UUID, contents: Iterable[Content], *, mcp: bool, at: datetime
) -> list[Resource]:
    made = [store.fresh(checked_content(one), workspace, mcp=mcp, at=at) for one in contents]
    await store.insert(tx, made)
    return made
