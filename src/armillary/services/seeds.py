"""What every workspace is born with, and what a database of an earlier release still lacks of it.

Done at each start: nothing where all is there; else step by step, each step whole, so that a start that is cut short
is taken up by the next one, and two processes that start at once do each step once.
Source: contracts/artifacts.md, 3.1, with its decision 26.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from armillary.domain.access import SCOPES, Principal, Role
from armillary.domain.accounts import Workspace
from armillary.domain.assembled_providers import provider_contents
from armillary.domain.assemblies import Kind, Slot
from armillary.domain.departments import Department, document
from armillary.domain.models import Model
from armillary.domain.seeds import default_department
from armillary.services import records
from armillary.storage import departments, links, providers, resources, revisions, settings
from armillary.storage import seeds as store
from armillary.storage.database import Database, Writing

#: The settings that are kept here, by name: which seeds there are, and up to which model everything that is said has
#: a resource.
SEEDED = "resources_seeded"
SAID = "resources_said"
_ALL = "all"
_BATCH = 500
_BECAUSE = "every workspace has a department to begin with"


async def begin(db: Database, *, at: datetime) -> None:
    """Every seed is there, every workspace has its first department, and whatever is said has a resource."""
    async with db.reading() as reading:
        seeded, said = await settings.read(reading, SEEDED), await settings.read(reading, SAID)
    if seeded != resources.edition():
        await _seed(db, at=at)
    while said != _ALL:
        said = await _keep_next(db, at=at)


async def of_workspace(tx: Writing, workspace: Workspace, *, at: datetime) -> None:
    """A new workspace has its first department, to which those belong who own or administer it."""
    await _department(tx, workspace.id, workspace.account, workspace.created_by, at=at)


async def _seed(db: Database, *, at: datetime) -> None:
    async with db.writing() as tx:
        # whoever comes second waits here, and then finds what the first one made
        await settings.begin(tx, SEEDED)
        if await settings.read(tx, SEEDED) == resources.edition():
            return
        await resources.seed(tx)
        for workspace, account, by in await store.workspaces(tx):
            await _department(tx, workspace, account, by, at=at)
        await settings.write(tx, SEEDED, resources.edition())


async def _department(tx: Writing, workspace: UUID, account: UUID, by: UUID, *, at: datetime) -> None:
    """One that was deleted stays so."""
    identity = default_department(workspace)
    if await store.is_taken(tx, identity):
        return
    revision = await revisions.raised(tx, workspace)
    department = Department(
        id=identity,
        workspace=workspace,
        name="Default",
        created_by=by,
        created_at=at,
        updated_at=at,
        revision=revision,
    )
    await departments.insert_many(tx, [department])
    staff = await store.authors(tx, account, workspace)
    joined = [(profile, {Slot.DEPARTMENTS: [identity]}) for profile in staff]
    await links.replace(tx, Kind.PROFILE, workspace, joined)
    system = Principal(
        account=account, workspace=workspace, profile=by, role=Role.OWNER, scopes=SCOPES, reason=_BECAUSE
    )
    await records.many(tx, [records.creation(system, "department", identity, document(department), at=at)])


async def _keep_next(db: Database, *, at: datetime) -> str:
    """Keep what the next models say; what providers say goes with the first ones. Returns how far that is."""
    async with db.writing() as tx:
        await settings.begin(tx, SAID)
        done = await settings.read(tx, SAID)
        if done == _ALL:
            return done
        if not done:
            await _keep_providers(tx, at=at)
        found = await store.models_after(tx, int(done or 0), limit=_BATCH)
        for workspace, models in _by_workspace(found).items():
            await resources.keep_said(tx, workspace, models, at=at)
        done = str(found[-1].seq) if len(found) == _BATCH else _ALL
        await settings.write(tx, SAID, done)
    return done


def _by_workspace(models: list[Model]) -> dict[UUID, list[Model]]:
    grouped: dict[UUID, list[Model]] = defaultdict(list)
    for model in models:
        grouped[model.workspace].append(model)
    return grouped


async def _keep_providers(tx: Writing, *, at: datetime) -> None:
    for workspace, _, _ in await store.workspaces(tx):
        said = {content for one in await providers.of_workspace(tx, workspace) for content in provider_contents(one)}
        await resources.keep(tx, workspace, said, at=at)
