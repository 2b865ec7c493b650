"""Departments as assemblies. Source: contracts/artifacts.md, 3.4."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from armillary.domain import departments as domain
from armillary.domain.access import Principal
from armillary.domain.assemblies import Claims, Kind, Said, Slot
from armillary.domain.changes import following
from armillary.domain.departments import Department, DepartmentRules
from armillary.domain.editing import Actor, Rules
from armillary.domain.errors import InvalidRequest
from armillary.services import records
from armillary.services.assemblies.kinds import Edit, Linked, Links, New, Owned, Refused
from armillary.storage import archive
from armillary.storage import departments as store
from armillary.storage.database import Reading, Writing

#: Member of a department -> the slot that states it.
_SLOT_OF = {"name": Slot.NAMES, "description": Slot.DESCRIPTIONS}


class Departments:
    """The assembler of departments."""

    kind = Kind.DEPARTMENT
    reads = "models:read"
    manages = "models:manage"
    rules: Rules = DepartmentRules()

    async def owned(self, reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, Owned]:
        """Those of the departments that the workspace has."""
        found = await store.by_ids(reading, workspace, ids)
        return {one.id: owned(one) for one in found.values()}

    def claims(self, one: Owned, slot: Slot) -> Claims:
        """See ``domain.departments.claims``."""
        return domain.claims(one.subject, slot)

    def said(self, slot: Slot, linked: Sequence[Linked]) -> list[Said | None]:
        """See ``domain.departments.said``."""
        return domain.said(slot, linked)

    async def uses(self, reading: Reading, workspace: UUID, ids: Collection[UUID]) -> dict[UUID, int]:
        """How many models, providers, agents and profiles belong to each of them."""
        return await store.uses(reading, workspace, ids)

    async def suggested(
        self, reading: Reading, workspace: UUID, actor: Actor, *, exclude: Collection[UUID], limit: int
    ) -> list[UUID]:
        """The first active ones by name: the actor's own where it has any, else all (contracts/artifacts.md, 2.1).

        Departments bind no superadmin, whose form lists a department just made as well (3.8, step 4).
        """
        every = await store.of_workspace(reading, workspace)
        is_bound = actor.departments and not actor.is_superadmin
        own = [one for one in every if one.id in actor.departments] if is_bound else every
        offered = sorted(
            (one for one in own if one.active and one.id not in exclude), key=lambda one: (one.name, one.id)
        )
        return [one.id for one in offered[:limit]]

    async def make(self, tx: Writing, caller: Principal, news: Sequence[New], *, revision: int, at: datetime) -> None:
        """The departments are there."""
        made = [replace(_made(index, new, caller, at), revision=revision) for index, new in enumerate(news)]
        await store.insert_many(tx, made)
        await records.many(
            tx,
            [
                records.creation(caller, "department", one.id, {**domain.document(one), **new.told}, at=at)
                for one, new in zip(made, news, strict=True)
            ],
        )

    async def change(
        self, tx: Writing, caller: Principal, edits: Sequence[Edit], *, revision: int, at: datetime
    ) -> None:
        """The departments are as their links say."""
        pairs = [_edited(index, edit, revision, at) for index, edit in enumerate(edits)]
        await store.save_many(tx, [after for _, after in pairs])
        told = [
            ({**domain.document(before), **edit.was}, {**domain.document(after), **edit.told})
            for (before, after), edit in zip(pairs, edits, strict=True)
        ]
        await records.many(
            tx,
            [
                records.alteration(caller, "department", after.id, *documents, at=after.updated_at)
                for (_, after), documents in zip(pairs, told, strict=True)
            ],
        )

    async def remove(
        self,
        tx: Writing,
        caller: Principal,
        things: Sequence[Owned],
        *,
        revision: int,  # noqa: ARG002  nothing is left that could have one
        at: datetime,
    ) -> None:
        """The departments are in the archive; nothing belonged to them, as ``uses`` told."""
        await archive.put(tx, Kind.DEPARTMENT, caller.workspace, [one.id for one in things], at=at)
        gone = [
            records.deletion(
                caller, "department", one.id, domain.document(one.subject), at=following(at, one.updated_at)
            )
            for one in things
        ]
        await records.many(tx, gone)


assembler = Departments()


def owned(department: Department) -> Owned:
    """The department with what the machine needs to know of it."""
    return Owned(
        subject=department,
        id=department.id,
        name=department.name,
        description=department.description,
        created_at=department.created_at,
        updated_at=department.updated_at,
        active=department.active,
        mcp=department.mcp,
    )


def _made(index: int, new: New, caller: Principal, at: datetime) -> Department:
    blank = Department(
        id=new.id,
        workspace=caller.workspace,
        name="",
        mcp=new.mcp,
        created_by=caller.profile,
        created_at=at,
        updated_at=at,
    )
    return _assembled(index, blank, new.links)


def _edited(index: int, edit: Edit, revision: int, at: datetime) -> tuple[Department, Department]:
    before: Department = edit.before.subject
    after = _assembled(index, before, edit.links)
    stamped = replace(after, mcp=before.mcp or edit.mcp, updated_at=following(at, before.updated_at), revision=revision)
    return before, stamped


def _assembled(index: int, department: Department, links: Links) -> Department:
    """Raises: Refused."""
    try:
        return domain.assembled(department, links)
    except InvalidRequest as exc:
        raise Refused(index, _SLOT_OF.get(exc.field, exc.field), exc.sentence) from exc
