"""Resources: made, read and found.

A name is found or made: of each text a workspace has one row. Everything else is always a new row. Nobody changes a
row. Source: contracts/artifacts.md, 3.1 and 3.2.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from armillary.domain.access import Principal, Role
from armillary.domain.errors import PermissionDenied
from armillary.domain.resources import (
    Content,
    Description,
    Email,
    Name,
    Resource,
    ResourceKind,
    ResourceQuery,
    checked_content,
    document,
    kind_of,
)
from armillary.services import records
from armillary.services.pages import bounded
from armillary.storage import resources as store
from armillary.storage.database import Database, Writing

_READ, _MANAGE = "models:read", "models:manage"
#: Source: contracts/artifacts.md, 3.2, "Who may create".
_ANYONES = frozenset({ResourceKind.NAMES, ResourceKind.DESCRIPTIONS})
_AUTHORS = frozenset({Role.OWNER, Role.ADMIN})


async def create(db: Database, caller: Principal, content: Content, *, mcp: bool, at: datetime) -> Resource:
    """A row of the content: of a name the one there is, of anything else a new one.

    Raises: PermissionDenied, where neither the role nor the kind allows it; InvalidRequest, naming the member.
    """
    _allow(caller, kind_of(content))
    checked = checked_content(content)
    async with db.writing() as tx:
        found = await store.canonical(tx, caller.workspace, [checked]) if isinstance(checked, Name) else {}
        if checked in found:
            await records.claimed(tx, caller, at=at)
            return found[checked]
        made = await _made(tx, caller.workspace, checked, mcp=mcp, at=at)
        await records.created(tx, caller, "resource", made.id, document(made), at=at)
    return made


async def _made(tx: Writing, workspace: UUID, content: Content, *, mcp: bool, at: datetime) -> Resource:
    if isinstance(content, Name):
        return (await store.found_or_made(tx, workspace, [content], mcp=mcp, at=at))[content]
    return (await store.make(tx, workspace, [content], mcp=mcp, at=at))[0]


async def read(db: Database, caller: Principal, kind: ResourceKind, ids: Sequence[UUID]) -> list[Resource]:
    """Those of the kind's resources that there are, in the order of the ids. Raises: PermissionDenied."""
    _require_sight(caller, kind)
    if not ids:
        return []
    async with db.reading() as reading:
        found = await store.by_ids(reading, caller.workspace, ids)
    return [found[one] for one in ids if one in found and found[one].kind is kind]


async def page(db: Database, caller: Principal, query: ResourceQuery) -> list[Resource]:
    """The resources that the query asks for. Raises: PermissionDenied."""
    _require_sight(caller, query.kind)
    if query.limit <= 0:
        return []
    async with db.reading() as reading:
        return await store.page(reading, caller.workspace, replace(query, limit=bounded(query.limit)))


def _require_sight(caller: Principal, kind: ResourceKind) -> None:
    """Whoever may read sees all but people's addresses, which are for those who keep the roster."""
    caller.require(_READ)
    if kind is ResourceKind.EMAILS and caller.role not in _AUTHORS:
        raise PermissionDenied("", "your role does not see people's addresses: an administrator's does")


def _allow(caller: Principal, kind: ResourceKind) -> None:
    """Whoever may read may name and describe; the rest is the authors' (contracts/artifacts.md, 3.2)."""
    if kind in _ANYONES:
        caller.require(_READ)
    elif caller.role not in _AUTHORS:
        raise PermissionDenied("", f"your role does not make {kind.replace('_', ' ')}: an administrator's does")
    else:
        caller.require(_MANAGE)


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
    return await store.make(tx, workspace, [checked_content(Description(one)) for one in texts], mcp=mcp, at=at)


async def addressed(tx: Writing, workspace: UUID, texts: Sequence[str], *, mcp: bool, at: datetime) -> list[Resource]:
    """A new row for each of the e-mail addresses, in their order. Raises: InvalidRequest (``email``)."""
    return await store.make(tx, workspace, [checked_content(Email(one)) for one in texts], mcp=mcp, at=at)
