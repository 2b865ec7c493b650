"""Assemblies as they are: what the registry says, and the links that hold beside it, in four statements at most."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from armillary.domain.assemblies import RESOURCES, SLOTS, Assembly, Kind, Said, Slot, reconciled
from armillary.domain.resources import Content, Resource
from armillary.services.assemblies.kinds import Assembler, Linked, Owned
from armillary.storage import links, resources
from armillary.storage.database import Reading


async def assembled(
    reading: Reading,
    assembler: Assembler,
    workspace: UUID,
    things: Mapping[UUID, Owned],
    slots: Collection[Slot] | None = None,
) -> dict[UUID, Assembly]:
    """Each of the things with what it links in the slots, or in all that its kind has."""
    wanted = [slot for slot in SLOTS[assembler.kind] if slots is None or slot in slots]
    stored = await links.of_owners(reading, assembler.kind, workspace, things, wanted)
    rows = await resources.by_ids(reading, workspace, _resources_among(stored.values()))
    shown = {
        one.id: {slot: _reconciled(assembler, one, slot, stored.get(one.id, {}).get(slot, []), rows) for slot in wanted}
        for one in things.values()
    }
    standing = await _standing(reading, workspace, shown.values())
    return {one.id: _assembly(assembler.kind, one, shown[one.id], standing) for one in things.values()}


def _resources_among(stored: Iterable[Mapping[Slot, Sequence[UUID]]]) -> Iterable[UUID]:
    return (target for one in stored for slot, targets in one.items() if slot in RESOURCES for target in targets)


def _reconciled(
    assembler: Assembler, one: Owned, slot: Slot, stored: Sequence[UUID], rows: Mapping[UUID, Resource]
) -> list[Linked | Said]:
    linked: list[Linked] = [
        rows[target] if slot in RESOURCES else target for target in stored if slot not in RESOURCES or target in rows
    ]
    return reconciled(list(zip(linked, assembler.said(slot, linked), strict=True)), assembler.claims(one, slot))


async def _standing(
    reading: Reading, workspace: UUID, shown: Iterable[Mapping[Slot, Sequence[Linked | Said]]]
) -> Mapping[Content, Resource]:
    """The canonical row of each content that no link makes."""
    contents = {
        said for one in shown for linked in one.values() for said in linked if not isinstance(said, (UUID, Resource))
    }
    return await resources.canonical(reading, workspace, contents)


def _assembly(
    kind: Kind,
    one: Owned,
    shown: Mapping[Slot, Sequence[Linked | Said]],
    standing: Mapping[Content, Resource],
) -> Assembly:
    linked: dict[Slot, list[Linked]] = {
        slot: [
            each if isinstance(each, (UUID, Resource)) else standing[each]
            for each in several
            if isinstance(each, (UUID, Resource)) or each in standing
        ]
        for slot, several in shown.items()
    }
    return Assembly(
        kind=kind,
        id=one.id,
        name=one.name,
        description=one.description,
        created_at=one.created_at,
        updated_at=one.updated_at,
        mcp=one.mcp,
        generated=one.generated,
        links={slot: tuple(map(_identity, several)) for slot, several in linked.items()},
        rows={each.id: each for several in linked.values() for each in several if isinstance(each, Resource)},
    )


def _identity(linked: Linked) -> UUID:
    return linked.id if isinstance(linked, Resource) else linked
